//! A cart on the wire.

mod complete;

use std::collections::BTreeMap;

use engine::cart::{LINES_MAX, TaxRounding, TaxTerms};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use complete::{Catalog, Known, complete, line_on_offer};

/// A cart. Facts that are left out come from the synced catalog and customers; those that stand here win.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CartIn {
    /// The storefront's own name for the cart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The storefront the cart is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<u64>,
    /// The currency of every amount: ISO 4217.
    #[schema(example = "USD")]
    pub currency: String,
    /// Coupon codes in the order in which the shopper entered them, at most 100.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Gift cards to pay with. Not supported yet: must be empty.
    #[serde(default)]
    pub gift_cards: Vec<String>,
    /// Store credit to pay with, at most: a decimal amount.
    #[schema(example = "5.00")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_credit: Option<String>,
    /// Keys of gifts that the shopper refused; they stay away.
    #[serde(default)]
    pub refused_gifts: Vec<String>,
    /// Who is buying; a guest when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerIn>,
    /// Where the cart goes and by which method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping: Option<ShippingIn>,
    /// Whether the cart is an order that was placed before and is being changed: then a manual discount takes the
    /// place of automatic promotions.
    #[serde(default)]
    pub existing_order: bool,
    /// What staff take off by hand after all promotions, in order. Needs a secret key.
    #[serde(default)]
    pub manual_discounts: Vec<ManualDiscountIn>,
    /// What the prices mean for tax; told when lines or shipping have a `tax_rate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax: Option<TaxIn>,
    /// What is being bought, at most 500 lines.
    pub lines: Vec<LineIn>,
}

/// A discount that staff give by hand.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ManualDiscountIn {
    /// The line it is for; all lines when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_id: Option<String>,
    /// How much: a percentage or an amount.
    pub discount: ManualAmountIn,
    /// Whether it takes its share off shipping too; not with a `line_id`.
    #[serde(default)]
    pub includes_shipping: bool,
}

/// A percentage or an amount, one of them.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ManualAmountIn {
    /// So much of what is left, in percent.
    #[schema(example = "10")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage_amount: Option<String>,
    /// So much: a decimal amount.
    #[schema(example = "5.00")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_amount: Option<String>,
}

/// What the prices of a cart mean for tax.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxIn {
    /// Whether prices already include tax.
    #[serde(default)]
    pub prices_include_tax: bool,
    /// Where tax is rounded, half up; `LINE` unless told.
    #[serde(default)]
    pub rounding: TaxRoundingIn,
}

/// Where tax is rounded.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum TaxRoundingIn {
    /// Once per line.
    #[default]
    Line,
    /// Once per unit.
    Unit,
}

/// Who is buying.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerIn {
    /// The customer's id; what is left out below is then looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The customer's e-mail address, by which guests are known to limits per customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The customer's group; 0 is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<u64>,
    /// The segments the customer is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment_ids: Option<Vec<String>>,
    /// Orders that the customer has completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_count: Option<u64>,
    /// The tier in the loyalty programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loyalty_tier: Option<String>,
}

/// Where a cart goes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShippingIn {
    /// ISO 3166-1 alpha-2 code of the destination.
    #[schema(example = "US")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The shipping zone of the destination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone_id: Option<u64>,
    /// The chosen method, in the storefront's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What the method costs: a decimal amount.
    #[schema(example = "9.95")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    /// The tax on it, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_rate: Option<String>,
}

/// Some units of one product or variant.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineIn {
    /// The storefront's own name for the line, unique in the cart.
    #[schema(example = "1")]
    pub id: String,
    /// The product.
    #[schema(example = 101)]
    pub product_id: u64,
    /// The variant, when the product has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<u64>,
    /// How many units, 1 to 1000000.
    #[schema(example = 2)]
    pub quantity: u32,
    /// What one unit costs before promotions: a decimal amount. May be left out when the catalog knows it.
    #[schema(example = "20.00")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// What one unit costs when it is not on sale; above `price` means that it is.
    #[schema(example = "25.00")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_price: Option<String>,
    /// What one unit costs the merchant: guardrails keep a margin over it. A decimal amount; the catalog is asked
    /// unless the line brings all of `price`, `category_ids`, `brand_id`, `options`, `custom_fields`, `gift_card`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    /// What one unit never costs less than after promotions: a decimal amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor_price: Option<String>,
    /// The tax on it, in percent.
    #[schema(example = "19")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_rate: Option<String>,
    /// Whether the price was set by hand.
    #[serde(default)]
    pub price_overridden: bool,
    /// Every category the product is in, parents included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_ids: Option<Vec<u64>>,
    /// The brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand_id: Option<u64>,
    /// The seller, in a marketplace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seller_id: Option<u64>,
    /// Chosen options by name.
    #[schema(example = json!({"Size": "XS"}))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<BTreeMap<String, String>>,
    /// Custom fields of the product by name.
    #[schema(example = json!({"Gender": "Mens"}))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_fields: Option<BTreeMap<String, String>>,
    /// Whether this is a gift card, which promotions leave alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gift_card: Option<bool>,
}
impl CartIn {
    /// The lines that do not bring all their facts themselves, by product and variant.
    pub fn lines_to_look_up(&self) -> impl Iterator<Item = (u64, Option<u64>)> {
        let asking = |line: &&LineIn| !line.is_complete();
        self.lines.iter().take(LINES_MAX).filter(asking).map(|line| (line.product_id, line.variant_id))
    }

    /// The customer whose record is needed because the cart does not say all of it.
    pub fn customer_to_look_up(&self) -> Option<u64> {
        let customer = self.customer.as_ref()?;
        let asks =
            customer.group_id.is_none() || customer.segment_ids.is_none() || customer.order_count.is_none();
        customer.id.filter(|_| asks)
    }
}

impl TaxIn {
    fn terms(&self) -> TaxTerms {
        let rounding = match self.rounding {
            TaxRoundingIn::Line => TaxRounding::Line,
            TaxRoundingIn::Unit => TaxRounding::Unit,
        };
        TaxTerms { prices_include_tax: self.prices_include_tax, rounding }
    }
}

impl LineIn {
    /// One unit of a product or variant about which nothing else is said.
    fn one_of(product_id: u64, variant_id: Option<u64>) -> Self {
        Self {
            id: String::new(),
            product_id,
            variant_id,
            quantity: 1,
            price: None,
            list_price: None,
            cost: None,
            floor_price: None,
            tax_rate: None,
            price_overridden: false,
            category_ids: None,
            brand_id: None,
            seller_id: None,
            options: None,
            custom_fields: None,
            gift_card: None,
        }
    }

    /// Whether the catalog could add nothing to it; the seller and the list price are for few lines only.
    fn is_complete(&self) -> bool {
        let described = self.brand_id.is_some() && self.options.is_some() && self.custom_fields.is_some();
        described && self.price.is_some() && self.category_ids.is_some() && self.gift_card.is_some()
    }
}

//! A cart on the wire.

mod complete;

use engine::cart::{LINES_MAX, TaxRounding, TaxTerms};
use engine::money::Currency;
use serde::Deserialize;
use utoipa::ToSchema;

use super::texts::Texts;

pub use complete::{Catalog, Known, complete, line_on_offer};

/// A cart. Facts that are left out come from the synced catalog and customers; those that stand here win.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CartIn {
    /// The storefront's own name for the cart.
    pub id: Option<String>,
    /// The placed order that this cart changes: what it used up does not stand in its way.
    pub order_id: Option<i64>,
    /// The storefront the cart is in.
    pub channel_id: Option<u64>,
    /// The currency of every amount: ISO 4217.
    #[schema(example = "USD")]
    pub currency: String,
    /// Coupon codes in the order in which the shopper entered them, at most 100.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Codes of gift cards to pay with, at most 10; `CODE:PIN` for a card with a PIN. The one that expires first pays
    /// first. They buy no gift cards.
    #[serde(default)]
    pub gift_cards: Vec<String>,
    /// Store credit to pay with, at most: a decimal amount.
    #[schema(example = "5.00")]
    pub store_credit: Option<String>,
    /// Keys of gifts that the shopper refused; they stay away.
    #[serde(default)]
    pub refused_gifts: Vec<String>,
    /// Who is buying; a guest when left out.
    pub customer: Option<CustomerIn>,
    /// Where the cart goes and by which method.
    pub shipping: Option<ShippingIn>,
    /// Whether the cart is an order that was placed before and is being changed: then a manual discount takes the
    /// place of automatic promotions.
    #[serde(default)]
    pub existing_order: bool,
    /// What staff take off by hand after all promotions, in order. Needs a secret key.
    #[serde(default)]
    pub manual_discounts: Vec<ManualDiscountIn>,
    /// What the prices mean for tax; told when lines or shipping have a `tax_rate`.
    pub tax: Option<TaxIn>,
    /// What is being bought, at most 500 lines.
    pub lines: Vec<LineIn>,
}

/// A discount that staff give by hand.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ManualDiscountIn {
    /// The line it is for; all lines when left out.
    pub line_id: Option<String>,
    /// How much: a percentage or an amount.
    pub discount: ManualAmountIn,
    /// Whether it takes its share off shipping too; not with a `line_id`.
    #[serde(default)]
    pub includes_shipping: bool,
}

/// A percentage or an amount, one of them.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ManualAmountIn {
    /// So much of what is left, in percent.
    #[schema(example = "10")]
    pub percentage_amount: Option<String>,
    /// So much: a decimal amount.
    #[schema(example = "5.00")]
    pub fixed_amount: Option<String>,
}

/// What the prices of a cart mean for tax.
#[derive(Clone, Debug, Deserialize, ToSchema)]
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
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum TaxRoundingIn {
    /// Once per line.
    #[default]
    Line,
    /// Once per unit.
    Unit,
}

/// Who is buying.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerIn {
    /// The customer's id; what is left out below is then looked up.
    pub id: Option<u64>,
    /// The customer's e-mail address, by which guests are known to limits per customer.
    pub email: Option<String>,
    /// The customer's telephone number, by which guests are known to limits per customer too.
    pub phone: Option<String>,
    /// The customer's group; 0 is none.
    pub group_id: Option<u64>,
    /// The segments the customer is in.
    pub segment_ids: Option<Vec<String>>,
    /// Orders that the customer has completed.
    pub order_count: Option<u64>,
    /// The tier in the loyalty programme.
    pub loyalty_tier: Option<String>,
}

/// Where a cart goes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShippingIn {
    /// ISO 3166-1 alpha-2 code of the destination.
    #[schema(example = "US")]
    pub country: Option<String>,
    /// The shipping zone of the destination.
    pub zone_id: Option<u64>,
    /// The chosen method, in the storefront's words.
    pub method: Option<String>,
    /// What the method costs: a decimal amount.
    #[schema(example = "9.95")]
    pub cost: Option<String>,
    /// The tax on it, in percent.
    pub tax_rate: Option<String>,
}

/// Some units of one product or variant.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineIn {
    /// The storefront's own name for the line, 1 to 300 characters, unique in the cart.
    #[schema(example = "1")]
    pub id: String,
    /// The product.
    #[schema(example = 101)]
    pub product_id: u64,
    /// The variant, when the product has several.
    pub variant_id: Option<u64>,
    /// How many units, 1 to 1000000.
    #[schema(example = 2)]
    pub quantity: u32,
    /// What one unit costs before promotions: a decimal amount. May be left out when the catalog knows it.
    #[schema(example = "20.00")]
    pub price: Option<String>,
    /// What one unit costs when it is not on sale; above `price` means that it is.
    #[schema(example = "25.00")]
    pub list_price: Option<String>,
    /// What one unit costs the merchant: guardrails keep a margin over it. A decimal amount; the catalog is asked
    /// unless the line brings all of `price`, `category_ids`, `brand_id`, `options`, `custom_fields`, `gift_card`.
    pub cost: Option<String>,
    /// What one unit never costs less than after promotions: a decimal amount.
    pub floor_price: Option<String>,
    /// The tax on it, in percent.
    #[schema(example = "19")]
    pub tax_rate: Option<String>,
    /// Whether the price was set by hand.
    #[serde(default)]
    pub price_overridden: bool,
    /// Every category the product is in, parents included.
    pub category_ids: Option<Vec<u64>>,
    /// The brand.
    pub brand_id: Option<u64>,
    /// The seller, in a marketplace.
    pub seller_id: Option<u64>,
    /// Chosen options by name.
    #[schema(value_type = Option<BTreeMap<String, String>>, example = json!({"Size": "XS"}))]
    pub options: Option<Texts>,
    /// Custom fields of the product by name.
    #[schema(value_type = Option<BTreeMap<String, String>>, example = json!({"Gender": "Mens"}))]
    pub custom_fields: Option<Texts>,
    /// Whether this is a gift card, which promotions leave alone.
    pub gift_card: Option<bool>,
}

impl CartIn {
    /// A guest's cart of these lines.
    pub(super) fn of(currency: Currency, lines: Vec<LineIn>) -> Self {
        Self {
            id: None,
            order_id: None,
            channel_id: None,
            currency: currency.code().to_owned(),
            codes: Vec::new(),
            gift_cards: Vec::new(),
            store_credit: None,
            refused_gifts: Vec::new(),
            customer: None,
            shipping: None,
            existing_order: false,
            manual_discounts: Vec::new(),
            tax: None,
            lines,
        }
    }

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

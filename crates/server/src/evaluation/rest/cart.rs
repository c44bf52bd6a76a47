//! A cart on the wire, and how it becomes the engine's.

use std::collections::{BTreeMap, BTreeSet};

use engine::cart::{
    Cart, CartLimit, Customer, LINES_MAX, Line, ManualDiscount, QUANTITY_MAX, Shipping, TaxRounding, TaxTerms,
};
use engine::money::{Currency, Minor, Rate};
use engine::promotion::Discount;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::http::{FieldError, Problem};
use crate::platform::ids::ID_MAX;

const CODES_MAX: usize = 100;
const FACTS_MAX: usize = 1000;

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

/// What a catalog knows of a product or variant. Nothing, when it does not know it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// What one unit costs: a decimal amount.
    pub price: Option<&'a str>,
    /// What one unit costs when it is not on sale.
    pub list_price: Option<&'a str>,
    /// What one unit costs the merchant.
    pub cost: Option<&'a str>,
    /// What one unit never costs less than.
    pub floor_price: Option<&'a str>,
    /// Every category it is in.
    pub category_ids: &'a [u64],
    /// The brand.
    pub brand_id: Option<u64>,
    /// The seller.
    pub seller_id: Option<u64>,
    /// The variant's options by name.
    pub options: Option<&'a BTreeMap<String, String>>,
    /// Custom fields by name.
    pub custom_fields: Option<&'a BTreeMap<String, String>>,
    /// Whether it is a gift card.
    pub gift_card: bool,
}

/// Knows products and variants.
pub trait Catalog {
    /// What is known of one.
    fn known(&self, product: u64, variant: Option<u64>) -> Known<'_>;
}

/// The cart as the engine reads it. What stands in it wins over what the catalog and the customer's record say.
///
/// Errors: everything that is wrong with it, with pointers from `/cart` on.
pub fn complete(cart: &CartIn, catalog: &impl Catalog, customer: Customer) -> Result<Cart, Problem> {
    let mut errors = Errors::default();
    let Some(currency) = Currency::parse(&cart.currency) else {
        let message = "must be an ISO 4217 code in capitals such as `USD`";
        return Err(Problem::invalid([FieldError::new("/cart/currency", "unknown_currency", message)]));
    };
    check_lists(cart, &mut errors);
    let lines = cart.lines.iter().enumerate();
    let completed = Cart {
        currency,
        channel: cart.channel_id,
        customer: cart.customer.as_ref().map(|own| complete_customer(own, customer)),
        shipping: cart.shipping.as_ref().map(|shipping| read_shipping(shipping, currency, &mut errors)),
        refused_gifts: cart.refused_gifts.clone(),
        store_credit: errors
            .amount("/cart/store_credit", cart.store_credit.as_deref(), currency)
            .unwrap_or(Minor::ZERO),
        is_existing_order: cart.existing_order,
        manual_discounts: read_manual_discounts(cart, currency, &mut errors),
        tax: cart.tax.as_ref().map(TaxIn::terms).unwrap_or_default(),
        lines: lines
            .map(|(index, line)| complete_line(index, line, currency, catalog, &mut errors))
            .collect(),
    };
    check_limits(&completed, &mut errors);
    errors.check()?;
    Ok(completed)
}

/// One unit of something that a catalog knows, as a line; `None` when it has no price.
pub fn line_on_offer(
    product: u64,
    variant: Option<u64>,
    catalog: &impl Catalog,
    currency: Currency,
) -> Option<Line> {
    let known = catalog.known(product, variant);
    known.price?;
    let line = LineIn::one_of(product, variant);
    let mut errors = Errors::default();
    let line = complete_line(0, &line, currency, catalog, &mut errors);
    errors.check().ok().map(|()| line)
}

/// Problems being collected.
#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn report(&mut self, pointer: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.0.push(FieldError::new(pointer, code, message));
    }

    fn amount(&mut self, pointer: &str, text: Option<&str>, currency: Currency) -> Option<Minor> {
        let text = text?;
        match Minor::parse(text, currency) {
            Ok(amount) => Some(amount),
            Err(error) => {
                let shown: String = text.chars().take(40).collect();
                self.report(pointer, "out_of_range", format!("`{shown}` {error}"));
                None
            }
        }
    }

    fn rate(&mut self, pointer: &str, text: Option<&str>) -> Option<Rate> {
        let text = text?;
        match Rate::parse(text) {
            Ok(rate) => Some(rate),
            Err(error) => {
                let shown: String = text.chars().take(40).collect();
                self.report(pointer, "out_of_range", format!("`{shown}` {error}"));
                None
            }
        }
    }

    fn check(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(self.0)) }
    }
}

fn check_lists(cart: &CartIn, errors: &mut Errors) {
    if !cart.gift_cards.is_empty() {
        let message = "paying with gift cards is not supported yet; leave the list empty";
        errors.report("/cart/gift_cards", "not_yet", message);
    }
    if cart.codes.len() > CODES_MAX {
        errors.report("/cart/codes", "out_of_range", format!("must have at most {CODES_MAX} codes"));
    }
    let mut seen = BTreeSet::new();
    for (index, line) in cart.lines.iter().enumerate() {
        if !seen.insert(line.id.as_str()) {
            let message = format!("`{}` names another line too; every line needs its own id", line.id);
            errors.report(format!("/cart/lines/{index}/id"), "duplicate", message);
        }
        let lists = [
            ("options", line.options.as_ref().map_or(0, BTreeMap::len)),
            ("custom_fields", line.custom_fields.as_ref().map_or(0, BTreeMap::len)),
            ("category_ids", line.category_ids.as_ref().map_or(0, Vec::len)),
        ];
        for (name, _) in lists.into_iter().filter(|(_, length)| *length > FACTS_MAX) {
            let message = format!("must have at most {FACTS_MAX} entries");
            errors.report(format!("/cart/lines/{index}/{name}"), "out_of_range", message);
        }
        let ids = [("product_id", Some(line.product_id)), ("variant_id", line.variant_id)];
        for (name, id) in ids {
            if id.is_some_and(|id| id == 0 || id > ID_MAX.unsigned_abs()) {
                let message = "must be a whole number from 1 to 2^53 - 1";
                errors.report(format!("/cart/lines/{index}/{name}"), "out_of_range", message);
            }
        }
    }
}

fn check_limits(cart: &Cart, errors: &mut Errors) {
    match cart.check_limits() {
        Ok(()) => {}
        Err(CartLimit::Lines) => {
            errors.report("/cart/lines", "out_of_range", format!("must have at most {LINES_MAX} lines"));
        }
        Err(CartLimit::Quantity(index)) => {
            let message = format!("must be from 1 to {QUANTITY_MAX}");
            errors.report(format!("/cart/lines/{index}/quantity"), "out_of_range", message);
        }
        Err(CartLimit::Amount(index)) => {
            let message = "makes the cart cost more than 2^53 - 1 minor units";
            errors.report(format!("/cart/lines/{index}/price"), "amount_out_of_range", message);
        }
    }
}

fn read_shipping(shipping: &ShippingIn, currency: Currency, errors: &mut Errors) -> Shipping {
    let is_country = |code: &String| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if shipping.country.as_ref().is_some_and(|code| !is_country(code)) {
        errors.report("/cart/shipping/country", "out_of_range", "must be two capital letters such as `US`");
    }
    let cost = errors.amount("/cart/shipping/cost", shipping.cost.as_deref(), currency);
    Shipping {
        country: shipping.country.clone(),
        zone: shipping.zone_id,
        method: shipping.method.clone(),
        cost,
        tax_rate: errors.rate("/cart/shipping/tax_rate", shipping.tax_rate.as_deref()),
    }
}

fn read_manual_discounts(cart: &CartIn, currency: Currency, errors: &mut Errors) -> Vec<ManualDiscount> {
    if cart.manual_discounts.len() > CODES_MAX {
        let message = format!("must have at most {CODES_MAX} discounts");
        errors.report("/cart/manual_discounts", "out_of_range", message);
        return Vec::new();
    }
    let manual = cart.manual_discounts.iter().enumerate();
    manual.filter_map(|(index, manual)| read_manual_discount(index, manual, cart, currency, errors)).collect()
}

fn read_manual_discount(
    index: usize,
    manual: &ManualDiscountIn,
    cart: &CartIn,
    currency: Currency,
    errors: &mut Errors,
) -> Option<ManualDiscount> {
    let at = |field: &str| format!("/cart/manual_discounts/{index}/{field}");
    let line = manual.line_id.as_ref().map(|id| cart.lines.iter().position(|line| line.id == *id));
    if line == Some(None) {
        errors.report(at("line_id"), "unknown_line", "must be the `id` of a line of the cart");
    }
    if manual.includes_shipping && manual.line_id.is_some() {
        let message = "needs `line_id` to be left out: a line has no shipping of its own";
        errors.report(at("includes_shipping"), "conflict", message);
    }
    let given = &manual.discount;
    if given.percentage_amount.is_some() == given.fixed_amount.is_some() {
        let message = "give either `percentage_amount` or `fixed_amount`";
        errors.report(at("discount"), "conflict", message);
    }
    let rate = errors.rate(&at("discount/percentage_amount"), given.percentage_amount.as_deref());
    let amount = errors.amount(&at("discount/fixed_amount"), given.fixed_amount.as_deref(), currency);
    let discount = rate.map(Discount::Percentage).or(amount.map(Discount::Amount))?;
    Some(ManualDiscount { discount, line: line.flatten(), includes_shipping: manual.includes_shipping })
}

fn complete_line(
    index: usize,
    line: &LineIn,
    currency: Currency,
    catalog: &impl Catalog,
    errors: &mut Errors,
) -> Line {
    let at = |field: &str| format!("/cart/lines/{index}/{field}");
    let known = catalog.known(line.product_id, line.variant_id);
    let price = line.price.as_deref().or(known.price);
    if price.is_none() {
        errors.report(
            at("price"),
            "required",
            "is required: the catalog has no price for it in the cart's currency",
        );
    }
    // A list price of the catalog belongs to the catalog's price, not to one that the cart brings itself.
    let known_list_price = known.list_price.filter(|_| line.price.is_none());
    let list_price = line.list_price.as_deref().or(known_list_price);
    let pairs = |own: &Option<BTreeMap<String, String>>, known: Option<&BTreeMap<String, String>>| {
        let pairs = own.as_ref().or(known).into_iter().flatten();
        pairs.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    Line {
        id: line.id.clone(),
        product: line.product_id,
        variant: line.variant_id,
        quantity: line.quantity,
        price: errors.amount(&at("price"), price, currency).unwrap_or(Minor::ZERO),
        list_price: errors.amount(&at("list_price"), list_price, currency),
        cost: errors.amount(&at("cost"), line.cost.as_deref().or(known.cost), currency),
        floor_price: errors.amount(
            &at("floor_price"),
            line.floor_price.as_deref().or(known.floor_price),
            currency,
        ),
        tax_rate: errors.rate(&at("tax_rate"), line.tax_rate.as_deref()),
        is_price_overridden: line.price_overridden,
        is_gift_card: line.gift_card.unwrap_or(known.gift_card),
        categories: line.category_ids.clone().unwrap_or_else(|| known.category_ids.to_vec()),
        brand: line.brand_id.or(known.brand_id),
        seller: line.seller_id.or(known.seller_id),
        options: pairs(&line.options, known.options),
        custom_fields: pairs(&line.custom_fields, known.custom_fields),
    }
}

fn complete_customer(own: &CustomerIn, known: Customer) -> Customer {
    Customer {
        id: own.id,
        group: own.group_id.or(known.group).filter(|group| *group > 0),
        segments: own.segment_ids.clone().unwrap_or(known.segments),
        order_count: own.order_count.unwrap_or(known.order_count),
        loyalty_tier: own.loyalty_tier.clone().or(known.loyalty_tier),
        email: own.email.clone().or(known.email),
    }
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

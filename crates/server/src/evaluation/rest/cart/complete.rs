//! How a cart on the wire becomes the engine's: completed by what a catalog and the customer's record say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use engine::cart::{Cart, CartLimit, Customer, LINES_MAX, Line, ManualDiscount, QUANTITY_MAX, Shipping};
use engine::money::{Currency, Minor, Rate};
use engine::promotion::Discount;

use super::super::texts::Texts;
use super::{CartIn, CustomerIn, LineIn, ManualDiscountIn, ShippingIn, TaxIn};
use crate::platform::http::{FieldError, Problem};
use crate::platform::ids::ID_MAX;

const CODES_MAX: usize = 100;
const GIFT_CARDS_MAX: usize = 10;
const FACTS_MAX: usize = 1000;

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

/// The cart as the engine reads it, made of the cart as it was sent: its texts are moved, not copied. What stands in it
/// wins over what the catalog and the customer's record say.
///
/// Errors: everything that is wrong with it, with pointers from `/cart` on.
pub fn complete(cart: CartIn, catalog: &impl Catalog, customer: Customer) -> Result<Cart, Problem> {
    let mut errors = Errors::default();
    let Some(currency) = Currency::parse(&cart.currency) else {
        let message = "must be an ISO 4217 code in capitals such as `USD`";
        return Err(Problem::invalid([FieldError::new("/cart/currency", "unknown_currency", message)]));
    };
    check_lists(&cart, &mut errors);
    let manual_discounts = read_manual_discounts(&cart, currency, &mut errors);
    let lines = cart.lines.into_iter().enumerate();
    let completed = Cart {
        currency,
        channel: cart.channel_id,
        customer: cart.customer.map(|own| complete_customer(own, customer)),
        shipping: cart.shipping.map(|shipping| read_shipping(shipping, currency, &mut errors)),
        refused_gifts: cart.refused_gifts,
        store_credit: errors
            .amount(&"/cart/store_credit", cart.store_credit.as_deref(), currency)
            .unwrap_or(Minor::ZERO),
        is_existing_order: cart.existing_order,
        manual_discounts,
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
    let line = complete_line(0, line, currency, catalog, &mut errors);
    errors.check().ok().map(|()| line)
}

/// Problems being collected.
#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn report(&mut self, pointer: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.0.push(FieldError::new(pointer, code, message));
    }

    fn amount(
        &mut self,
        pointer: &impl fmt::Display,
        text: Option<&str>,
        currency: Currency,
    ) -> Option<Minor> {
        let text = text?;
        match Minor::parse(text, currency) {
            Ok(amount) => Some(amount),
            Err(error) => {
                let shown: String = text.chars().take(40).collect();
                self.report(pointer.to_string(), "out_of_range", format!("`{shown}` {error}"));
                None
            }
        }
    }

    fn rate(&mut self, pointer: &impl fmt::Display, text: Option<&str>) -> Option<Rate> {
        let text = text?;
        match Rate::parse(text) {
            Ok(rate) => Some(rate),
            Err(error) => {
                let shown: String = text.chars().take(40).collect();
                self.report(pointer.to_string(), "out_of_range", format!("`{shown}` {error}"));
                None
            }
        }
    }

    fn check(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(self.0)) }
    }
}

/// The longest name of a line, in characters.
const LINE_ID_MAX: usize = 300;

fn check_lists(cart: &CartIn, errors: &mut Errors) {
    if cart.gift_cards.len() > GIFT_CARDS_MAX {
        let message = format!("must have at most {GIFT_CARDS_MAX} codes");
        errors.report("/cart/gift_cards", "out_of_range", message);
    }
    if cart.codes.len() > CODES_MAX {
        errors.report("/cart/codes", "out_of_range", format!("must have at most {CODES_MAX} codes"));
    }
    // 0 stands for none in ids that may be left out.
    let is_far = |id: Option<u64>| id.is_some_and(|id| id > ID_MAX.unsigned_abs());
    let far = "must be a whole number up to 2^53 - 1";
    let customer = cart.customer.as_ref();
    let ids = [
        ("/cart/channel_id", cart.channel_id),
        ("/cart/customer/id", customer.and_then(|customer| customer.id)),
        ("/cart/customer/group_id", customer.and_then(|customer| customer.group_id)),
        ("/cart/shipping/zone_id", cart.shipping.as_ref().and_then(|shipping| shipping.zone_id)),
    ];
    for (pointer, _) in ids.into_iter().filter(|(_, id)| is_far(*id)) {
        errors.report(pointer, "out_of_range", far);
    }
    let mut seen = BTreeSet::new();
    for (index, line) in cart.lines.iter().enumerate() {
        let categories = line.category_ids.as_ref().and_then(|ids| ids.iter().copied().max());
        for (name, id) in
            [("brand_id", line.brand_id), ("seller_id", line.seller_id), ("category_ids", categories)]
        {
            if is_far(id) {
                errors.report(format!("/cart/lines/{index}/{name}"), "out_of_range", far);
            }
        }
        if !(1..=LINE_ID_MAX).contains(&line.id.chars().count()) {
            let message = format!("must have 1 to {LINE_ID_MAX} characters");
            errors.report(format!("/cart/lines/{index}/id"), "out_of_range", message);
        }
        if !seen.insert(line.id.as_str()) {
            let message = format!("`{}` names another line too; every line needs its own id", line.id);
            errors.report(format!("/cart/lines/{index}/id"), "duplicate", message);
        }
        let lists = [
            ("options", line.options.as_ref().map_or(0, Texts::len)),
            ("custom_fields", line.custom_fields.as_ref().map_or(0, Texts::len)),
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

fn read_shipping(shipping: ShippingIn, currency: Currency, errors: &mut Errors) -> Shipping {
    let is_country = |code: &String| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if shipping.country.as_ref().is_some_and(|code| !is_country(code)) {
        errors.report("/cart/shipping/country", "out_of_range", "must be two capital letters such as `US`");
    }
    Shipping {
        cost: errors.amount(&"/cart/shipping/cost", shipping.cost.as_deref(), currency),
        tax_rate: errors.rate(&"/cart/shipping/tax_rate", shipping.tax_rate.as_deref()),
        country: shipping.country,
        zone: shipping.zone_id,
        method: shipping.method,
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
    line: LineIn,
    currency: Currency,
    catalog: &impl Catalog,
    errors: &mut Errors,
) -> Line {
    let at = |field: &'static str| Field { index, field };
    let known = catalog.known(line.product_id, line.variant_id);
    let price = line.price.as_deref().or(known.price);
    if price.is_none() {
        errors.report(
            at("price").to_string(),
            "required",
            "is required: the catalog has no price for it in the cart's currency",
        );
    }
    // A list price of the catalog belongs to the catalog's price, not to one that the cart brings itself.
    let known_list_price = known.list_price.filter(|_| line.price.is_none());
    let list_price = line.list_price.as_deref().or(known_list_price);
    let pairs = |own: Option<Texts>, known: Option<&BTreeMap<String, String>>| match own {
        Some(own) => own.into_pairs(),
        None => known.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect(),
    };
    Line {
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
        categories: line.category_ids.unwrap_or_else(|| known.category_ids.to_vec()),
        brand: line.brand_id.or(known.brand_id),
        seller: line.seller_id.or(known.seller_id),
        options: pairs(line.options, known.options),
        custom_fields: pairs(line.custom_fields, known.custom_fields),
        id: line.id,
    }
}

fn complete_customer(own: CustomerIn, known: Customer) -> Customer {
    Customer {
        id: own.id,
        group: own.group_id.or(known.group).filter(|group| *group > 0),
        segments: own.segment_ids.unwrap_or(known.segments),
        order_count: own.order_count.unwrap_or(known.order_count),
        loyalty_tier: own.loyalty_tier.or(known.loyalty_tier),
        email: own.email.or(known.email),
        phone: own.phone.or(known.phone),
    }
}

/// Where a field of a line is; written only when something is wrong with it.
struct Field {
    index: usize,
    field: &'static str,
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "/cart/lines/{}/{}", self.index, self.field)
    }
}

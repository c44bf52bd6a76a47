//! A completed cart in the form of a request that needs nothing but itself.

use engine::cart::{Cart, Customer, Line, ManualDiscount, Shipping, TaxRounding, TaxTerms};
use engine::money::{Currency, Minor, Rate};
use engine::promotion::Discount;
use serde::{Serialize, Serializer};

use super::amount::Amount;
use super::cart::{Catalog, Known};

/// A catalog that knows nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoCatalog;

impl Catalog for NoCatalog {
    fn known(&self, _product: u64, _variant: Option<u64>) -> Known<'_> {
        Known::default()
    }
}

/// A cart as it is written: what [`super::CartIn`] reads, without a copy of it.
///
/// A field that is added later is left out while it has its default, so that evaluations keep their names.
#[derive(Debug, Serialize)]
pub struct WireCart<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<u64>,
    currency: &'static str,
    codes: &'a [String],
    gift_cards: [&'a str; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    store_credit: Option<Amount>,
    refused_gifts: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<WireCustomer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping: Option<WireShipping<'a>>,
    existing_order: bool,
    manual_discounts: Vec<WireManualDiscount<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax: Option<WireTax>,
    lines: WireLines<'a>,
}

#[derive(Debug, Serialize)]
struct WireCustomer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<u64>,
    segment_ids: &'a [String],
    order_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    loyalty_tier: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct WireShipping<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_rate: Option<String>,
}

#[derive(Debug, Serialize)]
struct WireManualDiscount<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line_id: Option<&'a str>,
    discount: WireManualAmount,
    includes_shipping: bool,
}

#[derive(Debug, Serialize)]
struct WireManualAmount {
    #[serde(skip_serializing_if = "Option::is_none")]
    percentage_amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed_amount: Option<Amount>,
}

#[derive(Debug, Serialize)]
struct WireTax {
    prices_include_tax: bool,
    rounding: &'static str,
}

#[derive(Debug)]
struct WireLines<'a> {
    lines: &'a [Line],
    currency: Currency,
}

impl Serialize for WireLines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.lines.iter().map(|it| line(it, self.currency)))
    }
}

/// A line with every fact in it.
#[derive(Debug, Serialize)]
pub(super) struct WireLine<'a> {
    id: &'a str,
    product_id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant_id: Option<u64>,
    quantity: u32,
    price: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    list_price: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    floor_price: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_rate: Option<String>,
    price_overridden: bool,
    category_ids: &'a [u64],
    #[serde(skip_serializing_if = "Option::is_none")]
    brand_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seller_id: Option<u64>,
    options: WirePairs<'a>,
    custom_fields: WirePairs<'a>,
    gift_card: bool,
}

#[derive(Debug)]
struct WirePairs<'a>(&'a [(String, String)]);

impl Serialize for WirePairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The cart with every fact in it: completed by [`NoCatalog`] and an unknown customer it is the same cart again.
///
/// What has no bearing on prices, the storefront's name for the cart, is left out.
pub fn wire_form<'a>(cart: &'a Cart, codes: &'a [String]) -> WireCart<'a> {
    let money = |amount: Minor| Amount::new(amount, cart.currency);
    WireCart {
        channel_id: cart.channel,
        currency: cart.currency.code(),
        codes,
        gift_cards: [],
        store_credit: Some(cart.store_credit).filter(|credit| !credit.is_zero()).map(money),
        refused_gifts: &cart.refused_gifts,
        customer: cart.customer.as_ref().map(customer),
        shipping: cart.shipping.as_ref().map(|it| shipping(it, cart.currency)),
        existing_order: cart.is_existing_order,
        manual_discounts: cart.manual_discounts.iter().map(|it| manual_discount(it, cart)).collect(),
        tax: Some(cart.tax).filter(|terms| *terms != TaxTerms::default()).map(tax),
        lines: WireLines { lines: &cart.lines, currency: cart.currency },
    }
}

fn customer(customer: &Customer) -> WireCustomer<'_> {
    let Customer { id, email, phone, group, segments, order_count, loyalty_tier } = customer;
    WireCustomer {
        id: *id,
        email: email.as_deref(),
        phone: phone.as_deref(),
        group_id: *group,
        segment_ids: segments,
        order_count: *order_count,
        loyalty_tier: loyalty_tier.as_deref(),
    }
}

fn shipping(shipping: &Shipping, currency: Currency) -> WireShipping<'_> {
    let Shipping { country, zone, method, cost, tax_rate } = shipping;
    WireShipping {
        country: country.as_deref(),
        zone_id: *zone,
        method: method.as_deref(),
        cost: cost.map(|cost| Amount::new(cost, currency)),
        tax_rate: tax_rate.map(Rate::to_percent),
    }
}

fn manual_discount<'a>(manual: &ManualDiscount, cart: &'a Cart) -> WireManualDiscount<'a> {
    let (percentage_amount, fixed_amount) = match manual.discount {
        Discount::Percentage(rate) => (Some(rate.to_percent()), None),
        Discount::Amount(amount) => (None, Some(Amount::new(amount, cart.currency))),
    };
    WireManualDiscount {
        line_id: manual.line.and_then(|line| cart.lines.get(line)).map(|line| line.id.as_str()),
        discount: WireManualAmount { percentage_amount, fixed_amount },
        includes_shipping: manual.includes_shipping,
    }
}

fn tax(terms: TaxTerms) -> WireTax {
    let rounding = match terms.rounding {
        TaxRounding::Line => "LINE",
        TaxRounding::Unit => "UNIT",
    };
    WireTax { prices_include_tax: terms.prices_include_tax, rounding }
}

/// A line with every fact in it.
pub(super) fn line(line: &Line, currency: Currency) -> WireLine<'_> {
    let money = |amount: Minor| Amount::new(amount, currency);
    WireLine {
        id: &line.id,
        product_id: line.product,
        variant_id: line.variant,
        quantity: line.quantity,
        price: money(line.price),
        list_price: line.list_price.map(money),
        cost: line.cost.map(money),
        floor_price: line.floor_price.map(money),
        tax_rate: line.tax_rate.map(Rate::to_percent),
        price_overridden: line.is_price_overridden,
        category_ids: &line.categories,
        brand_id: line.brand,
        seller_id: line.seller,
        options: WirePairs(&line.options),
        custom_fields: WirePairs(&line.custom_fields),
        gift_card: line.is_gift_card,
    }
}

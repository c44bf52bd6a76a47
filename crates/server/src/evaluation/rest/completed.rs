//! A completed cart in the form of a request that needs nothing but itself.

use std::collections::BTreeMap;

use engine::cart::{Cart, Customer, Line, ManualDiscount, Shipping, TaxRounding, TaxTerms};
use engine::money::{Currency, Minor, Rate};
use engine::promotion::Discount;

use super::cart::{
    CartIn, Catalog, CustomerIn, Known, LineIn, ManualAmountIn, ManualDiscountIn, ShippingIn, TaxIn,
    TaxRoundingIn,
};

/// A catalog that knows nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoCatalog;

impl Catalog for NoCatalog {
    fn known(&self, _product: u64, _variant: Option<u64>) -> Known<'_> {
        Known::default()
    }
}

/// The cart with every fact in it: completed by [`NoCatalog`] and an unknown customer it is the same cart again.
///
/// What has no bearing on prices, the storefront's name for the cart, is left out.
pub fn wire_form(cart: &Cart, codes: &[String]) -> CartIn {
    let money = |amount: Minor| amount.to_decimal(cart.currency);
    CartIn {
        id: None,
        channel_id: cart.channel,
        currency: cart.currency.code().to_owned(),
        codes: codes.to_vec(),
        gift_cards: Vec::new(),
        store_credit: Some(cart.store_credit).filter(|credit| !credit.is_zero()).map(money),
        refused_gifts: cart.refused_gifts.clone(),
        customer: cart.customer.as_ref().map(customer),
        shipping: cart.shipping.as_ref().map(|it| shipping(it, cart.currency)),
        existing_order: cart.is_existing_order,
        manual_discounts: cart.manual_discounts.iter().map(|it| manual_discount(it, cart)).collect(),
        tax: Some(cart.tax).filter(|terms| *terms != TaxTerms::default()).map(tax),
        lines: cart.lines.iter().map(|it| line(it, cart.currency)).collect(),
    }
}

fn customer(customer: &Customer) -> CustomerIn {
    let Customer { id, email, group, segments, order_count, loyalty_tier } = customer;
    CustomerIn {
        id: *id,
        email: email.clone(),
        group_id: *group,
        segment_ids: Some(segments.clone()),
        order_count: Some(*order_count),
        loyalty_tier: loyalty_tier.clone(),
    }
}

fn shipping(shipping: &Shipping, currency: Currency) -> ShippingIn {
    let Shipping { country, zone, method, cost, tax_rate } = shipping;
    ShippingIn {
        country: country.clone(),
        zone_id: *zone,
        method: method.clone(),
        cost: cost.map(|cost| cost.to_decimal(currency)),
        tax_rate: tax_rate.map(Rate::to_percent),
    }
}

fn manual_discount(manual: &ManualDiscount, cart: &Cart) -> ManualDiscountIn {
    let (percentage, amount) = match manual.discount {
        Discount::Percentage(rate) => (Some(rate.to_percent()), None),
        Discount::Amount(amount) => (None, Some(amount.to_decimal(cart.currency))),
    };
    ManualDiscountIn {
        line_id: manual.line.and_then(|line| cart.lines.get(line)).map(|line| line.id.clone()),
        discount: ManualAmountIn { percentage_amount: percentage, fixed_amount: amount },
        includes_shipping: manual.includes_shipping,
    }
}

fn tax(terms: TaxTerms) -> TaxIn {
    let rounding = match terms.rounding {
        TaxRounding::Line => TaxRoundingIn::Line,
        TaxRounding::Unit => TaxRoundingIn::Unit,
    };
    TaxIn { prices_include_tax: terms.prices_include_tax, rounding }
}

/// A line with every fact in it.
pub(super) fn line(line: &Line, currency: Currency) -> LineIn {
    let money = |amount: Minor| amount.to_decimal(currency);
    let pairs = |pairs: &[(String, String)]| Some(pairs.iter().cloned().collect::<BTreeMap<_, _>>());
    LineIn {
        id: line.id.clone(),
        product_id: line.product,
        variant_id: line.variant,
        quantity: line.quantity,
        price: Some(money(line.price)),
        list_price: line.list_price.map(money),
        cost: line.cost.map(money),
        floor_price: line.floor_price.map(money),
        tax_rate: line.tax_rate.map(Rate::to_percent),
        price_overridden: line.is_price_overridden,
        category_ids: Some(line.categories.clone()),
        brand_id: line.brand,
        seller_id: line.seller,
        options: pairs(&line.options),
        custom_fields: pairs(&line.custom_fields),
        gift_card: Some(line.is_gift_card),
    }
}

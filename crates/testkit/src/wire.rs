//! Carts as the body of `POST /v1/evaluate` has them.

use engine::cart::{Cart, Customer, Line, ManualDiscount, Shipping, TaxRounding, TaxTerms};
use engine::money::{Currency, Minor, Rate};
use engine::promotion::Discount;
use serde_json::{Map, Value, json};

/// The cart on the wire, with the codes that were entered.
pub fn cart(cart: &Cart, codes: &[&str]) -> Value {
    let money = |amount: Minor| amount.to_decimal(cart.currency);
    let mut body = Map::new();
    body.insert("currency".to_owned(), json!(cart.currency.code()));
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    put("channel_id", cart.channel.map(Value::from));
    put("codes", Some(json!(codes)).filter(|_| !codes.is_empty()));
    put("store_credit", Some(json!(money(cart.store_credit))).filter(|_| !cart.store_credit.is_zero()));
    put("refused_gifts", Some(json!(cart.refused_gifts)).filter(|_| !cart.refused_gifts.is_empty()));
    put("customer", cart.customer.as_ref().map(customer));
    put("shipping", cart.shipping.as_ref().map(|it| shipping(it, cart.currency)));
    put("existing_order", Some(json!(true)).filter(|_| cart.is_existing_order));
    let manual = cart.manual_discounts.iter().map(|it| manual_discount(it, cart)).collect::<Vec<_>>();
    put("manual_discounts", Some(json!(manual)).filter(|_| !manual.is_empty()));
    put("tax", Some(tax(cart.tax)).filter(|_| cart.tax != TaxTerms::default()));
    put("lines", Some(cart.lines.iter().map(|it| line(it, cart.currency)).collect()));
    Value::Object(body)
}

/// An object without the fields that are null.
fn without_nulls(value: Value) -> Value {
    let Value::Object(object) = value else { return value };
    object.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

fn customer(customer: &Customer) -> Value {
    without_nulls(json!({
        "id": customer.id, "group_id": customer.group, "segment_ids": customer.segments,
        "order_count": customer.order_count, "loyalty_tier": customer.loyalty_tier, "email": customer.email,
    }))
}

fn shipping(shipping: &Shipping, currency: Currency) -> Value {
    let cost = shipping.cost.map(|cost| cost.to_decimal(currency));
    without_nulls(json!({
        "country": shipping.country, "zone_id": shipping.zone, "method": shipping.method, "cost": cost,
        "tax_rate": shipping.tax_rate.map(Rate::to_percent),
    }))
}

fn manual_discount(manual: &ManualDiscount, cart: &Cart) -> Value {
    let discount = match manual.discount {
        Discount::Percentage(rate) => json!({"percentage_amount": rate.to_percent()}),
        Discount::Amount(amount) => json!({"fixed_amount": amount.to_decimal(cart.currency)}),
    };
    let line = manual.line.and_then(|line| cart.lines.get(line)).map(|line| line.id.clone());
    without_nulls(json!({
        "line_id": line, "discount": discount, "includes_shipping": manual.includes_shipping.then_some(true),
    }))
}

fn tax(terms: TaxTerms) -> Value {
    let rounding = match terms.rounding {
        TaxRounding::Line => "LINE",
        TaxRounding::Unit => "UNIT",
    };
    json!({"prices_include_tax": terms.prices_include_tax, "rounding": rounding})
}

fn line(line: &Line, currency: Currency) -> Value {
    let pairs = |pairs: &[(String, String)]| -> Value {
        pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<Map<_, _>>().into()
    };
    let money = |amount: Option<Minor>| amount.map(|amount| amount.to_decimal(currency));
    without_nulls(json!({
        "id": line.id, "product_id": line.product, "variant_id": line.variant, "quantity": line.quantity,
        "price": line.price.to_decimal(currency), "list_price": money(line.list_price),
        "cost": money(line.cost), "floor_price": money(line.floor_price),
        "tax_rate": line.tax_rate.map(Rate::to_percent),
        "price_overridden": line.is_price_overridden.then_some(true),
        "category_ids": line.categories, "brand_id": line.brand, "seller_id": line.seller,
        "options": pairs(&line.options), "custom_fields": pairs(&line.custom_fields),
        "gift_card": line.is_gift_card,
    }))
}

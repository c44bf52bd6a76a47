//! Carts as the body of `POST /v1/evaluate` has them.

use engine::cart::{Cart, Customer, Line, Shipping};
use engine::money::{Currency, Minor};
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
        "order_count": customer.order_count, "loyalty_tier": customer.loyalty_tier,
    }))
}

fn shipping(shipping: &Shipping, currency: Currency) -> Value {
    let cost = shipping.cost.map(|cost| cost.to_decimal(currency));
    without_nulls(json!({"country": shipping.country, "zone_id": shipping.zone, "cost": cost}))
}

fn line(line: &Line, currency: Currency) -> Value {
    let pairs = |pairs: &[(String, String)]| -> Value {
        pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<Map<_, _>>().into()
    };
    let list_price = line.list_price.map(|amount| amount.to_decimal(currency));
    without_nulls(json!({
        "id": line.id, "product_id": line.product, "variant_id": line.variant, "quantity": line.quantity,
        "price": line.price.to_decimal(currency), "list_price": list_price,
        "price_overridden": line.is_price_overridden.then_some(true),
        "category_ids": line.categories, "brand_id": line.brand, "seller_id": line.seller,
        "options": pairs(&line.options), "custom_fields": pairs(&line.custom_fields),
        "gift_card": line.is_gift_card.then_some(true),
    }))
}

//! Plain promotions and carts in our own words: documents, and carts of the engine.

use engine::cart;
use engine::money::{Currency, Minor};
use serde_json::{Value, json};

use super::plain::{Cart, CartLine, Promotion, Rule};

/// The currency of all workloads.
pub fn currency() -> Currency {
    Currency::parse("USD").unwrap()
}

/// The promotion's document.
pub fn document(promotion: &Promotion) -> Value {
    json!({
        "name": promotion.name,
        "redemption_type": "AUTOMATIC",
        "priority": promotion.priority,
        "rules": promotion.rules.iter().map(rule).collect::<Vec<_>>(),
    })
}

fn rule(rule: &Rule) -> Value {
    match *rule {
        Rule::BuyCategory { category, min_quantity, percent } => {
            buy(category, min_quantity, &json!({"percentage_amount": percent.to_string()}))
        }
        Rule::TakeCents { category, cents } => buy(category, 1, &json!({"fixed_amount": decimal(cents)})),
        Rule::Spend { min_subtotal_cents, percent } => json!({
            "condition": {"cart": {"minimum_spend": decimal(min_subtotal_cents)}},
            "action": {"cart_value": {"discount": {"percentage_amount": percent.to_string()}}},
        }),
        Rule::BuyGet { category, buy, get, percent } => json!({
            "apply_once": false,
            "condition": {"cart": {"items": {"categories": [category]}, "minimum_quantity": buy}},
            "action": {"cart_items": {
                "items": {"categories": [category]},
                "discount": {"percentage_amount": percent.to_string()},
                "quantity": get,
            }},
        }),
    }
}

/// Enough units of a category, and a discount on all of them, those that were asked for too.
fn buy(category: u32, minimum_quantity: u32, discount: &Value) -> Value {
    json!({
        "condition": {"cart": {"items": {"categories": [category]}, "minimum_quantity": minimum_quantity}},
        "action": {"cart_items": {
            "items": {"categories": [category]},
            "discount": discount,
            "include_items_considered_by_condition": true,
        }},
    })
}

fn decimal(cents: i64) -> String {
    Minor::new(cents).to_decimal(currency())
}

/// The cart as the engine has it.
pub fn cart(plain: &Cart) -> cart::Cart {
    cart::Cart::new(currency(), plain.lines.iter().map(line).collect())
}

fn line(plain: &CartLine) -> cart::Line {
    cart::Line {
        id: plain.line.to_string(),
        product: plain.product_id.into(),
        quantity: plain.quantity,
        price: Minor::new(plain.price_cents),
        categories: plain.categories.iter().map(|category| u64::from(*category)).collect(),
        brand: Some(plain.brand.into()),
        ..cart::Line::default()
    }
}

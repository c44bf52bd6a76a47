//! Random situations that are narrow enough for a law to hold in them.

use engine::cart::{Cart, Line};
use engine::money::{Currency, Minor};
use engine::promotion::Facts;
use engine::settings::Settings;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::promotions::{named_items, plain_discount};
use super::{Situation, item_rule, line};

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

/// Automatic promotions on a guest's cart, one rule each, in the order given.
fn automatic(rules: Vec<Value>, lines: Vec<Line>, is_independent: bool) -> Situation {
    let document = |rule: Value| json!({"name": "Random", "redemption_type": "AUTOMATIC", "rules": [rule]});
    let promotions = (1..).zip(rules).map(|(id, rule)| (id, Timestamp::UNIX_EPOCH, document(rule))).collect();
    let settings =
        Settings { applies_to_original_price: is_independent, ..Settings::new(usd(), TimeZone::UTC) };
    let now = "2026-03-01T12:00:00Z".parse().unwrap();
    let lines = (1..).zip(lines).map(|(at, line): (u32, Line)| Line { id: at.to_string(), ..line }).collect();
    Situation { settings, now, promotions, cart: Cart::new(usd(), lines), facts: Facts::default() }
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec(line(), 1..7)
}

/// One rule on named items, and a line that it is not about.
pub fn one_item_rule_and_other_goods() -> impl Strategy<Value = (Situation, Line)> {
    let other = (line(), any::<bool>()).prop_map(|(line, is_gift_card)| {
        let id = "other".to_owned();
        // A product without any fact is chosen by no name, and a gift card takes part in nothing.
        let stranger = Line {
            id: id.clone(),
            product: 900,
            quantity: line.quantity,
            price: line.price,
            ..Line::default()
        };
        if is_gift_card { Line { id, is_gift_card, ..line } } else { stranger }
    });
    (item_rule(usd()), lines(), any::<bool>(), other).prop_filter_map(
        "the rule is refused",
        |(rule, lines, is_independent, other)| {
            let situation = automatic(vec![rule], lines, is_independent);
            situation.is_accepted().then_some((situation, other))
        },
    )
}

/// Promotions without condition, cap or choice among units, in a store that takes percentages off the
/// original price, and other priorities for them.
pub fn independent_promotions() -> impl Strategy<Value = (Situation, Vec<i64>)> {
    let rule =
        (plain_discount(usd()), prop::option::of(named_items())).prop_map(|(discount, items)| match items {
            Some(items) => json!({"action": {"cart_items": {"discount": discount, "items": items}}}),
            None => json!({"action": {"cart_value": {"discount": discount}}}),
        });
    let priorities = prop::collection::vec(-5..6_i64, 5);
    (prop::collection::vec(rule, 2..6), lines(), priorities)
        .prop_map(|(rules, lines, priorities)| (automatic(rules, lines, true), priorities))
}

/// One percentage off items.
pub fn one_percentage() -> impl Strategy<Value = Situation> {
    let action = (
        select(vec!["0.4", "10", "33.3333", "50"]),
        named_items(),
        prop::option::of(1..4_u64),
        any::<bool>(),
    );
    (action, lines()).prop_map(|((percent, items, quantity, dearest), lines)| {
        let strategy = if dearest { "MOST_EXPENSIVE" } else { "LEAST_EXPENSIVE" };
        let discount = json!({"percentage_amount": percent});
        let action =
            json!({"discount": discount, "items": items, "quantity": quantity, "strategy": strategy});
        automatic(vec![json!({"action": {"cart_items": action}})], lines, true)
    })
}

/// Buy some, get some at half price, and the line of which there will be one unit more.
pub fn buy_some_get_some() -> impl Strategy<Value = (Situation, usize)> {
    let rule = (named_items(), 1..4_u64, named_items(), 1..3_u64, any::<bool>(), any::<bool>());
    (rule, lines(), any::<usize>()).prop_map(
        |((bought, minimum, given, quantity, include, apply_once), lines, line)| {
            // Half of a cent or of nothing would count no reward.
            let dear = |line: Line| Line { price: line.price + Minor::new(100), ..line };
            let half = json!({"percentage_amount": "50"});
            let rule = json!({
                "apply_once": apply_once,
                "condition": {"cart": {"items": bought, "minimum_quantity": minimum}},
                "action": {"cart_items": {"discount": half, "items": given, "quantity": quantity,
                                          "include_items_considered_by_condition": include}},
            });
            (automatic(vec![rule], lines.into_iter().map(dear).collect(), true), line)
        },
    )
}

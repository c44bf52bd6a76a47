//! Random promotions that use the whole language.

use engine::money::Currency;
use proptest::bool::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::carts::{GENDERS, SIZES};
use super::money;

/// A promotion, about one in fifty of which the language refuses.
pub fn promotion(currency: Currency) -> impl Strategy<Value = Value> {
    let rules = prop::collection::vec(rule(currency), 1..4);
    (any::<bool>(), rules, combination(), -1..2_i64, gate()).prop_map(
        |(is_coupon, rules, combination, priority, gate)| {
            let kind = if is_coupon { "COUPON" } else { "AUTOMATIC" };
            let mut document =
                json!({"name": "Random", "redemption_type": kind, "priority": priority, "rules": rules});
            let (stop, is_exclusive, coupon_override) = combination;
            document["stop"] = json!(stop);
            document["can_be_used_with_other_promotions"] = json!(!is_exclusive);
            if let Some(field) = coupon_override.filter(|_| is_coupon && is_exclusive) {
                document[field] = json!(true);
            }
            if let Some((field, value)) = gate {
                document[field] = value;
            }
            document
        },
    )
}

fn combination() -> impl Strategy<Value = (bool, bool, Option<&'static str>)> {
    let flags = [
        None,
        Some("coupon_overrides_other_promotions"),
        Some("coupon_overrides_automatic_when_offering_higher_discounts"),
    ];
    (weighted(0.15), weighted(0.2), select(flags.to_vec()))
}

/// A field that keeps the promotion from some carts.
fn gate() -> impl Strategy<Value = Option<(&'static str, Value)>> {
    let countries = json!({"countries": [{"iso2_country_code": "US"}]});
    let gates = vec![
        ("status", json!("draft")),
        ("status", json!("paused")),
        ("status", json!("archived")),
        ("start_date", json!("2026-06-01T00:00:00Z")),
        ("end_date", json!("2026-03-01T12:00:00Z")),
        ("channels", json!([{"id": 1}])),
        ("currency_code", json!("EUR")),
        ("currency_code", json!("*")),
        ("customer", json!({"group_ids": [1]})),
        ("customer", json!({"group_ids": [0, 2], "minimum_order_count": 2})),
        ("customer", json!({"excluded_group_ids": [0]})),
        ("customer", json!({"segments": {"and": [{"id": ["A"]}, {"not": {"id": ["B"]}}]}})),
        ("customer", json!({"segments": {"or": [{"id": ["A", "B"]}, {"id": ["C"]}]}})),
        ("shipping_address", json!({"not": countries.clone()})),
        ("shipping_address", countries),
        ("max_uses", json!(1)),
        ("max_uses", json!(3)),
    ];
    let schedule = schedule().prop_map(|schedule| Some(("schedule", schedule)));
    prop_oneof![6 => Just(None), 2 => select(gates).prop_map(Some), 1 => schedule]
}

fn schedule() -> impl Strategy<Value = Value> {
    let days = subsequence(engine::time::WEEKDAYS.to_vec(), 1..7);
    let time =
        || select(vec!["00:00:00", "01:30:00", "02:15:00", "02:30:00", "03:00:00", "18:00:00", "23:59:59"]);
    (1..3_u64, days, time(), time()).prop_map(|(week_frequency, week_days, opens, closes)| {
        json!({"week_frequency": week_frequency, "week_days": week_days,
               "daily_start_time": opens, "daily_end_time": closes})
    })
}

fn rule(currency: Currency) -> impl Strategy<Value = Value> {
    let condition = prop::option::weighted(0.6, condition(currency));
    let parts = (condition, action(currency), weighted(0.6), weighted(0.15));
    parts.prop_map(|(condition, action, apply_once, stop)| {
        json!({"condition": condition, "action": action, "apply_once": apply_once, "stop": stop})
    })
}

/// A rule on named items whose condition, if any, is on named items too: no other line of a cart has a say in
/// it.
pub fn item_rule(currency: Currency) -> impl Strategy<Value = Value> {
    let condition = prop::option::weighted(0.6, (named_items(), on_items(currency)));
    let action = prop_oneof![3 => cart_items(currency), 1 => fixed_price_set(currency)];
    (condition, named_items(), action, any::<bool>()).prop_map(
        |(condition, items, mut action, apply_once)| {
            let named = |(items, mut condition): (Value, Value)| {
                condition["cart"]["items"] = items;
                condition
            };
            let condition = condition.map(named);
            action.as_object_mut().unwrap().values_mut().for_each(|fields| fields["items"] = items.clone());
            json!({"condition": condition, "action": action, "apply_once": apply_once})
        },
    )
}

fn condition(currency: Currency) -> impl Strategy<Value = Value> {
    let order_number = (1..4_u64, prop::option::of(3..5_u64))
        .prop_map(|(from, to)| json!({"order_number": {"from": from, "to": to}}));
    let leaf = prop_oneof![6 => on_items(currency), 3 => on_subtotal(currency), 1 => order_number];
    tree(leaf.boxed())
}

fn on_items(currency: Currency) -> impl Strategy<Value = Value> {
    let spend = prop::option::weighted(0.3, spend(currency));
    (items(), prop::option::weighted(0.8, 1..5_u64), spend).prop_map(|(items, quantity, spend)| {
        json!({"cart": {"items": items, "minimum_quantity": quantity, "minimum_spend": spend}})
    })
}

fn on_subtotal(currency: Currency) -> impl Strategy<Value = Value> {
    spend(currency).prop_map(|spend| json!({"cart": {"minimum_spend": spend}}))
}

fn spend(currency: Currency) -> impl Strategy<Value = Value> {
    prop_oneof![select(vec![500, 1000, 2500, 5000]), 300..8000_i64]
        .prop_map(move |minor| money(currency, minor))
}

/// A leaf, or leaves joined by `and`, `or` and `not`.
fn tree(leaf: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    leaf.prop_recursive(2, 6, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            3 => several.clone().prop_map(|parts| json!({"and": parts})),
            3 => several.prop_map(|parts| json!({"or": parts})),
            1 => inner.prop_map(|part| json!({"not": part})),
        ]
    })
}

/// One matcher, or several joined.
fn items() -> impl Strategy<Value = Value> {
    prop_oneof![4 => named_items(), 1 => tree(named_items().boxed())]
}

/// One matcher.
pub(super) fn named_items() -> impl Strategy<Value = Value> {
    let ids =
        |kind: &'static str, ids: Vec<u64>| subsequence(ids, 1..3).prop_map(move |ids| json!({kind: ids}));
    let text = |kind: &'static str, name: &'static str, values: [&'static str; 2]| {
        subsequence(values.to_vec(), 1..3)
            .prop_map(move |values| json!({kind: {"name": name, "values": values}}))
    };
    prop_oneof![
        4 => ids("products", vec![1, 2, 3, 4]),
        3 => ids("categories", vec![1, 2, 3]),
        2 => ids("brands", vec![1, 2]),
        1 => ids("variants", vec![11, 12, 21]),
        1 => ids("sellers", vec![1, 2]),
        1 => text("product_option", "Size", SIZES),
        1 => text("product_custom_field", "Gender", GENDERS),
    ]
}

fn action(currency: Currency) -> impl Strategy<Value = Value> {
    let gift = (select(vec!["product_id", "variant_id"]), 1..3_u64)
        .prop_map(|(field, quantity)| json!({"gift_item": {field: 11, "quantity": quantity}}));
    let zones = prop_oneof![Just(json!("*")), Just(json!([1, 3]))];
    let shipping = zones.prop_map(|zones| json!({"shipping": {"zone_ids": zones}}));
    prop_oneof![
        6 => cart_items(currency),
        3 => cart_value(currency),
        3 => fixed_price_set(currency),
        1 => gift,
        1 => shipping,
    ]
}

pub(super) fn plain_discount(currency: Currency) -> impl Strategy<Value = Value> {
    let rates = select(vec!["0.4", "10", "12.5", "15", "25", "33.3333", "50", "100"]);
    let amounts = select(vec![1, 50, 333, 500, 1000, 2500]);
    prop_oneof![
        rates.prop_map(|rate| json!({"percentage_amount": rate})),
        amounts.prop_map(move |minor| json!({"fixed_amount": money(currency, minor)})),
    ]
}

fn cap() -> impl Strategy<Value = Option<&'static str>> {
    prop::option::weighted(0.25, select(vec!["1", "3.33", "5", "7.77", "20"]))
}

fn strategy() -> impl Strategy<Value = &'static str> {
    select(vec!["LEAST_EXPENSIVE", "LEAST_EXPENSIVE_ONLY", "MOST_EXPENSIVE", "MOST_EXPENSIVE_ONLY"])
}

fn cart_items(currency: Currency) -> impl Strategy<Value = Value> {
    let what = (prop::option::weighted(0.8, items()), prop::option::weighted(0.6, 1..4_u64), strategy());
    let flags = (any::<bool>(), any::<bool>(), weighted(0.2), weighted(0.3));
    let parts = (plain_discount(currency), cap(), what, flags);
    parts.prop_map(|(discount, cap, (items, quantity, strategy), flags)| {
        json!({"cart_items": {
            "discount": discount, "items": items, "quantity": quantity, "strategy": strategy,
            "as_total": flags.0, "include_items_considered_by_condition": flags.1,
            "exclude_items_on_sale": flags.2, "add_free_item": flags.3,
            "maximum_allowed_discount_amount": cap,
        }})
    })
}

fn cart_value(currency: Currency) -> impl Strategy<Value = Value> {
    (plain_discount(currency), cap()).prop_map(|(discount, cap)| {
        json!({"cart_value": {"discount": discount, "maximum_allowed_discount_amount": cap}})
    })
}

fn fixed_price_set(currency: Currency) -> impl Strategy<Value = Value> {
    let price = prop_oneof![select(vec![1, 1000, 2000]), 100..6000_i64];
    let what = (prop::option::weighted(0.8, items()), 1..4_u64, strategy());
    let parts = (what, price, weighted(0.7), weighted(0.2));
    parts.prop_map(move |((items, quantity, strategy), price, include, sale)| {
        json!({"fixed_price_set": {
            "quantity": quantity, "fixed_price": money(currency, price), "items": items, "strategy": strategy,
            "exclude_items_on_sale": sale, "include_items_considered_by_condition": include,
        }})
    })
}

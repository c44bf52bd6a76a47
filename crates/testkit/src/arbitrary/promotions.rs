//! Random promotions that use the whole language.

use engine::money::Currency;
use proptest::bool::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::carts::{GENDERS, SIZES};
use super::extras::extras;
use super::money;

/// A promotion, about one in fifty of which the language refuses.
pub fn promotion(currency: Currency) -> impl Strategy<Value = Value> {
    let rules = prop::collection::vec(rule(currency).boxed(), 1..4);
    (any::<bool>(), rules, combination(), -1..2_i64, gate(), extras(currency).boxed()).prop_map(
        |(is_coupon, rules, combination, priority, gate, extras)| {
            let kind = if is_coupon { "COUPON" } else { "AUTOMATIC" };
            let mut document =
                json!({"name": "Random", "redemption_type": kind, "priority": priority, "rules": rules});
            let (stop, is_exclusive, coupon_override) = combination;
            document["stop"] = json!(stop);
            document["can_be_used_with_other_promotions"] = json!(!is_exclusive);
            if let Some(field) = coupon_override.filter(|_| is_coupon && is_exclusive) {
                document[field] = json!(true);
            }
            for (field, value) in extras.into_iter().chain(gate) {
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
        ("customer", json!({"segments": {"not": {"id": ["B"]}}})),
        ("shipping_address", json!({"not": countries.clone()})),
        ("shipping_address", countries),
        ("max_uses", json!(1)),
        ("max_uses", json!(3)),
        ("max_uses_per_channel", json!(2)),
        ("max_uses_per_day", json!(2)),
        ("max_uses_per_customer", json!(1)),
        ("customer", json!({"loyalty_tiers": ["gold", "silver"]})),
    ];
    let schedule = schedule().prop_map(|schedule| Some(("schedule", schedule)));
    prop_oneof![6 => Just(None), 2 => select(gates).prop_map(Some), 1 => schedule]
}

fn schedule() -> impl Strategy<Value = Value> {
    let days = subsequence(engine::time::WEEKDAYS.to_vec(), 1..7);
    let time =
        || select(vec!["00:00:00", "01:30:00", "02:15:00", "02:30:00", "03:00:00", "18:00:00", "23:59:59"]);
    let zone = prop::option::weighted(0.3, select(vec!["Europe/Berlin", "Australia/Lord_Howe"]));
    (1..3_u64, days, time(), time(), zone).prop_map(|(week_frequency, week_days, opens, closes, zone)| {
        json!({"week_frequency": week_frequency, "week_days": week_days,
               "daily_start_time": opens, "daily_end_time": closes, "time_zone": zone})
    })
}

fn rule(currency: Currency) -> impl Strategy<Value = Value> {
    let condition = prop::option::weighted(0.6, condition(currency));
    let most = prop::option::weighted(0.25, 1..4_u64);
    let parts = (condition, action(currency), weighted(0.6), weighted(0.15), most);
    parts.prop_map(|(condition, action, apply_once, stop, most)| {
        let most = most.filter(|_| !apply_once);
        json!({"condition": condition, "action": action, "apply_once": apply_once, "stop": stop,
               "maximum_applications": most})
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
    let contents = (items(), prop::option::weighted(0.8, 1..5_u64), spend);
    let contents = contents.prop_map(|(items, quantity, spend)| {
        json!({"cart": {"items": items, "minimum_quantity": quantity, "minimum_spend": spend}})
    });
    let most_units = prop::option::weighted(0.15, 3..10_u64);
    (contents, most_units, maximum_spend(currency), spend_basis()).prop_map(
        |(mut condition, most_units, most_spend, basis)| {
            condition["cart"]["maximum_quantity"] = json!(most_units);
            condition["cart"]["maximum_spend"] = json!(most_spend);
            condition["cart"]["spend_basis"] = json!(basis);
            condition
        },
    )
}

fn maximum_spend(currency: Currency) -> impl Strategy<Value = Option<Value>> {
    prop::option::weighted(0.15, (2000..20_000_i64).prop_map(move |minor| money(currency, minor)))
}

fn spend_basis() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("PHASE_START"), 1 => Just("ORIGINAL"), 1 => Just("RUNNING")]
}

fn on_subtotal(currency: Currency) -> impl Strategy<Value = Value> {
    (spend(currency), maximum_spend(currency), spend_basis()).prop_map(|(spend, most, basis)| {
        json!({"cart": {"minimum_spend": spend, "maximum_spend": most, "spend_basis": basis}})
    })
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
    prop_oneof![
        6 => cart_items(currency),
        3 => cart_value(currency),
        3 => fixed_price_set(currency),
        3 => bundle(currency),
        1 => gift,
        2 => shipping(currency),
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
    prop::option::weighted(0.25, cap_text())
}

fn cap_text() -> impl Strategy<Value = &'static str> {
    select(vec!["1", "3.33", "5", "7.77", "20"])
}

fn strategy() -> impl Strategy<Value = &'static str> {
    select(vec!["LEAST_EXPENSIVE", "LEAST_EXPENSIVE_ONLY", "MOST_EXPENSIVE", "MOST_EXPENSIVE_ONLY"])
}

fn cart_items(currency: Currency) -> impl Strategy<Value = Value> {
    let what = (prop::option::weighted(0.8, items()), prop::option::weighted(0.6, 1..4_u64), strategy());
    let flags = (any::<bool>(), any::<bool>(), weighted(0.2), weighted(0.3));
    let parts = (plain_discount(currency), cap(), what, flags);
    let caps = (prop::option::weighted(0.1, cap_text()), prop::option::weighted(0.1, cap_text()));
    (parts, weighted(0.3), caps).prop_map(
        |((discount, cap, (items, quantity, strategy), flags), per_line, caps)| {
            let is_plain_amount = !flags.0 && discount.get("fixed_amount").is_some();
            let caps = if flags.0 { (None, None) } else { caps };
            json!({"cart_items": {
                "amount_per": if per_line && is_plain_amount { "LINE" } else { "UNIT" },
                "maximum_discount_per_unit": caps.0, "maximum_discount_per_line": caps.1,
                "discount": discount, "items": items, "quantity": quantity, "strategy": strategy,
                "as_total": flags.0, "include_items_considered_by_condition": flags.1,
                "exclude_items_on_sale": flags.2, "add_free_item": flags.3,
                "maximum_allowed_discount_amount": cap,
            }})
        },
    )
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

fn bundle(currency: Currency) -> impl Strategy<Value = Value> {
    let parts = prop::collection::vec((prop::option::weighted(0.9, items()), 1..3_u64), 1..4);
    let gain = prop_oneof![
        plain_discount(currency).prop_map(|discount| ("discount", discount)),
        (100..6000_i64).prop_map(move |price| ("fixed_price", money(currency, price))),
    ];
    (parts, gain, any::<bool>(), weighted(0.2)).prop_map(|(parts, (field, gain), dearest, sale)| {
        let part = |(items, quantity): (Option<Value>, u64)| json!({"items": items, "quantity": quantity});
        json!({"bundle": {
            "parts": parts.into_iter().map(part).collect::<Vec<_>>(), field: gain,
            "strategy": if dearest { "MOST_EXPENSIVE" } else { "LEAST_EXPENSIVE" },
            "exclude_items_on_sale": sale,
        }})
    })
}

fn shipping(currency: Currency) -> impl Strategy<Value = Value> {
    let zones = prop_oneof![2 => Just(json!("*")), 1 => Just(json!([1, 3]))];
    let gain = prop_oneof![
        2 => Just(("free_shipping", json!(true))),
        2 => plain_discount(currency).prop_map(|discount| ("discount", discount)),
        1 => (1..600_i64).prop_map(move |price| ("flat_price", money(currency, price))),
    ];
    let methods = prop::option::weighted(0.2, select(vec![json!(["express"]), json!(["express", "post"])]));
    (zones, gain, methods, weighted(0.2), cap()).prop_map(|(zones, (field, gain), methods, domestic, cap)| {
        json!({"shipping": {
            "zone_ids": zones, field: gain, "methods": methods, "domestic_only": domestic,
            "maximum_allowed_discount_amount": cap,
        }})
    })
}

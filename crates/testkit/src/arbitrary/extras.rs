//! Fields of promotions beyond rules, gates and plain combination.

use engine::money::Currency;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::money;

type Fields = Vec<(&'static str, Value)>;

/// Nothing for half of the promotions, some fields for the others.
pub(super) fn extras(currency: Currency) -> impl Strategy<Value = Fields> {
    let some = prop::collection::vec(extra(currency), 1..4);
    prop_oneof![1 => Just(Vec::new()), 1 => some.prop_map(|fields| fields.concat())]
}

fn extra(currency: Currency) -> impl Strategy<Value = Fields> {
    let one = |name: &'static str, values: Vec<Value>| {
        select(values).prop_map(move |value| vec![(name, value)]).boxed()
    };
    prop_oneof![
        2 => budget(currency),
        2 => price_floor(currency),
        1 => funding(),
        3 => tags(),
        2 => line_scope(),
        4 => one("best_deal_group", vec![json!("one"), json!("one"), json!("other")]),
        1 => one("rewards", vec![json!("LAST")]),
        1 => one("seller_id", vec![json!(1), json!(2)]),
        1 => one("exclude_sale_items", vec![json!(true)]),
    ]
}

fn budget(currency: Currency) -> impl Strategy<Value = Fields> {
    (1..3000_i64, select(vec!["PARTIAL", "DENY"])).prop_map(move |(amount, on_short)| {
        vec![("budget", json!({"amount": money(currency, amount), "on_short": on_short}))]
    })
}

fn price_floor(currency: Currency) -> impl Strategy<Value = Fields> {
    let rates = || select(vec!["12.5", "50", "90", "99.9"]);
    let floor = prop_oneof![
        (1..2000_i64).prop_map(move |amount| json!({"fixed_amount": money(currency, amount)})),
        rates().prop_map(|rate| json!({"percentage_of_price": rate})),
        rates().prop_map(|rate| json!({"margin_percentage": rate})),
    ];
    floor.prop_map(|floor| vec![("price_floor", floor)])
}

fn funding() -> impl Strategy<Value = Fields> {
    (1..10_000_u64).prop_map(|part| {
        let funder = |name: &str, part: u64| json!({"funder": name, "basis_points": part});
        vec![("funding", json!([funder("operator", part), funder("seller", 10_000 - part)]))]
    })
}

fn tags() -> impl Strategy<Value = Fields> {
    let words = || subsequence(vec!["a", "b"], 0..3);
    (words(), prop::option::of(words())).prop_map(|(tags, combines_with)| {
        vec![("tags", json!(tags)), ("combines_with", json!(combines_with))]
    })
}

/// Stops or excludes, or both, on the lines that it discounts.
fn line_scope() -> impl Strategy<Value = Fields> {
    select(vec![(true, false), (false, true), (true, true)]).prop_map(|(stop, is_exclusive)| {
        vec![
            ("exclusivity_scope", json!("LINE")),
            ("stop", json!(stop)),
            ("can_be_used_with_other_promotions", json!(!is_exclusive)),
            ("coupon_overrides_other_promotions", json!(false)),
            ("coupon_overrides_automatic_when_offering_higher_discounts", json!(false)),
        ]
    })
}

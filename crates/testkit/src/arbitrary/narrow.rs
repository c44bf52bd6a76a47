//! Random situations that are narrow enough for a law to hold in them.

use engine::cart::{Cart, Line};
use engine::money::{Currency, Minor};
use engine::promotion::{CodeFact, EnteredCode, Facts};
use engine::settings::Settings;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::promotions::{named_items, plain_discount};
use super::{Situation, item_rule, line, situation};

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

/// Automatic promotions on a guest's cart, one rule each, in the order given, without floors and tax.
fn automatic(rules: Vec<Value>, lines: Vec<Line>, is_independent: bool) -> Situation {
    let document = |rule: Value| json!({"name": "Random", "redemption_type": "AUTOMATIC", "rules": [rule]});
    let promotions = (1..).zip(rules).map(|(id, rule)| (id, Timestamp::UNIX_EPOCH, document(rule))).collect();
    let settings =
        Settings { applies_to_original_price: is_independent, ..Settings::new(usd(), TimeZone::UTC) };
    let now = "2026-03-01T12:00:00Z".parse().unwrap();
    let plain = |(at, line): (u32, Line)| Line {
        id: at.to_string(),
        cost: None,
        floor_price: None,
        tax_rate: None,
        ..line
    };
    let lines = (1..).zip(lines).map(plain).collect();
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
/// original price, and other priorities for them. Goods of some cents are left out: of a line of which single units
/// are free already, a later percentage has fewer units to be taken from.
pub fn independent_promotions() -> impl Strategy<Value = (Situation, Vec<i64>)> {
    let rule =
        (plain_discount(usd()), prop::option::of(named_items())).prop_map(|(discount, items)| match items {
            Some(items) => json!({"action": {"cart_items": {"discount": discount, "items": items}}}),
            None => json!({"action": {"cart_value": {"discount": discount}}}),
        });
    let priorities = prop::collection::vec(-5..6_i64, 5);
    (prop::collection::vec(rule, 2..6), lines(), priorities).prop_map(|(rules, lines, priorities)| {
        let dear = |line: Line| Line { price: line.price + Minor::new(100), ..line };
        (automatic(rules, lines.into_iter().map(dear).collect(), true), priorities)
    })
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
    let often = prop_oneof![Just(None), Just(Some(10_000)), (1..4_u64).prop_map(Some)];
    let rule = (named_items(), 1..4_u64, named_items(), 1..3_u64, any::<bool>(), often);
    (rule, lines(), any::<usize>()).prop_map(
        |((bought, minimum, given, quantity, include, often), lines, line)| {
            // Half of a cent or of nothing would count no reward.
            let dear = |line: Line| Line { price: line.price + Minor::new(100), ..line };
            let half = json!({"percentage_amount": "50"});
            let rule = json!({
                "apply_once": often.is_none(), "maximum_applications": often,
                "condition": {"cart": {"items": bought, "minimum_quantity": minimum}},
                "action": {"cart_items": {"discount": half, "items": given, "quantity": quantity,
                                          "include_items_considered_by_condition": include}},
            });
            (automatic(vec![rule], lines.into_iter().map(dear).collect(), true), line)
        },
    )
}

/// One rule without condition, caps or a choice between lines at different prices, a line, and the quantities of
/// the lines that it becomes.
pub fn one_rule_and_a_line_to_split() -> impl Strategy<Value = (Situation, usize, Vec<u32>)> {
    let items = (plain_discount(usd()), named_items(), any::<bool>(), prop::option::of(1..6_u64)).prop_map(
        |(discount, items, as_total, quantity)| {
            json!({"cart_items": {
                "discount": discount, "items": items, "as_total": as_total, "quantity": quantity,
                "add_free_item": false,
            }})
        },
    );
    let order = plain_discount(usd()).prop_map(|discount| json!({"cart_value": {"discount": discount}}));
    let rule = prop_oneof![3 => items, 1 => order].prop_map(|action| json!({"action": action}));
    let whole = lines().prop_flat_map(|lines| (0..lines.len()).prop_map(move |line| (lines.clone(), line)));
    let split = whole.prop_flat_map(|(lines, line)| {
        let parts = prop::collection::vec(1..3_u32, 1..5);
        (Just(lines), Just(line), parts)
    });
    (rule, split, any::<bool>()).prop_map(|(rule, (mut lines, line, parts), is_independent)| {
        lines[line].quantity = parts.iter().sum();
        (automatic(vec![rule], lines, is_independent), line, parts)
    })
}

/// Promotions of one best deal group, none of which stands alone on the order, for a store that allows many codes;
/// no manual discounts and no tax, which would hide what promotions save. And a number to choose one of them by.
pub fn one_best_deal() -> impl Strategy<Value = (Situation, usize)> {
    (situation(), any::<usize>())
        .prop_map(|(mut situation, choice)| {
            situation.settings.coupons_allowed = 100;
            situation.cart.manual_discounts.clear();
            situation.cart.lines.iter_mut().for_each(|line| line.tax_rate = None);
            situation.cart.shipping.iter_mut().for_each(|shipping| shipping.tax_rate = None);
            for (_, _, document) in &mut situation.promotions {
                document["best_deal_group"] = json!("all");
                document["can_be_used_with_other_promotions"] = json!(true);
                let fields = document.as_object_mut().unwrap();
                fields.retain(|name, _| name != "exclusivity_scope" && !name.starts_with("coupon_overrides"));
            }
            (situation, choice)
        })
        .prop_filter("all promotions were refused", |(situation, _)| !situation.promotions.is_empty())
}

/// Fields that close gates for most carts.
const GATES: [&str; 12] = [
    "status",
    "start_date",
    "end_date",
    "schedule",
    "channels",
    "currency_code",
    "customer",
    "shipping_address",
    "max_uses",
    "max_uses_per_channel",
    "max_uses_per_day",
    "max_uses_per_customer",
];

/// Many promotions with budgets that deny and with floors, so that one after the other has to go.
pub fn crowded_denials() -> impl Strategy<Value = Situation> {
    let one = (5..40_u32, any::<bool>(), any::<bool>(), 60..100_u32, 1..50_u32);
    (situation(), prop::collection::vec(one, 12..30)).prop_map(|(mut situation, all)| {
        let (currency, created) = (situation.cart.currency.code(), Timestamp::UNIX_EPOCH);
        let promotion =
            |(id, (percent, is_of_order, has_floor, floor, budget)): (u64, (u32, bool, bool, u32, u32))| {
                let kind = if is_of_order { "cart_value" } else { "cart_items" };
                let action = json!({kind: {"discount": {"percentage_amount": percent.to_string()}}});
                let mut document = json!({
                    "name": format!("Number {id}"), "redemption_type": "AUTOMATIC", "currency_code": currency,
                    "start_date": "2020-01-01T00:00:00Z", "rules": [{"action": action}],
                });
                match has_floor {
                    true => document["price_floor"] = json!({"percentage_of_price": floor.to_string()}),
                    false => document["budget"] = json!({"amount": budget.to_string(), "on_short": "DENY"}),
                }
                (id, created, document)
            };
        situation.promotions = (1..).zip(all).map(promotion).collect();
        situation.facts.codes.clear();
        situation.facts.uses.clear();
        situation
    })
}

/// Everything at once, with open gates, all codes entered and most promotions in one of two best deal groups.
pub fn crowded_best_deals() -> impl Strategy<Value = Situation> {
    (situation(), prop::collection::vec(0..5_usize, 5)).prop_map(|(mut situation, groups)| {
        for ((_, _, document), group) in situation.promotions.iter_mut().zip(groups) {
            let fields = document.as_object_mut().unwrap();
            fields.retain(|name, _| !GATES.contains(&name.as_str()));
            let names = [json!("one"), json!("one"), json!("other"), json!("other"), Value::Null];
            fields.insert("best_deal_group".to_owned(), names[group].clone());
        }
        let promotions = situation.promotions.iter();
        let coupons = promotions.filter(|(_, _, document)| document["redemption_type"] == "COUPON");
        let enter =
            |(id, _, _): &(u64, _, _)| EnteredCode { text: format!("CODE-{id}"), fact: CodeFact::known(*id) };
        situation.facts.codes = coupons.map(enter).collect();
        situation
    })
}

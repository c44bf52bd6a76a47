//! What is nudged for which cart, to the cent.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Change, Nudge, nudges};
use crate::cart::{Cart, Line, Shipping};
use crate::money::Minor;
use crate::promotion::evaluate::testing::{NOW, cart, promotion, usd};
use crate::promotion::language::{Named, Names, NoNames};
use crate::promotion::reason::{Fact, Telling};
use crate::promotion::{CodeFact, Definition, EnteredCode, Facts, Ruleset, Told, evaluate};
use crate::settings::Settings;

/// All nudges for a cart, with offers written like its lines.
fn found_with(documents: &[Value], cart: &Cart, facts: &Facts, offers: &str) -> Vec<Nudge> {
    let created = jiff::Timestamp::UNIX_EPOCH;
    let definitions: Vec<Definition<'_>> =
        (1..).zip(documents).map(|(id, document)| Definition { id, created, document }).collect();
    let (ruleset, broken) = Ruleset::compile(Settings::new(usd(), TimeZone::UTC), &definitions);
    assert!(broken.is_empty(), "{broken:?}");
    let (now, offers) = (NOW.parse().unwrap(), offers_of(offers));
    let evaluation = evaluate(&ruleset, cart, facts, now, Told::All);
    nudges(&ruleset, cart, facts, now, &evaluation, &offers, 10)
}

fn offers_of(text: &str) -> Vec<Line> {
    cart(text).lines
}

fn found(documents: &[Value], lines: &str, offers: &str) -> Vec<Nudge> {
    found_with(documents, &cart(lines), &Facts::default(), offers)
}

/// What a nudge is about, and its cost and saving.
fn told(nudges: &[Nudge]) -> Vec<(u64, Change, i64, i64)> {
    nudges.iter().map(|it| (it.promotion, it.change, it.cost.get(), it.saving.get())).collect()
}

fn more_of(line: usize, product: u64, units: u32) -> Change {
    Change::Add { line: Some(line), product, variant: None, units }
}

fn new(product: u64, units: u32) -> Change {
    Change::Add { line: None, product, variant: None, units }
}

fn spend(minor: i64) -> Change {
    Change::Spend { amount: Minor::new(minor) }
}

fn automatic(rule: Value) -> Value {
    promotion(rule, json!({}))
}

/// So much off the order from so much on.
fn off_from(amount: &str, minimum: &str) -> Value {
    json!({"condition": {"cart": {"minimum_spend": minimum}},
           "action": {"cart_value": {"discount": {"fixed_amount": amount}}}})
}

/// So many units of a product, for so much off another.
fn buy_get(buy: u64, quantity: u64, get: u64, percent: &str) -> Value {
    json!({"condition": {"cart": {"items": {"products": [buy]}, "minimum_quantity": quantity}},
           "action": {"cart_items": {"discount": {"percentage_amount": percent}, "quantity": 1,
                                     "items": {"products": [get]}, "add_free_item": false}}})
}

fn gift_from(minimum: &str) -> Value {
    json!({"condition": {"cart": {"minimum_spend": minimum}},
           "action": {"gift_item": {"product_id": 130, "quantity": 1}}})
}

fn shipped(lines: &str) -> Cart {
    let shipping = Shipping { cost: Some(Minor::new(995)), ..Shipping::default() };
    Cart { shipping: Some(shipping), ..cart(lines) }
}

#[derive(Debug)]
struct Known;

impl Names for Known {
    fn name(&self, named: Named, id: u64) -> Option<&str> {
        (named == Named::Product && [8, 130].contains(&id)).then_some("Teaspoon")
    }
}

fn message(nudge: &Nudge, names: &dyn Names) -> String {
    nudge.message(&Telling { currency: usd(), zone: &TimeZone::UTC }, names)
}

#[test]
fn what_is_missing_to_a_minimum_is_to_be_spent() {
    let nudges = found(&[automatic(off_from("10.00", "50.00"))], "7x1@37.60", "");
    assert_eq!(told(&nudges), [(1, spend(1240), 240, 1000)]);
    assert_eq!(nudges[0].reason.kind.code, "minimum_spend");
    let facts = (Fact::Money(Minor::new(5000)), Fact::Money(Minor::new(3760)));
    assert_eq!((nudges[0].reason.needed.clone(), nudges[0].reason.found.clone()), facts);
    assert_eq!(message(&nudges[0], &NoNames), "Spend 12.40 USD more and save 10.00 USD.");
}

#[test]
fn the_next_tier_counts_when_it_saves_more() {
    let tier = |minimum: &str, percent: &str| {
        json!({"stop": true, "condition": {"cart": {"minimum_spend": minimum}},
               "action": {"cart_value": {"discount": {"percentage_amount": percent}}}})
    };
    let tiers = |rules: Value| promotion(Value::Null, json!({"rules": rules}));
    let growing = tiers(json!([tier("500", "25"), tier("300", "20"), tier("100", "10")]));
    let nudges = found(std::slice::from_ref(&growing), "7x1@250.00", "");
    assert_eq!(told(&nudges), [(1, spend(5000), 1500, 3500)], "25.00 off now, 60.00 off from 300.00 on");
    assert_eq!(nudges[0].reason.missing_money(), Minor::new(5000));
    assert_eq!(told(&found(&[growing], "7x1@600.00", "")), [], "the last tier");
    let shrinking = tiers(json!([tier("300", "1"), tier("100", "10")]));
    assert_eq!(told(&found(&[shrinking], "7x1@250.00", "")), []);
}

#[test]
fn goods_that_are_discounted_bring_less_than_their_price() {
    let half = json!({"action": {"cart_items": {"discount": {"percentage_amount": "50"}}}});
    let documents = [automatic(off_from("30.00", "50.00")), automatic(half)];
    let nudges = found(&documents, "7x1@40.00", "");
    assert_eq!(told(&nudges), [(1, spend(6000), 0, 6000)], "100.00 at half price are the 50.00 needed");
}

#[test]
fn shipping_is_free_from_a_threshold_on() {
    let rule =
        json!({"condition": {"cart": {"minimum_spend": "50.00"}}, "action": {"shipping": {"zone_ids": "*"}}});
    let with =
        |offers| found_with(&[automatic(rule.clone())], &shipped("7x1@47.60"), &Facts::default(), offers);
    let nudges = with("8x1@1.30");
    assert_eq!(told(&nudges), [(1, spend(240), -755, 995)]);
    assert_eq!(message(&nudges[0], &NoNames), "Spend 2.40 USD more and get free shipping.");
    assert_eq!(
        told(&with("8x1@1.20")),
        [(1, spend(240), -755, 995)],
        "of goods at just the price none is named"
    );
}

#[test]
fn one_more_of_the_same_is_missing_to_get_one_free() {
    let nudges = found(&[automatic(buy_get(7, 1, 7, "100"))], "7x1@5.00 9x1@1.00", "8x1@0.50");
    assert_eq!(told(&nudges), [(1, more_of(0, 7, 1), 0, 500)]);
    assert_eq!(nudges[0].reason.kind.code, "no_effect");
    assert_eq!(message(&nudges[0], &NoNames), "Add 1 more matching item and save 5.00 USD.");
    let three = found(&[automatic(buy_get(7, 2, 7, "100"))], "7x1@5.00", "");
    assert_eq!(
        told(&three),
        [(1, more_of(0, 7, 2), 500, 500)],
        "one is missing to buy two, and the free one"
    );
    assert_eq!(three[0].reason.kind.code, "minimum_quantity");
    assert_eq!(message(&three[0], &NoNames), "Add 2 more matching items and save 5.00 USD.");
}

#[test]
fn a_reward_that_is_not_in_the_cart_is_to_be_added() {
    let documents = [automatic(buy_get(7, 2, 8, "50"))];
    let nudges = found(&documents, "7x2@10.00", "8x1@3.00 9x1@0.10");
    assert_eq!(told(&nudges), [(1, new(8, 1), 150, 150)]);
    assert_eq!(message(&nudges[0], &Known), "Add 1 × Teaspoon and save 1.50 USD.");
    assert_eq!(told(&found(&documents, "7x2@10.00", "")), [], "it is not offered");
    assert_eq!(told(&found(&documents, "7x1@10.00 8x1@3.00", "")), [(1, more_of(0, 7, 1), 850, 150)]);
}

#[test]
fn a_sale_without_condition_is_nothing_to_unlock() {
    let sale = json!({"action": {"cart_items": {"discount": {"percentage_amount": "20"},
                                                "items": {"products": [8]}}}});
    assert_eq!(told(&found(&[automatic(sale)], "7x1@10.00", "8x1@3.00")), []);
}

#[test]
fn the_part_that_a_bundle_lacks_is_to_be_added() {
    let parts =
        json!([{"items": {"products": [7]}, "quantity": 1}, {"items": {"categories": [1]}, "quantity": 2}]);
    let rule = json!({"action": {"bundle": {"parts": parts, "discount": {"percentage_amount": "10"}}}});
    let documents = [automatic(rule)];
    let nudges = found(&documents, "8x2@5.00", "9x1@0.50 7x1@20.00");
    assert_eq!(told(&nudges), [(1, new(7, 1), 1700, 300)], "more of the other part does not help");
    assert_eq!((nudges[0].reason.kind.code, nudges[0].reason.missing_count()), ("bundle_incomplete", 1));
    let nudges = found(&documents, "7x1@20.00", "9x1@0.50 8x1@5.00");
    assert_eq!(
        told(&nudges),
        [(1, new(9, 2), -110, 210)],
        "product 7 is the first part, whatever its category"
    );
}

#[test]
fn a_set_at_a_fixed_price_is_completed() {
    let rule = json!({"action": {"fixed_price_set": {"quantity": 3, "fixed_price": "20.00",
                                                     "items": {"categories": [1]}}}});
    let with = |offers| found(&[automatic(rule.clone())], "7x1@9.00 8x1@9.00", offers);
    assert_eq!(
        told(&with("9x1@4.00")),
        [(1, more_of(0, 7, 1), 200, 700)],
        "whatever it is, the set costs 20.00"
    );
    assert_eq!(with("")[0].reason.missing_count(), 1);
    assert_eq!(told(&with("9x1@10.00")), [(1, new(9, 1), 200, 800)]);
}

#[test]
fn the_cheaper_of_several_goods_is_named() {
    let rule = json!({"condition": {"cart": {"items": {"categories": [1]}, "minimum_quantity": 2}},
                      "action": {"cart_value": {"discount": {"fixed_amount": "3.00"}}}});
    let nudges = found(&[automatic(rule)], "7x1@10.00", "8x1@6.00 9x1@4.00 23x1@1.00");
    assert_eq!(told(&nudges), [(1, new(9, 1), 100, 300)]);
}

#[test]
fn as_many_units_as_a_minimum_on_goods_needs_are_added() {
    let rule = json!({"condition": {"cart": {"items": {"products": [8]}, "minimum_spend": "10.00"}},
                      "action": {"shipping": {"zone_ids": "*"}}});
    let nudges = found_with(&[automatic(rule)], &shipped("7x1@10.00"), &Facts::default(), "8x1@6.00");
    assert_eq!(told(&nudges), [(1, new(8, 2), 205, 995)]);
    assert_eq!(message(&nudges[0], &Known), "Add 2 × Teaspoon and get free shipping.");
}

#[test]
fn what_would_not_pay_is_not_named() {
    let exclusive = json!({"can_be_used_with_other_promotions": false});
    let better = json!({"action": {"cart_value": {"discount": {"fixed_amount": "15.00"}}}});
    let documents = [promotion(off_from("5.00", "50.00"), exclusive.clone()), automatic(better)];
    assert_eq!(told(&found(&documents, "7x1@45.00", "")), [], "5.00 would take the place of 15.00");
    let worth_it = [promotion(off_from("16.00", "50.00"), exclusive), documents[1].clone()];
    assert_eq!(told(&found(&worth_it, "7x1@45.00", "")), [(1, spend(500), 400, 100)]);
}

#[test]
fn what_would_lose_to_another_is_not_named() {
    let stops = promotion(
        json!({"action": {"cart_value": {"discount": {"fixed_amount": "1.00"}}}}),
        json!({"stop": true}),
    );
    assert_eq!(told(&found(&[stops, automatic(off_from("5.00", "50.00"))], "7x1@45.00", "")), []);
}

#[test]
fn a_gift_counts_even_when_its_price_is_not_known() {
    let nudges = found(&[automatic(gift_from("50.00"))], "7x1@45.00", "");
    assert_eq!(told(&nudges), [(1, spend(500), 500, 0)]);
    assert_eq!(nudges[0].gift.as_ref().map(|gift| (gift.product, gift.quantity)), Some((Some(130), 1)));
    assert_eq!(message(&nudges[0], &NoNames), "Spend 5.00 USD more and get a free gift.");
    assert_eq!(message(&nudges[0], &Known), "Spend 5.00 USD more and get a free Teaspoon.");
}

#[test]
fn a_gift_is_worth_the_price_at_which_it_is_offered() {
    let exclusive = promotion(gift_from("50.00"), json!({"can_be_used_with_other_promotions": false}));
    let better = automatic(json!({"action": {"cart_value": {"discount": {"fixed_amount": "5.00"}}}}));
    let with = |offers| told(&found(&[exclusive.clone(), better.clone()], "7x1@45.00", offers));
    assert_eq!(with("130x1@8.00"), [(1, spend(500), 1000, -500)], "8.00 worth of gifts for 5.00 off");
    assert_eq!(with("130x1@5.00"), [], "no gain");
    assert_eq!(with(""), [], "nobody knows whether it would be one");
    let mut thousand = gift_from("50.00");
    thousand["action"]["gift_item"]["quantity"] = json!(1000);
    let nudges = found(&[automatic(thousand)], "7x1@45.00", "130x1@90071992547409.91");
    assert_eq!(told(&nudges), [(1, spend(500), 500, 0)], "what is beyond all amounts has no known value");
}

#[test]
fn coupons_count_only_when_their_code_is_entered() {
    let coupon = promotion(off_from("10.00", "50.00"), json!({"redemption_type": "COUPON"}));
    let documents = [coupon];
    assert_eq!(told(&found(&documents, "7x1@45.00", "")), []);
    let fact = CodeFact::known(1);
    let entered = Facts { codes: vec![EnteredCode { text: "X".into(), fact }], ..Facts::default() };
    let nudges = found_with(&documents, &cart("7x1@45.00"), &entered, "");
    assert_eq!(told(&nudges), [(1, spend(500), -500, 1000)]);
}

#[test]
fn the_cheapest_nudges_come_first_and_the_nearest_are_tried_first() {
    let documents = [
        automatic(off_from("1.00", "90.00")),
        automatic(off_from("10.00", "80.00")),
        automatic(buy_get(7, 1, 8, "100")),
    ];
    let nudges = found(&documents, "7x1@70.00", "8x1@9.00");
    let expected = [(2, spend(1000), 0, 1000), (3, new(8, 1), 0, 900), (1, spend(2000), 900, 1100)];
    assert_eq!(told(&nudges), expected);
}

#[test]
fn one_offer_may_have_to_fulfil_several_conditions() {
    let both = json!({"and": [{"cart": {"items": {"products": [8]}, "minimum_quantity": 2}},
                              {"cart": {"minimum_spend": "30.00"}}]});
    let action = json!({"cart_value": {"discount": {"fixed_amount": "5.00"}}});
    let documents = [automatic(json!({"condition": both, "action": action.clone()}))];
    assert_eq!(told(&found(&documents, "7x1@10.00", "8x1@6.00 9x1@1.00")), [(1, new(8, 4), 1900, 500)]);
    let either = json!({"or": [{"cart": {"items": {"products": [8]}, "minimum_quantity": 2}},
                               {"cart": {"minimum_spend": "30.00"}}]});
    let documents = [automatic(json!({"condition": either, "action": action}))];
    assert_eq!(told(&found(&documents, "7x1@10.00", "8x1@6.00 9x1@1.00")), [(1, new(8, 2), 700, 500)]);
}

#[test]
fn more_goods_do_not_mend_what_is_about_the_customer_or_a_maximum() {
    let with = |condition: Value| {
        let rule =
            json!({"condition": condition, "action": {"cart_value": {"discount": {"fixed_amount": "5.00"}}}});
        told(&found(&[automatic(rule)], "7x1@45.00", ""))
    };
    let near = json!({"cart": {"minimum_spend": "50.00"}});
    assert_eq!(with(json!({"and": [near.clone(), {"order_number": {"from": 3}}]})), []);
    assert_eq!(with(json!({"and": [near.clone(), {"not": {"cart": {"minimum_spend": "48.00"}}}]})), []);
    let at_most_one =
        json!({"cart": {"items": {"products": [7]}, "maximum_quantity": 1, "minimum_spend": "50.00"}});
    assert_eq!(with(at_most_one), []);
    assert_eq!(with(near), [(1, spend(500), 0, 500)]);
}

#[test]
fn gift_cards_and_goods_of_other_sellers_do_not_help() {
    let rule = json!({"condition": {"cart": {"items": {"products": [7, 8]}, "minimum_quantity": 2}},
                      "action": {"cart_value": {"discount": {"fixed_amount": "5.00"}}}});
    let documents = [promotion(rule, json!({"seller_id": 4}))];
    let mut own = cart("7x1@10.00");
    own.lines[0].seller = Some(4);
    assert_eq!(
        told(&found_with(&documents, &own, &Facts::default(), "8x1@1.00")),
        [(1, more_of(0, 7, 1), 500, 500)]
    );
    own.lines[0].is_gift_card = true;
    assert_eq!(told(&found_with(&documents, &own, &Facts::default(), "8x1@1.00")), []);
}

#[test]
fn no_more_nudges_than_asked_for() {
    let documents = [automatic(off_from("1.00", "90.00")), automatic(off_from("10.00", "80.00"))];
    let definitions = (1..).zip(&documents);
    let created = jiff::Timestamp::UNIX_EPOCH;
    let definitions: Vec<Definition<'_>> =
        definitions.map(|(id, document)| Definition { id, created, document }).collect();
    let (ruleset, _) = Ruleset::compile(Settings::new(usd(), TimeZone::UTC), &definitions);
    let (cart, facts, now) = (cart("7x1@70.00"), Facts::default(), NOW.parse().unwrap());
    let evaluation = evaluate(&ruleset, &cart, &facts, now, Told::All);
    let of = |most| told(&nudges(&ruleset, &cart, &facts, now, &evaluation, &[], most));
    assert_eq!((of(0), of(1)), (vec![], vec![(2, spend(1000), 0, 1000)]));
}

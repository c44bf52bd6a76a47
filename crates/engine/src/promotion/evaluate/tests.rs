//! What promotions do to carts, to the cent: the published examples and the rules of combination.

use serde_json::{Value, json};

use super::UsedUp;
use super::testing::{cart, discount, outcome, promotion, run, run_with, usd};
use super::{CodeFact, EnteredCode, Facts, Inactive, Outcome};
use crate::cart::{Cart, Shipping};
use crate::coupon::CodeWindow;
use crate::money::Minor;
use crate::promotion::reason::Telling;
use crate::settings::Settings;

fn percent_off_order(percent: &str) -> Value {
    json!({"action": {"cart_value": {"discount": {"percentage_amount": percent}}}})
}

fn amount_off_order(amount: &str) -> Value {
    json!({"action": {"cart_value": {"discount": {"fixed_amount": amount}}}})
}

fn percent_off_items(percent: &str, category: u64) -> Value {
    json!({"action": {"cart_items": {"discount": {"percentage_amount": percent}, "items": {"categories": [category]}}}})
}

fn coupon(rule: Value, mut extra: Value) -> Value {
    extra["redemption_type"] = json!("COUPON");
    promotion(rule, extra)
}

/// Codes of the promotions with these ids, entered in this order.
fn codes(promotions: &[u64]) -> Facts {
    let known = |id: &u64| EnteredCode { text: format!("CODE{id}"), fact: CodeFact::known(*id) };
    let entered = promotions.iter().map(known);
    Facts { codes: entered.collect(), ..Facts::default() }
}

fn many_coupons() -> Settings {
    Settings { coupons_allowed: 5, ..Settings::new(usd(), jiff::tz::TimeZone::UTC) }
}

/// The discount of one automatic rule on a cart.
fn off(rule: Value, lines: &str) -> i64 {
    discount(&run(&[promotion(rule, json!({}))], &cart(lines), &Facts::default()))
}

#[test]
fn coupons_discount_what_is_left_in_the_order_entered() {
    let documents = [coupon(percent_off_order("20"), json!({})), coupon(amount_off_order("20"), json!({}))];
    let total = |order: &[u64]| {
        run_with(many_coupons(), &documents, &cart("7x1@100.00"), &codes(order)).totals.total.get()
    };
    assert_eq!(total(&[1, 2]), 6000);
    assert_eq!(total(&[2, 1]), 6400);
}

#[test]
fn an_order_discount_is_split_by_what_lines_still_cost() {
    let lines = "1x1@13.99 2x1@25.00 3x1@49.99 4x1@18.95 5x1@10.00";
    let evaluation = run(&[promotion(amount_off_order("5.00"), json!({}))], &cart(lines), &Facts::default());
    let shares: Vec<i64> = evaluation.lines.iter().map(|line| line.discount.get()).collect();
    assert_eq!(shares, [59, 106, 212, 80, 43]);
}

#[test]
fn automatic_promotions_are_independent_or_cumulative_as_the_store_says() {
    let documents =
        [promotion(percent_off_items("10", 1), json!({})), promotion(percent_off_order("10"), json!({}))];
    let independent = Settings::new(usd(), jiff::tz::TimeZone::UTC);
    let cumulative = Settings { applies_to_original_price: false, ..independent.clone() };
    let off = |settings| discount(&run_with(settings, &documents, &cart("7x1@100.00"), &Facts::default()));
    assert_eq!(off(independent), 2000);
    assert_eq!(off(cumulative), 1900);
}

#[test]
fn buy_two_get_the_cheapest_third_free_takes_the_dearest_as_triggers() {
    let rule = |repeats: bool| {
        json!({"apply_once": !repeats,
               "condition": {"cart": {"items": {"categories": [1]}, "minimum_quantity": 2}},
               "action": {"cart_items": {"discount": {"percentage_amount": "100"}, "items": {"categories": [1]},
                                         "quantity": 1, "add_free_item": false}}})
    };
    let lines = "1x1@10.00 2x1@9.00 3x1@8.00 4x1@7.00 5x1@6.00 6x1@5.00";
    assert_eq!(off(rule(false), lines), 500);
    assert_eq!(off(rule(true), lines), 1100);
    let reversed = "6x1@5.00 5x1@6.00 4x1@7.00 3x1@8.00 2x1@9.00 1x1@10.00";
    assert_eq!(off(rule(true), reversed), 1100, "the order of lines decides nothing");
    assert_eq!(off(rule(true), "1x7@10.00"), 2000, "units of one line count one by one");
    assert_eq!(off(rule(true), "1x2@10.00"), 0, "triggers are not rewarded");
}

#[test]
fn three_for_two_counts_the_free_unit_among_the_three() {
    let rule = json!({"apply_once": false,
        "condition": {"cart": {"items": {"categories": [1]}, "minimum_quantity": 3}},
        "action": {"cart_items": {"discount": {"percentage_amount": "100"}, "items": {"categories": [1]}, "quantity": 1,
                                  "include_items_considered_by_condition": true, "add_free_item": false}}});
    assert_eq!(off(rule.clone(), "1x1@10.00 2x1@9.00 3x1@8.00 4x1@7.00 5x1@6.00 6x1@5.00"), 1100);
    assert_eq!(off(rule.clone(), "1x5@10.00"), 1000);
    assert_eq!(off(rule, "1x2@10.00"), 0);
}

#[test]
fn a_unit_that_could_be_rewarded_is_the_last_to_become_a_trigger() {
    let rule = json!({"condition": {"cart": {"items": {"categories": [1]}, "minimum_quantity": 1}},
        "action": {"cart_items": {"discount": {"percentage_amount": "50"}, "items": {"products": [7]}, "quantity": 1}}});
    assert_eq!(off(rule, "7x1@100.00 8x1@10.00"), 5000);
}

#[test]
fn amounts_count_for_each_unit_or_for_all_together() {
    let rule = |as_total: bool| json!({"action": {"cart_items": {"discount": {"fixed_amount": "5.00"}, "as_total": as_total}}});
    assert_eq!(off(rule(false), "1x3@10.00 2x1@4.00"), 1900, "never more than a unit costs");
    assert_eq!(off(rule(true), "1x3@10.00 2x1@4.00"), 500);
}

#[test]
fn a_percentage_is_rounded_half_up_once_per_line() {
    assert_eq!(off(percent_off_items("25", 1), "1x1@19.99"), 500);
    assert_eq!(off(percent_off_items("15", 1), "1x1@10.50"), 158);
    assert_eq!(off(percent_off_items("10", 1), "1x10000@0.01"), 1000);
    assert_eq!(off(percent_off_items("100", 1), "1x3@0.01 2x1@19.99"), 2002);
}

#[test]
fn any_three_for_a_fixed_price_skips_sets_that_would_not_gain() {
    let rule = |price: &str, repeats: bool| {
        json!({"apply_once": !repeats,
               "action": {"fixed_price_set": {"quantity": 3, "fixed_price": price, "items": {"categories": [1]}}}})
    };
    assert_eq!(off(rule("100.00", false), "1x3@40.00"), 2000);
    assert_eq!(off(rule("100.00", true), "1x7@40.00"), 4000);
    assert_eq!(off(rule("100.00", true), "1x3@10.00 2x3@50.00"), 1000, "the cheapest set that gains");
    assert_eq!(off(rule("150.00", false), "1x3@10.00 2x2@100.00"), 6000, "one cheap unit fills the set");
    assert_eq!(
        off(rule("100.00", true), "1x1000000@1.00 2x1000000@2.00"),
        0,
        "found out without counting units"
    );
    let mut dearest = rule("100.00", true);
    dearest["action"]["fixed_price_set"]["strategy"] = json!("MOST_EXPENSIVE");
    assert_eq!(off(dearest, "1x3@10.00 2x3@50.00"), 5000);
    let evaluation =
        run(&[promotion(rule("100.00", false), json!({}))], &cart("1x2@40.00"), &Facts::default());
    assert_eq!(outcome(&evaluation, 1), "minimum_quantity");
}

#[test]
fn a_cap_is_used_up_by_the_first_units() {
    let rule = json!({"action": {"cart_items": {"discount": {"percentage_amount": "50"},
                                                "maximum_allowed_discount_amount": "7.00"}}});
    let evaluation = run(&[promotion(rule, json!({}))], &cart("1x1@20.00 2x1@10.00"), &Facts::default());
    let shares: Vec<i64> = evaluation.lines.iter().map(|line| line.discount.get()).collect();
    assert_eq!(shares, [200, 500], "the cheapest come first");
}

#[test]
fn the_condition_of_a_phase_is_judged_by_what_was_left_when_it_began() {
    let half_off = promotion(percent_off_items("50", 1), json!({}));
    let from_80 = promotion(
        json!({"condition": {"cart": {"minimum_spend": "80.00"}},
               "action": {"cart_value": {"discount": {"fixed_amount": "10.00"}}}}),
        json!({}),
    );
    let evaluation = run(&[half_off, from_80], &cart("7x1@100.00"), &Facts::default());
    assert_eq!(outcome(&evaluation, 2), "minimum_spend");
    let Outcome::NotApplied(reason) = &evaluation.outcomes[1].outcome else { panic!("applied") };
    assert_eq!(
        reason.message(&Telling { currency: usd(), zone: &jiff::tz::TimeZone::UTC }),
        "Spend 30.00 USD more."
    );
}

#[test]
fn a_stopping_promotion_ends_the_list_below_it_whatever_the_phase() {
    let documents = [
        promotion(percent_off_order("10"), json!({"stop": true, "priority": 1})),
        promotion(percent_off_items("50", 1), json!({"priority": 2})),
    ];
    let evaluation = run(&documents, &cart("7x1@100.00"), &Facts::default());
    assert_eq!((discount(&evaluation), outcome(&evaluation, 2)), (1000, "stopped"));
}

#[test]
fn an_exclusive_promotion_applies_only_when_nothing_before_it_did() {
    let exclusive = |priority| {
        let extra = json!({"can_be_used_with_other_promotions": false, "priority": priority});
        promotion(percent_off_items("50", 1), extra)
    };
    let other = promotion(percent_off_order("10"), json!({"priority": 2}));
    let outcomes = |documents: &[Value]| {
        let evaluation = run(documents, &cart("7x1@100.00"), &Facts::default());
        (outcome(&evaluation, 1), outcome(&evaluation, 2))
    };
    assert_eq!(outcomes(&[exclusive(1), other.clone()]), ("applied", "not_combinable"));
    assert_eq!(outcomes(&[exclusive(3), other]), ("not_combinable", "applied"));
}

#[test]
fn an_exclusive_coupon_is_refused_replaces_or_compares() {
    let automatic = promotion(percent_off_order("10"), json!({}));
    let with = |percent: &str, flag: &str| {
        let extra = json!({"can_be_used_with_other_promotions": false, flag: true});
        let documents = [automatic.clone(), coupon(percent_off_order(percent), extra)];
        let evaluation = run(&documents, &cart("7x1@100.00"), &codes(&[2]));
        (discount(&evaluation), outcome(&evaluation, 1), outcome(&evaluation, 2))
    };
    let (always, if_better) =
        ("coupon_overrides_other_promotions", "coupon_overrides_automatic_when_offering_higher_discounts");
    assert_eq!(with("20", "stop"), (1000, "applied", "not_combinable"));
    assert_eq!(with("5", always), (500, "overridden", "applied"));
    assert_eq!(with("20", if_better), (2000, "overridden", "applied"));
    assert_eq!(with("5", if_better), (1000, "applied", "offers_less"));
    assert_eq!(with("10", if_better), (1000, "applied", "offers_less"), "it must save more");
}

#[test]
fn shipping_and_gifts_are_left_out_of_the_comparison() {
    let free_shipping = json!({"action": {"shipping": {"zone_ids": "*"}}});
    let extra = json!({"can_be_used_with_other_promotions": false,
                       "coupon_overrides_automatic_when_offering_higher_discounts": true});
    let shipped = Cart {
        shipping: Some(Shipping { cost: Some(Minor::new(5000)), ..Shipping::default() }),
        ..cart("7x1@10.00")
    };
    let against = |automatic: Value| {
        let documents = [promotion(automatic, json!({})), coupon(free_shipping.clone(), extra.clone())];
        outcome(&run(&documents, &shipped, &codes(&[2])), 2)
    };
    assert_eq!(against(percent_off_order("1")), "offers_less");
    assert_eq!(against(json!({"action": {"gift_item": {"product_id": 5, "quantity": 1}}})), "applied");
}

#[test]
fn every_refused_code_says_why() {
    let document = coupon(percent_off_order("10"), json!({}));
    let with = |facts: &Facts| {
        let evaluation = run(std::slice::from_ref(&document), &cart("7x1@10.00"), facts);
        let of = |code: &super::CodeResult| code.result.as_ref().map_err(|reason| reason.kind.code).copied();
        evaluation.codes.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(with(&codes(&[1])), [Ok(1)]);
    assert_eq!(with(&codes(&[1, 1])), [Ok(1), Err("already_applied")]);
    let window = CodeWindow::default();
    let known = |inactive, used_up| CodeFact::Known { promotion: 1, inactive, used_up, window };
    let refused =
        |fact| with(&Facts { codes: vec![EnteredCode { text: "X".into(), fact }], ..Facts::default() });
    assert_eq!(refused(CodeFact::Unknown), [Err("unknown_code")]);
    assert_eq!(refused(CodeFact::Untried), [Err("too_many_attempts")]);
    assert_eq!(refused(known(Some(Inactive::Paused), None)), [Err("paused")]);
    assert_eq!(refused(known(None, Some(UsedUp::ByAll))), [Err("code_limit_reached")]);
    assert_eq!(refused(known(None, Some(UsedUp::ByCustomer))), [Err("code_customer_limit_reached")]);
}

#[test]
fn more_codes_than_allowed_are_refused_in_the_order_entered() {
    let documents = [coupon(amount_off_order("1"), json!({})), coupon(amount_off_order("2"), json!({}))];
    let evaluation = run(&documents, &cart("7x1@10.00"), &codes(&[2, 1]));
    assert_eq!((outcome(&evaluation, 2), outcome(&evaluation, 1)), ("applied", "too_many_codes"));
}

#[test]
fn a_code_without_effect_does_not_use_up_a_code_allowed() {
    let from_50 = json!({"condition": {"cart": {"minimum_spend": "50.00"}},
                         "action": {"cart_value": {"discount": {"fixed_amount": "5.00"}}}});
    let documents = [coupon(from_50, json!({})), coupon(amount_off_order("2"), json!({}))];
    let evaluation = run(&documents, &cart("7x1@10.00"), &codes(&[1, 2]));
    assert_eq!((outcome(&evaluation, 1), outcome(&evaluation, 2)), ("minimum_spend", "applied"));
}

#[test]
fn tiers_tell_what_is_missing_for_the_next_one() {
    let tier = |spend: &str, percent: &str| {
        json!({"stop": true, "condition": {"cart": {"minimum_spend": spend}},
               "action": {"cart_value": {"discount": {"percentage_amount": percent}}}})
    };
    let tiers = json!({"rules": [tier("500", "25"), tier("100", "10"), tier("300", "20")]});
    let evaluation = run(&[promotion(tier("1", "1"), tiers)], &cart("7x1@90.00"), &Facts::default());
    let Outcome::NotApplied(reason) = &evaluation.outcomes[0].outcome else { panic!("applied") };
    assert_eq!(reason.missing_money(), Minor::new(1000));
}

#[test]
fn what_had_lost_to_a_displaced_promotion_lost_to_the_coupon() {
    let exclusive = json!({"can_be_used_with_other_promotions": false});
    let overriding =
        json!({"can_be_used_with_other_promotions": false, "coupon_overrides_other_promotions": true});
    let documents = [
        promotion(percent_off_order("1"), exclusive),
        coupon(percent_off_order("2"), overriding),
        promotion(percent_off_order("3"), json!({})),
    ];
    let evaluation = run(&documents, &cart("7x1@90.00"), &codes(&[2]));
    assert_eq!((outcome(&evaluation, 1), outcome(&evaluation, 3)), ("overridden", "overridden"));
}

#[test]
fn gifts_are_intents_that_can_be_refused() {
    let rule = json!({"condition": {"cart": {"minimum_spend": "50.00"}}, "apply_once": false,
                      "action": {"gift_item": {"product_id": 130, "quantity": 1}}});
    let documents = [promotion(rule, json!({}))];
    let evaluation = run(&documents, &cart("7x1@120.00"), &Facts::default());
    assert_eq!((evaluation.gifts[0].key.as_str(), evaluation.gifts[0].quantity), ("1/0", 2));
    let refusing = Cart { refused_gifts: vec!["1/0".into()], ..cart("7x1@120.00") };
    let evaluation = run(&documents, &refusing, &Facts::default());
    assert_eq!((evaluation.gifts.len(), outcome(&evaluation, 1)), (0, "gift_refused"));
}

#[test]
fn only_a_single_product_or_variant_becomes_a_gift_instead_of_free_units() {
    let rule = |items: Value| json!({"action": {"cart_items": {"discount": {"percentage_amount": "100"}, "quantity": 1, "items": items}}});
    let gifts = |items: Value| {
        let evaluation = run(&[promotion(rule(items), json!({}))], &cart("7x1@10.00"), &Facts::default());
        (evaluation.gifts.len(), discount(&evaluation))
    };
    assert_eq!(gifts(json!({"products": [7]})), (1, 0));
    assert_eq!(gifts(json!({"categories": [1]})), (0, 1000), "one category is not one product");
    assert_eq!(gifts(json!({"products": [7, 8]})), (0, 1000));
}

#[test]
fn gift_cards_overridden_prices_and_free_units_stay_out() {
    let mut cart = cart("7x1@100.00 8x1@100.00 9x1@0.00");
    cart.lines[0].is_gift_card = true;
    cart.lines[1].is_price_overridden = true;
    let evaluation = run(&[promotion(percent_off_order("10"), json!({}))], &cart, &Facts::default());
    assert_eq!((discount(&evaluation), outcome(&evaluation, 1)), (0, "no_effect"));
    let open =
        Settings { applies_to_overridden_price: true, ..Settings::new(usd(), jiff::tz::TimeZone::UTC) };
    let evaluation =
        run_with(open, &[promotion(percent_off_order("10"), json!({}))], &cart, &Facts::default());
    assert_eq!(discount(&evaluation), 1000);
}

#[test]
fn nothing_goes_below_zero_however_much_is_taken_off() {
    let documents = [
        promotion(percent_off_items("100", 1), json!({})),
        promotion(amount_off_order("1000.00"), json!({})),
        promotion(json!({"action": {"shipping": {"zone_ids": "*"}}}), json!({})),
    ];
    let shipped = Cart {
        shipping: Some(Shipping { cost: Some(Minor::new(995)), ..Shipping::default() }),
        store_credit: Minor::new(500),
        ..cart("1x3@0.33 23x1@9.99")
    };
    let totals = run(&documents, &shipped, &Facts::default()).totals;
    assert_eq!((totals.total, totals.due, totals.store_credit), (Minor::ZERO, Minor::ZERO, Minor::ZERO));
    assert_eq!(totals.discount.get(), 99 + 999 + 995);
}

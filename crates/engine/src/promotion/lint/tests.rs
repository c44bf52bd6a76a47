//! Every lint: found, and not found where it nearly would be.

use serde_json::{Value, json};

use super::testing::{SmallShop, amount, find, find_beside, found, percent, spend, told, with_rules};
use super::{Finding, LINTS};
use crate::promotion::evaluate::testing::promotion;
use crate::promotion::witness::NoShelf;
use crate::promotion::{actions, conditions, matchers};

fn at(pointer: &str, code: &'static str) -> (&'static str, String) {
    (code, pointer.to_owned())
}

fn tier(from: &str, off: &str) -> Value {
    json!({"stop": true, "condition": spend(from), "action": percent(off)})
}

#[track_caller]
fn only(findings: Vec<Finding>) -> Finding {
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.into_iter().next().unwrap()
}

#[test]
fn tiers_that_stop_are_reached_only_when_the_highest_comes_first() {
    let ascending = json!([tier("50", "10"), tier("100", "20"), tier("200", "30")]);
    let expected = [at("/rules/1", "rule_never_reached"), at("/rules/2", "rule_never_reached")];
    assert_eq!(found(ascending), expected);
    assert_eq!(found(json!([tier("200", "30"), tier("100", "20"), tier("50", "10")])), []);
}

#[test]
fn where_only_the_last_rule_counts_the_highest_tier_comes_last() {
    let tier = |from: &str, off: &str| json!({"condition": spend(from), "action": percent(off)});
    let last = json!({"rewards": "LAST"});
    let found = |rules: Value| told(find(&with_rules(rules, last.clone())));
    assert_eq!(found(json!([tier("50", "10"), tier("100", "20")])), []);
    let descending = json!([tier("100", "20"), tier("50", "10")]);
    assert_eq!(found(descending), [at("/rules/0", "rule_never_reached")]);
}

#[test]
fn a_rule_after_one_that_may_have_no_effect_is_reached() {
    let off = |category: u64, units: u64| {
        json!({"stop": true, "action": {"cart_items": {"discount": {"percentage_amount": "10"},
               "items": {"categories": [category]}, "quantity": units}}})
    };
    assert_eq!(found(json!([off(1, 1), off(2, 1)])), []);
    assert_eq!(found(json!([off(1, 1), off(1, 2)])), [at("/rules/1", "rule_never_reached")]);
    let gift = json!({"stop": true, "action": {"gift_item": {"product_id": 7, "quantity": 1}}});
    assert_eq!(found(json!([gift, off(2, 1)])), [], "a gift can be refused");
    let narrow = json!({"stop": true, "condition": {"cart": {"items": {"categories": [1]}, "minimum_spend": "50"}},
                        "action": percent("5")});
    assert_eq!(found(json!([narrow, tier("100", "10")])), []);
}

#[test]
fn the_witness_of_a_shadowed_rule_shows_the_other() {
    let finding = only(find(&with_rules(json!([tier("50", "10"), tier("100", "20")]), json!({}))));
    let witness = finding.witness.unwrap();
    assert_eq!(witness.cart.lines[0].price.get(), 10_000);
    assert_eq!(witness.shows, "Rule 2 would apply, but rule 1 applies instead.");
}

#[test]
fn a_promotion_behind_one_that_stops_or_excludes_never_applies() {
    let all = |extra: Value| promotion(json!({"action": percent("5")}), extra);
    let plain = all(json!({}));
    let found = |other: Value, draft: &Value| told(find_beside(&[other], draft, &NoShelf));
    let never = [at("", "promotion_never_applies")];
    assert_eq!(found(all(json!({"stop": true})), &plain), never);
    assert_eq!(found(all(json!({"can_be_used_with_other_promotions": false})), &plain), never);
    assert_eq!(found(all(json!({"stop": true, "status": "paused"})), &plain), []);
    assert_eq!(found(all(json!({"stop": true, "priority": 5})), &plain), [], "it comes after");
    assert_eq!(found(all(json!({"stop": true, "max_uses": 10})), &plain), [], "it will be used up");
    assert_eq!(found(all(json!({"stop": true, "end_date": "2026-09-01T00:00:00Z"})), &plain), []);
    assert_eq!(found(all(json!({"stop": true, "customer": {"group_ids": [3]}})), &plain), []);
    let members = all(json!({"customer": {"group_ids": [3]}}));
    assert_eq!(found(all(json!({"stop": true, "customer": {"group_ids": [3, 4]}})), &members), never);
    let conditional =
        promotion(json!({"condition": spend("10"), "action": percent("5")}), json!({"stop": true}));
    assert_eq!(found(conditional, &plain), []);
    let coupon = all(json!({"redemption_type": "COUPON"}));
    assert_eq!(found(all(json!({"stop": true})), &coupon), [], "coupons are not stopped by automatic ones");
    assert_eq!(found(all(json!({"can_be_used_with_other_promotions": false})), &coupon), never);
    let alone = json!({"redemption_type": "COUPON", "can_be_used_with_other_promotions": false});
    assert_eq!(found(plain.clone(), &all(alone)), never, "it is refused when anything applies");
    let mut overriding =
        all(json!({"redemption_type": "COUPON", "can_be_used_with_other_promotions": false}));
    overriding["coupon_overrides_other_promotions"] = json!(true);
    assert_eq!(found(plain, &overriding), []);
}

#[test]
fn a_promotion_before_others_that_leaves_them_no_room_names_them() {
    let all = |name: &str, extra: Value| {
        let mut document = promotion(json!({"action": percent("5")}), extra);
        document["name"] = json!(name);
        document
    };
    let others = [all("Early", json!({"priority": -2})), all("Spring", json!({})), all("Summer", json!({}))];
    let draft = all("New", json!({"stop": true, "priority": -1}));
    let finding = only(find_beside(&others, &draft, &NoShelf));
    assert_eq!((finding.code, finding.pointer.as_str()), ("shadows_others", "/stop"));
    assert!(finding.message.contains("“Spring” (2) and “Summer” (3)"), "{}", finding.message);
    assert!(!finding.message.contains("Early"));
    assert!(finding.witness.is_some());
    assert_eq!(told(find_beside(&others, &all("New", json!({"priority": -1})), &NoShelf)), []);
}

fn scheduled(days: &[&str], start: &str, end: &str, extra: Value) -> Vec<(&'static str, String)> {
    let mut document = promotion(json!({"action": percent("5")}), extra);
    document["schedule"] = json!({"week_frequency": 1, "week_days": days, "daily_start_time": start,
                                  "daily_end_time": end, "time_zone": "Europe/Berlin"});
    told(find(&document))
}

#[test]
fn a_weekly_window_has_to_open_between_start_and_end() {
    // From Monday to Wednesday.
    let dates = json!({"start_date": "2026-03-02T00:00:00Z", "end_date": "2026-03-04T00:00:00Z"});
    let never = [at("/schedule", "window_never_opens")];
    assert_eq!(scheduled(&["Friday"], "09:00:00", "10:00:00", dates.clone()), never);
    assert_eq!(scheduled(&["Tuesday"], "09:00:00", "10:00:00", dates.clone()), []);
    let sunday_night = scheduled(&["Sunday"], "22:00:00", "06:00:00", dates);
    assert_eq!(sunday_night, never, "the window of the Sunday before the first week does not count");
}

#[test]
fn a_window_that_the_clocks_skip_is_found() {
    // Berlin skips 02:00 to 03:00 on 29 March 2026.
    let skipped = [at("/schedule/daily_start_time", "window_skipped_by_clock_change")];
    assert_eq!(scheduled(&["Sunday"], "02:15:00", "03:00:00", json!({})), skipped);
    assert_eq!(scheduled(&["Sunday"], "02:15:00", "03:00:01", json!({})), []);
    assert_eq!(scheduled(&["Monday"], "02:15:00", "03:00:00", json!({})), []);
    let short = json!({"end_date": "2026-03-20T00:00:00Z"});
    assert_eq!(scheduled(&["Sunday"], "02:15:00", "03:00:00", short), []);
}

#[test]
fn an_end_in_the_past_is_found() {
    let ending =
        |end: &str| told(find(&promotion(json!({"action": percent("5")}), json!({"end_date": end}))));
    assert_eq!(ending("2026-03-01T12:00:00Z"), [at("/end_date", "already_ended")]);
    assert_eq!(ending("2026-03-01T12:00:01Z"), []);
}

#[test]
fn a_choice_that_excludes_itself_is_found_at_its_place() {
    let off = |items: Value| {
        let action = json!({"cart_items": {"discount": {"percentage_amount": "10"}, "items": items}});
        json!([{"action": action}])
    };
    let never = [at("/rules/0/action/cart_items/items", "matcher_excludes_itself")];
    assert_eq!(found(off(json!({"and": [{"categories": [9]}, {"not": {"categories": [9]}}]}))), never);
    assert_eq!(found(off(json!({"and": [{"categories": [9]}, {"not": {"categories": [8]}}]}))), []);
    assert_eq!(found(off(json!({"and": [{"brands": [3]}, {"brands": [4]}]}))), never);
    let rules = off(json!({"sellers": [3]}));
    assert_eq!(told(find(&with_rules(rules.clone(), json!({"seller_id": 4})))), never);
    assert_eq!(told(find(&with_rules(rules, json!({"seller_id": 3})))), []);
    let part = json!({"items": {"and": [{"products": [1]}, {"products": [2]}]}});
    let bundle = json!({"bundle": {"parts": [{"items": {"products": [1]}}, part], "fixed_price": "5"}});
    let expected = [at("/rules/0/action/bundle/parts/1/items", "matcher_excludes_itself")];
    assert_eq!(found(json!([{"action": bundle}])), expected);
}

#[test]
fn a_condition_that_no_cart_fulfils_is_found() {
    let rule = |condition: Value| json!([{"condition": condition, "action": percent("10")}]);
    let never = [at("/rules/0/condition", "condition_never_holds")];
    let at_most = json!({"cart": {"maximum_spend": "50"}});
    assert_eq!(found(rule(json!({"and": [spend("100"), at_most]}))), never);
    let room = json!({"cart": {"maximum_spend": "100"}});
    assert_eq!(found(rule(json!({"and": [spend("100"), room]}))), []);
    let first = rule(json!({"order_number": {"from": 1, "to": 1}}));
    let regulars = json!({"customer": {"minimum_order_count": 1}});
    assert_eq!(told(find(&with_rules(first.clone(), regulars))), never);
    assert_eq!(found(first), []);
}

#[test]
fn gifts_without_end_are_found_with_the_cart_that_gets_them() {
    let gift = |from: &str, extra: Value| {
        let mut rule = json!({"condition": spend(from), "apply_once": false,
                              "action": {"gift_item": {"product_id": 130, "quantity": 1}}});
        for (name, value) in extra.as_object().unwrap() {
            rule[name] = value.clone();
        }
        json!([rule])
    };
    let finding = only(find(&with_rules(gift("0.50", json!({})), json!({}))));
    assert_eq!((finding.code, finding.pointer.as_str()), ("repeats_without_limit", "/rules/0/apply_once"));
    assert_eq!(finding.message.split(" to ").next(), Some("gives 10000 gifts"));
    assert_eq!(found(gift("100", json!({}))), [], "100 gifts for 10,000.00");
    assert_eq!(found(gift("0.50", json!({"maximum_applications": 3}))), []);
    assert_eq!(found(gift("0.50", json!({"apply_once": true}))), []);
}

#[test]
fn an_amount_that_makes_the_least_cart_free_is_found() {
    let rule = |from: &str, off: &str| found(json!([{"condition": spend(from), "action": amount(off)}]));
    let free = [at("/rules/0/action/cart_value/discount/fixed_amount", "amount_exceeds_goods")];
    assert_eq!(rule("15", "20"), free);
    assert_eq!(rule("20", "20"), free);
    assert_eq!(rule("50", "20"), []);
    assert_eq!(
        found(json!([{"action": amount("20")}])),
        free,
        "nothing is asked, so goods for 20.00 are free"
    );
    let off_product = |off: &str| {
        let action = json!({"cart_items": {"discount": {"fixed_amount": off}, "items": {"products": [7]}}});
        with_rules(json!([{"action": action}]), json!({}))
    };
    assert_eq!(told(find(&off_product("20"))), [], "the price is not known");
    let known = told(find_beside(&[], &off_product("20"), &SmallShop));
    assert_eq!(known, [at("/rules/0/action/cart_items/discount/fixed_amount", "amount_exceeds_goods")]);
    assert_eq!(told(find_beside(&[], &off_product("2"), &SmallShop)), []);
}

#[test]
fn a_large_share_is_told_from_the_setting_on() {
    let off = |percentage: &str| find(&with_rules(json!([{"action": percent(percentage)}]), json!({})));
    let finding = only(off("60"));
    assert_eq!((finding.code, finding.pointer.as_str()), ("worst_case", ""));
    assert!(
        finding.message.starts_with("takes 60 % off a cart (6.00 USD of 10.00 USD)"),
        "{}",
        finding.message
    );
    assert_eq!(told(off("59")), []);
    assert_eq!(told(off("100")), [at("", "order_for_free")]);
}

#[test]
fn shares_of_promotions_that_combine_add_up() {
    let all = |off: &str, extra: Value| promotion(json!({"action": percent(off)}), extra);
    let finding = only(find_beside(&[all("35", json!({}))], &all("25", json!({})), &NoShelf));
    assert_eq!(finding.code, "worst_case");
    assert!(finding.message.contains("takes 60 % off a cart"), "{}", finding.message);
    assert!(finding.message.contains("together with “Test”; alone it takes off 25 %"), "{}", finding.message);
    let coupon = json!({"redemption_type": "COUPON"});
    let with_code = only(find_beside(&[all("45", coupon)], &all("35", json!({})), &NoShelf));
    assert_eq!(with_code.witness.unwrap().coupons, [1]);
    assert_eq!(told(find_beside(&[all("10", json!({}))], &all("20", json!({})), &NoShelf)), []);
    let apart = json!({"combines_with": ["x"]});
    let first = all("25", json!({"priority": -1}));
    let found = told(find_beside(&[all("30", apart)], &first, &NoShelf));
    assert_eq!(found, [at("", "shadows_others")], "they never add up");
    let large = all("60", json!({}));
    assert_eq!(told(find_beside(&[large], &all("5", json!({"combines_with": ["x"]})), &NoShelf)).len(), 1);
}

#[test]
fn a_limit_per_customer_needs_customers_who_are_known() {
    let limited = |customer: Value| {
        let extra = json!({"max_uses_per_customer": 1, "customer": customer});
        told(find(&promotion(json!({"action": percent("5")}), extra)))
    };
    let open = [at("/max_uses_per_customer", "limit_without_identity")];
    assert_eq!(limited(json!({})), open);
    assert_eq!(limited(json!({"group_ids": [0, 3]})), open);
    assert_eq!(limited(json!({"group_ids": [3]})), []);
    assert_eq!(limited(json!({"excluded_group_ids": [0]})), []);
    assert_eq!(limited(json!({"minimum_order_count": 1})), []);
    assert_eq!(limited(json!({"loyalty_tiers": ["Gold"]})), []);
}

#[test]
fn a_gift_has_to_be_one_thing() {
    let of = |action: Value| find_beside(&[], &promotion(json!({"action": action}), json!({})), &SmallShop);
    let gift = |key: &str, id: u64| of(json!({"gift_item": {key: id, "quantity": 1}}));
    let finding = only(gift("product_id", 7));
    assert_eq!((finding.code, finding.pointer.as_str()), ("gift_not_unique", "/rules/0/action/gift_item"));
    assert!(finding.message.starts_with(
        "The gift item specification does not resolve to a unique product that can be added automatically, please \
         make sure you specify the correct variant and mandatory modifier options."
    ));
    assert_eq!(told(gift("variant_id", 71)), []);
    assert_eq!(told(gift("product_id", 9)), []);
    assert_eq!(told(gift("product_id", 8)), [at("/rules/0/action/gift_item", "gift_not_unique")]);
    assert_eq!(told(gift("variant_id", 81)), [at("/rules/0/action/gift_item", "gift_not_unique")]);
    let free = json!({"cart_items": {"discount": {"percentage_amount": "100"}, "quantity": 1,
                                     "items": {"products": [7]}}});
    assert_eq!(told(of(free)), [at("/rules/0/action/cart_items", "gift_not_unique")]);
}

#[test]
fn goods_are_looked_up_in_the_catalog() {
    let of = |items: Value| {
        let action = json!({"cart_items": {"discount": {"percentage_amount": "10"}, "items": items}});
        told(find_beside(&[], &promotion(json!({"action": action}), json!({})), &SmallShop))
    };
    let items = "/rules/0/action/cart_items/items";
    let both = json!({"or": [{"products": [7]}, {"variants": [71]}]});
    assert_eq!(of(both), [at(items, "product_and_its_variants")]);
    assert_eq!(of(json!({"or": [{"products": [9]}, {"variants": [71]}]})), []);
    assert_eq!(of(json!({"and": [{"products": [7]}, {"not": {"variants": [71]}}]})), []);
    assert_eq!(of(json!({"and": [{"products": [7]}, {"variants": [71]}]})), []);
    assert_eq!(of(json!({"categories": [4, 5]})), [at(&format!("{items}/categories"), "empty_category")]);
    let nested = json!({"and": [{"products": [7, 6]}, {"not": {"variants": [11]}}]});
    let unknown = |at: &str| ("not_in_catalog", format!("{items}/and/{at}"));
    assert_eq!(of(nested), [unknown("0/products"), unknown("1/not/variants")]);
}

#[test]
fn no_example_of_any_kind_makes_lint_fail() {
    let json_of = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let mut rules = Vec::new();
    for kind in actions::kinds() {
        let action = json!({kind.code: json_of(kind.example)});
        rules.push(json!({"action": action}));
        for kind in conditions::kinds() {
            let condition = json!({kind.code: json_of(kind.example)});
            rules.push(json!({"condition": condition, "action": action, "stop": true}));
            rules.push(json!({"condition": {"not": condition}, "action": action}));
        }
    }
    for kind in matchers::kinds() {
        let items = json!({kind.code: json_of(kind.example)});
        let condition = json!({"cart": {"items": items, "minimum_spend": "99.99", "maximum_spend": "99.99"}});
        rules.push(json!({"condition": {"or": [condition, {"not": condition}]}, "action": percent("1")}));
    }
    let others: Vec<Value> = rules.iter().map(|rule| promotion(rule.clone(), json!({}))).collect();
    for document in &others {
        check_findings(&find_beside(&others, document, &SmallShop));
    }
    check_findings(&find(&with_rules(Value::Array(rules), json!({"rewards": "LAST"}))));
}

/// What holds for every finding.
fn check_findings(findings: &[Finding]) {
    for finding in findings {
        assert!(LINTS.iter().any(|lint| lint.code == finding.code), "{}", finding.code);
        assert!(!finding.message.is_empty());
        if let Some(witness) = &finding.witness {
            assert_eq!(witness.cart.check_limits(), Ok(()));
            assert!(!witness.shows.is_empty(), "{}", finding.code);
        }
    }
}

#[test]
fn every_lint_has_its_own_code_and_says_what_it_finds() {
    let mut codes: Vec<&str> = LINTS.iter().map(|lint| lint.code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), LINTS.len());
    assert!(LINTS.iter().all(|lint| lint.doc.ends_with('.')));
}

#[test]
fn shipping_within_a_country_that_nobody_named_is_found() {
    let shipping = |domestic_only: bool| {
        let action = json!({"shipping": {"zone_ids": "*", "domestic_only": domestic_only}});
        told(find(&promotion(json!({"action": action}), json!({}))))
    };
    assert_eq!(shipping(true), [at("/rules/0/action/shipping/domestic_only", "domestic_without_country")]);
    assert_eq!(shipping(false), []);
}

//! Witnesses of every kind, and of gates.

use serde_json::{Value, json};

use super::*;
use crate::cart::Line;
use crate::document::Context;
use crate::promotion::conditions::Verdict;
use crate::promotion::evaluate::testing::{NOW, promotion, usd};
use crate::promotion::{
    Claims, ConditionTree, Definition, Items, Language, Turn, actions, conditions, matchers, parse,
};

fn settings() -> Settings {
    let settings = Settings::new(usd(), jiff::tz::TimeZone::UTC);
    Settings { country: Some("DE".to_owned()), ..settings }
}

fn find(document: &Value) -> Option<Witness> {
    let definition = Definition { id: 1, created: Timestamp::UNIX_EPOCH, document };
    let (ruleset, broken) = Ruleset::compile(settings(), &[definition]);
    assert!(broken.is_empty(), "{broken:?}");
    witness(&ruleset, 1, &NoShelf, NOW.parse().unwrap())
}

fn ten_percent() -> Value {
    json!({"cart_value": {"discount": {"percentage_amount": "10"}}})
}

#[test]
fn every_kind_of_condition_has_a_witness() {
    for kind in conditions::kinds() {
        let example: Value = serde_json::from_str(kind.example).unwrap();
        let rule = json!({"condition": {kind.code: example}, "action": ten_percent()});
        assert!(find(&promotion(rule, json!({}))).is_some(), "{}", kind.code);
    }
}

#[test]
fn every_kind_of_action_has_a_witness() {
    for kind in actions::kinds() {
        let example: Value = serde_json::from_str(kind.example).unwrap();
        let rule = json!({"action": {kind.code: example}});
        assert!(find(&promotion(rule, json!({}))).is_some(), "{}", kind.code);
    }
}

#[test]
fn a_witness_is_as_small_as_its_rule_allows() {
    let rule = json!({
        "condition": {"cart": {"items": {"categories": [9]}, "minimum_quantity": 3, "minimum_spend": "100.00"}},
        "action": ten_percent(),
    });
    let witness = find(&promotion(rule, json!({}))).unwrap();
    let line = &witness.cart.lines[0];
    assert_eq!((witness.cart.lines.len(), line.quantity, line.price.get()), (1, 3, 3334));
}

#[test]
fn joined_conditions_and_rewards_of_other_goods_have_witnesses() {
    let buy = |category: u64| json!({"cart": {"items": {"categories": [category]}}});
    let off = json!({"cart_items": {"discount": {"percentage_amount": "50"}, "items": {"brands": [4]}, "quantity": 2}});
    for condition in [
        json!({"and": [buy(9), buy(8), {"cart": {"minimum_spend": "500.00"}}]}),
        json!({"and": [buy(9), {"not": buy(8)}]}),
        json!({"or": [{"and": [buy(9), {"not": buy(9)}]}, buy(7)]}),
        json!({"and": [{"cart": {"minimum_spend": "50", "maximum_spend": "60"}}, {"order_number": {"from": 3}}]}),
    ] {
        let rule = json!({"condition": condition, "action": off});
        assert!(find(&promotion(rule, json!({}))).is_some(), "{condition}");
    }
}

#[test]
fn a_witness_passes_every_gate() {
    let extra = json!({
        "redemption_type": "COUPON", "currency_code": "JPY", "channels": [{"id": 4}], "seller_id": 6,
        "customer": {"group_ids": [3], "minimum_order_count": 2, "loyalty_tiers": ["Gold"],
                     "segments": {"and": [{"id": ["a", "b"]}, {"not": {"id": ["a"]}}]}},
        "shipping_address": {"not": {"countries": [{"iso2_country_code": "US"}]}},
        "schedule": {"week_frequency": 2, "week_days": ["Friday"], "daily_start_time": "18:00:00",
                     "daily_end_time": "22:00:00"},
    });
    let witness = find(&promotion(json!({"action": ten_percent()}), extra)).unwrap();
    assert_eq!((witness.coupons.as_slice(), witness.cart.lines[0].seller), ([1].as_slice(), Some(6)));
    let off = json!({"action": ten_percent()});
    let excluded = json!({"customer": {"excluded_group_ids": [0, 1]}});
    assert!(find(&promotion(off.clone(), excluded)).is_some());
    assert!(find(&promotion(off, json!({"status": "paused"}))).is_none());
}

#[test]
fn a_known_price_is_kept_and_more_is_bought() {
    #[derive(Debug)]
    struct Hats;
    impl Shelf for Hats {
        fn has_products(&self) -> bool {
            true
        }
        fn product(&self, id: u64) -> Option<ShelfProduct> {
            let price = Some(Minor::new(3000));
            (id == 7).then_some(ShelfProduct { price, ..ShelfProduct::default() })
        }
        fn product_of(&self, _: u64) -> Option<u64> {
            None
        }
        fn category_is_empty(&self, _: u64) -> Option<bool> {
            None
        }
    }
    let rule = json!({
        "condition": {"cart": {"items": {"products": [7]}, "minimum_spend": "100.00"}}, "action": ten_percent(),
    });
    let document = promotion(rule, json!({}));
    let definition = Definition { id: 1, created: Timestamp::UNIX_EPOCH, document: &document };
    let (ruleset, _) = Ruleset::compile(settings(), &[definition]);
    let line = &witness(&ruleset, 1, &Hats, NOW.parse().unwrap()).unwrap().cart.lines[0];
    assert_eq!((line.quantity, line.price.get()), (4, 3000));
}

/// A kind that asks for something that is not there as data.
#[derive(Debug)]
struct CreditToSpend;

impl conditions::Condition for CreditToSpend {
    fn check(&self, _: &Turn<'_>, _: &mut Claims) -> Verdict {
        Verdict::Met
    }

    fn fulfil(&self, cart: &mut Cart) {
        cart.store_credit = Minor::new(500);
    }

    fn sentence(&self, _: &Language<'_>) -> String {
        String::new()
    }
}

#[derive(Debug)]
struct MarginKnown;

impl matchers::Matcher for MarginKnown {
    fn matches(&self, line: &Line) -> bool {
        line.cost.is_some()
    }

    fn fulfil(&self, line: &mut Line) {
        line.cost = Some(Minor::new(1));
    }

    fn sentence(&self, _: &Language<'_>) -> String {
        String::new()
    }
}

#[test]
fn a_kind_that_is_no_data_fulfils_itself() {
    let context = Context { default_currency: usd(), now: NOW.parse().unwrap() };
    let document = promotion(json!({"action": ten_percent()}), json!({}));
    let promotion = parse(&document, &context).unwrap().promotion;
    let condition = ConditionTree::Leaf(Box::new(CreditToSpend));
    let (settings, alternatives) = (settings(), alternatives(Some(&condition)).unwrap());
    let mut sketch = Sketch::new(&settings, &NoShelf, Style::SMALLEST);
    sketch.add(&promotion, &promotion.rules[0], &alternatives[0]);
    assert_eq!(sketch.finish().unwrap().cart.store_credit, Minor::new(500));

    let items = Items::Leaf(Box::new(MarginKnown));
    let Match::Unknown(Some(mut line)) = find_line(&[(&items, true)], None, 1) else { panic!("known") };
    assert!(!items.matches(&line));
    items.fulfil(&mut line);
    assert!(items.matches(&line));
}

//! Returns to the cent: what merchants complained about, and every way to ask for what cannot be.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Order, OrderGift, OrderLine, Policy, Refund, Refused, Return, Returned, kept_cart, refund as refund_of,
};
use crate::cart::{Cart, Line, TaxTerms};
use crate::money::{Currency, Minor, Rate};
use crate::promotion::{Definition, Evaluation, Facts, Ruleset, Told, UnitPrice, evaluate};
use crate::settings::Settings;

fn minor(amount: i64) -> Minor {
    Minor::new(amount)
}

fn off_the_order(discount: Value) -> Value {
    json!({"action": {"cart_value": {"discount": discount}}})
}

/// A cart written as `7x2@10.00 9x1@5.00`: product, units, price. Lines are named by their place, from 1.
fn cart(lines: &str) -> Cart {
    let usd = Currency::parse("USD").unwrap();
    let line = |(text, id): (&str, u32)| {
        let (product, rest) = text.split_once('x').unwrap();
        let (quantity, price) = rest.split_once('@').unwrap();
        let price = Minor::parse(price, usd).unwrap();
        let (product, quantity) = (product.parse().unwrap(), quantity.parse().unwrap());
        Line { id: id.to_string(), product, quantity, price, ..Line::default() }
    };
    Cart::new(usd, lines.split_whitespace().zip(1..).map(line).collect())
}

/// A cart priced by one automatic rule.
fn priced(cart: &Cart, rule: &Value) -> Evaluation {
    let document = json!({"name": "Offer", "redemption_type": "AUTOMATIC", "rules": [rule]});
    let created = jiff::Timestamp::UNIX_EPOCH;
    let definition = Definition { id: 1, created, document: &document };
    let settings = Settings::new(cart.currency, jiff::tz::TimeZone::UTC);
    let (ruleset, broken) = Ruleset::compile(settings, &[definition]);
    assert!(broken.is_empty(), "{broken:?}");
    evaluate(&ruleset, cart, &Facts::default(), "2026-03-01T12:00:00Z".parse().unwrap(), Told::Matching)
}

/// The order that a cart became, by one automatic rule.
fn order(cart: &Cart, rule: &Value) -> Order {
    Order::committed(cart, &priced(cart, rule), |_| minor(500))
}

/// So many units of lines.
fn lines(lines: &[(&str, u32)]) -> Return {
    let lines = lines.iter().map(|(id, units)| ((*id).to_owned(), *units)).collect();
    Return { lines, ..Return::default() }
}

fn keep(order: &Order, asked: &Return) -> Refund {
    refund_of(order, &Returned::default(), asked, Policy::Keep).unwrap()
}

/// What is refunded for one return after the other.
fn totals(
    order: &Order,
    returns: &[Return],
    policy: impl Fn(&Returned) -> Option<Policy<'static>>,
) -> Vec<i64> {
    let mut before = Returned::default();
    let mut totals = Vec::new();
    for asked in returns {
        let policy = policy(&before.with(asked)).unwrap_or(Policy::Keep);
        let refund = refund_of(order, &before, asked, policy).unwrap();
        before = before.after(asked, &refund);
        totals.push(refund.total.get());
    }
    totals
}

/// What is refunded one after the other when the kept goods are priced again by the rule.
fn repriced(cart: &Cart, rule: &Value, returns: &[Return]) -> Vec<i64> {
    totals(&order(cart, rule), returns, |after| {
        let kept = kept_cart(cart, after);
        let total = kept.map_or(Minor::ZERO, |kept| order(&kept, rule).goods());
        Some(Policy::Reprice { kept_total: total })
    })
}

#[test]
fn a_line_of_an_order_with_an_amount_off_refunds_its_share_and_no_other_price_moves() {
    let order =
        order(&cart("1x1@100.00 2x1@100.00 3x1@100.00"), &off_the_order(json!({"fixed_amount": "60"})));
    let refund = keep(&order, &lines(&[("2", 1)]));
    assert_eq!(refund.total, minor(8000));
    let kept: Vec<_> = refund.kept.iter().map(|line| (line.id.as_str(), line.amount.get())).collect();
    assert_eq!(kept, [("1", 8000), ("3", 8000)]);
}

#[test]
fn a_quantity_that_is_reduced_keeps_the_price_of_its_units() {
    let order = order(&cart("1x20@10.00"), &off_the_order(json!({"percentage_amount": "40"})));
    let refund = keep(&order, &lines(&[("1", 18)]));
    assert_eq!((refund.total, refund.kept[0].units, refund.kept[0].amount), (minor(10_800), 2, minor(1200)));
}

#[test]
fn a_returned_line_refunds_what_was_paid_for_it_after_a_percentage() {
    let order = order(&cart("1x1@600.00 2x1@400.00"), &off_the_order(json!({"percentage_amount": "10"})));
    assert_eq!(keep(&order, &lines(&[("1", 1)])).total, minor(54_000));
}

#[test]
fn equal_units_refund_equal_amounts() {
    let order = order(&cart("1x3@20.00"), &off_the_order(json!({"fixed_amount": "3.00"})));
    assert_eq!(order.paid(), minor(5700));
    let one = || lines(&[("1", 1)]);
    assert_eq!(totals(&order, &[one(), one(), one()], |_| None), [1900, 1900, 1900]);
}

#[test]
fn cents_that_do_not_divide_come_with_the_dearer_units_first() {
    let order = order(&cart("1x3@10.00"), &off_the_order(json!({"fixed_amount": "1.00"})));
    let one = || lines(&[("1", 1)]);
    assert_eq!(totals(&order, &[one(), one(), one()], |_| None), [967, 967, 966]);
    assert_eq!(totals(&order, &[lines(&[("1", 2)]), one()], |_| None), [1934, 966]);
}

#[test]
fn what_was_free_refunds_nothing_and_never_less() {
    let cart = cart("1x2@10.00 2x1@5.00");
    let rule = off_the_order(json!({"percentage_amount": "100"}));
    let free = order(&cart, &rule);
    assert_eq!(keep(&free, &lines(&[("1", 1)])).total, Minor::ZERO);
    assert_eq!(repriced(&cart, &rule, &[lines(&[("1", 2)]), lines(&[("2", 1)])]), [0, 0]);
}

#[test]
fn the_trigger_of_buy_two_get_one_free_comes_back_in_full_or_for_what_it_leaves() {
    let rule = json!({
        "apply_once": false, "condition": {"cart": {"minimum_quantity": 2, "items": {"products": [1]}}},
        "action": {"cart_items": {"discount": {"percentage_amount": "100"}, "quantity": 1, "add_free_item": false,
                                  "items": {"products": [1]}}}});
    let (cart, one) = (cart("1x3@10.00"), || lines(&[("1", 1)]));
    let order = order(&cart, &rule);
    assert_eq!(order.paid(), minor(2000));
    assert_eq!(totals(&order, &[one(), one(), one()], |_| None), [1000, 1000, 0]);
    // The two that are kept cost 20.00 without the offer: nothing comes back until one of them does.
    assert_eq!(repriced(&cart, &rule, &[one(), one(), one()]), [0, 1000, 1000]);
}

#[test]
fn a_claw_back_is_what_the_kept_goods_cost_more_now() {
    let rule = json!({"condition": {"cart": {"minimum_spend": "100.00"}},
                      "action": {"cart_value": {"discount": {"percentage_amount": "20"}}}});
    let cart = cart("1x1@60.00 2x1@60.00");
    let order = order(&cart, &rule);
    let asked = lines(&[("1", 1)]);
    let policy = Policy::Reprice { kept_total: minor(6000) };
    let refund = refund_of(&order, &Returned::default(), &asked, policy).unwrap();
    assert_eq!(
        (refund.lines[0].amount, refund.clawed_back, refund.total),
        (minor(4800), minor(1200), minor(3600))
    );
    let after = Returned::default().after(&asked, &refund);
    let policy = Policy::Reprice { kept_total: Minor::ZERO };
    let rest = refund_of(&order, &after, &lines(&[("2", 1)]), policy).unwrap();
    assert_eq!((rest.restored, rest.total), (minor(1200), minor(6000)));
    assert_eq!(refund.total + rest.total, order.paid());
}

#[test]
fn kept_goods_that_became_cheaper_do_not_refund_more_than_the_units_cost() {
    let order = order(&cart("1x2@10.00"), &off_the_order(json!({"fixed_amount": "2.00"})));
    let policy = Policy::Reprice { kept_total: minor(100) };
    let refund = refund_of(&order, &Returned::default(), &lines(&[("1", 1)]), policy).unwrap();
    assert_eq!((refund.total, refund.clawed_back), (minor(900), Minor::ZERO));
}

/// Two units of 10.00 with a gift worth 5.00.
fn with_a_gift() -> Order {
    let gift = OrderGift { key: "1/0".to_owned(), quantity: 1, value: minor(500) };
    let units = vec![UnitPrice { price: minor(1000), units: 2 }];
    let line = OrderLine { id: "1".to_owned(), units, tax: None };
    Order { lines: vec![line], gifts: vec![gift], ..Order::default() }
}

const NO_GIFT: BTreeMap<String, u64> = BTreeMap::new();

#[test]
fn a_gift_that_is_no_longer_earned_is_paid_for_once_unless_it_comes_back() {
    let (order, one) = (with_a_gift(), || lines(&[("1", 1)]));
    static NONE: BTreeMap<String, u64> = NO_GIFT;
    let forfeit = |_: &Returned| Some(Policy::ForfeitGifts { still_given: &NONE });
    assert_eq!(totals(&order, &[one(), one()], forfeit), [500, 1000]);
    let with_gift = || Return { gifts: vec!["1/0".to_owned()], ..one() };
    assert_eq!(totals(&order, &[with_gift(), one()], forfeit), [1000, 1000]);
    // Given back later it is restored, even by itself.
    let gift_alone = Return { gifts: vec!["1/0".to_owned()], ..Return::default() };
    assert_eq!(totals(&order, &[one(), gift_alone, one()], forfeit), [500, 500, 1000]);
    let earned = BTreeMap::from([("1/0".to_owned(), 1)]);
    let policy = Policy::ForfeitGifts { still_given: &earned };
    assert_eq!(refund_of(&order, &Returned::default(), &one(), policy).unwrap().total, minor(1000));
}

#[test]
fn a_gift_dearer_than_what_comes_back_is_held_back_from_later_returns() {
    let mut order = with_a_gift();
    order.gifts[0].value = minor(1300);
    let (policy, one) = (Policy::ForfeitGifts { still_given: &NO_GIFT }, lines(&[("1", 1)]));
    let first = refund_of(&order, &Returned::default(), &one, policy).unwrap();
    assert_eq!((first.total, first.clawed_back), (Minor::ZERO, minor(1000)));
    let after = Returned::default().after(&one, &first);
    assert_eq!(refund_of(&order, &after, &one, policy).unwrap().total, minor(700));
}

#[test]
fn shipping_goes_with_the_units_and_its_residue_with_the_last_one() {
    let units = vec![UnitPrice { price: minor(0), units: 3 }];
    let line = OrderLine { id: "1".to_owned(), units, tax: None };
    let order = Order { lines: vec![line], shipping: minor(1000), ..Order::default() };
    let one = || Return { with_shipping: true, ..lines(&[("1", 1)]) };
    assert_eq!(totals(&order, &[one(), one(), one()], |_| None), [333, 333, 334]);
    let without = || lines(&[("1", 1)]);
    assert_eq!(totals(&order, &[without(), one(), without()], |_| None), [0, 666, 0]);
    let shipping_alone = Return { with_shipping: true, ..Return::default() };
    assert_eq!(totals(&order, &[lines(&[("1", 3)]), shipping_alone], |_| None), [0, 1000]);
}

#[test]
fn tax_goes_with_what_units_cost_whether_it_was_added_or_included() {
    for (prices_include_tax, expected, paid) in
        [(false, [596, 595, 595], 1786), (true, [501, 500, 500], 1501)]
    {
        let mut cart = cart("1x3@5.00");
        cart.tax = TaxTerms { prices_include_tax, ..TaxTerms::default() };
        cart.lines[0].tax_rate = Rate::parse("19").ok();
        cart.lines[0].price = minor(501);
        let order = order(&cart, &off_the_order(json!({"fixed_amount": "0.02"})));
        assert_eq!(order.paid(), minor(paid));
        let one = || lines(&[("1", 1)]);
        assert_eq!(totals(&order, &[one(), one(), one()], |_| None), expected);
        let tax = keep(&order, &lines(&[("1", 3)])).lines[0].tax;
        assert_eq!(tax, order.lines[0].tax);
    }
}

#[test]
fn refunds_beyond_what_was_paid_are_not_made_up_for() {
    let before = Returned { goods: minor(1900), ..Returned::default() };
    let refund = refund_of(&with_a_gift(), &before, &lines(&[("1", 2)]), Policy::Keep).unwrap();
    assert_eq!((refund.total, refund.clawed_back), (minor(100), minor(1900)));
}

#[test]
fn what_cannot_be_returned_is_refused() {
    let order = with_a_gift();
    let before = Returned::default().with(&lines(&[("1", 1)]));
    let ask = |asked: &Return| refund_of(&order, &before, asked, Policy::Keep).unwrap_err();
    let line = || "1".to_owned();
    assert_eq!(ask(&Return::default()), Refused::Nothing);
    assert_eq!(ask(&lines(&[("9", 1)])), Refused::UnknownLine("9".to_owned()));
    assert_eq!(ask(&lines(&[("1", 0)])), Refused::ZeroUnits(line()));
    assert_eq!(ask(&lines(&[("1", 2)])), Refused::TooMany { line: line(), asked: 2, left: 1 });
    assert_eq!(ask(&lines(&[("1", 1), ("1", 1)])), Refused::LineTwice(line()));
    let gift = |keys: &[&str]| Return {
        gifts: keys.iter().map(|key| (*key).to_owned()).collect(),
        ..Return::default()
    };
    assert_eq!(ask(&gift(&["7/0"])), Refused::UnknownGift("7/0".to_owned()));
    assert_eq!(ask(&gift(&["1/0", "1/0"])), Refused::UnknownGift("1/0".to_owned()));
    let too_many = Returned::default().with(&lines(&[("1", 3)]));
    let refused = refund_of(&order, &too_many, &lines(&[("1", 1)]), Policy::Keep).unwrap_err();
    assert_eq!(refused, Refused::TooMany { line: line(), asked: 3, left: 2 });
}

#[test]
fn more_than_was_paid_cannot_have_been_refunded() {
    let units = vec![UnitPrice { price: Minor::new(1900), units: 3 }];
    let line = OrderLine { id: "1".into(), units, tax: None };
    let order = Order { lines: vec![line], ..Order::default() };
    let before = Returned { goods: Minor::new(5701), ..Returned::default() };
    let one = Return { lines: vec![("1".into(), 1)], ..Return::default() };
    assert_eq!(refund_of(&order, &before, &one, Policy::Keep), Err(Refused::RefundedTooMuch));
}

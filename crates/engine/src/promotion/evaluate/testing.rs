//! What unit tests of conditions, actions and the evaluator build their carts with.

use serde_json::{Value, json};

use super::claims::Claims;
use super::ledger::Ledger;
use super::locks::Locks;
use super::turn::{Basis, Moment, Scene, Start, Turn};
use super::{Evaluation, Facts, Outcome, Told, evaluate};
use crate::cart::{Cart, Customer, Line};
use crate::document::{Context, Pointer, Problems, Reader};
use crate::money::{Currency, Minor};
use crate::promotion::conditions::{ConditionKind, Verdict};
use crate::promotion::{Definition, Ruleset, parse};
use crate::settings::Settings;

/// Noon on a Sunday.
pub(crate) const NOW: &str = "2026-03-01T12:00:00Z";

pub(crate) fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

/// A guest's cart in USD, written as `7x2@10.00 9x1@5.00`: product, units, price. Products below 100 are in the
/// category of their tens: 7 in 0, 23 in 2.
pub(crate) fn cart(lines: &str) -> Cart {
    let line = |(index, text): (usize, &str)| {
        let (product, rest) = text.split_once('x').unwrap();
        let (quantity, price) = rest.split_once('@').unwrap();
        let product: u64 = product.parse().unwrap();
        let (quantity, price) = (quantity.parse().unwrap(), Minor::parse(price, usd()).unwrap());
        let (id, categories) = ((index + 1).to_string(), vec![product / 10 + 1]);
        Line { id, product, quantity, price, categories, ..Line::default() }
    };
    Cart::new(usd(), lines.split_whitespace().enumerate().map(line).collect())
}

impl Cart {
    /// The same for a customer with so many completed orders.
    pub(crate) fn customer_with_orders(mut self, order_count: u64) -> Self {
        self.customer = Some(Customer { id: Some(7), order_count, ..Customer::default() });
        self
    }
}

/// Whether a condition holds for a cart of two units, or the code of the reason why not.
pub(crate) fn check_condition(
    kind: &ConditionKind,
    example: &str,
    change: impl Fn(Cart) -> Cart,
) -> Result<(), &'static str> {
    let document: Value = serde_json::from_str(example).unwrap();
    let problems = Problems::default();
    let mut reader = Reader::open(&document, Pointer::ROOT, &problems).unwrap().in_currency(Some(usd()));
    let condition = (kind.parse)(&mut reader).unwrap();
    reader.close();
    assert_eq!(problems.into_vec(), []);
    let cart = change(cart("7x2@10.00"));
    let settings = Settings::new(usd(), jiff::tz::TimeZone::UTC);
    let facts = Facts::default();
    let (scene, ledger, locks) = (Scene::of(&cart, &settings, &facts), Ledger::of(&cart), Locks::default());
    let start = Start::of(&scene, &ledger);
    let moment = Moment {
        ledger: &ledger,
        phase_start: &start,
        shipping_payable: None,
        basis: Basis::Original,
        locks: &locks,
        bundled: &[],
    };
    let rule = json!({"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}});
    let context = Context { default_currency: usd(), now: NOW.parse().unwrap() };
    let promotion = parse(&promotion(rule, json!({})), &context).unwrap().promotion;
    let turn = Turn::new(&scene, moment, &promotion, 1);
    let mut claims = Claims::default();
    claims.reset(&turn);
    match condition.check(&turn, &mut claims) {
        Verdict::Met => Ok(()),
        Verdict::Unmet(reason) => Err(reason.kind.code),
    }
}

/// A promotion with one rule, automatic unless `extra` says otherwise.
pub(crate) fn promotion(rule: Value, extra: Value) -> Value {
    let mut document = json!({
        "name": "Test", "redemption_type": "AUTOMATIC", "start_date": "2026-01-01T00:00:00Z", "rules": [rule],
    });
    for (name, value) in extra.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

/// Evaluates documents, which get the ids 1, 2, … and that order.
pub(crate) fn run(documents: &[Value], cart: &Cart, facts: &Facts) -> Evaluation {
    run_with(Settings::new(usd(), jiff::tz::TimeZone::UTC), documents, cart, facts)
}

pub(crate) fn run_with(settings: Settings, documents: &[Value], cart: &Cart, facts: &Facts) -> Evaluation {
    let created = jiff::Timestamp::UNIX_EPOCH;
    let definition = |(index, document)| Definition { id: index as u64 + 1, created, document };
    let definitions: Vec<Definition<'_>> = documents.iter().enumerate().map(definition).collect();
    let (ruleset, broken) = Ruleset::compile(settings, &definitions);
    assert!(broken.is_empty(), "{broken:?}");
    evaluate(&ruleset, cart, facts, NOW.parse().unwrap(), Told::All)
}

/// The discount of the goods in minor units.
pub(crate) fn discount(evaluation: &Evaluation) -> i64 {
    evaluation.lines.iter().map(|line| line.discount.get()).sum()
}

/// `applied`, or the code of the reason why not.
pub(crate) fn outcome(evaluation: &Evaluation, promotion: u64) -> &'static str {
    let outcome = evaluation.outcomes.iter().find(|it| it.promotion == promotion).unwrap();
    match &outcome.outcome {
        Outcome::Applied { .. } => "applied",
        Outcome::NotApplied(reason) => reason.kind.code,
    }
}

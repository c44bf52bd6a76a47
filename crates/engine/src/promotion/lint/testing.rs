//! What tests of lints are written with.

use serde_json::{Value, json};

use super::super::evaluate::testing::{NOW, promotion, usd};
use super::super::witness::{NoShelf, Shelf, ShelfProduct};
use super::super::{Definition, Ruleset};
use super::{Draft, Finding, lint};
use crate::money::Minor;
use crate::settings::Settings;

/// Product 7 at 12.00 has the variants 71 and 72, product 8 one and a required modifier, product 9 nothing to
/// choose; category 5 is empty.
#[derive(Debug)]
pub(super) struct SmallShop;

impl Shelf for SmallShop {
    fn has_products(&self) -> bool {
        true
    }

    fn product(&self, id: u64) -> Option<ShelfProduct> {
        match id {
            7 => Some(ShelfProduct {
                variants: vec![71, 72],
                price: Some(Minor::new(1200)),
                ..Default::default()
            }),
            8 => Some(ShelfProduct { variants: vec![81], has_required_modifiers: true, price: None }),
            9 => Some(ShelfProduct::default()),
            _ => None,
        }
    }

    fn product_of(&self, variant: u64) -> Option<u64> {
        Some(variant / 10).filter(|product| self.product(*product).is_some())
    }

    fn category_is_empty(&self, id: u64) -> Option<bool> {
        Some(id == 5)
    }
}

/// The findings in a promotion with the id 100, beside others with the ids 1, 2, …
pub(super) fn find_beside(others: &[Value], document: &Value, shelf: &dyn Shelf) -> Vec<Finding> {
    let created = jiff::Timestamp::UNIX_EPOCH;
    let definition = |(index, document)| Definition { id: index as u64 + 1, created, document };
    let definitions: Vec<Definition<'_>> = others.iter().enumerate().map(definition).collect();
    let settings = Settings::new(usd(), jiff::tz::TimeZone::UTC);
    let (beside, broken) = Ruleset::compile(settings, &definitions);
    assert!(broken.is_empty(), "{broken:?}");
    lint(&Draft { id: Some(100), created, document }, &beside, shelf, NOW.parse().unwrap())
}

pub(super) fn find(document: &Value) -> Vec<Finding> {
    find_beside(&[], document, &NoShelf)
}

/// The codes and pointers of the findings in a promotion with these rules.
pub(super) fn found(rules: Value) -> Vec<(&'static str, String)> {
    told(find(&with_rules(rules, json!({}))))
}

pub(super) fn told(findings: Vec<Finding>) -> Vec<(&'static str, String)> {
    findings.into_iter().map(|finding| (finding.code, finding.pointer)).collect()
}

pub(super) fn with_rules(rules: Value, extra: Value) -> Value {
    let mut document = promotion(json!({}), extra);
    document["rules"] = rules;
    document
}

/// So much off the order.
pub(super) fn percent(percent: &str) -> Value {
    json!({"cart_value": {"discount": {"percentage_amount": percent}}})
}

pub(super) fn amount(amount: &str) -> Value {
    json!({"cart_value": {"discount": {"fixed_amount": amount}}})
}

pub(super) fn spend(amount: &str) -> Value {
    json!({"cart": {"minimum_spend": amount}})
}

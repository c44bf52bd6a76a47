//! A condition that no cart fulfils.

use super::super::Promotion;
use super::super::witness::alternatives;
use super::{Case, Finding, Lint};

pub(super) static LINT: Lint = Lint {
    code: "condition_never_holds",
    doc: "No cart can fulfil the condition, because one part asks for more than another allows.",
    check,
};

fn check(_: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    let orders = promotion.targeting.minimum_order_count;
    let mut findings = Vec::new();
    for (index, rule) in promotion.rules.iter().enumerate() {
        let Some(parts) = alternatives(rule.condition.as_ref()) else { continue };
        let message = if parts.iter().all(|part| part.is_impossible(0)) {
            "can never hold: one part of it asks for more than another allows; take one of them out"
        } else if parts.iter().all(|part| part.is_impossible(orders)) {
            "can never hold for customers who have completed as many orders as `minimum_order_count` asks for"
        } else {
            continue;
        };
        findings.push(LINT.finding(format!("/rules/{index}/condition"), message));
    }
    findings
}

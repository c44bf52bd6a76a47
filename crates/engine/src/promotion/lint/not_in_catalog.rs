//! Products and variants that the catalog does not know.

use super::super::Promotion;
use super::super::language::Named;
use super::super::matchers::Property;
use super::places::each_matcher;
use super::{Case, Finding, Lint};

pub(super) static LINT: Lint = Lint {
    code: "not_in_catalog",
    doc: "A product or variant is named that a catalog with products does not know.",
    check,
};

/// Most findings: a catalog that is only half mirrored should not bury the others.
const FINDINGS_MAX: usize = 20;

fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    if !case.shelf.has_products() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut report = |pointer: &str, named: Named, id: u64| {
        let (is_known, noun) = match named {
            Named::Product => (case.shelf.product(id).is_some(), "product"),
            Named::Variant => (case.shelf.product_of(id).is_some(), "variant"),
            _ => return,
        };
        if !is_known && findings.len() < FINDINGS_MAX {
            let message = format!("names {noun} {id}, which is not in the catalog: check the id");
            findings.push(LINT.finding(pointer, message));
        }
    };
    each_matcher(&case.document, |pointer, property| {
        if let Property::Ids(named, ids) = property {
            ids.iter().for_each(|id| report(pointer, named, *id));
        }
    });
    for (index, rule) in promotion.rules.iter().enumerate() {
        // A gift that follows from `items` was looked at with them.
        let own = case.action(index).filter(|(_, fields)| fields.get("items").is_none());
        if let (Some((named, id)), Some((code, _))) = (rule.action.gift(), own) {
            report(&format!("/rules/{index}/action/{code}"), named, id);
        }
    }
    findings
}

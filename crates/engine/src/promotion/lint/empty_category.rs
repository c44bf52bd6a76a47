//! A category in which there is no product.

use super::super::Promotion;
use super::super::language::Named;
use super::super::matchers::Property;
use super::places::each_matcher;
use super::{Case, Finding, Lint};

pub(super) static LINT: Lint =
    Lint { code: "empty_category", doc: "No product of the catalog is in a category that is named.", check };

fn check(case: &Case<'_>, _: &Promotion) -> Vec<Finding> {
    let mut findings = Vec::new();
    each_matcher(&case.document, |pointer, property| {
        let Property::Ids(Named::Category, ids) = property else { return };
        for id in ids.iter().filter(|id| case.shelf.category_is_empty(**id) == Some(true)) {
            let message =
                format!("names category {id}, in which there is no product: check the id, or fill it");
            findings.push(LINT.finding(pointer, message));
        }
    });
    findings
}

//! A choice of products that chooses none.

use super::super::Promotion;
use super::super::witness::{Match, find_line};
use super::places::trees;
use super::{Case, Finding, Lint};

pub(super) static LINT: Lint = Lint {
    code: "matcher_excludes_itself",
    doc: "No product can be chosen, because one part asks for what another excludes.",
    check,
};

fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    let seller = promotion.seller.as_ref();
    let mut findings = Vec::new();
    for (pointer, _, items) in trees(&case.document) {
        let is_never = |seller| matches!(find_line(&[(&items, true)], seller, 1), Match::Never);
        let message = if is_never(None) {
            "chooses no product: one part of it asks for what another excludes; take one of them out"
        } else if is_never(seller) {
            "chooses no product of the seller that `seller_id` names; take one of them out"
        } else {
            continue;
        };
        findings.push(LINT.finding(pointer, message));
    }
    findings
}

//! A promotion whose end is past.

use super::super::Promotion;
use super::{Case, Finding, Lint};

pub(super) static LINT: Lint = Lint {
    code: "already_ended",
    doc: "The end lies in the past, so the promotion will not apply any more.",
    check,
};

fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    let ended = promotion.window.end.filter(|end| *end <= case.now);
    let message = "lies in the past, so the promotion will not apply any more: set a later end, or none";
    ended.map(|_| LINT.finding("/end_date", message)).into_iter().collect()
}

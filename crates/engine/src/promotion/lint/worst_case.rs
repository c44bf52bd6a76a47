//! A large share of a cart taken off.

use super::super::Promotion;
use super::super::language::join;
use super::worst::{Worst, find};
use super::{Case, Finding, Lint, amount_exceeds_goods};

pub(super) static LINT: Lint = Lint {
    code: "worst_case",
    doc: "A cart is found of whose goods the promotion, alone or with others that combine with it, takes off as \
          much as the store's setting `worst_case_percentage` or more.",
    check,
};

fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    let limit = case.alone.settings().worst_case;
    let is_high = |worst: &&Worst| {
        !worst.measure.is_free() && limit.of_rounded_up(worst.measure.subtotal) <= worst.measure.saved
    };
    // An amount that makes orders free is told at its place, and is worse.
    let is_told = !amount_exceeds_goods::check(case, promotion).is_empty();
    let Some(worst) = find(case, promotion).filter(is_high).filter(|_| !is_told) else { return Vec::new() };
    let (measure, currency) = (worst.measure, worst.witness.cart.currency);
    let figures = format!("{} of {}", measure.saved.display(currency), measure.subtotal.display(currency));
    let with = with_others(worst);
    let alone = if with.is_empty() {
        "; set a cap, a price floor or a condition if that is too much".to_owned()
    } else {
        let percent = worst.alone.percent();
        format!(
            "; alone it takes off {percent} %. Let them not combine, or set a price floor, if that is too much"
        )
    };
    let message = format!("takes {} % off a cart ({figures}){with}{alone}", measure.percent());
    let mut witness = worst.witness.clone();
    witness.shows = format!("{figures} are taken off.");
    vec![LINT.finding("", message).shown_by(witness)]
}

/// ` together with “Summer” and “Newsletter”`, or nothing.
pub(super) fn with_others(worst: &Worst) -> String {
    if worst.others.is_empty() {
        return String::new();
    }
    format!(" together with {}", join(&worst.others, "and"))
}

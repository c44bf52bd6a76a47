//! Goods that cost nothing in the end.

use super::super::Promotion;
use super::worst::find;
use super::{Case, Finding, Lint, amount_exceeds_goods, worst_case};

pub(super) static LINT: Lint = Lint {
    code: "order_for_free",
    doc: "A cart is found whose goods the promotion, alone or with others that combine with it, makes free.",
    check,
};

fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    let worst = find(case, promotion).filter(|worst| worst.measure.is_free());
    // An amount that is too high is told at its place.
    let is_told = !amount_exceeds_goods::check(case, promotion).is_empty();
    let Some(worst) = worst.filter(|_| !is_told) else { return Vec::new() };
    let currency = worst.witness.cart.currency;
    let with = worst_case::with_others(worst);
    let message = format!(
        "makes goods for {} free{with}: set a cap, a price floor or a condition{}",
        worst.measure.subtotal.display(currency),
        if with.is_empty() { "" } else { ", or let them not combine" }
    );
    let mut witness = worst.witness.clone();
    witness.shows = format!("Goods for {} cost nothing.", worst.measure.subtotal.display(currency));
    vec![LINT.finding("", message).shown_by(witness)]
}

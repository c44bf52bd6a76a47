//! An amount off that is more than the goods which are enough to get it.

use serde_json::Value;

use super::super::Promotion;
use super::super::actions::Phase;
use super::super::witness::Sketched;
use super::case::saved;
use super::{Case, Finding, Lint};
use crate::money::{Currency, Minor};

pub(super) static LINT: Lint = Lint {
    code: "amount_exceeds_goods",
    doc: "The amount that a rule takes off is as much as a cart that is enough to get it costs, so that the order \
          is free.",
    check,
};

pub(super) fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    (0..promotion.rules.len()).filter_map(|rule| show(case, promotion, rule)).collect()
}

fn show(case: &Case<'_>, promotion: &Promotion, rule: usize) -> Option<Finding> {
    let (code, fields) = case.action(rule)?;
    let currency = promotion.currency?;
    let text = fields.get("discount")?.get("fixed_amount").and_then(Value::as_str)?;
    let amount = Minor::parse(text, currency).ok()?;
    let alone = case.with_rules(|at| at == rule)?;
    let phase = promotion.rules.get(rule)?.action.phase();
    let carts = case.carts_of(promotion, rule).into_iter();
    let witness = carts.filter_map(|sketched| at_the_minimum(sketched, phase, amount)).find_map(|sketched| {
        let witness = case.witness(promotion, &sketched.cart, "")?;
        let evaluation = case.evaluate(&witness, &alone);
        let is_free =
            saved(&evaluation) == evaluation.totals.subtotal && case.applies(&witness, &alone, case.id);
        is_free.then_some(witness)
    });
    witness.map(|mut witness| {
        let subtotal = cost(&witness, currency);
        witness.shows = format!("Rule {} makes {subtotal} of goods free.", rule + 1);
        let message = format!(
            "is {}, but goods for {subtotal} are enough to get it, so that the order is free: ask for a higher \
             `minimum_spend`, or take less off",
            amount.display(currency)
        );
        LINT.finding(format!("/rules/{rule}/action/{code}/discount/fixed_amount"), message).shown_by(witness)
    })
}

/// A cart at the least price that is known to be enough; `None` where that is anybody's guess.
fn at_the_minimum(mut sketched: Sketched, phase: Phase, amount: Minor) -> Option<Sketched> {
    if !sketched.is_price_free {
        return Some(sketched);
    }
    match sketched.cart.lines.as_mut_slice() {
        // An amount off the order counts once, and nothing is asked of what the order costs.
        [line] if phase == Phase::Order && line.quantity == 1 => line.price = amount,
        _ => return None,
    }
    Some(sketched)
}

fn cost(witness: &super::Witness, currency: Currency) -> String {
    let subtotal: Minor = witness.cart.lines.iter().map(crate::cart::Line::subtotal).sum();
    subtotal.display(currency)
}

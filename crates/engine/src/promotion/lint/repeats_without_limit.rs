//! A rule that gives gift after gift to a large cart.

use super::super::Promotion;
use super::super::witness::{Shelf, Sketched, Witness, plain_price};
use super::{Case, Finding, Lint};
use crate::cart::Line;
use crate::money::Minor;

pub(super) static LINT: Lint = Lint {
    code: "repeats_without_limit",
    doc: "A rule that repeats gives more than 100 gifts to a cart of 1000 units at plain prices.",
    check,
};

const UNITS: u32 = 1000;
const GIFTS_MAX: u64 = 100;

fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    let rules = promotion.rules.iter().enumerate();
    let repeating = rules.filter(|(_, rule)| !rule.apply_once && rule.action.gift().is_some());
    repeating.filter_map(|(index, _)| show(case, promotion, index)).collect()
}

fn show(case: &Case<'_>, promotion: &Promotion, rule: usize) -> Option<Finding> {
    let alone = case.with_rules(|at| at == rule)?;
    let mut carts = case.carts_of(promotion, rule).into_iter().filter_map(|it| enlarge(it, case.shelf));
    let (witness, gifts) = carts.find_map(|sketched| {
        let mut witness = case.witness(promotion, &sketched.cart, "")?;
        let gifts: u64 = case.evaluate(&witness, &alone).gifts.iter().map(|gift| gift.quantity).sum();
        witness.shows = format!("Rule {} gives {gifts} gifts to {UNITS} units.", rule + 1);
        (gifts > GIFTS_MAX).then_some((witness, gifts))
    })?;
    let cost = subtotal(&witness).display(witness.cart.currency);
    let message = format!(
        "gives {gifts} gifts to a cart of {UNITS} units for {cost}: give `maximum_applications`, a higher minimum, \
         or set `apply_once` to true"
    );
    Some(LINT.finding(format!("/rules/{rule}/apply_once"), message).shown_by(witness))
}

fn subtotal(witness: &Witness) -> Minor {
    witness.cart.lines.iter().map(Line::subtotal).sum()
}

/// The same goods at the prices that the shelf knows, or plain ones, 1000 units in all; `None` when there are more
/// already.
fn enlarge(mut sketched: Sketched, shelf: &dyn Shelf) -> Option<Sketched> {
    let plain = plain_price(sketched.cart.currency);
    let units: u32 = sketched.cart.lines.iter().map(|line| line.quantity).sum();
    let missing = UNITS.checked_sub(units)?;
    sketched.cart.lines.first_mut()?.quantity += missing;
    for line in &mut sketched.cart.lines {
        line.price = shelf.product(line.product).and_then(|product| product.price).unwrap_or(plain);
    }
    Some(sketched)
}

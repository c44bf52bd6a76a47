//! The invariants of an evaluation, checked from the outside: by tests, and by replays of real baskets.

use std::collections::BTreeSet;

use super::evaluate::{Evaluation, Outcome, Scope};
use super::ruleset::Ruleset;
use crate::cart::Cart;
use crate::money::Minor;

/// What of an evaluation must never happen; empty when all invariants hold.
///
/// The parts sum to the totals, nothing is below zero, every promotion that is told of has one outcome, a promotion that
/// applied did something, every winner of a conflict applied, and every code has its result.
///
/// ```
/// use engine::{cart::Cart, money::Currency, promotion::*, settings::Settings};
/// let usd = Currency::parse("USD").unwrap();
/// let (ruleset, _) = Ruleset::compile(Settings::new(usd, jiff::tz::TimeZone::UTC), &[]);
/// let (cart, facts) = (Cart::new(usd, vec![]), Facts::default());
/// let evaluation = evaluate(&ruleset, &cart, &facts, jiff::Timestamp::UNIX_EPOCH, Told::Matching);
/// assert!(audit(&ruleset, &cart, &facts, &evaluation).is_empty());
/// ```
pub fn audit(
    ruleset: &Ruleset,
    cart: &Cart,
    facts: &super::Facts,
    evaluation: &Evaluation,
) -> Vec<&'static str> {
    let mut broken = Vec::new();
    let mut check = |holds: bool, invariant: &'static str| {
        if !holds && !broken.contains(&invariant) {
            broken.push(invariant);
        }
    };
    check(
        lines_add_up(cart, evaluation),
        "the shares of a line sum to its discount, its total is what is left, and its units cost that",
    );
    check(scopes_add_up(evaluation), "the shares of all lines sum to the item and order discounts");
    check(totals_add_up(cart, evaluation), "the parts sum to the totals");
    check(funding_adds_up(evaluation), "the parts of those who pay for a discount sum to it");
    check(nothing_is_negative(evaluation), "nothing is below zero");
    let mut promotions = ruleset.iter().map(|(id, _)| id);
    let in_order = evaluation.outcomes.iter().all(|outcome| promotions.any(|id| id == outcome.promotion));
    check(in_order, "every promotion that is told of has exactly one outcome, in order");
    let acting = acting(evaluation);
    let applied: BTreeSet<u64> = evaluation
        .outcomes
        .iter()
        .filter(|outcome| matches!(outcome.outcome, Outcome::Applied { .. }))
        .map(|outcome| outcome.promotion)
        .collect();
    check(acting == applied, "exactly the promotions that applied did something");
    let winners = evaluation.outcomes.iter().filter_map(|outcome| match &outcome.outcome {
        Outcome::NotApplied(reason) => reason.winner,
        Outcome::Applied { .. } => None,
    });
    check(winners.into_iter().all(|winner| applied.contains(&winner)), "every winner applied");
    check(evaluation.codes.len() == facts.codes.len(), "every code has its result");
    let by_code = evaluation.codes.iter().filter_map(|code| code.result.as_ref().ok());
    check(
        by_code.into_iter().all(|promotion| applied.contains(promotion)),
        "the promotion of an applied code applied",
    );
    broken
}

fn lines_add_up(cart: &Cart, evaluation: &Evaluation) -> bool {
    evaluation.lines.len() == cart.lines.len()
        && cart.lines.iter().zip(&evaluation.lines).all(|(line, result)| {
            let shares: Minor = result.shares.iter().map(|share| share.amount).sum();
            let discount_fits = shares + result.manual_discount == result.discount;
            let units: Minor = result.units.iter().map(|unit| unit.price * i64::from(unit.units)).sum();
            let counts = result.units.iter().map(|unit| u64::from(unit.units)).sum::<u64>();
            let units_fit = units == result.total && counts == u64::from(line.quantity);
            let total_fits = result.total + result.discount == result.subtotal;
            discount_fits && units_fit && total_fits && result.subtotal == line.subtotal()
        })
}

fn scopes_add_up(evaluation: &Evaluation) -> bool {
    let of = |scope| {
        let shares = evaluation.lines.iter().flat_map(|line| &line.shares);
        shares.filter(|share| share.scope == scope).map(|share| share.amount).sum::<Minor>()
    };
    let totals = &evaluation.totals;
    of(Scope::Item) == totals.item_discount && of(Scope::Order) == totals.order_discount
}

fn totals_add_up(cart: &Cart, evaluation: &Evaluation) -> bool {
    let totals = &evaluation.totals;
    let shipping = evaluation.shipping.as_ref();
    let shipping_total = shipping.map_or(Minor::ZERO, |shipping| shipping.total);
    let shipping_discount =
        shipping.map_or(Minor::ZERO, |shipping| shipping.discount - shipping.manual_discount);
    let shipping_fits = shipping.is_none_or(|shipping| {
        let shares: Minor = shipping.shares.iter().map(|(_, amount)| *amount).sum();
        shares + shipping.manual_discount == shipping.discount
            && shipping.total + shipping.discount == shipping.cost
    });
    let lines: Minor = evaluation.lines.iter().map(|line| line.total).sum();
    let added_tax = totals.tax.filter(|_| !cart.tax.prices_include_tax).unwrap_or(Minor::ZERO);
    shipping_fits
        && totals.shipping_discount == shipping_discount
        && totals.discount
            == totals.item_discount
                + totals.order_discount
                + totals.shipping_discount
                + totals.manual_discount
        && totals.total == lines + shipping_total + added_tax
        && totals.due + totals.gift_card + totals.store_credit == totals.total
}

fn funding_adds_up(evaluation: &Evaluation) -> bool {
    evaluation.outcomes.iter().all(|outcome| match &outcome.outcome {
        Outcome::Applied { discount, funding, .. } if !funding.is_empty() => {
            funding.iter().map(|(_, amount)| *amount).sum::<Minor>() == *discount
        }
        _ => true,
    })
}

fn nothing_is_negative(evaluation: &Evaluation) -> bool {
    let totals = &evaluation.totals;
    let lines = evaluation.lines.iter().flat_map(|line| [line.total, line.discount]);
    let shares = evaluation.lines.iter().flat_map(|line| &line.shares).map(|share| share.amount);
    let shipping = evaluation.shipping.iter().map(|shipping| shipping.total);
    let sums = [totals.total, totals.due, totals.gift_card, totals.store_credit, totals.discount];
    lines.chain(shares).chain(shipping).chain(sums).all(|amount| amount >= Minor::ZERO)
}

/// The promotions that take something off, or give something.
fn acting(evaluation: &Evaluation) -> BTreeSet<u64> {
    let lines = evaluation.lines.iter().flat_map(|line| &line.shares).map(|share| share.promotion);
    let shipping =
        evaluation.shipping.iter().flat_map(|shipping| &shipping.shares).map(|(promotion, _)| *promotion);
    let gifts = evaluation.gifts.iter().map(|gift| gift.promotion);
    lines.chain(shipping).chain(gifts).collect()
}

//! A rule that another rule of its promotion always silences.

use super::super::actions::{Needs, Part};
use super::super::witness::{is_within, tree_implies};
use super::super::{Promotion, Rule};
use super::case::is_same;
use super::{Case, Finding, Lint};

pub(super) static LINT: Lint = Lint {
    code: "rule_never_reached",
    doc: "Whenever the rule's condition holds, another rule of the promotion applies and silences it: one before \
          it with `stop`, or one after it with `rewards` LAST.",
    check,
};

fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    let silencing = |rule: usize| {
        let mut others = promotion.rules.iter().enumerate();
        others.find(|(other, it)| is_silenced(promotion, rule, (*other, it))).map(|(other, _)| other)
    };
    let silenced = (0..promotion.rules.len()).filter_map(|rule| Some((rule, silencing(rule)?)));
    silenced.filter_map(|(rule, by)| show(case, promotion, rule, by)).collect()
}

fn is_silenced(promotion: &Promotion, index: usize, (by_index, by): (usize, &Rule)) -> bool {
    let can_silence =
        if promotion.rewards_last_only { by_index > index } else { by_index < index && by.stop };
    promotion.rules.get(index).is_some_and(|rule| can_silence && applies_whenever(by, rule))
}

/// Whether one rule is sure to apply where the other would.
fn applies_whenever(one: &Rule, other: &Rule) -> bool {
    // Phases see different amounts, and a gift can be refused, after which the other rule has its turn.
    let same_amounts = one.condition.is_none() || one.action.phase() == other.action.phase();
    let triggers_left =
        one.condition.is_none() || one.action.rewards_triggers() || !other.action.rewards_triggers();
    same_amounts
        && triggers_left
        && one.action.gift().is_none()
        && finds_what_it_needs(&one.action.needs(), &other.action.needs())
        && tree_implies(other.condition.as_ref(), one.condition.as_ref())
}

/// Whether what an action needs is there whenever what the other needs is.
fn finds_what_it_needs(one: &Needs<'_>, other: &Needs<'_>) -> bool {
    let has = |parts: &[Part<'_>]| match other {
        Needs::Goods(others) => others.iter().any(|other| parts.iter().all(|part| is_found(part, other))),
        _ => parts.iter().all(|part| part.items.is_none() && is_one_unit(part)),
    };
    match one {
        Needs::Nothing => true,
        Needs::Goods(parts) => has(parts),
        Needs::Shipping(one) => {
            let is_any = one.method.is_none() && one.zone.is_none() && !one.domestic_only;
            is_any && one.above.is_zero() && matches!(other, Needs::Shipping(_))
        }
        Needs::Opaque => false,
    }
}

fn is_found(part: &Part<'_>, other: &Part<'_>) -> bool {
    is_one_unit(part) && is_within(other.items, part.items)
}

fn is_one_unit(part: &Part<'_>) -> bool {
    part.units == 1 && part.above.is_zero() && !part.excludes_sale
}

/// The finding, unless some cart is found in which the rule does something.
fn show(case: &Case<'_>, promotion: &Promotion, rule: usize, by: usize) -> Option<Finding> {
    let (with, without) = (case.with_rules(|_| true)?, case.with_rules(|at| at != rule)?);
    let by_alone = case.with_rules(|at| at == by)?;
    let (number, by_number) = (rule + 1, by + 1);
    let shows = format!("Rule {number} would apply, but rule {by_number} applies instead.");
    let carts = case.carts_of(promotion, rule).into_iter();
    let witnesses: Vec<_> = carts.filter_map(|it| case.witness(promotion, &it.cart, shows.clone())).collect();
    let does_nothing = |witness: &super::Witness| {
        is_same(&case.evaluate(witness, &with), &case.evaluate(witness, &without))
            && case.applies(witness, &by_alone, case.id)
    };
    if !witnesses.iter().all(does_nothing) {
        return None;
    }
    let message = if promotion.rewards_last_only {
        format!(
            "never counts: whenever it applies, rule {by_number} after it does too, and of those only the last \
             counts; put it after rule {by_number}"
        )
    } else {
        format!(
            "is never reached: whenever its condition holds, rule {by_number} before it applies and stops; put \
             it before rule {by_number}"
        )
    };
    Some(LINT.finding(format!("/rules/{rule}"), message).shown_by(witnesses.into_iter().next()?))
}

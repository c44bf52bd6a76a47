//! What the rules of a promotion lack in a cart.

use std::collections::BTreeSet;

use super::choice::Choice;
use super::missing::{Missing, Remedy, Step};
use super::stock::{State, Stock};
use crate::promotion::Promotion;
use crate::promotion::evaluate::Evaluation;
use crate::promotion::reason::NO_EFFECT;
use crate::promotion::rule::Rule;

/// What the rules of a promotion lack that did not apply and could.
#[derive(Debug)]
pub(super) struct Wants<'a> {
    rules: Vec<Want<'a>>,
}

#[derive(Debug)]
struct Want<'a> {
    index: usize,
    rule: &'a Rule,
    stock: Stock<'a>,
    missing: Missing<'a>,
}

impl<'a> Wants<'a> {
    pub(super) fn of(state: State<'a>, id: u64) -> Option<Self> {
        let promotion = state.ruleset.get(id)?;
        let applied = applied_rules(state.evaluation, id, promotion);
        let could_apply =
            |index: &usize| !applied.contains(index) && !is_silenced(promotion, &applied, *index);
        let rules = promotion.rules.iter().enumerate().filter(|(index, _)| could_apply(index));
        let want = |(index, rule): (usize, &'a Rule)| {
            let stock = Stock::of(state, id, promotion, rule);
            let condition = rule.condition.as_ref();
            let missing = condition.map_or(Missing::Nothing, |condition| condition.missing(&stock));
            Want { index, rule, stock, missing }
        };
        Some(Self { rules: rules.map(want).collect() })
    }

    /// How many units of a choice to add so that a further rule may apply: of the rule for which fewest are
    /// enough.
    pub(super) fn step(&self, choice: &Choice<'_>) -> Option<Step> {
        self.rules.iter().filter_map(|want| want.step(choice)).min_by_key(|step| step.units)
    }

    /// The rules to which more of a choice may bring the cart.
    pub(super) fn aims(&self, choice: &Choice<'_>) -> impl Iterator<Item = usize> {
        self.rules.iter().filter(|want| want.step(choice).is_some()).map(|want| want.index)
    }
}

impl Want<'_> {
    fn step(&self, choice: &Choice<'_>) -> Option<Step> {
        match self.missing.remedy(&self.stock, choice) {
            Remedy::Step(step) => Some(step),
            Remedy::NotNeeded if !choice.is_anything() => self.step_to_a_reward(choice),
            Remedy::NotNeeded | Remedy::None => None,
        }
    }

    /// A discount on goods that asks for nothing first is no offer to be unlocked: it is what those goods
    /// cost.
    fn step_to_a_reward(&self, choice: &Choice<'_>) -> Option<Step> {
        if !self.stock.takes_part(choice.line) || choice.line.price.is_zero() {
            return None;
        }
        let step = self.rule.action.lack(&self.stock, choice.line)?;
        (self.rule.condition.is_some() || step.reason.kind != &NO_EFFECT).then_some(step)
    }
}

/// The rules of a promotion that discounted lines or gave gifts; which of its rules discounted shipping is
/// not told.
pub(super) fn applied_rules(evaluation: &Evaluation, id: u64, promotion: &Promotion) -> BTreeSet<usize> {
    let shares = evaluation.lines.iter().flat_map(|line| &line.shares);
    let on_lines = shares.filter(|share| share.promotion == id).map(|share| share.rule);
    let gives = |rule: &usize| evaluation.gifts.iter().any(|gift| gift.key == format!("{id}/{rule}"));
    on_lines.chain((0..promotion.rules.len()).filter(gives)).collect()
}

/// Whether a rule that applied keeps this one from applying.
fn is_silenced(promotion: &Promotion, applied: &BTreeSet<usize>, index: usize) -> bool {
    let stops = |rule: &usize| promotion.rules.get(*rule).is_some_and(|rule| rule.stop);
    if promotion.rewards_last_only {
        applied.last().is_some_and(|last| index < *last)
    } else {
        applied.iter().find(|rule| stops(rule)).is_some_and(|stopping| *stopping < index)
    }
}

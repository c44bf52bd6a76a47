//! What became of every promotion that is told of, and of every code.

use std::collections::BTreeMap;

use super::combine::Settled;
use super::coupons::Plan;
use super::evaluation::{CodeResult, Outcome, PromotionOutcome, id_of};
use super::gates::Gates;
use super::{CodeFact, Facts, Told};
use crate::money::Minor;
use crate::promotion::reason::{CODE_REQUIRED, NOT_COMBINABLE, Reason};
use crate::promotion::ruleset::Ruleset;
use crate::promotion::{Promotion, RedemptionType, funding};

/// The outcomes that are told.
pub(super) fn outcomes(
    ruleset: &Ruleset,
    gates: &Gates,
    facts: &Facts,
    plan: &Plan,
    standing: &Standing<'_>,
    told: Told<'_>,
) -> Vec<PromotionOutcome> {
    let settled = standing.settled;
    let mut by_promotion: BTreeMap<usize, (Option<usize>, Minor)> = BTreeMap::new();
    for applied in &settled.pass.applied {
        let sum = by_promotion.entry(applied.promotion).or_insert((applied.code, Minor::ZERO));
        sum.1 += applied.effect.discount() + applied.effect.shipping;
    }
    let displaced: BTreeMap<usize, &Reason> =
        plan.displaced.iter().map(|(at, reason)| (*at, reason)).collect();
    let refused = refused_by_promotion(ruleset, facts, plan);
    let outcome = |position: usize, promotion: &Promotion| {
        if let Some((code, discount)) = by_promotion.get(&position) {
            let funding = funding::split(&promotion.funding, *discount);
            return Outcome::Applied { code: *code, discount: *discount, funding };
        }
        let is_entered = plan.selected.coupons.iter().any(|coupon| coupon.promotion == position);
        let needs_code = promotion.redemption_type == RedemptionType::Coupon && !is_entered;
        let reason = match gates.reason(position) {
            Some(closed) => closed.clone(),
            None if needs_code => refused
                .get(&position)
                .map_or_else(|| Reason::plain(&CODE_REQUIRED), |reason| (*reason).clone()),
            None => displaced
                .get(&position)
                .copied()
                .or(settled.losers.get(&position))
                .cloned()
                .unwrap_or_else(|| settled.pass.reason(position)),
        };
        Outcome::NotApplied(standing.judge(reason))
    };
    let is_told = |position: usize, it: &PromotionOutcome| {
        told.names(it.promotion)
            || refused.contains_key(&position)
            || !matches!(&it.outcome, Outcome::NotApplied(reason) if reason.winner.is_none())
    };
    let promotions = ruleset.iter().enumerate();
    let outcomes = promotions
        .map(|(at, (id, it))| (at, PromotionOutcome { promotion: id, outcome: outcome(at, it) }))
        .filter(|(at, outcome)| is_told(*at, outcome));
    outcomes.map(|(_, outcome)| outcome).collect()
}

/// What stands in the end: a promotion that won may itself have lost its place to a later code.
pub(super) struct Standing<'a> {
    pub(super) ruleset: &'a Ruleset,
    pub(super) settled: &'a Settled<'a>,
    /// By promotion that lost, the id of the one that it lost to.
    pub(super) lost: BTreeMap<u64, u64>,
}

impl Standing<'_> {
    /// The reason with the promotion that stands where the winner stood: losers never name one that does not apply.
    fn judge(&self, reason: Reason) -> Reason {
        let Some(winner) = reason.winner else { return reason };
        let mut standing = Some(winner);
        for _ in 0..=self.lost.len() {
            match standing {
                Some(id) if !self.applies(id) => standing = self.lost.get(&id).copied(),
                _ => break,
            }
        }
        match standing.filter(|id| self.applies(*id)) {
            Some(id) if id == winner => reason,
            Some(id) => Reason::lost_to(&NOT_COMBINABLE, id),
            None => Reason { winner: None, ..reason },
        }
    }

    fn applies(&self, id: u64) -> bool {
        self.ruleset.position(id).is_some_and(|position| self.settled.pass.has_applied(position))
    }
}

/// By promotion that lost in any way, the id of the one that it lost to.
pub(super) fn lost(
    ruleset: &Ruleset,
    facts: &Facts,
    plan: &Plan,
    settled: &Settled<'_>,
) -> BTreeMap<u64, u64> {
    let displaced = plan.displaced.iter().map(|(position, reason)| (*position, reason));
    let losers = settled.losers.iter().map(|(position, reason)| (*position, reason));
    let refused = refused_by_promotion(ruleset, facts, plan);
    let lost = settled.pass.reasons().chain(refused).chain(displaced).chain(losers);
    lost.filter_map(|(position, reason)| Some((id_of(ruleset, position), reason.winner?))).collect()
}

/// Why codes are refused, by promotion: the reason of the first of its codes.
fn refused_by_promotion<'p>(ruleset: &Ruleset, facts: &Facts, plan: &'p Plan) -> BTreeMap<usize, &'p Reason> {
    let mut reasons = BTreeMap::new();
    for (code, refused) in facts.codes.iter().zip(&plan.refused) {
        let CodeFact::Known { promotion, .. } = code.fact else { continue };
        if let (Some(position), Some(reason)) = (ruleset.position(promotion), refused) {
            reasons.entry(position).or_insert(reason);
        }
    }
    reasons
}

/// What became of each code.
pub(super) fn codes(
    ruleset: &Ruleset,
    facts: &Facts,
    plan: &Plan,
    standing: &Standing<'_>,
) -> Vec<CodeResult> {
    let settled = standing.settled;
    let result = |index: usize| {
        if let Some(Some(refused)) = plan.refused.get(index) {
            return Err(standing.judge(refused.clone()));
        }
        let coupon = plan.selected.coupons.iter().find(|coupon| coupon.code == index);
        let position = coupon.map(|coupon| coupon.promotion).unwrap_or(usize::MAX);
        if settled.pass.has_applied(position) {
            return Ok(id_of(ruleset, position));
        }
        let lost = settled.losers.get(&position).cloned();
        Err(standing.judge(lost.unwrap_or_else(|| settled.pass.reason(position))))
    };
    let entered = facts.codes.iter().enumerate();
    entered.map(|(index, code)| CodeResult { text: code.text.clone(), result: result(index) }).collect()
}

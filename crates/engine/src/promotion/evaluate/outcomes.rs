//! What became of the promotions that are told of, and of every code.

use std::collections::{BTreeMap, BTreeSet};

use super::combine::Settled;
use super::coupons::Plan;
use super::evaluation::{CodeResult, Outcome, PromotionOutcome};
use super::stage::Stage;
use super::{CodeFact, Told};
use crate::promotion::reason::{CODE_REQUIRED, NOT_COMBINABLE, Reason};
use crate::promotion::{Promotion, RedemptionType, funding};

/// What stands in the end.
pub(super) struct Standing<'a> {
    stage: &'a Stage<'a>,
    plan: &'a Plan,
    settled: &'a Settled<'a>,
    /// Why codes are refused, by promotion: the reason of the first of its codes.
    refused: BTreeMap<usize, &'a Reason>,
    /// Why automatic promotions had to go for a coupon, or would not have applied anyway.
    displaced: BTreeMap<usize, &'a Reason>,
    /// By promotion that lost in any way, the id of the one that it lost to.
    lost: BTreeMap<u64, u64>,
}

impl<'a> Standing<'a> {
    pub(super) fn of(stage: &'a Stage<'a>, plan: &'a Plan, settled: &'a Settled<'a>) -> Self {
        let mut refused = BTreeMap::new();
        for (position, reason) in entered(stage).zip(&plan.refused) {
            if let (Some(position), Some(reason)) = (position, reason) {
                refused.entry(position).or_insert(reason);
            }
        }
        let displaced: BTreeMap<usize, &Reason> =
            plan.displaced.iter().map(|(position, reason)| (*position, reason)).collect();
        let losers = settled.losers.iter().map(|(position, reason)| (*position, reason));
        let of_codes = refused.iter().map(|(position, reason)| (*position, *reason));
        let of_coupon = displaced.iter().map(|(position, reason)| (*position, *reason));
        let all = settled.pass.reasons().chain(of_codes).chain(of_coupon).chain(losers);
        let lost = all.filter_map(|(position, reason)| Some((stage.id_of(position), reason.winner?)));
        let lost = lost.collect();
        Self { stage, plan, settled, refused, displaced, lost }
    }

    /// The outcomes that are told.
    pub(super) fn outcomes(&self) -> Vec<PromotionOutcome> {
        let mut codes: BTreeMap<usize, usize> = BTreeMap::new();
        for applied in &self.settled.pass.applied {
            codes.extend(applied.code.map(|code| (applied.promotion, code)));
        }
        let entered: BTreeSet<usize> = entered(self.stage).flatten().collect();
        let outcome = |position: usize| {
            let compiled = self.stage.ruleset.at(position)?;
            let outcome = self.outcome(position, &compiled.promotion, codes.get(&position).copied());
            let told = PromotionOutcome { promotion: compiled.id, outcome };
            let lost = matches!(&told.outcome, Outcome::NotApplied(reason) if reason.winner.is_none());
            let is_told = !lost || entered.contains(&position) || self.stage.told.names(compiled.id);
            is_told.then_some(told)
        };
        self.looked_at(&entered).into_iter().filter_map(outcome).collect()
    }

    /// The positions of all promotions that may have to be told of.
    fn looked_at(&self, entered: &BTreeSet<usize>) -> Vec<usize> {
        let pass = &self.settled.pass;
        let named: Vec<usize> = match self.stage.told {
            Told::Matching => Vec::new(),
            Told::These(ids) => ids.iter().filter_map(|id| self.stage.ruleset.position(*id)).collect(),
            Told::All => return (0..self.stage.ruleset.len()).collect(),
        };
        let applied = pass.savings().iter().map(|(position, _)| *position);
        let idle = pass.reasons().map(|(position, _)| position);
        let lost = self.settled.losers.keys().chain(self.displaced.keys()).copied();
        let others = idle.chain(lost).chain(named).chain(entered.iter().copied());
        let mut all: Vec<usize> = applied.chain(others).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn outcome(&self, position: usize, promotion: &Promotion, code: Option<usize>) -> Outcome {
        if self.settled.pass.has_applied(position) {
            let discount = self.settled.pass.saving_of(position);
            let funding = funding::split(&promotion.funding, discount);
            return Outcome::Applied { code, discount, funding };
        }
        let is_entered = self.plan.selected.coupons.iter().any(|coupon| coupon.promotion == position);
        let needs_code = promotion.redemption_type == RedemptionType::Coupon && !is_entered;
        let reason = match self.stage.gates.check(position) {
            Err(closed) => closed,
            Ok(()) if needs_code => {
                let refused = self.refused.get(&position).copied().cloned();
                refused.unwrap_or_else(|| Reason::plain(&CODE_REQUIRED))
            }
            Ok(()) => {
                let displaced = self.displaced.get(&position).copied().cloned();
                displaced.unwrap_or_else(|| self.idle(position))
            }
        };
        Outcome::NotApplied(self.judge(reason))
    }

    /// Why a promotion that took part did nothing.
    fn idle(&self, position: usize) -> Reason {
        let lost = self.settled.losers.get(&position).cloned();
        lost.unwrap_or_else(|| self.settled.pass.reason(position))
    }

    /// What became of each code.
    pub(super) fn codes(&self) -> Vec<CodeResult> {
        let entered = self.stage.scene.facts.codes.iter().enumerate();
        let result = |index| self.of_code(index);
        entered.map(|(index, code)| CodeResult { text: code.text.clone(), result: result(index) }).collect()
    }

    fn of_code(&self, index: usize) -> Result<u64, Reason> {
        if let Some(Some(refused)) = self.plan.refused.get(index) {
            return Err(self.judge(refused.clone()));
        }
        let coupon = self.plan.selected.coupons.iter().find(|coupon| coupon.code == index);
        let position = coupon.map(|coupon| coupon.promotion).unwrap_or(usize::MAX);
        if self.settled.pass.has_applied(position) {
            return Ok(self.stage.id_of(position));
        }
        Err(self.judge(self.idle(position)))
    }

    /// The reason with the promotion that stands where the winner stood: a promotion that won may itself have lost
    /// its place to a later code, and losers never name one that does not apply.
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
        self.stage.ruleset.position(id).is_some_and(|position| self.settled.pass.has_applied(position))
    }
}

/// By code as entered, the position of its promotion; `None` when it has none in the ruleset.
fn entered<'a>(stage: &Stage<'a>) -> impl Iterator<Item = Option<usize>> {
    stage.scene.facts.codes.iter().map(|code| match code.fact {
        CodeFact::Known { promotion, .. } => stage.ruleset.position(promotion),
        CodeFact::Unknown | CodeFact::Untried => None,
    })
}

//! Which of the entered codes take part, and what they replace.

use super::best_deal::settle;
use super::combine::Settled;
use super::gates::check_code;
use super::pass::{Coupon, Selected};
use super::stage::Stage;
use crate::promotion::CouponOverride;
use crate::promotion::reason::{
    ALREADY_APPLIED, Fact, NOT_COMBINABLE, OFFERS_LESS, OVERRIDDEN, Reason, TOO_MANY_CODES,
};

/// What takes part, and why the rest does not.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) selected: Selected,
    /// By code, in the order entered: why it is refused; `None` while it takes part.
    pub(crate) refused: Vec<Option<Reason>>,
    /// Automatic promotions that a coupon takes the place of, or that would not have applied anyway.
    pub(crate) displaced: Vec<(usize, Reason)>,
}

/// Goes through the codes in the order entered.
pub(crate) fn plan<'a>(stage: &'a Stage<'a>) -> Plan {
    let codes = &stage.scene.facts.codes;
    let mut planning = Planning {
        stage,
        selected: Selected { automatic: true, ..Selected::default() },
        refused: vec![None; codes.len()],
        displaced: Vec::new(),
        exclusive: None,
    };
    for (index, code) in codes.iter().enumerate() {
        let promotion = check_code(stage.ruleset, code, stage.gates.now);
        let decision = promotion.and_then(|promotion| planning.enter(Coupon { promotion, code: index }));
        if let Err(reason) = decision {
            planning.refuse(index, reason);
        }
    }
    let Planning { selected, refused, displaced, .. } = planning;
    Plan { selected, refused, displaced }
}

struct Planning<'a> {
    stage: &'a Stage<'a>,
    selected: Selected,
    refused: Vec<Option<Reason>>,
    displaced: Vec<(usize, Reason)>,
    /// The promotion of an exclusive coupon that takes part.
    exclusive: Option<u64>,
}

impl<'a> Planning<'a> {
    fn refuse(&mut self, code: usize, reason: Reason) {
        if let Some(refused) = self.refused.get_mut(code) {
            *refused = Some(reason);
        }
    }

    /// Lets a code take part, or gives the reason why it may not.
    fn enter(&mut self, coupon: Coupon) -> Result<(), Reason> {
        if self.selected.coupons.iter().any(|other| other.promotion == coupon.promotion) {
            return Err(Reason::plain(&ALREADY_APPLIED));
        }
        self.stage.gates.check(coupon.promotion)?;
        if let Some(winner) = self.exclusive {
            return Err(Reason::lost_to(&NOT_COMBINABLE, winner));
        }
        let Some(compiled) = self.stage.ruleset.at(coupon.promotion) else { return Ok(()) };
        if compiled.promotion.combination.excludes_order() {
            return self.enter_exclusive(coupon, compiled.id, compiled.promotion.combination.coupon_override);
        }
        let allowed = self.stage.scene.settings.coupons_allowed;
        if self.selected.coupons.len() >= allowed as usize {
            let found = self.selected.coupons.len() as u64 + 1;
            let needed = Fact::Count(u64::from(allowed));
            return Err(Reason::because(&TOO_MANY_CODES, needed, Fact::Count(found)));
        }
        self.enter_beside_others(coupon)
    }

    /// A code without effect does not take part, so that it does not use up one of the codes allowed.
    fn enter_beside_others(&mut self, coupon: Coupon) -> Result<(), Reason> {
        let mut tried = self.selected.clone();
        tried.coupons.push(coupon);
        let settled = settle(self.stage, &tried);
        if settled.pass.has_applied(coupon.promotion) {
            // What lost its place to this code takes no part any more, and uses up no allowance.
            for other in tried.coupons.iter().filter(|other| !settled.pass.has_applied(other.promotion)) {
                let lost = settled.losers.get(&other.promotion).cloned();
                self.refuse(other.code, lost.unwrap_or_else(|| settled.pass.reason(other.promotion)));
            }
            tried.coupons.retain(|other| settled.pass.has_applied(other.promotion));
            self.selected = tried;
            return Ok(());
        }
        let lost = settled.losers.get(&coupon.promotion).cloned();
        Err(lost.unwrap_or_else(|| settled.pass.reason(coupon.promotion)))
    }

    /// An exclusive coupon stands alone or not at all.
    fn enter_exclusive(&mut self, coupon: Coupon, id: u64, decision: CouponOverride) -> Result<(), Reason> {
        let alone = Selected { coupons: vec![coupon], ..Selected::default() };
        let Settled { pass: alone, losers } = settle(self.stage, &alone);
        if !alone.has_applied(coupon.promotion) {
            let denied = losers.get(&coupon.promotion).cloned();
            return Err(denied.unwrap_or_else(|| alone.reason(coupon.promotion)));
        }
        let current = settle(self.stage, &self.selected);
        let standing =
            current.pass.applied.first().and_then(|applied| self.stage.ruleset.at(applied.promotion));
        if let Some(standing) = standing {
            // What neither saves money on goods is left out of the comparison; when both are, the coupon wins.
            let is_better = alone.saving() > current.pass.saving() || current.pass.saving().is_zero();
            match decision {
                CouponOverride::Never => return Err(Reason::lost_to(&NOT_COMBINABLE, standing.id)),
                CouponOverride::IfBetter if !is_better => {
                    let needed = Fact::Money(current.pass.saving());
                    let reason = Reason::because(&OFFERS_LESS, needed, Fact::Money(alone.saving()));
                    return Err(Reason { winner: Some(standing.id), ..reason });
                }
                CouponOverride::IfBetter | CouponOverride::Always => {}
            }
        }
        self.displace(&current, id);
        self.selected = Selected { coupons: vec![coupon], ..Selected::default() };
        self.exclusive = Some(id);
        Ok(())
    }

    /// Takes everything out that stood before an exclusive coupon came, and what had lost to it.
    fn displace(&mut self, current: &Settled<'_>, winner: u64) {
        for other in std::mem::take(&mut self.selected.coupons) {
            self.refuse(other.code, Reason::lost_to(&OVERRIDDEN, winner));
        }
        let was_automatic = std::mem::take(&mut self.selected.automatic);
        let candidates = if was_automatic { self.stage.candidates.promotions() } else { &[] };
        for position in candidates.iter().copied() {
            let lost = current.losers.get(&position).cloned();
            let own = lost.unwrap_or_else(|| current.pass.reason(position));
            let stood = current.pass.has_applied(position) || own.winner.is_some();
            let reason = if stood { Reason::lost_to(&OVERRIDDEN, winner) } else { own };
            self.displaced.push((position, reason));
        }
    }
}

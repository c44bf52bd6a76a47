//! One application of chosen promotions to a cart, phase by phase.

use std::collections::{BTreeMap, BTreeSet};

use super::effect::Effect;
use super::guardrails;
use super::ledger::Ledger;
use super::locks::Locks;
use super::repetition::Repetition;
use super::turn::{Basis, Moment, Scene, Turn};
use crate::cart::Line;
use crate::money::Minor;
use crate::promotion::actions::Phase;
use crate::promotion::reason::{BUDGET_EXHAUSTED, Fact, GIFT_REFUSED, NO_EFFECT, Reason};
use crate::promotion::rule::Rule;
use crate::promotion::ruleset::{Compiled, Ruleset};
use crate::promotion::{Budget, OnShort};

/// The promotions that a pass applies, by position: automatic ones in order of evaluation, coupons in the order
/// entered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selected {
    pub(crate) automatic: Vec<usize>,
    pub(crate) coupons: Vec<Coupon>,
    /// Rules that another rule of their promotion silences: the promotion's position and the rule's.
    pub(crate) silenced: BTreeSet<(usize, usize)>,
}

impl Selected {
    /// The positions of all of them, automatic ones first.
    pub(crate) fn positions(&self) -> impl DoubleEndedIterator<Item = usize> {
        self.automatic.iter().copied().chain(self.coupons.iter().map(|coupon| coupon.promotion))
    }
}

/// A coupon promotion and the entered code that brought it in, both by position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Coupon {
    pub(crate) promotion: usize,
    pub(crate) code: usize,
}

/// What one rule of a promotion did.
#[derive(Debug)]
pub(crate) struct Applied {
    pub(crate) promotion: usize,
    pub(crate) rule: usize,
    pub(crate) code: Option<usize>,
    pub(crate) effect: Effect,
}

/// What a pass did.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    ruleset: &'a Ruleset,
    scene: &'a Scene<'a>,
    pub(crate) ledger: Ledger,
    pub(crate) shipping: Option<Minor>,
    pub(crate) applied: Vec<Applied>,
    /// Promotions from which the guardrails took all that they had done.
    pub(crate) floored: BTreeSet<usize>,
    locks: Locks,
    /// By line, how many units are in bundles.
    bundled: Vec<u32>,
    /// Why rules did not apply: of each promotion the one reason that is told.
    unmet: BTreeMap<usize, Reason>,
    /// Promotions of which a rule with `stop` applied, and its position.
    stopped: BTreeMap<usize, usize>,
}

impl<'a> Pass<'a> {
    /// Applies the selected promotions.
    pub(crate) fn run(ruleset: &'a Ruleset, scene: &'a Scene<'a>, selected: &Selected) -> Self {
        let mut pass = Self {
            ruleset,
            scene,
            ledger: Ledger::of(scene.cart),
            shipping: scene.cart.shipping.as_ref().and_then(|shipping| shipping.cost),
            applied: Vec::new(),
            floored: BTreeSet::new(),
            locks: Locks::none(scene.cart.lines.len()),
            bundled: vec![0; scene.cart.lines.len()],
            unmet: BTreeMap::new(),
            stopped: BTreeMap::new(),
        };
        let basis = if scene.settings.applies_to_original_price { Basis::Original } else { Basis::Running };
        pass.automatic(Phase::Item, basis, selected);
        pass.automatic(Phase::Order, basis, selected);
        pass.coupons(selected);
        pass.shipping(basis, selected);
        pass.floored = guardrails::give_back(ruleset, scene, &mut pass.ledger, &mut pass.applied);
        pass
    }

    /// What a promotion takes off goods and shipping.
    pub(crate) fn saving_of(&self, promotion: usize) -> Minor {
        let applied = self.applied.iter().filter(|applied| applied.promotion == promotion);
        applied.map(|applied| applied.effect.saving()).sum()
    }

    /// What is left of a promotion's budget for this cart.
    pub(crate) fn budget_left(&self, compiled: &Compiled, budget: Budget) -> Minor {
        let used = self.scene.facts.uses.get(&compiled.id).copied().unwrap_or_default();
        (budget.amount - used.spent).max(Minor::ZERO)
    }

    /// The reason why a promotion did nothing in this pass.
    pub(crate) fn reason(&self, promotion: usize) -> Reason {
        self.unmet.get(&promotion).cloned().unwrap_or_else(|| Reason::plain(&NO_EFFECT))
    }

    /// Why promotions did nothing in this pass.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = (usize, &Reason)> {
        let idle = self.unmet.iter().filter(|(promotion, _)| !self.has_applied(**promotion));
        idle.map(|(promotion, reason)| (*promotion, reason))
    }

    pub(crate) fn has_applied(&self, promotion: usize) -> bool {
        self.applied.iter().any(|applied| applied.promotion == promotion)
    }

    /// What the shopper saves on goods; shipping and gifts are left out.
    pub(crate) fn saving(&self) -> Minor {
        self.applied.iter().map(|applied| applied.effect.discount()).sum()
    }

    fn automatic(&mut self, phase: Phase, basis: Basis, selected: &Selected) {
        let start = self.payable();
        for promotion in &selected.automatic {
            self.apply(*promotion, None, (phase, basis), &start, selected);
        }
    }

    /// Coupons discount what is left, one after the other; their conditions are judged by what was left before
    /// the first, so that entering one code never invalidates another.
    fn coupons(&mut self, selected: &Selected) {
        let start = self.payable();
        for coupon in &selected.coupons {
            self.apply(coupon.promotion, Some(coupon.code), (Phase::Item, Basis::Running), &start, selected);
            self.apply(coupon.promotion, Some(coupon.code), (Phase::Order, Basis::Running), &start, selected);
        }
    }

    fn shipping(&mut self, basis: Basis, selected: &Selected) {
        self.automatic(Phase::Shipping, basis, selected);
        let start = self.payable();
        for coupon in &selected.coupons {
            self.apply(
                coupon.promotion,
                Some(coupon.code),
                (Phase::Shipping, Basis::Running),
                &start,
                selected,
            );
        }
    }

    fn payable(&self) -> Vec<Minor> {
        (0..self.scene.cart.lines.len()).map(|line| self.ledger.payable(line)).collect()
    }

    /// Applies the rules of one promotion that have their turn in this phase.
    fn apply(
        &mut self,
        position: usize,
        code: Option<usize>,
        (phase, basis): (Phase, Basis),
        start: &[Minor],
        selected: &Selected,
    ) {
        let ruleset = self.ruleset;
        let Some(compiled) = ruleset.at(position) else { return };
        for (index, rule) in compiled.promotion.rules.iter().enumerate() {
            let is_stopped = self.stopped.get(&position).is_some_and(|at| *at < index);
            let is_silenced = is_stopped || selected.silenced.contains(&(position, index));
            if rule.action.phase() != phase || is_silenced {
                continue;
            }
            let effect = self.effect_of(compiled, rule, basis, start);
            let effect = effect.and_then(|effect| self.keep_wanted_gifts(compiled.id, index, effect));
            match effect.and_then(|effect| self.keep_budget(position, compiled, effect)) {
                Ok(effect) => {
                    self.take(compiled, &effect);
                    self.applied.push(Applied { promotion: position, rule: index, code, effect });
                    if rule.stop {
                        self.stopped.entry(position).or_insert(index);
                    }
                }
                Err(reason) => self.note(position, reason),
            }
        }
    }

    fn effect_of(
        &self,
        compiled: &Compiled,
        rule: &Rule,
        basis: Basis,
        start: &[Minor],
    ) -> Result<Effect, Reason> {
        let moment = Moment {
            ledger: &self.ledger,
            phase_start: start,
            shipping_payable: self.shipping,
            basis,
            locks: &self.locks,
            bundled: &self.bundled,
        };
        let turn = Turn::new(self.scene, moment, &compiled.promotion, compiled.id);
        let effect = rule.action.apply(&turn, &mut Repetition::of(rule, &turn));
        // A cart without goods is no order: it gets no gift and no free shipping.
        let has_goods = turn.participants().next().is_some();
        effect.and_then(|it| if has_goods { Ok(it) } else { Err(Reason::plain(&NO_EFFECT)) }).map_err(
            |reason| {
                // Without effect because another promotion keeps it from a line: then that is why.
                let wanted = |line: &Line| rule.action.needs().is_about(line);
                let kept = turn.participants().find(|(at, line)| turn.is_locked(*at) && wanted(line));
                let combination = &compiled.promotion.combination;
                let lock = kept.and_then(|(line, _)| self.locks.reason(line, compiled.id, combination));
                lock.filter(|_| reason.kind == &NO_EFFECT).unwrap_or(reason)
            },
        )
    }

    /// Takes an effect off, and notes whom it keeps from its lines and units.
    fn take(&mut self, compiled: &Compiled, effect: &Effect) {
        effect.reduce(&mut self.ledger);
        self.shipping = self.shipping.map(|payable| payable - effect.shipping);
        for reduction in &effect.reductions {
            self.locks.note(reduction.line, compiled.id, &compiled.promotion.combination);
        }
        for (line, units) in &effect.bundled {
            if let Some(bundled) = self.bundled.get_mut(*line) {
                *bundled += units;
            }
        }
    }

    /// Keeps the reason of the first rule that failed; of several that lack money or units, the nearest, so that
    /// the tiers of a promotion tell what is missing for the next one.
    fn note(&mut self, promotion: usize, reason: Reason) {
        match self.unmet.get_mut(&promotion) {
            None => {
                self.unmet.insert(promotion, reason);
            }
            Some(kept) if reason.is_nearer_than(kept) => *kept = reason,
            Some(_) => {}
        }
    }

    fn keep_wanted_gifts(&self, promotion: u64, rule: usize, effect: Effect) -> Result<Effect, Reason> {
        let refused = &self.scene.cart.refused_gifts;
        if effect.gift.is_some() && refused.contains(&gift_key(promotion, rule)) {
            return Err(Reason::plain(&GIFT_REFUSED));
        }
        Ok(effect)
    }

    /// Cuts an effect to what is left of the promotion's budget, when it may be cut.
    fn keep_budget(
        &self,
        position: usize,
        compiled: &Compiled,
        mut effect: Effect,
    ) -> Result<Effect, Reason> {
        let Some(budget) = compiled.promotion.limits.budget else { return Ok(effect) };
        if budget.on_short == OnShort::Deny {
            return Ok(effect);
        }
        let left = self.budget_left(compiled, budget) - self.saving_of(position);
        let wanted = effect.saving();
        effect.cut_to(left);
        if effect.is_nothing() {
            return Err(Reason::because(&BUDGET_EXHAUSTED, Fact::Money(wanted), Fact::Money(left)));
        }
        Ok(effect)
    }
}

/// The key that names a gift for as long as its promotion gives it.
pub(crate) fn gift_key(promotion: u64, rule: usize) -> String {
    format!("{promotion}/{rule}")
}

//! One application of chosen promotions to a cart, phase by phase.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;

use super::candidates::Place;
use super::claims::Claims;
use super::effect::Effect;
use super::guardrails;
use super::ledger::Ledger;
use super::locks::Locks;
use super::repetition::Repetition;
use super::stage::Stage;
use super::turn::{Basis, Moment, Start, Turn};
use crate::money::Minor;
use crate::promotion::actions::Phase;
use crate::promotion::reason::{BUDGET_EXHAUSTED, Fact, GIFT_REFUSED, NO_EFFECT, Reason};
use crate::promotion::rule::Rule;
use crate::promotion::ruleset::Compiled;
use crate::promotion::{Budget, OnShort};

/// What a pass applies of the candidates and of the coupons.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selected {
    /// Whether automatic promotions take part.
    pub(crate) automatic: bool,
    /// The coupons that take part, in the order entered.
    pub(crate) coupons: Vec<Coupon>,
    /// Positions of the promotions that take no part nevertheless.
    pub(crate) left_out: FixedBitSet,
    /// Rules that another rule of their promotion silences.
    pub(crate) silenced: BTreeSet<Place>,
    /// Of promotions of which only the last rule that applies counts, the one that has its chance; `None` is all.
    pub(crate) tried: BTreeMap<usize, Option<usize>>,
}

impl Selected {
    /// The positions of all of them, automatic ones in order, then coupons as entered.
    pub(crate) fn positions(&self, stage: &Stage<'_>) -> impl DoubleEndedIterator<Item = usize> {
        let candidates = if self.automatic { stage.candidates.promotions() } else { &[] };
        let all = candidates.iter().copied().chain(self.coupons.iter().map(|coupon| coupon.promotion));
        all.filter(|position| !self.left_out.contains(*position))
    }

    fn is_silent(&self, (position, rule): Place) -> bool {
        let has_chance = |tried: &Option<usize>| tried.is_none_or(|tried| tried == rule);
        self.silenced.contains(&(position, rule)) || !self.tried.get(&position).is_none_or(has_chance)
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
    stage: &'a Stage<'a>,
    pub(crate) ledger: Ledger,
    pub(crate) shipping: Option<Minor>,
    pub(crate) applied: Vec<Applied>,
    /// Promotions from which the guardrails took all that they had done.
    pub(crate) floored: BTreeSet<usize>,
    /// What the promotions that applied take off goods and shipping, by position.
    savings: Vec<(usize, Minor)>,
    locks: Locks,
    /// By line, how many units are in bundles.
    bundled: Vec<u32>,
    /// Why rules did not apply: of each promotion the one reason that is told.
    unmet: BTreeMap<usize, Reason>,
    /// Promotions of which a rule with `stop` applied, and its position.
    stopped: BTreeMap<usize, usize>,
    /// What promotions with a budget have used of it so far.
    spent: BTreeMap<usize, Minor>,
    /// The claims of the rule before, whose memory the next one uses again.
    claims: Claims,
}

impl<'a> Pass<'a> {
    /// Applies what is selected.
    pub(crate) fn run(stage: &'a Stage<'a>, selected: &Selected) -> Self {
        let scene = &stage.scene;
        let mut pass = Self {
            stage,
            ledger: Ledger::of(scene.cart),
            shipping: scene.cart.shipping.as_ref().and_then(|shipping| shipping.cost),
            applied: Vec::new(),
            floored: BTreeSet::new(),
            savings: Vec::new(),
            locks: Locks::none(scene.cart.lines.len()),
            bundled: vec![0; scene.cart.lines.len()],
            unmet: BTreeMap::new(),
            stopped: BTreeMap::new(),
            spent: BTreeMap::new(),
            claims: Claims::default(),
        };
        let basis = if scene.settings.applies_to_original_price { Basis::Original } else { Basis::Running };
        pass.automatic(Phase::Item, basis, selected);
        pass.automatic(Phase::Order, basis, selected);
        pass.coupons(selected);
        pass.shipping(basis, selected);
        pass.floored = guardrails::give_back(stage, &mut pass.ledger, &mut pass.applied);
        pass.savings = savings(&pass.applied);
        pass
    }

    /// What a promotion takes off goods and shipping.
    pub(crate) fn saving_of(&self, promotion: usize) -> Minor {
        self.place_of(promotion).map_or(Minor::ZERO, |(_, saving)| *saving)
    }

    fn place_of(&self, promotion: usize) -> Option<&(usize, Minor)> {
        let at = self.savings.binary_search_by_key(&promotion, |(position, _)| *position).ok()?;
        self.savings.get(at)
    }

    /// What is left of a promotion's budget for this cart.
    pub(crate) fn budget_left(&self, compiled: &Compiled, budget: Budget) -> Minor {
        let used = self.stage.scene.facts.uses.get(&compiled.id).copied().unwrap_or_default();
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
        self.place_of(promotion).is_some()
    }

    /// The promotions that applied and what each takes off goods and shipping, by position.
    pub(crate) fn savings(&self) -> &[(usize, Minor)] {
        &self.savings
    }

    /// Whether a rule that silences later ones of its promotion applied.
    pub(crate) fn has_stopped(&self) -> bool {
        !self.stopped.is_empty()
    }

    /// What the shopper saves on goods; shipping and gifts are left out.
    pub(crate) fn saving(&self) -> Minor {
        self.applied.iter().map(|applied| applied.effect.discount()).sum()
    }

    fn automatic(&mut self, phase: Phase, basis: Basis, selected: &Selected) {
        let rules = self.stage.candidates.of_phase(phase);
        if !selected.automatic || rules.is_empty() {
            return;
        }
        let start = self.start();
        for place in rules {
            if !selected.left_out.contains(place.0) {
                self.apply(*place, None, basis, &start, selected);
            }
        }
    }

    /// Coupons discount what is left, one after the other; their conditions are judged by what was left before
    /// the first, so that entering one code never invalidates another.
    fn coupons(&mut self, selected: &Selected) {
        if selected.coupons.is_empty() {
            return;
        }
        let start = self.start();
        for coupon in &selected.coupons {
            self.coupon(coupon, Phase::Item, &start, selected);
            self.coupon(coupon, Phase::Order, &start, selected);
        }
    }

    fn shipping(&mut self, basis: Basis, selected: &Selected) {
        self.automatic(Phase::Shipping, basis, selected);
        if selected.coupons.is_empty() {
            return;
        }
        let start = self.start();
        selected.coupons.iter().for_each(|it| self.coupon(it, Phase::Shipping, &start, selected));
    }

    fn start(&self) -> Start {
        Start::of(&self.stage.scene, &self.ledger)
    }

    /// Applies the rules of a coupon that have their turn in this phase.
    fn coupon(&mut self, coupon: &Coupon, phase: Phase, start: &Start, selected: &Selected) {
        let position = coupon.promotion;
        let rules = self.stage.ruleset.at(position).map_or(&[][..], |compiled| &compiled.promotion.rules);
        if selected.left_out.contains(position) {
            return;
        }
        for (rule, _) in rules.iter().enumerate().filter(|(_, rule)| rule.action.phase() == phase) {
            self.apply((position, rule), Some(coupon.code), Basis::Running, start, selected);
        }
    }

    /// Applies one rule.
    fn apply(
        &mut self,
        (position, index): Place,
        code: Option<usize>,
        basis: Basis,
        start: &Start,
        selected: &Selected,
    ) {
        let Some(compiled) = self.stage.ruleset.at(position) else { return };
        let Some(rule) = compiled.promotion.rules.get(index) else { return };
        let is_stopped = self.stopped.get(&position).is_some_and(|at| *at < index);
        if is_stopped || selected.is_silent((position, index)) {
            return;
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
            Err(reason) if code.is_some() || self.stage.candidates.keeps_reason_of(position) => {
                self.note(position, reason);
            }
            Err(_) => {}
        }
    }

    fn effect_of(
        &mut self,
        compiled: &Compiled,
        rule: &Rule,
        basis: Basis,
        start: &Start,
    ) -> Result<Effect, Reason> {
        let moment = Moment {
            ledger: &self.ledger,
            phase_start: start,
            shipping_payable: self.shipping,
            basis,
            locks: &self.locks,
            bundled: &self.bundled,
        };
        let turn = Turn::new(&self.stage.scene, moment, &compiled.promotion, compiled.id);
        let mut repetition = Repetition::of(rule, &turn, std::mem::take(&mut self.claims));
        let effect = rule.action.apply(&turn, &mut repetition);
        // A cart without goods is no order: it gets no gift and no free shipping.
        let effect = effect.and_then(|effect| match turn.participants().next() {
            Some(_) => Ok(effect),
            None => Err(Reason::plain(&NO_EFFECT)),
        });
        let effect = effect.map_err(|reason| lock(&turn, rule, &reason).unwrap_or(reason));
        self.claims = repetition.into_claims();
        effect
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
        let refused = &self.stage.scene.cart.refused_gifts;
        if effect.gift.is_some() && refused.contains(&gift_key(promotion, rule)) {
            return Err(Reason::plain(&GIFT_REFUSED));
        }
        Ok(effect)
    }

    /// Cuts an effect to what is left of the promotion's budget, when it may be cut.
    fn keep_budget(
        &mut self,
        position: usize,
        compiled: &Compiled,
        mut effect: Effect,
    ) -> Result<Effect, Reason> {
        let Some(budget) = compiled.promotion.limits.budget else { return Ok(effect) };
        if budget.on_short == OnShort::Deny {
            return Ok(effect);
        }
        let spent = self.spent.get(&position).copied().unwrap_or_default();
        let left = self.budget_left(compiled, budget) - spent;
        let wanted = effect.saving();
        effect.cut_to(left);
        if effect.is_nothing() {
            return Err(Reason::because(&BUDGET_EXHAUSTED, Fact::Money(wanted), Fact::Money(left)));
        }
        self.spent.insert(position, spent + effect.saving());
        Ok(effect)
    }
}

/// Why a rule is without effect, when another promotion keeps it from a line that it would discount.
fn lock(turn: &Turn<'_>, rule: &Rule, reason: &Reason) -> Option<Reason> {
    if reason.kind != &NO_EFFECT {
        return None;
    }
    let kept = turn.participants().filter(|(line, _)| turn.is_locked(*line));
    let mut wanted = kept.filter(|(_, line)| rule.action.needs().is_about(line));
    wanted.find_map(|(line, _)| turn.lock(line))
}

/// What each promotion takes off goods and shipping, by position.
fn savings(applied: &[Applied]) -> Vec<(usize, Minor)> {
    let mut savings: Vec<(usize, Minor)> =
        applied.iter().map(|applied| (applied.promotion, applied.effect.saving())).collect();
    // Nearly in order already: those of one phase are.
    savings.sort_by_key(|(position, _)| *position);
    savings.dedup_by(|later, first| {
        let is_same = later.0 == first.0;
        if is_same {
            first.1 += later.1;
        }
        is_same
    });
    savings
}

/// The key that names a gift for as long as its promotion gives it.
pub(crate) fn gift_key(promotion: u64, rule: usize) -> String {
    format!("{promotion}/{rule}")
}

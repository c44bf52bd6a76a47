//! Promotions that must not stand together.

use std::collections::{BTreeMap, BTreeSet};

use super::gates::Gates;
use super::pass::{Pass, Selected};
use super::turn::Scene;
use crate::promotion::CombinationScope;
use crate::promotion::OnShort;
use crate::promotion::reason::{BUDGET_EXHAUSTED, Fact, NOT_COMBINABLE, PRICE_FLOOR, Reason, STOPPED};
use crate::promotion::ruleset::{Compiled, Ruleset};

/// A pass in which nothing conflicts, and the promotions that lost to get there.
#[derive(Debug)]
pub(crate) struct Settled<'a> {
    pub(crate) pass: Pass<'a>,
    pub(crate) losers: BTreeMap<usize, Reason>,
}

/// Applies the selected promotions, again and again without those that lost, until none conflicts.
///
/// The order of evaluation decides, not the phases: a stopping promotion ends the list below it even when it is
/// an order discount and what is below is an item discount, which has its turn earlier. What lost to a promotion
/// that itself has to go comes back. A promotion only ever loses to one before it, so the first that goes in a
/// round only brings back ones after it, and the rounds come to an end.
///
/// Budgets and floors are looked at when nothing else conflicts any more, one promotion at a time: what would have
/// lost anyway must not use them up.
pub(crate) fn resolve<'a>(
    ruleset: &'a Ruleset,
    scene: &'a Scene<'a>,
    gates: &Gates,
    selected: &Selected,
) -> Settled<'a> {
    let mut taken_out = TakenOut::default();
    loop {
        let left = taken_out.leave(ruleset, gates, selected);
        let pass = Pass::run(ruleset, scene, &left);
        let lost = conflicts(ruleset, &pass, &left);
        let silenced = silenced(ruleset, &pass);
        if !lost.is_empty() || !silenced.is_empty() {
            taken_out.add(ruleset, lost, silenced);
        } else if let Some(denied) = denied(ruleset, &pass, &left) {
            taken_out.add(ruleset, BTreeMap::from([denied]), BTreeMap::new());
        } else if !taken_out.try_rule_before(ruleset, &pass, &left) && !taken_out.bring_back(ruleset, &pass) {
            return Settled { pass, losers: taken_out.losers };
        }
    }
}

/// The promotions and rules that lost so far.
#[derive(Debug, Default)]
struct TakenOut {
    losers: BTreeMap<usize, Reason>,
    /// Rules that another rule of their promotion silences, with that rule.
    silenced: BTreeMap<(usize, usize), usize>,
    /// The rule that has its chance, of promotions of which only the last one that applies counts: the last unless
    /// told, and `None` for all when none applied, so that the nearest is told.
    tried: BTreeMap<usize, Option<usize>>,
    /// What came back already: nothing does so twice.
    given_back: BTreeSet<usize>,
    rules_given_back: BTreeSet<(usize, usize)>,
}

impl TakenOut {
    fn leave(&self, ruleset: &Ruleset, gates: &Gates, selected: &Selected) -> Selected {
        let mut left = selected.clone();
        left.automatic.retain(|position| gates.is_open(*position) && !self.losers.contains_key(position));
        left.coupons.retain(|coupon| !self.losers.contains_key(&coupon.promotion));
        left.silenced = self.silenced.keys().copied().collect();
        for position in
            left.positions().filter(|position| counts_last_only(ruleset, *position)).collect::<Vec<_>>()
        {
            let rules = rules_of(ruleset, position);
            let tried = self.tried.get(&position).copied().unwrap_or(rules.checked_sub(1));
            let others = (0..rules).filter(|rule| tried.is_some_and(|tried| *rule != tried));
            left.silenced.extend(others.map(|rule| (position, rule)));
        }
        left
    }

    fn add(
        &mut self,
        ruleset: &Ruleset,
        lost: BTreeMap<usize, Reason>,
        silenced: BTreeMap<(usize, usize), usize>,
    ) {
        let goes = |id: u64| ruleset.position(id).is_some_and(|position| lost.contains_key(&position));
        self.losers.retain(|_, reason| !reason.winner.is_some_and(goes));
        self.losers.extend(lost);
        self.silenced.extend(silenced);
    }

    /// Gives the rule before its chance where only the last that applies counts and the one tried did not; tells
    /// whether there was any.
    fn try_rule_before(&mut self, ruleset: &Ruleset, pass: &Pass<'_>, left: &Selected) -> bool {
        let mut has_next = false;
        for position in left.positions().filter(|position| counts_last_only(ruleset, *position)) {
            let tried = self.tried.entry(position).or_insert(rules_of(ruleset, position).checked_sub(1));
            if let Some(rule) = *tried
                && !pass.has_applied(position)
            {
                *tried = rule.checked_sub(1);
                has_next = true;
            }
        }
        has_next
    }

    /// Brings back what lost to a promotion or rule that applies no longer; tells whether there was any.
    fn bring_back(&mut self, ruleset: &Ruleset, pass: &Pass<'_>) -> bool {
        let applied = |id: u64| ruleset.position(id).is_some_and(|position| pass.has_applied(position));
        let (losers, silenced) = (self.losers.len(), self.silenced.len());
        let (given_back, rules_given_back) = (&mut self.given_back, &mut self.rules_given_back);
        self.losers
            .retain(|position, reason| reason.winner.is_none_or(applied) || !given_back.insert(*position));
        self.silenced.retain(|(promotion, rule), by| {
            let is_silencing = pass.applied.iter().any(|it| (it.promotion, it.rule) == (*promotion, *by));
            is_silencing || !rules_given_back.insert((*promotion, *rule))
        });
        (self.losers.len(), self.silenced.len()) != (losers, silenced)
    }
}

fn counts_last_only(ruleset: &Ruleset, position: usize) -> bool {
    ruleset.at(position).is_some_and(|compiled| compiled.promotion.rewards_last_only)
}

fn rules_of(ruleset: &Ruleset, position: usize) -> usize {
    ruleset.at(position).map_or(0, |compiled| compiled.promotion.rules.len())
}

/// The applied promotions that lose to one before them.
fn conflicts(ruleset: &Ruleset, pass: &Pass<'_>, selected: &Selected) -> BTreeMap<usize, Reason> {
    let automatic = selected.automatic.iter().map(|position| (*position, false));
    let coupons = selected.coupons.iter().map(|coupon| (coupon.promotion, true));
    let mut standing = Standing::default();
    let mut lost = BTreeMap::new();
    for (position, is_coupon) in automatic.chain(coupons) {
        // What the guardrails took all from stands as long as it has not lost by that.
        let stands = pass.has_applied(position) || pass.floored.contains(&position);
        let Some(compiled) = ruleset.at(position).filter(|_| stands) else { continue };
        match standing.beats(&compiled.promotion.combination, is_coupon) {
            Some(reason) => drop(lost.insert(position, reason)),
            None => standing.add(compiled, is_coupon),
        }
    }
    lost
}

/// The last promotion that its budget denies, or else the last one from which the guardrails took all that it did.
fn denied(ruleset: &Ruleset, pass: &Pass<'_>, selected: &Selected) -> Option<(usize, Reason)> {
    let positions: Vec<usize> = selected.positions().collect();
    let mut over = positions
        .iter()
        .rev()
        .filter_map(|position| Some((*position, over_budget(pass, *position, ruleset.at(*position)?)?)));
    let floored = || positions.iter().rev().find(|position| pass.floored.contains(position));
    over.next().or_else(|| floored().map(|position| (*position, Reason::plain(&PRICE_FLOOR))))
}

fn over_budget(pass: &Pass<'_>, position: usize, compiled: &Compiled) -> Option<Reason> {
    let budget = compiled.promotion.limits.budget.filter(|budget| budget.on_short == OnShort::Deny)?;
    let (left, wanted) = (pass.budget_left(compiled, budget), pass.saving_of(position));
    (wanted > left).then(|| Reason::because(&BUDGET_EXHAUSTED, Fact::Money(wanted), Fact::Money(left)))
}

/// The promotions that applied and beat nobody's claim, in order.
#[derive(Default)]
struct Standing<'a> {
    all: Vec<&'a Compiled>,
    excluding: Option<u64>,
    /// The one that stops those after it, and whether it is a coupon.
    stopping: Option<(u64, bool)>,
    asks_for_tags: bool,
}

impl<'a> Standing<'a> {
    /// Why a promotion that comes after these loses: all after one that excludes, an excluding one after any, and
    /// one whose tags do not go with those of another. One that stops ends its own kind only: coupons are entered
    /// on purpose and have their own settings.
    fn beats(&self, combination: &crate::promotion::Combination, is_coupon: bool) -> Option<Reason> {
        let first = self.all.first().map(|first| first.id);
        if let Some(winner) = self.excluding.or(first.filter(|_| combination.excludes_order())) {
            return Some(Reason::lost_to(&NOT_COMBINABLE, winner));
        }
        if self.asks_for_tags || combination.combines_with.is_some() {
            let apart = self.all.iter().find(|other| !other.promotion.combination.goes_with(combination));
            if let Some(other) = apart {
                return Some(Reason::lost_to(&NOT_COMBINABLE, other.id));
            }
        }
        let stopping = self.stopping.filter(|(_, by_coupon)| *by_coupon == is_coupon);
        stopping.map(|(winner, _)| Reason::lost_to(&STOPPED, winner))
    }

    fn add(&mut self, compiled: &'a Compiled, is_coupon: bool) {
        let combination = &compiled.promotion.combination;
        self.all.push(compiled);
        self.asks_for_tags |= combination.combines_with.is_some();
        if combination.excludes_order() {
            self.excluding = Some(compiled.id);
        }
        if combination.stop && combination.scope == CombinationScope::Order {
            self.stopping = Some((compiled.id, is_coupon));
        }
    }
}

/// The applied rules that another rule of their promotion silences, with that rule: those after one that stops.
fn silenced(ruleset: &Ruleset, pass: &Pass<'_>) -> BTreeMap<(usize, usize), usize> {
    let mut applied: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for it in &pass.applied {
        applied.entry(it.promotion).or_default().insert(it.rule);
    }
    let mut silenced = BTreeMap::new();
    for (position, rules) in applied {
        let Some(promotion) = ruleset.at(position).map(|compiled| &compiled.promotion) else { continue };
        let stops = |rule: &&usize| promotion.rules.get(**rule).is_some_and(|rule| rule.stop);
        let Some(by) = rules.iter().find(stops).copied() else { continue };
        silenced.extend(rules.into_iter().filter(|rule| *rule > by).map(|rule| ((position, rule), by)));
    }
    silenced
}

//! Promotions that must not stand together.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::Place;
use super::pass::{Pass, Selected};
use super::stage::Stage;
use crate::promotion::reason::{BUDGET_EXHAUSTED, Fact, NOT_COMBINABLE, PRICE_FLOOR, Reason, STOPPED};
use crate::promotion::ruleset::Compiled;
use crate::promotion::{Combination, CombinationScope, OnShort, RedemptionType};

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
/// lost anyway must not use them up. After [`DENIED_ONE_BY_ONE`] of them, all that are denied go at once.
pub(crate) fn resolve<'a>(stage: &'a Stage<'a>, selected: &Selected) -> Settled<'a> {
    let mut taken_out = TakenOut::default();
    loop {
        let left = taken_out.leave(stage, selected);
        let pass = Pass::run(stage, &left);
        let lost = conflicts(stage, &pass, &left);
        let silenced = silenced(stage, &pass);
        if !lost.is_empty() || !silenced.is_empty() {
            taken_out.add(stage, lost, silenced);
        } else if let Some(denied) = taken_out.deny(stage, &pass, &left) {
            taken_out.add(stage, denied, BTreeMap::new());
        } else if !taken_out.try_rules_before(stage, &pass, &left) && !taken_out.bring_back(stage, &pass) {
            return Settled { pass, losers: taken_out.losers };
        }
    }
}

/// So many promotions are taken out one by one for their budgets and floors, each with a pricing of the cart anew.
const DENIED_ONE_BY_ONE: usize = 16;

/// The promotions and rules that lost so far.
#[derive(Debug, Default)]
struct TakenOut {
    losers: BTreeMap<usize, Reason>,
    /// Rules that another rule of their promotion silences, with that rule.
    silenced: BTreeMap<Place, usize>,
    /// The rule that has its chance, of promotions of which only the last one that applies counts: the last unless
    /// told, and `None` for all when none applied, so that the nearest is told.
    tried: BTreeMap<usize, Option<usize>>,
    /// What came back already: nothing does so twice.
    given_back: BTreeSet<usize>,
    /// How often promotions were denied for their budgets or floors.
    denials: usize,
    rules_given_back: BTreeSet<Place>,
}

impl TakenOut {
    fn leave(&self, stage: &Stage<'_>, selected: &Selected) -> Selected {
        let mut left = selected.clone();
        self.losers.keys().for_each(|position| left.left_out.grow_and_insert(*position));
        left.coupons.retain(|coupon| !left.left_out.contains(coupon.promotion));
        left.silenced = self.silenced.keys().copied().collect();
        let tried = last_only(stage, &left).map(|position| {
            (position, self.tried.get(&position).copied().unwrap_or(rules_of(stage, position).checked_sub(1)))
        });
        left.tried = tried.collect();
        left
    }

    fn add(&mut self, stage: &Stage<'_>, lost: BTreeMap<usize, Reason>, silenced: BTreeMap<Place, usize>) {
        let goes = |id: u64| stage.ruleset.position(id).is_some_and(|position| lost.contains_key(&position));
        self.losers.retain(|_, reason| !reason.winner.is_some_and(goes));
        self.losers.extend(lost);
        self.silenced.extend(silenced);
    }

    /// The promotions that have to go for their budgets or floors: one, or all when many had to go already; `None` when
    /// there is none.
    fn deny(
        &mut self,
        stage: &Stage<'_>,
        pass: &Pass<'_>,
        left: &Selected,
    ) -> Option<BTreeMap<usize, Reason>> {
        let most = if self.denials < DENIED_ONE_BY_ONE { 1 } else { usize::MAX };
        self.denials += 1;
        Some(denied(stage, pass, left, most)).filter(|denied| !denied.is_empty())
    }

    /// Gives the rules before their chance where only the last that applies counts and the ones tried did not, until
    /// one has it that can have an effect; tells whether there was any.
    fn try_rules_before(&mut self, stage: &Stage<'_>, pass: &Pass<'_>, left: &Selected) -> bool {
        let mut has_next = true;
        let mut can_change = false;
        while has_next && !can_change {
            has_next = false;
            for position in last_only(stage, left).filter(|position| !pass.has_applied(*position)) {
                let tried = self.tried.entry(position).or_insert(rules_of(stage, position).checked_sub(1));
                let Some(rule) = *tried else { continue };
                *tried = rule.checked_sub(1);
                has_next = true;
                let is_automatic = stage.candidates.has(position);
                can_change |=
                    !is_automatic || tried.is_none_or(|rule| stage.candidates.has_rule((position, rule)));
            }
        }
        has_next
    }

    /// Brings back what lost to a promotion or rule that applies no longer; tells whether there was any.
    fn bring_back(&mut self, stage: &Stage<'_>, pass: &Pass<'_>) -> bool {
        let applied = |id: u64| stage.ruleset.position(id).is_some_and(|position| pass.has_applied(position));
        let (losers, silenced) = (self.losers.len(), self.silenced.len());
        let (given_back, rules_given_back) = (&mut self.given_back, &mut self.rules_given_back);
        self.losers
            .retain(|position, reason| reason.winner.is_none_or(applied) || !given_back.insert(*position));
        let rules = || pass.applied.iter().map(|it| (it.promotion, it.rule));
        let applied: BTreeSet<Place> = if silenced == 0 { BTreeSet::new() } else { rules().collect() };
        self.silenced.retain(|(promotion, rule), by| {
            applied.contains(&(*promotion, *by)) || !rules_given_back.insert((*promotion, *rule))
        });
        (self.losers.len(), self.silenced.len()) != (losers, silenced)
    }
}

/// The promotions of which only the last rule that applies counts.
fn last_only(stage: &Stage<'_>, left: &Selected) -> impl Iterator<Item = usize> {
    let automatic = if left.automatic { stage.candidates.last_only() } else { &[] };
    let counts = |position: &usize| {
        stage.ruleset.at(*position).is_some_and(|compiled| compiled.promotion.rewards_last_only)
    };
    let coupons = left.coupons.iter().map(|coupon| coupon.promotion).filter(counts);
    automatic.iter().copied().chain(coupons).filter(|position| !left.left_out.contains(*position))
}

fn rules_of(stage: &Stage<'_>, position: usize) -> usize {
    stage.ruleset.at(position).map_or(0, |compiled| compiled.promotion.rules.len())
}

/// The applied promotions that lose to one before them.
fn conflicts(stage: &Stage<'_>, pass: &Pass<'_>, selected: &Selected) -> BTreeMap<usize, Reason> {
    let mut standing = Standing::default();
    let mut lost = BTreeMap::new();
    for position in selected.positions(stage) {
        // What the guardrails took all from stands as long as it has not lost by that.
        let stands = pass.has_applied(position) || pass.floored.contains(&position);
        let Some(compiled) = stage.ruleset.at(position).filter(|_| stands) else { continue };
        let is_coupon = compiled.promotion.redemption_type == RedemptionType::Coupon;
        match standing.beats(&compiled.promotion.combination, is_coupon) {
            Some(reason) => drop(lost.insert(position, reason)),
            None => standing.add(compiled, is_coupon),
        }
    }
    lost
}

/// The last promotions that their budgets deny, or else the last ones from which the guardrails took all that they did;
/// at most so many.
fn denied(stage: &Stage<'_>, pass: &Pass<'_>, selected: &Selected, most: usize) -> BTreeMap<usize, Reason> {
    let over = |position: usize| Some((position, over_budget(pass, position, stage.ruleset.at(position)?)?));
    let denied: BTreeMap<usize, Reason> =
        selected.positions(stage).rev().filter_map(over).take(most).collect();
    if !denied.is_empty() || pass.floored.is_empty() {
        return denied;
    }
    let floored = selected.positions(stage).rev().filter(|position| pass.floored.contains(position));
    floored.take(most).map(|position| (position, Reason::plain(&PRICE_FLOOR))).collect()
}

fn over_budget(pass: &Pass<'_>, position: usize, compiled: &Compiled) -> Option<Reason> {
    let budget = compiled.promotion.limits.budget.filter(|budget| budget.on_short == OnShort::Deny)?;
    let (left, wanted) = (pass.budget_left(compiled, budget), pass.saving_of(position));
    (wanted > left).then(|| Reason::because(&BUDGET_EXHAUSTED, Fact::Money(wanted), Fact::Money(left)))
}

/// The promotions that applied and beat nobody's claim, in order.
#[derive(Default)]
struct Standing<'a> {
    first: Option<u64>,
    /// How they combine with others by tags, each way once, with the first that does so.
    ways: Vec<(&'a Combination, u64)>,
    ways_known: BTreeSet<(&'a [String], Option<&'a [String]>)>,
    excluding: Option<u64>,
    /// The one that stops those after it, and whether it is a coupon.
    stopping: Option<(u64, bool)>,
    asks_for_tags: bool,
}

impl<'a> Standing<'a> {
    /// Why a promotion that comes after these loses: all after one that excludes, an excluding one after any, and
    /// one whose tags do not go with those of another. One that stops ends its own kind only: coupons are entered
    /// on purpose and have their own settings.
    fn beats(&self, combination: &Combination, is_coupon: bool) -> Option<Reason> {
        if let Some(winner) = self.excluding.or(self.first.filter(|_| combination.excludes_order())) {
            return Some(Reason::lost_to(&NOT_COMBINABLE, winner));
        }
        if self.asks_for_tags || combination.combines_with.is_some() {
            let apart = self.ways.iter().find(|(other, _)| !other.goes_with(combination));
            if let Some((_, other)) = apart {
                return Some(Reason::lost_to(&NOT_COMBINABLE, *other));
            }
        }
        let stopping = self.stopping.filter(|(_, by_coupon)| *by_coupon == is_coupon);
        stopping.map(|(winner, _)| Reason::lost_to(&STOPPED, winner))
    }

    fn add(&mut self, compiled: &'a Compiled, is_coupon: bool) {
        let combination = &compiled.promotion.combination;
        self.first = self.first.or(Some(compiled.id));
        if self.ways_known.insert((&combination.tags, combination.combines_with.as_deref())) {
            self.ways.push((combination, compiled.id));
        }
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
fn silenced(stage: &Stage<'_>, pass: &Pass<'_>) -> BTreeMap<Place, usize> {
    let mut silenced = BTreeMap::new();
    if !pass.has_stopped() {
        return silenced;
    }
    let mut applied: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for it in &pass.applied {
        applied.entry(it.promotion).or_default().insert(it.rule);
    }
    for (position, rules) in applied {
        let Some(promotion) = stage.ruleset.at(position).map(|compiled| &compiled.promotion) else {
            continue;
        };
        let stops = |rule: &&usize| promotion.rules.get(**rule).is_some_and(|rule| rule.stop);
        let Some(by) = rules.iter().find(stops).copied() else { continue };
        silenced.extend(rules.into_iter().filter(|rule| *rule > by).map(|rule| ((position, rule), by)));
    }
    silenced
}

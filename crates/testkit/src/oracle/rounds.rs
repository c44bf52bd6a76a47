//! Pricing a cart again and again until no promotion loses to another.

use std::collections::{BTreeMap, BTreeSet};

use super::combine::{Judge, Why};
use super::settle::Pass;

/// What is left out when a cart is priced.
#[derive(Default)]
pub(super) struct LeftOut {
    pub(super) promotions: BTreeMap<usize, Why>,
    /// Rules, and the rule of their promotion that silenced them.
    rules: BTreeMap<(usize, usize), usize>,
    /// What came back once.
    given_back: BTreeSet<(usize, Option<usize>)>,
    /// By promotion of which only the last rule that applies counts, how many of its rules had their chance.
    chances: BTreeMap<usize, usize>,
    /// How often a budget or a floor took promotions out.
    denials: usize,
}

impl<'a> Judge<'a> {
    /// Prices again and again, each time without what lost. What lost to a promotion that goes comes back, and so
    /// does, once, what lost to one that no longer applies.
    pub(super) fn settle_all(&self, automatic: &[usize], coupons: &[usize]) -> Pass<'a> {
        let mut left_out = LeftOut::default();
        let order: Vec<usize> = automatic.iter().chain(coupons).copied().collect();
        loop {
            let mut pass = self.price(automatic, coupons, &left_out);
            let silenced = self.silenced(&pass, &order);
            let mut lost = self.lost(&pass, &order);
            if lost.is_empty() && silenced.is_empty() {
                lost = self.denied(&pass, &order, if left_out.denials < 16 { 1 } else { order.len() });
                left_out.denials += 1;
            }
            if !lost.is_empty() || !silenced.is_empty() {
                left_out
                    .promotions
                    .retain(|_, why| why.winner.is_none_or(|winner| !lost.contains_key(&winner)));
                left_out.promotions.extend(lost);
                left_out.rules.extend(silenced);
                continue;
            }
            let has_another_chance = self.give_another_chance(&mut left_out, &pass, &order);
            if !left_out.give_back(&pass) && !has_another_chance {
                pass.losers = left_out.promotions;
                return pass;
            }
        }
    }

    /// The promotions that applied and lose to another.
    fn lost(&self, pass: &Pass<'_>, order: &[usize]) -> BTreeMap<usize, Why> {
        let mut lost = BTreeMap::new();
        let mut winners: Vec<usize> = Vec::new();
        for at in order.iter().copied().filter(|at| pass.has_acted(*at)) {
            let mut beaten = winners.iter().filter_map(|winner| Some((self.beats(*winner, at)?, *winner)));
            match beaten.next() {
                Some((code, winner)) => drop(lost.insert(at, Why::lost(code, Some(winner)))),
                None => winners.push(at),
            }
        }
        lost
    }

    /// The last so many promotions that their budgets deny, or else the last of which floors leave nothing.
    fn denied(&self, pass: &Pass<'_>, order: &[usize], most: usize) -> BTreeMap<usize, Why> {
        let acted = || order.iter().rev().copied().filter(|at| pass.has_acted(*at));
        let is_too_much = |at: &usize| {
            let denies = self.offers[*at].document["budget"]["on_short"] == "DENY";
            denies && self.budget_left(*at).is_some_and(|left| pass.basket.off_of(*at) > left)
        };
        let over_budget = acted().filter(is_too_much).map(|at| (at, Why::plain("budget_exhausted")));
        let floored =
            acted().filter(|at| !pass.applied.contains(at)).map(|at| (at, Why::plain("price_floor")));
        let over_budget: BTreeMap<usize, Why> = over_budget.take(most).collect();
        if over_budget.is_empty() { floored.take(most).collect() } else { over_budget }
    }

    /// The rules that applied and that another of their promotion silences, with that one.
    fn silenced(&self, pass: &Pass<'_>, order: &[usize]) -> BTreeMap<(usize, usize), usize> {
        let mut silenced = BTreeMap::new();
        for at in order {
            let applied: Vec<usize> =
                (0..self.rules_of(*at)).filter(|rule| pass.has_applied(*at, *rule)).collect();
            let by = applied.iter().copied().find(|rule| self.stops_rules(*at, *rule));
            let by = by.into_iter().flat_map(|by| applied.iter().map(move |rule| (*rule, by)));
            silenced.extend(by.filter(|(rule, by)| rule > by).map(|(rule, by)| ((*at, rule), by)));
        }
        silenced
    }

    fn rules_of(&self, position: usize) -> usize {
        self.offers[position].document["rules"].as_array().unwrap().len()
    }

    /// Whether a rule that applied silences those after it.
    pub(super) fn stops_rules(&self, position: usize, rule: usize) -> bool {
        let document = &self.offers[position].document;
        document["rules"][rule]["stop"] == true && document["rewards"] != "LAST"
    }

    /// How many rules have their chance one after the other, the last first.
    pub(super) fn rules_with_chances(&self, position: usize) -> usize {
        if self.offers[position].document["rewards"] == "LAST" { self.rules_of(position) } else { 0 }
    }

    /// Gives the rule before the one that did not apply its chance; whether there is one.
    fn give_another_chance(&self, left_out: &mut LeftOut, pass: &Pass<'_>, order: &[usize]) -> bool {
        let mut is_any = false;
        for at in order.iter().filter(|at| !left_out.promotions.contains_key(at)) {
            let had = left_out.chances.entry(*at).or_default();
            if *had < self.rules_with_chances(*at) && !pass.has_acted(*at) {
                *had += 1;
                is_any = true;
            }
        }
        is_any
    }

    /// Why a promotion that applied keeps one after it from applying.
    fn beats(&self, winner: usize, later: usize) -> Option<&'static str> {
        if self.is_exclusive(winner, "ORDER") || self.is_exclusive(later, "ORDER") {
            return Some("not_combinable");
        }
        if !self.asks_for(winner, later) || !self.asks_for(later, winner) {
            return Some("not_combinable");
        }
        let stops = self.stops(winner, "ORDER") && self.is_coupon(winner) == self.is_coupon(later);
        stops.then_some("stopped")
    }

    /// Whether the tags of another promotion are ones that a promotion goes with.
    fn asks_for(&self, position: usize, other: usize) -> bool {
        let tags = self.offers[other].document["tags"].as_array().unwrap();
        let asked = self.offers[position].document["combines_with"].as_array();
        asked.is_none_or(|asked| asked.iter().any(|tag| tags.contains(tag)))
    }
}

impl LeftOut {
    /// Whether a rule has no turn, of a promotion of which so many have their chance one after the other. When all
    /// have had it, all have their turn: for the reason why none applies.
    pub(super) fn is_silent(&self, position: usize, rule: usize, with_chances: usize) -> bool {
        let had = self.chances.get(&position).copied().unwrap_or(0);
        let waits = had < with_chances && rule + had + 1 != with_chances;
        waits || self.rules.contains_key(&(position, rule))
    }

    /// Lets come back, once, what lost to something that no longer applies; whether anything did.
    fn give_back(&mut self, pass: &Pass<'_>) -> bool {
        let promotions = self.promotions.iter().filter_map(|(at, why)| Some((*at, why.winner?)));
        let promotions = promotions.filter(|(_, winner)| !pass.applied.contains(winner));
        let rules = self.rules.iter().filter(|((at, _), by)| !pass.has_applied(*at, **by));
        let back =
            promotions.map(|(at, _)| (at, None)).chain(rules.map(|((at, rule), _)| (*at, Some(*rule))));
        let back: Vec<_> = back.filter(|it| !self.given_back.contains(it)).collect();
        for (at, rule) in &back {
            match rule {
                Some(rule) => drop(self.rules.remove(&(*at, *rule))),
                None => drop(self.promotions.remove(at)),
            }
        }
        let is_any = !back.is_empty();
        self.given_back.extend(back);
        is_any
    }
}

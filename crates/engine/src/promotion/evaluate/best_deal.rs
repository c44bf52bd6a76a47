//! Of promotions that share a group, the one with which the shopper saves most.

use std::collections::BTreeMap;

use super::combine::{Settled, resolve};
use super::pass::Selected;
use super::stage::Stage;
use crate::money::Minor;
use crate::promotion::reason::{BETTER_DEAL, Fact, Reason};

/// Up to so many ways to choose, all of them are tried; beyond, groups are decided one after another.
pub(crate) const WAYS_MAX: usize = 512;

/// Of a cart with so many lines and a store with so many promotions, fewer ways are tried: lines times promotions
/// times ways stay below this, down to 16 ways.
const WORK_MAX: usize = 2_000_000;

/// Settles what stands together, with at most one promotion of each group: the best.
pub(crate) fn settle<'a>(stage: &'a Stage<'a>, selected: &Selected) -> Settled<'a> {
    let groups = groups(stage, selected);
    if groups.is_empty() {
        return resolve(stage, selected);
    }
    let search = Search { stage, selected, groups };
    let work = stage.scene.cart.lines.len().max(1) * stage.ruleset.len().max(1);
    let ways_max = (WORK_MAX / work).clamp(16, WAYS_MAX);
    let choice = if search.ways() <= ways_max { search.best_of_all() } else { search.best_one_by_one() };
    search.settle_as(&choice)
}

/// Promotions of which at most one applies.
#[derive(Debug)]
struct Group {
    /// How many there are that pass their gates. Those without an effect on the cart count too: how many ways there
    /// are to choose does not depend on it.
    members: usize,
    /// Positions of those that can have an effect, in order.
    able: Vec<usize>,
}

/// The groups of which more than one promotion may apply, by their first member.
fn groups(stage: &Stage<'_>, selected: &Selected) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    let is_automatic = |position: &usize| stage.ruleset.at(*position).is_some_and(|it| it.is_automatic);
    let automatic = stage.ruleset.grouped().filter(|at| selected.automatic && is_automatic(at));
    let automatic = automatic.filter(|at| stage.gates.is_open(*at)).map(|at| (at, stage.candidates.has(at)));
    let coupons = selected.coupons.iter().map(|coupon| (coupon.promotion, true));
    for (position, is_able) in automatic.chain(coupons) {
        let group = stage.ruleset.at(position).and_then(|it| it.promotion.best_deal_group.as_deref());
        let Some(name) = group else { continue };
        let at = *by_name.entry(name).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Group { members: 0, able: Vec::new() });
        }
        let Some(group) = groups.get_mut(at) else { continue };
        group.members += 1;
        group.able.extend(is_able.then_some(position));
    }
    groups.retain(|group| group.members > 1);
    groups
}

/// By group, which member takes part; `None` is none.
type Choice = Vec<Option<usize>>;

struct Search<'a, 's> {
    stage: &'a Stage<'a>,
    selected: &'s Selected,
    groups: Vec<Group>,
}

impl<'a> Search<'a, '_> {
    fn ways(&self) -> usize {
        self.groups.iter().fold(1, |ways: usize, group| ways.saturating_mul(group.members + 1))
    }

    /// Members that can have an effect in order, then none.
    fn options(&self, group: usize) -> Vec<Option<usize>> {
        let able = self.groups.get(group).map_or(&[][..], |group| &group.able);
        able.iter().copied().map(Some).chain([None]).collect()
    }

    fn best_of_all(&self) -> Choice {
        let mut ways: Vec<Choice> = vec![Vec::new()];
        for group in 0..self.groups.len() {
            let options = self.options(group);
            let longer = |way: &Choice| {
                options
                    .iter()
                    .map(|option| way.iter().copied().chain([*option]).collect())
                    .collect::<Vec<_>>()
            };
            ways = ways.iter().flat_map(longer).collect();
        }
        self.best(ways)
    }

    fn best_one_by_one(&self) -> Choice {
        let mut choice: Choice = vec![None; self.groups.len()];
        for group in 0..self.groups.len() {
            let with = |option: Option<usize>| {
                let mut way = choice.clone();
                if let Some(chosen) = way.get_mut(group) {
                    *chosen = option;
                }
                way
            };
            choice = self.best(self.options(group).into_iter().map(with).collect());
        }
        choice
    }

    /// The way that saves most; of equal ones the first. What does not apply is not chosen.
    fn best(&self, ways: Vec<Choice>) -> Choice {
        let mut best: Option<(Minor, Choice)> = None;
        for way in ways {
            let settled = self.try_out(&way);
            if !way.iter().flatten().all(|chosen| settled.pass.has_applied(*chosen)) {
                continue;
            }
            let saving = saving(&settled);
            if best.as_ref().is_none_or(|(most, _)| saving > *most) {
                best = Some((saving, way));
            }
        }
        best.map(|(_, way)| way).unwrap_or_default()
    }

    fn try_out(&self, choice: &Choice) -> Settled<'a> {
        let mut selected = self.selected.clone();
        for (at, group) in self.groups.iter().enumerate() {
            let chosen = choice.get(at).copied().flatten();
            let others = group.able.iter().copied().filter(|member| Some(*member) != chosen);
            others.for_each(|member| selected.left_out.grow_and_insert(member));
        }
        resolve(self.stage, &selected)
    }

    /// Settles as chosen, and finds out why each other member is not the one.
    fn settle_as(&self, choice: &Choice) -> Settled<'a> {
        let mut settled = self.try_out(choice);
        let most = saving(&settled);
        for (at, group) in self.groups.iter().enumerate() {
            let chosen = choice.get(at).copied().flatten();
            for other in group.able.iter().copied().filter(|member| Some(*member) != chosen) {
                let mut instead = choice.clone();
                if let Some(place) = instead.get_mut(at) {
                    *place = Some(other);
                }
                let reason = self.why_not(&settled, chosen, &self.try_out(&instead), other, most);
                settled.losers.insert(other, reason);
            }
        }
        settled
    }

    /// Why a member is not the one: the reason that it has in the chosen one's place, or that it saves less there.
    fn why_not(
        &self,
        settled: &Settled<'_>,
        chosen: Option<usize>,
        instead: &Settled<'_>,
        other: usize,
        most: Minor,
    ) -> Reason {
        if !instead.pass.has_applied(other) {
            let reason = instead.losers.get(&other).cloned().unwrap_or_else(|| instead.pass.reason(other));
            let applies = |id| self.stage.ruleset.position(id).is_some_and(|at| settled.pass.has_applied(at));
            if reason.winner.is_none_or(applies) {
                return reason;
            }
        }
        let winner = chosen.filter(|chosen| settled.pass.has_applied(*chosen));
        let winner = winner.and_then(|chosen| self.stage.ruleset.at(chosen)).map(|compiled| compiled.id);
        let (needed, found) = (Fact::Money(most), Fact::Money(saving(instead)));
        Reason { winner, ..Reason::because(&BETTER_DEAL, needed, found) }
    }
}

/// What the shopper saves on goods and shipping.
fn saving(settled: &Settled<'_>) -> Minor {
    settled.pass.savings().iter().map(|(_, saving)| *saving).sum()
}

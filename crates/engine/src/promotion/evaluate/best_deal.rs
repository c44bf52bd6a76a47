//! Of promotions that share a group, the one with which the shopper saves most.

use std::collections::BTreeMap;

use super::combine::{Settled, resolve};
use super::pass::Selected;
use super::stage::Stage;
use crate::money::Minor;
use crate::promotion::RedemptionType;
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

/// The groups of which more than one promotion may apply, members in order, groups by their first member. Members
/// without an effect on the cart count too: how many ways there are to choose does not depend on it.
fn groups(stage: &Stage<'_>, selected: &Selected) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    let is_automatic = |position: &usize| {
        stage
            .ruleset
            .at(*position)
            .is_some_and(|it| it.promotion.redemption_type == RedemptionType::Automatic)
    };
    let automatic = stage.ruleset.grouped().filter(|at| selected.automatic && is_automatic(at));
    let coupons = selected.coupons.iter().map(|coupon| coupon.promotion);
    for position in automatic.chain(coupons).filter(|at| stage.gates.is_open(*at)) {
        let group =
            stage.ruleset.at(position).and_then(|compiled| compiled.promotion.best_deal_group.as_deref());
        let Some(name) = group else { continue };
        let group = *by_name.entry(name).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(members) => members.push(position),
            None => groups.push(vec![position]),
        }
    }
    groups.retain(|members| members.len() > 1);
    groups
}

/// By group, which member takes part; `None` is none.
type Choice = Vec<Option<usize>>;

struct Search<'a, 's> {
    stage: &'a Stage<'a>,
    selected: &'s Selected,
    groups: Vec<Vec<usize>>,
}

impl<'a> Search<'a, '_> {
    fn ways(&self) -> usize {
        self.groups.iter().fold(1, |ways, members| ways.saturating_mul(members.len() + 1))
    }

    /// Members in order, then none.
    fn options(&self, group: usize) -> Vec<Option<usize>> {
        let members = self.groups.get(group).map_or(&[][..], Vec::as_slice);
        members.iter().copied().map(Some).chain([None]).collect()
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
        for way in ways.into_iter().filter(|way| way.iter().flatten().all(|chosen| self.can_apply(*chosen))) {
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

    /// Whether a member can have an effect at all.
    fn can_apply(&self, member: usize) -> bool {
        let is_coupon = || self.selected.coupons.iter().any(|coupon| coupon.promotion == member);
        self.stage.candidates.has(member) || is_coupon()
    }

    fn try_out(&self, choice: &Choice) -> Settled<'a> {
        let mut selected = self.selected.clone();
        for (group, members) in self.groups.iter().enumerate() {
            let chosen = choice.get(group).copied().flatten();
            let others = members.iter().copied().filter(|member| Some(*member) != chosen);
            selected.left_out.extend(others.filter(|member| self.can_apply(*member)));
        }
        resolve(self.stage, &selected)
    }

    /// Settles as chosen, and finds out why each other member is not the one.
    fn settle_as(&self, choice: &Choice) -> Settled<'a> {
        let mut settled = self.try_out(choice);
        let most = saving(&settled);
        for (group, members) in self.groups.iter().enumerate() {
            let chosen = choice.get(group).copied().flatten();
            let others = members.iter().copied().filter(|member| Some(*member) != chosen);
            for other in others.filter(|member| self.can_apply(*member)) {
                let mut instead = choice.clone();
                if let Some(place) = instead.get_mut(group) {
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

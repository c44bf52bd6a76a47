//! Best deals: of the promotions of one group, the one that saves most.

use std::collections::BTreeMap;

use super::combine::{Judge, Why};
use super::settle::Pass;

/// By group, the promotion that is chosen, if any.
type Way = Vec<Option<usize>>;

impl<'a> Judge<'a> {
    /// Prices the cart with the best choice of each group.
    pub(super) fn settle(&self, automatic: &[usize], coupons: &[usize]) -> Pass<'a> {
        let groups = self.groups(automatic, coupons);
        let mut best: Option<(Way, Pass<'a>)> = None;
        for way in ways(&groups) {
            let pass = self.settle_way(automatic, coupons, &groups, &way);
            let counts = way.iter().flatten().all(|chosen| pass.applied.contains(chosen));
            if counts && best.as_ref().is_none_or(|(_, other)| pass.saved() > other.saved()) {
                best = Some((way, pass));
            }
        }
        let (way, mut pass) = best.unwrap();
        let mut losers = BTreeMap::new();
        for (group, members) in groups.iter().enumerate() {
            for at in members.iter().filter(|at| way[group] != Some(**at)) {
                let mut other = way.clone();
                other[group] = Some(*at);
                let instead = self.settle_way(automatic, coupons, &groups, &other);
                let better = Why::lost("better_deal", way[group]);
                let reason = instead.reason(*at);
                let is_gone = reason.winner.is_some_and(|winner| !pass.applied.contains(&winner));
                let is_better = instead.applied.contains(at) || is_gone;
                losers.insert(*at, if is_better { better } else { reason });
            }
        }
        pass.losers.extend(losers);
        pass
    }

    fn settle_way(
        &self,
        automatic: &[usize],
        coupons: &[usize],
        groups: &[Vec<usize>],
        way: &Way,
    ) -> Pass<'a> {
        let chosen = |at: &usize| {
            groups.iter().zip(way).all(|(group, chosen)| !group.contains(at) || *chosen == Some(*at))
        };
        let left = |all: &[usize]| all.iter().copied().filter(chosen).collect::<Vec<_>>();
        self.settle_all(&left(automatic), &left(coupons))
    }

    /// The members of each group, in the order of first members.
    fn groups(&self, automatic: &[usize], coupons: &[usize]) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let name = |at: usize| self.offers[at].document["best_deal_group"].as_str();
        for at in automatic.iter().chain(coupons).copied().filter(|at| name(*at).is_some()) {
            match groups.iter_mut().find(|group| name(group[0]) == name(at)) {
                Some(group) => group.push(at),
                None => groups.push(vec![at]),
            }
        }
        groups.retain(|members| members.len() > 1);
        groups
    }
}

/// All ways to choose, earlier ones first.
fn ways(groups: &[Vec<usize>]) -> Vec<Way> {
    let Some((first, others)) = groups.split_first() else { return vec![Vec::new()] };
    let others = ways(others);
    let choices = first.iter().map(|at| Some(*at)).chain([None]);
    let with = |choice: Option<usize>| {
        others
            .iter()
            .map(move |other| [choice].into_iter().chain(other.iter().copied()).collect::<Way>())
            .collect::<Vec<_>>()
    };
    choices.flat_map(with).collect()
}

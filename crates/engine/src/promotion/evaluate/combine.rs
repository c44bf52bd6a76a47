//! Promotions that must not stand together.

use std::collections::{BTreeMap, BTreeSet};

use super::gates::Gates;
use super::pass::{Pass, Selected};
use super::turn::Scene;
use crate::promotion::reason::{NOT_COMBINABLE, Reason, STOPPED};
use crate::promotion::ruleset::Ruleset;

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
pub(crate) fn settle<'a>(
    ruleset: &'a Ruleset,
    scene: &'a Scene<'a>,
    gates: &Gates,
    selected: &Selected,
) -> Settled<'a> {
    let mut losers: BTreeMap<usize, Reason> = BTreeMap::new();
    let mut given_back = BTreeSet::new();
    loop {
        let mut left = selected.clone();
        left.automatic.retain(|position| gates.is_open(*position) && !losers.contains_key(position));
        left.coupons.retain(|coupon| !losers.contains_key(&coupon.promotion));
        let pass = Pass::run(ruleset, scene, &left);
        let lost = conflicts(ruleset, &pass, &left);
        let applied = |id: u64| ruleset.position(id).is_some_and(|position| pass.has_applied(position));
        if lost.is_empty() {
            // A winner may have lost its effect by what came back: then its losers come back too, once.
            let orphans: Vec<usize> = losers
                .iter()
                .filter(|(position, reason)| {
                    !reason.winner.is_some_and(applied) && given_back.insert(**position)
                })
                .map(|(position, _)| *position)
                .collect();
            if orphans.is_empty() {
                return Settled { pass, losers };
            }
            orphans.iter().for_each(|position| drop(losers.remove(position)));
            continue;
        }
        let goes = |id: u64| ruleset.position(id).is_some_and(|position| lost.contains_key(&position));
        losers.retain(|_, reason| !reason.winner.is_some_and(goes));
        losers.extend(lost);
    }
}

/// The applied promotions that lose to one before them: all after one that stops or is exclusive, and an
/// exclusive one after any. A stopping automatic promotion ends the automatic ones only: coupons are entered
/// on purpose and have their own settings.
fn conflicts(ruleset: &Ruleset, pass: &Pass<'_>, selected: &Selected) -> BTreeMap<usize, Reason> {
    let automatic = selected.automatic.iter().map(|position| (*position, false));
    let coupons = selected.coupons.iter().map(|coupon| (coupon.promotion, true));
    let mut lost = BTreeMap::new();
    let mut first = None;
    let mut excluding = None;
    let mut stopping: Option<(u64, bool)> = None;
    for (position, is_coupon) in automatic.chain(coupons) {
        let Some(compiled) = ruleset.at(position).filter(|_| pass.has_applied(position)) else { continue };
        let combination = compiled.promotion.combination;
        let stopped_by = stopping.filter(|(_, by_coupon)| *by_coupon == is_coupon).map(|(id, _)| id);
        let beaten_by = excluding.or(first.filter(|_| combination.is_exclusive));
        if let Some(winner) = beaten_by {
            lost.insert(position, Reason::lost_to(&NOT_COMBINABLE, winner));
            continue;
        }
        if let Some(winner) = stopped_by {
            lost.insert(position, Reason::lost_to(&STOPPED, winner));
            continue;
        }
        first = first.or(Some(compiled.id));
        if combination.is_exclusive {
            excluding = Some(compiled.id);
        }
        if combination.stop {
            stopping = Some((compiled.id, is_coupon));
        }
    }
    lost
}

//! Promotions that must not stand together.

use std::collections::BTreeMap;

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
/// an order discount and what is below is an item discount, which has its turn earlier. Every round takes at
/// least one promotion out, so it ends.
pub(crate) fn settle<'a>(
    ruleset: &'a Ruleset,
    scene: &'a Scene<'a>,
    gates: &Gates,
    selected: &Selected,
) -> Settled<'a> {
    let mut selected = selected.clone();
    selected.automatic.retain(|position| gates.is_open(*position));
    let mut losers = BTreeMap::new();
    loop {
        let pass = Pass::run(ruleset, scene, &selected);
        let lost = conflicts(ruleset, &pass, &selected);
        if lost.is_empty() {
            return Settled { pass, losers };
        }
        selected.automatic.retain(|position| !lost.contains_key(position));
        selected.coupons.retain(|coupon| !lost.contains_key(&coupon.promotion));
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

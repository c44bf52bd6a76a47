//! What lines never cost less than, whatever promotions take off: the last phase.

use std::collections::BTreeSet;

use super::effect::Reduction;
use super::ledger::Ledger;
use super::pass::Applied;
use super::stage::Stage;
use crate::cart::Line;
use crate::money::Minor;
use crate::promotion::PriceFloor;
use crate::settings::Settings;

/// Gives back what took lines below their floors, and names the promotions that have nothing left of what they did.
///
/// The floors of lines and of the store bind all promotions, which give back from the last effect to the first. A
/// promotion's own floor binds that promotion alone: it cannot take from others what they gave.
pub(crate) fn give_back(
    stage: &Stage<'_>,
    ledger: &mut Ledger,
    applied: &mut Vec<Applied>,
) -> BTreeSet<usize> {
    let scene = &stage.scene;
    let own_floor_of = |position: usize| stage.ruleset.at(position).and_then(|it| it.promotion.price_floor);
    let positions = || applied.iter().map(|applied| applied.promotion);
    let own: BTreeSet<usize> = positions().filter(|position| own_floor_of(*position).is_some()).collect();
    let has_floor = |line: &Line| !floor(scene.settings, line).is_zero();
    if own.is_empty() && !scene.cart.lines.iter().any(has_floor) {
        return BTreeSet::new();
    }
    let before: BTreeSet<usize> = positions().collect();
    let discounts = discounts_by_line(scene.cart.lines.len(), applied);
    for ((index, line), discounts) in scene.cart.lines.iter().enumerate().zip(&discounts) {
        let payable = ledger.payable(index);
        let mut raised = payable;
        raised += raise(floor(scene.settings, line) - raised, applied, discounts, |_| true);
        let here = discounts.iter().filter_map(|(at, _)| Some(applied.get(*at)?.promotion));
        let here: BTreeSet<usize> = here.filter(|promotion| own.contains(promotion)).collect();
        for promotion in &here {
            let floor = own_floor_of(*promotion).and_then(|floor| own_floor(floor, line));
            let missing = floor.unwrap_or(Minor::ZERO) - raised;
            raised += raise(missing, applied, discounts, |applied| applied.promotion == *promotion);
        }
        if raised != payable {
            ledger.set_line(index, raised, line.quantity);
        }
    }
    for applied in applied.iter_mut() {
        applied.effect.reductions.retain(|reduction| !reduction.amount.is_zero());
    }
    applied.retain(|applied| !applied.effect.is_nothing());
    let after: BTreeSet<usize> = applied.iter().map(|applied| applied.promotion).collect();
    before.difference(&after).copied().collect()
}

/// Where the discounts of each line are: in which effect, and which of its reductions.
fn discounts_by_line(lines: usize, applied: &[Applied]) -> Vec<Vec<(usize, usize)>> {
    let mut by_line = vec![Vec::new(); lines];
    for (at, applied) in applied.iter().enumerate() {
        for (reduction, Reduction { line, .. }) in applied.effect.reductions.iter().enumerate() {
            by_line.get_mut(*line).into_iter().for_each(|of_line| of_line.push((at, reduction)));
        }
    }
    by_line
}

/// Gives back up to so much to a line, from the last of the effects that are meant to the first; tells how much.
fn raise(
    missing: Minor,
    applied: &mut [Applied],
    discounts: &[(usize, usize)],
    is_meant: impl Fn(&Applied) -> bool,
) -> Minor {
    let mut left = missing.max(Minor::ZERO);
    for (at, reduction) in discounts.iter().rev() {
        if left.is_zero() {
            break;
        }
        let Some(applied) = applied.get_mut(*at).filter(|applied| is_meant(applied)) else { continue };
        let Some(reduction) = applied.effect.reductions.get_mut(*reduction) else { continue };
        let back = left.min(reduction.amount);
        reduction.amount -= back;
        left -= back;
    }
    missing.max(Minor::ZERO) - left
}

/// What a line never costs less than, whatever discounts it; never more than it costs before promotions.
fn floor(settings: &Settings, line: &Line) -> Minor {
    let margin = line.cost.zip(settings.minimum_margin).map(|(cost, margin)| margin.on_top_of(cost));
    let most_off = settings.maximum_discount.map(|most| most.less_of(line.price));
    let unit = [line.floor_price, margin, most_off].into_iter().flatten().max().unwrap_or(Minor::ZERO);
    unit.min(line.price) * i64::from(line.quantity)
}

/// What a promotion's own floor is for a line; nothing when it depends on a cost that is not known.
fn own_floor(floor: PriceFloor, line: &Line) -> Option<Minor> {
    let unit = match floor {
        PriceFloor::Amount(amount) => amount,
        PriceFloor::OfPrice(rate) => rate.of_rounded_up(line.price),
        PriceFloor::Margin(rate) => rate.on_top_of(line.cost?),
    };
    Some(unit.min(line.price) * i64::from(line.quantity))
}

//! What lines never cost less than, whatever promotions take off: the last phase.

use std::collections::BTreeSet;

use super::ledger::Ledger;
use super::pass::Applied;
use super::turn::Scene;
use crate::cart::Line;
use crate::money::Minor;
use crate::promotion::PriceFloor;
use crate::promotion::ruleset::Ruleset;
use crate::settings::Settings;

/// Gives back what took lines below their floors, from the last effect to the first, and names the promotions that
/// have nothing left of what they did.
pub(crate) fn give_back(
    ruleset: &Ruleset,
    scene: &Scene<'_>,
    ledger: &mut Ledger,
    applied: &mut Vec<Applied>,
) -> BTreeSet<usize> {
    let before: BTreeSet<usize> = applied.iter().map(|applied| applied.promotion).collect();
    for (index, line) in scene.cart.lines.iter().enumerate() {
        let floor = floor(ruleset, scene.settings, line, index, applied);
        let missing = floor - ledger.payable(index);
        if missing > Minor::ZERO {
            give_back_to_line(index, missing, applied);
            ledger.set_line(index, floor, line.quantity);
        }
    }
    applied.retain(|applied| !applied.effect.is_nothing());
    let after: BTreeSet<usize> = applied.iter().map(|applied| applied.promotion).collect();
    before.difference(&after).copied().collect()
}

fn give_back_to_line(index: usize, mut missing: Minor, applied: &mut [Applied]) {
    for applied in applied.iter_mut().rev() {
        for reduction in applied.effect.reductions.iter_mut().rev().filter(|it| it.line == index) {
            let back = missing.min(reduction.amount);
            reduction.amount -= back;
            missing -= back;
        }
        applied.effect.reductions.retain(|reduction| !reduction.amount.is_zero());
    }
}

/// What a line never costs less than; never more than it costs before promotions.
fn floor(ruleset: &Ruleset, settings: &Settings, line: &Line, index: usize, applied: &[Applied]) -> Minor {
    let own = line.floor_price;
    let margin = line.cost.zip(settings.minimum_margin).map(|(cost, margin)| margin.on_top_of(cost));
    let most_off = settings.maximum_discount.map(|most| most.less_of(line.price));
    let discounting = applied.iter().filter(|it| it.effect.reductions.iter().any(|it| it.line == index));
    let asked = discounting.filter_map(|applied| {
        let floor = ruleset.at(applied.promotion)?.promotion.price_floor?;
        match floor {
            PriceFloor::Amount(amount) => Some(amount),
            PriceFloor::OfPrice(rate) => Some(rate.of_rounded_up(line.price)),
            PriceFloor::Margin(rate) => line.cost.map(|cost| rate.on_top_of(cost)),
        }
    });
    let unit = asked.chain(own).chain(margin).chain(most_off).max().unwrap_or(Minor::ZERO);
    unit.min(line.price) * i64::from(line.quantity)
}

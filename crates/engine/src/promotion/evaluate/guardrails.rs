//! What lines never cost less than, whatever promotions take off: the last phase.

use std::collections::BTreeSet;

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
    let before: BTreeSet<usize> = applied.iter().map(|applied| applied.promotion).collect();
    let (ruleset, scene) = (stage.ruleset, &stage.scene);
    for (index, line) in scene.cart.lines.iter().enumerate() {
        let payable = ledger.payable(index);
        let mut raised = payable;
        raised += raise(index, floor(scene.settings, line) - raised, applied, |_| true);
        let own: BTreeSet<usize> = applied.iter().map(|applied| applied.promotion).collect();
        for promotion in own {
            let floor =
                ruleset.at(promotion).and_then(|compiled| own_floor(compiled.promotion.price_floor?, line));
            let missing = floor.unwrap_or(Minor::ZERO) - raised;
            raised += raise(index, missing, applied, |applied| applied.promotion == promotion);
        }
        if raised != payable {
            ledger.set_line(index, raised, line.quantity);
        }
    }
    applied.retain(|applied| !applied.effect.is_nothing());
    let after: BTreeSet<usize> = applied.iter().map(|applied| applied.promotion).collect();
    before.difference(&after).copied().collect()
}

/// Gives back up to so much to a line, from the last of the effects that are meant to the first; tells how much.
fn raise(
    index: usize,
    missing: Minor,
    applied: &mut [Applied],
    is_meant: impl Fn(&Applied) -> bool,
) -> Minor {
    let mut left = missing.max(Minor::ZERO);
    for applied in applied.iter_mut().rev().filter(|applied| is_meant(applied)) {
        for reduction in applied.effect.reductions.iter_mut().rev().filter(|it| it.line == index) {
            let back = left.min(reduction.amount);
            reduction.amount -= back;
            left -= back;
        }
        applied.effect.reductions.retain(|reduction| !reduction.amount.is_zero());
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

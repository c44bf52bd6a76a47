//! Which promotions are on at an instant, and until when that stays so.

use fixedbitset::FixedBitSet;
use jiff::Timestamp;

use super::ruleset::Compiled;
use super::{Promotion, Status};
use crate::settings::Settings;

/// The promotions that are off, by slot, from one instant until the next at which any of them may be on.
///
/// Windows and weekly schedules are worked out once for a span of time instead of once for every cart.
#[derive(Clone, Debug)]
pub(crate) struct Lineup {
    from: Timestamp,
    /// The next instant at which a promotion begins or ends; `None` when nothing changes any more.
    until: Option<Timestamp>,
    off: FixedBitSet,
}

impl Lineup {
    /// The lineup as it is at `now`.
    pub(crate) fn of(promotions: &[Compiled], settings: &Settings, now: Timestamp) -> Self {
        let mut lineup = Self { from: now, until: None, off: FixedBitSet::new() };
        promotions.iter().for_each(|it| lineup.set(it.slot, Some(&it.promotion), settings));
        lineup
    }

    /// Puts a promotion into a slot, or takes the one in it out.
    pub(crate) fn set(&mut self, slot: u32, promotion: Option<&Promotion>, settings: &Settings) {
        let is_on = promotion.is_some_and(|promotion| is_on(promotion, settings, self.from));
        self.off.grow(slot as usize + 1);
        self.off.set(slot as usize, !is_on);
        let change = promotion.and_then(|promotion| next_change(promotion, settings, self.from));
        self.until = self.until.into_iter().chain(change).min();
    }

    /// Whether it is still as it was, or already.
    pub(crate) fn holds_at(&self, now: Timestamp) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }

    pub(crate) fn is_off(&self, slot: u32) -> bool {
        self.off.contains(slot as usize)
    }
}

fn is_on(promotion: &Promotion, settings: &Settings, now: Timestamp) -> bool {
    let start = promotion.window.start;
    let is_open =
        || promotion.schedule.as_ref().is_none_or(|it| it.contains(now, start, &settings.time_zone));
    promotion.status == Status::Active && promotion.window.contains(now) && is_open()
}

/// The next instant after `now` at which a promotion may begin or end.
fn next_change(promotion: &Promotion, settings: &Settings, now: Timestamp) -> Option<Timestamp> {
    if promotion.status != Status::Active {
        return None;
    }
    let window = promotion.window;
    if now < window.start {
        return Some(window.start);
    }
    let end = window.end.filter(|end| *end > now);
    if end.is_none() && window.end.is_some() {
        return None;
    }
    let schedule = promotion.schedule.as_ref();
    let opening = schedule.and_then(|it| it.next_change(now, window.start, &settings.time_zone));
    opening.into_iter().chain(end).min()
}

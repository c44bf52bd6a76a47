//! When a promotion is open.

use jiff::Timestamp;

use super::super::Promotion;
use crate::settings::Settings;

/// Most openings that are looked at before giving up.
const OPENINGS_MAX: usize = 60;

/// The first instant from `now` on at which a promotion's dates and weekly windows are open; `None` when there
/// is none.
pub(crate) fn first_open(promotion: &Promotion, settings: &Settings, now: Timestamp) -> Option<Timestamp> {
    let window = promotion.window;
    let first = now.max(window.start);
    let Some(schedule) = &promotion.schedule else { return Some(first).filter(|at| window.contains(*at)) };
    let next = |at: &Timestamp| schedule.next_start(*at, window.start, &settings.time_zone);
    let openings = std::iter::successors(Some(first), next).take(OPENINGS_MAX);
    let mut open = openings.take_while(|at| window.contains(*at));
    open.find(|at| schedule.contains(*at, window.start, &settings.time_zone))
}

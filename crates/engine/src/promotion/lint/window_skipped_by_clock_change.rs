//! A weekly window that a clock change swallows whole.

use jiff::{Timestamp, ToSpan};

use super::super::Promotion;
use super::{Case, Finding, Lint};

pub(super) static LINT: Lint = Lint {
    code: "window_skipped_by_clock_change",
    doc: "On a date of the next year the clocks skip a weekly window as a whole, so it does not open that day.",
    check,
};

/// Most windows of a year: one a day.
const WINDOWS_MAX: usize = 366;

fn check(case: &Case<'_>, promotion: &Promotion) -> Vec<Finding> {
    let Some(schedule) = &promotion.schedule else { return Vec::new() };
    let (window, store) = (promotion.window, &case.alone.settings().time_zone);
    let zone = schedule.zone.as_ref().unwrap_or(store);
    let from = case.now.max(window.start);
    let Ok(until) = from.to_zoned(zone.clone()).checked_add(1.year()) else { return Vec::new() };
    let next = |at: &Timestamp| schedule.next_start(*at, window.start, store);
    let starts = std::iter::successors(next(&from), next).take(WINDOWS_MAX);
    let mut starts = starts.take_while(|start| *start < until.timestamp() && window.contains(*start));
    let skipped = starts.find(|start| !schedule.contains(*start, window.start, store));
    let told = skipped.map(|start| {
        let date = start.to_zoned(zone.clone()).date();
        let message = format!(
            "has no window on {date}, when the clocks skip it as a whole: let it start earlier or end later"
        );
        LINT.finding("/schedule/daily_start_time", message)
    });
    told.into_iter().collect()
}

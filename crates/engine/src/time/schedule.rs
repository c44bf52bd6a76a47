//! Windows that come back: every so many weeks, on some weekdays, between two times of day.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};

use super::Window;

/// The weekdays as documents name them, Monday first.
pub const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A repeating window, meant in the wall time of a zone.
///
/// The window of a day is `[start, end)`; an end at or before the start lies on the next day and the window
/// belongs to the day on which it starts; `23:59:59` as an end means midnight. Weeks start on Monday and are
/// counted from the week of the promotion's start. A time that a clock change skips means the first instant
/// after the gap; of a time that comes twice, a window starts at the first and ends at the second. Source:
/// docs/adr/0006.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Runs in every n-th week; at least 1.
    pub week_frequency: u32,
    /// Whether it runs on a weekday, Monday first.
    pub weekdays: [bool; 7],
    /// Wall time at which each day's window opens.
    pub daily_start: Time,
    /// Wall time at which it closes.
    pub daily_end: Time,
    /// The zone in which it is meant; the store's when `None`.
    pub zone: Option<TimeZone>,
}

impl Schedule {
    /// Whether a window is open at `now`, counting weeks from that of `anchor`, in its own zone or else in `zone`.
    pub fn contains(&self, now: Timestamp, anchor: Timestamp, zone: &TimeZone) -> bool {
        let zone = self.zone.as_ref().unwrap_or(zone);
        let today = zone.to_datetime(now).date();
        let yesterday = today.yesterday().ok();
        let days = [Some(today), yesterday];
        let mut windows = days.into_iter().flatten().filter_map(|day| self.window_of(day, anchor, zone));
        windows.any(|window| window.contains(now))
    }

    /// The next instant after `now` at which a window opens; `None` when none does within its period.
    pub fn next_start(&self, now: Timestamp, anchor: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let zone = self.zone.as_ref().unwrap_or(zone);
        let today = zone.to_datetime(now.max(anchor)).date();
        let days_max = i64::from(self.week_frequency) * 7 + 8;
        let day = |ahead| today.checked_add(Span::new().try_days(ahead).ok()?).ok();
        let mut starts =
            (0..days_max).filter_map(|ahead| Some(self.window_of(day(ahead)?, anchor, zone)?.start));
        starts.find(|start| *start > now)
    }

    /// The next instant after `now` at which a window opens or closes; `None` when none does within its period. Where
    /// one window meets the next, nothing changes at such an instant.
    pub fn next_change(&self, now: Timestamp, anchor: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let own_zone = self.zone.as_ref().unwrap_or(zone);
        let today = own_zone.to_datetime(now).date();
        let open = [today.yesterday().ok(), Some(today)].into_iter().flatten();
        let windows = open.filter_map(|day| self.window_of(day, anchor, own_zone));
        let ends = windows.filter_map(|window| window.end).filter(|end| *end > now);
        ends.chain(self.next_start(now, anchor, zone)).min()
    }

    /// The window that starts on `day`, when the schedule has one.
    fn window_of(&self, day: Date, anchor: Timestamp, zone: &TimeZone) -> Option<Window> {
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).ok()?;
        if !self.weekdays.get(weekday).copied().unwrap_or(false) {
            return None;
        }
        let anchor_week = monday_of(zone.to_datetime(anchor).date())?;
        let weeks = anchor_week.until(monday_of(day)?).ok()?.get_days() / 7;
        if weeks < 0 || i64::from(weeks) % i64::from(self.week_frequency) != 0 {
            return None;
        }
        let until_midnight = self.daily_end == Time::constant(23, 59, 59, 0);
        let (end_day, end_time) = match self.daily_end {
            _ if until_midnight => (day.tomorrow().ok()?, Time::midnight()),
            end if end <= self.daily_start => (day.tomorrow().ok()?, end),
            end => (day, end),
        };
        let start = instant(zone, day, self.daily_start, Edge::Start)?;
        let end = instant(zone, end_day, end_time, Edge::End)?;
        Some(Window { start, end: Some(end) })
    }
}

/// Which side of a window a wall time is.
#[derive(Clone, Copy)]
enum Edge {
    Start,
    End,
}

fn instant(zone: &TimeZone, day: Date, time: Time, edge: Edge) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(day.to_datetime(time));
    match (ambiguous.offset(), edge) {
        (AmbiguousOffset::Gap { .. }, _) => {
            let before = ambiguous.earlier().ok()?;
            zone.following(before).next().map(|transition| transition.timestamp())
        }
        (AmbiguousOffset::Fold { .. }, Edge::End) => ambiguous.later().ok(),
        _ => ambiguous.earlier().ok(),
    }
}

fn monday_of(day: Date) -> Option<Date> {
    if day.weekday() == Weekday::Monday { Some(day) } else { day.nth_weekday(-1, Weekday::Monday).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(week_frequency: u32, days: &[Weekday], start: &str, end: &str) -> Schedule {
        let mut weekdays = [false; 7];
        for day in days {
            weekdays[day.to_monday_zero_offset() as usize] = true;
        }
        let (daily_start, daily_end) = (start.parse().unwrap(), end.parse().unwrap());
        Schedule { week_frequency, weekdays, daily_start, daily_end, zone: None }
    }

    fn at(instant: &str) -> Timestamp {
        instant.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    const ANCHOR: &str = "2026-03-02T00:00:00Z"; // a Monday

    #[test]
    fn a_window_is_half_open_in_the_wall_time_of_the_zone() {
        let happy_hour = schedule(1, &[Weekday::Friday], "18:00:00", "22:00:00");
        let open = |now| happy_hour.contains(at(now), at(ANCHOR), &zone("America/New_York"));
        assert!(!open("2026-03-06T22:59:59.999Z"));
        assert!(open("2026-03-06T23:00:00Z"));
        assert!(open("2026-03-07T02:59:59.999Z"));
        assert!(!open("2026-03-07T03:00:00Z"));
        assert!(!open("2026-03-07T23:00:00Z"), "Saturday");
    }

    #[test]
    fn every_second_week_is_counted_from_the_week_of_the_start() {
        let biweekly = schedule(2, &[Weekday::Friday, Weekday::Sunday], "00:00:00", "23:59:59");
        let open = |now| biweekly.contains(at(now), at(ANCHOR), &TimeZone::UTC);
        assert!(open("2026-03-06T12:00:00Z"));
        assert!(open("2026-03-08T23:59:59.999Z"), "the last second belongs to the day");
        assert!(!open("2026-03-13T12:00:00Z"));
        assert!(open("2026-03-20T12:00:00Z"));
        assert!(!open("2026-02-20T12:00:00Z"), "before the start");
    }

    #[test]
    fn an_overnight_window_belongs_to_the_day_on_which_it_starts() {
        let night = schedule(1, &[Weekday::Saturday], "22:00:00", "02:00:00");
        let open = |now| night.contains(at(now), at(ANCHOR), &TimeZone::UTC);
        assert!(open("2026-03-08T01:59:59Z"), "Sunday, early");
        assert!(!open("2026-03-07T01:00:00Z"), "Saturday, early, is Friday's night");
    }

    #[test]
    fn clock_changes_open_at_the_first_valid_instant_and_close_at_the_second_occurrence() {
        let sunday = |start, end| schedule(1, &[Weekday::Sunday], start, end);
        // Berlin skips 02:00 to 03:00 on 29 March 2026 and repeats it on 25 October.
        let gap = sunday("02:30:00", "04:00:00");
        let open = |schedule: &Schedule, now, name| schedule.contains(at(now), at(ANCHOR), &zone(name));
        assert!(!open(&gap, "2026-03-29T00:59:59Z", "Europe/Berlin"));
        assert!(open(&gap, "2026-03-29T01:00:00Z", "Europe/Berlin"));
        let whole = sunday("02:00:00", "04:00:00");
        assert!(!open(&whole, "2026-03-28T23:30:00Z", "Europe/Berlin"), "half an hour after midnight");
        assert!(!open(&whole, "2026-03-29T00:59:59Z", "Europe/Berlin"));
        assert!(open(&whole, "2026-03-29T01:00:00Z", "Europe/Berlin"), "two o'clock is three");
        let fold = sunday("02:15:00", "02:45:00");
        assert!(open(&fold, "2026-10-25T00:15:00Z", "Europe/Berlin"), "from the first 02:15");
        assert!(open(&fold, "2026-10-25T01:44:59Z", "Europe/Berlin"), "to the second 02:45");
        assert!(!open(&fold, "2026-10-25T01:45:00Z", "Europe/Berlin"));
        // Lord Howe moves by half an hour: 02:00 to 02:30 is skipped on 4 October 2026.
        let half_hour = sunday("02:10:00", "03:00:00");
        assert!(open(&half_hour, "2026-10-03T15:30:00Z", "Australia/Lord_Howe"));
        assert!(!open(&half_hour, "2026-10-03T15:29:59Z", "Australia/Lord_Howe"));
    }

    #[test]
    fn the_next_start_is_found_across_skipped_weeks() {
        let biweekly = schedule(2, &[Weekday::Friday], "18:00:00", "22:00:00");
        let next = |now| biweekly.next_start(at(now), at(ANCHOR), &TimeZone::UTC);
        assert_eq!(next("2026-03-06T18:00:00Z"), Some(at("2026-03-20T18:00:00Z")));
        assert_eq!(next("2026-01-01T00:00:00Z"), Some(at("2026-03-06T18:00:00Z")));
    }
}

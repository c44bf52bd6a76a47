//! The invariants of weekly schedules: when they open and close, and how long they are open when clocks change.

use engine::time::Schedule;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;
use testkit::arbitrary::cases;

/// A zone, the first midnight of a day in it on which clocks change, the wall minutes between which they change, and
/// the minutes that the day has more or less.
const CHANGES: [(&str, &str, i64, i64, i64); 4] = [
    ("Europe/Berlin", "2026-03-28T23:00:00Z", 120, 180, -60),
    ("Europe/Berlin", "2026-10-24T22:00:00Z", 120, 180, 60),
    ("Australia/Lord_Howe", "2026-10-03T13:30:00Z", 120, 150, -30),
    ("Australia/Lord_Howe", "2026-04-04T13:00:00Z", 90, 120, 30),
];

const ANCHOR: Timestamp = Timestamp::UNIX_EPOCH;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn time(minute: i64) -> Time {
    Time::midnight() + minutes(minute)
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let times = (0..96_i64, 0..97_i64).prop_map(|(start, end)| {
        let end = if end == 96 { Time::constant(23, 59, 59, 0) } else { time(15 * end) };
        (time(15 * start), end)
    });
    let zones = prop::option::of(select(vec!["America/New_York", "Australia/Lord_Howe"]));
    (1..4_u32, any::<[bool; 7]>(), times, zones).prop_map(|(week_frequency, weekdays, times, zone_name)| {
        Schedule {
            week_frequency,
            weekdays,
            daily_start: times.0,
            daily_end: times.1,
            zone: zone_name.map(zone),
        }
    })
}

/// The first instant after `from` at which the answer is no longer that at `from`, when there is one before `to`.
fn change(is_open: impl Fn(Timestamp) -> bool, from: Timestamp, to: Timestamp) -> Option<Timestamp> {
    let (mut before, mut after) = (from, to);
    let at_first = is_open(from);
    if is_open(to) == at_first {
        return None;
    }
    while after.duration_since(before) > SignedDuration::from_nanos(1) {
        let middle = before + after.duration_since(before) / 2;
        if is_open(middle) == at_first { before = middle } else { after = middle }
    }
    Some(after)
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn a_schedule_changes_only_at_its_starts_and_at_the_ends_of_its_windows(
        schedule in schedule(),
        (name, midnight, ..) in select(CHANGES.to_vec()),
        days_before in 0..18_i64,
    ) {
        let store_zone = zone(name);
        let own_zone = schedule.zone.clone().unwrap_or_else(|| store_zone.clone());
        let is_open = |now: Timestamp| schedule.contains(now, ANCHOR, &store_zone);
        let ends_at_midnight = schedule.daily_end == Time::constant(23, 59, 59, 0);
        let end = if ends_at_midnight { Time::midnight() } else { schedule.daily_end };
        let mut now = midnight.parse::<Timestamp>().unwrap() - minutes(days_before * 24 * 60);
        let until = now + minutes(4 * 24 * 60);
        while now < until {
            let next = now + minutes(15);
            let start = schedule.next_start(now, ANCHOR, &store_zone);
            prop_assert!(start.is_none_or(|start| start > now && is_open(start)));
            if let Some(changed) = change(is_open, now, next) {
                let wall = own_zone.to_datetime(changed).time();
                let mut clock_changes = own_zone.preceding(changed + SignedDuration::from_nanos(1));
                let is_clock_change = clock_changes.next().is_some_and(|it| it.timestamp() == changed);
                if is_open(changed) {
                    prop_assert_eq!(start, Some(changed));
                    prop_assert!(wall == schedule.daily_start || is_clock_change, "opened at {}", changed);
                } else {
                    prop_assert!(wall == end || is_clock_change, "closed at {}", changed);
                }
            } else if !is_open(now) {
                prop_assert!(start.is_none_or(|start| start > next), "did not open at {:?}", start);
            }
            now = next;
        }
    }

    #[test]
    fn windows_on_days_when_clocks_change_have_the_documented_length(
        (name, midnight, changes_from, changes_to, more) in select(CHANGES.to_vec()),
        (start, end) in (0..1440_i64, 0..1440_i64),
    ) {
        prop_assume!(start < end);
        let midnight: Timestamp = midnight.parse().unwrap();
        let (weekdays, zone) = ([false, false, false, false, false, false, true], zone(name));
        let (daily_start, daily_end) = (time(start), time(end));
        let schedule = Schedule { week_frequency: 1, weekdays, daily_start, daily_end, zone: None };
        let is_open = |minute: &i64| schedule.contains(midnight + minutes(*minute), ANCHOR, &zone);
        let open = (0..1440 + more).filter(is_open).count() as i64;
        let expected = if more < 0 {
            // What is skipped of the window is missing.
            end - start - (end.min(changes_to) - start.max(changes_from)).max(0)
        } else if start < changes_to && end >= changes_from {
            // From the first to the second time that a repeated time comes.
            end - start + more
        } else {
            end - start
        };
        prop_assert_eq!(open, expected, "{}-{} minutes", start, end);
    }
}

//! The `schedule` of a promotion: weekly windows in the store's zone or their own.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::document::Reader;
use crate::time::{Schedule, WEEKDAYS};

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Schedule> {
    let (problems, pointer) = (reader.problems(), *reader.pointer());
    let Some(value) = reader.value("schedule") else {
        reader.put("schedule", Value::Null);
        return None;
    };
    let mut inner = Reader::open(value, pointer.key("schedule"), problems)?;
    for name in ["week_frequency", "week_days", "daily_start_time", "daily_end_time"] {
        if !inner.has(name) {
            inner.require(name);
        }
    }
    let week_frequency = inner.count("week_frequency", 1..=52);
    let weekdays = read_weekdays(&mut inner);
    let daily_start = read_time(&mut inner, "daily_start_time");
    let daily_end = read_time(&mut inner, "daily_end_time");
    let zone = read_zone(&mut inner);
    let normal = inner.close();
    reader.put("schedule", normal);
    Some(Schedule {
        week_frequency: u32::try_from(week_frequency?).ok()?,
        weekdays: weekdays?,
        daily_start: daily_start?,
        daily_end: daily_end?,
        zone,
    })
}

fn read_zone(reader: &mut Reader<'_>) -> Option<TimeZone> {
    let name = reader.text("time_zone", 1..=100);
    let zone = name.as_ref().and_then(|name| TimeZone::get(name).ok());
    match &zone {
        Some(_) => {}
        None if name.is_some() => {
            let message = "must be the name of an IANA time zone such as `Europe/Berlin`";
            reader.report("time_zone", "unknown_zone", message);
        }
        None => reader.put("time_zone", Value::Null),
    }
    zone
}

fn read_weekdays(reader: &mut Reader<'_>) -> Option<[bool; 7]> {
    let names = reader.texts("week_days")?;
    let mut weekdays = [false; 7];
    for name in &names {
        let position = WEEKDAYS.iter().position(|weekday| weekday.eq_ignore_ascii_case(name));
        match position.and_then(|at| weekdays.get_mut(at)) {
            Some(weekday) => *weekday = true,
            None => {
                let message = format!("must be among {}", WEEKDAYS.join(", "));
                reader.report("week_days", "out_of_range", message);
            }
        }
    }
    if names.is_empty() {
        reader.report("week_days", "empty", "must name at least one weekday, or no window would ever open");
    }
    Some(weekdays)
}

fn read_time(reader: &mut Reader<'_>, name: &'static str) -> Option<Time> {
    let value = reader.value(name)?;
    let time = value.as_str().and_then(|text| text.parse::<Time>().ok());
    match time {
        Some(time) => reader.put(name, time.strftime("%H:%M:%S").to_string()),
        None => reader.report(name, "type", "must be a time of day such as \"18:00:00\""),
    }
    time
}

//! The gates of a promotion, in their order.

use engine::cart::Cart;
use engine::promotion::{Facts, Uses};
use engine::settings::Settings;
use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use super::Offer;
use super::goods::{decimal, ids, only_entry};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Errors: the reason of the first gate that closes.
pub(super) fn check(
    offer: &Offer,
    settings: &Settings,
    cart: &Cart,
    facts: &Facts,
    now: Timestamp,
) -> Result<(), &'static str> {
    let document = &offer.document;
    let closed = |is_closed: bool, reason: &'static str| if is_closed { Err(reason) } else { Ok(()) };
    closed(document["status"] == "draft", "draft")?;
    closed(document["status"] == "paused", "paused")?;
    closed(document["status"] == "archived", "archived")?;
    let instant = |name: &str| document[name].as_str().map(|text| text.parse::<Timestamp>().unwrap());
    closed(instant("start_date").is_some_and(|start| now < start), "not_started")?;
    closed(instant("end_date").is_some_and(|end| end <= now), "ended")?;
    closed(!is_in_schedule(document, settings, now), "outside_schedule")?;
    let channels: Vec<u64> =
        document["channels"].as_array().unwrap().iter().filter_map(|it| it["id"].as_u64()).collect();
    closed(!channels.is_empty() && cart.channel.is_none_or(|id| !channels.contains(&id)), "channel")?;
    let currency = &document["currency_code"];
    closed(*currency != "*" && *currency != cart.currency.code(), "currency")?;
    check_customer(&document["customer"], cart, closed)?;
    closed(!is_destination(&document["shipping_address"], cart), "destination")?;
    check_uses(document, facts.uses.get(&offer.id).copied().unwrap_or_default(), cart, closed)?;
    let replaces = cart.is_existing_order && !cart.manual_discounts.is_empty();
    closed(replaces && document["redemption_type"] == "AUTOMATIC", "manual_discount")
}

fn check_uses(
    document: &Value,
    uses: Uses,
    cart: &Cart,
    closed: impl Fn(bool, &'static str) -> Result<(), &'static str>,
) -> Result<(), &'static str> {
    let reaches = |uses: u64, limit: &str| document[limit].as_u64().is_some_and(|most| uses >= most);
    closed(reaches(uses.total, "max_uses"), "limit_reached")?;
    closed(reaches(uses.in_channel, "max_uses_per_channel"), "channel_limit_reached")?;
    closed(reaches(uses.today, "max_uses_per_day"), "daily_limit_reached")?;
    closed(reaches(uses.by_customer, "max_uses_per_customer"), "customer_limit_reached")?;
    closed(budget_left(document, uses, cart).is_some_and(|left| left <= 0), "budget_exhausted")
}

/// What is left of a promotion's budget, when it has one.
pub(super) fn budget_left(document: &Value, uses: Uses, cart: &Cart) -> Option<i64> {
    let amount = decimal(&document["budget"]["amount"], cart.currency.exponent() as usize)?;
    Some(amount - uses.spent.get())
}

fn check_customer(
    meant: &Value,
    cart: &Cart,
    closed: impl Fn(bool, &'static str) -> Result<(), &'static str>,
) -> Result<(), &'static str> {
    let customer = cart.customer.as_ref();
    let group = customer.and_then(|customer| customer.group).unwrap_or(0);
    let groups = ids(&meant["group_ids"]);
    let is_other = !groups.is_empty() && !groups.contains(&group);
    closed(is_other || ids(&meant["excluded_group_ids"]).contains(&group), "customer_group")?;
    let tiers = meant["loyalty_tiers"].as_array().unwrap();
    let tier = customer.and_then(|customer| customer.loyalty_tier.as_deref());
    let is_in = tier.is_some_and(|tier| tiers.iter().any(|meant| meant == tier));
    closed(!tiers.is_empty() && !is_in, "loyalty_tier")?;
    let orders = customer.map_or(0, |customer| customer.order_count);
    closed(orders < meant["minimum_order_count"].as_u64().unwrap_or(0), "order_count")?;
    let is_in = in_segments(&meant["segments"], customer.map_or(&[], |customer| &customer.segments));
    closed(!meant["segments"].is_null() && !is_in, "segment")
}

fn in_segments(tree: &Value, segments: &[String]) -> bool {
    match only_entry(tree) {
        Some(("and", all)) => all.as_array().unwrap().iter().all(|tree| in_segments(tree, segments)),
        Some(("or", all)) => all.as_array().unwrap().iter().any(|tree| in_segments(tree, segments)),
        Some(("not", inner)) => !in_segments(inner, segments),
        Some((_, ids)) => {
            segments.iter().any(|segment| ids.as_array().unwrap().iter().any(|id| id == segment))
        }
        None => true,
    }
}

fn is_destination(address: &Value, cart: &Cart) -> bool {
    if address.is_null() {
        return true;
    }
    let Some(country) = cart.shipping.as_ref().and_then(|shipping| shipping.country.as_ref()) else {
        return false;
    };
    let names = |list: &Value| {
        list.as_array().is_some_and(|list| list.iter().any(|it| it["iso2_country_code"] == **country))
    };
    if address["not"].is_null() { names(&address["countries"]) } else { !names(&address["not"]["countries"]) }
}

fn is_in_schedule(document: &Value, settings: &Settings, now: Timestamp) -> bool {
    let schedule = &document["schedule"];
    if schedule.is_null() {
        return true;
    }
    let own = schedule["time_zone"].as_str().map(|name| TimeZone::get(name).unwrap());
    let zone = own.as_ref().unwrap_or(&settings.time_zone);
    let start: Timestamp = document["start_date"].as_str().unwrap().parse().unwrap();
    let time = |name: &str| schedule[name].as_str().unwrap().parse::<Time>().unwrap();
    let (opens, closes) = (time("daily_start_time"), time("daily_end_time"));
    let monday = |date: jiff::civil::Date| date.tomorrow().unwrap().nth_weekday(-1, Weekday::Monday).unwrap();
    let first_week = monday(zone.to_datetime(start).date());
    let today = zone.to_datetime(now).date();
    [today, today.yesterday().unwrap()].into_iter().any(|day| {
        let name = DAYS[day.weekday().to_monday_zero_offset() as usize];
        let weeks = (monday(day) - first_week).get_days() / 7;
        let runs = schedule["week_days"].as_array().unwrap().iter().any(|it| it == name)
            && weeks >= 0
            && (weeks as u64).is_multiple_of(schedule["week_frequency"].as_u64().unwrap());
        let until_midnight = closes == Time::constant(23, 59, 59, 0);
        let end = if until_midnight { Time::midnight() } else { closes };
        let end_day = if until_midnight || end <= opens { day.tomorrow().unwrap() } else { day };
        runs && has_begun(day.to_datetime(opens), zone, now) && !is_over(end_day.to_datetime(end), zone, now)
    })
}

/// Whether a clock on the wall showed `wall` or later at `now` or at some instant shortly before.
fn has_begun(wall: DateTime, zone: &TimeZone, now: Timestamp) -> bool {
    let changes = zone.preceding(now).take(1).map(|change| change.timestamp());
    let before_change =
        changes.filter(|change| *change > now - 24.hours()).map(|change| change - 1.nanosecond());
    before_change.chain([now]).any(|instant| zone.to_datetime(instant) >= wall)
}

/// Whether a clock on the wall shows `wall` or later at `now` and at all instants shortly after.
fn is_over(wall: DateTime, zone: &TimeZone, now: Timestamp) -> bool {
    let changes = zone.following(now).take(1).map(|change| change.timestamp());
    let at_change = changes.filter(|change| *change < now + 24.hours());
    at_change.chain([now]).all(|instant| zone.to_datetime(instant) >= wall)
}

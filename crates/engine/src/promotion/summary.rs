//! A promotion in one or two sentences, made from its rules and so never out of step with them.

use super::language::{Language, Named, join, plural};
use super::segments::Segments;
use super::{CouponOverride, Destination, Promotion, RedemptionType};
use crate::cart::NO_GROUP;
use crate::time::WEEKDAYS;

/// What a promotion does, for whom and when, in words; the same everywhere it is told.
///
/// ```
/// use engine::{document::Context, money::Currency, promotion::{Language, NoNames, parse, summary}};
/// let eur = Currency::parse("EUR").unwrap();
/// let context = Context { default_currency: eur, now: "2026-03-06T08:00:00Z".parse().unwrap() };
/// let document = serde_json::json!({
///     "name": "Boots", "redemption_type": "AUTOMATIC", "max_uses": 1000,
///     "rules": [{"condition": {"cart": {"minimum_spend": "100.00"}},
///                "action": {"cart_items": {"discount": {"percentage_amount": "20"}, "items": {"categories": [9]}}}}],
/// });
/// let promotion = parse(&document, &context).unwrap().promotion;
/// let zone = jiff::tz::TimeZone::UTC;
/// let language = Language { names: &NoNames, currency: Some(eur), zone: &zone };
/// assert_eq!(
///     summary(&promotion, &language),
///     "Everyone gets 20 % off category 9 when they spend 100.00 EUR or more, 1000 times in total, \
///      from Fri 6 Mar 2026 08:00 (UTC).",
/// );
/// ```
pub fn summary(promotion: &Promotion, language: &Language<'_>) -> String {
    let who = audience(promotion, language);
    let everyone = who.is_empty();
    let subject = if everyone { "Everyone".to_owned() } else { format!("Customers {}", who.join(" ")) };
    let subject = match promotion.redemption_type {
        RedemptionType::Coupon if everyone => "Everyone with a code".to_owned(),
        RedemptionType::Coupon => format!("{subject} with a code"),
        RedemptionType::Automatic => subject,
    };
    let rules: Vec<String> = promotion.rules.iter().map(|rule| rule.sentence(language)).collect();
    let stops = promotion.rules.iter().any(|rule| rule.stop);
    let rules = rules.join(if stops { "; or else " } else { "; and " });
    let rules = if everyone { third_person(&rules) } else { rules };
    let when = times(promotion, language);
    format!("{subject} {rules}{}, {when}.{}", places(promotion, language), combination(promotion))
}

/// `get` becomes `gets` after "Everyone".
fn third_person(rules: &str) -> String {
    let rules = rules.strip_prefix("get ").map_or_else(|| rules.to_owned(), |rest| format!("gets {rest}"));
    rules.replace("; and get ", "; and gets ").replace("; or else get ", "; or else gets ")
}

fn audience(promotion: &Promotion, language: &Language<'_>) -> Vec<String> {
    let targeting = &promotion.targeting;
    let groups = |ids: &[u64]| {
        let name = |id: &u64| match *id {
            NO_GROUP => "no group".to_owned(),
            id => language.one(Named::CustomerGroup, id),
        };
        join(&ids.iter().map(name).collect::<Vec<_>>(), "or")
    };
    let mut words = Vec::new();
    if !targeting.groups.is_empty() {
        words.push(format!("in {}", groups(&targeting.groups)));
    }
    if !targeting.excluded_groups.is_empty() {
        words.push(format!("not in {}", groups(&targeting.excluded_groups)));
    }
    if targeting.minimum_order_count > 0 {
        words.push(format!("with {} or more", plural(targeting.minimum_order_count, "completed order")));
    }
    if let Some(segments) = &targeting.segments {
        words.push(segments_sentence(segments));
    }
    words
}

fn segments_sentence(segments: &Segments) -> String {
    let all =
        |parts: &[Segments], last: &str| join(&parts.iter().map(segments_sentence).collect::<Vec<_>>(), last);
    match segments {
        Segments::In(ids) => format!("in segment {}", join(ids, "or")),
        Segments::And(parts) => all(parts, "and"),
        Segments::Or(parts) => all(parts, "or"),
        Segments::Not(part) => format!("not {}", segments_sentence(part)),
    }
}

fn places(promotion: &Promotion, language: &Language<'_>) -> String {
    let mut words = String::new();
    match &promotion.targeting.destination {
        Some(Destination::In(countries)) => words.push_str(&format!(", sent to {}", join(countries, "or"))),
        Some(Destination::NotIn(countries)) => {
            words.push_str(&format!(", sent anywhere but {}", join(countries, "or")));
        }
        None => {}
    }
    if !promotion.targeting.channels.is_empty() {
        words.push_str(&format!(", in {}", language.list(Named::Channel, &promotion.targeting.channels)));
    }
    words
}

fn times(promotion: &Promotion, language: &Language<'_>) -> String {
    let mut words = match promotion.limits.uses {
        Some(1) => "once in total, ".to_owned(),
        Some(uses) => format!("{uses} times in total, "),
        None => String::new(),
    };
    if let Some(schedule) = &promotion.schedule {
        let days = WEEKDAYS.iter().zip(schedule.weekdays).filter(|(_, runs)| *runs);
        let days: Vec<String> = days.map(|(day, _)| (*day).to_owned()).collect();
        let weeks = match schedule.week_frequency {
            1 => "on".to_owned(),
            weeks => format!("every {weeks} weeks on"),
        };
        let (start, end) = (schedule.daily_start.strftime("%H:%M"), schedule.daily_end.strftime("%H:%M"));
        words.push_str(&format!("{weeks} {} from {start} to {end}, ", join(&days, "and")));
    }
    words.push_str(&format!("from {}", language.instant(promotion.window.start)));
    if let Some(end) = promotion.window.end {
        words.push_str(&format!(" to {}", language.instant(end)));
    }
    let zone = language.zone.iana_name().unwrap_or("UTC");
    format!("{words} ({zone})")
}

fn combination(promotion: &Promotion) -> &'static str {
    let combination = &promotion.combination;
    match (combination.is_exclusive, combination.coupon_override, combination.stop) {
        (true, CouponOverride::Always, _) => " Takes the place of all other offers.",
        (true, CouponOverride::IfBetter, _) => " Takes the place of other offers when it saves more.",
        (true, CouponOverride::Never, _) => " Cannot be combined with other offers.",
        (false, _, true) => " Offers after it are skipped.",
        (false, _, false) => "",
    }
}

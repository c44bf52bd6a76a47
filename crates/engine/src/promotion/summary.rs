//! A promotion in one or two sentences, made from its rules and so never out of step with them.

use super::language::{Language, Named, join, plural, quoted};
use super::segments::Segments;
use super::{
    CombinationScope, CouponOverride, Destination, Funder, Limits, PriceFloor, Promotion, RedemptionType,
};
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
    let is_one_of_them = promotion.rewards_last_only || promotion.rules.iter().any(|rule| rule.stop);
    let rules = rules.join(if is_one_of_them { "; or else " } else { "; and " });
    let last =
        if promotion.rewards_last_only && promotion.rules.len() > 1 { " (the last that fits)" } else { "" };
    let rules = if everyone { third_person(&rules) } else { rules };
    let when = times(promotion, language);
    let places = places(promotion, language);
    format!(
        "{subject} {rules}{last}{places}, {when}.{}{}",
        combination(promotion),
        terms(promotion, language)
    )
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
    if !targeting.loyalty_tiers.is_empty() {
        words.push(format!("of the tier {}", join(&targeting.loyalty_tiers, "or")));
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
    if let Some(seller) = promotion.seller {
        words.push_str(&format!(", on goods of {} only", language.one(Named::Seller, seller)));
    }
    if promotion.excludes_sale {
        words.push_str(", sale items excluded");
    }
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
    let mut words = uses(&promotion.limits);
    if let Some(schedule) = &promotion.schedule {
        let days = WEEKDAYS.iter().zip(schedule.weekdays).filter(|(_, runs)| *runs);
        let days: Vec<String> = days.map(|(day, _)| (*day).to_owned()).collect();
        let weeks = match schedule.week_frequency {
            1 => "on".to_owned(),
            weeks => format!("every {weeks} weeks on"),
        };
        let (start, end) = (schedule.daily_start.strftime("%H:%M"), schedule.daily_end.strftime("%H:%M"));
        let zone = schedule.zone.as_ref().and_then(|zone| zone.iana_name());
        let zone = zone.map(|zone| format!(" ({zone})")).unwrap_or_default();
        words.push_str(&format!("{weeks} {} from {start} to {end}{zone}, ", join(&days, "and")));
    }
    words.push_str(&format!("from {}", language.instant(promotion.window.start)));
    if let Some(end) = promotion.window.end {
        words.push_str(&format!(" to {}", language.instant(end)));
    }
    let zone = language.zone.iana_name().unwrap_or("UTC");
    format!("{words} ({zone})")
}

/// `once per customer, 100 times a day, 1000 times in total, `.
fn uses(limits: &Limits) -> String {
    let times = |uses: u64| if uses == 1 { "once".to_owned() } else { format!("{uses} times") };
    let of = |uses: Option<u64>, what: &str| {
        uses.map_or_else(String::new, |uses| format!("{} {what}, ", times(uses)))
    };
    let (customer, day) = (of(limits.uses_per_customer, "per customer"), of(limits.uses_per_day, "a day"));
    let channel = of(limits.uses_per_channel, "per channel");
    format!("{customer}{day}{channel}{}", of(limits.uses, "in total"))
}

fn combination(promotion: &Promotion) -> String {
    let combination = &promotion.combination;
    let by_line = combination.scope == CombinationScope::Line;
    let mut words = match (combination.is_exclusive, combination.coupon_override, combination.stop) {
        (true, _, _) if by_line => " Shares no line with other offers.",
        (true, CouponOverride::Always, _) => " Takes the place of all other offers.",
        (true, CouponOverride::IfBetter, _) => " Takes the place of other offers when it saves more.",
        (true, CouponOverride::Never, _) => " Cannot be combined with other offers.",
        (false, _, true) if by_line => " No later offer discounts the same lines.",
        (false, _, true) => " Offers after it are skipped.",
        (false, _, false) => "",
    }
    .to_owned();
    if let Some(tags) = &combination.combines_with {
        match tags.is_empty() {
            true => words.push_str(" Combines with no other offer."),
            false => words.push_str(&format!(" Combines only with offers tagged {}.", quoted(tags, "or"))),
        }
    }
    if let Some(group) = &promotion.best_deal_group {
        words.push_str(&format!(" Only the best deal of “{group}” applies."));
    }
    words
}

/// What bounds it, and who pays for it.
fn terms(promotion: &Promotion, language: &Language<'_>) -> String {
    let mut words = String::new();
    if let Some(budget) = promotion.limits.budget {
        words.push_str(&format!(" Gives {} at most in all.", language.money(budget.amount)));
    }
    match promotion.price_floor {
        Some(PriceFloor::Amount(amount)) => {
            words.push_str(&format!(" Nothing gets cheaper than {}.", language.money(amount)));
        }
        Some(PriceFloor::OfPrice(rate)) => {
            words.push_str(&format!(" Nothing gets cheaper than {} % of its price.", rate.to_percent()));
        }
        Some(PriceFloor::Margin(rate)) => {
            words.push_str(&format!(" A margin of {} % over cost is kept.", rate.to_percent()));
        }
        None => {}
    }
    if !promotion.funding.is_empty() {
        let part = |funder: &Funder| format!("{} pays {}", funder.name, percent(funder.basis_points));
        let parts: Vec<String> = promotion.funding.iter().map(part).collect();
        words.push_str(&format!(" Of the discount, {}.", join(&parts, "and")));
    }
    words
}

/// Basis points as a percentage: `12.5 %`.
fn percent(basis_points: u64) -> String {
    let text = format!("{}.{:02}", basis_points / 100, basis_points % 100);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::Context;
    use crate::money::Currency;
    use crate::promotion::{NoNames, parse};

    #[test]
    fn everything_that_bounds_a_promotion_is_told() {
        let usd = Currency::parse("USD").unwrap();
        let context = Context { default_currency: usd, now: "2026-03-06T08:00:00Z".parse().unwrap() };
        let document = json!({
            "name": "x", "redemption_type": "AUTOMATIC", "seller_id": 12, "exclude_sale_items": true,
            "customer": {"loyalty_tiers": ["gold", "silver"]}, "rewards": "LAST", "end_date": "2026-04-01T00:00:00Z",
            "max_uses": 1000, "max_uses_per_day": 10, "max_uses_per_customer": 1,
            "budget": {"amount": "500"}, "price_floor": {"margin_percentage": "5"},
            "tags": ["spring"], "combines_with": ["spring"], "best_deal_group": "Spring",
            "funding": [{"funder": "operator", "basis_points": 1250}, {"funder": "the seller", "basis_points": 8750}],
            "rules": [
                {"action": {"shipping": {"zone_ids": "*", "discount": {"percentage_amount": 50}, "methods": ["post"]}}},
                {"action": {"bundle": {"fixed_price": "20", "parts": [
                    {"items": {"products": [7]}}, {"items": {"products": [8]}, "quantity": 2}]}},
                 "apply_once": false, "maximum_applications": 3},
            ],
        });
        let promotion = parse(&document, &context).unwrap().promotion;
        let language = Language { names: &NoNames, currency: Some(usd), zone: &jiff::tz::TimeZone::UTC };
        assert_eq!(
            summary(&promotion, &language),
            "Customers of the tier gold or silver get 50 % off shipping by post; or else get product 7 and 2 of \
             product 8 together for 20.00 USD, up to 3 times (the last that fits), on goods of seller 12 only, \
             sale items excluded, once per customer, 10 times a day, 1000 times in total, from Fri 6 Mar 2026 \
             08:00 to Wed 1 Apr 2026 00:00 (UTC). Combines only with offers tagged “spring”. Only the best deal \
             of “Spring” applies. Gives 500.00 USD at most in all. A margin of 5 % over cost is kept. Of the \
             discount, operator pays 12.5 % and the seller pays 87.5 %.",
        );
    }
}

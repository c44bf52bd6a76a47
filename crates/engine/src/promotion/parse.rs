//! From a JSON document to a promotion.

mod notifications;
mod schedule;

use jiff::Timestamp;
use serde_json::Value;

use super::rule::Rule;
use super::targeting::Targeting;
use super::{Combination, CouponType, Limits, PriceFloor, Promotion, RedemptionType, Status, funding};
use crate::document::{Context, Invalid, Pointer, Problems, Reader, kind_of};
use crate::money::Currency;
use crate::time::Window;

/// A promotion that was read, and its document in normal form.
#[derive(Debug)]
pub struct Parsed {
    /// The promotion.
    pub promotion: Promotion,
    /// The document with every default filled in; reading it again gives the same promotion and document.
    pub document: Value,
}

/// Fields of the full language that later versions bring; a promotion that needs one is refused rather than
/// applied without it.
const NOT_YET: &[&str] = &["holdout", "marketing_cost"];

/// Fields that the service sets itself: a document that was read from it may be sent back as it is.
const SET_BY_THE_SERVICE: &[&str] = &[
    "id",
    "current_uses",
    "created_from",
    "created_at",
    "updated_at",
    "multiple_codes",
    "summary",
    "state",
    "revision",
    "codes",
    "warnings",
];

const RULES_MAX: usize = 100;

/// Reads a promotion.
///
/// The document is a superset of BigCommerce's Promotions v3. Units: amounts are decimals in the promotion's
/// currency, percentages decimals up to 100, instants RFC 3339.
///
/// Errors: everything that is wrong with the document, never only the first thing.
///
/// ```
/// use engine::{document::Context, money::Currency, promotion};
/// let usd = Currency::parse("USD").unwrap();
/// let context = Context { default_currency: usd, now: "2026-03-01T10:00:00Z".parse().unwrap() };
/// let document = serde_json::json!({
///     "name": "10 % off one brand",
///     "redemption_type": "AUTOMATIC",
///     "rules": [{"action": {"cart_items": {"discount": {"percentage_amount": 10}, "items": {"brands": [40]}}}}],
/// });
/// let parsed = promotion::parse(&document, &context).unwrap();
/// assert_eq!(parsed.document["rules"][0]["action"]["cart_items"]["discount"]["percentage_amount"], "10");
/// assert_eq!(parsed.document["currency_code"], "USD");
/// ```
pub fn parse(document: &Value, context: &Context) -> Result<Parsed, Vec<Invalid>> {
    parse_into(Problems::default(), document, context)
}

/// Reads a promotion of which the normal form is not wanted: some four times as fast.
///
/// Errors: as [`parse`].
pub(crate) fn parse_meaning(document: &Value, context: &Context) -> Result<Promotion, Vec<Invalid>> {
    parse_into(Problems::of_meaning(), document, context).map(|parsed| parsed.promotion)
}

fn parse_into(problems: Problems, document: &Value, context: &Context) -> Result<Parsed, Vec<Invalid>> {
    let parsed = Reader::open(document, Pointer::ROOT, &problems).and_then(|reader| read(reader, context));
    match parsed {
        Some(parsed) if problems.is_empty() => Ok(parsed),
        _ => Err(problems.into_vec()),
    }
}

fn read_foreign_fields(reader: &mut Reader<'_>) {
    for name in SET_BY_THE_SERVICE {
        reader.value(name);
    }
    for name in NOT_YET {
        if reader.value(name).is_some() {
            let message =
                format!("`{name}` is not supported yet, so the promotion is refused rather than changed");
            reader.report(name, "not_yet", message);
        }
    }
}

fn read(mut reader: Reader<'_>, context: &Context) -> Option<Parsed> {
    read_foreign_fields(&mut reader);
    let name = reader.text("name", 1..=250);
    if !reader.has("name") {
        reader.require("name");
    }
    reader.text("key", 1..=250);
    let display_name = reader.text("display_name", 0..=250);
    reader.text("teaser", 0..=1000);
    reader.text("description", 0..=10_000);
    if !reader.has("redemption_type") {
        reader.require("redemption_type");
    }
    let redemption_type = match reader.choice("redemption_type", &["AUTOMATIC", "COUPON"]) {
        "COUPON" => RedemptionType::Coupon,
        _ => RedemptionType::Automatic,
    };
    let coupon_type = read_coupon_type(&mut reader, redemption_type);
    let targeting = Targeting::read(&mut reader);
    let currency = read_currency(&mut reader, context);
    reader = reader.in_currency(currency);
    let rules = read_rules(&mut reader, currency);
    let rewards_last_only = reader.choice("rewards", &["ALL", "LAST"]) == "LAST";
    let status = read_status(&mut reader);
    let window = read_window(&mut reader, context);
    let schedule = schedule::read(&mut reader);
    let limits = Limits::read(&mut reader);
    let price_floor = PriceFloor::read(&mut reader);
    let funding = funding::read(&mut reader);
    let priority = read_priority(&mut reader);
    let combination = Combination::read(&mut reader, redemption_type);
    let seller = read_or_null(&mut reader, "seller_id", Reader::id);
    let excludes_sale = reader.flag("exclude_sale_items", false);
    let best_deal_group =
        read_or_null(&mut reader, "best_deal_group", |reader, name| reader.text(name, 1..=250));
    notifications::read(&mut reader);
    let document = reader.close();
    let promotion = Promotion {
        name: name?,
        display_name,
        redemption_type,
        coupon_type,
        status,
        currency,
        targeting,
        window,
        schedule,
        seller,
        excludes_sale,
        limits,
        price_floor,
        funding,
        best_deal_group,
        priority,
        combination,
        rules: rules?,
        rewards_last_only,
    };
    Some(Parsed { promotion, document })
}

/// A field that stands as null in the normal form when it is left out.
fn read_or_null<'a, T>(
    reader: &mut Reader<'a>,
    name: &'static str,
    read: impl Fn(&mut Reader<'a>, &'static str) -> Option<T>,
) -> Option<T> {
    let value = read(reader, name);
    if value.is_none() {
        reader.put(name, Value::Null);
    }
    value
}

fn read_coupon_type(reader: &mut Reader<'_>, redemption_type: RedemptionType) -> CouponType {
    if redemption_type == RedemptionType::Automatic {
        if reader.value("coupon_type").is_some() {
            reader.report(
                "coupon_type",
                "conflict",
                "only a promotion with `redemption_type` COUPON has codes",
            );
        }
        return CouponType::Single;
    }
    match reader.choice("coupon_type", &["SINGLE", "BULK"]) {
        "BULK" => CouponType::Bulk,
        _ => CouponType::Single,
    }
}

fn read_currency(reader: &mut Reader<'_>, context: &Context) -> Option<Currency> {
    let currency = match reader.value("currency_code") {
        None => Some(context.default_currency),
        Some(Value::String(code)) if code == "*" => None,
        Some(value) => {
            let currency = value.as_str().and_then(Currency::parse);
            if currency.is_none() {
                let message = "must be an ISO 4217 code in capitals such as `USD`, or `*` for any currency";
                reader.report("currency_code", "unknown_currency", message);
            }
            Some(currency.unwrap_or(context.default_currency))
        }
    };
    reader.put("currency_code", currency.map_or("*", Currency::code));
    currency
}

fn read_rules(reader: &mut Reader<'_>, currency: Option<Currency>) -> Option<Vec<Rule>> {
    let (problems, pointer) = (reader.problems(), *reader.pointer());
    let at = pointer.key("rules");
    let values = match reader.value("rules") {
        Some(Value::Array(values)) => values,
        Some(other) => {
            problems.report(&at, "type", format!("must be a list of rules, not {}", kind_of(other)));
            return None;
        }
        None => {
            reader.require("rules");
            return None;
        }
    };
    if values.is_empty() {
        problems.report(&at, "empty", "must have at least one rule, or the promotion would do nothing");
    }
    if values.len() > RULES_MAX {
        problems.report(&at, "out_of_range", format!("must have at most {RULES_MAX} rules"));
        return None;
    }
    let read = |(index, value)| Rule::parse(value, at.index(index), problems, currency);
    let (rules, normal): (Vec<Rule>, Vec<Value>) = values.iter().enumerate().filter_map(read).unzip();
    reader.put("rules", normal);
    Some(rules)
}

/// Our words, or BigCommerce's: ENABLED is active, DISABLED paused, INVALID a draft.
fn read_status(reader: &mut Reader<'_>) -> Status {
    let status = match reader.value("status") {
        None => Status::Active,
        Some(value) => match value.as_str() {
            Some("ENABLED") => Status::Active,
            Some("DISABLED") => Status::Paused,
            Some("INVALID") => Status::Draft,
            word => Status::ALL.into_iter().find(|status| Some(status.word()) == word).unwrap_or_else(|| {
                let message = "must be one of draft, active, paused, archived (or ENABLED, DISABLED)";
                reader.report("status", "out_of_range", message);
                Status::Draft
            }),
        },
    };
    reader.put("status", status.word());
    status
}

fn read_window(reader: &mut Reader<'_>, context: &Context) -> Window {
    let start = read_instant(reader, "start_date").unwrap_or(context.now);
    let end = read_instant(reader, "end_date");
    if end.is_some_and(|end| end <= start) {
        reader.report("end_date", "conflict", "must be after `start_date`, or the promotion would never run");
    }
    reader.put("start_date", start.to_string());
    reader.put("end_date", end.map(|end| end.to_string()));
    Window { start, end }
}

fn read_instant(reader: &mut Reader<'_>, name: &'static str) -> Option<Timestamp> {
    let value = reader.value(name)?;
    let instant = value.as_str().and_then(|text| text.parse().ok());
    if instant.is_none() {
        reader.report(
            name,
            "type",
            "must be an instant with its offset, such as \"2026-11-27T00:00:00-05:00\"",
        );
    }
    instant
}

fn read_priority(reader: &mut Reader<'_>) -> i64 {
    const PRIORITY_MAX: i64 = 1_000_000;
    let priority = match reader.value("priority") {
        None => 0,
        Some(value) => {
            value.as_i64().filter(|priority| priority.abs() <= PRIORITY_MAX).unwrap_or_else(|| {
                let message =
                    format!("must be a whole number from -{PRIORITY_MAX} to {PRIORITY_MAX}, lower first");
                reader.report("priority", "out_of_range", message);
                0
            })
        }
    };
    reader.put("priority", priority);
    priority
}

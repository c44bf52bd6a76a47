//! A store's rules as one text, from which they can be compiled again.

use engine::money::{Currency, Rate};
use engine::promotion::Definition;
use engine::settings::Settings;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::platform::http::Problem;

/// Rules as they are kept.
///
/// A field that is added later is left out while it has its default, so that rules keep their names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Snapshot {
    settings: SettingsRecord,
    /// In the order of their ids.
    promotions: Vec<PromotionRecord>,
}

/// See [`Settings`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsRecord {
    currency: String,
    time_zone: String,
    coupons_allowed: u32,
    applies_to_overridden_price: bool,
    triggered_by_zero_price: bool,
    applies_to_original_price: bool,
    rounds_price: bool,
    country: Option<String>,
    maximum_discount: Option<String>,
    minimum_margin: Option<String>,
    worst_case: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    gift_cards_buy_gift_cards: bool,
}

/// A promotion with what its place among others depends on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PromotionRecord {
    pub(super) id: u64,
    pub(super) created: Timestamp,
    /// In normal form.
    pub(super) document: Value,
}

/// The rules as a text that is the same for the same rules: promotions by id, fields by name, no blanks.
pub(super) fn write(settings: &Settings, promotions: &[PromotionRecord]) -> Result<String, Problem> {
    let mut promotions: Vec<&PromotionRecord> = promotions.iter().collect();
    promotions.sort_by_key(|record| record.id);
    let texts: Vec<String> = promotions.into_iter().map(promotion_text).collect::<Result<_, _>>()?;
    let settings = settings_text(settings)?;
    Ok(format!(r#"{{"promotions":[{}],"settings":{settings}}}"#, texts.join(",")))
}

/// The settings as a text that is the same for the same settings.
pub(super) fn settings_text(settings: &Settings) -> Result<String, Problem> {
    let record = serde_json::to_value(SettingsRecord::of(settings)).map_err(Problem::internal)?;
    serde_json::to_string(&Sorted(&record)).map_err(Problem::internal)
}

/// A promotion as a text that is the same for the same promotion.
pub(super) fn promotion_text(promotion: &PromotionRecord) -> Result<String, Problem> {
    /// A [`PromotionRecord`], its fields by name.
    #[derive(Serialize)]
    struct SortedRecord<'a> {
        created: Timestamp,
        document: Sorted<'a>,
        id: u64,
    }
    let PromotionRecord { id, created, document } = promotion;
    let record = SortedRecord { created: *created, document: Sorted(document), id: *id };
    serde_json::to_string(&record).map_err(Problem::internal)
}

/// The rules of a text that [`write()`] wrote.
pub(super) fn read(text: &str) -> Result<(Settings, Vec<PromotionRecord>), Problem> {
    let snapshot: Snapshot = serde_json::from_str(text).map_err(Problem::internal)?;
    Ok((snapshot.settings.settings()?, snapshot.promotions))
}

/// Written with the fields of every object in the order of their names.
struct Sorted<'a>(&'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => serializer.collect_seq(items.iter().map(Sorted)),
            Value::Object(fields) => {
                let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
                fields.sort_unstable_by_key(|(name, _)| *name);
                serializer.collect_map(fields.into_iter().map(|(name, value)| (name, Sorted(value))))
            }
            value => value.serialize(serializer),
        }
    }
}

impl PromotionRecord {
    /// The same as the engine reads it.
    pub(super) fn definition(&self) -> Definition<'_> {
        Definition { id: self.id, created: self.created, document: &self.document }
    }
}

impl SettingsRecord {
    fn of(settings: &Settings) -> Self {
        // Taken apart by name, so that a new switch cannot be forgotten here.
        let Settings {
            currency,
            time_zone,
            coupons_allowed,
            applies_to_overridden_price,
            triggered_by_zero_price,
            applies_to_original_price,
            rounds_price,
            country,
            maximum_discount,
            minimum_margin,
            worst_case,
            gift_cards_buy_gift_cards,
        } = settings;
        Self {
            currency: currency.code().to_owned(),
            time_zone: time_zone.iana_name().unwrap_or("UTC").to_owned(),
            coupons_allowed: *coupons_allowed,
            applies_to_overridden_price: *applies_to_overridden_price,
            triggered_by_zero_price: *triggered_by_zero_price,
            applies_to_original_price: *applies_to_original_price,
            rounds_price: *rounds_price,
            country: country.clone(),
            maximum_discount: maximum_discount.map(Rate::to_percent),
            minimum_margin: minimum_margin.map(Rate::to_percent),
            worst_case: worst_case.to_percent(),
            gift_cards_buy_gift_cards: *gift_cards_buy_gift_cards,
        }
    }

    fn settings(self) -> Result<Settings, Problem> {
        let unreadable = |what: &str| Problem::internal(format!("the {what} of kept rules is unreadable"));
        let rate = |text: &str| Rate::parse(text).map_err(|_| unreadable("percentage"));
        Ok(Settings {
            currency: Currency::parse(&self.currency).ok_or_else(|| unreadable("currency"))?,
            time_zone: TimeZone::get(&self.time_zone).map_err(|_| unreadable("time zone"))?,
            coupons_allowed: self.coupons_allowed,
            applies_to_overridden_price: self.applies_to_overridden_price,
            triggered_by_zero_price: self.triggered_by_zero_price,
            applies_to_original_price: self.applies_to_original_price,
            rounds_price: self.rounds_price,
            country: self.country,
            maximum_discount: self.maximum_discount.as_deref().map(rate).transpose()?,
            minimum_margin: self.minimum_margin.as_deref().map(rate).transpose()?,
            worst_case: rate(&self.worst_case)?,
            gift_cards_buy_gift_cards: self.gift_cards_buy_gift_cards,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings() -> Settings {
        let new = Settings::new(Currency::parse("EUR").unwrap(), TimeZone::get("Europe/Berlin").unwrap());
        Settings {
            coupons_allowed: 3,
            rounds_price: true,
            gift_cards_buy_gift_cards: true,
            country: Some("DE".to_owned()),
            maximum_discount: Rate::parse("30.5").ok(),
            ..new
        }
    }

    fn promotion(id: u64, document: Value) -> PromotionRecord {
        PromotionRecord { id, created: "2026-03-01T00:00:00.125Z".parse().unwrap(), document }
    }

    #[test]
    fn the_same_rules_are_the_same_text_in_whatever_order_they_come() {
        let one = [
            promotion(2, json!({"name": "B"})),
            promotion(1, json!({"name": "A", "rules": [{"b": 1, "a": 2}]})),
        ];
        let other = [
            promotion(1, json!({"rules": [{"a": 2, "b": 1}], "name": "A"})),
            promotion(2, json!({"name": "B"})),
        ];
        let text = write(&settings(), &one).unwrap();
        assert_eq!(text, write(&settings(), &other).unwrap());
        assert!(text.starts_with(r#"{"promotions":[{"created":"2026-03-01T00:00:00.125Z","#), "{text}");
        let changed = Settings { coupons_allowed: 4, ..settings() };
        assert_ne!(text, write(&changed, &one).unwrap());
    }

    #[test]
    fn a_text_is_read_as_the_rules_that_it_was_written_from() {
        let text = write(&settings(), &[promotion(1, json!({"name": "A"}))]).unwrap();
        let (read_settings, promotions) = read(&text).unwrap();
        assert_eq!(format!("{read_settings:?}"), format!("{:?}", settings()));
        assert_eq!(write(&read_settings, &promotions).unwrap(), text);
    }
}

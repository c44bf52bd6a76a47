//! Promotions as scenarios write them: the body of the API, with what is obvious left out.

use engine::coupon::{CodeBook, CodeWindow};
use engine::money::{Currency, Minor};
use engine::promotion::{CodeFact, EnteredCode, Facts, UsedUp, Uses};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// A promotion of a scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Value")]
pub struct Written(Value);

impl From<Value> for Written {
    /// A text is read as JSON.
    fn from(value: Value) -> Self {
        let document = match value {
            Value::String(text) => {
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("`{text}` is not JSON: {error}"))
            }
            value => value,
        };
        Self(document)
    }
}

/// A coupon code of a scenario; limits of 0 are none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenCode {
    code: String,
    max_uses: u64,
    current_uses: u64,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
}

/// Fields that are not of the promotion's body but say what is known of it.
const FACTS: [&str; 6] =
    ["codes", "current_uses", "uses_in_channel", "uses_today", "uses_by_customer", "spent"];

impl Written {
    /// The body of `POST /v1/promotions`.
    pub fn body(&self) -> Value {
        let kind = if self.0["codes"].is_null() { "AUTOMATIC" } else { "COUPON" };
        let mut body =
            json!({"name": "Scenario", "redemption_type": kind, "start_date": "2026-01-01T00:00:00Z"});
        for (name, value) in self.0.as_object().expect("a promotion is a table").iter() {
            if !FACTS.contains(&name.as_str()) {
                body[name] = value.clone();
            }
        }
        body
    }

    /// The bodies of `POST /v1/promotions/{id}/codes`.
    pub fn code_bodies(&self) -> Vec<Value> {
        let body = |code: WrittenCode| {
            let WrittenCode { code, max_uses, starts_at, ends_at, .. } = code;
            json!({"code": code, "max_uses": max_uses, "starts_at": starts_at, "ends_at": ends_at})
        };
        self.codes().into_iter().map(body).collect()
    }

    fn codes(&self) -> Vec<WrittenCode> {
        let codes = self.0["codes"].as_array().map_or(&[][..], Vec::as_slice);
        let read = |code: &Value| match code.as_str() {
            Some(code) => WrittenCode { code: code.to_owned(), ..WrittenCode::default() },
            None => serde_json::from_value(code.clone()).expect("a code"),
        };
        codes.iter().map(read).collect()
    }

    fn uses(&self, currency: Currency) -> Uses {
        let count = |name: &str| self.0[name].as_u64().unwrap_or(0);
        let spent = self.0["spent"].as_str().map(|text| Minor::parse(text, currency).expect("an amount"));
        Uses {
            total: count("current_uses"),
            in_channel: count("uses_in_channel"),
            today: count("uses_today"),
            by_customer: count("uses_by_customer"),
            spent: spent.unwrap_or(Minor::ZERO),
        }
    }

    pub(super) fn has_uses(&self) -> bool {
        FACTS.iter().any(|name| *name != "codes" && !self.0[*name].is_null())
            || self.codes().iter().any(|code| code.current_uses > 0)
    }
}

/// What is known of the promotions' uses and of the entered codes.
pub(super) fn facts(promotions: &[Written], entered: &[String], currency: Currency) -> Facts {
    let mut known = CodeBook::default();
    for (promotion, written) in (1..).zip(promotions) {
        for code in written.codes() {
            let WrittenCode { code, max_uses, current_uses, starts_at, ends_at } = code;
            let used_up = (max_uses > 0 && current_uses >= max_uses).then_some(UsedUp::ByAll);
            let window = CodeWindow { start: starts_at, end: ends_at };
            let fact = CodeFact::Known { promotion, inactive: None, used_up, window };
            known.insert(&code, fact).expect("a code");
        }
    }
    let fact = |text: &String| known.find(text).cloned().unwrap_or(CodeFact::Unknown);
    Facts {
        uses: (1..).zip(promotions.iter().map(|written| written.uses(currency))).collect(),
        codes: entered.iter().map(|text| EnteredCode { text: text.clone(), fact: fact(text) }).collect(),
        ..Facts::default()
    }
}

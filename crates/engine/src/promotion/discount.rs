//! How much a rule takes off, and how much at most.

use std::fmt::Display;

use serde_json::json;

use super::language::Language;
use crate::document::Reader;
use crate::money::{Currency, Minor, Rate};

/// A percentage or an amount off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    /// So much of the price.
    Percentage(Rate),
    /// So much money.
    Amount(Minor),
}

impl Discount {
    /// Reads the required field `discount` of an action.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let Some(value) = reader.value("discount") else {
            reader.require("discount");
            return None;
        };
        let pointer = *reader.pointer();
        let (problems, currency) = (reader.problems(), reader.currency());
        let mut inner = Reader::open(value, pointer.key("discount"), problems)?.in_currency(currency);
        let percentage = inner.value("percentage_amount");
        let rate = percentage.and_then(|value| inner.decimal("percentage_amount", value, Rate::parse));
        let amount = inner.money("fixed_amount");
        if let Some(rate) = rate {
            inner.put("percentage_amount", rate.to_percent());
        }
        if amount == Some(Minor::ZERO) {
            inner.report("fixed_amount", "out_of_range", "must be above zero, or it would never do anything");
        }
        if percentage.is_some() == inner.has("fixed_amount") {
            let message = "give either `percentage_amount` or `fixed_amount`";
            problems.report(inner.pointer(), "conflict", message);
        }
        reader.put("discount", inner.close());
        rate.map(Self::Percentage).or(amount.map(Self::Amount))
    }

    /// In words: `20 %`, `5.00 USD`.
    pub(crate) fn sentence(self, language: &Language<'_>) -> String {
        match self {
            Self::Percentage(rate) => format!("{} %", rate.to_percent()),
            Self::Amount(amount) => language.money(amount),
        }
    }
}

/// The most that a rule takes off a cart, exact in every currency because it is kept in ten-thousandths.
///
/// A promotion for any currency may have one too; it then holds in the currency of each cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    ten_thousandths: i64,
}

/// Why a text is not a cap.
struct CapError;

impl Display for CapError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("must be a decimal string from 1 to 10000000, such as \"40.00\"")
    }
}

impl Cap {
    /// Reads a field that holds a cap.
    pub(crate) fn read(reader: &mut Reader<'_>, name: &'static str) -> Option<Self> {
        let value = reader.value(name)?;
        let cap = reader.decimal(name, value, Self::parse)?;
        let normal = match reader.currency() {
            Some(currency) => cap.in_currency(currency).to_decimal(currency),
            None => cap.to_decimal(),
        };
        reader.put(name, json!(normal));
        Some(cap)
    }

    fn parse(text: &str) -> Result<Self, CapError> {
        const UNIT: i64 = 10_000;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let fraction = fraction.trim_end_matches('0');
        if whole.is_empty() || whole.len() > 8 || fraction.len() > 4 || !digits(whole) || !digits(fraction) {
            return Err(CapError);
        }
        let whole: i64 = whole.parse().map_err(|_| CapError)?;
        let fraction: i64 = format!("{fraction:0<4}").parse().map_err(|_| CapError)?;
        let ten_thousandths = whole * UNIT + fraction;
        if (UNIT..=10_000_000 * UNIT).contains(&ten_thousandths) {
            Ok(Self { ten_thousandths })
        } else {
            Err(CapError)
        }
    }

    /// The cap in minor units of a cart's currency, rounded half up.
    pub fn in_currency(self, currency: Currency) -> Minor {
        let unit = u64::try_from(currency.unit()).unwrap_or(1);
        Minor::new(self.ten_thousandths).share(unit, 10_000)
    }

    fn to_decimal(self) -> String {
        let text = format!("{}.{:04}", self.ten_thousandths / 10_000, self.ten_thousandths % 10_000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// In words: `40.00 USD`.
    pub(crate) fn amount(self, language: &Language<'_>) -> String {
        match language.currency {
            Some(currency) => self.in_currency(currency).display(currency),
            None => self.to_decimal(),
        }
    }

    /// In words, to stand at the end of a sentence: `, at most 40.00 USD`.
    pub(crate) fn sentence(cap: Option<Self>, language: &Language<'_>) -> String {
        cap.map_or_else(String::new, |cap| format!(", at most {}", cap.amount(language)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_holds_in_every_currency() {
        let cap = Cap::parse("40.25").ok().unwrap();
        let of = |code| cap.in_currency(Currency::parse(code).unwrap()).get();
        assert_eq!((of("USD"), of("JPY"), of("KWD")), (4025, 40, 40_250));
        assert_eq!(cap.to_decimal(), "40.25");
        for text in ["0", "0.99", "10000000.01", "-1", "1e3", "", "1.23456"] {
            assert!(Cap::parse(text).is_err(), "{text}");
        }
    }
}

//! What a line never costs less than.

use serde_json::Value;

use crate::document::Reader;
use crate::money::{Minor, Rate};

/// What a unit of a line that a promotion discounts never costs less than.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceFloor {
    /// An amount.
    Amount(Minor),
    /// So much of its price before promotions.
    OfPrice(Rate),
    /// So much above what it costs the merchant, where that is known.
    Margin(Rate),
}

impl PriceFloor {
    /// Reads the field `price_floor`.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (problems, pointer, currency) = (reader.problems(), *reader.pointer(), reader.currency());
        let Some(value) = reader.value("price_floor") else {
            reader.put("price_floor", Value::Null);
            return None;
        };
        let mut inner = Reader::open(value, pointer.key("price_floor"), problems)?.in_currency(currency);
        let names = ["fixed_amount", "percentage_of_price", "margin_percentage"];
        if names.iter().filter(|name| inner.has(name)).count() != 1 {
            let message = format!("give one of {}", names.join(", "));
            problems.report(inner.pointer(), "conflict", message);
        }
        let amount = inner.money("fixed_amount").map(Self::Amount);
        let of_price = read_rate(&mut inner, "percentage_of_price").map(Self::OfPrice);
        let margin = read_rate(&mut inner, "margin_percentage").map(Self::Margin);
        reader.put("price_floor", inner.close());
        amount.or(of_price).or(margin)
    }
}

fn read_rate(reader: &mut Reader<'_>, name: &'static str) -> Option<Rate> {
    let value = reader.value(name)?;
    let rate = reader.decimal(name, value, Rate::parse)?;
    reader.put(name, rate.to_percent());
    Some(rate)
}

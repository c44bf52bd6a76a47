//! The order that a kept evaluation became: read from its answer, never priced again.

use engine::cart::Cart;
use engine::money::{Currency, Minor};
use engine::promotion::UnitPrice;
use engine::returns::{Order, OrderGift, OrderLine};
use serde::Deserialize;

use crate::evaluation::service::Recorded;
use crate::platform::http::Problem;

/// What of an answer was paid. The rest of it is not read.
#[derive(Debug, Deserialize)]
struct Answer {
    lines: Vec<Line>,
    gifts: Vec<Gift>,
    shipping: Option<Shipping>,
}

#[derive(Debug, Deserialize)]
struct Line {
    id: String,
    units: Vec<Unit>,
    tax: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Unit {
    quantity: u32,
    price: String,
}

#[derive(Debug, Deserialize)]
struct Gift {
    key: String,
    quantity: u64,
}

#[derive(Debug, Deserialize)]
struct Shipping {
    total: String,
    tax: Option<String>,
}

/// The order, with the gifts' values of the catalog; one that is not known is nothing yet.
pub(super) fn order(cart: &Cart, recorded: &Recorded) -> Result<Order, Problem> {
    let answer: Answer = serde_json::from_str(&recorded.answer).map_err(Problem::internal)?;
    let prices_include_tax = cart.tax.prices_include_tax;
    let lines: Result<Vec<OrderLine>, Problem> =
        answer.lines.into_iter().map(|line| order_line(line, cart.currency)).collect();
    let gifts = answer.gifts.into_iter().map(|gift| {
        let value = recorded.gift_values.get(&gift.key).map(|value| amount(value, cart.currency));
        let value = value.transpose()?.unwrap_or(Minor::ZERO);
        Ok(OrderGift { key: gift.key, quantity: gift.quantity, value })
    });
    let gifts: Result<Vec<OrderGift>, Problem> = gifts.collect();
    let shipping = match answer.shipping {
        None => Minor::ZERO,
        Some(Shipping { total, tax }) => {
            let added = tax.filter(|_| !prices_include_tax);
            let added = added.map(|tax| amount(&tax, cart.currency)).transpose()?;
            amount(&total, cart.currency)? + added.unwrap_or(Minor::ZERO)
        }
    };
    Ok(Order { lines: lines?, gifts: gifts?, shipping, prices_include_tax })
}

fn order_line(line: Line, currency: Currency) -> Result<OrderLine, Problem> {
    let unit = |unit: &Unit| Ok(UnitPrice { price: amount(&unit.price, currency)?, units: unit.quantity });
    let units: Result<Vec<UnitPrice>, Problem> = line.units.iter().map(unit).collect();
    let tax = line.tax.map(|tax| amount(&tax, currency)).transpose()?;
    Ok(OrderLine { id: line.id, units: units?, tax })
}

fn amount(text: &str, currency: Currency) -> Result<Minor, Problem> {
    let unreadable = |error| Problem::internal(format!("`{text}` in a kept answer {error}"));
    Minor::parse(text, currency).map_err(unreadable)
}

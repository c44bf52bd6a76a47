//! What a request returns and what came back before, read with the place of everything that is wrong.

use std::collections::BTreeMap;

use engine::money::{Currency, Minor};
use engine::returns::{Order, OrderGift, Policy, Refused, Return, Returned, refund};

use super::{EarlierReturnIn, ReturnLineIn, ReturnQuoteRequest};
use crate::platform::http::{Errors, FieldError, Problem, pointer};

/// A return, and what came back before it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) before: Returned,
    pub(super) now: Return,
    currency: Currency,
}

impl Asked {
    /// Errors: the first thing that cannot have come back before, or an amount that is none.
    pub(super) fn read(
        request: &ReturnQuoteRequest,
        order: &Order,
        currency: Currency,
    ) -> Result<Self, Problem> {
        let mut before = Returned::default();
        for (index, earlier) in request.returned.iter().enumerate() {
            let place = format!("/returned/{index}");
            let (goods, shipping) = amounts(&place, earlier, currency)?;
            let lines = lines(&earlier.lines);
            let came_back =
                Return { lines, gifts: earlier.gifts.clone(), with_shipping: !shipping.is_zero() };
            if came_back != Return::default() {
                refund(order, &before, &came_back, Policy::Keep)
                    .map_err(|error| refused(&place, &came_back, &error))?;
            }
            before = before.with(&came_back);
            before.goods += goods;
            before.shipping += shipping;
        }
        let lines = lines(&request.lines);
        let now = Return { lines, gifts: request.gifts.clone(), with_shipping: request.shipping };
        refund(order, &before, &now, Policy::Keep).map_err(|error| refused("", &now, &error))?;
        Ok(Self { before, now, currency })
    }

    /// Gives gifts the values that the request tells.
    ///
    /// Errors: a value that is none, one of an unknown gift, and those that are needed and known to nobody.
    pub(super) fn value_gifts(
        &self,
        request: &ReturnQuoteRequest,
        order: &mut Order,
        needs_value: impl Fn(&OrderGift) -> bool,
    ) -> Result<(), Problem> {
        let mut errors = Errors::default();
        let place = |key: &str| pointer::child("/gift_values", key);
        let none = BTreeMap::new();
        let told = request.gift_values.as_ref().unwrap_or(&none);
        for key in told.keys() {
            if !order.gifts.iter().any(|gift| gift.key == *key) {
                let message = format!("the order has no gift `{key}`");
                errors.report(place(key), "unknown_gift", message);
            }
        }
        for gift in &mut order.gifts {
            match told.get(&gift.key) {
                Some(text) => match Minor::parse(text, self.currency) {
                    Ok(value) => gift.value = value,
                    Err(error) => errors.report(place(&gift.key), "out_of_range", error.to_string()),
                },
                None if needs_value(gift) => {
                    let message =
                        "is required: the catalog had no price for the gift in the order's currency";
                    errors.report(place(&gift.key), "required", message);
                }
                None => {}
            }
        }
        errors.finish()
    }
}

fn lines(lines: &[ReturnLineIn]) -> Vec<(String, u32)> {
    lines.iter().map(|line| (line.id.clone(), line.quantity)).collect()
}

/// What was refunded for goods, and for shipping.
fn amounts(place: &str, earlier: &EarlierReturnIn, currency: Currency) -> Result<(Minor, Minor), Problem> {
    let amount = |field: &str, text: &str| {
        let wrong = |message: String| FieldError::new(format!("{place}/{field}"), "out_of_range", message);
        Minor::parse(text, currency).map_err(|error| Problem::invalid([wrong(error.to_string())]))
    };
    let refunded = amount("refunded", &earlier.refunded)?;
    let shipping = earlier.shipping.as_deref().map_or(Ok(Minor::ZERO), |text| amount("shipping", text))?;
    if shipping > refunded {
        let message = "must not exceed `refunded`, of which it is a part";
        return Err(Problem::invalid([FieldError::new(format!("{place}/shipping"), "conflict", message)]));
    }
    Ok((refunded - shipping, shipping))
}

/// A refused return as the answer, with the place in the return that stands at `place`.
pub(super) fn refused(place: &str, asked: &Return, refused: &Refused) -> Problem {
    let line = |id: &String| asked.lines.iter().rposition(|(line, _)| line == id).unwrap_or(0);
    let gift = |key: &String| asked.gifts.iter().rposition(|gift| gift == key).unwrap_or(0);
    let (at, code) = match refused {
        Refused::RefundedTooMuch => ("/returned".to_owned(), "out_of_range"),
        Refused::Nothing => ("/lines".to_owned(), "empty"),
        Refused::UnknownLine(id) => (format!("/lines/{}/id", line(id)), "unknown_line"),
        Refused::LineTwice(id) => (format!("/lines/{}/id", line(id)), "duplicate"),
        Refused::ZeroUnits(id) => (format!("/lines/{}/quantity", line(id)), "out_of_range"),
        Refused::TooMany { line: id, .. } => (format!("/lines/{}/quantity", line(id)), "out_of_range"),
        Refused::UnknownGift(key) => (format!("/gifts/{}", gift(key)), "unknown_gift"),
    };
    Problem::invalid([FieldError::new(format!("{place}{at}"), code, refused.to_string())])
}

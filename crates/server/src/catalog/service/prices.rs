//! Prices of products and variants: in the store's own currency, and in others.

use std::collections::BTreeMap;

use engine::money::{Currency, Minor};

use super::to_json;
use crate::platform::http::{Errors, Problem, pointer};

/// Amounts by currency, as decimals.
pub(in crate::catalog) type Prices = BTreeMap<String, String>;

/// The most currencies of one product.
const CURRENCIES_MAX: usize = 100;

/// Prices as they were sent: one in the store's own currency, and others, of which one may be in it too.
#[derive(Clone, Copy, Debug)]
pub(in crate::catalog) struct OwnPrices<'a> {
    /// The name of the field with the one.
    pub(in crate::catalog) field: &'static str,
    /// What it holds.
    pub(in crate::catalog) own: Option<&'a str>,
    /// The name of the field with the others.
    pub(in crate::catalog) others_field: &'static str,
    /// What it holds.
    pub(in crate::catalog) others: &'a Prices,
}

impl OwnPrices<'_> {
    /// Checks that all of them can be read.
    pub(in crate::catalog) fn check(&self, at: &str, currency: Currency, errors: &mut Errors) {
        check_price(&format!("{at}/{}", self.field), self.own, currency, errors);
        let others_at = format!("{at}/{}", self.others_field);
        errors.length(&others_at, self.others.len(), CURRENCIES_MAX);
        for (code, price) in self.others {
            let at = pointer::child(&others_at, code);
            match Currency::parse(code) {
                None => {
                    let message = "must be an ISO 4217 code in capitals such as `EUR`";
                    errors.report(at, "unknown_currency", message);
                }
                Some(of) => {
                    if let Err(error) = Minor::parse(price, of) {
                        errors.report(&at, "out_of_range", format!("{error}; it is in {of}"));
                    }
                    if of == currency && self.own.is_some() {
                        let message = format!("`{}` is in {of} already; send one of them", self.field);
                        errors.report(at, "conflict", message);
                    }
                }
            }
        }
    }

    /// The checked prices as columns: that in the store's own currency, and JSON of the others.
    pub(in crate::catalog) fn stored(&self, currency: Currency) -> Result<(Option<String>, String), Problem> {
        let own = self.own.or_else(|| self.others.get(currency.code()).map(String::as_str));
        let others = self.others.iter().filter(|(code, _)| *code != currency.code());
        let others: BTreeMap<&str, String> = others
            .filter_map(|(code, price)| {
                Some((code.as_str(), stored_price(Some(price), Currency::parse(code)?)?))
            })
            .collect();
        Ok((stored_price(own, currency), to_json(&others)?))
    }
}

/// Checks that an optional price can be read in `currency`.
pub(in crate::catalog) fn check_price(
    at: &str,
    price: Option<&str>,
    currency: Currency,
    errors: &mut Errors,
) {
    if let Some(Err(error)) = price.map(|text| Minor::parse(text, currency)) {
        errors.report(at, "out_of_range", format!("{error}; prices are in {currency}, the store's currency"));
    }
}

/// A checked price as it is stored: with exactly the decimals of the currency.
pub(in crate::catalog) fn stored_price(price: Option<&str>, currency: Currency) -> Option<String> {
    let amount = Minor::parse(price?, currency).ok()?;
    Some(amount.to_decimal(currency))
}

//! Paying with gift cards: which card pays how much of what is due.

use std::fmt;

use jiff::Timestamp;

use crate::money::{Currency, Minor};

/// A gift card on a cart, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardFact {
    /// The last four symbols of the code that was entered.
    pub last_four: String,
    /// What is known of the card.
    pub known: Result<KnownCard, CardRefusal>,
}

/// A gift card that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownCard {
    /// Its account in the ledger.
    pub account: i64,
    /// What can be taken from it. Minor units of its own currency.
    pub available: Minor,
    /// Its one currency.
    pub currency: Currency,
    /// From when on it cannot be used.
    pub expires: Option<Timestamp>,
}

/// Why a gift card does not pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardRefusal {
    /// There is no such card, it has expired or was voided, nothing is left on it, or its PIN is missing or wrong: which
    /// of them is not told to who may be guessing.
    NotUsable,
    /// It is in another currency than the cart.
    CurrencyMismatch,
    /// It was entered before.
    AlreadyEntered,
}

/// What a gift card pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardPayment {
    /// Its account in the ledger.
    pub account: i64,
    /// What it pays. Minor units.
    pub amount: Minor,
    /// What is left on it to be taken. Minor units.
    pub remaining: Minor,
}

/// What became of a gift card on a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardResult {
    /// The last four symbols of the code that was entered.
    pub last_four: String,
    /// What it pays, or why it does not.
    pub result: Result<CardPayment, CardRefusal>,
}

impl CardRefusal {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::NotUsable, Self::CurrencyMismatch, Self::AlreadyEntered];

    /// The stable name in answers.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotUsable => "gift_card_not_usable",
            Self::CurrencyMismatch => "currency_mismatch",
            Self::AlreadyEntered => "already_applied",
        }
    }
}

impl fmt::Display for CardRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotUsable => "This gift card cannot be used.",
            Self::CurrencyMismatch => "This gift card is in another currency.",
            Self::AlreadyEntered => "This gift card is used already.",
        })
    }
}

/// What each card pays of `payable`: the card that expires first pays first, those that never expire last, and of several
/// that expire together the one that was entered first. The answer is in the order entered.
///
/// Units: minor units of `currency`.
///
/// ```
/// use engine::gift_card::{CardFact, KnownCard, pay};
/// use engine::money::{Currency, Minor};
/// let usd = Currency::parse("USD").unwrap();
/// let known = KnownCard { account: 1, available: Minor::new(5_000), currency: usd, expires: None };
/// let card = CardFact { last_four: "7QK2".into(), known: Ok(known) };
/// let paid = pay(&[card], Minor::new(3_000), usd);
/// assert_eq!(paid[0].result.unwrap().remaining, Minor::new(2_000));
/// ```
pub fn pay(cards: &[CardFact], payable: Minor, currency: Currency) -> Vec<CardResult> {
    let mut results: Vec<CardResult> = cards.iter().map(|card| in_currency(card, currency)).collect();
    let mut order: Vec<(bool, Option<Timestamp>, usize)> = cards
        .iter()
        .enumerate()
        .filter_map(|(place, card)| {
            card.known.ok().map(|known| (known.expires.is_none(), known.expires, place))
        })
        .collect();
    order.sort_unstable();
    let mut left = payable;
    for (_, _, place) in order {
        if let Some(Ok(payment)) = results.get_mut(place).map(|result| &mut result.result) {
            payment.amount = payment.remaining.min(left);
            payment.remaining -= payment.amount;
            left -= payment.amount;
        }
    }
    results
}

/// The card as if it paid nothing yet.
fn in_currency(card: &CardFact, currency: Currency) -> CardResult {
    let result = card.known.and_then(|known| {
        if known.currency == currency {
            Ok(CardPayment { account: known.account, amount: Minor::ZERO, remaining: known.available })
        } else {
            Err(CardRefusal::CurrencyMismatch)
        }
    });
    CardResult { last_four: card.last_four.clone(), result }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(account: i64, available: i64, expires: Option<i64>) -> CardFact {
        let expires = expires.map(|second| Timestamp::from_second(second).unwrap());
        let currency = Currency::parse("USD").unwrap();
        let known = KnownCard { account, available: Minor::new(available), currency, expires };
        CardFact { last_four: format!("000{account}"), known: Ok(known) }
    }

    fn paid(cards: &[CardFact], payable: i64) -> Vec<i64> {
        let results = pay(cards, Minor::new(payable), Currency::parse("USD").unwrap());
        results.iter().map(|card| card.result.map_or(-1, |payment| payment.amount.get())).collect()
    }

    #[test]
    fn the_card_that_expires_first_pays_first_and_one_that_never_does_last() {
        let cards =
            [card(1, 1_000, None), card(2, 1_000, Some(20)), card(3, 1_000, Some(10)), card(4, 9, Some(10))];
        assert_eq!(paid(&cards, 1_500), [0, 491, 1_000, 9]);
        assert_eq!(paid(&cards, 2_500), [491, 1_000, 1_000, 9]);
        assert_eq!(paid(&cards, 9_999), [1_000, 1_000, 1_000, 9]);
        assert_eq!(paid(&cards, 0), [0, 0, 0, 0]);
    }

    #[test]
    fn a_card_in_another_currency_pays_nothing_and_leaves_it_to_the_others() {
        let euro = Currency::parse("EUR").unwrap();
        let mut foreign = card(1, 1_000, Some(1));
        foreign.known = foreign.known.map(|known| KnownCard { currency: euro, ..known });
        let refused = CardFact { last_four: "ZZZZ".into(), known: Err(CardRefusal::NotUsable) };
        let cards = [foreign, refused, card(2, 1_000, None)];
        assert_eq!(paid(&cards, 700), [-1, -1, 700]);
        let results = pay(&cards, Minor::new(700), Currency::parse("USD").unwrap());
        assert_eq!(results[0].result, Err(CardRefusal::CurrencyMismatch));
    }
}

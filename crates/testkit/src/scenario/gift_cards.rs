//! Gift cards as scenarios write them: what is on them, and whether they can be used.

use engine::gift_card::{CardFact, CardRefusal, KnownCard};
use engine::money::{Currency, Minor};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// A gift card on the cart of a scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardText {
    amount: String,
    /// That of the store unless told.
    currency: Option<String>,
    expires_at: Option<Timestamp>,
    #[serde(default)]
    status: CardStatus,
}

/// What became of a card before the cart was priced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CardStatus {
    /// Nothing.
    #[default]
    Active,
    /// It was voided.
    Voided,
    /// There is none with the code that was entered.
    Unknown,
}

impl CardText {
    /// The body of `POST /v1/gift-cards`; `None` for a card that does not exist.
    pub fn body(&self) -> Option<Value> {
        let mut body =
            json!({"amount": self.amount, "expires_at": self.expires_at, "funding": "promotional"});
        if let Some(currency) = &self.currency {
            body["currency"] = json!(currency);
        }
        (self.status != CardStatus::Unknown).then_some(body)
    }

    /// Whether it is voided before the cart is priced.
    pub fn is_voided(&self) -> bool {
        self.status == CardStatus::Voided
    }

    /// What the engine is told of it: the card at this place, in a store of this currency.
    pub(super) fn fact(&self, place: i64, store: Currency, now: Timestamp) -> CardFact {
        let currency =
            self.currency.as_deref().map_or(store, |code| Currency::parse(code).expect("a currency"));
        let is_usable = self.status == CardStatus::Active && self.expires_at.is_none_or(|end| now < end);
        let known = KnownCard {
            account: place,
            available: Minor::parse(&self.amount, currency).expect("an amount"),
            currency,
            expires: self.expires_at,
        };
        CardFact {
            last_four: format!("{place:04}"),
            known: if is_usable { Ok(known) } else { Err(CardRefusal::NotUsable) },
        }
    }
}

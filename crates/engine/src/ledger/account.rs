//! What is known of one card or credit when a posting is decided.

use jiff::Timestamp;

use super::Refusal;
use crate::money::{Currency, Minor};

/// How the money on an account came to be owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Funding {
    /// Someone paid for it.
    Sold,
    /// The store gave it away.
    Promotional,
}

impl Funding {
    /// The name in answers and tables.
    ///
    /// ```
    /// assert_eq!(engine::ledger::Funding::Sold.name(), "sold");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Sold => "sold",
            Self::Promotional => "promotional",
        }
    }

    /// The funding with this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Sold, Self::Promotional].into_iter().find(|funding| funding.name() == name)
    }
}

/// The state of one gift card or of one customer's store credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id, unique in the store.
    pub id: i64,
    /// The one currency of everything on it.
    pub currency: Currency,
    /// How the money came to be owed.
    pub funding: Funding,
    /// What is owed: the sum of its entries. Minor units, never below zero.
    pub balance: Minor,
    /// The part of the balance that is held for orders under way. Minor units, from zero to the balance.
    pub held: Minor,
    /// From when on nothing new can be taken or held; `None` for never.
    pub expires: Option<Timestamp>,
    /// Whether it has been voided, after which nothing can be posted to it any more.
    pub is_voided: bool,
}

impl Account {
    /// A new account without money.
    pub fn empty(id: i64, currency: Currency, funding: Funding, expires: Option<Timestamp>) -> Self {
        let (balance, held) = (Minor::ZERO, Minor::ZERO);
        Self { id, currency, funding, balance, held, expires, is_voided: false }
    }

    /// What can still be taken or held: the balance less what is held. Minor units.
    pub fn available(&self) -> Minor {
        self.balance - self.held
    }

    /// Whether it has expired at `now`; the instant itself is the first at which it has.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Whether new orders can use it at all.
    ///
    /// Errors: voided or expired.
    pub fn check_usable(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.is_voided {
            Err(Refusal::Voided)
        } else if self.is_expired(now) {
            Err(Refusal::Expired)
        } else {
            Ok(())
        }
    }
}

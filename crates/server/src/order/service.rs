//! What can be done with orders: place them, look at them, end them.

mod end;
mod log;
mod place;
mod read;
pub(super) mod verify;

use super::store;
use crate::platform::db::bulk::{self, Answer, Question};
use crate::platform::db::{DbErr, Transaction};
use crate::platform::ids::StoreId;

pub(super) use end::{Paying, Refunding, cancel, change, refund};
pub(super) use place::{NewOrder, place};
pub(super) use read::{Filter, get, get_many, list, whole};
pub use verify::verify;

/// An order by the storefront's name for it.
#[derive(Clone, Debug)]
pub struct Named {
    /// The name.
    pub reference: String,
    /// The order.
    pub id: i64,
    /// A hash of the request by which it was placed.
    pub fingerprint: String,
}

/// Asks for the orders with these names.
pub fn ask_named(tx: &Transaction, store: StoreId, references: &[&str]) -> Question {
    store::ask_named(tx, store, references)
}

/// What [`ask_named`] was told.
pub fn named(answer: &Answer) -> Result<Vec<Named>, DbErr> {
    let named =
        |row: store::NamedRow| Named { reference: row.reference, id: row.id, fingerprint: row.fingerprint };
    Ok(bulk::rows(answer)?.into_iter().map(named).collect())
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// It was placed.
    Created,
    /// It is to be sent.
    AwaitingFulfilment,
    /// It was sent.
    Fulfilled,
    /// It was called off.
    Cancelled,
    /// All that was paid was paid back.
    Refunded,
}

impl Status {
    pub(super) const ALL: [Self; 5] =
        [Self::Created, Self::AwaitingFulfilment, Self::Fulfilled, Self::Cancelled, Self::Refunded];

    /// The word in answers and in the table.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::AwaitingFulfilment => "awaiting_fulfilment",
            Self::Fulfilled => "fulfilled",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }

    /// The status of this word.
    pub(super) fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

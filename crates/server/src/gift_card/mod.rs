//! Gift cards: issued one by one or by the thousand, delivered by mail, looked up by their codes, voided, extended and
//! adjusted. A card's money is in the ledger, on the account with the card's id.

pub(crate) mod graphql;
pub mod jobs;
mod rest;
pub mod service;
mod store;

use crate::platform::http::guesses::Guesses;

pub use rest::feature;

/// How often codes of gift cards may be tried.
pub(crate) const GUESSES: Guesses = Guesses::of("gift card");

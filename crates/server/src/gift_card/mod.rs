//! Gift cards: issued one by one or by the thousand, delivered by mail, looked up by their codes, voided, extended and
//! adjusted. A card's money is in the ledger, on the account with the card's id.

pub mod jobs;
mod rest;
pub mod service;
mod store;

pub use rest::feature;

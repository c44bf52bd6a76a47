//! Store credit: what a store owes to a customer, by currency; on accounts of the ledger, apart from gift cards.

mod rest;
pub mod service;

pub use rest::feature;

//! Store credit: what a store owes to a customer, by currency; on accounts of the ledger, apart from gift cards.

pub(crate) mod graphql;
mod rest;
pub mod service;

pub use rest::feature;

//! Promotions: made, read, changed and listed.
//!
//! What a promotion means is the engine's; here it is a document with an id, a revision and a place in lists.

pub(crate) mod graphql;
mod rest;
pub mod service;
mod store;

pub use rest::feature;

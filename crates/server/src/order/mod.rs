//! Orders: what was bought, at which price, by which promotions, and what became of it.

pub(crate) mod graphql;
mod rest;
mod service;
mod store;

pub use rest::feature;
pub use service::{Named, ask_named, named, verify};

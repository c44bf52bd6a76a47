//! Orders: what was bought, at which price, by which promotions, and what became of it.

mod rest;
mod service;
mod store;

pub use rest::feature;
pub use service::{Named, ask_named, named, verify};

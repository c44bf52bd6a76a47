//! Webhooks: other systems are told what happened, signed as Standard Webhooks says, at least once.
//!
//! What happens writes an event into the outbox inside its own transaction, if an endpoint of the store wants it: changes
//! of what merchants manage through [`crate::activity::record`], orders with their own rows. A worker makes a delivery of
//! it for each endpoint, and tries each for three days.

pub mod jobs;
mod rest;
pub mod service;
mod store;

pub use rest::feature;
pub use service::{Event, Wanted};

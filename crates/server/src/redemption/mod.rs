//! Redemptions: what orders and reservations use up of limits, exactly, however many come at once.
//!
//! Carts are priced without waiting for anyone; then the [`Desk`] decides, for many at a time and in one transaction,
//! whether what they claim is still there.

pub(crate) mod graphql;
pub mod jobs;
mod rest;
pub mod service;
mod store;

pub use rest::feature;
pub use service::desk::Desk;

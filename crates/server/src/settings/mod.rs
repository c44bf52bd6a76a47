//! A store's settings: its currency and zone, and the switches that hold for all its promotions.

pub(crate) mod graphql;
mod rest;
pub mod service;
mod store;

pub use rest::feature;

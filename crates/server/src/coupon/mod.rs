//! Coupon codes: what unlocks coupon promotions.

pub(crate) mod graphql;
pub mod jobs;
mod rest;
pub mod service;
mod store;

pub use rest::feature;

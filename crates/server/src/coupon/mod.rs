//! Coupon codes: what unlocks coupon promotions.

mod rest;
pub mod service;
mod store;

pub use rest::feature;

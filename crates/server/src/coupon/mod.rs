//! Coupon codes: what unlocks coupon promotions.

pub mod jobs;
mod rest;
pub mod service;
mod store;

pub use rest::feature;

//! Coupon codes: what unlocks coupon promotions.

pub(crate) mod graphql;
pub mod jobs;
mod rest;
pub mod service;
mod store;

use crate::platform::http::guesses::Guesses;

pub use rest::feature;

/// How often shoppers may try codes that do not exist.
pub(crate) const GUESSES: Guesses = Guesses::of("coupon code");

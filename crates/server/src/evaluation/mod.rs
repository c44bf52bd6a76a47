//! Pricing a cart: complete it with what is known, ask the engine, answer, and keep the answer when asked to.

pub(crate) mod graphql;
pub mod rest;
pub mod service;
mod store;

pub use rest::feature;

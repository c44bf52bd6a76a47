//! Pricing a cart: complete it with what is known, ask the engine, answer.

pub mod rest;
pub mod service;

pub use rest::feature;

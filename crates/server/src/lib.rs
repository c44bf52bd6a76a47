//! Largesse's server: loads, calls the engine, stores, answers.

pub mod platform;

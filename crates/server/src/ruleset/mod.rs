//! Compiled promotions in memory: evaluation never waits for the database to know the rules.

pub mod jobs;
mod service;
mod store;

pub use service::{Pace, Rulesets, StoreRules, Text, keep, kept, sha256, text_to_keep};

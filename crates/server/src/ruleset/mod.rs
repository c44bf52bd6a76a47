//! Compiled promotions in memory: evaluation never waits for the database to know the rules.

mod service;

pub use service::{Rulesets, StoreRules};

//! What every feature stands on: database, HTTP, clock, ids, configuration, logs. Knows no feature.

pub mod clock;
pub mod config;
pub mod db;
pub mod egress;
pub mod http;
pub mod secret;
pub mod telemetry;
pub mod terminal;

pub use db::ids;

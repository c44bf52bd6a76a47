//! What tests build with: scenarios as data, random carts and a naive second evaluator.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "only tests use this crate, and a test that panics has said what is wrong"
)]

pub mod arbitrary;
pub mod fuzz;
pub mod oracle;
pub mod scenario;
pub mod simulation;
pub mod wire;
pub mod workload;

//! Interleavings: clients, nodes and a database with locked rows, moved one step at a time by dice.
//!
//! Everything around the decision is a model: transactions that lock rows in order, nodes that die before or after a
//! commit, answers that get lost, clients that repeat themselves under the same key, holds that expire, limits that
//! change. What decides is the product's own [`Counts::settle`](engine::redemption::Counts::settle). After every commit
//! the rows are held against a count that nobody wrote down: the orders and holds themselves.
//!
//! One seed is one schedule: it gives the same [`Report`], trace included, for ever.

mod database;
mod transaction;
mod world;

pub use world::{Report, run};

/// A mistake that is built in on purpose, so that tests show that it would be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Counters are read before their rows are locked.
    DecidesByOldCounts,
    /// A repeated request is not recognised.
    ForgetsKeys,
    /// Rows are locked in the order in which the cart names them.
    LocksInAnyOrder,
    /// A limit that changed since the cart was priced is not noticed.
    IgnoresVersions,
}

//! What orders use up of promotions and codes, and whether that much is left.
//!
//! A [`Claim`] is what one order takes of one promotion: a use, and money of its budget. It touches several
//! [`Counter`]s (all uses, those of a day, of a channel, of a customer, of a code), and a [`Take`] is its part of one
//! of them. [`Counts`] are counters as they are known, and [`Counts::settle`] decides: all takes of an order fit, or
//! nothing of it is counted. That is all the logic that limits have; whoever stores counters has to make sure that
//! nobody else changes them meanwhile.

mod claim;
mod counter;
mod counts;
mod identity;
#[cfg(test)]
mod tests;

pub use claim::{Claim, CodeLimits, Setting, claims};
pub use counter::Counter;
pub use counts::{Count, Counts, Hold, Settled, Short, Take};
pub use identity::{Contact, identities};

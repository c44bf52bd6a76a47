//! The ledger: what the store owes to holders of gift cards and of store credit, in entries that sum to zero.
//!
//! It is worked on inside the transaction of whoever has a cause: `lock` the accounts of everything that is to be
//! decided, in one call and before anything else is locked, then `post` as many groups of postings as there are. The
//! number of statements does not depend on how many that is.

pub mod service;
mod store;

//! Access: who calls, and what they may do.
//!
//! A handler names its caller, so that none can forget to ask: [`May`] says by its type which permission an operation
//! needs, [`Staff`] is for operations that look at permissions themselves, [`AnyCaller`] for what shoppers' browsers
//! may do too. All hold the store, and every query starts from it.

pub(crate) mod graphql;
pub mod jobs;
mod rest;
pub mod service;
mod store;

pub(crate) use rest::authorize;
pub use rest::{AnyCaller, Anybody, May, SellerMay, Staff, feature};
pub use service::key::Secret;
pub use service::permission::{Needed, Permission, Permissions, may};
pub use service::{Actor, ActorKind, Caller, Keys};
pub use store::Kind;

//! Access: who calls, and what they may do.
//!
//! A handler names its caller, so that none can forget to ask: [`May`] says by its type which permission an operation
//! needs, [`Staff`] is for operations that look at permissions themselves, [`AnyCaller`] for what shoppers' browsers
//! may do too, [`SignedIn`] for what is about oneself. All hold the store, and every query starts from it; only an
//! [`Operator`] is of no store.

pub(crate) mod graphql;
pub mod jobs;
mod rest;
pub mod service;
mod store;

pub(crate) use rest::authorize;
pub use rest::{AnyCaller, Anybody, May, Operator, SellerMay, SignedIn, Staff, feature};
pub use service::key::{Secret, Token};
pub use service::permission::{Needed, Permission, Permissions, may};
pub use service::session::Session;
pub use service::{Actor, ActorKind, Caller, Keys, Passwords};
pub use store::Kind;

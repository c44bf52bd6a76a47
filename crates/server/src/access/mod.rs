//! Access: API keys, and the typed callers that handlers take, so that none can forget to ask who is there.
//!
//! A handler names its caller: [`SecretCaller`] for what only the store itself may do, [`AnyCaller`] for what shoppers'
//! browsers may do too. Both hold the store, and every query starts from it.

mod rest;
pub mod service;
mod store;

pub use rest::{AnyCaller, SecretCaller};
pub use service::Keys;
pub use service::key::Secret;
pub use store::Kind;

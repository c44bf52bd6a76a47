//! Access: API keys, and the typed callers that handlers take, so that none can forget to ask who is there.
//!
//! A handler names its caller: [`SecretCaller`] for what only the store itself may do, [`AnyCaller`] for what shoppers'
//! browsers may do too. Both hold the store, and every query starts from it.

mod caller;
mod key;
pub mod service;
mod store;

pub use caller::{AnyCaller, SecretCaller};
pub use key::{Kind, Secret};
pub use service::Keys;

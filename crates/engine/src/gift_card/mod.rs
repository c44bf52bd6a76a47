//! Gift cards: their codes, and paying with them.

mod code;
mod tender;

pub use code::{CardCode, CodeError};
pub use tender::{CardFact, CardPayment, CardRefusal, CardResult, KnownCard, pay};

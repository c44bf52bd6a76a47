//! Gift cards: their codes.

mod code;

pub use code::{CardCode, CodeError};

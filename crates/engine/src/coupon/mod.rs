//! Coupon codes: their normal form and how they are made.

mod generate;
mod normalise;

pub use generate::{CODE_LENGTH_MAX, GenerateCodes, GenerateError, generate};
pub use normalise::{CodeError, normalise};

//! Coupon codes: the forms in which they are compared, and how they are made.

mod book;
mod checksum;
mod generate;
mod normalise;
mod permutation;
mod shape;
mod window;

pub use book::CodeBook;
pub use checksum::Check;
pub use generate::{CODE_LENGTH_MAX, GenerateCodes, GenerateError, generate};
pub use normalise::{CodeError, loose, normalise};
pub use permutation::{PERMUTED_MAX, Permutation};
pub use shape::{Guard, LOOK_ALIKES, Shape, ShapeError};
pub use window::CodeWindow;

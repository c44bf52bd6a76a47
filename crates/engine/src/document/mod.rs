//! Reading JSON documents: every problem at once, each with its pointer, and the normal form on the way.

mod field;
mod invalid;
mod pointer;
mod reader;

pub use field::{Field, FieldKind};
pub use invalid::{Invalid, Problems};
pub use pointer::Pointer;
pub use reader::{Context, Reader};
pub(crate) use reader::{ID_MAX, kind_of, nearest, shorten, whole_number};

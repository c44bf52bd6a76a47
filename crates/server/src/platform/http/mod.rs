//! HTTP: strict reading, one kind of error, pages, request ids, limits, and an orderly end.

pub mod address;
mod bulk;
mod catalogue;
mod document;
mod errors;
mod feature;
mod guard;
pub mod guesses;
mod json;
pub mod limits;
pub mod openapi;
mod page;
mod path;
pub mod pointer;
mod problem;
mod query;
pub mod request_id;
pub mod sheet;
pub mod shutdown;
mod wording;

pub use bulk::{Bulk, Upserted, check_bulk, check_bulk_of};
pub use catalogue::Code;
pub use errors::{Errors, TEXT_MAX};
pub use feature::{Dialect, Feature};
pub use guard::guard;
pub use json::{Json, JsonValue, Strict, json_body, nullable, read_document, read_json};
pub use page::{List, Page, PageQuery, with_cursors};
pub use path::Path;
pub use problem::{FieldError, Problem, ProblemBody};
pub use query::Query;

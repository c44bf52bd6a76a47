//! When a code can be used.

use jiff::Timestamp;

/// When a code can be used, beside its promotion's own time: from `start` on and before `end`; always where either is
/// missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeWindow {
    /// The first instant at which it can be used.
    pub start: Option<Timestamp>,
    /// The first instant at which it no longer can.
    pub end: Option<Timestamp>,
}

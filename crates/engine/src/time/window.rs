//! From a first instant up to, but not including, a last one.

use jiff::Timestamp;

/// A half-open span `[start, end)` of UTC instants; without an end it goes on.
///
/// ```
/// use engine::time::Window;
/// let window = Window { start: "2026-03-01T00:00:00Z".parse().unwrap(), end: None };
/// assert!(window.contains("2026-03-01T00:00:00Z".parse().unwrap()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first instant inside.
    pub start: Timestamp,
    /// The first instant that is no longer inside.
    pub end: Option<Timestamp>,
}

impl Window {
    /// Whether `instant` lies inside.
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.start <= instant && self.end.is_none_or(|end| instant < end)
    }
}

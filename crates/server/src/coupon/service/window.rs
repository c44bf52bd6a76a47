//! When a code can be used, as requests and files write it.

use engine::coupon::CodeWindow;
use jiff::Timestamp;

/// Reads an instant.
///
/// Errors: what is expected instead.
pub fn code_instant(text: &str) -> Result<Timestamp, &'static str> {
    text.trim().parse().map_err(|_| "must be an instant with its offset, such as `2026-11-27T00:00:00-05:00`")
}

/// Checks that a code can be used at all.
///
/// Errors: what is wrong with the end.
pub fn check_window(window: CodeWindow) -> Result<(), &'static str> {
    match window {
        CodeWindow { start: Some(start), end: Some(end) } if end <= start => Err("must be after `starts_at`"),
        _ => Ok(()),
    }
}

//! When codes can be used, as requests write it.

use engine::coupon::CodeWindow;
use jiff::Timestamp;

use super::super::service::{check_window, code_instant};
use crate::platform::http::{Errors, Problem};

/// The window of new codes.
///
/// Errors: what is wrong with which of both.
pub(super) fn read(starts_at: Option<&str>, ends_at: Option<&str>) -> Result<CodeWindow, Problem> {
    let mut errors = Errors::default();
    let start = instant(starts_at, "/starts_at", &mut errors);
    let end = instant(ends_at, "/ends_at", &mut errors);
    let window = CodeWindow { start, end };
    if let Err(message) = check_window(window) {
        errors.report("/ends_at", "out_of_range", message);
    }
    errors.finish()?;
    Ok(window)
}

/// Reads an instant, if there is one.
pub(super) fn instant(text: Option<&str>, pointer: &str, errors: &mut Errors) -> Option<Timestamp> {
    match code_instant(text?) {
        Ok(instant) => Some(instant),
        Err(message) => {
            errors.report(pointer, "invalid", message);
            None
        }
    }
}

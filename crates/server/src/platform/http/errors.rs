//! Collects all that is wrong with a request, so that it can be put right in one go.

use std::fmt::Display;

use super::problem::{FieldError, Problem};
use crate::platform::ids::ID_MAX;

/// The most errors that one answer lists.
const LISTED_MAX: usize = 100;
/// The most characters of a name, a SKU, an option and the like.
pub const TEXT_MAX: usize = 250;

/// The errors found so far.
#[derive(Debug, Default)]
pub struct Errors {
    found: Vec<FieldError>,
}

impl Errors {
    /// The rule `code` is broken at `pointer`.
    pub fn report(&mut self, pointer: impl Into<String>, code: &'static str, message: impl Into<String>) {
        if self.found.len() < LISTED_MAX {
            self.found.push(FieldError::new(pointer, code, message));
        }
    }

    /// Checks that an id is one.
    pub fn id(&mut self, pointer: impl Display, id: i64) {
        if !(1..=ID_MAX).contains(&id) {
            let message = format!("must be a whole number from 1 to 2^53 - 1, is `{id}`");
            self.report(pointer.to_string(), "out_of_range", message);
        }
    }

    /// Checks that an id is one, or that it is left out or 0, which both mean that there is none.
    pub fn optional_id(&mut self, pointer: impl Display, id: Option<i64>) {
        if let Some(id) = id.filter(|id| *id != 0) {
            self.id(pointer, id);
        }
    }

    /// Checks that a text has from 1 to 250 characters.
    pub fn text(&mut self, pointer: impl Display, text: &str) {
        if text.is_empty() {
            self.report(pointer.to_string(), "empty", "must not be empty");
        } else {
            self.text_or_empty(pointer, text);
        }
    }

    /// Checks that a text has at most 250 characters.
    pub fn text_or_empty(&mut self, pointer: impl Display, text: &str) {
        // Bytes are at least as many as characters, and need no counting.
        if text.len() > TEXT_MAX && text.chars().count() > TEXT_MAX {
            let message = format!("must have at most {TEXT_MAX} characters, has {}", text.chars().count());
            self.report(pointer.to_string(), "out_of_range", message);
        }
    }

    /// Checks that a text, if there is one, could be an e-mail address. Not more: only sending to it can tell.
    pub fn email(&mut self, pointer: impl Display, text: Option<&str>) {
        let Some(text) = text else { return };
        self.text(&pointer, text);
        if !text.is_empty() && !text.contains('@') {
            self.report(pointer.to_string(), "invalid", "must be an e-mail address: it has no `@`");
        }
    }

    /// Checks that a list has at most so many entries.
    pub fn length(&mut self, pointer: impl Display, length: usize, length_max: usize) {
        if length > length_max {
            let message = format!("must have at most {length_max} entries, has {length}");
            self.report(pointer.to_string(), "out_of_range", message);
        }
    }

    /// Whether nothing is wrong.
    ///
    /// Errors: the problem that lists everything found.
    pub fn finish(self) -> Result<(), Problem> {
        if self.found.is_empty() { Ok(()) } else { Err(Problem::invalid(self.found)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_listed_up_to_a_hundred() {
        let mut errors = Errors::default();
        errors.id("/id", 0);
        errors.id("/id", ID_MAX + 1);
        errors.optional_id("/brand_id", Some(-1));
        errors.text("/name", "");
        errors.text("/name", &"é".repeat(TEXT_MAX + 1));
        errors.length("/items", 3, 2);
        assert_eq!(errors.finish().unwrap_err().errors().len(), 6);

        let mut many = Errors::default();
        (0..1000).for_each(|_| many.id("/id", 0));
        assert_eq!(many.finish().unwrap_err().errors().len(), LISTED_MAX);
    }

    #[test]
    fn what_is_right_is_not_reported() {
        let mut errors = Errors::default();
        errors.id("/id", 1);
        errors.id("/id", ID_MAX);
        errors.optional_id("/brand_id", Some(0));
        errors.optional_id("/brand_id", None);
        errors.text("/name", &"é".repeat(TEXT_MAX));
        errors.length("/items", 2, 2);
        assert!(errors.finish().is_ok());
    }
}

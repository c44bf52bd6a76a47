//! What is wrong with a document, and how to mend it.

use std::cell::RefCell;

use serde_json::{Map, Value};

use super::Pointer;

/// One thing that is wrong with a document.
///
/// ```
/// use engine::{document::Context, money::Currency, promotion};
/// let usd = Currency::parse("USD").unwrap();
/// let context = Context { default_currency: usd, now: "2026-03-01T10:00:00Z".parse().unwrap() };
/// let document = serde_json::json!({"name": "Boots", "redemption_type": "AUTOMATIC", "rules": []});
/// let problems = promotion::parse(&document, &context).unwrap_err();
/// assert_eq!((problems[0].pointer.as_str(), problems[0].code), ("/rules", "empty"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Where, as a JSON pointer (RFC 6901); empty for the document itself.
    pub pointer: String,
    /// What kind of mistake, stable: `required`, `type`, `unknown_field`, `unknown_kind`, `out_of_range`,
    /// `empty`, `conflict`, `never_ends`, `unknown_currency`, `not_yet`, `too_deep`.
    pub code: &'static str,
    /// What is wrong and how to mend it, for a person.
    pub message: String,
}

/// Collects what is wrong while a document is read, so that a person mends it in one go.
#[derive(Debug, Default)]
pub struct Problems {
    found: RefCell<Vec<Invalid>>,
    /// Whether nobody asks for the document's normal form, so that it need not be made.
    leaves_normal_form: bool,
}

impl Problems {
    /// The same for a document of which only the meaning is wanted: its normal form is left out, which is most of the
    /// work.
    pub(crate) fn of_meaning() -> Self {
        Self { leaves_normal_form: true, ..Self::default() }
    }

    /// Whether the normal form of what is read is wanted.
    pub(crate) fn wants_normal_form(&self) -> bool {
        !self.leaves_normal_form
    }

    /// The normal form of a tree's node, an object with one key; null when it is not wanted.
    pub(crate) fn node(&self, code: &str, normal: Value) -> Value {
        if self.leaves_normal_form {
            return Value::Null;
        }
        Value::Object(Map::from_iter([(code.to_owned(), normal)]))
    }

    /// Notes one more.
    pub fn report(&self, pointer: &Pointer<'_>, code: &'static str, message: impl Into<String>) {
        self.found.borrow_mut().push(Invalid { pointer: pointer.to_string(), code, message: message.into() });
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// All of them, in the order found.
    pub fn into_vec(self) -> Vec<Invalid> {
        self.found.into_inner()
    }
}

//! Choosing products: a tree of and, or and not over kinds of matchers, one file per kind.

use std::fmt::Debug;

use serde_json::Value;
use smallvec::SmallVec;

use super::language::{Language, Named};
use crate::cart::Line;
use crate::document::{FieldKind, Pointer, Problems};

/// Chooses lines by one property.
pub trait Matcher: Debug + Send + Sync {
    /// Whether the line's product is chosen.
    fn matches(&self, line: &Line) -> bool;

    /// The one product or variant that is chosen, when it is only one.
    fn single(&self) -> Option<(Named, u64)> {
        None
    }

    /// What it asks of a line, as data: from it follow the lines of witness carts, and whether a tree of matchers
    /// can match at all.
    fn property(&self) -> Property<'_> {
        Property::Opaque
    }

    /// Changes a line so that it is chosen, where that takes more than what it asks for as data.
    fn fulfil(&self, _line: &mut Line) {}

    /// What is chosen, in words: `products in Boots`.
    fn sentence(&self, language: &Language<'_>) -> String;
}

/// What a matcher asks of a line.
#[derive(Clone, Copy, Debug)]
pub enum Property<'m> {
    /// One of these products, variants, brands or sellers; or at least one of these categories.
    Ids(Named, &'m [u64]),
    /// The option of this name has one of these values; an option has one value.
    Choice(&'m str, &'m [String]),
    /// The custom field of this name has one of these values; a field may have several.
    Field(&'m str, &'m [String]),
    /// Something else: nothing is concluded from it.
    Opaque,
}

/// What a kind of matcher declares about itself; validation, schema and docs follow from it.
#[derive(Debug)]
pub struct MatcherKind {
    /// Its key in JSON.
    pub code: &'static str,
    /// What it chooses, for documentation.
    pub doc: &'static str,
    /// What its value looks like.
    pub shape: MatcherShape,
    /// A value of it as JSON.
    pub example: &'static str,
    /// Reads its value; gives the matcher and the normal form.
    pub parse: fn(&Value, Pointer<'_>, &Problems) -> Option<Read>,
}

/// A matcher that was read, and the normal form of its value.
pub type Read = (Box<dyn Matcher>, Value);

/// What the value of a matcher looks like.
#[derive(Clone, Copy, Debug)]
pub enum MatcherShape {
    /// A list of ids.
    Ids,
    /// An object with these fields.
    Object(&'static [(&'static str, FieldKind)]),
}

mod listing {
    use super::MatcherKind;
    include!(concat!(env!("OUT_DIR"), "/matchers.rs"));
}

/// Every kind of matcher, by code.
pub fn kinds() -> impl Iterator<Item = &'static MatcherKind> {
    listing::KINDS.iter().copied()
}

/// Declares a matcher over a list of ids.
macro_rules! id_matcher {
    ($type:ident, $code:literal, $doc:literal, |$line:ident, $ids:ident| $matches:expr, $named:expr, $words:literal) => {
        #[derive(Debug)]
        struct $type(crate::promotion::matchers::IdSet);

        pub(super) static KIND: crate::promotion::matchers::MatcherKind =
            crate::promotion::matchers::MatcherKind {
                code: $code,
                doc: $doc,
                shape: crate::promotion::matchers::MatcherShape::Ids,
                example: "[1, 2]",
                parse: |value, pointer, problems| {
                    let (ids, normal) = crate::promotion::matchers::IdSet::parse(value, pointer, problems)?;
                    Some((Box::new($type(ids)), normal))
                },
            };

        impl crate::promotion::matchers::Matcher for $type {
            fn matches(&self, $line: &crate::cart::Line) -> bool {
                let $ids = &self.0;
                $matches
            }

            fn single(&self) -> Option<(crate::promotion::language::Named, u64)> {
                match self.0.as_slice() {
                    [only] if $named.is_goods() => Some(($named, *only)),
                    _ => None,
                }
            }

            fn property(&self) -> crate::promotion::matchers::Property<'_> {
                crate::promotion::matchers::Property::Ids($named, self.0.as_slice())
            }

            fn sentence(&self, language: &crate::promotion::language::Language<'_>) -> String {
                format!($words, language.list($named, self.0.as_slice()))
            }
        }
    };
}
pub(crate) use id_matcher;

/// A sorted list of ids to look one up in; most have one.
#[derive(Debug)]
pub(crate) struct IdSet(SmallVec<[u64; 2]>);

impl IdSet {
    /// Reads a list of at least one id.
    pub(crate) fn parse(value: &Value, pointer: Pointer<'_>, problems: &Problems) -> Option<(Self, Value)> {
        let Value::Array(values) = value else {
            problems.report(&pointer, "type", "must be a list of ids");
            return None;
        };
        if values.is_empty() {
            problems.report(&pointer, "empty", "must name at least one id, or nothing would ever match");
            return None;
        }
        let range = 1..=crate::document::ID_MAX;
        let read =
            |(index, value)| crate::document::whole_number(value, &range, &pointer.index(index), problems);
        let mut ids: SmallVec<[u64; 2]> = values.iter().enumerate().filter_map(read).collect();
        let normal = Value::from(ids.as_slice());
        ids.sort_unstable();
        ids.dedup();
        Some((Self(ids), normal))
    }

    pub(crate) fn has(&self, id: u64) -> bool {
        self.0.binary_search(&id).is_ok()
    }

    pub(crate) fn as_slice(&self) -> &[u64] {
        &self.0
    }
}

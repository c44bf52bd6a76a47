//! A tree of and, or and not that chooses products.

use serde_json::Value;

use super::index::Key;
use super::language::{Language, Named};
use super::matchers::{self, Matcher, Property};
use super::tree::{self, Branch};
use crate::cart::Line;
use crate::document::{Pointer, Problems};

/// Chooses products: one matcher, or several joined by `and`, `or` and `not`.
#[derive(Debug)]
pub enum Items {
    /// One matcher.
    Leaf(Box<dyn Matcher>),
    /// All must match.
    And(Vec<Items>),
    /// At least one must match.
    Or(Vec<Items>),
    /// Must not match.
    Not(Box<Items>),
}

impl Items {
    /// Reads a tree; gives it with its normal form.
    pub(crate) fn parse(value: &Value, pointer: Pointer<'_>, problems: &Problems) -> Option<(Self, Value)> {
        Self::parse_at(value, pointer, problems, 0)
    }

    fn parse_at(
        value: &Value,
        pointer: Pointer<'_>,
        problems: &Problems,
        depth: usize,
    ) -> Option<(Self, Value)> {
        let known: Vec<&'static str> = matchers::kinds().map(|kind| kind.code).collect();
        let (code, inner, branch) = tree::open(value, &pointer, problems, depth, &known)?;
        let pointer = pointer.key(code);
        let parse = |value: &Value, pointer: Pointer<'_>| Self::parse_at(value, pointer, problems, depth + 1);
        let (items, normal) = match branch {
            Branch::And => {
                tree::several(inner, pointer, problems, parse).map(|(all, n)| (Self::And(all), n))?
            }
            Branch::Or => {
                tree::several(inner, pointer, problems, parse).map(|(all, n)| (Self::Or(all), n))?
            }
            Branch::Not => parse(inner, pointer).map(|(one, normal)| (Self::Not(Box::new(one)), normal))?,
            Branch::Leaf => {
                let kind = matchers::kinds().find(|kind| kind.code == code)?;
                (kind.parse)(inner, pointer, problems).map(|(leaf, normal)| (Self::Leaf(leaf), normal))?
            }
        };
        Some((items, problems.node(code, normal)))
    }

    /// Whether the line's product is chosen.
    pub fn matches(&self, line: &Line) -> bool {
        match self {
            Self::Leaf(matcher) => matcher.matches(line),
            Self::And(all) => all.iter().all(|items| items.matches(line)),
            Self::Or(all) => all.iter().any(|items| items.matches(line)),
            Self::Not(items) => !items.matches(line),
        }
    }

    /// Lets every matcher that has to match change a line so that it does.
    pub(crate) fn fulfil(&self, line: &mut Line) {
        match self {
            Self::Leaf(matcher) => matcher.fulfil(line),
            Self::And(all) | Self::Or(all) => all.iter().for_each(|items| items.fulfil(line)),
            Self::Not(_) => {}
        }
    }

    /// The key of all lines that are chosen and of no other, when there is one.
    pub(crate) fn key(&self) -> Option<Key> {
        let Self::Leaf(matcher) = self else { return None };
        match matcher.property() {
            Property::Ids(named, [id]) => Some(Key::Goods(named, *id)),
            _ => None,
        }
    }

    /// The one product or variant that is chosen, when it is only one.
    pub(crate) fn single(&self) -> Option<(Named, u64)> {
        if let Self::Leaf(matcher) = self { matcher.single() } else { None }
    }

    /// What is chosen, in words.
    pub fn sentence(&self, language: &Language<'_>) -> String {
        match self {
            Self::Leaf(matcher) => matcher.sentence(language),
            Self::And(all) => and_sentence(all, language),
            Self::Or(all) => join(all, " or ", language),
            Self::Not(items) => format!("products except {}", items.sentence(language)),
        }
    }
}

/// `Boots, except Sale`: exclusions read better at the end than joined by `and`.
fn and_sentence(all: &[Items], language: &Language<'_>) -> String {
    let (excluded, included): (Vec<&Items>, Vec<&Items>) =
        all.iter().partition(|items| matches!(items, Items::Not(_)));
    let words: Vec<String> = included.iter().map(|items| items.sentence(language)).collect();
    let without: Vec<String> = excluded
        .iter()
        .filter_map(|items| match items {
            Items::Not(inner) => Some(inner.sentence(language)),
            _ => None,
        })
        .collect();
    let included = if words.is_empty() { "products".to_owned() } else { words.join(" that are also ") };
    if without.is_empty() { included } else { format!("{included}, except {}", without.join(" and ")) }
}

fn join(all: &[Items], with: &str, language: &Language<'_>) -> String {
    all.iter().map(|items| items.sentence(language)).collect::<Vec<_>>().join(with)
}

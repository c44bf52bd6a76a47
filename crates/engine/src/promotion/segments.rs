//! Which customer segments a promotion is for: a tree of and, or and not.

use serde_json::Value;

use super::tree::{self, Branch};
use crate::document::{Pointer, Problems};

/// Chooses customers by the segments they are in. Only signed-in customers are in any.
#[derive(Debug)]
pub enum Segments {
    /// In at least one of these.
    In(Vec<String>),
    /// All must hold.
    And(Vec<Segments>),
    /// At least one must hold.
    Or(Vec<Segments>),
    /// Must not hold.
    Not(Box<Segments>),
}

impl Segments {
    pub(crate) fn parse(value: &Value, pointer: Pointer<'_>, problems: &Problems) -> Option<(Self, Value)> {
        Self::parse_at(value, pointer, problems, 0)
    }

    fn parse_at(
        value: &Value,
        pointer: Pointer<'_>,
        problems: &Problems,
        depth: usize,
    ) -> Option<(Self, Value)> {
        let (code, inner, branch) = tree::open(value, &pointer, problems, depth, &["id"])?;
        let pointer = pointer.key(code);
        let parse = |value: &Value, pointer: Pointer<'_>| Self::parse_at(value, pointer, problems, depth + 1);
        let (segments, normal) = match branch {
            Branch::And => {
                tree::several(inner, pointer, problems, parse).map(|(all, n)| (Self::And(all), n))?
            }
            Branch::Or => {
                tree::several(inner, pointer, problems, parse).map(|(all, n)| (Self::Or(all), n))?
            }
            Branch::Not => parse(inner, pointer).map(|(one, normal)| (Self::Not(Box::new(one)), normal))?,
            Branch::Leaf => {
                let read = |value: &Value, pointer: Pointer<'_>| match value.as_str() {
                    Some(id) if (1..=250).contains(&id.len()) => Some((id.to_owned(), value.clone())),
                    _ => {
                        problems.report(&pointer, "type", "must be the id of a segment, a string");
                        None
                    }
                };
                tree::several(inner, pointer, problems, read).map(|(ids, normal)| (Self::In(ids), normal))?
            }
        };
        Some((segments, problems.node(code, normal)))
    }

    /// Whether a customer in these segments is meant.
    pub fn matches(&self, segments: &[String]) -> bool {
        match self {
            Self::In(ids) => ids.iter().any(|id| segments.contains(id)),
            Self::And(all) => all.iter().all(|part| part.matches(segments)),
            Self::Or(all) => all.iter().any(|part| part.matches(segments)),
            Self::Not(part) => !part.matches(segments),
        }
    }
}

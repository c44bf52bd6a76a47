//! A tree of and, or and not over conditions.

use serde_json::Value;

use super::conditions::{self, Condition, Verdict};
use super::evaluate::{Claims, Turn};
use super::language::Language;
use super::nudge::{Missing, Stock};
use super::reason::{EXCLUDED, Reason};
use super::tree::{self, Branch};
use crate::document::{Pointer, Problems, Reader};
use crate::money::Currency;

/// What must hold before a rule acts: one condition, or several joined by `and`, `or` and `not`.
#[derive(Debug)]
pub enum ConditionTree {
    /// One condition.
    Leaf(Box<dyn Condition>),
    /// All must hold. A unit may count for several of them.
    And(Vec<ConditionTree>),
    /// At least one must hold.
    Or(Vec<ConditionTree>),
    /// Must not hold.
    Not(Box<ConditionTree>),
}

impl ConditionTree {
    /// Reads a tree; gives it with its normal form.
    pub(crate) fn parse(
        value: &Value,
        pointer: Pointer<'_>,
        problems: &Problems,
        currency: Option<Currency>,
    ) -> Option<(Self, Value)> {
        Self::parse_at(value, pointer, problems, currency, 0)
    }

    fn parse_at(
        value: &Value,
        pointer: Pointer<'_>,
        problems: &Problems,
        currency: Option<Currency>,
        depth: usize,
    ) -> Option<(Self, Value)> {
        let known: Vec<&'static str> = conditions::kinds().map(|kind| kind.code).collect();
        let (code, inner, branch) = tree::open(value, &pointer, problems, depth, &known)?;
        let pointer = pointer.key(code);
        let parse = |value: &Value, pointer: Pointer<'_>| {
            Self::parse_at(value, pointer, problems, currency, depth + 1)
        };
        let (condition, normal) = match branch {
            Branch::And => {
                tree::several(inner, pointer, problems, parse).map(|(all, n)| (Self::And(all), n))?
            }
            Branch::Or => {
                tree::several(inner, pointer, problems, parse).map(|(all, n)| (Self::Or(all), n))?
            }
            Branch::Not => parse(inner, pointer).map(|(one, normal)| (Self::Not(Box::new(one)), normal))?,
            Branch::Leaf => {
                let kind = conditions::kinds().find(|kind| kind.code == code)?;
                let reader = Reader::open(inner, pointer, problems)?.in_currency(currency);
                conditions::parse(kind, reader).map(|(leaf, normal)| (Self::Leaf(leaf), normal))?
            }
        };
        Some((condition, problems.node(code, normal)))
    }

    /// Its conditions that are not to be failed.
    pub(crate) fn leaves(&self) -> Vec<&dyn Condition> {
        match self {
            Self::Leaf(condition) => vec![condition.as_ref()],
            Self::And(all) | Self::Or(all) => all.iter().flat_map(Self::leaves).collect(),
            Self::Not(_) => Vec::new(),
        }
    }

    /// Whether the tree holds; the reason is that of the first part that decided.
    pub(crate) fn check(&self, turn: &Turn<'_>, claims: &mut Claims) -> Verdict {
        match self {
            Self::Leaf(condition) => condition.check(turn, claims),
            Self::And(all) => {
                let unmet = all.iter().map(|part| part.check(turn, claims)).find(|it| *it != Verdict::Met);
                unmet.unwrap_or(Verdict::Met)
            }
            Self::Or(all) => {
                let mut first_unmet = None;
                for part in all {
                    match part.check(turn, claims) {
                        Verdict::Met => return Verdict::Met,
                        unmet => first_unmet = first_unmet.or(Some(unmet)),
                    }
                }
                first_unmet.unwrap_or(Verdict::Met)
            }
            Self::Not(part) => match part.check(turn, claims) {
                Verdict::Met => Verdict::Unmet(Reason::plain(&EXCLUDED)),
                Verdict::Unmet(_) => Verdict::Met,
            },
        }
    }

    /// What it lacks, as far as goods mend it.
    pub(crate) fn missing<'c>(&'c self, stock: &Stock<'_>) -> Missing<'c> {
        let of_parts = |parts: &'c [Self]| parts.iter().map(|part| part.missing(stock)).collect();
        match self {
            Self::Leaf(condition) => condition.missing(stock),
            Self::And(all) => Missing::All(of_parts(all)),
            Self::Or(all) => Missing::Any(of_parts(all)),
            Self::Not(part) if part.missing(stock).is_nothing() => Missing::Else,
            Self::Not(_) => Missing::Nothing,
        }
    }

    /// Claims what fulfilled the tree; of an `or`, the first part that holds.
    pub(crate) fn claim(&self, turn: &Turn<'_>, claims: &mut Claims) {
        match self {
            Self::Leaf(condition) => condition.claim(turn, claims),
            Self::And(all) => all.iter().for_each(|part| part.claim(turn, claims)),
            Self::Or(all) => {
                // Judged before this application claimed anything, or its own rewards would hide the answer.
                let aside = claims.set_aside();
                let holds = all.iter().find(|part| part.check(turn, claims) == Verdict::Met);
                claims.restore(aside);
                holds.into_iter().for_each(|part| part.claim(turn, claims));
            }
            Self::Not(_) => {}
        }
    }

    /// Whether each application is sure to claim something.
    pub(crate) fn claims_something(&self) -> bool {
        match self {
            Self::Leaf(condition) => condition.claims_something(),
            Self::And(all) => all.iter().any(Self::claims_something),
            Self::Or(all) => all.iter().all(Self::claims_something),
            Self::Not(_) => false,
        }
    }

    /// Its part of the summary sentence, after "when".
    pub(crate) fn sentence(&self, language: &Language<'_>) -> String {
        let join = |all: &[Self], with: &str| {
            all.iter().map(|part| part.sentence(language)).collect::<Vec<_>>().join(with)
        };
        match self {
            Self::Leaf(condition) => condition.sentence(language),
            Self::And(all) => join(all, " and "),
            Self::Or(all) => join(all, " or "),
            Self::Not(part) => format!("it is not so that {}", part.sentence(language)),
        }
    }
}

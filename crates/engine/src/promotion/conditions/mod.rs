//! Questions about a cart that a rule asks before it acts, one file per kind.
//!
//! A new kind is one new file here with a `KIND`, and a scenario of the same name; nothing else names it.
//! `cargo xtask new condition <code>` writes both.

use std::fmt::Debug;

use serde_json::Value;

use super::evaluate::{Claims, SpendBasis, Turn};
use super::items::Items;
use super::language::Language;
use super::nudge::{Missing, Stock};
use super::reason::{Reason, ReasonKind};
use crate::cart::Cart;
use crate::document::{Field, Reader};
use crate::money::Minor;

/// A yes-or-no question about a cart, with the reason when the answer is no.
pub trait Condition: Debug + Send + Sync {
    /// Whether it holds for what earlier applications of the rule have left unclaimed.
    fn check(&self, turn: &Turn<'_>, claims: &mut Claims) -> Verdict;

    /// Claims the units or the spend that fulfilled it, so that a repeating rule uses nothing twice.
    fn claim(&self, _turn: &Turn<'_>, _claims: &mut Claims) {}

    /// Whether each application claims something, so that a repeating rule comes to an end.
    fn claims_something(&self) -> bool {
        false
    }

    /// What it lacks, when goods mend it: nudges add them. Those that are not about goods need not say anything.
    fn missing<'c>(&'c self, _stock: &Stock<'_>) -> Missing<'c> {
        Missing::Nothing
    }

    /// What it asks, as data: from it follow witness carts, and what lint concludes about rules.
    fn asks(&self) -> Asked<'_> {
        Asked::Opaque
    }

    /// Changes a cart so that it holds, where that takes more than what it asks for as data.
    fn fulfil(&self, _cart: &mut Cart) {}

    /// Its part of the summary sentence, after "when": `they spend 100.00 USD or more`.
    fn sentence(&self, language: &Language<'_>) -> String;
}

/// What a condition asks of a cart.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'c> {
    /// So many units, worth so much.
    Goods(Goods<'c>),
    /// The order is one of the customer's orders from the first of these to the last, 1 for the very first.
    OrderNumber(u64, Option<u64>),
    /// Something else: nothing is concluded from it.
    Opaque,
}

/// Units that a condition counts.
#[derive(Clone, Copy, Debug)]
pub struct Goods<'c> {
    /// Which units count; the whole subtotal when `None`.
    pub items: Option<&'c Items>,
    /// The least units.
    pub minimum_quantity: u64,
    /// The most units.
    pub maximum_quantity: Option<u64>,
    /// What they are worth together, at least.
    pub minimum_spend: Minor,
    /// What they are worth together, at most.
    pub maximum_spend: Option<Minor>,
    /// Which amounts count as spend.
    pub basis: SpendBasis,
}

/// Whether a condition holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It does.
    Met,
    /// It does not, and why.
    Unmet(Reason),
}

/// What a kind of condition declares about itself; validation, schema, form and docs follow from it.
#[derive(Debug)]
pub struct ConditionKind {
    /// Its key in JSON.
    pub code: &'static str,
    /// What it asks, in a few words.
    pub label: &'static str,
    /// The fields it reads.
    pub fields: &'static [Field],
    /// Its fields as JSON, as an example.
    pub example: &'static str,
    /// The reasons that only this kind gives.
    pub reasons: &'static [&'static ReasonKind],
    /// Reads its fields; reports what is wrong with them.
    pub parse: fn(&mut Reader<'_>) -> Option<Box<dyn Condition>>,
}

mod listing {
    use super::ConditionKind;
    include!(concat!(env!("OUT_DIR"), "/conditions.rs"));
}

/// Every kind of condition, by code.
pub fn kinds() -> impl Iterator<Item = &'static ConditionKind> {
    listing::KINDS.iter().copied()
}

/// Reads the fields of one condition of this kind; gives it with its normal form.
pub(crate) fn parse(kind: &ConditionKind, mut reader: Reader<'_>) -> Option<(Box<dyn Condition>, Value)> {
    let condition = (kind.parse)(&mut reader);
    let normal = reader.close();
    condition.map(|condition| (condition, normal))
}

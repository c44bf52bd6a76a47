//! What lints look at: the promotion alone, beside the others, and with some of its rules.

use std::cell::{Cell, OnceCell};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::evaluate::{Evaluation, Gift};
use super::super::ruleset::{Definition, Ruleset};
use super::super::witness::{Shelf, Sketched, Witness, carts, coupons_of, first_open, has_applied};
use super::super::{Promotion, Status};
use super::Draft;
use super::worst::Worst;
use crate::cart::Cart;
use crate::money::Minor;

/// Work that looking at one promotion may take: rules that are applied, [`Ruleset::weight`] for each evaluation.
/// What would take more is not looked at.
const WORK_MAX: u64 = 300_000;

/// The promotion that is looked at, as if it were active, and what is around it.
#[derive(Debug)]
pub(super) struct Case<'a> {
    pub(super) id: u64,
    pub(super) now: Timestamp,
    pub(super) shelf: &'a dyn Shelf,
    /// Its document, with status active.
    pub(super) document: Value,
    /// It and nothing else.
    pub(super) alone: Ruleset,
    /// It and all other promotions that are active and not over.
    pub(super) together: Ruleset,
    /// The worst that it does to a cart, once that was asked for.
    pub(super) worst: OnceCell<Option<Worst>>,
    created: Timestamp,
    /// Work that may still be done.
    work_left: Cell<u64>,
    /// No promotion at all.
    nothing: Ruleset,
    /// The first instant at which it is open; from its start on when that is past for good.
    at: Option<Timestamp>,
}

impl<'a> Case<'a> {
    /// `None` when the document does not parse.
    pub(super) fn of(
        draft: &Draft<'_>,
        beside: &Ruleset,
        shelf: &'a dyn Shelf,
        now: Timestamp,
    ) -> Option<Self> {
        let mut document = draft.document.clone();
        document.as_object_mut()?.insert("status".to_owned(), json!(Status::Active.word()));
        let id = draft.id.unwrap_or_else(|| beside.iter().map(|(id, _)| id).max().unwrap_or(0) + 1);
        let is_running = |promotion: &Promotion| {
            promotion.status == Status::Active && promotion.window.end.is_none_or(|end| now < end)
        };
        let others = beside.only(|other| beside.get(other).is_some_and(is_running));
        let definition = Definition { id, created: draft.created, document: &document };
        let together = others.with(&definition).ok()?;
        let alone = together.only(|other| other == id);
        let promotion = alone.get(id)?;
        let first = |from| first_open(promotion, alone.settings(), from);
        let at = first(now).or_else(|| first(promotion.window.start));
        let nothing = alone.only(|_| false);
        Some(Self {
            id,
            now,
            shelf,
            document,
            alone,
            together,
            worst: OnceCell::new(),
            created: draft.created,
            work_left: Cell::new(WORK_MAX),
            nothing,
            at,
        })
    }

    /// What a ruleset does to a witness; nothing once the work is used up, so that nothing more is found.
    pub(super) fn evaluate(&self, witness: &Witness, ruleset: &Ruleset) -> Evaluation {
        match self.work_left.get().checked_sub(ruleset.weight()) {
            Some(left) => {
                self.work_left.set(left);
                witness.evaluate(ruleset)
            }
            None => {
                self.work_left.set(0);
                witness.evaluate(&self.nothing)
            }
        }
    }

    /// Whether a promotion of the ruleset applies to a witness.
    pub(super) fn applies(&self, witness: &Witness, ruleset: &Ruleset, promotion: u64) -> bool {
        has_applied(&self.evaluate(witness, ruleset), promotion)
    }

    /// Whether no more work may be done.
    pub(super) fn is_spent(&self) -> bool {
        self.work_left.get() == 0
    }

    /// The promotion alone, with only some of its rules; `None` without any.
    pub(super) fn with_rules(&self, is_kept: impl Fn(usize) -> bool) -> Option<Ruleset> {
        let mut document = self.document.clone();
        let rules = document.get_mut("rules")?.as_array_mut()?;
        let mut index = 0;
        rules.retain(|_| {
            index += 1;
            is_kept(index - 1)
        });
        self.alone.with(&Definition { id: self.id, created: self.created, document: &document }).ok()
    }

    /// Carts to which a rule applies when it is alone, smaller ones first.
    pub(super) fn carts_of(&self, promotion: &Promotion, rule: usize) -> Vec<Sketched> {
        let (Some(found), Some(alone)) = (promotion.rules.get(rule), self.with_rules(|at| at == rule)) else {
            return Vec::new();
        };
        let sketched = carts(promotion, found, self.alone.settings(), self.shelf);
        let applies = |cart: &Cart| {
            self.witness(promotion, cart, "").is_some_and(|it| self.applies(&it, &alone, self.id))
        };
        sketched.filter(|sketched| applies(&sketched.cart)).collect()
    }

    /// A witness of the promotion with this cart; `None` when it is never open.
    pub(super) fn witness(
        &self,
        promotion: &Promotion,
        cart: &Cart,
        shows: impl Into<String>,
    ) -> Option<Witness> {
        let coupons = coupons_of(promotion, self.id);
        Some(Witness { cart: cart.clone(), coupons, at: self.at?, shows: shows.into() })
    }

    /// The fields of a rule in the document.
    pub(super) fn rule(&self, rule: usize) -> Option<&Value> {
        self.document.get("rules")?.get(rule)
    }

    /// The code and the fields of a rule's action in the document.
    pub(super) fn action(&self, rule: usize) -> Option<(&str, &Value)> {
        let (code, fields) = self.rule(rule)?.get("action")?.as_object()?.iter().next()?;
        Some((code, fields))
    }
}

/// What an evaluation takes off the goods.
pub(super) fn saved(evaluation: &Evaluation) -> Minor {
    evaluation.lines.iter().map(|line| line.discount).sum()
}

/// Whether two evaluations of a cart come to the same for the shopper.
pub(super) fn is_same(one: &Evaluation, other: &Evaluation) -> bool {
    let gift = |gift: &Gift| (gift.product, gift.variant, gift.quantity);
    one.totals == other.totals && one.gifts.iter().map(gift).eq(other.gifts.iter().map(gift))
}

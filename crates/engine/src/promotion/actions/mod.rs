//! What rules do to carts, one file per kind.
//!
//! A new kind is one new file here with a `KIND`, and a scenario of the same name; nothing else names it.

mod listing {
    use super::ActionKind;
    include!(concat!(env!("OUT_DIR"), "/actions.rs"));
}

use std::fmt::Debug;

use super::evaluate::{Effect, Repetition, Turn};
use super::items::Items;
use super::language::{Language, Named};
use super::nudge::{Step, Stock};
use super::reason::{NO_EFFECT, Reason};
use crate::cart::{Cart, Line};
use crate::document::{Field, Reader};
use crate::money::Minor;

/// When an action has its turn. Item-level discounts always come before order-level ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Changes single lines, or adds gifts.
    Item,
    /// Changes the order as a whole.
    Order,
    /// Changes shipping.
    Shipping,
}

/// Something that a rule does to a cart.
pub trait Action: Debug + Send + Sync {
    /// When it has its turn.
    fn phase(&self) -> Phase;

    /// Whether units that fulfilled the condition may be rewarded.
    fn rewards_triggers(&self) -> bool {
        true
    }

    /// Whether units of the line may be rewarded; when triggers may not be, such units are the last to be
    /// taken as triggers.
    fn is_target(&self, _line: &Line) -> bool {
        false
    }

    /// Whether each application uses units up, so that it comes to an end even without a condition.
    fn uses_units_up(&self) -> bool {
        false
    }

    /// How many units of an offer it lacks to have something to act on, at least: one when those may be rewarded.
    /// Asked when it did nothing although its condition holds.
    fn lack(&self, _stock: &Stock<'_>, offer: &Line) -> Option<Step> {
        let step = Step { units: 1, spend: Minor::ZERO, reason: Reason::plain(&NO_EFFECT) };
        self.is_target(offer).then_some(step)
    }

    /// What it must find in a cart to have an effect, as data: from it follow witness carts, and what lint
    /// concludes about rules.
    fn needs(&self) -> Needs<'_> {
        Needs::Opaque
    }

    /// Changes a cart so that it has an effect, where that takes more than what it needs as data.
    fn fulfil(&self, _cart: &mut Cart) {}

    /// The product or variant that it adds to the cart.
    fn gift(&self) -> Option<(Named, u64)> {
        None
    }

    /// Works out the effect on the cart, applying as often as the rule allows, without touching the cart.
    ///
    /// Errors: the reason why there is none.
    fn apply(&self, turn: &Turn<'_>, repetition: &mut Repetition<'_>) -> Result<Effect, Reason>;

    /// Its part of the summary sentence, after the customers: `get 20 % off Boots`.
    fn sentence(&self, language: &Language<'_>) -> String;
}

/// What an action must find in a cart to have an effect.
#[derive(Clone, Debug)]
pub enum Needs<'a> {
    /// Nothing.
    Nothing,
    /// Units of each of these that cost something.
    Goods(Vec<Part<'a>>),
    /// Shipping that costs more than so much, by a method, to a zone.
    Shipping(Shipment<'a>),
    /// Something else: nothing is concluded from it.
    Opaque,
}

impl Needs<'_> {
    /// Whether units of a line are among those that the action must find.
    pub(crate) fn is_about(&self, line: &Line) -> bool {
        let Self::Goods(parts) = self else { return false };
        parts.iter().any(|part| {
            part.items.is_none_or(|items| items.matches(line)) && !(part.excludes_sale && line.is_on_sale())
        })
    }
}

/// Units that an action must find.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Which; any when `None`.
    pub items: Option<&'a Items>,
    /// How many.
    pub units: u32,
    /// What they must cost more than, together.
    pub above: Minor,
    /// Whether units on sale are left out.
    pub excludes_sale: bool,
}

/// Shipping that an action must find.
#[derive(Clone, Copy, Debug)]
pub struct Shipment<'a> {
    /// By this method; any when `None`.
    pub method: Option<&'a str>,
    /// To this zone; any when `None`.
    pub zone: Option<u64>,
    /// Whether only the store's own country counts.
    pub domestic_only: bool,
    /// What it must cost more than.
    pub above: Minor,
}

/// What a kind of action declares about itself; validation, schema, form and docs follow from it.
#[derive(Debug)]
pub struct ActionKind {
    /// Its key in JSON.
    pub code: &'static str,
    /// What it does, in a few words.
    pub label: &'static str,
    /// The fields it reads.
    pub fields: &'static [Field],
    /// Its fields as JSON, as an example.
    pub example: &'static str,
    /// Reads its fields; reports what is wrong with them.
    pub parse: fn(&mut Reader<'_>) -> Option<Box<dyn Action>>,
}

/// Every kind of action, by code.
pub fn kinds() -> impl Iterator<Item = &'static ActionKind> {
    listing::KINDS.iter().copied()
}

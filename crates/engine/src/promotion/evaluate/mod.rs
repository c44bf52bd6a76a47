//! Applying promotions to a cart: pure, deterministic, and never failing.
//!
//! The index finds the promotions that can concern the cart, which then pass their gates ([`gates`]): the
//! [`candidates`]. A [`pass`] applies them phase by phase;
//! [`coupons`] decides which codes take part; [`best_deal`] chooses among those that share a group; [`combine`]
//! finds promotions that must not stand together, after which the pass is made again without the losers;
//! [`guardrails`] end each pass. What comes out is an [`Evaluation`].

mod best_deal;
mod candidates;
mod claims;
mod combine;
mod coupons;
mod effect;
mod evaluation;
mod gates;
mod guardrails;
mod ledger;
mod locks;
mod manual;
mod outcomes;
mod pass;
mod repetition;
mod stage;
mod tally;
mod tax;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod told;
mod turn;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::ruleset::Ruleset;
use crate::cart::Cart;
use crate::coupon::CodeWindow;
use crate::gift_card::CardFact;
use crate::money::Minor;

pub(crate) use best_deal::WAYS_MAX;
pub use claims::Claims;
pub(crate) use effect::Reductions;
pub use effect::{Effect, Scope};
pub use evaluation::{
    CodeResult, Evaluation, Gift, LineResult, Outcome, PromotionOutcome, Share, ShippingResult, Totals,
    UnitPrice,
};
pub use gates::code_standing;
pub use repetition::Repetition;
pub use told::Told;
pub use turn::{SpendBasis, Turn};

/// What evaluation must know that stands neither in the cart nor in the ruleset.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// How much promotions with a limit have been used.
    pub uses: BTreeMap<u64, Uses>,
    /// The codes on the cart, in the order entered.
    pub codes: Vec<EnteredCode>,
    /// The gift cards on the cart, in the order entered.
    pub gift_cards: Vec<CardFact>,
}

/// How much a promotion has been used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// In all.
    pub total: u64,
    /// In the cart's channel.
    pub in_channel: u64,
    /// On the day, in the store's zone, on which the cart is priced.
    pub today: u64,
    /// By the cart's customer.
    pub by_customer: u64,
    /// What it has taken off, in minor units of its own currency.
    pub spent: Minor,
}

/// A code as the shopper entered it, and what is known of it.
#[derive(Clone, Debug)]
pub struct EnteredCode {
    /// As entered.
    pub text: String,
    /// What is known of it.
    pub fact: CodeFact,
}

/// What is known of a code.
#[derive(Clone, Debug)]
pub enum CodeFact {
    /// There is no such code.
    Unknown,
    /// It was not looked up: too many that do not exist were tried.
    Untried,
    /// It belongs to a promotion.
    Known {
        /// The promotion.
        promotion: u64,
        /// Why the promotion is not in the ruleset, when it is not.
        inactive: Option<Inactive>,
        /// Whether the code itself has been used as often as it may be.
        used_up: Option<UsedUp>,
        /// When the code itself can be used.
        window: CodeWindow,
    },
}

impl CodeFact {
    /// A code of this promotion that can be used.
    pub fn known(promotion: u64) -> Self {
        Self::Known { promotion, inactive: None, used_up: None, window: CodeWindow::default() }
    }
}

/// By whom a code has been used as often as it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsedUp {
    /// By all customers together.
    ByAll,
    /// By the cart's customer.
    ByCustomer,
}

/// Why a promotion that exists is not in the ruleset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inactive {
    /// It is a draft.
    Draft,
    /// It is paused.
    Paused,
    /// It is archived.
    Archived,
    /// It ended at this instant.
    Ended(Timestamp),
}

/// Applies a ruleset to a cart.
///
/// `told` says of which promotions the outcome is told.
///
/// Rounding: each discount once, half up; its shares by largest remainder. Nothing ever costs less than nothing.
/// The answer depends on nothing but the arguments, and on the order of lines only in which of several units that
/// are equal in price and product comes first. The cart keeps to the limits of [`Cart::check_limits`]. Source: docs/semantics.md.
///
/// ```
/// use engine::{cart::{Cart, Line}, money::{Currency, Minor}, promotion::*, settings::Settings};
/// let usd = Currency::parse("USD").unwrap();
/// let now = "2026-03-01T10:00:00Z".parse().unwrap();
/// let document = serde_json::json!({
///     "name": "20 % off from 50", "redemption_type": "AUTOMATIC", "start_date": "2026-01-01T00:00:00Z",
///     "rules": [{"condition": {"cart": {"minimum_spend": "50.00"}},
///                "action": {"cart_value": {"discount": {"percentage_amount": "20"}}}}],
/// });
/// let definition = Definition { id: 1, created: now, document: &document };
/// let settings = Settings::new(usd, jiff::tz::TimeZone::UTC);
/// let (ruleset, _) = Ruleset::compile(settings, &[definition]);
///
/// let line = Line { id: "1".into(), product: 7, quantity: 2, price: Minor::new(3000), ..Line::default() };
/// let cart = Cart::new(usd, vec![line]);
/// let evaluation = evaluate(&ruleset, &cart, &Facts::default(), now, Told::Matching);
/// assert_eq!(evaluation.totals.total, Minor::new(4800));
/// ```
pub fn evaluate(ruleset: &Ruleset, cart: &Cart, facts: &Facts, now: Timestamp, told: Told<'_>) -> Evaluation {
    let stage = stage::Stage::set(ruleset, cart, facts, now, told);
    let plan = coupons::plan(&stage);
    let settled = best_deal::settle(&stage, &plan.selected);
    evaluation::conclude(&stage, plan, settled)
}

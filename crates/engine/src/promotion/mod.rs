//! Promotions: the language they are written in, and what they do to a cart.
//!
//! A document is read by [`parse()`], many make a [`Ruleset`], and [`evaluate()`] applies it to a cart.

pub mod actions;
pub mod conditions;
pub mod matchers;
pub mod reason;
pub mod schema;

mod assignment;
mod audit;
mod combination;
mod condition;
mod discount;
mod evaluate;
mod funding;
mod guardrail;
mod index;
mod items;
mod language;
mod life_cycle;
mod limits;
mod lineup;
mod lint;
mod nudge;
mod parse;
#[cfg(test)]
mod registry;
mod rule;
mod ruleset;
mod segments;
mod selection;
mod summary;
mod targeting;
mod tree;
mod witness;

use crate::cart::Line;
use crate::money::Currency;
use crate::time::{Schedule, Window};

pub use audit::audit;
pub use combination::{Combination, CouponOverride, Scope as CombinationScope};
pub use condition::ConditionTree;
pub use discount::{Cap, Discount};
pub use evaluate::{
    Claims, CodeFact, CodeResult, Effect, EnteredCode, Evaluation, Facts, Gift, Inactive, LineResult,
    Outcome, PromotionOutcome, Repetition, Scope, Share, ShippingResult, SpendBasis, Told, Totals, Turn,
    UnitPrice, UsedUp, Uses, code_standing, evaluate,
};
pub use funding::Funder;
pub use guardrail::PriceFloor;
pub use items::Items;
pub use language::{Language, Named, Names, NoNames};
pub use life_cycle::StatusRefused;
pub use limits::{Budget, GivenBack, Limits, OnShort};
pub use lint::{Draft, Finding, LINTS, Lint, lint};
pub use nudge::{
    Change, Lack, Missing, Nudge, OFFERS_TRIED_MAX, PROMOTIONS_TRIED_PER_NUDGE, STEPS_MAX, Step, Stock,
    goods_to_offer, nudges,
};
pub use parse::{Parsed, parse};
pub use rule::Rule;
pub use ruleset::{Broken, Definition, Ruleset};
pub use segments::Segments;
pub use summary::summary;
pub use targeting::{Destination, Targeting};
pub use witness::{NoShelf, Shelf, ShelfProduct, Witness, witness};

/// An offer: when it runs, for whom, how it combines with others, and its rules.
#[derive(Debug)]
pub struct Promotion {
    /// The merchant's own name for it.
    pub name: String,
    /// The name that shoppers read.
    pub display_name: Option<String>,
    /// Whether it applies by itself or by a code.
    pub redemption_type: RedemptionType,
    /// Whether a coupon promotion has one code or many.
    pub coupon_type: CouponType,
    /// Where it stands in its life.
    pub status: Status,
    /// The currency of its amounts and of the carts it is for; `None` is any.
    pub currency: Option<Currency>,
    /// For whom and where.
    pub targeting: Targeting,
    /// From when to when.
    pub window: Window,
    /// In which weekly windows within that; always when `None`.
    pub schedule: Option<Schedule>,
    /// The seller whose lines alone take part; all when `None`.
    pub seller: Option<u64>,
    /// Whether lines on sale take no part.
    pub excludes_sale: bool,
    /// How often it may be used, and how much it may give.
    pub limits: Limits,
    /// What lines that it discounts never cost less than.
    pub price_floor: Option<PriceFloor>,
    /// Who pays for what it takes off; nobody in particular when empty.
    pub funding: Vec<Funder>,
    /// Of the promotions that share this name, only the one that saves most applies.
    pub best_deal_group: Option<String>,
    /// Its place in the order of evaluation, lower first.
    pub priority: i64,
    /// How it combines with others.
    pub combination: Combination,
    /// What it does, in order.
    pub rules: Vec<Rule>,
    /// Whether only the last of the rules that apply counts.
    pub rewards_last_only: bool,
}

impl Promotion {
    /// Whether it is about all lines.
    pub(crate) fn covers_all(&self) -> bool {
        self.seller.is_none() && !self.excludes_sale
    }

    /// Whether a line is one of those that the promotion is about at all.
    pub(crate) fn covers(&self, line: &Line) -> bool {
        self.seller.is_none_or(|seller| line.seller == Some(seller))
            && !(self.excludes_sale && line.is_on_sale())
    }
}

/// Whether a promotion applies by itself or by a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedemptionType {
    /// By itself.
    Automatic,
    /// When one of its codes is entered.
    Coupon,
}

/// Whether a coupon promotion has one code or many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CouponType {
    /// One code that many shoppers share.
    Single,
    /// Many codes, made in bulk.
    Bulk,
}

/// Where a promotion stands in its life; *scheduled* and *expired* follow from its dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Being written.
    Draft,
    /// Meant to apply.
    Active,
    /// Held back for now.
    Paused,
    /// Over for good, kept for the record.
    Archived,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Active, Self::Paused, Self::Archived];

    /// The word for it in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Archived => "archived",
        }
    }
}

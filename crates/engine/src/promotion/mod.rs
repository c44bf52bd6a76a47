//! Promotions: the language they are written in, and what they do to a cart.
//!
//! A document is read by [`parse()`], many make a [`Ruleset`], and [`evaluate()`] applies it to a cart.

pub mod actions;
pub mod conditions;
pub mod matchers;
pub mod reason;
pub mod schema;

mod audit;
mod condition;
mod discount;
mod evaluate;
mod items;
mod language;
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

use crate::money::Currency;
use crate::time::{Schedule, Window};

pub use audit::audit;
pub use condition::ConditionTree;
pub use discount::{Cap, Discount};
pub use evaluate::{
    Claims, CodeFact, CodeResult, Effect, EnteredCode, Evaluation, Facts, Gift, Inactive, LineResult,
    Outcome, PromotionOutcome, Repetition, Scope, Share, ShippingResult, Totals, Turn, evaluate,
};
pub use items::Items;
pub use language::{Language, Named, Names, NoNames};
pub use parse::{Parsed, parse};
pub use rule::Rule;
pub use ruleset::{Broken, Definition, Ruleset};
pub use segments::Segments;
pub use summary::summary;
pub use targeting::{Destination, Targeting};

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
    /// How often it may be used in all; without limit when `None`.
    pub max_uses: Option<u64>,
    /// Its place in the order of evaluation, lower first.
    pub priority: i64,
    /// How it combines with others.
    pub combination: Combination,
    /// What it does, in order.
    pub rules: Vec<Rule>,
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

/// How a promotion combines with others: three separate things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Combination {
    /// Once it applies, promotions after it in the order are skipped.
    pub stop: bool,
    /// It applies only when nothing before it did, and then nothing after it does.
    pub is_exclusive: bool,
    /// What an exclusive coupon does about promotions that already apply.
    pub coupon_override: CouponOverride,
}

/// What an exclusive coupon does about promotions that already apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CouponOverride {
    /// It is refused.
    Never,
    /// It takes their place when it saves more; shipping and gifts are left out of the comparison.
    IfBetter,
    /// It takes their place.
    Always,
}

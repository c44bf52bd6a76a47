//! What an order takes of promotions.

use jiff::civil::Date;

use super::counter::Counter;
use super::counts::Take;
use crate::money::{Currency, Minor};
use crate::promotion::{Evaluation, Limits, Outcome};

/// What one order takes of one promotion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The promotion.
    pub promotion: u64,
    /// The position, on the cart, of the code that brought it in.
    pub code: Option<usize>,
    /// What it takes off, in minor units of the cart's currency.
    pub spent: Minor,
}

/// A code, and how often it may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeLimits {
    /// Its id.
    pub code: i64,
    /// In all; without limit when `None`.
    pub uses: Option<u64>,
    /// By one customer; without limit when `None`.
    pub uses_per_customer: Option<u64>,
}

/// Where, when and by whom something is claimed.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The currency of the cart.
    pub currency: Currency,
    /// The channel; 0 for a cart that names none.
    pub channel: u64,
    /// The day in the store's zone.
    pub day: Date,
    /// By what the customer is known; nothing for a guest who gave nothing.
    pub identities: Vec<String>,
}

/// What an order with this evaluation claims: of every promotion that applied.
pub fn claims(evaluation: &Evaluation) -> impl Iterator<Item = Claim> + '_ {
    evaluation.outcomes.iter().filter_map(|outcome| match &outcome.outcome {
        Outcome::Applied { code, discount, .. } => {
            Some(Claim { promotion: outcome.promotion, code: *code, spent: *discount })
        }
        Outcome::NotApplied(_) => None,
    })
}

impl Claim {
    /// Its part of every counter that it touches, limited or not. `uses` is 1, or 0 when the use is counted already
    /// because another part of the same order has it; money is counted either way.
    pub fn takes(
        &self,
        uses: i64,
        limits: &Limits,
        code: Option<&CodeLimits>,
        setting: &Setting,
    ) -> Vec<Take> {
        let promotion = self.promotion;
        let most = |limit: Option<u64>| limit.map(|most| i64::try_from(most).unwrap_or(i64::MAX));
        let use_of = |counter, limit| Take { counter, amount: uses, most: most(limit) };
        let mut takes = Vec::with_capacity(4 + 2 * setting.identities.len());
        if uses > 0 {
            takes.push(use_of(Counter::Uses { promotion }, limits.uses));
            let channel = Counter::Channel { promotion, channel: setting.channel };
            takes.push(use_of(channel, limits.uses_per_channel));
            takes.push(use_of(Counter::Day { promotion, day: setting.day }, limits.uses_per_day));
            for identity in setting.identities.iter().cloned() {
                takes.push(use_of(Counter::Customer { promotion, identity }, limits.uses_per_customer));
            }
            if let Some(CodeLimits { code, uses, uses_per_customer }) = code.copied() {
                takes.push(use_of(Counter::Code { promotion, code }, uses));
                for identity in setting.identities.iter().cloned() {
                    let counter = Counter::CodeCustomer { promotion, code, identity };
                    takes.push(use_of(counter, uses_per_customer));
                }
            }
        }
        let spent = Counter::Spent { promotion, currency: setting.currency };
        let budget = limits.budget.map(|budget| budget.amount.get());
        takes.push(Take { counter: spent, amount: self.spent.get(), most: budget });
        takes.retain(|take| take.amount > 0);
        takes
    }
}

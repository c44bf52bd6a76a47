//! What a condition lacks, and how many units of some goods would mend it.

use super::choice::Choice;
use super::stock::Stock;
use crate::money::Minor;
use crate::promotion::items::Items;
use crate::promotion::reason::{Fact, MINIMUM_QUANTITY, MINIMUM_SPEND, Reason};

/// What a condition lacks to hold.
#[derive(Debug)]
pub enum Missing<'c> {
    /// Nothing, as far as can be told without evaluating the cart.
    Nothing,
    /// Something that more goods do not mend.
    Else,
    /// Goods.
    Goods(Lack<'c>),
    /// All of these.
    All(Vec<Missing<'c>>),
    /// At least one of these.
    Any(Vec<Missing<'c>>),
}

/// Goods that are missing: units, money or both.
#[derive(Debug)]
pub struct Lack<'c> {
    /// Which goods; any when `None`.
    items: Option<&'c Items>,
    units: u64,
    spend: Minor,
    reason: Reason,
}

/// So many units of some goods that are to be added, as a lower bound, and what they mend.
#[derive(Clone, Debug)]
pub struct Step {
    /// Units.
    pub units: u64,
    /// The money that is missing; nothing when only units are.
    pub spend: Minor,
    /// What is unmet without them.
    pub reason: Reason,
}

/// What goods can do about what is missing.
#[derive(Debug)]
pub(super) enum Remedy {
    /// Nothing is missing.
    NotNeeded,
    /// They are not what is missing.
    None,
    /// So many of them.
    Step(Step),
}

impl<'c> Lack<'c> {
    /// What is missing when so many units, and so much spend, are needed of some goods, and so much is there.
    pub(crate) fn of(
        items: Option<&'c Items>,
        (units_needed, units): (u64, u64),
        (spend_needed, spend): (Minor, Minor),
    ) -> Missing<'c> {
        let reason = if units < units_needed {
            Reason::because(&MINIMUM_QUANTITY, Fact::Count(units_needed), Fact::Count(units))
        } else if spend < spend_needed {
            Reason::because(&MINIMUM_SPEND, Fact::Money(spend_needed), Fact::Money(spend))
        } else {
            return Missing::Nothing;
        };
        let units = units_needed.saturating_sub(units);
        Missing::Goods(Self { items, units, spend: (spend_needed - spend).max(Minor::ZERO), reason })
    }

    /// What they bring is at most their price, so fewer units are never enough.
    fn step(&self, stock: &Stock<'_>, choice: &Choice<'_>) -> Option<Step> {
        let counts = match self.items {
            Some(items) => stock.can_trigger(choice.line) && items.matches(choice.line),
            None => stock.takes_part(choice.line),
        };
        if !counts || choice.is_anything() && self.units > 0 {
            return None;
        }
        let missing = u64::try_from(self.spend.get()).ok()?;
        let by_spend = match u64::try_from(choice.line.price.get()).ok()? {
            0 if missing > 0 => return None,
            price => missing.div_ceil(price.max(1)),
        };
        Some(Step { units: self.units.max(by_spend), spend: self.spend, reason: self.reason.clone() })
    }
}

impl Missing<'_> {
    /// Whether nothing is missing.
    pub(crate) fn is_nothing(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Else | Self::Goods(_) => false,
            Self::All(parts) => parts.iter().all(Self::is_nothing),
            Self::Any(parts) => parts.iter().any(Self::is_nothing),
        }
    }

    /// What adding so many units of a choice can do about it; of several that are all missing, the one that
    /// needs most, and of several of which one is enough, the one that needs least. The reason is that of the
    /// first part.
    pub(super) fn remedy(&self, stock: &Stock<'_>, choice: &Choice<'_>) -> Remedy {
        match self {
            Self::Nothing => Remedy::NotNeeded,
            Self::Else => Remedy::None,
            Self::Goods(lack) => lack.step(stock, choice).map_or(Remedy::None, Remedy::Step),
            Self::All(parts) => parts.iter().map(|part| part.remedy(stock, choice)).fold(
                Remedy::NotNeeded,
                |all, part| match (all, part) {
                    (Remedy::None, _) | (_, Remedy::None) => Remedy::None,
                    (Remedy::NotNeeded, other) | (other, Remedy::NotNeeded) => other,
                    (Remedy::Step(first), Remedy::Step(next)) => Remedy::Step(first.with_at_least(&next)),
                },
            ),
            Self::Any(parts) => {
                parts.iter().map(|part| part.remedy(stock, choice)).fold(Remedy::None, |any, part| {
                    match (any, part) {
                        (Remedy::NotNeeded, _) | (_, Remedy::NotNeeded) => Remedy::NotNeeded,
                        (Remedy::None, other) | (other, Remedy::None) => other,
                        (Remedy::Step(first), Remedy::Step(next)) if next.units < first.units => {
                            Remedy::Step(next)
                        }
                        (first, _) => first,
                    }
                })
            }
        }
    }
}

impl Step {
    /// Of both the larger, with the reason of this one.
    fn with_at_least(self, other: &Self) -> Self {
        let (units, spend) = (self.units.max(other.units), self.spend.max(other.spend));
        Self { units, spend, ..self }
    }

    /// How many units to add when those of the step `before` were not enough: discounts took away a part of
    /// the spend that they brought, and will take away the same part of more.
    pub(super) fn units_after(&self, before: &Self) -> u64 {
        if before.reason.needed != self.reason.needed || before.spend <= self.spend {
            return self.units;
        }
        let brought = u128::from((before.spend - self.spend).get().unsigned_abs());
        let missing = u128::from(self.spend.get().unsigned_abs());
        let by_spend = (missing * u128::from(before.units)).div_ceil(brought);
        self.units.max(u64::try_from(by_spend).unwrap_or(u64::MAX))
    }
}

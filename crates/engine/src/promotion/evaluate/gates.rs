//! The gates that every promotion passes before its rules are looked at, in a fixed order.

use jiff::Timestamp;

use super::{CodeFact, EnteredCode, Facts, Inactive, UsedUp};
use crate::cart::Cart;
use crate::coupon::CodeWindow;
use crate::money::Minor;
use crate::promotion::lineup::Lineup;
use crate::promotion::reason::{
    ARCHIVED, BUDGET_EXHAUSTED, CHANNEL_LIMIT_REACHED, CODE_CUSTOMER_LIMIT_REACHED, CODE_LIMIT_REACHED,
    CURRENCY, CUSTOMER_LIMIT_REACHED, DAILY_LIMIT_REACHED, DRAFT, ENDED, EXPIRED, Fact, LIMIT_REACHED,
    MANUAL_DISCOUNT, NOT_STARTED, OUTSIDE_SCHEDULE, PAUSED, Reason, ReasonKind, TOO_MANY_ATTEMPTS,
    UNKNOWN_CODE,
};
use crate::promotion::ruleset::{Compiled, Ruleset};
use crate::promotion::{Promotion, RedemptionType, Status};
use crate::settings::Settings;

/// The gates as they are for one cart at one instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gates<'a> {
    pub(crate) ruleset: &'a Ruleset,
    pub(crate) cart: &'a Cart,
    pub(crate) facts: &'a Facts,
    pub(crate) now: Timestamp,
    /// Which promotions are on, when that is worked out.
    pub(crate) lineup: Option<&'a Lineup>,
}

impl Gates<'_> {
    /// Whether a promotion passes all of them.
    ///
    /// Errors: the reason of the first that is closed.
    pub(crate) fn check(&self, position: usize) -> Result<(), Reason> {
        let Some(compiled) = self.ruleset.at(position) else { return Ok(()) };
        check(compiled, self.ruleset.settings(), self.cart, self.facts, self.now)
    }

    /// Whether a promotion passes all of them; most are told apart without looking at the promotion itself.
    pub(crate) fn is_open(&self, position: usize) -> bool {
        let Some(compiled) = self.ruleset.at(position) else { return false };
        match self.lineup {
            Some(lineup) if lineup.is_off(compiled.slot) => false,
            Some(_) if compiled.is_for_all && !replaces_automatic(self.cart) => {
                compiled.currency.is_none_or(|currency| currency == self.cart.currency)
            }
            _ => self.check(position).is_ok(),
        }
    }
}

fn check(
    compiled: &Compiled,
    settings: &Settings,
    cart: &Cart,
    facts: &Facts,
    now: Timestamp,
) -> Result<(), Reason> {
    let promotion = &compiled.promotion;
    check_status(promotion)?;
    check_time(promotion, settings, now)?;
    promotion.targeting.check_channel(cart)?;
    check_currency(promotion, cart)?;
    promotion.targeting.check_customer(cart)?;
    promotion.targeting.check_destination(cart)?;
    check_limits(compiled, facts)?;
    check_manual_discount(promotion, cart)
}

fn check_status(promotion: &Promotion) -> Result<(), Reason> {
    match promotion.status {
        Status::Active => Ok(()),
        Status::Draft => Err(Reason::plain(&DRAFT)),
        Status::Paused => Err(Reason::plain(&PAUSED)),
        Status::Archived => Err(Reason::plain(&ARCHIVED)),
    }
}

fn check_time(promotion: &Promotion, settings: &Settings, now: Timestamp) -> Result<(), Reason> {
    let found = Fact::Instant(now);
    let window = promotion.window;
    if now < window.start {
        return Err(Reason::because(&NOT_STARTED, Fact::Instant(window.start), found));
    }
    if let Some(end) = window.end
        && end <= now
    {
        return Err(Reason::because(&ENDED, Fact::Instant(end), found));
    }
    match &promotion.schedule {
        Some(schedule) if !schedule.contains(now, window.start, &settings.time_zone) => {
            let next = schedule.next_start(now, window.start, &settings.time_zone);
            let next = next.filter(|next| window.contains(*next)).map_or(Fact::None, Fact::Instant);
            Err(Reason::because(&OUTSIDE_SCHEDULE, next, found))
        }
        _ => Ok(()),
    }
}

fn check_currency(promotion: &Promotion, cart: &Cart) -> Result<(), Reason> {
    match promotion.currency {
        Some(currency) if currency != cart.currency => {
            Err(Reason::because(&CURRENCY, Fact::Currency(currency), Fact::Currency(cart.currency)))
        }
        _ => Ok(()),
    }
}

fn check_limits(compiled: &Compiled, facts: &Facts) -> Result<(), Reason> {
    let limits = &compiled.promotion.limits;
    let used = facts.uses.get(&compiled.id).copied().unwrap_or_default();
    check_limit(limits.uses, used.total, &LIMIT_REACHED)?;
    check_limit(limits.uses_per_channel, used.in_channel, &CHANNEL_LIMIT_REACHED)?;
    check_limit(limits.uses_per_day, used.today, &DAILY_LIMIT_REACHED)?;
    check_limit(limits.uses_per_customer, used.by_customer, &CUSTOMER_LIMIT_REACHED)?;
    match limits.budget {
        Some(budget) if used.spent >= budget.amount => {
            Err(Reason::because(&BUDGET_EXHAUSTED, Fact::None, Fact::Money(Minor::ZERO)))
        }
        _ => Ok(()),
    }
}

fn check_limit(most: Option<u64>, used: u64, kind: &'static ReasonKind) -> Result<(), Reason> {
    match most {
        Some(most) if used >= most => Err(Reason::because(kind, Fact::Count(most), Fact::Count(used))),
        _ => Ok(()),
    }
}

/// Whether what staff took off takes the place of automatic promotions.
fn replaces_automatic(cart: &Cart) -> bool {
    cart.is_existing_order && !cart.manual_discounts.is_empty()
}

/// On an order that exists already, what staff take off replaces automatic promotions.
fn check_manual_discount(promotion: &Promotion, cart: &Cart) -> Result<(), Reason> {
    let is_automatic = promotion.redemption_type == RedemptionType::Automatic;
    if is_automatic && replaces_automatic(cart) {
        return Err(Reason::plain(&MANUAL_DISCOUNT));
    }
    Ok(())
}

/// The position of a code's promotion, when the code itself can be used at `now`.
///
/// Errors: the reason why it cannot.
pub(crate) fn check_code(ruleset: &Ruleset, code: &EnteredCode, now: Timestamp) -> Result<usize, Reason> {
    let (promotion, inactive, used_up, window) = match code.fact {
        CodeFact::Unknown => return Err(Reason::plain(&UNKNOWN_CODE)),
        CodeFact::Untried => return Err(Reason::plain(&TOO_MANY_ATTEMPTS)),
        CodeFact::Known { promotion, inactive, used_up, window } => (promotion, inactive, used_up, window),
    };
    match inactive {
        Some(Inactive::Draft) => return Err(Reason::plain(&DRAFT)),
        Some(Inactive::Paused) => return Err(Reason::plain(&PAUSED)),
        Some(Inactive::Archived) => return Err(Reason::plain(&ARCHIVED)),
        Some(Inactive::Ended(end)) => return Err(Reason::because(&ENDED, Fact::Instant(end), Fact::None)),
        None => {}
    }
    check_window(window, now)?;
    match used_up {
        Some(UsedUp::ByAll) => return Err(Reason::plain(&CODE_LIMIT_REACHED)),
        Some(UsedUp::ByCustomer) => return Err(Reason::plain(&CODE_CUSTOMER_LIMIT_REACHED)),
        None => {}
    }
    ruleset.position(promotion).ok_or_else(|| Reason::plain(&UNKNOWN_CODE))
}

fn check_window(window: CodeWindow, now: Timestamp) -> Result<(), Reason> {
    match window {
        CodeWindow { start: Some(start), .. } if now < start => {
            Err(Reason::because(&NOT_STARTED, Fact::Instant(start), Fact::Instant(now)))
        }
        CodeWindow { end: Some(end), .. } if end <= now => {
            Err(Reason::because(&EXPIRED, Fact::Instant(end), Fact::Instant(now)))
        }
        _ => Ok(()),
    }
}

/// Whether a code could be used by someone, whatever is in their cart: it is known, its promotion is on, and neither
/// has been used up.
///
/// Errors: the reason why not, as carts would be told.
pub fn code_standing(
    ruleset: &Ruleset,
    code: &EnteredCode,
    facts: &Facts,
    now: Timestamp,
) -> Result<(), Reason> {
    let position = check_code(ruleset, code, now)?;
    let Some(compiled) = ruleset.at(position) else { return Ok(()) };
    check_status(&compiled.promotion)?;
    check_time(&compiled.promotion, ruleset.settings(), now)?;
    check_limits(compiled, facts)
}

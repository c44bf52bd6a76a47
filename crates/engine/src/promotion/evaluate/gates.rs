//! The gates that every promotion passes before its rules are looked at, in a fixed order.

use jiff::Timestamp;

use super::{CodeFact, EnteredCode, Facts, Inactive};
use crate::cart::Cart;
use crate::promotion::reason::{
    ARCHIVED, CODE_LIMIT_REACHED, CURRENCY, DRAFT, ENDED, Fact, LIMIT_REACHED, NOT_STARTED, OUTSIDE_SCHEDULE,
    PAUSED, Reason, UNKNOWN_CODE,
};
use crate::promotion::ruleset::{Compiled, Ruleset};
use crate::promotion::{Promotion, Status};
use crate::settings::Settings;

/// Which promotions passed all gates: by position, the reason of the first that closed.
#[derive(Debug)]
pub(crate) struct Gates {
    closed: Vec<Option<Reason>>,
}

impl Gates {
    pub(crate) fn check(ruleset: &Ruleset, cart: &Cart, facts: &Facts, now: Timestamp) -> Self {
        let settings = ruleset.settings();
        let check = |compiled: &Compiled| check(compiled, settings, cart, facts, now).err();
        let positions = 0..ruleset.len();
        Self { closed: positions.map(|at| ruleset.at(at).and_then(check)).collect() }
    }

    /// The reason why a promotion did not pass; `None` when it passed.
    pub(crate) fn reason(&self, position: usize) -> Option<&Reason> {
        self.closed.get(position).and_then(Option::as_ref)
    }

    pub(crate) fn is_open(&self, position: usize) -> bool {
        self.reason(position).is_none()
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
    check_limit(compiled, facts)
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
            let text = |code: &str| Fact::Text(code.to_owned());
            Err(Reason::because(&CURRENCY, text(currency.code()), text(cart.currency.code())))
        }
        _ => Ok(()),
    }
}

fn check_limit(compiled: &Compiled, facts: &Facts) -> Result<(), Reason> {
    let Some(most) = compiled.promotion.max_uses else { return Ok(()) };
    let used = facts.uses.get(&compiled.id).copied().unwrap_or(0);
    if used < most {
        Ok(())
    } else {
        Err(Reason::because(&LIMIT_REACHED, Fact::Count(most), Fact::Count(used)))
    }
}

/// The position of a code's promotion, when the code itself can be used.
///
/// Errors: the reason why it cannot.
pub(crate) fn check_code(ruleset: &Ruleset, code: &EnteredCode) -> Result<usize, Reason> {
    let CodeFact::Known { promotion, inactive, is_used_up } = code.fact else {
        return Err(Reason::plain(&UNKNOWN_CODE));
    };
    match inactive {
        Some(Inactive::Draft) => return Err(Reason::plain(&DRAFT)),
        Some(Inactive::Paused) => return Err(Reason::plain(&PAUSED)),
        Some(Inactive::Archived) => return Err(Reason::plain(&ARCHIVED)),
        Some(Inactive::Ended(end)) => return Err(Reason::because(&ENDED, Fact::Instant(end), Fact::None)),
        None => {}
    }
    if is_used_up {
        return Err(Reason::plain(&CODE_LIMIT_REACHED));
    }
    ruleset.position(promotion).ok_or_else(|| Reason::plain(&UNKNOWN_CODE))
}

//! Whether a card that is asked for can be issued.

use engine::ledger::Funding;
use engine::money::{Currency, Minor};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::NewCard;
use crate::mail::service::check_address;
use crate::platform::http::{Errors, Problem, TEXT_MAX};
use crate::settings::service::StoreSettings;

/// Most characters of what a giver says.
const MESSAGE_MAX: usize = 2_000;

/// What was read of a [`NewCard`].
#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub(super) amount: Minor,
    pub(super) currency: Currency,
    pub(super) funding: Funding,
    pub(super) expires: Option<Timestamp>,
    /// When the mail goes out, if one does.
    pub(super) deliver: Option<Timestamp>,
    pub(super) recipient: Option<String>,
}

/// Reads a card that is asked for; `at` is where it stands in the request.
///
/// Errors: all that is wrong with it.
pub(super) fn check(
    new: &NewCard,
    settings: &StoreSettings,
    at: &str,
    now: Timestamp,
) -> Result<Checked, Problem> {
    let mut errors = Errors::default();
    let currency = match &new.currency {
        None => settings.pricing.currency,
        Some(code) => Currency::parse(code).unwrap_or_else(|| {
            let message = "must be an ISO 4217 code in capitals such as `USD`";
            errors.report(format!("{at}/currency"), "unknown_currency", message);
            settings.pricing.currency
        }),
    };
    let amount = amount(&new.amount, currency, &format!("{at}/amount"), &mut errors);
    texts(new, at, &mut errors);
    let funding = if new.is_promotional { Funding::Promotional } else { Funding::Sold };
    let expires = instant(new.expires_at.as_deref(), &format!("{at}/expires_at"), &mut errors);
    if let Some(expires) = expires {
        check_expiry(expires, funding, settings, now, now, &format!("{at}/expires_at"), &mut errors);
    }
    let deliver_at = instant(new.deliver_at.as_deref(), &format!("{at}/deliver_at"), &mut errors);
    let recipient = new.recipient_email.as_ref().map(|address| address.trim().to_lowercase());
    if deliver_at.is_some() && recipient.is_none() {
        let message = "needs `recipient_email`: a card without a recipient is not sent";
        errors.report(format!("{at}/deliver_at"), "conflict", message);
    }
    if let (Some(deliver), Some(expires)) = (deliver_at, expires)
        && deliver >= expires
    {
        errors.report(format!("{at}/deliver_at"), "out_of_range", "must be before `expires_at`");
    }
    errors.finish()?;
    let deliver = recipient.as_ref().map(|_| deliver_at.map_or(now, |at| at.max(now)));
    Ok(Checked { amount, currency, funding, expires, deliver, recipient })
}

/// Reads an amount above zero.
pub(super) fn amount(text: &str, currency: Currency, at: &str, errors: &mut Errors) -> Minor {
    match Minor::parse(text, currency) {
        Ok(Minor::ZERO) => {
            errors.report(at, "out_of_range", "must be above zero");
            Minor::ZERO
        }
        Ok(amount) => amount,
        Err(error) => {
            errors.report(at, "amount", error.to_string());
            Minor::ZERO
        }
    }
}

/// Reads an instant.
pub(super) fn instant(text: Option<&str>, at: &str, errors: &mut Errors) -> Option<Timestamp> {
    let instant = text?.parse().ok();
    if instant.is_none() {
        errors.report(at, "invalid", "must be an instant such as `2027-01-31T00:00:00Z`");
    }
    instant
}

/// Checks from when on a card cannot be used any more.
pub(super) fn check_expiry(
    expires: Timestamp,
    funding: Funding,
    settings: &StoreSettings,
    issued: Timestamp,
    now: Timestamp,
    at: &str,
    errors: &mut Errors,
) {
    /// 12 CFR 1005.20: what was paid for is good for five years at least.
    const YEARS: i64 = 5;
    if expires <= now {
        errors.report(at, "out_of_range", "must be in the future");
    } else if funding == Funding::Sold && settings.jurisdiction() == Some("US") {
        let earliest = issued.to_zoned(TimeZone::UTC).checked_add(YEARS.years());
        if earliest.is_ok_and(|earliest| expires < earliest.timestamp()) {
            let message = "a card that is sold must be good for at least 5 years in the US; leave it out, or issue a \
                           promotional one";
            errors.report(at, "out_of_range", message);
        }
    }
}

fn texts(new: &NewCard, at: &str, errors: &mut Errors) {
    let texts =
        [("recipient_name", &new.recipient_name), ("sender_name", &new.sender_name), ("note", &new.note)];
    for (name, text) in texts {
        if let Some(text) = text {
            errors.text_or_empty(format_args!("{at}/{name}"), text);
        }
    }
    if new.message.as_ref().is_some_and(|text| text.chars().count() > MESSAGE_MAX) {
        let message = format!("must have at most {MESSAGE_MAX} characters");
        errors.report(format!("{at}/message"), "out_of_range", message);
    }
    if let Some(address) = &new.recipient_email {
        check_recipient(address, &format!("{at}/recipient_email"), errors);
    }
    let is_pin =
        |pin: &String| (4..=12).contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit());
    if new.pin.as_ref().is_some_and(|pin| !is_pin(pin)) {
        errors.report(format!("{at}/pin"), "invalid", "must have 4 to 12 digits");
    }
}

/// Checks an address that a card is sent to.
pub(super) fn check_recipient(address: &str, at: &str, errors: &mut Errors) {
    if address.len() > TEXT_MAX {
        errors.report(at, "out_of_range", format!("must have at most {TEXT_MAX} characters"));
    } else if let Err(message) = check_address(address.trim()) {
        errors.report(at, "invalid", message);
    }
}

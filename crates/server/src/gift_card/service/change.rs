//! Voiding, extending, adjusting, and sending again.

use engine::ledger::{Account, Operation, Posting, Refusal};
use engine::money::Minor;
use jiff::Timestamp;
use uuid::Uuid;

use super::check::{amount, check_expiry, check_recipient};
use super::{Card, DELIVERY, Status, get, log};
use crate::activity::{Action, Author};
use crate::gift_card::store;
use crate::ledger::service::{self as ledger, By, Locked, NewPosting, refusal_problem};
use crate::mail::service::{self as mail, NewMail};
use crate::platform::db::Transaction;
use crate::platform::http::{Code, Errors, FieldError, Problem};
use crate::platform::ids::StoreId;
use crate::settings;

/// Takes everything off a card, what is held for orders under way included, for ever. Voiding it again changes nothing.
///
/// Errors: no such card, no reason.
pub async fn void(tx: &Transaction, author: &Author, id: i64, reason: String) -> Result<Card, Problem> {
    let (store, by) = (author.store, &By::from(author));
    check_reason(&reason)?;
    let before = get(tx, store, id).await?;
    let mut locked = lock(tx, store, id).await?;
    let key = format!("card/{id}/void");
    post(tx, &mut locked, by, id, (Operation::Void, Minor::ZERO, key), Some(reason.clone())).await?;
    let after = get(tx, store, id).await?;
    log::changed(tx, author, Action::Voided, (&before, &after), Some(&reason)).await?;
    Ok(after)
}

/// Changes until when a card can be used, for ever with `None`; what had expired comes back.
///
/// Errors: no such card, one that was voided, a time that has passed or that the law does not allow.
pub async fn extend(
    tx: &Transaction,
    author: &Author,
    id: i64,
    expires_at: Option<&str>,
) -> Result<Card, Problem> {
    let (store, by) = (author.store, &By::from(author));
    let settings = settings::service::get(tx, store).await?;
    let card = get(tx, store, id).await?;
    let mut errors = Errors::default();
    let expires = super::check::instant(expires_at, "/expires_at", &mut errors);
    if let Some(expires) = expires {
        let (funding, issued) = (card.funding(), card.created());
        check_expiry(expires, funding, &settings, issued, by.now, "/expires_at", &mut errors);
    }
    errors.finish()?;
    extend_in(tx, store, by, id, expires).await?;
    let after = get(tx, store, id).await?;
    log::changed(tx, author, Action::Extended, (&card, &after), None).await?;
    Ok(after)
}

async fn extend_in(
    tx: &Transaction,
    store: StoreId,
    by: &By,
    id: i64,
    expires: Option<Timestamp>,
) -> Result<(), Problem> {
    let mut locked = lock(tx, store, id).await?;
    let account = account(&locked, id)?.clone();
    if account.is_voided {
        return Err(refusal_problem(&name(id), Refusal::Voided, account.currency));
    }
    let expired = ledger::expired_amount(tx, store, id).await?;
    locked.set_expires(id, expires);
    if expired > Minor::ZERO {
        let key = format!("card/{id}/reinstate/{}", Uuid::now_v7().simple());
        post(tx, &mut locked, by, id, (Operation::Reinstate, expired, key), None).await
    } else {
        // Writes the new expiry.
        locked.post(tx, by, &[]).await.map(|_| ())
    }
}

/// Adds to a card or, with a minus, takes from it what is not held.
///
/// Errors: no such card, one that was voided or has expired, too little on it, no reason.
pub async fn adjust(
    tx: &Transaction,
    author: &Author,
    id: i64,
    (text, reason): (&str, String),
) -> Result<Card, Problem> {
    let (store, by) = (author.store, &By::from(author));
    check_reason(&reason)?;
    let before = get(tx, store, id).await?;
    let amount = signed(text, before.currency())?;
    let key = format!("card/{id}/adjust/{}", Uuid::now_v7().simple());
    let mut locked = lock(tx, store, id).await?;
    post(tx, &mut locked, by, id, (Operation::Adjust, amount, key), Some(reason.clone())).await?;
    let after = get(tx, store, id).await?;
    log::changed(tx, author, Action::Adjusted, (&before, &after), Some(&reason)).await?;
    Ok(after)
}

/// Reads an amount with a sign, such as `+5.00` or `-3.00`; without one it is added.
pub(crate) fn signed(text: &str, currency: engine::money::Currency) -> Result<Minor, Problem> {
    let (digits, is_negative) = match (text.strip_prefix('-'), text.strip_prefix('+')) {
        (Some(digits), _) => (digits, true),
        (_, Some(digits)) => (digits, false),
        _ => (text, false),
    };
    if digits.starts_with(['-', '+']) {
        let message = "must have at most one sign, such as `+5.00` or `-3.00`";
        return Err(Problem::invalid([FieldError::new("/amount", "amount", message)]));
    }
    let mut errors = Errors::default();
    let amount = amount(digits, currency, "/amount", &mut errors);
    errors.finish()?;
    Ok(if is_negative { Minor::ZERO - amount } else { amount })
}

/// Sends a card's code again, to another recipient when one is given.
///
/// Errors: no such card, one that cannot be used, no recipient.
pub async fn resend(
    tx: &Transaction,
    author: &Author,
    id: i64,
    recipient: Option<String>,
) -> Result<Card, Problem> {
    let (store, now) = (author.store, author.now);
    let recipient = recipient.map(|address| address.trim().to_lowercase());
    if let Some(address) = &recipient {
        let mut errors = Errors::default();
        check_recipient(address, "/recipient_email", &mut errors);
        errors.finish()?;
    }
    let card = get(tx, store, id).await?;
    let refusal = match card.status(now) {
        Status::Voided => Some(Refusal::Voided),
        Status::Expired => Some(Refusal::Expired),
        Status::Active | Status::Redeemed => None,
    };
    if let Some(refusal) = refusal {
        return Err(refusal_problem(&name(id), refusal, card.currency()));
    }
    let known = card.recipient_email().map(str::to_owned);
    let recipient = recipient
        .or_else(|| known.clone())
        .ok_or_else(|| Problem::new(Code::NoRecipient, format!("{} has no recipient", name(id))))?;
    store::set_recipient(tx, store, id, &recipient).await?;
    let mail = NewMail { kind: DELIVERY, subject: id, recipient: recipient.clone(), send_at: now };
    mail::enqueue(tx, store, mail, now).await?;
    log::resent(tx, author, &card, known.as_deref() != Some(&recipient)).await?;
    get(tx, store, id).await
}

fn name(id: i64) -> String {
    format!("the gift card `{id}`")
}

/// Locks the account of a card.
async fn lock(tx: &Transaction, store: StoreId, id: i64) -> Result<Locked, Problem> {
    get(tx, store, id).await?;
    ledger::lock(tx, store, &[id]).await
}

fn account(locked: &Locked, id: i64) -> Result<&Account, Problem> {
    locked.get(id).ok_or_else(|| Problem::not_found("gift card", id))
}

async fn post(
    tx: &Transaction,
    locked: &mut Locked,
    by: &By,
    id: i64,
    (operation, amount, key): (Operation, Minor, String),
    reason: Option<String>,
) -> Result<(), Problem> {
    let currency = account(locked, id)?.currency;
    let posting = Posting { account: id, operation, amount, currency };
    let outcome = locked.post_one(tx, by, vec![NewPosting::new(posting, key).because(reason)]).await?;
    outcome.map(|_| ()).map_err(|refused| refusal_problem(&name(id), refused.refusal, currency))
}

fn check_reason(reason: &str) -> Result<(), Problem> {
    let mut errors = Errors::default();
    errors.text("/reason", reason.trim());
    errors.finish()
}

//! What the activity log says of gift cards: neither codes nor PINs, and nothing of whoever gets them.

use serde_json::{Value, json};

use super::{Card, NewCard};
use crate::activity::{self, Action, Author, Change, Kind, Object};
use crate::platform::db::Transaction;
use crate::platform::http::Problem;

/// A card as the log compares it.
fn document(card: &Card) -> Value {
    let (account, currency) = (&card.state.account, card.currency());
    json!({
        "last_four": card.last_four(),
        "kind": card.kind(),
        "currency": currency.code(),
        "balance": account.balance.to_decimal(currency),
        "expires_at": account.expires.map(|at| at.to_string()),
        "is_voided": account.is_voided,
    })
}

/// Records that a card was issued.
pub(super) async fn issued(tx: &Transaction, author: &Author, card: &Card) -> Result<(), Problem> {
    let change = Change::new(Object::one(Kind::GiftCard, card.id()), Action::Issued);
    activity::record(tx, author, change.to(document(card))).await
}

/// Records that issuing many cards was begun, by this job.
pub(super) async fn began(
    tx: &Transaction,
    author: &Author,
    (job, count): (i64, u64),
    template: &NewCard,
) -> Result<(), Problem> {
    let told = json!({
        "job_id": job,
        "count": count,
        "amount": template.amount,
        "currency": template.currency,
        "kind": template.kind,
        "is_promotional": template.is_promotional,
        "expires_at": template.expires_at,
    });
    let change = Change::new(Object::all(Kind::GiftCard), Action::Issued);
    activity::record(tx, author, change.to(told)).await
}

/// Records that the codes of a batch were taken out.
pub(super) async fn exported(
    tx: &Transaction,
    author: &Author,
    (batch, cards): (i64, i64),
) -> Result<(), Problem> {
    let change = Change::new(Object::all(Kind::GiftCard), Action::Exported);
    activity::record(tx, author, change.to(json!({"job_id": batch, "count": cards}))).await
}

/// Records what was done to a card, and why.
pub(super) async fn changed(
    tx: &Transaction,
    author: &Author,
    action: Action,
    (before, after): (&Card, &Card),
    reason: Option<&str>,
) -> Result<(), Problem> {
    let mut told = document(after);
    if let (Some(reason), Value::Object(told)) = (reason, &mut told) {
        told.insert("reason".to_owned(), reason.into());
    }
    let change = Change::new(Object::one(Kind::GiftCard, after.id()), action);
    activity::record(tx, author, change.from(document(before)).to(told)).await
}

/// Records that the code of a card was sent again.
pub(super) async fn resent(
    tx: &Transaction,
    author: &Author,
    card: &Card,
    is_other_recipient: bool,
) -> Result<(), Problem> {
    let change = Change::new(Object::one(Kind::GiftCard, card.id()), Action::Resent);
    activity::record(tx, author, change.to(json!({"is_other_recipient": is_other_recipient}))).await
}

//! Issuing cards: a code that nobody can guess, an account with money on it, and a mail when it has a recipient.

use engine::gift_card::CardCode;
use engine::ledger::{Operation, Posting};
use rand::Rng as _;

use super::check::{Checked, check};
use super::{CODE, Card, DELIVERY, NewCard, get, log};
use crate::activity::Author;
use crate::app::AppState;
use crate::gift_card::store::{self, CardRow};
use crate::ledger::service::{self as ledger, AccountKind, By, NewAccount, NewPosting, refusal_problem};
use crate::mail::service::{self as mail, NewMail};
use crate::platform::db::Transaction;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::settings;

/// Issues a card and gives it with its code, which is told now or never again.
///
/// Errors: all that is wrong with what was asked for.
pub async fn issue(
    app: &AppState,
    tx: &Transaction,
    author: &Author,
    new: &NewCard,
) -> Result<(Card, CardCode), Problem> {
    let (store, by) = (author.store, &By::from(author));
    let settings = settings::service::get(tx, store).await?;
    let checked = check(new, &settings, "", by.now)?;
    let (row, code) = mint(app, store, new, &checked, None)?;
    let ids = keep(tx, store, by, &checked, vec![row]).await?;
    let id = ids.first().copied().ok_or_else(|| Problem::internal("no card was kept"))?;
    let card = get(tx, store, id).await?;
    log::issued(tx, author, &card).await?;
    Ok((card, code))
}

/// A card with a new code; its id is given when it is kept.
pub(super) fn mint(
    app: &AppState,
    store_id: StoreId,
    new: &NewCard,
    checked: &Checked,
    batch_id: Option<i64>,
) -> Result<(CardRow, CardCode), Problem> {
    let code = {
        let mut dice = rand::rng();
        CardCode::generate(&mut || (dice.next_u32() >> 27) as u8)
    };
    let code_hash = app.secret.hash(CODE, store_id, code.normal());
    let sealed = app.secret.seal(&code_hash, code.normal());
    let code_sealed = sealed.ok_or_else(|| Problem::internal("the code of a gift card was not sealed"))?;
    let row = CardRow {
        store_id,
        id: 0,
        last_four: code.last_four().to_owned(),
        code_sealed,
        pin_hash: new.pin.as_ref().map(|pin| pin_hash(app, store_id, &code_hash, pin)),
        code_hash,
        kind: new.kind.name().to_owned(),
        initial_amount: checked.amount.get(),
        recipient_email: checked.recipient.clone(),
        recipient_name: new.recipient_name.clone(),
        sender_name: new.sender_name.clone(),
        message: new.message.clone(),
        note: new.note.clone(),
        batch_id,
        created_at: 0,
    };
    Ok((row, code))
}

/// The hash of a PIN: another one for the same PIN of another card.
pub(super) fn pin_hash(app: &AppState, store: StoreId, code_hash: &str, pin: &str) -> String {
    app.secret.hash("gift card pin", store, &format!("{code_hash}/{pin}"))
}

/// Keeps minted cards that are alike: opens their accounts, puts their money on them, and has them sent.
pub(super) async fn keep(
    tx: &Transaction,
    store: StoreId,
    by: &By,
    checked: &Checked,
    mut rows: Vec<CardRow>,
) -> Result<Vec<i64>, Problem> {
    let Checked { amount, currency, funding, expires, .. } = *checked;
    let account = NewAccount { kind: AccountKind::GiftCard, currency, funding, expires };
    let mut accounts = ledger::open(tx, store, by.now, &vec![account; rows.len()]).await?;
    let ids: Vec<i64> = accounts.accounts().map(|account| account.id).collect();
    for (row, id) in rows.iter_mut().zip(&ids) {
        (row.id, row.created_at) = (*id, by.now.as_millisecond());
    }
    store::insert(tx, rows).await?;
    let issue = |account: &i64| {
        let posting = Posting { account: *account, operation: Operation::Issue, amount, currency };
        vec![NewPosting::new(posting, format!("card/{account}/issue"))]
    };
    let groups: Vec<Vec<NewPosting>> = ids.iter().map(issue).collect();
    for outcome in accounts.post(tx, by, &groups).await? {
        outcome.map_err(|refused| refusal_problem("the gift card", refused.refusal, currency))?;
    }
    if let (Some(recipient), Some(send_at)) = (&checked.recipient, checked.deliver) {
        for id in &ids {
            let mail = NewMail { kind: DELIVERY, subject: *id, recipient: recipient.clone(), send_at };
            mail::enqueue(tx, store, mail, by.now).await?;
        }
    }
    Ok(ids)
}

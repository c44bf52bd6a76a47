//! What goes on behind the requests: making many cards, writing their mails, taking what has expired.

use std::time::Duration;

use engine::ledger::{Operation, Posting};
use engine::money::Minor;

use super::service;
use crate::access::Permission;
use crate::app::AppState;
use crate::ledger::service::{self as ledger, By, NewPosting};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::{job, mail};

/// Issues many cards that are alike.
pub const BULK_ISSUE: job::Kind = job::Kind {
    name: "gift_card_bulk_create",
    permission: Permission::ManageGiftCards,
    step: |app, job| Box::pin(service::step(app, job)),
};

/// Delivers a card.
pub const DELIVERY: mail::Kind = mail::Kind {
    name: service::DELIVERY,
    write: |app, store, id| Box::pin(service::write_letter(app, store, id)),
};

/// How often is looked for cards that have expired. A card cannot be used from the instant itself on; this only moves
/// what was left in the books.
const PERIOD: Duration = Duration::from_secs(30);
/// How many cards are swept in one write.
const CHUNK: u64 = 500;

/// Takes what is left on cards that have expired, until the process stops.
pub async fn sweep_expired(app: AppState) {
    while !app.stopping.is_stopping() {
        match sweep(&app).await {
            Ok(swept) if swept >= CHUNK => {}
            Ok(_) => tokio::time::sleep(PERIOD).await,
            Err(problem) => {
                problem.log();
                tokio::time::sleep(PERIOD).await;
            }
        }
    }
}

/// Takes what is left on cards that have expired, except what is held for orders under way, and tells how many cards
/// were looked at.
///
/// Errors: the database's.
pub async fn sweep(app: &AppState) -> Result<u64, Problem> {
    let now = app.clock.now();
    let due = ledger::due_to_expire(app.db.read(), now, CHUNK).await?;
    let mut swept = 0;
    for (store, ids) in due {
        swept += ids.len() as u64;
        let by = By { actor: "expiry".to_owned(), now };
        app.db.write(move |tx| Box::pin(async move { expire(tx, store, &by, &ids).await })).await?;
    }
    Ok(swept)
}

async fn expire(
    tx: &crate::platform::db::Transaction,
    store: StoreId,
    by: &By,
    ids: &[i64],
) -> Result<(), Problem> {
    let mut accounts = ledger::lock(tx, store, ids).await?;
    let instant = by.now.as_millisecond();
    let expire = |account: &engine::ledger::Account| {
        let (amount, currency) = (Minor::ZERO, account.currency);
        let posting = Posting { account: account.id, operation: Operation::Expire, amount, currency };
        vec![NewPosting::new(posting, format!("card/{}/expire/{instant}", account.id))]
    };
    let groups: Vec<Vec<NewPosting>> = accounts.accounts().map(expire).collect();
    // One that was voided or extended meanwhile is refused, which is fine.
    accounts.post(tx, by, &groups).await.map(|_| ())
}

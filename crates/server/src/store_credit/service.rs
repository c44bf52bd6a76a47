//! What can be done with store credit.

use engine::ledger::{Funding, Operation, Posting};
use engine::money::{Currency, Minor};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::activity::{self, Action, Author, Change, Kind, Object};
use crate::app::AppState;
use crate::gift_card::service::signed;
use crate::ledger::service::{
    self as ledger, AccountKind, AccountState, By, Locked, NewAccount, NewPosting, Told, refusal_problem,
};
use crate::platform::db::{Connection, Transaction};
use crate::platform::http::{Errors, Problem};
use crate::platform::ids::StoreId;
use crate::settings;

/// The credits of a customer, one for each currency in which there ever was one.
pub async fn credits<C: Connection>(
    db: &C,
    store: StoreId,
    customer: i64,
) -> Result<Vec<AccountState>, Problem> {
    ledger::credits(db, store, customer).await
}

/// The newest transactions of a credit, those before this id when given.
///
/// Errors: the customer has no credit in this currency.
pub async fn transactions(
    app: &AppState,
    store: StoreId,
    customer: i64,
    currency: Currency,
    part: (Option<i64>, u64),
) -> Result<Vec<Told>, Problem> {
    let credit = find(app.db.read(), store, customer, currency).await?;
    let Some(credit) = credit else { return Ok(Vec::new()) };
    ledger::transactions(app.db.read(), store, credit, None, part).await
}

/// Adds to a customer's credit or, with a minus, takes from it what is not held.
///
/// Errors: an amount that cannot be read, no reason, too little credit.
pub async fn adjust(
    tx: &Transaction,
    author: &Author,
    customer: i64,
    (text, code, reason): (&str, Option<&str>, String),
) -> Result<Vec<AccountState>, Problem> {
    let (store, by) = (author.store, &By::from(author));
    let mut errors = Errors::default();
    errors.id("/id", customer);
    errors.text("/reason", reason.trim());
    let store_currency = settings::service::get(tx, store).await?.pricing.currency;
    let currency = match code {
        None => store_currency,
        Some(code) => Currency::parse(code).unwrap_or_else(|| {
            let message = "must be an ISO 4217 code in capitals such as `USD`";
            errors.report("/currency", "unknown_currency", message);
            store_currency
        }),
    };
    errors.finish()?;
    let amount = signed(text, currency)?;
    let before = credits(tx, store, customer).await?;
    let key = format!("credit/{customer}/adjust/{}", Uuid::now_v7().simple());
    let (id, mut locked) = lock_or_open(tx, store, customer, currency, by).await?;
    let posting = Posting { account: id, operation: Operation::Adjust, amount, currency };
    let new = NewPosting::new(posting, key).because(Some(reason.clone()));
    let outcome = locked.post_one(tx, by, vec![new]).await?;
    outcome.map_err(|refused| refusal_problem("the store credit", refused.refusal, currency))?;
    let after = credits(tx, store, customer).await?;
    let mut told = balances(&after);
    told.insert("reason".to_owned(), reason.into());
    let change = Change::new(Object::one(Kind::StoreCredit, customer), Action::Adjusted);
    let change = change.from(balances(&before).into()).to(told.into());
    activity::record(tx, author, change).await?;
    Ok(after)
}

/// What the activity log says of a customer's credits: the balance in each currency.
fn balances(credits: &[AccountState]) -> Map<String, Value> {
    let balance = |credit: &AccountState| {
        let (balance, currency) = (credit.account.balance, credit.account.currency);
        (format!("balance_{}", currency.code()), balance.to_decimal(currency).into())
    };
    credits.iter().map(balance).collect()
}

/// The account of a customer's credit in a currency; opened when it is missing. Orders refund to it too.
pub async fn lock_or_open(
    tx: &Transaction,
    store: StoreId,
    customer: i64,
    currency: Currency,
    by: &By,
) -> Result<(i64, Locked), Problem> {
    if let Some(id) = find(tx, store, customer, currency).await? {
        return Ok((id, ledger::lock(tx, store, &[id]).await?));
    }
    let kind = AccountKind::StoreCredit { customer };
    let new = NewAccount { kind, currency, funding: Funding::Promotional, expires: None };
    let locked = ledger::open(tx, store, by.now, &[new]).await?;
    Ok((locked.first_id(), locked))
}

/// The id of the account of a customer's credit in a currency.
pub async fn find<C: Connection>(
    db: &C,
    store: StoreId,
    customer: i64,
    currency: Currency,
) -> Result<Option<i64>, Problem> {
    let credits = credits(db, store, customer).await?;
    let account = credits.into_iter().map(|credit| credit.account).find(|it| it.currency == currency);
    Ok(account.map(|account| account.id))
}

/// What a customer can spend of a credit. Minor units of its currency.
pub fn available(credit: &AccountState) -> Minor {
    credit.account.available()
}

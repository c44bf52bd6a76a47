//! What the ledger tells: accounts, their transactions, and what the store owes in all.

use std::collections::{BTreeMap, BTreeSet};

use engine::ledger::Account;
use engine::money::{Currency, Minor};
use jiff::Timestamp;

use super::{account, store};
use crate::ledger::store::{AccountRow, SumRow, TransactionRow};
use crate::platform::clock::from_milliseconds;
use crate::platform::db::{Connection, Db, Transaction};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// An account as it is told.
#[derive(Clone, Debug)]
pub struct AccountState {
    /// What postings are decided by.
    pub account: Account,
    /// When it was voided.
    pub voided: Option<Timestamp>,
    /// Whether what had expired was taken.
    pub is_swept: bool,
}

/// A transaction as it is told. Amounts are in minor units of the account's currency.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its id.
    pub id: i64,
    /// Its account.
    pub account: i64,
    /// What was done: `issue`, `redeem` and so on.
    pub kind: String,
    /// What it added to the balance; below zero for what it took.
    pub amount: Minor,
    /// The balance after it.
    pub balance_after: Minor,
    /// The order that it was for.
    pub order_id: Option<String>,
    /// The reservation or redemption that caused it.
    pub reference: Option<String>,
    /// Why staff did it.
    pub reason: Option<String>,
    /// Who posted it.
    pub actor: String,
    /// When.
    pub created: Timestamp,
}

/// What became of the liability in a period, for one currency and funding. Minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Liability {
    /// What was owed when the period began.
    pub opening: Minor,
    /// The first money on accounts.
    pub issued: Minor,
    /// More money on accounts.
    pub loaded: Minor,
    /// What staff corrected; may be below zero.
    pub adjusted: Minor,
    /// What orders took.
    pub redeemed: Minor,
    /// What was given back for orders.
    pub refunded: Minor,
    /// What was voided.
    pub voided: Minor,
    /// What expired, less what was reinstated.
    pub expired: Minor,
    /// What is owed when it ends.
    pub closing: Minor,
}

impl Liability {
    fn add(&mut self, kind: &str, before: Minor, within: Minor) {
        self.opening += before;
        self.closing += before + within;
        match kind {
            "issue" => self.issued += within,
            "load" => self.loaded += within,
            "redeem" => self.redeemed -= within,
            "refund" => self.refunded += within,
            "void" => self.voided -= within,
            "expire" => self.expired -= within,
            _ => self.adjusted += within,
        }
    }

    /// Adds another's amounts, for totals.
    pub fn add_all(&mut self, other: &Self) {
        self.opening += other.opening;
        self.issued += other.issued;
        self.loaded += other.loaded;
        self.adjusted += other.adjusted;
        self.redeemed += other.redeemed;
        self.refunded += other.refunded;
        self.voided += other.voided;
        self.expired += other.expired;
        self.closing += other.closing;
    }
}

/// The accounts with these ids, in the order of their ids.
pub async fn accounts<C: Connection>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<Vec<AccountState>, Problem> {
    store::find(db, store, ids).await?.iter().map(state).collect()
}

/// The store credits of a customer, in the order in which they were opened.
pub async fn credits<C: Connection>(
    db: &C,
    store: StoreId,
    customer: i64,
) -> Result<Vec<AccountState>, Problem> {
    store::of_customer(db, store, customer).await?.iter().map(state).collect()
}

fn state(row: &AccountRow) -> Result<AccountState, Problem> {
    let (voided, is_swept) = (row.voided_at.map(from_milliseconds), row.expired_at.is_some());
    Ok(AccountState { account: account(row)?, voided, is_swept })
}

/// The newest transactions of an account, those before this id when given; only of this kind when given.
pub async fn transactions<C: Connection>(
    db: &C,
    store: StoreId,
    account: i64,
    kind: Option<&str>,
    (before, fetch): (Option<i64>, u64),
) -> Result<Vec<Told>, Problem> {
    let rows = store::of_account(db, store, account, kind, before, fetch).await?;
    Ok(rows.into_iter().map(told).collect())
}

fn told(row: TransactionRow) -> Told {
    Told {
        id: row.id,
        account: row.account_id,
        kind: row.kind,
        amount: Minor::new(row.amount),
        balance_after: Minor::new(row.balance_after),
        order_id: row.order_id,
        reference: row.reference,
        reason: row.reason,
        actor: row.actor,
        created: from_milliseconds(row.created_at),
    }
}

/// What has expired on an account and was not reinstated. Minor units.
pub async fn expired_amount(tx: &Transaction, store: StoreId, account: i64) -> Result<Minor, Problem> {
    let sum = store::sum_of_kind(tx, store, account, "expire").await?;
    Ok(Minor::new(-sum))
}

/// The accounts of any store that have expired at `now` with something left that is not held.
pub async fn due_to_expire<C: Connection>(
    db: &C,
    now: Timestamp,
    limit: u64,
) -> Result<BTreeMap<StoreId, Vec<i64>>, Problem> {
    let mut due: BTreeMap<StoreId, Vec<i64>> = BTreeMap::new();
    for (store, id) in store::due_to_expire(db, now.as_millisecond(), limit).await? {
        due.entry(store).or_default().push(id);
    }
    Ok(due)
}

/// What became of the liability from one instant up to another, on accounts of this kind, by currency and funding.
pub async fn liability(
    db: &Db,
    store: StoreId,
    account_kind: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<BTreeMap<(String, String), Liability>, Problem> {
    let period = (from.as_millisecond(), to.as_millisecond());
    let mut report: BTreeMap<(String, String), Liability> = BTreeMap::new();
    for row in store::sums(db.read(), store, account_kind, period).await? {
        let SumRow { currency, funding, kind, before, within } = row;
        let liability = report.entry((currency, funding)).or_default();
        liability.add(&kind, Minor::new(before), Minor::new(within));
    }
    Ok(report)
}

/// The accounts of which something is held, and those that are named.
pub async fn held<C: Connection>(db: &C, store: StoreId, named: &[i64]) -> Result<Vec<Account>, Problem> {
    let mut rows = store::holding(db, store).await?;
    let known: BTreeSet<i64> = rows.iter().map(|row| row.id).collect();
    let others: Vec<i64> = named.iter().copied().filter(|id| !known.contains(id)).collect();
    rows.extend(store::find(db, store, &others).await?);
    rows.iter().map(account).collect()
}

/// What an order took from an account and gave back. Minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// What it took.
    pub taken: Minor,
    /// What it gave back.
    pub given_back: Minor,
}

/// What the ledger says that orders took and gave back, by order and account.
pub async fn moved_by_orders<C: Connection>(
    db: &C,
    store: StoreId,
) -> Result<BTreeMap<(i64, i64), Moved>, Problem> {
    const AT_ONCE: u64 = 5_000;
    let mut moved: BTreeMap<(i64, i64), Moved> = BTreeMap::new();
    let mut after = 0;
    loop {
        let rows = store::transactions_after(db, store, after, AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(moved) };
        after = last.id;
        for row in &rows {
            // Keys name the cause: `order/123/redeem/7`.
            let order = row.natural_key.strip_prefix("order/").and_then(|rest| rest.split('/').next());
            let Some(order) = order.and_then(|order| order.parse().ok()) else { continue };
            let of_order = moved.entry((order, row.account_id)).or_default();
            match row.kind.as_str() {
                "refund" => of_order.given_back += Minor::new(row.amount),
                _ => of_order.taken += Minor::new(-row.amount),
            }
        }
    }
}

/// A currency of the ledger.
///
/// Errors: internal, when no code of ours wrote it.
pub fn currency(code: &str) -> Result<Currency, Problem> {
    Currency::parse(code).ok_or_else(|| Problem::internal(format!("the ledger has the currency `{code}`")))
}

//! Rows of the ledger.

use std::collections::HashMap;
use std::fmt::Write as _;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{
    AccessMode, DbBackend, DbErr, FromQueryResult, InsertMany, IntoActiveModel, IsolationLevel,
    QueryOrder as _, QuerySelect as _, Statement, TransactionTrait as _, Value,
};

use crate::platform::db::{Connection, Db, Transaction};
use crate::platform::ids::StoreId;

pub(super) mod account {
    //! An account. The hash is that of its last transaction.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ledger_account")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) kind: String,
        pub(crate) currency: String,
        pub(crate) funding: String,
        pub(crate) balance: i64,
        pub(crate) held: i64,
        pub(crate) customer_id: Option<i64>,
        pub(crate) expires_at: Option<i64>,
        pub(crate) voided_at: Option<i64>,
        pub(crate) expired_at: Option<i64>,
        pub(crate) head_hash: String,
        pub(crate) entry_count: i64,
        pub(crate) revision: i64,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod transaction {
    //! A transaction: one posting that made entries.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ledger_transaction")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) account_id: i64,
        pub(crate) kind: String,
        pub(crate) amount: i64,
        pub(crate) balance_after: i64,
        pub(crate) order_id: Option<String>,
        pub(crate) reference: Option<String>,
        pub(crate) natural_key: String,
        pub(crate) reason: Option<String>,
        pub(crate) actor: String,
        pub(crate) created_at: i64,
        pub(crate) previous_hash: String,
        pub(crate) hash: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod entry {
    //! One side of a transaction.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ledger_entry")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) transaction_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) account: String,
        pub(crate) amount: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use account::Model as AccountRow;
pub(super) use entry::Model as EntryRow;
pub(super) use transaction::Model as TransactionRow;

/// SQLite takes 32,766 values in one statement.
const VALUES_MAX: usize = 30_000;
/// Values of a changed account in one statement.
const CHANGED_VALUES: usize = 9;

/// Adds rows, in as few statements as there can be.
pub(super) async fn insert<A>(
    tx: &Transaction,
    rows: Vec<<A::Entity as EntityTrait>::Model>,
) -> Result<(), DbErr>
where
    A: ActiveModelTrait,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    /// More than any of these tables has.
    const COLUMNS_MAX: usize = 16;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk = rows.by_ref().take(VALUES_MAX / COLUMNS_MAX);
        InsertMany::<A>::many(chunk).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The accounts with these ids, locked until the transaction ends, in the order of their ids so that two transactions
/// never wait for each other in a circle.
pub(super) async fn lock(tx: &Transaction, store: StoreId, ids: &[i64]) -> Result<Vec<AccountRow>, DbErr> {
    let mut rows = Vec::with_capacity(ids.len());
    for ids in ids.chunks(VALUES_MAX) {
        // SQLite, which has one writer, has no such clause and leaves it out.
        let found = accounts(store, ids).order_by_asc(account::Column::Id).lock_exclusive().all(tx).await?;
        rows.extend(found);
    }
    Ok(rows)
}

fn accounts(store: StoreId, ids: &[i64]) -> sea_orm::Select<account::Entity> {
    account::Entity::find()
        .filter(account::COLUMN.store_id.eq(store))
        .filter(account::COLUMN.id.is_in(ids.iter().copied()))
}

/// The transactions with these natural keys, in no order.
pub(super) async fn by_keys(
    tx: &Transaction,
    store: StoreId,
    keys: &[&str],
) -> Result<Vec<TransactionRow>, DbErr> {
    let mut rows = Vec::new();
    for keys in keys.chunks(VALUES_MAX) {
        let found = transaction::Entity::find()
            .filter(transaction::COLUMN.store_id.eq(store))
            .filter(transaction::COLUMN.natural_key.is_in(keys.iter().copied()));
        rows.extend(found.all(tx).await?);
    }
    Ok(rows)
}

/// What these orders took from accounts and have not got back, by account and order.
pub(super) async fn captured(
    tx: &Transaction,
    store: StoreId,
    orders: &[&str],
) -> Result<HashMap<(i64, String), i64>, DbErr> {
    let mut captured = HashMap::new();
    for orders in orders.chunks(VALUES_MAX) {
        let rows = transaction::Entity::find()
            .select_only()
            .column(transaction::Column::AccountId)
            .column(transaction::Column::OrderId)
            .column(transaction::Column::Amount)
            .filter(transaction::COLUMN.store_id.eq(store))
            .filter(transaction::COLUMN.order_id.is_in(orders.iter().copied()))
            .filter(transaction::COLUMN.kind.is_in(["redeem", "refund"]));
        let rows: Vec<(i64, Option<String>, i64)> = rows.into_tuple().all(tx).await?;
        for (account, order, amount) in rows {
            *captured.entry((account, order.unwrap_or_default())).or_insert(0) -= amount;
        }
    }
    Ok(captured)
}

/// Writes the state of accounts whose rows are still at the revision before; tells how many were.
pub(super) async fn update(tx: &Transaction, store: StoreId, changed: &[AccountRow]) -> Result<u64, DbErr> {
    let mut updated = 0;
    for changed in changed.chunks(VALUES_MAX / CHANGED_VALUES) {
        updated += tx.execute_raw(update_statement(tx, store, changed)).await?.rows_affected();
    }
    Ok(updated)
}

fn update_statement(tx: &Transaction, store: StoreId, changed: &[AccountRow]) -> Statement {
    let mut values: Vec<Value> = Vec::with_capacity(1 + changed.len() * CHANGED_VALUES);
    values.push(store.0.into());
    let mut rows = String::with_capacity(changed.len() * CHANGED_VALUES * 5);
    for row in changed {
        rows.push_str(if rows.is_empty() { "(" } else { ", (" });
        for offset in 1..=CHANGED_VALUES {
            let separator = if offset == CHANGED_VALUES { ")" } else { ", " };
            // Writing into a String cannot fail.
            let _ = write!(rows, "${}{separator}", values.len() + offset);
        }
        values.extend([row.id.into(), row.revision.into(), row.balance.into(), row.held.into()]);
        values.extend([row.expires_at.into(), row.voided_at.into(), row.expired_at.into()]);
        values.extend([row.head_hash.as_str().into(), row.entry_count.into()]);
    }
    let sql = format!(
        "WITH changed (id, revision, balance, held, expires_at, voided_at, expired_at, head_hash, entry_count) \
         AS (VALUES {rows}) \
         UPDATE ledger_account SET revision = changed.revision, balance = changed.balance, held = changed.held, \
         expires_at = changed.expires_at, voided_at = changed.voided_at, expired_at = changed.expired_at, \
         head_hash = changed.head_hash, entry_count = changed.entry_count \
         FROM changed WHERE ledger_account.store_id = $1 AND ledger_account.id = changed.id \
         AND ledger_account.revision = changed.revision - 1"
    );
    Statement::from_sql_and_values(tx.get_database_backend(), sql, values)
}

/// One state of the database to read from, whatever is written meanwhile.
pub(super) async fn snapshot(db: &Db) -> Result<Transaction, DbErr> {
    match db.backend() {
        DbBackend::Postgres => {
            let (isolation, access) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
            db.read().begin_with_config(Some(isolation), Some(access)).await
        }
        // Every transaction of a SQLite file that is read like this one is a snapshot.
        _ => db.read().begin().await,
    }
}

/// The stores that have accounts.
pub(super) async fn stores<C: Connection>(db: &C) -> Result<Vec<StoreId>, DbErr> {
    let query = account::Entity::find().select_only().column(account::Column::StoreId).distinct();
    query.order_by_asc(account::Column::StoreId).into_tuple().all(db).await
}

/// Accounts in the order of their ids, after this one.
pub(super) async fn accounts_after<C: Connection>(
    db: &C,
    store: StoreId,
    after: i64,
    limit: u64,
) -> Result<Vec<AccountRow>, DbErr> {
    let mine = account::Entity::find().filter(account::COLUMN.store_id.eq(store));
    mine.filter(account::COLUMN.id.gt(after)).order_by_asc(account::Column::Id).limit(limit).all(db).await
}

/// Transactions in the order of their ids, after this one.
pub(super) async fn transactions_after<C: Connection>(
    db: &C,
    store: StoreId,
    after: i64,
    limit: u64,
) -> Result<Vec<TransactionRow>, DbErr> {
    let mine = transaction::Entity::find().filter(transaction::COLUMN.store_id.eq(store));
    let later = mine.filter(transaction::COLUMN.id.gt(after));
    later.order_by_asc(transaction::Column::Id).limit(limit).all(db).await
}

/// The entries of the transactions after the first id, up to and with the last.
pub(super) async fn entries_between<C: Connection>(
    db: &C,
    store: StoreId,
    after: i64,
    last: i64,
) -> Result<Vec<EntryRow>, DbErr> {
    let mine = entry::Entity::find().filter(entry::COLUMN.store_id.eq(store));
    let between = mine.filter(entry::COLUMN.transaction_id.gt(after));
    between.filter(entry::COLUMN.transaction_id.lte(last)).all(db).await
}

/// The accounts with these ids, in the order of their ids.
pub(super) async fn find<C: Connection>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<Vec<AccountRow>, DbErr> {
    let mut rows = Vec::with_capacity(ids.len());
    for ids in ids.chunks(VALUES_MAX) {
        rows.extend(accounts(store, ids).order_by_asc(account::Column::Id).all(db).await?);
    }
    Ok(rows)
}

/// The accounts of which something is held.
pub(super) async fn holding<C: Connection>(db: &C, store: StoreId) -> Result<Vec<AccountRow>, DbErr> {
    account::Entity::find()
        .filter(account::COLUMN.store_id.eq(store))
        .filter(account::COLUMN.held.ne(0))
        .order_by_asc(account::Column::Id)
        .all(db)
        .await
}

/// The accounts of a customer.
pub(super) async fn of_customer<C: Connection>(
    db: &C,
    store: StoreId,
    customer: i64,
) -> Result<Vec<AccountRow>, DbErr> {
    account::Entity::find()
        .filter(account::COLUMN.store_id.eq(store))
        .filter(account::COLUMN.customer_id.eq(customer))
        .order_by_asc(account::Column::Id)
        .all(db)
        .await
}

/// The newest transactions of an account.
pub(super) async fn of_account<C: Connection>(
    db: &C,
    store: StoreId,
    account: i64,
    kind: Option<&str>,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<TransactionRow>, DbErr> {
    let mut query = transaction::Entity::find()
        .filter(transaction::COLUMN.store_id.eq(store))
        .filter(transaction::COLUMN.account_id.eq(account));
    if let Some(kind) = kind {
        query = query.filter(transaction::COLUMN.kind.eq(kind));
    }
    if let Some(before) = before {
        query = query.filter(transaction::COLUMN.id.lt(before));
    }
    query.order_by_desc(transaction::Column::Id).limit(limit).all(db).await
}

/// What the transactions of this kind added to an account.
pub(super) async fn sum_of_kind(
    tx: &Transaction,
    store: StoreId,
    account: i64,
    kind: &str,
) -> Result<i64, DbErr> {
    let statement = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM ledger_transaction \
         WHERE store_id = $1 AND account_id = $2 AND kind = $3",
        [store.0.into(), account.into(), kind.into()],
    );
    tx.query_one_raw(statement).await?.map_or(Ok(0), |row| row.try_get_by_index(0))
}

/// Accounts of any store that have expired, were not voided, and have something left that is not held.
pub(super) async fn due_to_expire<C: Connection>(
    db: &C,
    now: i64,
    limit: u64,
) -> Result<Vec<(StoreId, i64)>, DbErr> {
    account::Entity::find()
        .select_only()
        .column(account::Column::StoreId)
        .column(account::Column::Id)
        .filter(account::COLUMN.expires_at.lte(now))
        .filter(account::COLUMN.voided_at.is_null())
        .filter(Expr::col(account::Column::Balance).gt(Expr::col(account::Column::Held)))
        .order_by_asc(account::Column::StoreId)
        .order_by_asc(account::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await
}

/// What transactions of one kind added in a period and before it, on accounts of one currency and funding.
#[derive(Debug, FromQueryResult)]
pub(super) struct SumRow {
    pub(super) currency: String,
    pub(super) funding: String,
    pub(super) kind: String,
    pub(super) before: i64,
    pub(super) within: i64,
}

/// The sums of all transactions before the end of the period.
pub(super) async fn sums<C: Connection>(
    db: &C,
    store: StoreId,
    account_kind: &str,
    (from, to): (i64, i64),
) -> Result<Vec<SumRow>, DbErr> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT account.currency, account.funding, entered.kind, \
         CAST(SUM(CASE WHEN entered.created_at < $3 THEN entered.amount ELSE 0 END) AS BIGINT) AS before, \
         CAST(SUM(CASE WHEN entered.created_at < $3 THEN 0 ELSE entered.amount END) AS BIGINT) AS within \
         FROM ledger_transaction entered \
         JOIN ledger_account account ON account.store_id = entered.store_id AND account.id = entered.account_id \
         WHERE entered.store_id = $1 AND account.kind = $2 AND entered.created_at < $4 \
         GROUP BY account.currency, account.funding, entered.kind",
        [store.0.into(), account_kind.into(), from.into(), to.into()],
    );
    SumRow::find_by_statement(statement).all(db).await
}

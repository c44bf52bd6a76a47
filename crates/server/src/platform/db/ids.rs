//! Ids: integers from 1 to 2^53 − 1, unique within their store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::{ConnectionTrait, DbErr, DeriveValueType, Statement};

use super::{Db, Transaction, WriteError};

/// The largest id: JavaScript still reads it exactly.
pub const ID_MAX: i64 = (1 << 53) - 1;

/// The store that everything belongs to; the first part of every primary key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct StoreId(pub i64);

impl StoreId {
    /// The store that `serve` makes on an empty database.
    pub const FIRST: Self = Self(1);
}

impl std::fmt::Display for StoreId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// Takes the next `count` ids of the kind of object called `name` and returns the first of them.
///
/// Ids that a rolled-back transaction took are given out again.
pub async fn next_id(
    transaction: &Transaction,
    store: StoreId,
    name: &'static str,
    count: u32,
) -> Result<i64, DbErr> {
    let count = i64::from(count);
    let statement = Statement::from_sql_and_values(
        transaction.get_database_backend(),
        "INSERT INTO sequence (store_id, name, next) VALUES ($1, $2, $3 + 1) \
         ON CONFLICT (store_id, name) DO UPDATE SET next = sequence.next + $3 RETURNING next",
        [store.0.into(), name.into(), count.into()],
    );
    let row = transaction.query_one_raw(statement).await?;
    let next: i64 = row.ok_or(DbErr::RecordNotUpdated)?.try_get_by_index(0)?;
    Ok(next - count)
}

/// The last id of the kind of object called `name` that was taken; 0 when none was.
pub async fn last_id<C: ConnectionTrait>(db: &C, store: StoreId, name: &'static str) -> Result<i64, DbErr> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT next FROM sequence WHERE store_id = $1 AND name = $2",
        [store.0.into(), name.into()],
    );
    let row = db.query_one_raw(statement).await?;
    let next: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(next.map_or(0, |next| next - 1))
}

/// Keeps ids that were chosen outside (an import) from being given out again: the next id is above `highest`.
pub async fn keep_above(
    transaction: &Transaction,
    store: StoreId,
    name: &'static str,
    highest: i64,
) -> Result<(), DbErr> {
    let statement = Statement::from_sql_and_values(
        transaction.get_database_backend(),
        "INSERT INTO sequence (store_id, name, next) VALUES ($1, $2, $3 + 1) \
         ON CONFLICT (store_id, name) DO UPDATE SET next = excluded.next WHERE sequence.next < excluded.next",
        [store.0.into(), name.into(), highest.into()],
    );
    transaction.execute_raw(statement).await.map(|_| ())
}

/// Ids that were taken in blocks, so that what is made thousands of times a second does not wait for its number.
///
/// Ids of a block that a process did not use are never used: numbers have gaps.
#[derive(Clone, Debug)]
pub struct IdBlocks {
    db: Db,
    left: Arc<Mutex<Blocks>>,
}

/// What is left of each block.
type Blocks = HashMap<(StoreId, &'static str), std::ops::Range<i64>>;

/// How many ids a process takes at once.
const BLOCK: u32 = 1000;

impl IdBlocks {
    /// No ids yet.
    pub fn new(db: Db) -> Self {
        Self { db, left: Arc::default() }
    }

    /// The next `count` ids, which is few, of the kind of object called `name`: the first of them.
    pub async fn take(&self, store: StoreId, name: &'static str, count: u32) -> Result<i64, WriteError> {
        if let Some(first) = self.take_left(store, name, count) {
            return Ok(first);
        }
        let block = BLOCK.max(count);
        let taken = self.db.write(move |tx| {
            Box::pin(async move { Ok::<_, WriteError>(next_id(tx, store, name, block).await?) })
        });
        let first = taken.await?;
        let after = first + i64::from(count);
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.insert((store, name), after..first + i64::from(block));
        Ok(first)
    }

    fn take_left(&self, store: StoreId, name: &'static str, count: u32) -> Option<i64> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let block = left.get_mut(&(store, name))?;
        let first = block.start;
        let after = first + i64::from(count);
        (after <= block.end).then(|| {
            block.start = after;
            first
        })
    }
}

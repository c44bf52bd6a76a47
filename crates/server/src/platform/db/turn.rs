//! Taking turns on PostgreSQL: many at once who rely on something, or one who changes it.
//!
//! Locks of rows would do, but whoever shares a row's lock goes past those who wait to change the row: while orders come
//! without a pause from several nodes, a change waits for a gap, and the more nodes there are, the rarer gaps become. Here
//! whoever comes later stands behind: with two nodes a change takes a third of the time.
//!
//! SQLite has one writer, which always has its turn.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::ids::StoreId;

/// Tells these turns from other advisory locks of the same database.
const CLASS: i32 = 0x6c72_6773;

/// Until the transaction ends, nobody changes what evaluation sees of a store.
pub async fn share<C: ConnectionTrait>(db: &C, store: StoreId) -> Result<(), DbErr> {
    take(db, "SELECT pg_advisory_xact_lock_shared($1, $2)", store).await
}

/// Until the transaction ends, nobody else changes what evaluation sees of a store, and nobody relies on it.
pub async fn alone<C: ConnectionTrait>(db: &C, store: StoreId) -> Result<(), DbErr> {
    take(db, "SELECT pg_advisory_xact_lock($1, $2)", store).await
}

async fn take<C: ConnectionTrait>(db: &C, sql: &str, store: StoreId) -> Result<(), DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    // Two stores that share a number only wait for each other.
    let number = i32::try_from(store.0 & i64::from(i32::MAX)).unwrap_or(0);
    db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [CLASS.into(), number.into()]))
        .await?;
    Ok(())
}

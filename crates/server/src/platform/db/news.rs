//! News between nodes: whoever changes what evaluation sees says so, and the others hear it as soon as it is committed.
//!
//! It is only a hint to look: a node that misses it, because its connection broke or a pooler does not pass it on, looks
//! every now and then anyway. SQLite has one node, which knows.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};

use super::ids::StoreId;
use super::{Db, Engine};

const CHANNEL: &str = "largesse_rules";
/// How long is waited before another try to listen.
const PAUSE: Duration = Duration::from_secs(10);

/// Says, when the transaction commits, that something changed of a store.
pub async fn tell<C: ConnectionTrait>(db: &C, store: StoreId) -> Result<(), DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let values = [CHANNEL.into(), store.to_string().into()];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_notify($1, $2)", values);
    db.execute_raw(statement).await.map(|_| ())
}

/// Calls `heard` whenever there may be news, for ever: on a connection of its own, which is opened anew when it breaks.
pub async fn listen(db: &Db, heard: impl Fn()) {
    let Engine::Postgres { pool } = &db.inner.engine else { return std::future::pending().await };
    loop {
        let Err(error) = listen_while_connected(pool, &heard).await;
        // Changes of others are noticed a little later until then.
        tracing::warn!(%error, "news of other nodes are not heard; listening again soon");
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listen_while_connected(
    pool: &PgPool,
    heard: &impl Fn(),
) -> Result<std::convert::Infallible, sqlx::Error> {
    // Requests must not wait because one connection of theirs listens.
    let own = PgPoolOptions::new().max_connections(1).connect_lazy_with((*pool.connect_options()).clone());
    let mut listener = PgListener::connect_with(&own).await?;
    listener.listen(CHANNEL).await?;
    heard();
    loop {
        // `None` is a connection that broke and is there again: something may have been missed.
        listener.try_recv().await?;
        heard();
    }
}

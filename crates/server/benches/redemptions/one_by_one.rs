//! The usual way: a transaction for each redemption, which writes the counter, the redemption and the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use server::platform::db::Location;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, PgPool};

use crate::place::Place;
use crate::sample;

const MEASURED: Duration = Duration::from_secs(3);
const CLIENTS: usize = 64;

const COUNT: &str = "UPDATE use_counter SET committed = committed + 1 WHERE store_id = 1 AND key = '1:uses' AND slot = 0 \
     AND committed + held < 1000000000";
const KEEP: &str = "INSERT INTO redemption (store_id, id, promotion_id, order_id, state, uses, spent, currency, \
     channel_id, day, identities, slot, given_back_on, created_at) \
     VALUES (1, $1, 1, $1, 'committed', 1, 1000, 'USD', 0, '2026-03-01', '', 0, 'cer', 0)";
const ANSWER: &str = "INSERT INTO idempotency (store_id, caller, key, fingerprint, status, body, created_at) \
     VALUES (1, 0, 'one ' || $1, 'f', 201, '{}', 0)";
const BEGIN: &str =
    "INSERT INTO use_counter (store_id, key, slot, committed, held) VALUES (1, '1:uses', 0, 0, 0)";

/// Below zero, where the desk makes none.
static NEXT: AtomicI64 = AtomicI64::new(-1);

pub(crate) async fn measure(series: &str, place: &Place) {
    drop(place.open().await);
    match &place.options.location {
        Location::Sqlite(path) => {
            let options = SqliteConnectOptions::new()
                .filename(path)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full);
            let mut connection = options.connect().await.unwrap();
            sqlx::query(BEGIN).execute(&mut connection).await.unwrap();
            let (begun, mut waited) = (Instant::now(), Vec::new());
            while begun.elapsed() < MEASURED {
                let (started, id) = (Instant::now(), NEXT.fetch_sub(1, Ordering::Relaxed));
                let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
                sqlx::query(COUNT).execute(&mut *transaction).await.unwrap();
                for sql in [KEEP, ANSWER] {
                    sqlx::query(sql).bind(id).execute(&mut *transaction).await.unwrap();
                }
                transaction.commit().await.unwrap();
                waited.push(started.elapsed());
            }
            sample::print(&format!("{series}-one-by-one"), 1, waited, begun.elapsed());
            connection.close().await.unwrap();
        }
        Location::Postgres(options) => {
            let pool = PgPoolOptions::new().max_connections(64).connect_with(*options.clone()).await.unwrap();
            sqlx::query(BEGIN).execute(&pool).await.unwrap();
            postgres(series, pool).await;
        }
    }
}

async fn postgres(series: &str, pool: PgPool) {
    let pool = Arc::new(pool);
    let begun = Instant::now();
    let client = |pool: Arc<PgPool>| async move {
        let mut waited = Vec::new();
        let mut connection = pool.acquire().await.unwrap();
        while begun.elapsed() < MEASURED {
            let (started, id) = (Instant::now(), NEXT.fetch_sub(1, Ordering::Relaxed));
            let mut transaction = connection.begin().await.unwrap();
            sqlx::query(COUNT).execute(&mut *transaction).await.unwrap();
            sqlx::query(KEEP).bind(id).execute(&mut *transaction).await.unwrap();
            // The two databases do not agree on how a number becomes a text.
            let answer = ANSWER.replace("$1", "CAST($1 AS TEXT)");
            let answer = sqlx::query(sqlx::AssertSqlSafe(answer)).bind(id);
            answer.execute(&mut *transaction).await.unwrap();
            transaction.commit().await.unwrap();
            waited.push(started.elapsed());
        }
        waited
    };
    let clients: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(client(Arc::clone(&pool)))).collect();
    let mut waited = Vec::new();
    for client in clients {
        waited.extend(client.await.unwrap());
    }
    sample::print(&format!("{series}-one-by-one"), CLIENTS, waited, begun.elapsed());
}

//! What the database promises to every feature.

use std::collections::BTreeSet;
use std::sync::Arc;

use sea_orm::{ConnectionTrait as _, Statement};
use server::platform::db::{Cause, Db, OpenError, Transaction, WriteError, migrate};
use server::platform::ids::{StoreId, keep_above, next_id};
use tokio::sync::Barrier;

use crate::harness::TestDatabase;

const STORE: StoreId = StoreId(7);

async fn add_brand(transaction: &Transaction, id: i64) -> Result<(), WriteError> {
    let statement = Statement::from_sql_and_values(
        transaction.get_database_backend(),
        "INSERT INTO brand (store_id, id, name) VALUES ($1, $2, $3)",
        [STORE.0.into(), id.into(), "a brand".into()],
    );
    transaction.execute_raw(statement).await?;
    Ok(())
}

async fn brands(db: &Db) -> Vec<i64> {
    let statement = Statement::from_string(db.backend(), "SELECT id FROM brand ORDER BY id");
    let rows = db.read().query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

fn is_sqlite(db: &Db) -> bool {
    db.backend() == sea_orm::DbBackend::Sqlite
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writes_all_land_and_share_commits() {
    let database = TestDatabase::create().await;
    let db = database.open().await;
    let start = Arc::new(Barrier::new(200));
    let tasks: Vec<_> = (0..200)
        .map(|id| {
            let (db, start) = (db.clone(), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                db.write(move |tx| Box::pin(add_brand(tx, id))).await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(brands(&db).await, (0..200).collect::<Vec<_>>());
    let statistics = db.statistics();
    assert_eq!(statistics.jobs, 200);
    if is_sqlite(&db) {
        assert!(statistics.commits < 100, "{statistics:?}");
    }
}

#[tokio::test]
async fn a_failing_job_does_not_hurt_the_jobs_it_shares_a_transaction_with() {
    let database = TestDatabase::create().await;
    let db = database.open().await;
    let good = |id| db.write(move |tx| Box::pin(add_brand(tx, id)));
    let bad = db.write::<(), WriteError, _>(|tx| {
        Box::pin(async move {
            add_brand(tx, 2).await?;
            // The same key again, after a first change that must be undone.
            add_brand(tx, 2).await
        })
    });
    let (first, failed, last) = tokio::join!(good(1), bad, good(3));
    first.unwrap();
    last.unwrap();
    assert_eq!(failed.unwrap_err().cause(), Cause::Duplicate);
    assert_eq!(brands(&db).await, [1, 3]);
}

#[tokio::test]
async fn a_job_that_panics_hurts_only_its_caller() {
    let database = TestDatabase::file();
    let db = database.open().await;
    let panics = db.write::<(), WriteError, _>(|tx| {
        Box::pin(async move {
            add_brand(tx, 2).await?;
            panic!("a bug in a job")
        })
    });
    let (failed, kept) = tokio::join!(panics, db.write(|tx| Box::pin(add_brand(tx, 1))));
    assert!(matches!(failed, Err(WriteError::Panicked)));
    kept.unwrap();
    assert_eq!(brands(&db).await, [1]);
}

#[tokio::test]
async fn when_the_transaction_is_lost_every_job_in_it_hears_so_and_the_next_one_works() {
    let database = TestDatabase::file();
    let db = database.open().await;
    // SQLite itself ends a transaction like this when the disk is full.
    let fatal = db.write::<(), WriteError, _>(|tx| {
        Box::pin(async move {
            tx.execute_unprepared("ROLLBACK").await?;
            Ok(())
        })
    });
    let (first, lost, last) = tokio::join!(
        db.write(|tx| Box::pin(add_brand(tx, 1))),
        fatal,
        db.write(|tx| Box::pin(add_brand(tx, 3)))
    );
    for result in [first, lost, last] {
        assert!(matches!(result, Err(WriteError::Commit(_))), "{result:?}");
    }
    assert!(brands(&db).await.is_empty());
    db.write(|tx| Box::pin(add_brand(tx, 4))).await.unwrap();
    assert_eq!(brands(&db).await, [4]);
}

#[tokio::test]
async fn a_full_disk_is_told_as_such_and_reading_goes_on() {
    let database = TestDatabase::file();
    let db = database.open().await;
    let full = db.write::<(), WriteError, _>(|tx| {
        Box::pin(async move {
            tx.execute_unprepared("PRAGMA max_page_count = 1").await?;
            for id in 0..100_000 {
                add_brand(tx, id).await?;
            }
            Ok(())
        })
    });
    assert_eq!(full.await.unwrap_err().cause(), Cause::StorageFull);
    assert!(brands(&db).await.is_empty());
}

#[tokio::test]
async fn readers_of_a_file_cannot_write() {
    let database = TestDatabase::file();
    let db = database.open().await;
    assert!(db.read().execute_unprepared("DELETE FROM brand").await.is_err());
}

#[tokio::test]
async fn a_second_process_is_kept_away_from_the_file() {
    let database = TestDatabase::file();
    let first = database.open().await;
    // Locks belong to the opened file, so a second opening here is refused like one in another process.
    let Err(refused) = Db::open(&database.options).await else { panic!("opened twice") };
    assert!(matches!(refused, OpenError::InUse { .. }));
    assert!(refused.to_string().contains(&std::process::id().to_string()), "{refused}");
    first.close().await;
    drop(first);
    Db::open(&database.options).await.unwrap();
}

#[tokio::test]
async fn migrations_run_twice_do_no_harm() {
    let database = TestDatabase::create().await;
    let db = Db::open(&database.options).await.unwrap();
    assert_eq!(migrate::run(&db).await.unwrap(), 0);
    db.write(|tx| Box::pin(add_brand(tx, 1))).await.unwrap();
    assert_eq!(migrate::run(&db).await.unwrap(), migrate::newest_version());
    assert_eq!(migrate::version(&db).await.unwrap(), migrate::newest_version());
    assert_eq!(brands(&db).await, [1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_are_given_out_once() {
    let database = TestDatabase::create().await;
    let db = database.open().await;
    let take = |store, count| {
        let db = db.clone();
        tokio::spawn(async move {
            db.write(move |tx| {
                Box::pin(async move { Ok::<_, WriteError>(next_id(tx, store, "coupon_code", count).await?) })
            })
            .await
            .unwrap()
        })
    };
    let tasks: Vec<_> = (0..40).map(|_| take(STORE, 5)).collect();
    let mut seen = BTreeSet::new();
    for task in tasks {
        let first = task.await.unwrap();
        assert!((first..first + 5).all(|id| seen.insert(id)));
    }
    assert_eq!(seen, (1..=200).collect());
    assert_eq!(take(StoreId(8), 1).await.unwrap(), 1);
}

#[tokio::test]
async fn ids_chosen_outside_are_not_given_out_again() {
    let database = TestDatabase::create().await;
    let db = database.open().await;
    let next = db
        .write(|tx| {
            Box::pin(async move {
                keep_above(tx, STORE, "promotion", 40).await?;
                keep_above(tx, STORE, "promotion", 12).await?;
                Ok::<_, WriteError>(next_id(tx, STORE, "promotion", 1).await?)
            })
        })
        .await;
    assert_eq!(next.unwrap(), 41);
}

#[tokio::test]
async fn a_closed_database_refuses_writes() {
    let database = TestDatabase::create().await;
    let db = database.open().await;
    db.close().await;
    let refused = db.write(|tx| Box::pin(add_brand(tx, 1))).await;
    assert!(matches!(refused.unwrap_err().cause(), Cause::Unavailable | Cause::Busy));
}

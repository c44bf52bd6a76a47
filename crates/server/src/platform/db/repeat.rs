//! Writes to PostgreSQL: one transaction each, repeated when it conflicts with another.

use std::sync::atomic::Ordering;
use std::time::Duration;

use sea_orm::{DatabaseConnection, TransactionTrait as _};

use super::{Cause, Counters, JobError, JobFuture, Transaction, WriteError};

/// How often a job is repeated before its conflict is reported.
const REPEATS_MAX: u32 = 3;

pub(super) async fn run<T, E, F>(pool: &DatabaseConnection, counters: &Counters, job: F) -> Result<T, E>
where
    F: for<'tx> FnOnce(&'tx Transaction) -> JobFuture<'tx, T, E> + Clone,
    E: JobError,
{
    let mut repeats = 0;
    loop {
        let result = run_once(pool, job.clone()).await;
        let conflicts = |error: &E| error.write_error().is_some_and(|error| error.cause() == Cause::Conflict);
        match result {
            Err(error) if repeats < REPEATS_MAX && conflicts(&error) => {
                repeats += 1;
                // Two jobs that met once should not meet again.
                let pause = rand::random_range(5..=20_u64 << repeats);
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            Ok(value) => {
                counters.jobs.fetch_add(1, Ordering::Relaxed);
                counters.commits.fetch_add(1, Ordering::Relaxed);
                return Ok(value);
            }
            Err(error) => return Err(error),
        }
    }
}

async fn run_once<T, E, F>(pool: &DatabaseConnection, job: F) -> Result<T, E>
where
    F: for<'tx> FnOnce(&'tx Transaction) -> JobFuture<'tx, T, E>,
    E: JobError,
{
    let transaction = pool.begin().await.map_err(WriteError::Commit)?;
    match job(&transaction).await {
        Ok(value) => {
            transaction.commit().await.map_err(WriteError::Commit)?;
            Ok(value)
        }
        Err(error) => {
            // The job's own error matters more than a failure to roll back, which closing the connection does too.
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}

//! The one writer of a SQLite file: takes all waiting jobs, runs them in one transaction, flushes once.
//!
//! A flush costs milliseconds and a job microseconds, so sharing it is what lets many requests a second be durable.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use sea_orm::{
    DatabaseConnection, SqliteTransactionMode, SqlxSqliteConnector, TransactionOptions, TransactionTrait as _,
};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use tokio::sync::{mpsc, oneshot};

use super::flush::Flushes;
use super::job::{Fate, Job, Waiting};
use super::{Cause, Counters, DbErr, JobError, JobFuture, Transaction, WriteError};

/// The most jobs in one transaction; later ones wait for the next.
const BATCH_MAX: usize = 256;
/// The most jobs that wait; later callers are held back before they queue.
const QUEUE_MAX: usize = 4096;

enum Message {
    Run(Box<dyn Job>),
    Stop(oneshot::Sender<()>),
}

/// The way to the writer's task.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
}

impl Writer {
    /// Starts the task. It opens its connection when the first job comes.
    pub(super) fn start(
        options: SqliteConnectOptions,
        counters: Arc<Counters>,
        flushes: Arc<Flushes>,
    ) -> Self {
        let (queue, messages) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(Task { connection: connect(&options), options, counters, flushes, messages }.run());
        Self { queue }
    }

    /// Runs `job` in the next transaction.
    pub(super) async fn run<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'tx> FnOnce(&'tx Transaction) -> JobFuture<'tx, T, E> + Send + 'static,
        T: Send + 'static,
        E: JobError,
    {
        let (waiting, answer) = Waiting::new(job);
        let sent = self.queue.send(Message::Run(Box::new(waiting))).await;
        sent.map_err(|_| WriteError::Stopped)?;
        answer.await.map_err(|_| WriteError::Stopped)?
    }

    /// Runs what already waits, then closes the connection.
    pub(super) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.queue.send(Message::Stop(done)).await.is_ok() {
            let _ = stopped.await;
        }
    }
}

struct Task {
    connection: DatabaseConnection,
    options: SqliteConnectOptions,
    counters: Arc<Counters>,
    flushes: Arc<Flushes>,
    messages: mpsc::Receiver<Message>,
}

impl Task {
    async fn run(mut self) {
        let mut waiting = Vec::with_capacity(BATCH_MAX);
        let mut stop = None;
        while stop.is_none() && self.messages.recv_many(&mut waiting, BATCH_MAX).await > 0 {
            let mut batch: Vec<Box<dyn Job>> = Vec::with_capacity(waiting.len());
            for message in waiting.drain(..) {
                match message {
                    Message::Run(job) => batch.push(job),
                    Message::Stop(done) => stop = Some(done),
                }
            }
            if !batch.is_empty() {
                self.run_batch(batch).await;
            }
        }
        // Closing the last connection folds the log back into the file; not a log of which nobody knows what is flushed.
        if !self.flushes.have_failed() {
            let _ = self.connection.close_by_ref().await;
        }
        if let Some(done) = stop {
            let _ = done.send(());
        }
    }

    async fn run_batch(&mut self, mut batch: Vec<Box<dyn Job>>) {
        let outcome = match self.flushes.have_failed() {
            false => self.commit_together(&mut batch).await,
            true => Err(WriteError::FlushFailed),
        };
        match &outcome {
            Ok(kept) => {
                self.counters.jobs.fetch_add(*kept, Ordering::Relaxed);
                self.counters.commits.fetch_add(u64::from(*kept > 0), Ordering::Relaxed);
            }
            Err(WriteError::FlushFailed) => {}
            Err(error) if error.cause() == Cause::FlushFailed => {
                tracing::error!(%error, jobs = batch.len(), "a flush to the disk failed: nothing is written any more");
                self.flushes.fail();
            }
            Err(error) => {
                tracing::error!(%error, jobs = batch.len(), "a group of writes could not be committed");
                // SQLite ends a whole transaction by itself on some failures, and the driver's count of open
                // savepoints is wrong from then on. Only a new connection is known to be sound.
                self.connection = connect(&self.options);
            }
        }
        for job in batch {
            job.answer(&outcome);
        }
    }

    /// Runs every job inside its savepoint, or alone, and commits; returns how many were kept.
    ///
    /// Errors: when a savepoint or the transaction itself fails, and then nothing is kept.
    async fn commit_together(&self, batch: &mut [Box<dyn Job>]) -> Result<u64, WriteError> {
        let immediate = TransactionOptions {
            // A transaction that starts as a reader cannot always become a writer.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.connection.begin_with_options(immediate).await.map_err(WriteError::Commit)?;
        // One that is alone needs no savepoint: every statement less is a way to the connection's thread and back.
        if let [job] = batch {
            return commit_alone(transaction, job).await;
        }
        let mut kept = 0;
        for job in batch {
            let savepoint = transaction.begin().await.map_err(WriteError::Commit)?;
            match job.run(&savepoint).await {
                Fate::Keep => {
                    savepoint.commit().await.map_err(WriteError::Commit)?;
                    kept += 1;
                }
                Fate::Undo(reason) => undone(reason, savepoint.rollback().await)?,
            }
        }
        transaction.commit().await.map_err(WriteError::Commit)?;
        Ok(kept)
    }
}

/// Runs a job and commits it; returns how many were kept.
async fn commit_alone(transaction: Transaction, job: &mut Box<dyn Job>) -> Result<u64, WriteError> {
    match job.run(&transaction).await {
        Fate::Keep => transaction.commit().await.map(|()| 1).map_err(WriteError::Commit),
        Fate::Undo(reason) => undone(reason, transaction.rollback().await).map(|()| 0),
    }
}

/// What undoing a job came to.
///
/// Errors: everything is undone with it. Failing to undo means that SQLite has done that by itself, for the reason the
/// job met; and after a flush that failed nothing more is tried.
fn undone(reason: Option<WriteError>, rolled_back: Result<(), DbErr>) -> Result<(), WriteError> {
    match (reason, rolled_back) {
        (Some(reason), _) if reason.cause() == Cause::FlushFailed => Err(reason.shared()),
        (_, Ok(())) => Ok(()),
        (reason, Err(error)) => Err(reason.map_or(WriteError::Commit(error), |reason| reason.shared())),
    }
}

/// A pool of the one connection; it connects when it is first used.
fn connect(options: &SqliteConnectOptions) -> DatabaseConnection {
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(options.clone());
    SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)
}

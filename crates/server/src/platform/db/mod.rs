//! The database: SQLite in one file, or PostgreSQL, behind one way to read and one way to write.
//!
//! ```text
//! let row = rows::by_id::<product::Entity>(db.read(), store, id).await?;
//!
//! let id = db.write(move |tx| Box::pin(async move {
//!     let id = next_id(tx, store, "promotion", 1).await?;
//!     store::insert(tx, store, id, &definition).await?;
//!     Ok(id)
//! })).await?;
//! ```
//!
//! A write is a closure that gets a [`Transaction`]. It does nothing but database work (on SQLite all writers wait
//! for it), owns what it uses, and can be cloned, because PostgreSQL may ask for it to be repeated. When it returns
//! an error, nothing of it is kept; when `write` returns a value, it is on the disk.

pub mod backup;
pub mod bulk;
mod error;
mod flush;
pub mod ids;
mod job;
mod location;
mod lock;
pub mod look;
pub mod migrate;
pub mod news;
mod open;
mod repeat;
pub mod rows;
pub mod turn;
mod writer;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, DbBackend, IsolationLevel, TransactionTrait as _,
};
use sqlx::PgPool;
use sqlx::sqlite::SqliteConnectOptions;

use flush::Flushes;
use lock::Lock;
use writer::Writer;

/// Anything that answers queries: [`Db::read`] or a [`Transaction`].
pub use sea_orm::{ConnectionTrait as Connection, DbErr};

pub use error::{Cause, JobError, WriteError};
pub use location::{Location, LocationError};
pub use open::{OpenError, Options};

/// What a write job works on; reads inside it see its own changes.
pub type Transaction = DatabaseTransaction;

/// What a write job returns.
pub type JobFuture<'tx, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'tx>>;

/// A handle to the database; clones share it.
#[derive(Clone, Debug)]
pub struct Db {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    reader: DatabaseConnection,
    engine: Engine,
    counters: Arc<Counters>,
    flushes: Arc<Flushes>,
}

#[derive(Debug)]
enum Engine {
    Sqlite {
        writer: Writer,
        options: Box<SqliteConnectOptions>,
        _lock: Lock,
    },
    Postgres {
        pool: PgPool,
    },
    /// A SQLite file that is only looked at.
    Looking,
}

/// How many write jobs were kept, in how many transactions, and how many statements were asked of readers.
#[derive(Debug, Default)]
struct Counters {
    jobs: AtomicU64,
    commits: AtomicU64,
    statements: AtomicU64,
}

/// What the database has done since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Write jobs that were kept.
    pub jobs: u64,
    /// Transactions that they took; fewer than `jobs` when jobs shared one.
    pub commits: u64,
}

impl Db {
    /// Opens the database; on SQLite makes the file and starts the writer. The schema is [`migrate::run`]'s.
    pub async fn open(options: &Options) -> Result<Self, OpenError> {
        open::open(options).await
    }

    /// A pooled connection that sees what has been committed. On SQLite it cannot write.
    pub fn read(&self) -> &DatabaseConnection {
        &self.inner.reader
    }

    /// Runs `job` in a transaction and keeps it if it returns `Ok`.
    ///
    /// On SQLite many jobs share one transaction and one flush to the disk, each inside its own savepoint. On
    /// PostgreSQL each has its own transaction, repeated when it conflicts with another.
    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'tx> FnOnce(&'tx Transaction) -> JobFuture<'tx, T, E> + Clone + Send + 'static,
        T: Send + 'static,
        E: JobError,
    {
        match &self.inner.engine {
            Engine::Sqlite { writer, .. } => writer.run(job).await,
            Engine::Postgres { .. } => repeat::run(&self.inner.reader, &self.inner.counters, job).await,
            Engine::Looking => Err(WriteError::Stopped.into()),
        }
    }

    /// All of the database as it is at one instant, for questions that belong together.
    pub async fn snapshot(&self) -> Result<Transaction, DbErr> {
        let isolation = self.has_several_writers().then_some(IsolationLevel::RepeatableRead);
        let access = self.has_several_writers().then_some(AccessMode::ReadOnly);
        self.inner.reader.begin_with_config(isolation, access).await
    }

    /// What it has done so far.
    pub fn statistics(&self) -> Statistics {
        let Counters { jobs, commits, .. } = &*self.inner.counters;
        Statistics { jobs: jobs.load(Ordering::Relaxed), commits: commits.load(Ordering::Relaxed) }
    }

    /// How many statements readers have asked so far; tests see by it that lists are read at once.
    pub fn statements(&self) -> u64 {
        self.inner.counters.statements.load(Ordering::Relaxed)
    }

    /// Whether a flush to the disk failed, so that nothing can be written until another process has the file.
    pub fn has_failed_flush(&self) -> bool {
        self.inner.flushes.have_failed()
    }

    /// Waits until a flush to the disk fails. A PostgreSQL server looks after its own.
    pub async fn failed_flush(&self) {
        self.inner.flushes.failed().await;
    }

    /// Finishes the writes under way and closes every connection. Later writes are refused.
    pub async fn close(&self) {
        if let Engine::Sqlite { writer, .. } = &self.inner.engine {
            writer.stop().await;
        }
        if let Err(error) = self.inner.reader.close_by_ref().await {
            tracing::warn!(%error, "the database was not closed cleanly");
        }
    }

    /// Whether other processes may write at the same time.
    pub fn has_several_writers(&self) -> bool {
        matches!(self.inner.engine, Engine::Postgres { .. })
    }

    /// Which dialect hand-written SQL has to speak.
    pub fn backend(&self) -> DbBackend {
        self.inner.reader.get_database_backend()
    }
}

//! Opens the two kinds of database with the settings that our promises rest on.

use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::available_parallelism;
use std::time::Duration;

use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::flush::Flushes;
use super::lock::Lock;
use super::writer::Writer;
use super::{Counters, Db, Engine, Inner, Location};

/// How long a request waits for a connection or a locked file before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// Statements that a connection keeps prepared: those for many rows come in a few sizes.
const STATEMENTS_KEPT: usize = 400;

/// Which database to open, and how widely.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it is.
    pub location: Location,
    /// The most connections to a PostgreSQL server at once; a SQLite file needs none of them.
    pub connections: u32,
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its folder or the lock beside it cannot be used.
    #[error("`{}` cannot be used: {reason}; check that its folder exists and may be written", path.display())]
    Folder {
        /// The database file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// Another process has it.
    #[error(
        "`{}` is in use by another largesse process ({holder}); stop that one, or choose another --data-dir",
        path.display()
    )]
    InUse {
        /// The database file.
        path: PathBuf,
        /// The process that has it, as it wrote itself down.
        holder: String,
    },
    /// It does not answer.
    #[error("the {location} cannot be opened: {reason}")]
    Connect {
        /// Which one.
        location: Box<Location>,
        /// What the driver said.
        reason: sqlx::Error,
    },
}

pub(super) async fn open(options: &Options) -> Result<Db, OpenError> {
    let failed = |reason| OpenError::Connect { location: Box::new(options.location.clone()), reason };
    let inner = match &options.location {
        Location::Sqlite(path) => {
            make_folder(path)?;
            let lock = Lock::take(path)?;
            open_sqlite(path, lock).await.map_err(failed)?
        }
        Location::Postgres(address) => open_postgres(address, options.connections).await.map_err(failed)?,
    };
    Ok(Db { inner: Arc::new(inner) })
}

/// Makes the folder of a database file, readable by its owner only: it holds customers' addresses.
pub(super) fn make_folder(path: &Path) -> Result<(), OpenError> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|reason| OpenError::Folder { path: path.to_owned(), reason })
}

async fn open_sqlite(path: &Path, lock: Lock) -> Result<Inner, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let options = durable(options)
        .statement_cache_capacity(STATEMENTS_KEPT)
        // A long read can make the log grow; it must not stay that large.
        .pragma("journal_size_limit", "67108864");
    // The first connection makes the file and puts it in WAL mode, before any reader looks at it. Being the only one, it
    // folds the log into the file and flushes it when it is closed: what a process left whose flush failed, and of which
    // the system may only believe that it is on the disk, is written again.
    sqlx::Connection::close(options.connect().await?).await?;
    let (counters, flushes) = (Arc::new(Counters::default()), Arc::new(Flushes::default()));
    let readers =
        available_parallelism().map_or(4, |cores| u32::try_from(cores.get()).unwrap_or(8)).clamp(2, 8);
    let reader = SqlitePoolOptions::new()
        .max_connections(readers)
        .acquire_timeout(PATIENCE)
        // Readers live as long as the process: opening one anew would only cost its cache.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(options.clone().pragma("query_only", "ON"));
    Ok(Inner {
        reader: counted(SqlxSqliteConnector::from_sqlx_sqlite_pool(reader), &counters),
        engine: Engine::Sqlite {
            writer: Writer::start(options.clone(), Arc::clone(&counters), Arc::clone(&flushes)),
            options: Box::new(options),
            _lock: lock,
        },
        counters,
        flushes,
    })
}

/// What every connection to a SQLite file goes by.
pub(super) fn durable(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        // FULL flushes the log at every commit: what was answered survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(PATIENCE)
        .foreign_keys(true)
        .disable_statement_logging()
}

async fn open_postgres(address: &PgConnectOptions, connections: u32) -> Result<Inner, sqlx::Error> {
    let options = address
        .clone()
        .application_name("largesse")
        .statement_cache_capacity(STATEMENTS_KEPT)
        .disable_statement_logging();
    // The pool would try again and again and then only say that it took too long.
    sqlx::Connection::close(options.connect().await?).await?;
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(options);
    let counters = Arc::new(Counters::default());
    Ok(Inner {
        reader: counted(SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()), &counters),
        engine: Engine::Postgres { pool },
        counters,
        flushes: Arc::default(),
    })
}

/// The same connection, whose statements are counted.
fn counted(mut reader: DatabaseConnection, counters: &Arc<Counters>) -> DatabaseConnection {
    let counters = Arc::clone(counters);
    reader.set_metric_callback(move |_| {
        counters.statements.fetch_add(1, Ordering::Relaxed);
    });
    reader
}

//! Looking at a database without changing it, also while a server has it: what its promises rest on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sea_orm::{ConnectionTrait as _, DbErr, SqlxSqliteConnector, Statement};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::open::{OpenError, Options, durable};
use super::{Counters, Db, Engine, Inner, Location, migrate};

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// As it should be.
    Well,
    /// It works, but someone should look at it.
    Doubtful,
    /// Something promised does not hold.
    Wrong,
}

/// What was found of one thing.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// How it stands.
    pub health: Health,
    /// What was found, and how to mend it when it is not well.
    pub text: String,
}

impl Finding {
    /// A finding.
    pub fn new(what: impl Into<String>, health: Health, text: impl Into<String>) -> Self {
        Self { what: what.into(), health, text: text.into() }
    }
}

/// From which size on a write-ahead log is told: it is folded back into the file long before.
const LOG_MAX: u64 = 256 * 1024 * 1024;
/// Below this share of a disk that is free, in percent, it is told.
const FREE_MIN: u64 = 5;

impl Db {
    /// Opens a database only to look at it: no lock is taken, nothing can be written, and no file is made.
    pub async fn open_to_look(options: &Options) -> Result<Self, OpenError> {
        let Location::Sqlite(path) = &options.location else { return Self::open(options).await };
        let failed = |reason| OpenError::Connect { location: Box::new(options.location.clone()), reason };
        if !path.exists() {
            let reason = std::io::Error::new(std::io::ErrorKind::NotFound, "there is no such file");
            return Err(OpenError::Folder { path: path.clone(), reason });
        }
        let sqlite = looking(path);
        // Whether it can be read at all shows at the first connection.
        sqlx::Connection::close(sqlx::ConnectOptions::connect(&sqlite).await.map_err(failed)?)
            .await
            .map_err(failed)?;
        let pool = SqlitePoolOptions::new().max_connections(2).connect_lazy_with(sqlite);
        Ok(Self {
            inner: Arc::new(Inner {
                reader: SqlxSqliteConnector::from_sqlx_sqlite_pool(pool),
                engine: Engine::Looking,
                counters: Arc::new(Counters::default()),
                flushes: Arc::default(),
            }),
        })
    }
}

fn looking(path: &Path) -> SqliteConnectOptions {
    // The mode of the log stays as it is: setting it would write.
    durable(SqliteConnectOptions::new().filename(path).read_only(true).create_if_missing(false))
}

/// What the promises rest on: schema, settings of the database, room on the disk.
///
/// Errors: the database fails while it is looked at.
pub async fn look(db: &Db, location: &Location) -> Result<Vec<Finding>, DbErr> {
    let mut findings = vec![schema(db).await];
    match location {
        Location::Sqlite(path) => sqlite(db, path, &mut findings).await?,
        Location::Postgres(_) => postgres(db, &mut findings).await?,
    }
    Ok(findings)
}

/// Everything that is wrong with a SQLite file itself: pages, indexes, references.
pub async fn broken(db: &Db) -> Result<Vec<String>, DbErr> {
    let mut wrong = column(db, "PRAGMA integrity_check").await?;
    wrong.retain(|line| line != "ok");
    let statement = Statement::from_string(db.backend(), "PRAGMA foreign_key_check");
    for row in db.read().query_all_raw(statement).await? {
        let (table, id, to): (String, Option<i64>, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let id = id.map_or_else(String::new, |id| format!(" {id}"));
        wrong.push(format!("row{id} of {table} belongs to a row of {to} that is not there"));
    }
    Ok(wrong)
}

async fn schema(db: &Db) -> Finding {
    let needed = migrate::newest_version();
    match migrate::version(db).await {
        Ok(version) if version == needed => {
            Finding::new("schema", Health::Well, format!("version {version}"))
        }
        Ok(version) if version > needed => {
            let text = format!("version {version}; this binary knows {needed}: look with the newer binary");
            Finding::new("schema", Health::Doubtful, text)
        }
        Ok(version) => {
            let text = format!("version {version}, this binary needs {needed}: run `largesse migrate`");
            Finding::new("schema", Health::Wrong, text)
        }
        Err(error) => {
            Finding::new("schema", Health::Wrong, format!("there is none; is this our database? {error}"))
        }
    }
}

async fn sqlite(db: &Db, path: &Path, findings: &mut Vec<Finding>) -> Result<(), DbErr> {
    let broken = broken(db).await?;
    findings.push(match broken.first() {
        None => Finding::new("integrity", Health::Well, "every page, index and reference is sound"),
        Some(first) => {
            let text = format!("{first}; {} in all: restore a backup", broken.len());
            Finding::new("integrity", Health::Wrong, text)
        }
    });
    let mode = column(db, "PRAGMA journal_mode").await?.join("");
    findings.push(match mode.as_str() {
        "wal" => Finding::new("journal", Health::Well, "write-ahead log"),
        other => {
            let text = format!("`{other}`; `largesse serve` turns it into a write-ahead log");
            Finding::new("journal", Health::Doubtful, text)
        }
    });
    let synchronous = column(db, "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous").await?.join("");
    findings.push(match synchronous.as_str() {
        "2" | "3" => {
            Finding::new("flushing", Health::Well, "every commit is on the disk before it is answered")
        }
        other => Finding::new(
            "flushing",
            Health::Wrong,
            format!("synchronous is {other}: a power cut loses commits"),
        ),
    });
    let log = std::fs::metadata(beside(path, "-wal")).map_or(0, |file| file.len());
    let text = format!("{} MiB", log / 1024 / 1024);
    findings.push(match log > LOG_MAX {
        false => Finding::new("size of the log", Health::Well, text),
        true => {
            let text = format!("{text}: a reader that stays open keeps it from being folded back");
            Finding::new("size of the log", Health::Doubtful, text)
        }
    });
    findings.extend(room(path));
    Ok(())
}

/// How much room the disk of a file has left.
#[cfg(unix)]
fn room(path: &Path) -> Option<Finding> {
    let disk = rustix::fs::statvfs(path).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let share = disk.f_bavail.saturating_mul(100).checked_div(disk.f_blocks)?;
    let text = format!("{} MiB, {share} %", free / 1024 / 1024);
    Some(match share < FREE_MIN {
        false => Finding::new("free on the disk", Health::Well, text),
        true => Finding::new("free on the disk", Health::Doubtful, format!("{text}: make room")),
    })
}

#[cfg(not(unix))]
fn room(_: &Path) -> Option<Finding> {
    None
}

/// A file that SQLite keeps beside the database.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

async fn postgres(db: &Db, findings: &mut Vec<Finding>) -> Result<(), DbErr> {
    let version = column(db, "SELECT current_setting('server_version')").await?.join("");
    findings.push(Finding::new("server", Health::Well, format!("PostgreSQL {version}")));
    for (name, cost) in [
        ("fsync", "a crash of the machine may destroy the database"),
        ("full_page_writes", "a crash of the machine may tear pages"),
        ("synchronous_commit", "a crash of the server loses what was answered"),
    ] {
        let value = column(db, &format!("SELECT current_setting('{name}')")).await?.join("");
        findings.push(match value.as_str() {
            "off" => Finding::new(name, Health::Wrong, format!("off: {cost}; turn it on")),
            _ => Finding::new(name, Health::Well, value),
        });
    }
    Ok(())
}

/// The first column of what a statement answers, as text.
async fn column(db: &Db, sql: &str) -> Result<Vec<String>, DbErr> {
    let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

//! Copies of a SQLite file: made while a server writes to it, and put back in its place.
//!
//! Neither leaves half a file under its final name, and neither takes anything away: an old database is kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait as _, DbErr, Statement};

use super::lock::Lock;
use super::look::{beside, broken};
use super::{Db, Location, OpenError, Options, migrate};

/// What every SQLite file begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Why a copy was not made or not put back. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Something has that name.
    #[error("`{}` exists; choose another name, or remove it", .0.display())]
    Exists(PathBuf),
    /// A file cannot be read or written.
    #[error("`{}` cannot be used: {reason}", path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// It is another kind of file.
    #[error("`{}` is no SQLite database; give a file that `largesse backup` made", .0.display())]
    NotSqlite(PathBuf),
    /// It is the database of something else.
    #[error("`{}` has no schema of largesse; give a file that `largesse backup` made", .0.display())]
    NotOurs(PathBuf),
    /// A newer binary made it.
    #[error("it has schema {found} and this binary knows {known}; restore it with the binary that made it")]
    Newer {
        /// The version that it has.
        found: i64,
        /// The newest version that this binary knows.
        known: i64,
    },
    /// Its pages, indexes or references are damaged.
    #[error("it is damaged: {first} ({count} in all); take another backup")]
    Damaged {
        /// The first of what is wrong.
        first: String,
        /// How much is.
        count: usize,
    },
    /// The database failed.
    #[error("the copy failed: {0}")]
    Database(#[from] DbErr),
    /// It cannot be opened, or a server has it.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// A copy that has no final name yet; gone when it is dropped before it gets one.
#[derive(Debug)]
pub struct FileCopy {
    path: PathBuf,
    is_kept: bool,
}

impl Drop for FileCopy {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl FileCopy {
    /// Copies a database as it is at one instant, however much is written to it meanwhile, to a file beside `to` that
    /// only its owner may read, and checks it.
    ///
    /// Errors: see [`CopyError`].
    pub async fn make(from: &Path, to: &Path) -> Result<Self, CopyError> {
        let path = beside(to, &format!(".partial-{}", std::process::id()));
        let unusable = |reason| CopyError::Unusable { path: path.clone(), reason };
        make_private(&path).map_err(unusable)?;
        let copy = Self { path: path.clone(), is_kept: false };
        let db = look_at(from).await?;
        let name = path.to_string_lossy().into_owned();
        let statement = Statement::from_sql_and_values(db.backend(), "VACUUM INTO $1", [name.into()]);
        let copied = db.read().execute_raw(statement).await;
        db.close().await;
        copied?;
        File::open(&path).and_then(|file| file.sync_all()).map_err(unusable)?;
        check(&path).await?;
        Ok(copy)
    }

    /// Where it is now.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its final name; tells its size in bytes.
    ///
    /// Errors: something has that name.
    pub fn keep(self, to: &Path) -> Result<u64, CopyError> {
        if to.exists() {
            return Err(CopyError::Exists(to.to_owned()));
        }
        self.rename(to)
    }

    fn rename(mut self, to: &Path) -> Result<u64, CopyError> {
        let unusable = |reason| CopyError::Unusable { path: to.to_owned(), reason };
        fs::rename(&self.path, to).map_err(unusable)?;
        self.is_kept = true;
        flush_folder(to).map_err(unusable)?;
        Ok(fs::metadata(to).map_err(unusable)?.len())
    }
}

/// Checks that a file is a sound database of ours that this binary knows; tells its schema's version.
///
/// Errors: what it is instead.
pub async fn check(path: &Path) -> Result<i64, CopyError> {
    let mut magic = [0; 16];
    let unusable = |reason| CopyError::Unusable { path: path.to_owned(), reason };
    let read = File::open(path).map_err(unusable)?.read_exact(&mut magic);
    if read.is_err() || magic != *MAGIC {
        return Err(CopyError::NotSqlite(path.to_owned()));
    }
    let db = match look_at(path).await {
        // Its first page is one of ours, but what it says is not so.
        Err(CopyError::Open(OpenError::Connect { reason, .. })) => {
            return Err(CopyError::Damaged { first: reason.to_string(), count: 1 });
        }
        opened => opened?,
    };
    let checked = check_opened(&db, path).await;
    db.close().await;
    checked
}

async fn check_opened(db: &Db, path: &Path) -> Result<i64, CopyError> {
    let damaged = |first: String, count| CopyError::Damaged { first, count };
    // A file that was cut off cannot even be asked.
    let wrong = broken(db).await.map_err(|error| damaged(error.to_string(), 1))?;
    if let Some(first) = wrong.first() {
        return Err(damaged(first.clone(), wrong.len()));
    }
    let found = migrate::version(db).await.unwrap_or(0);
    match migrate::newest_version() {
        _ if found == 0 => Err(CopyError::NotOurs(path.to_owned())),
        known if found > known => Err(CopyError::Newer { found, known }),
        _ => Ok(found),
    }
}

/// Puts a copy in the place of the database at `target`; the old one stays beside it under the name that is answered,
/// with `.before-restore-` and `at`.
///
/// Errors: see [`CopyError`]; a server that has the database.
pub async fn put_back(file: &Path, target: &Path, at: &str) -> Result<Option<PathBuf>, CopyError> {
    check(file).await?;
    let unusable = |path: &Path| {
        let path = path.to_owned();
        move |reason| CopyError::Unusable { path, reason }
    };
    super::open::make_folder(target)?;
    let _lock = Lock::take(target)?;
    let copy = FileCopy::make(file, target).await?;
    let kept = if target.exists() { Some(keep_old(target, at).map_err(unusable(target))?) } else { None };
    copy.rename(target)?;
    Ok(kept)
}

/// Gives the old database a second name, with what its log holds that is not folded back yet.
fn keep_old(target: &Path, at: &str) -> io::Result<PathBuf> {
    let kept = beside(target, &format!(".before-restore-{at}"));
    if kept.exists() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} exists", kept.display())));
    }
    // A second name first: whenever this ends, a database has the first one. Not all disks know second names.
    if fs::hard_link(target, &kept).is_err() {
        fs::copy(target, &kept)?;
    }
    // The log of the old file would be taken for the new one's.
    let log = beside(target, "-wal");
    if log.exists() {
        fs::rename(&log, beside(&kept, "-wal"))?;
    }
    let index = beside(target, "-shm");
    if index.exists() {
        fs::remove_file(&index)?;
    }
    flush_folder(target)?;
    Ok(kept)
}

async fn look_at(path: &Path) -> Result<Db, CopyError> {
    let options = Options { location: Location::Sqlite(path.to_owned()), connections: 1 };
    Ok(Db::open_to_look(&options).await?)
}

/// An empty file that only its owner may read: it will hold customers' addresses.
fn make_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

/// A new name is on the disk only when its folder is.
fn flush_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if cfg!(unix) { File::open(folder.unwrap_or(Path::new(".")))?.sync_all() } else { Ok(()) }
}

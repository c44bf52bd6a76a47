//! Keeps a second process away from a SQLite file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use super::OpenError;

/// The right to write a SQLite file, held until it is dropped or the process ends, however it ends.
///
/// Two processes would not corrupt the file, but each would keep rules and keys in memory that the other changes.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock that stands beside the database at `path`.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let unusable = |reason| OpenError::Folder { path: path.to_owned(), reason };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&name)
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Without the number the message is still useful.
                let _ = file.read_to_string(&mut holder);
                return Err(OpenError::InUse { path: path.to_owned(), holder: holder.trim().to_owned() });
            }
            Err(TryLockError::Error(reason)) => return Err(unusable(reason)),
        }
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| {
            writeln!(file, "{}", std::process::id())?;
            file.flush()
        });
        written.map_err(unusable)?;
        Ok(Self { _file: file })
    }
}

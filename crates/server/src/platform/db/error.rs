//! What a database can answer instead of doing what it was asked, sorted by what the caller can do about it.

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlErr, SqlxError};

/// Why a write did not happen. Nothing of it was kept.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// A statement of the job failed.
    #[error("a statement failed: {0}")]
    Statement(#[from] DbErr),
    /// The transaction, which may have held other jobs too, could not be begun or committed.
    #[error("the transaction could not be committed: {0}")]
    Commit(DbErr),
    /// The job panicked.
    #[error("the write was given up because its code failed")]
    Panicked,
    /// A flush to the disk failed before, so that nothing is written any more.
    #[error("a flush to the disk failed before")]
    FlushFailed,
    /// The writer has stopped because the process is shutting down.
    #[error("the database writer has stopped")]
    Stopped,
}

/// What a write job may fail with: anything that can also hold a failure of the database itself.
pub trait JobError: From<WriteError> + Send + 'static {
    /// The failure of the database, if that is what this is; the writer repeats a job whose failure is a conflict
    /// with another transaction.
    fn write_error(&self) -> Option<&WriteError>;
}

impl JobError for WriteError {
    fn write_error(&self) -> Option<&WriteError> {
        Some(self)
    }
}

impl WriteError {
    /// The same failure, as those hear of it whose jobs shared the transaction that it undid.
    pub(super) fn shared(&self) -> Self {
        match self {
            Self::Statement(error) => Self::Commit(error.clone()),
            other => other.clone(),
        }
    }

    /// What the caller can do about it.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Statement(error) | Self::Commit(error) => Cause::of(error),
            Self::Panicked => Cause::Other,
            Self::Stopped => Cause::Unavailable,
            Self::FlushFailed => Cause::FlushFailed,
        }
    }
}

/// Failures of a database, sorted by what the caller can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Two transactions stood in each other's way: repeat.
    Conflict,
    /// The disk is full or may not be written: an operator has to make room.
    StorageFull,
    /// A flush to the disk failed: nobody knows what is on it until another process has read it.
    FlushFailed,
    /// Too many wait for it: repeat later.
    Busy,
    /// It cannot be reached: repeat later.
    Unavailable,
    /// A unique key is taken.
    Duplicate,
    /// Anything else: a bug.
    Other,
}

impl Cause {
    /// The cause of `error`, by the code the database gave, never by the text of its message.
    pub fn of(error: &DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(_)) = error.sql_err() {
            return Self::Duplicate;
        }
        match error {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => Self::Busy,
            DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) => Self::Unavailable,
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => Self::of_driver(error),
            _ => Self::Other,
        }
    }

    fn of_driver(error: &SqlxError) -> Self {
        match error {
            SqlxError::PoolTimedOut => Self::Busy,
            SqlxError::Io(_) | SqlxError::Tls(_) | SqlxError::PoolClosed | SqlxError::WorkerCrashed => {
                Self::Unavailable
            }
            SqlxError::Database(error) => error.code().map_or(Self::Other, |code| Self::of_code(&code)),
            _ => Self::Other,
        }
    }

    /// SQLite's codes are numbers whose low byte is the primary code; PostgreSQL's have five characters.
    fn of_code(code: &str) -> Self {
        match (code.len(), code.parse::<u32>()) {
            (5, _) => match code {
                "40001" | "40P01" => Self::Conflict,
                "53100" => Self::StorageFull,
                "53300" | "55P03" => Self::Busy,
                "25006" | "57P01" | "57P02" | "57P03" => Self::Unavailable,
                _ => Self::Other,
            },
            // Of a file, and of its folder.
            (_, Ok(1034 | 1290)) => Self::FlushFailed,
            (_, Ok(number)) => match number & 0xff {
                5 | 6 => Self::Busy,
                8 | 13 => Self::StorageFull,
                10 | 14 => Self::Unavailable,
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_sorted_by_what_can_be_done() {
        for (code, cause) in [
            ("40001", Cause::Conflict),
            ("40P01", Cause::Conflict),
            ("53100", Cause::StorageFull),
            ("13", Cause::StorageFull),
            ("517", Cause::Busy),
            ("3338", Cause::Unavailable),
            ("1034", Cause::FlushFailed),
            ("57P03", Cause::Unavailable),
            ("1", Cause::Other),
            ("42601", Cause::Other),
        ] {
            assert_eq!(Cause::of_code(code), cause, "{code}");
        }
    }
}

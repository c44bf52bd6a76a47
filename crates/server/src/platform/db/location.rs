//! Where the database is: a file, or a PostgreSQL server.

use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// A database's address, parsed from its URL.
#[derive(Clone, Debug)]
pub enum Location {
    /// A SQLite file; it and its folder are made if they are missing.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(Box<PgConnectOptions>),
}

/// Why a text is not the address of a database.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// Neither of the two kinds. The URL is not repeated: it may hold a password.
    #[error(
        "the database URL has an unknown scheme; write `sqlite:PATH` or `postgres://user:password@host/database`"
    )]
    UnknownScheme,
    /// A SQLite URL without a file.
    #[error(
        "`sqlite:` needs the path of a file, such as `sqlite:data/largesse.db`; a database in memory is not kept"
    )]
    NoPath,
    /// A PostgreSQL URL that cannot be read.
    #[error("the PostgreSQL URL cannot be read: {0}")]
    Postgres(sqlx::Error),
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(url: &str) -> Result<Self, LocationError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = url.parse().map_err(LocationError::Postgres)?;
            return Ok(Self::Postgres(Box::new(options)));
        }
        let path = url.strip_prefix("sqlite:").ok_or(LocationError::UnknownScheme)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path == ":memory:" {
            return Err(LocationError::NoPath);
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

/// The address without its password, for people.
impl std::fmt::Display for Location {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "SQLite file {}", path.display()),
            Self::Postgres(options) => {
                let database = options.get_database().unwrap_or_else(|| options.get_username());
                write!(formatter, "PostgreSQL database {database} on {}", options.get_host())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_url_are_read_and_shown_without_the_password() {
        for (url, shown) in [
            ("sqlite:data/largesse.db", "SQLite file data/largesse.db"),
            ("sqlite:///srv/largesse.db", "SQLite file /srv/largesse.db"),
            ("postgres://ada:secret@db.example:5433/shop", "PostgreSQL database shop on db.example"),
        ] {
            assert_eq!(url.parse::<Location>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn other_urls_are_refused_without_repeating_them() {
        for url in ["mysql://root:secret@localhost/shop", "sqlite:", "sqlite::memory:", "largesse.db"] {
            let message = url.parse::<Location>().unwrap_err().to_string();
            assert!(!message.contains("secret"), "{message}");
        }
    }
}

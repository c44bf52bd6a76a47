//! A database that nobody else uses, with one store.

use std::env;

use jiff::Timestamp;
use server::access::service::create_first_store;
use server::platform::db::{Db, Location, Options, migrate};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

/// Where it is.
pub(crate) struct Place {
    pub(crate) options: Options,
    _folder: Option<TempDir>,
}

impl Place {
    /// A file.
    pub(crate) fn file() -> Self {
        let folder = TempDir::new().unwrap();
        let location = Location::Sqlite(folder.path().join("largesse.db"));
        Self { options: Options { location, connections: 1 }, _folder: Some(folder) }
    }

    /// A schema of the server that the environment names.
    pub(crate) async fn schema() -> Option<Self> {
        let url = env::var("LARGESSE_TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())?;
        let name = format!("bench_{}", uuid::Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(&url).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {name}"))).await.unwrap();
        let separator = if url.contains('?') { '&' } else { '?' };
        let location = format!("{url}{separator}options=-csearch_path%3D{name}").parse().unwrap();
        Some(Self { options: Options { location, connections: 16 }, _folder: None })
    }

    /// Opens it; makes the store if it is not there.
    pub(crate) async fn open(&self) -> Db {
        let db = Db::open(&self.options).await.unwrap();
        migrate::run(&db).await.unwrap();
        create_first_store(&db, Timestamp::now()).await.unwrap();
        db
    }
}

//! Brings a database to the newest schema.

use std::borrow::Cow;

use sea_orm::{DbErr, FromQueryResult, Statement};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{ConnectOptions as _, Connection as _, SqlSafeStr as _};

use super::{Db, Engine};

/// Version, description and SQL, for SQLite and for PostgreSQL, of each migration in `migrations/`.
const MIGRATIONS: &[(i64, &str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// The version that this binary needs.
pub fn newest_version() -> i64 {
    MIGRATIONS.last().map_or(0, |(version, ..)| *version)
}

/// Runs what is missing and returns the version before; running twice, or from two nodes at once, does no harm.
pub async fn run(db: &Db) -> Result<i64, MigrateError> {
    let before = version(db).await.unwrap_or(0);
    let mut migrator = Migrator::with_migrations(migrations(&db.inner.engine));
    // While a cluster is upgraded, the old binary must still start on the new schema.
    migrator.set_ignore_missing(true);
    match &db.inner.engine {
        Engine::Sqlite { options, .. } => {
            let mut connection = options.connect().await?;
            migrator.run(&mut connection).await?;
            connection.close().await?;
        }
        Engine::Postgres { pool } => migrator.run(pool).await?,
        Engine::Looking => {}
    }
    Ok(before)
}

/// The version that the database has.
///
/// Errors: when there is no schema yet, or no database.
pub async fn version(db: &Db) -> Result<i64, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        version: Option<i64>,
    }
    let sql = "SELECT MAX(version) AS version FROM _sqlx_migrations WHERE success";
    let statement = Statement::from_string(db.backend(), sql);
    let row = Row::find_by_statement(statement).one(db.read()).await?;
    Ok(row.and_then(|row| row.version).unwrap_or(0))
}

fn migrations(engine: &Engine) -> Vec<Migration> {
    let migration =
        |&(version, description, sqlite, postgres): &(i64, &'static str, &'static str, &'static str)| {
            let sql = match engine {
                Engine::Sqlite { .. } | Engine::Looking => sqlite,
                Engine::Postgres { .. } => postgres,
            };
            Migration::new(
                version,
                Cow::Borrowed(description),
                MigrationType::Simple,
                sql.into_sql_str(),
                false,
            )
        };
    MIGRATIONS.iter().map(migration).collect()
}

//! `largesse migrate`: brings the database to the newest schema and exits.

use clap::Args;

use super::open;
use crate::platform::config::DatabaseArguments;
use crate::platform::db::migrate;

/// Bring the database to the newest schema and exit
///
/// `serve` does it too; this is for doing it before, under another user, or to see whether it works.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  largesse migrate --database-url postgres://owner:secret@db.internal/largesse")]
pub(super) struct Arguments {
    #[command(flatten)]
    database: DatabaseArguments,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let db = open(&arguments.database).await?;
    let before = migrate::run(&db).await?;
    let after = migrate::version(&db).await?;
    db.close().await;
    if before == after {
        println!("the schema is up to date (version {after})");
    } else {
        println!("the schema went from version {before} to {after}");
    }
    Ok(())
}

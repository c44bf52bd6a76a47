//! `largesse restore`: puts a backup in the place of the embedded database.

use std::path::PathBuf;

use clap::Args;

use super::{Misuse, failed_on_server};
use crate::platform::clock::Clock;
use crate::platform::config::{DatabaseArguments, given_secret};
use crate::platform::db::Location;
use crate::platform::db::backup::put_back;
use crate::platform::secret::FILE as SECRET_FILE;

/// Put a backup in the place of the embedded database
///
/// The backup is checked before anything is touched, and no server may be running. The old database stays beside the
/// new one.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  largesse restore /backup/largesse-2026-11-27.db")]
pub(super) struct Arguments {
    /// A file that `largesse backup` made
    file: PathBuf,

    #[command(flatten)]
    database: DatabaseArguments,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { file, database } = arguments;
    let options = database.options().map_err(|error| Misuse(error.to_string()))?;
    let Location::Sqlite(path) = &options.location else {
        return Err(failed_on_server("pg_restore --clean --if-exists --dbname=DATABASE FILE"));
    };
    let at = Clock::system().now().strftime("%Y%m%dT%H%M%S%3fZ").to_string();
    let kept = put_back(&file, path, &at).await?;
    println!("{} is now what {} was", path.display(), file.display());
    if let Some(kept) = kept {
        println!("the database of before is {}", kept.display());
    }
    if given_secret().is_none() && !database.data_dir.join(SECRET_FILE).exists() {
        println!(
            "put the `{SECRET_FILE}` of then into {}, or give it as LARGESSE_SECRET, before you serve: a new one would \
             know no code of the gift cards",
            database.data_dir.display()
        );
    }
    println!("`largesse doctor --verify` looks at it, `largesse serve` serves it");
    Ok(())
}

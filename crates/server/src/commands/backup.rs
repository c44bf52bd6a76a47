//! `largesse backup`: a checked copy of the embedded database, while a server writes to it.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::doctor::{as_table, examine};
use super::{Misuse, failed_on_server};
use crate::platform::config::DatabaseArguments;
use crate::platform::db::backup::{CopyError, FileCopy};
use crate::platform::db::look::Health;
use crate::platform::db::{Location, Options};
use crate::platform::secret::FILE as SECRET_FILE;
use crate::platform::terminal::grouped;

/// Copy the embedded database, while a server writes to it
///
/// The copy is the database as it is at one instant. Before it gets its name it is flushed to the disk and checked:
/// its pages, its references, and that counters and orders add up. Only its owner may read it. The secret that codes of
/// gift cards are hashed with, `secret.key` or LARGESSE_SECRET, is not in it: keep that too.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  largesse backup /backup/largesse-$(date +%F).db")]
pub(super) struct Arguments {
    /// The new file
    file: PathBuf,

    #[command(flatten)]
    database: DatabaseArguments,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { file, database } = arguments;
    let options = database.options().map_err(|error| Misuse(error.to_string()))?;
    let Location::Sqlite(path) = &options.location else {
        return Err(failed_on_server("pg_dump --format=custom --file=FILE"));
    };
    if file.exists() {
        return Err(CopyError::Exists(file).into());
    }
    let copy = FileCopy::make(path, &file).await?;
    let copied = Options { location: Location::Sqlite(copy.path().to_owned()), connections: 1 };
    let mut findings = examine(&copied, true).await?;
    findings.retain(|finding| finding.health == Health::Wrong);
    if !findings.is_empty() {
        eprintln!("{}", as_table(&findings));
        bail!(
            "the database is not sound, so no backup of it was kept; `largesse doctor --verify` tells more"
        );
    }
    let size = copy.keep(&file)?;
    println!("{}: {} bytes, checked", file.display(), grouped(size));
    println!(
        "keep `{}`, or what LARGESSE_SECRET is, beside it but in another place: without it no code of a gift card is \
         known any more",
        database.data_dir.join(SECRET_FILE).display()
    );
    Ok(())
}

//! `largesse backup`: a checked copy of the embedded database, while a server writes to it.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;

use super::doctor::{as_table, examine};
use super::{Misuse, failed_on_server, failure};
use crate::gift_card::service::made_with_another;
use crate::platform::config::{DatabaseArguments, given_secret};
use crate::platform::db::backup::{CopyError, FileCopy};
use crate::platform::db::look::Health;
use crate::platform::db::{Db, Location, Options, migrate};
use crate::platform::secret::{FILE as SECRET_FILE, FoundSecret, ServerSecret};
use crate::platform::terminal::grouped;

/// Copy the embedded database, while a server writes to it
///
/// The copy is the database as it is at one instant. Before it gets its name it is flushed to the disk and checked:
/// its pages, its references, and that counters and orders add up. Only its owner may read it. The secret that codes of
/// gift cards are hashed with, `secret.key` or LARGESSE_SECRET, is not in it: keep that too, or have it written beside.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  largesse backup /backup/largesse-$(date +%F).db
  largesse backup --with-secret /backup/largesse-$(date +%F).db")]
pub(super) struct Arguments {
    /// The new file
    file: PathBuf,

    /// Write the secret beside it, as FILE.secret.key: who has both can read every code of a gift card
    #[arg(long)]
    with_secret: bool,

    #[command(flatten)]
    database: DatabaseArguments,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { file, with_secret, database } = arguments;
    let options = database.options().map_err(|error| Misuse(error.to_string()))?;
    let Location::Sqlite(path) = &options.location else {
        return Err(failed_on_server("pg_dump --format=custom --file=FILE"));
    };
    if file.exists() {
        return Err(CopyError::Exists(file).into());
    }
    let secret = if with_secret { Some(secret_for(&file, &database)?) } else { None };
    let copy = FileCopy::make(path, &file).await?;
    let copied = Options { location: Location::Sqlite(copy.path().to_owned()), connections: 1 };
    let mut findings = examine(&copied, true, None).await?;
    findings.retain(|finding| finding.health == Health::Wrong);
    if !findings.is_empty() {
        eprintln!("{}", as_table(&findings));
        bail!(
            "the database is not sound, so no backup of it was kept; `largesse doctor --verify` tells more"
        );
    }
    if let Some(secret) = &secret
        && !fits(copy.path(), Some(&secret.secret)).await?
    {
        return Err(Misuse(format!(
            "`{SECRET_FILE}` is not the secret that codes were made with; put that back first"
        ))
        .into());
    }
    let size = copy.keep(&file)?;
    println!("{}: {} bytes, checked", file.display(), grouped(size));
    if let Some(secret) = secret {
        let beside = secret_beside(&file);
        secret.write(&beside)?;
        println!("{}: the secret of its codes", beside.display());
        return Ok(());
    }
    println!(
        "keep `{}`, or what LARGESSE_SECRET is, too: without it no code of a gift card is known (--with-secret)",
        database.data_dir.join(SECRET_FILE).display()
    );
    Ok(())
}

/// Where the secret of a backup stands.
pub(super) fn secret_beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(SECRET_FILE);
    PathBuf::from(name)
}

/// The secret to write beside a backup.
///
/// Errors: there is none; one stands there.
fn secret_for(file: &Path, database: &DatabaseArguments) -> anyhow::Result<FoundSecret> {
    let beside = secret_beside(file);
    if beside.exists() {
        return Err(CopyError::Exists(beside).into());
    }
    let found = FoundSecret::find(given_secret().as_deref(), &database.data_dir)
        .map_err(|error| Misuse(error.to_string()))?;
    let missing = || {
        let folder = database.data_dir.display();
        Misuse(format!("there is no `{SECRET_FILE}` in {folder}, and LARGESSE_SECRET is not set"))
    };
    Ok(found.ok_or_else(missing)?)
}

/// Whether the codes of gift cards in a copy were made with this secret. One of a schema that notes nothing of it fits all.
pub(super) async fn fits(copy: &Path, secret: Option<&ServerSecret>) -> anyhow::Result<bool> {
    let options = Options { location: Location::Sqlite(copy.to_owned()), connections: 1 };
    let db = Db::open_to_look(&options).await?;
    let fits = match migrate::version(&db).await? < migrate::newest_version() {
        true => Ok(true),
        false => made_with_another(db.read(), secret).await.map(|others| others.is_empty()),
    };
    db.close().await;
    fits.map_err(failure)
}

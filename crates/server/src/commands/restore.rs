//! `largesse restore`: puts a backup in the place of the embedded database.

use std::path::{Path, PathBuf};

use clap::Args;

use super::backup::{fits, secret_beside};
use super::{Misuse, failed_on_server};
use crate::platform::clock::Clock;
use crate::platform::config::{DatabaseArguments, given_secret};
use crate::platform::db::Location;
use crate::platform::db::backup::{check, put_back};
use crate::platform::secret::{FILE as SECRET_FILE, FoundSecret};

/// Put a backup in the place of the embedded database
///
/// The backup is checked before anything is touched, and no server may be running. The old database stays beside the
/// new one.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  largesse restore /backup/largesse-2026-11-27.db
  largesse restore --with-secret /backup/largesse-2026-11-27.db")]
pub(super) struct Arguments {
    /// A file that `largesse backup` made
    file: PathBuf,

    /// Take the secret that stands beside it, as FILE.secret.key; the old one is kept
    #[arg(long)]
    with_secret: bool,

    #[command(flatten)]
    database: DatabaseArguments,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { file, with_secret, database } = arguments;
    let options = database.options().map_err(|error| Misuse(error.to_string()))?;
    let Location::Sqlite(path) = &options.location else {
        return Err(failed_on_server("pg_restore --clean --if-exists --dbname=DATABASE FILE"));
    };
    check(&file).await?;
    let secret = if with_secret { Some(secret_of(&file).await?) } else { None };
    let at = Clock::system().now().strftime("%Y%m%dT%H%M%S%3fZ").to_string();
    let kept = put_back(&file, path, &at).await?;
    println!("{} is now what {} was", path.display(), file.display());
    if let Some(kept) = kept {
        println!("the database of before is {}", kept.display());
    }
    match secret {
        Some(secret) => put_secret(&secret, &database.data_dir, &at)?,
        None => tell_of_secret(&file, &database.data_dir).await?,
    }
    println!("`largesse doctor --verify` looks at it, `largesse serve` serves it");
    Ok(())
}

/// The secret beside a backup.
///
/// Errors: it is not there, or not that of its codes; another is given, which a server would take.
async fn secret_of(file: &Path) -> anyhow::Result<FoundSecret> {
    if given_secret().is_some() {
        let detail = "LARGESSE_SECRET is set and would be taken instead; leave it out, or restore without --with-secret";
        return Err(Misuse(detail.to_owned()).into());
    }
    let beside = secret_beside(file);
    let found = FoundSecret::read(&beside).map_err(|error| Misuse(error.to_string()))?;
    match fits(file, Some(&found.secret)).await? {
        true => Ok(found),
        false => {
            let (beside, file) = (beside.display(), file.display());
            Err(Misuse(format!("`{beside}` is not the secret that the codes in {file} were made with"))
                .into())
        }
    }
}

/// Puts a secret into its folder; another one that is there is kept beside it.
fn put_secret(secret: &FoundSecret, folder: &Path, at: &str) -> anyhow::Result<()> {
    let path = folder.join(SECRET_FILE);
    if path.exists() {
        let kept = folder.join(format!("{SECRET_FILE}.before-restore-{at}"));
        std::fs::hard_link(&path, &kept).or_else(|_| std::fs::copy(&path, &kept).map(|_| ()))?;
        println!("the secret of before is {}", kept.display());
    }
    secret.write(&path)?;
    println!("{} is its secret", path.display());
    Ok(())
}

/// Says when the secret that a server would take is not that of the codes.
async fn tell_of_secret(file: &Path, folder: &Path) -> anyhow::Result<()> {
    let found =
        FoundSecret::find(given_secret().as_deref(), folder).map_err(|error| Misuse(error.to_string()))?;
    if !fits(file, found.as_ref().map(|found| &found.secret)).await? {
        let beside = if secret_beside(file).exists() {
            " (--with-secret takes the one beside the backup)"
        } else {
            ""
        };
        println!(
            "its codes of gift cards were made with another secret than there is: put the `{SECRET_FILE}` of then into \
             {}, or give it as LARGESSE_SECRET, before you serve{beside}",
            folder.display()
        );
    }
    Ok(())
}

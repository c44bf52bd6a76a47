//! `largesse store`: making and listing stores.

use clap::{Args, Subcommand};

use super::{Misuse, failure, keys_of, open_migrated};
use crate::access::service::{StoreWish, create_store};
use crate::channel::service::NewChannel;
use crate::platform::clock::Clock;
use crate::platform::config::DatabaseArguments;
use crate::settings::service::summaries;

/// Make and list stores
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Create(Create),
    List(List),
}

/// Make a store that is ready for promotions, and print its keys, once
#[derive(Args, Debug)]
#[command(after_help = "Example:
  largesse store create --name Boots --currency USD --time-zone America/New_York \\
    --channel Web:USD,CAD --channel App:USD")]
pub(super) struct Create {
    #[command(flatten)]
    database: DatabaseArguments,

    /// What people call it
    #[arg(long)]
    name: String,

    /// Its currency: ISO 4217
    #[arg(long)]
    currency: String,

    /// The IANA zone in which schedules are meant
    #[arg(long, default_value = "UTC")]
    time_zone: String,

    /// The country in which it is: two capital letters
    #[arg(long)]
    country: Option<String>,

    /// A channel and its currencies, the default first; again for another. One called Web unless told
    #[arg(long = "channel", value_name = "NAME:CURRENCY,…", value_parser = channel)]
    channels: Vec<NewChannel>,
}

/// List all stores
#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    database: DatabaseArguments,
}

/// Reads `Web:USD,EUR`.
fn channel(text: &str) -> Result<NewChannel, String> {
    let (name, currencies) = text.split_once(':').ok_or("must be of the form `Web:USD,EUR`")?;
    let currencies = currencies.split(',').map(|code| code.trim().to_owned()).collect();
    Ok(NewChannel { name: name.to_owned(), currencies, time_zone: None })
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create(arguments) => create(arguments).await,
        Command::List(arguments) => list(arguments).await,
    }
}

async fn create(arguments: Create) -> anyhow::Result<()> {
    let Create { database, name, currency, time_zone, country, channels } = arguments;
    let db = open_migrated(&database).await?;
    let wish = StoreWish { name, currency, time_zone, country, channels };
    let made = create_store(&db, wish, Clock::system().now()).await.map_err(|problem| {
        match problem.errors().is_empty() {
            true => failure(problem),
            false => {
                let faults =
                    problem.errors().iter().map(|error| format!("{}: {}", error.pointer, error.message));
                Misuse(faults.collect::<Vec<_>>().join("; ")).into()
            }
        }
    });
    let made = made?;
    db.close().await;
    println!("Store {} was made.\n\n{}", made.store_id, keys_of(&made));
    println!("  first user       /setup/{}\n", made.setup.reveal());
    println!("Write the keys down now: they are not shown again. The link works once, for 30 minutes.");
    Ok(())
}

async fn list(arguments: List) -> anyhow::Result<()> {
    /// How many are read at once.
    const PAGE: u64 = 1000;
    let db = open_migrated(&arguments.database).await?;
    let mut after = None;
    loop {
        let stores = summaries(db.read(), after, PAGE).await.map_err(failure)?;
        for store in &stores {
            let (id, hash) = (store.id, &store.hash);
            println!("{id}\t{hash}\t{}\t{}\t{}", store.currency, store.time_zone, store.name);
        }
        match stores.last() {
            Some(last) => after = Some(last.id.0),
            None => break,
        }
    }
    db.close().await;
    Ok(())
}

//! `largesse key`: making API keys and platform keys where there is no other way in.

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::{Misuse, failure, open_migrated};
use crate::access::service::shop::{create_platform_key, platform_keys, revoke_platform_key};
use crate::access::service::{NewKey, create_key};
use crate::access::{Kind, Permission, Permissions};
use crate::platform::clock::Clock;
use crate::platform::config::DatabaseArguments;
use crate::platform::ids::StoreId;
use crate::settings::service::summary;

/// Make API keys of stores, and platform keys, which make stores
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Create(Create),
    List(List),
    Revoke(Revoke),
}

/// Make a key and print it, once
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("of").required(true).args(["store", "platform"])))]
#[command(after_help = "Examples:
  largesse key create --store 1 --name Warehouse --scope manage_orders --scope manage_products
  largesse key create --platform --name Provisioning")]
pub(super) struct Create {
    #[command(flatten)]
    database: DatabaseArguments,

    /// The id of the store that it is of
    #[arg(long)]
    store: Option<i64>,

    /// A key that makes and lists stores, and does nothing in them
    #[arg(long)]
    platform: bool,

    /// What people call it
    #[arg(long)]
    name: String,

    /// Where it may be shown
    #[arg(long, value_enum, default_value = "secret", conflicts_with = "platform")]
    kind: KeyKind,

    /// A permission that it has; again for another. All of them unless told
    #[arg(long = "scope", value_name = "PERMISSION", value_parser = permission, conflicts_with = "platform")]
    scopes: Vec<Permission>,

    /// When it stops working, such as `2027-01-01T00:00:00Z`
    #[arg(long, conflicts_with = "platform")]
    expires_at: Option<Timestamp>,
}

/// Where a key may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KeyKind {
    /// On servers only
    Secret,
    /// In web pages too
    Publishable,
}

/// List platform keys; keys of stores are at /v1/api-keys
#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    database: DatabaseArguments,
}

/// Revoke a platform key; keys of stores are at /v1/api-keys
#[derive(Args, Debug)]
pub(super) struct Revoke {
    #[command(flatten)]
    database: DatabaseArguments,

    /// The id of the key
    #[arg(long)]
    id: i64,
}

fn permission(name: &str) -> Result<Permission, String> {
    let found = Permission::ALL.iter().copied().find(|permission| permission.name() == name);
    found.ok_or_else(|| format!("must be one of {}", Permissions::ALL))
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create(arguments) => create(arguments).await,
        Command::List(List { database }) => {
            let db = open_migrated(&database).await?;
            for (id, name, last_four, works) in platform_keys(&db).await.map_err(failure)? {
                println!("{id}\top_…{last_four}\t{}\t{name}", if works { "works" } else { "revoked" });
            }
            db.close().await;
            Ok(())
        }
        Command::Revoke(Revoke { database, id }) => {
            let db = open_migrated(&database).await?;
            revoke_platform_key(&db, id, Clock::system().now()).await.map_err(failure)?;
            println!("platform key {id} works no more");
            db.close().await;
            Ok(())
        }
    }
}

async fn create(arguments: Create) -> anyhow::Result<()> {
    let Create { database, store, name, kind, scopes, expires_at, .. } = arguments;
    let (db, now) = (open_migrated(&database).await?, Clock::system().now());
    let text = match store {
        None => create_platform_key(&db, &name, now).await.map_err(failure)?.1,
        Some(store) => {
            let store = StoreId(store);
            summary(db.read(), store).await.map_err(|problem| Misuse(problem.detail().to_owned()))?;
            let is_secret = kind == KeyKind::Secret;
            if !is_secret && !scopes.is_empty() {
                return Err(Misuse("only secret keys have scopes".to_owned()).into());
            }
            let scopes = (!scopes.is_empty()).then(|| scopes.into_iter().collect());
            let kind = if is_secret { Kind::Secret } else { Kind::Publishable };
            create_key(&db, now, store, NewKey { kind, name, scopes, expires_at }).await.map_err(failure)?
        }
    };
    db.close().await;
    println!("{}\n\nWrite it down now: it is not shown again.", text.reveal());
    Ok(())
}

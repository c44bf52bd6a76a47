//! What access can do: recognise callers, and make and revoke keys.

mod caller;
pub(super) mod issuer;
pub(super) mod key;
mod keys;
mod password;
pub mod permission;
pub mod role;
pub(super) mod session;
pub mod shop;
pub(super) mod token;
pub(super) mod totp;
pub mod user;

use jiff::Timestamp;

use self::key::Secret;
use super::Kind;
use super::store::{self, KeyRow};
use crate::app::AppState;
use crate::platform::db::{Connection, Db, Transaction};
use crate::platform::http::{Code, Problem};
use crate::platform::ids::{StoreId, next_id};

pub use self::caller::{Actor, ActorKind, Caller};
pub use self::keys::{Key, Keys};
pub use self::password::Passwords;
use self::permission::Permissions;
pub use self::shop::{NewStore, StoreWish, create_first_store, create_store};

/// A key to make.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Where it may be shown.
    pub kind: Kind,
    /// What people call it.
    pub name: String,
    /// What it may do, of what its kind may; `None` for all of it.
    pub scopes: Option<Permissions>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

impl NewKey {
    /// A key that may do all that its kind may, for ever.
    pub fn named(kind: Kind, name: &str) -> Self {
        Self { kind, name: name.to_owned(), scopes: None, expires_at: None }
    }
}

/// The problem of a caller who did not show who they are.
pub(super) fn unauthorized(detail: impl Into<String>) -> Problem {
    Problem::new(Code::Unauthorized, detail)
}

/// Makes a key without anyone asking for it, and returns its text, which is kept nowhere.
pub async fn create_key(db: &Db, now: Timestamp, store: StoreId, new: NewKey) -> Result<Secret, Problem> {
    let made = db.write(move |transaction| {
        Box::pin(async move { insert_key(transaction, now, store, new, Actor::system()).await })
    });
    Ok(made.await?.0)
}

/// Makes a key for somebody, with its text, which is kept nowhere.
///
/// Errors: it would be allowed more than they are.
pub(super) async fn create_key_for(
    app: &AppState,
    caller: &Caller,
    new: NewKey,
) -> Result<(Secret, KeyRow), Problem> {
    let wanted = match new.kind {
        Kind::Secret => new.scopes.unwrap_or(Permissions::ALL),
        Kind::Publishable => Permissions::NONE,
    };
    caller.check_gives(wanted)?;
    let (now, store, actor) = (app.clock.now(), caller.store_id, caller.actor.clone());
    let made = app.db.write(move |transaction| {
        Box::pin(async move { insert_key(transaction, now, store, new, actor).await })
    });
    made.await
}

async fn insert_key(
    transaction: &Transaction,
    now: Timestamp,
    store: StoreId,
    new: NewKey,
    by: Actor,
) -> Result<(Secret, KeyRow), Problem> {
    let secret = Secret::generate(new.kind);
    let scopes = new.scopes.map(|scopes| serde_json::to_string(&scopes)).transpose();
    let row = KeyRow {
        store_id: store,
        id: next_id(transaction, store, "api_key", 1).await?,
        kind: new.kind,
        name: new.name,
        secret_hash: key::hexadecimal(&secret.hash()),
        last_four: secret.last_four(),
        created_at: now.as_millisecond(),
        scopes: scopes.map_err(Problem::internal)?,
        expires_at: new.expires_at.map(Timestamp::as_millisecond),
        last_used_at: None,
        revoked_at: None,
        created_by: Some(by.to_string()),
    };
    store::insert_key(transaction, row.clone()).await?;
    Ok((secret, row))
}

/// The keys of a store, the oldest first.
pub(super) async fn list_keys<C: Connection>(
    db: &C,
    store: StoreId,
    after: Option<i64>,
    fetch: u64,
) -> Result<Vec<KeyRow>, Problem> {
    Ok(store::list_keys(db, store, after, fetch).await?)
}

/// Revokes a key: it stops working at once here, and within a second on other nodes.
///
/// Errors: the store has no such key.
pub(super) async fn revoke_key(app: &AppState, store: StoreId, id: i64) -> Result<KeyRow, Problem> {
    let now = app.clock.now();
    let revoked = app.db.write(move |transaction| {
        Box::pin(async move {
            store::revoke_key(transaction, store, id, now).await?;
            let row = store::key(transaction, store, id).await?;
            row.ok_or_else(|| Problem::not_found("API key", id))
        })
    });
    let row = revoked.await?;
    app.keys.forget(store, id);
    Ok(row)
}

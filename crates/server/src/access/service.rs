//! What access can do: recognise callers, and make and revoke keys.

mod caller;
pub(super) mod issuer;
pub(super) mod key;
mod keys;
mod log;
mod password;
pub mod permission;
pub mod role;
pub(super) mod session;
pub mod shop;
pub(super) mod token;
pub(super) mod totp;
pub mod user;

use jiff::Timestamp;
use serde_json::{Value, json};

use self::key::Secret;
use super::Kind;
use super::store::{self, KeyRow};
use crate::activity::{self, Action, Author, Change, Object};
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
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
        Box::pin(async move { insert_key(transaction, &Author::system(store, now), new).await })
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
    let author = Author::of(caller, app.clock.now());
    let made =
        app.db.write(move |transaction| Box::pin(async move { insert_key(transaction, &author, new).await }));
    made.await
}

async fn insert_key(
    transaction: &Transaction,
    author: &Author,
    new: NewKey,
) -> Result<(Secret, KeyRow), Problem> {
    let store = author.store;
    let secret = Secret::generate(new.kind);
    let scopes = new.scopes.map(|scopes| serde_json::to_string(&scopes)).transpose();
    let row = KeyRow {
        store_id: store,
        id: next_id(transaction, store, "api_key", 1).await?,
        kind: new.kind,
        name: new.name,
        secret_hash: key::hexadecimal(&secret.hash()),
        last_four: secret.last_four(),
        created_at: author.now.as_millisecond(),
        scopes: scopes.map_err(Problem::internal)?,
        expires_at: new.expires_at.map(Timestamp::as_millisecond),
        last_used_at: None,
        revoked_at: None,
        created_by: Some(author.actor.to_string()),
    };
    store::insert_key(transaction, row.clone()).await?;
    let change = Change::new(Object::one(activity::Kind::ApiKey, row.id), Action::Created);
    activity::record(transaction, author, change.to(document(&row)?)).await?;
    Ok((secret, row))
}

/// A key as the log compares it: without its text, and without the hash of that.
fn document(row: &KeyRow) -> Result<Value, Problem> {
    let scopes: Option<Permissions> =
        row.scopes.as_deref().map(serde_json::from_str).transpose().map_err(Problem::internal)?;
    let instant = |at: i64| from_milliseconds(at).to_string();
    Ok(json!({
        "kind": row.kind.name(),
        "name": row.name,
        "last_four": row.last_four,
        "scopes": scopes,
        "expires_at": row.expires_at.map(instant),
        "revoked_at": row.revoked_at.map(instant),
    }))
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
pub(super) async fn revoke_key(app: &AppState, author: &Author, id: i64) -> Result<KeyRow, Problem> {
    let (store, by) = (author.store, author.clone());
    let revoked = app.db.write(move |transaction| {
        Box::pin(async move {
            let missing = || Problem::not_found("API key", id);
            let before = store::key(transaction, store, id).await?.ok_or_else(missing)?;
            if before.revoked_at.is_some() {
                return Ok(before);
            }
            let revoked_at = Some(by.now.as_millisecond());
            store::revoke_key(transaction, store, id, by.now).await?;
            let after = KeyRow { revoked_at, ..before.clone() };
            let change = Change::new(Object::one(activity::Kind::ApiKey, id), Action::Revoked);
            let change = change.from(document(&before)?).to(document(&after)?);
            activity::record(transaction, &by, change).await?;
            Ok::<_, Problem>(after)
        })
    });
    let row = revoked.await?;
    app.keys.forget(store, id);
    Ok(row)
}

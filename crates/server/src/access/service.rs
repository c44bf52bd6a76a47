//! What access can do: recognise keys, make them, and make the first store.

pub(super) mod key;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use self::key::{Hash, Secret};
use super::Kind;
use super::store;
use crate::platform::db::{Db, Transaction};
use crate::platform::http::{Code, Problem};
use crate::platform::ids::{StoreId, next_id};
use crate::settings;

/// How long a key is trusted without asking the database, so how long a revoked key may still work.
const TRUST: Duration = Duration::from_secs(1);
/// How long it is trusted while the database does not answer, so that prices go on while it starts anew.
const TRUST_IN_NEED: Duration = Duration::from_secs(60);
/// The most keys in memory. Only keys that exist get there, so guessing cannot fill it.
const REMEMBERED_MAX: usize = 10_000;
const HASH_LENGTH: usize = 10;

/// A key that was shown and exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The store it opens.
    pub store_id: StoreId,
    /// By which the address of a compatible surface, `/stores/{hash}`, names that store.
    pub store_hash: Arc<str>,
    /// Its own id.
    pub key_id: i64,
    /// What it may do.
    pub kind: Kind,
}

/// Recognises keys; clones share what they remember.
#[derive(Clone, Debug)]
pub struct Keys {
    db: Db,
    remembered: Arc<RwLock<HashMap<Hash, (Key, Instant)>>>,
}

impl Keys {
    /// Knows the keys in `db`.
    pub fn new(db: Db) -> Self {
        Self { db, remembered: Arc::default() }
    }

    /// The key whose text this is; its store goes into the log line of the request.
    ///
    /// Errors: unauthorized, when there is none.
    pub async fn authenticate(&self, text: &str) -> Result<Key, Problem> {
        let has_prefix = [Kind::Secret, Kind::Publishable].iter().any(|kind| text.starts_with(kind.prefix()));
        if !has_prefix {
            return Err(unauthorized("this is not a key: keys begin with `sk_` or `pk_`"));
        }
        let hash = key::hash(text);
        let key = match self.recall(&hash, TRUST) {
            Some(key) => key,
            None => self.look_up(&hash).await?,
        };
        tracing::Span::current().record("store", key.store_id.0);
        Ok(key)
    }

    fn recall(&self, hash: &Hash, trust: Duration) -> Option<Key> {
        let remembered = self.remembered.read().unwrap_or_else(PoisonError::into_inner);
        let (key, since) = remembered.get(hash)?;
        (since.elapsed() < trust).then(|| key.clone())
    }

    async fn look_up(&self, hash: &Hash) -> Result<Key, Problem> {
        let found = match store::find_key(&self.db, hash).await {
            Ok(found) => found,
            Err(error) => return self.recall(hash, TRUST_IN_NEED).ok_or_else(|| error.into()),
        };
        let Some((row, store_hash)) = found else {
            return Err(unauthorized("no store has this key"));
        };
        let key =
            Key { store_id: row.store_id, store_hash: store_hash.into(), key_id: row.id, kind: row.kind };
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(*hash, (key.clone(), Instant::now()));
        Ok(key)
    }
}

/// The problem of a caller without a valid key.
pub(super) fn unauthorized(detail: &str) -> Problem {
    Problem::new(Code::Unauthorized, detail)
}

/// Makes a key called `name` and returns its text, which is kept nowhere.
pub async fn create_key(
    db: &Db,
    now: Timestamp,
    store: StoreId,
    kind: Kind,
    name: &str,
) -> Result<Secret, Problem> {
    let name = name.to_owned();
    db.write(move |transaction| {
        Box::pin(async move { insert_key(transaction, now, store, kind, &name).await })
    })
    .await
}

async fn insert_key(
    transaction: &Transaction,
    now: Timestamp,
    store: StoreId,
    kind: Kind,
    name: &str,
) -> Result<Secret, Problem> {
    let secret = Secret::generate(kind);
    let id = next_id(transaction, store, "api_key", 1).await?;
    store::insert_key(transaction, store, id, (kind, name, &secret), now).await?;
    Ok(secret)
}

/// A store that was just made, with its keys, which are shown now or never.
#[derive(Clone, Debug)]
pub struct NewStore {
    /// Its id.
    pub store_id: StoreId,
    /// By which addresses name it.
    pub hash: String,
    /// A key for servers.
    pub secret: Secret,
    /// A key for browsers.
    pub publishable: Secret,
}

/// Makes the first store with both kinds of key, unless there is a store already.
pub async fn create_first_store(db: &Db, now: Timestamp) -> Result<Option<NewStore>, Problem> {
    if settings::service::any_store(db.read()).await? {
        return Ok(None);
    }
    db.write(move |transaction| {
        Box::pin(async move {
            let (store_id, hash) = (StoreId::FIRST, random_hash());
            // Two nodes may start on one empty database.
            if !settings::service::create(transaction, store_id, &hash, now).await? {
                return Ok(None);
            }
            let secret = insert_key(transaction, now, store_id, Kind::Secret, "First secret key").await?;
            let publishable =
                insert_key(transaction, now, store_id, Kind::Publishable, "First publishable key").await?;
            Ok(Some(NewStore { store_id, hash, secret, publishable }))
        })
    })
    .await
}

/// Lower-case letters and digits, as BigCommerce names stores.
fn random_hash() -> String {
    (0..HASH_LENGTH).filter_map(|_| char::from_digit(rand::random_range(0..36), 36)).collect()
}

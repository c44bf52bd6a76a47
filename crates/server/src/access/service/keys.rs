//! Recognising keys, mostly from memory, and noting when they were used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::caller::{Actor, ActorKind, Caller};
use super::key::{self, Hash};
use super::permission::Permissions;
use super::unauthorized;
use crate::access::Kind;
use crate::access::store::{self, KeyRow};
use crate::platform::clock::{Clock, from_milliseconds};
use crate::platform::db::{Db, WriteError};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// How long a key is trusted without asking the database, so how long a revoked key may still work.
const TRUST: Duration = Duration::from_secs(1);
/// How long it is trusted while the database does not answer, so that prices go on while it starts anew.
const TRUST_IN_NEED: Duration = Duration::from_secs(60);
/// The most keys in memory. Only keys that exist get there, so guessing cannot fill it.
const REMEMBERED_MAX: usize = 10_000;

/// A key that was shown and exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Who shows it, and what they may do.
    pub caller: Arc<Caller>,
    /// Where it may be shown.
    pub kind: Kind,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// Recognises keys; clones share what they remember.
#[derive(Clone, Debug)]
pub struct Keys {
    db: Db,
    clock: Clock,
    remembered: Arc<RwLock<Remembered>>,
    used: Arc<Mutex<HashMap<(StoreId, i64), Timestamp>>>,
}

#[derive(Debug, Default)]
struct Remembered {
    keys: HashMap<Hash, (Key, Instant)>,
    /// How often a key was forgotten: what was read before that may not be remembered after it.
    forgotten: u64,
}

impl Keys {
    /// Knows the keys in `db`.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock, remembered: Arc::default(), used: Arc::default() }
    }

    /// The key whose text this is; its store goes into the log line of the request.
    ///
    /// Errors: unauthorized, when there is none, or it was revoked or has expired.
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
        if let Some(expired) = key.expires_at.filter(|instant| *instant <= self.clock.now()) {
            return Err(unauthorized(format!("this key expired at {expired}; make another")));
        }
        tracing::Span::current().record("store", key.caller.store_id.0);
        Ok(key)
    }

    /// No longer trusts a key without asking the database.
    pub(super) fn forget(&self, store: StoreId, id: i64) {
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        remembered.forgotten += 1;
        remembered.keys.retain(|_, (key, _)| (key.caller.store_id, key.caller.id) != (store, id));
    }

    fn recall(&self, hash: &Hash, trust: Duration) -> Option<Key> {
        let remembered = self.remembered.read().unwrap_or_else(PoisonError::into_inner);
        let (key, since) = remembered.keys.get(hash)?;
        (since.elapsed() < trust).then(|| key.clone())
    }

    async fn look_up(&self, hash: &Hash) -> Result<Key, Problem> {
        let forgotten = self.remembered.read().unwrap_or_else(PoisonError::into_inner).forgotten;
        let found = match store::find_key(&self.db, hash).await {
            Ok(found) => found,
            Err(error) => return self.recall(hash, TRUST_IN_NEED).ok_or_else(|| error.into()),
        };
        let key = match found {
            None => Err(unauthorized("no store has this key")),
            Some((row, _)) if row.revoked_at.is_some() => Err(unauthorized("this key was revoked")),
            Some((row, store_hash)) => known(row, store_hash),
        };
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        let Ok(key) = key else {
            remembered.keys.remove(hash);
            return key;
        };
        if remembered.keys.len() >= REMEMBERED_MAX {
            remembered.keys.clear();
        }
        if remembered.forgotten == forgotten {
            remembered.keys.insert(*hash, (key.clone(), Instant::now()));
        }
        drop(remembered);
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert((key.caller.store_id, key.caller.id), self.clock.now());
        Ok(key)
    }

    /// Keeps when keys were last used, of all that were since this was last done.
    pub async fn note_uses(&self) -> Result<(), WriteError> {
        let used = std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
        if used.is_empty() {
            return Ok(());
        }
        let mut used: Vec<(StoreId, i64, Timestamp)> =
            used.into_iter().map(|((store, key), at)| (store, key, at)).collect();
        // Nodes that note the same keys lock them in the same order.
        used.sort_unstable();
        let noted = self.db.write(move |tx| {
            Box::pin(async move {
                for (store, key, at) in used {
                    store::note_use(tx, store, key, at).await?;
                }
                Ok(())
            })
        });
        noted.await
    }
}

/// What a row says of its key.
///
/// Errors: it was written by a version that knows other permissions.
fn known(row: KeyRow, store_hash: String) -> Result<Key, Problem> {
    let is_shopper = row.kind == Kind::Publishable;
    let scopes = row.scopes.as_deref().map(serde_json::from_str).transpose().map_err(Problem::internal)?;
    let caller = Caller {
        store_id: row.store_id,
        store_hash: store_hash.into(),
        actor: Actor {
            kind: ActorKind::Key,
            id: row.id.to_string().into(),
            name: row.name.into(),
            email: None,
        },
        id: row.id,
        permissions: if is_shopper { Permissions::NONE } else { scopes.unwrap_or(Permissions::ALL) },
        seller: None,
        is_shopper,
    };
    Ok(Key { caller: Arc::new(caller), kind: row.kind, expires_at: row.expires_at.map(from_milliseconds) })
}

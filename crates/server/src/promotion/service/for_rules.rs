//! Promotions for rules in memory: those that can still apply, and those that changed.

use jiff::Timestamp;

use super::{Stored, stored};
use crate::platform::clock::from_milliseconds;
use crate::platform::db::Connection;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::promotion::store::{self, PromotionRow};

/// A promotion as it came from the database; reading many of them takes its time, so it is done where nobody waits.
#[derive(Debug)]
pub struct Unread(PromotionRow);

impl Unread {
    /// Its id.
    pub fn id(&self) -> u64 {
        u64::try_from(self.0.id).unwrap_or(0)
    }

    /// The promotion.
    ///
    /// Errors: a row that this binary cannot read; a newer one may have written it.
    pub fn read(self) -> Result<Stored, Problem> {
        stored(self.0)
    }
}

/// The promotions that can apply at `now` or later.
pub async fn live<C: Connection>(db: &C, store: StoreId, now: Timestamp) -> Result<Vec<Unread>, Problem> {
    Ok(store::find_live(db, store, now.as_millisecond()).await?.into_iter().map(Unread).collect())
}

/// When the last promotion ended of those that ended by `now`.
pub async fn last_end<C: Connection>(
    db: &C,
    store: StoreId,
    now: Timestamp,
) -> Result<Option<Timestamp>, Problem> {
    Ok(store::find_last_end(db, store, now.as_millisecond()).await?.map(from_milliseconds))
}

/// At most so many of the promotions that changed after a version of the store, whatever became of them.
pub async fn changed_after<C: Connection>(
    db: &C,
    store: StoreId,
    version: i64,
    limit: u64,
) -> Result<Vec<Unread>, Problem> {
    Ok(store::find_changed(db, store, version, limit).await?.into_iter().map(Unread).collect())
}

/// The promotions with these ids, in no order.
pub async fn unread<C: Connection>(db: &C, store: StoreId, ids: &[i64]) -> Result<Vec<Unread>, Problem> {
    Ok(store::find_many(db, store, ids).await?.into_iter().map(Unread).collect())
}

//! Keeping rules with evaluations, and compiling kept ones.

use std::sync::Arc;

use jiff::Timestamp;

use super::load::{assemble, record};
use super::name::{Parts, sha256};
use super::{StoreRules, log_broken, snapshot};
use crate::platform::db::{Connection, Db, Transaction};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::promotion;
use crate::ruleset::store::{self, SnapshotRow};

/// Ids in one query.
const IDS_IN_ONE_QUERY: usize = 10_000;

/// What is to be kept of rules.
#[derive(Debug)]
pub enum Text {
    /// Nothing: they are kept already.
    Kept,
    /// This.
    New(String),
    /// It is not known any more: a promotion changed since they were compiled.
    Gone,
}

/// What is to be kept of rules. Memory holds them compiled only, so it is read from the database and believed when it
/// has their name.
pub async fn text_to_keep(db: &Db, store: StoreId, rules: &Arc<StoreRules>) -> Result<Text, Problem> {
    if store::is_kept(db.read(), store, &rules.hash).await? {
        return Ok(Text::Kept);
    }
    let ids: Vec<i64> = rules.parts.promotions.keys().filter_map(|id| i64::try_from(*id).ok()).collect();
    let mut promotions = Vec::with_capacity(ids.len());
    for ids in ids.chunks(IDS_IN_ONE_QUERY) {
        promotions.extend(promotion::service::unread(db.read(), store, ids).await?);
    }
    let rules = Arc::clone(rules);
    let writing = tokio::task::spawn_blocking(move || {
        let read = promotions.into_iter().map(|promotion| Ok(record(promotion.read()?)));
        let records: Vec<_> = read.collect::<Result<_, Problem>>()?;
        let settings = rules.ruleset.settings();
        match Parts::of(settings, &records)? == rules.parts {
            true => snapshot::write(settings, &records).map(Text::New),
            false => Ok(Text::Gone),
        }
    });
    writing.await.map_err(Problem::internal)?
}

/// Keeps the text of the rules with this name with this transaction, unless they are kept already.
pub async fn keep(
    tx: &Transaction,
    store: StoreId,
    hash: String,
    text: String,
    now: Timestamp,
) -> Result<(), Problem> {
    let row = SnapshotRow { store_id: store.0, hash, rules: text, created_at: now.as_millisecond() };
    Ok(store::insert(tx, row).await?)
}

/// The kept rules with this hash, compiled anew; without uses, which belong to an evaluation.
pub async fn kept<C: Connection>(db: &C, store: StoreId, hash: &str) -> Result<StoreRules, Problem> {
    let row = store::find(db, store, hash).await?.ok_or_else(|| Problem::not_found("ruleset", hash))?;
    let (settings, promotions) = snapshot::read(&row.rules)?;
    // Rules that were kept before names were made of parts are named by the hash of their text.
    let is_named =
        Parts::of(&settings, &promotions)?.name() == row.hash || sha256(row.rules.as_bytes()) == row.hash;
    if !is_named {
        return Err(Problem::internal(format!("the kept rules `{hash}` are not those that were kept")));
    }
    let rules = assemble(settings, promotions)?;
    log_broken(store, &rules);
    Ok(StoreRules { hash: row.hash, ..rules })
}

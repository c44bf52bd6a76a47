//! Giving back what an order used up.

use std::collections::BTreeSet;

use engine::redemption::Hold;
use jiff::Timestamp;

use super::book::{Book, Part};
use super::record::{End, Record};
use super::reservation::parts;
use crate::platform::db::Transaction;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::redemption::store::{self, RedemptionRow};

/// Gives back what an order used up, as far as its promotions give it back at this end. When another order of its group
/// still has the promotion, that one has the use from then on.
pub async fn give_back(
    tx: &Transaction,
    store: StoreId,
    order: i64,
    end: End,
    now: Timestamp,
) -> Result<Vec<Record>, Problem> {
    let due = due(tx, store, order, end).await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    // Of a group, whoever holds the counters says which order has a use: only then are its rows what they will stay.
    let with_uses: Vec<Record> = due.iter().map(|(_, it)| Record { uses: 1, ..it.clone() }).collect();
    let mut book = Book::open(tx, store, parts(&with_uses)?.iter()).await?;
    let is_of_group = due.iter().any(|(row, _)| row.group_key.is_some());
    let given_back = if is_of_group { self::due(tx, store, order, end).await? } else { due };
    let inherited = inherit(tx, store, order, &given_back).await?;
    let without_use = |(row, record): &(RedemptionRow, Record)| match inherited.contains(&row.promotion_id) {
        true => Record { uses: 0, ..record.clone() },
        false => record.clone(),
    };
    let freed: Vec<Record> = given_back.iter().map(without_use).collect();
    let parts = parts(&freed)?;
    let counted: Vec<(Hold, Part)> = parts.into_iter().map(|part| (Hold::Committed, part)).collect();
    // Giving back alone never falls short.
    let _ = book.settle(&counted, &[], Hold::Committed);
    book.close(tx).await?;
    let ids: Vec<i64> = given_back.iter().map(|(row, _)| row.id).collect();
    store::release_redemptions(tx, store, &ids, now.as_millisecond()).await?;
    Ok(given_back.into_iter().map(|(_, record)| record).collect())
}

/// What an order has that is given back at this end.
async fn due(
    tx: &Transaction,
    store: StoreId,
    order: i64,
    end: End,
) -> Result<Vec<(RedemptionRow, Record)>, Problem> {
    let mut due = Vec::new();
    for row in store::redemptions_of_order(tx, store, order).await? {
        let record = Record::of(&row)?;
        if record.is_given_back_on(end) {
            due.push((row, record));
        }
    }
    Ok(due)
}

/// Hands uses on to other orders of the group; tells of which promotions.
async fn inherit(
    tx: &Transaction,
    store: StoreId,
    order: i64,
    given_back: &[(RedemptionRow, Record)],
) -> Result<BTreeSet<i64>, Problem> {
    let with_use: Vec<&RedemptionRow> =
        given_back.iter().map(|(row, _)| row).filter(|row| row.uses > 0).collect();
    let Some(group) = with_use.first().and_then(|row| row.group_key.clone()) else {
        return Ok(BTreeSet::new());
    };
    let promotions: Vec<i64> = with_use.iter().map(|row| row.promotion_id).collect();
    let mut inherited = BTreeSet::new();
    let mut heirs = Vec::new();
    for heir in store::heirs(tx, store, &group, &promotions, order).await? {
        if inherited.insert(heir.promotion_id) {
            heirs.push(heir.id);
        }
    }
    store::inherit(tx, store, &heirs).await?;
    Ok(inherited)
}

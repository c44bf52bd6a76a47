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
    let mut given_back = Vec::new();
    for row in store::redemptions_of_order(tx, store, order).await? {
        let record = Record::of(&row)?;
        if record.is_given_back_on(end) {
            given_back.push((row, record));
        }
    }
    if given_back.is_empty() {
        return Ok(Vec::new());
    }
    let inherited = inherit(tx, store, order, &given_back).await?;
    let without_use = |(row, record): &(RedemptionRow, Record)| match inherited.contains(&row.promotion_id) {
        true => Record { uses: 0, ..record.clone() },
        false => record.clone(),
    };
    let freed: Vec<Record> = given_back.iter().map(without_use).collect();
    let parts = parts(&freed)?;
    let mut book = Book::open(tx, store, parts.iter()).await?;
    let counted: Vec<(Hold, Part)> = parts.into_iter().map(|part| (Hold::Committed, part)).collect();
    // Giving back alone never falls short.
    let _ = book.settle(&counted, &[], Hold::Committed);
    book.close(tx).await?;
    let ids: Vec<i64> = given_back.iter().map(|(row, _)| row.id).collect();
    store::release_redemptions(tx, store, &ids, now.as_millisecond()).await?;
    Ok(given_back.into_iter().map(|(_, record)| record).collect())
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

//! Giving back what an order used up.

use std::collections::BTreeSet;

use engine::redemption::Hold;
use jiff::Timestamp;

use super::book::Book;
use super::record::{End, Record};
use super::reservation::parts;
use crate::platform::db::Transaction;
use crate::platform::http::{Code, Problem};
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
    let before = others_of_group(tx, store, order, &due).await?;
    let with_use = |(_, record): &(RedemptionRow, Record)| Record { uses: 1, ..record.clone() };
    let concerned: Vec<Record> = due.iter().chain(&before).map(with_use).collect();
    let mut book = Book::open(tx, store, parts(&concerned)?.iter()).await?;
    let is_of_group = due.iter().any(|(row, _)| row.group_key.is_some());
    let given_back = if is_of_group { self::due(tx, store, order, end).await? } else { due };
    let mut has_heir = BTreeSet::new();
    let mut heirs = others_of_group(tx, store, order, &given_back).await?;
    heirs.retain(|(heir, _)| {
        let is_given =
            |(row, _): &(RedemptionRow, Record)| row.promotion_id == heir.promotion_id && row.uses > 0;
        given_back.iter().any(is_given) && has_heir.insert(heir.promotion_id)
    });
    if heirs.iter().any(|(heir, _)| before.iter().all(|(known, _)| known.id != heir.id)) {
        return Err(Problem::new(
            Code::Conflict,
            "another order of the same checkout came at the same moment",
        ));
    }
    let freed: Vec<Record> = given_back.iter().map(|(_, record)| record.clone()).collect();
    let freed = parts(&freed)?.into_iter().map(|part| (Hold::Committed, part)).collect::<Vec<_>>();
    // What a heir had no use of yet, it has from now on: where, when and for whom it was ordered.
    let uses: Vec<Record> =
        heirs.iter().map(|(_, record)| Record { uses: 1, spent: 0, ..record.clone() }).collect();
    // Nothing here has a limit: the use was let in once.
    if book.settle(&freed, &parts(&uses)?, Hold::Committed).is_err() {
        return Err(Problem::internal("giving back fell short"));
    }
    book.close(tx).await?;
    let ids: Vec<i64> = heirs.iter().map(|(row, _)| row.id).collect();
    store::inherit(tx, store, &ids).await?;
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

/// What other orders of the group have of the same promotions without a use of their own, the first ordered first.
async fn others_of_group(
    tx: &Transaction,
    store: StoreId,
    order: i64,
    given_back: &[(RedemptionRow, Record)],
) -> Result<Vec<(RedemptionRow, Record)>, Problem> {
    let Some(group) = given_back.iter().find_map(|(row, _)| row.group_key.clone()) else {
        return Ok(Vec::new());
    };
    let promotions: Vec<i64> = given_back.iter().map(|(row, _)| row.promotion_id).collect();
    let others = store::heirs(tx, store, &group, &promotions, order).await?;
    others.into_iter().map(|row| Ok((row.clone(), Record::of(&row)?))).collect()
}

//! Whether counters are what redemptions and reservations come to.

use std::collections::BTreeMap;

use engine::promotion::{Limits, Ruleset};
use engine::redemption::{Count, Hold};

use super::record::Record;
use super::reservation::held_parts;
use crate::platform::db::Connection;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::redemption::store;

/// What is wrong with the counters of a store, in words; nothing when all is well.
pub async fn verify<C: Connection>(db: &C, store: StoreId) -> Result<Vec<String>, Problem> {
    let counted = counted(db, store).await?;
    let mut kept: BTreeMap<(String, i64), Count> = BTreeMap::new();
    for row in store::all_counters(db, store).await? {
        kept.insert((row.key, row.slot), Count { committed: row.committed, held: row.held });
    }
    let mut wrong = Vec::new();
    for (place, found) in &counted {
        let told = kept.remove(place).unwrap_or_default();
        if told != *found {
            wrong.push(differs(&place.0, told, *found));
        }
    }
    let left = kept.into_iter().filter(|(_, count)| *count != Count::default());
    wrong.extend(left.map(|((key, _), told)| differs(&key, told, Count::default())));
    Ok(wrong)
}

/// Limits of promotions that more than is allowed was used of, in words. That is no fault where a limit was lowered.
pub async fn exceeded<C: Connection>(
    db: &C,
    store: StoreId,
    ruleset: &Ruleset,
) -> Result<Vec<String>, Problem> {
    let mut used: BTreeMap<String, i64> = BTreeMap::new();
    for row in store::all_counters(db, store).await? {
        *used.entry(row.key).or_default() += row.committed + row.held;
    }
    let over = used.into_iter().filter_map(|(key, used)| {
        let (promotion, what) = key.split_once(':')?;
        let limits = &ruleset.get(promotion.parse().ok()?)?.limits;
        let most = most(limits, what)?;
        (used > most).then(|| {
            format!("counter {key}: {used} are used of {most}; that is right only if the limit was lowered")
        })
    });
    Ok(over.collect())
}

/// The limit of a counter, by its key behind the promotion. Those of codes are not asked for here.
fn most(limits: &Limits, what: &str) -> Option<i64> {
    let limit = match what.split(':').next()? {
        "uses" => limits.uses,
        "channel" => limits.uses_per_channel,
        "day" => limits.uses_per_day,
        "customer" => limits.uses_per_customer,
        "spent" => return limits.budget.map(|budget| budget.amount.get()),
        _ => None,
    };
    limit.and_then(|limit| i64::try_from(limit).ok())
}

fn differs(key: &str, told: Count, found: Count) -> String {
    format!(
        "counter {key}: says {} committed and {} held, but redemptions come to {} and reservations to {}",
        told.committed, told.held, found.committed, found.held
    )
}

/// What redemptions and reservations come to, by key and slot.
async fn counted<C: Connection>(db: &C, store: StoreId) -> Result<BTreeMap<(String, i64), Count>, Problem> {
    const AT_ONCE: u64 = 5000;
    let mut counted: BTreeMap<(String, i64), Count> = BTreeMap::new();
    let mut add = |key: String, slot: i64, hold: Hold, amount: i64| {
        let count = counted.entry((key, slot)).or_default();
        match hold {
            Hold::Held => count.held += amount,
            Hold::Committed => count.committed += amount,
        }
    };
    let mut after = 0;
    loop {
        let rows = store::committed_redemptions(db, store, after, AT_ONCE).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in &rows {
            for take in Record::of(row)?.parts()? {
                add(take.counter.to_string(), row.slot, Hold::Committed, take.amount);
            }
        }
    }
    for row in store::all_held(db, store).await? {
        for part in held_parts(row)? {
            add(part.take.counter.to_string(), part.slot, Hold::Held, part.take.amount);
        }
    }
    Ok(counted)
}

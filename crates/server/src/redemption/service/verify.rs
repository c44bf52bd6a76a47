//! Whether counters and accounts are what redemptions and reservations come to.

use std::collections::BTreeMap;

use engine::promotion::{Limits, Ruleset};
use engine::redemption::{Count, Hold};

use super::balance::Charge;
use super::record::Record;
use super::reservation::Holding;
use crate::coupon;
use crate::ledger;
use crate::platform::db::Connection;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::redemption::store;

/// What is wrong with the counters and reservations of a store, in words; nothing when all is well.
pub async fn verify<C: Connection>(db: &C, store: StoreId) -> Result<Vec<String>, Problem> {
    let (holdings, unreadable) = Holding::all_of(store::all_held(db, store).await?);
    let mut wrong: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
    for (id, fault) in store::faults(db, store).await? {
        wrong.push(format!("reservation {id}: it ended, and what it holds stays held: {fault}"));
    }
    wrong.extend(counters(db, store, &holdings).await?);
    wrong.extend(accounts(db, store, &holdings).await?);
    Ok(wrong)
}

/// Counters that differ from what redemptions and reservations come to.
async fn counters<C: Connection>(
    db: &C,
    store: StoreId,
    holdings: &[Holding],
) -> Result<Vec<String>, Problem> {
    let counted = counted(db, store, holdings).await?;
    let mut kept: BTreeMap<(String, i64), Count> = BTreeMap::new();
    for row in store::all_counters(db, store).await? {
        kept.insert((row.key, row.slot), Count { committed: row.committed, held: row.held });
    }
    let mut wrong = Vec::new();
    for (place, found) in &counted {
        let told = kept.remove(place).unwrap_or_default();
        if told != *found {
            wrong.push(differs(place, told, *found));
        }
    }
    let left = kept.into_iter().filter(|(_, count)| *count != Count::default());
    wrong.extend(left.map(|(place, told)| differs(&place, told, Count::default())));
    Ok(wrong)
}

/// Accounts of which something else is held than reservations come to. A voided one has lost its holds.
async fn accounts<C: Connection>(
    db: &C,
    store: StoreId,
    holdings: &[Holding],
) -> Result<Vec<String>, Problem> {
    let mut found: BTreeMap<i64, (i64, Vec<String>)> = BTreeMap::new();
    for holding in holdings {
        for Charge { account, amount, .. } in holding.balances() {
            let (sum, by) = found.entry(*account).or_default();
            *sum += amount;
            by.push(holding.id.to_string());
        }
    }
    let named: Vec<i64> = found.keys().copied().collect();
    let told = ledger::service::held(db, store, &named).await?;
    let mut wrong = Vec::new();
    for account in told.iter().filter(|account| !account.is_voided) {
        let (sum, by) = found.remove(&account.id).unwrap_or_default();
        if account.held.get() != sum {
            let by = if by.is_empty() { "none".to_owned() } else { by.join(", ") };
            let (id, held) = (account.id, account.held.get());
            wrong.push(format!(
                "ledger_account {id}: {held} is held, but reservations hold {sum} (those are: {by})"
            ));
        }
    }
    for (account, (sum, by)) in found {
        if told.iter().all(|told| told.id != account) {
            let by = by.join(", ");
            wrong.push(format!(
                "ledger_account {account} is not there, of which reservations hold {sum} (those are: {by})"
            ));
        }
    }
    Ok(wrong)
}

/// Limits of promotions and codes, in all and by customer, of which more was used or is held than is allowed, in words.
/// That is no fault where a limit was lowered.
pub async fn exceeded<C: Connection>(
    db: &C,
    store: StoreId,
    ruleset: &Ruleset,
) -> Result<Vec<String>, Problem> {
    let mut used: BTreeMap<String, i64> = BTreeMap::new();
    for row in store::all_counters(db, store).await? {
        *used.entry(row.key).or_default() += row.committed + row.held;
    }
    let ids: Vec<i64> = used.keys().filter_map(|key| code(key)).collect();
    let codes = coupon::service::limits(db, store, &ids).await?;
    let over = used.into_iter().filter_map(|(key, used)| {
        let (promotion, what) = key.split_once(':')?;
        let most = match code(&key).map(|id| codes.get(&id)) {
            Some(code) => code
                .and_then(|code| if key.contains(":customer:") { code.uses_per_customer } else { code.uses })
                .and_then(|limit| i64::try_from(limit).ok()),
            None => most(&ruleset.get(promotion.parse().ok()?)?.limits, what),
        };
        most.filter(|most| used > *most).map(|most| {
            format!("use_counter `{key}`: {used} are used or held of {most}; that is right only if the limit was lowered")
        })
    });
    Ok(over.collect())
}

/// The code that a counter is of, by its key.
fn code(key: &str) -> Option<i64> {
    let (_, what) = key.split_once(':')?;
    what.strip_prefix("code:")?.split(':').next()?.parse().ok()
}

/// The limit of a counter of a promotion, by its key behind the promotion.
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

fn differs((key, slot): &(String, i64), told: Count, found: Count) -> String {
    format!(
        "use_counter `{key}` slot {slot}: says {} committed and {} held, but redemptions come to {} and reservations to {}",
        told.committed, told.held, found.committed, found.held
    )
}

/// What redemptions and reservations come to, by key and slot.
async fn counted<C: Connection>(
    db: &C,
    store: StoreId,
    holdings: &[Holding],
) -> Result<BTreeMap<(String, i64), Count>, Problem> {
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
    for part in holdings.iter().flat_map(|holding| &holding.parts) {
        add(part.take.counter.to_string(), part.slot, Hold::Held, part.take.amount);
    }
    Ok(counted)
}

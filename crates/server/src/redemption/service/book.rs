//! Counters inside a transaction: read and held, decided on in memory, written at the end.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use engine::redemption::{Count, Counter, Counts, Hold, Settled, Short, Take};

use super::super::store::{self, CounterRow};
use crate::platform::db::bulk::{self, Rows};
use crate::platform::db::{DbErr, Transaction};
use crate::platform::ids::StoreId;

/// A part of a counter, in the slot in which it is counted.
#[derive(Clone, Debug)]
pub(in crate::redemption) struct Part {
    pub(super) take: Take,
    pub(super) slot: i64,
}

/// The slot of what is limited: one row, by which everyone decides.
pub(super) const LIMITED: i64 = 0;

/// The counters that a transaction holds.
#[derive(Debug)]
pub(super) struct Book {
    store: StoreId,
    counts: Counts,
    rows: HashMap<(Counter, i64), Count>,
    changed: BTreeSet<(String, i64)>,
    counters: BTreeMap<String, Counter>,
}

impl Book {
    /// Reads and holds every counter that these parts are of, always in the same order, so that two transactions never
    /// wait for each other.
    pub(super) async fn open(
        tx: &Transaction,
        store: StoreId,
        parts: impl Iterator<Item = &Part>,
    ) -> Result<Self, DbErr> {
        let mut counters = BTreeMap::new();
        let mut by_slot: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
        for part in parts {
            let key = part.take.counter.to_string();
            by_slot.entry(part.slot).or_default().insert(key.clone());
            counters.entry(key).or_insert_with(|| part.take.counter.clone());
        }
        let mut book = Self {
            store,
            counts: Counts::default(),
            rows: HashMap::new(),
            changed: BTreeSet::new(),
            counters,
        };
        for (slot, keys) in by_slot {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            book.read(lock(tx, store, &keys, slot).await?);
        }
        Ok(book)
    }

    fn read(&mut self, rows: Vec<CounterRow>) {
        for row in rows {
            let Some(counter) = self.counters.get(&row.key) else { continue };
            let count = Count { committed: row.committed, held: row.held };
            if self.rows.insert((counter.clone(), row.slot), count).is_none() {
                self.counts.add(counter.clone(), count);
            }
        }
    }

    /// What is used up of a counter.
    pub(super) fn used(&self, counter: &Counter) -> i64 {
        self.counts.get(counter).used()
    }

    /// Whether as much is held, where they are counted, as these parts come to.
    ///
    /// Errors: where less is, in words.
    pub(super) fn holds(&self, parts: &[Part]) -> Result<(), String> {
        let mut wanted: BTreeMap<(&Counter, i64), i64> = BTreeMap::new();
        for part in parts {
            *wanted.entry((&part.take.counter, part.slot)).or_default() += part.take.amount;
        }
        for ((counter, slot), amount) in wanted {
            let held = self.rows.get(&(counter.clone(), slot)).map_or(0, |count| count.held);
            if held < amount {
                return Err(format!(
                    "it holds {amount} of use_counter `{counter}` slot {slot}, where {held} is held"
                ));
            }
        }
        Ok(())
    }

    /// Gives back, then takes, all of it or nothing.
    ///
    /// Errors: the counters of which too little is left.
    pub(super) fn settle(
        &mut self,
        given_back: &[(Hold, Part)],
        taken: &[Part],
        hold: Hold,
    ) -> Result<(), Vec<Short>> {
        let back: Vec<(Hold, Take)> =
            given_back.iter().map(|(hold, part)| (*hold, part.take.clone())).collect();
        let takes: Vec<Take> = taken.iter().map(|part| part.take.clone()).collect();
        self.counts.settle(&Settled { given_back: &back, taken: &takes, hold })?;
        for (hold, part) in given_back {
            self.change(part, *hold, -1);
        }
        for part in taken {
            self.change(part, hold, 1);
        }
        Ok(())
    }

    fn change(&mut self, part: &Part, hold: Hold, sign: i64) {
        let counter = &part.take.counter;
        let count = self.rows.entry((counter.clone(), part.slot)).or_default();
        let amount = sign * part.take.amount;
        match hold {
            Hold::Held => count.held += amount,
            Hold::Committed => count.committed += amount,
        }
        self.changed.insert((counter.to_string(), part.slot));
    }

    /// Writes what changed.
    pub(super) async fn close(self, tx: &Transaction) -> Result<(), DbErr> {
        bulk::insert(tx, vec![self.rows()]).await
    }

    /// What changed, as it is kept.
    pub(super) fn rows(self) -> Rows {
        let row = |(key, slot): (String, i64)| {
            let counter = self.counters.get(&key)?;
            let count = self.rows.get(&(counter.clone(), slot))?;
            Some(CounterRow { key, slot, committed: count.committed, held: count.held })
        };
        let rows: Vec<CounterRow> = self.changed.iter().cloned().filter_map(row).collect();
        store::counter_rows(self.store, &rows)
    }
}

/// The rows of these counters, held: of all slots for what is limited, else of this slot.
async fn lock(tx: &Transaction, store: StoreId, keys: &[&str], slot: i64) -> Result<Vec<CounterRow>, DbErr> {
    let (limited, unlimited): (&[&str], &[&str]) = if slot == LIMITED { (keys, &[]) } else { (&[], keys) };
    let mut rows = store::lock_counters(tx, store, limited, unlimited, slot).await?;
    if !store::has_several_writers(tx) {
        return Ok(rows);
    }
    let there: BTreeSet<&str> =
        rows.iter().filter(|row| row.slot == slot).map(|row| row.key.as_str()).collect();
    let missing: Vec<&str> = keys.iter().copied().filter(|key| !there.contains(key)).collect();
    if missing.is_empty() {
        return Ok(rows);
    }
    // A row that is not there cannot be held: it is made first, in the order in which all make them.
    let made: Vec<(&str, i64)> = missing.iter().map(|key| (*key, slot)).collect();
    store::make_counters(tx, store, &made).await?;
    let (limited, unlimited): (&[&str], &[&str]) =
        if slot == LIMITED { (&missing, &[]) } else { (&[], &missing) };
    let made = store::lock_counters(tx, store, limited, unlimited, slot).await?;
    rows.extend(made);
    Ok(rows)
}

//! The database of the simulation: rows, locks, and the count against which rows are held.

use std::collections::{BTreeMap, BTreeSet};

use engine::redemption::{Count, Counter, Hold, Take};

/// What was asked for under one key.
pub(super) type Key = (usize, usize);

/// An answer that is given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Placed,
    Held,
    Cancelled,
    Refused,
}

/// Something that is used up, by an order or by a hold of a client's cart.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) key: Key,
    pub(super) client: usize,
    pub(super) takes: Vec<Take>,
    pub(super) hold: Hold,
    /// When a hold expires.
    pub(super) expires: u64,
}

/// Who locks: a client's transaction, the sweeper, or whoever changes limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Client(usize),
    Sweeper,
    Merchant,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Database {
    pub(super) now: u64,
    pub(super) version: u64,
    pub(super) most: BTreeMap<u64, i64>,
    pub(super) counts: BTreeMap<Counter, Count>,
    pub(super) live: Vec<Live>,
    pub(super) answers: BTreeMap<Key, Answer>,
    pub(super) locked: BTreeMap<Counter, Owner>,
    pub(super) shares: BTreeSet<Owner>,
    pub(super) changes: Option<Owner>,
    /// The most that may be used of each counter, given what was used when its limit was lowered.
    allowed: BTreeMap<Counter, i64>,
}

/// What a transaction writes when it commits.
#[derive(Clone, Debug, Default)]
pub(super) struct Writes {
    pub(super) counts: BTreeMap<Counter, Count>,
    pub(super) added: Option<Live>,
    /// Orders and holds that end, by their keys.
    pub(super) ended: Vec<Key>,
    pub(super) answer: Option<(Key, Answer)>,
}

impl Database {
    /// Locks a counter's row; `false` when someone else has it.
    pub(super) fn lock(&mut self, counter: &Counter, owner: Owner) -> bool {
        match self.locked.get(counter) {
            Some(other) => *other == owner,
            None => self.locked.insert(counter.clone(), owner).is_none(),
        }
    }

    pub(super) fn unlock(&mut self, owner: Owner) {
        self.locked.retain(|_, other| *other != owner);
        self.shares.remove(&owner);
        if self.changes == Some(owner) {
            self.changes = None;
        }
    }

    pub(super) fn commit(&mut self, writes: Writes, owner: Owner) -> Result<(), String> {
        self.counts.extend(writes.counts);
        self.live.retain(|live| !writes.ended.contains(&live.key));
        self.live.extend(writes.added);
        if let Some((key, answer)) = writes.answer {
            self.answers.insert(key, answer);
        }
        self.unlock(owner);
        self.check()
    }

    /// Changes the limit of a promotion.
    pub(super) fn change_limit(&mut self, promotion: u64, most: i64) {
        self.most.insert(promotion, most);
        self.version += 1;
        for (counter, count) in &self.counts {
            if counter.promotion() == promotion {
                self.allowed.insert(counter.clone(), count.used().max(most));
            }
        }
    }

    /// What orders and holds come to.
    pub(super) fn counted(&self, counter: &Counter) -> Count {
        let mut count = Count::default();
        for live in &self.live {
            for take in live.takes.iter().filter(|take| take.counter == *counter) {
                match live.hold {
                    Hold::Held => count.held += take.amount,
                    Hold::Committed => count.committed += take.amount,
                }
            }
        }
        count
    }

    fn check(&mut self) -> Result<(), String> {
        let keys: BTreeSet<Key> = self.live.iter().map(|live| live.key).collect();
        if keys.len() != self.live.len() {
            return Err("one request has had two effects".to_owned());
        }
        for (counter, told) in &self.counts {
            let found = self.counted(counter);
            if *told != found {
                return Err(format!("{counter} says {told:?}, but orders and holds come to {found:?}"));
            }
            let most = self.most.get(&counter.promotion()).copied().unwrap_or(i64::MAX);
            let allowed = self.allowed.entry(counter.clone()).or_insert(most);
            if found.used() > (*allowed).max(most) {
                return Err(format!("{counter} is used {} times of {most}", found.used()));
            }
            // What was given back after a limit was lowered cannot be had again.
            *allowed = most.max(found.used().min(*allowed));
        }
        Ok(())
    }
}

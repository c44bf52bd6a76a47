//! Counters as they are known, and the decision whether something is left of them.

use std::collections::BTreeMap;

use super::counter::Counter;

/// How much of a counter is used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// By orders.
    pub committed: i64,
    /// By reservations that are still held.
    pub held: i64,
}

impl Count {
    /// In all.
    pub fn used(&self) -> i64 {
        self.committed + self.held
    }
}

/// Whether something is held for a while, or used for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// By a reservation.
    Held,
    /// By an order.
    Committed,
}

/// A part of a counter that someone wants, or gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Take {
    /// Of which counter.
    pub counter: Counter,
    /// How much; above zero.
    pub amount: i64,
    /// The most that may be used in all; without limit when `None`. Says nothing when something is given back.
    pub most: Option<i64>,
}

/// A counter of which too little is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// The counter.
    pub counter: Counter,
    /// The most that may be used.
    pub most: i64,
    /// What others have used.
    pub used: i64,
}

/// What is asked of the counters at once: all of it happens, or nothing.
#[derive(Clone, Copy, Debug)]
pub struct Settled<'a> {
    /// What is given back first: an own reservation never stands in one's own way.
    pub given_back: &'a [(Hold, Take)],
    /// What is taken then.
    pub taken: &'a [Take],
    /// Whether it is taken for a while or for good.
    pub hold: Hold,
}

/// Counters as they are known, and how they change.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    known: BTreeMap<Counter, Count>,
}

impl Counts {
    /// What is known of a counter; nothing was used of one that is not known.
    pub fn get(&self, counter: &Counter) -> Count {
        self.known.get(counter).copied().unwrap_or_default()
    }

    /// Adds to what is known of a counter.
    pub fn add(&mut self, counter: Counter, count: Count) {
        let known = self.known.entry(counter).or_default();
        known.committed += count.committed;
        known.held += count.held;
    }

    /// Every counter that is known.
    pub fn iter(&self) -> impl Iterator<Item = (&Counter, &Count)> {
        self.known.iter()
    }

    /// Counts what is asked, if all of it fits.
    ///
    /// A limit that was lowered below what is used already takes nothing away; it only lets nobody else in.
    ///
    /// Errors: every counter of which too little is left, and then nothing is counted.
    ///
    /// ```
    /// use engine::redemption::{Count, Counter, Counts, Hold, Settled, Take};
    /// let take = Take { counter: Counter::Uses { promotion: 7 }, amount: 1, most: Some(1) };
    /// let taken = [take];
    /// let order = Settled { given_back: &[], taken: &taken, hold: Hold::Committed };
    /// let mut counts = Counts::default();
    /// assert!(counts.settle(&order).is_ok());
    /// assert_eq!(counts.settle(&order).unwrap_err()[0].used, 1);
    /// assert_eq!(counts.get(&Counter::Uses { promotion: 7 }), Count { committed: 1, held: 0 });
    /// ```
    pub fn settle(&mut self, asked: &Settled<'_>) -> Result<(), Vec<Short>> {
        for (hold, take) in asked.given_back {
            self.change(&take.counter, *hold, -take.amount);
        }
        let mut short = Vec::new();
        for take in asked.taken {
            let used = self.get(&take.counter).used();
            if let Some(most) = take.most
                && used.saturating_add(take.amount) > most
            {
                short.push(Short { counter: take.counter.clone(), most, used });
            }
            // Counted even so: of a counter that is asked for twice, the second take must see the first.
            self.change(&take.counter, asked.hold, take.amount);
        }
        if short.is_empty() {
            return Ok(());
        }
        for take in asked.taken {
            self.change(&take.counter, asked.hold, -take.amount);
        }
        for (hold, take) in asked.given_back {
            self.change(&take.counter, *hold, take.amount);
        }
        Err(short)
    }

    fn change(&mut self, counter: &Counter, hold: Hold, amount: i64) {
        let count = match self.known.get_mut(counter) {
            Some(count) => count,
            None => self.known.entry(counter.clone()).or_default(),
        };
        match hold {
            Hold::Held => count.held += amount,
            Hold::Committed => count.committed += amount,
        }
    }
}

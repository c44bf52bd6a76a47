//! A client's transaction, step by step: share the version, lock the counters, decide, commit, answer.

use std::collections::BTreeMap;

use engine::redemption::{Count, Counter, Counts, Hold, Settled, Take};

use super::Flaw;
use super::database::{Answer, Database, Key, Live, Owner, Writes};

/// What a client wants.
#[derive(Clone, Debug)]
pub(super) enum Wish {
    Order(Vec<(Counter, i64)>),
    /// With how long it is held.
    Reserve(Vec<(Counter, i64)>, u64),
    /// Of the order that this client's request of this number was.
    Cancel(usize),
}

/// How far it is.
#[derive(Clone, Debug)]
enum Stage {
    Priced,
    Locking(usize),
    Locked,
    Decided(Writes, Answer),
    Committed(Answer),
}

#[derive(Clone, Debug)]
pub(super) struct Transaction {
    client: usize,
    key: Key,
    wish: Wish,
    pub(super) node: u32,
    stage: Stage,
    version: u64,
    most: BTreeMap<u64, i64>,
    /// Counters as they were when the cart was priced.
    before: BTreeMap<Counter, Count>,
    rows: Vec<Counter>,
}

/// What came of a step.
#[derive(Debug)]
pub(super) enum Step {
    Moved,
    Blocked,
    Answered(Answer),
}

impl Transaction {
    /// Prices the cart as of now.
    pub(super) fn begin(db: &Database, key: Key, wish: Wish, node: u32, flaw: Option<Flaw>) -> Self {
        let mut rows: Vec<Counter> = match &wish {
            Wish::Order(takes) | Wish::Reserve(takes, _) => takes.iter().map(|(it, _)| it.clone()).collect(),
            Wish::Cancel(number) => {
                let order = db.live.iter().find(|live| live.key == (key.0, *number));
                order.map_or_else(Vec::new, |it| it.takes.iter().map(|take| take.counter.clone()).collect())
            }
        };
        // Its own hold is given back, whatever that is of.
        let own = db.live.iter().filter(|live| live.client == key.0 && live.hold == Hold::Held);
        rows.extend(own.flat_map(|live| &live.takes).map(|take| take.counter.clone()));
        if flaw != Some(Flaw::LocksInAnyOrder) {
            rows.sort();
        }
        rows.dedup();
        Self {
            client: key.0,
            key,
            wish,
            node,
            stage: Stage::Priced,
            version: db.version,
            most: db.most.clone(),
            before: db.counts.clone(),
            rows,
        }
    }

    fn owner(&self) -> Owner {
        Owner::Client(self.client)
    }

    /// Makes the next step.
    ///
    /// Errors: what may not be.
    pub(super) fn step(&mut self, db: &mut Database, flaw: Option<Flaw>) -> Result<Step, String> {
        match std::mem::replace(&mut self.stage, Stage::Priced) {
            Stage::Priced => {
                if db.changes.is_some() {
                    return Ok(Step::Blocked);
                }
                db.shares.insert(self.owner());
                self.stage = Stage::Locking(0);
            }
            Stage::Locking(at) => match self.rows.get(at) {
                Some(row) if db.lock(row, Owner::Client(self.client)) => self.stage = Stage::Locking(at + 1),
                Some(_) => {
                    self.stage = Stage::Locking(at);
                    return Ok(Step::Blocked);
                }
                None => self.stage = Stage::Locked,
            },
            Stage::Locked => self.decide(db, flaw)?,
            Stage::Decided(writes, answer) => {
                db.commit(writes, self.owner())?;
                self.stage = Stage::Committed(answer);
            }
            Stage::Committed(answer) => return Ok(Step::Answered(answer)),
        }
        Ok(Step::Moved)
    }

    fn decide(&mut self, db: &mut Database, flaw: Option<Flaw>) -> Result<(), String> {
        if let Some(answer) = db.answers.get(&self.key).filter(|_| flaw != Some(Flaw::ForgetsKeys)) {
            self.stage = Stage::Decided(Writes::default(), answer.clone());
            return Ok(());
        }
        let is_stale = self.version != db.version && flaw != Some(Flaw::IgnoresVersions);
        let own_rows = Self::begin(db, self.key, self.wish.clone(), self.node, flaw);
        if is_stale || own_rows.rows.iter().any(|row| !self.rows.contains(row)) {
            // Priced anew; its own hold may have come meanwhile too.
            db.unlock(self.owner());
            *self = own_rows;
            return Ok(());
        }
        let known = if flaw == Some(Flaw::DecidesByOldCounts) { &self.before } else { &db.counts };
        let mut counts = Counts::default();
        for row in &self.rows {
            counts.add(row.clone(), known.get(row).copied().unwrap_or_default());
        }
        let (mut ended, mut given_back) = (Vec::new(), Vec::new());
        let is_given_back = |live: &&Live| match self.wish {
            Wish::Cancel(number) => live.key == (self.client, number) && live.hold == Hold::Committed,
            _ => live.client == self.client && live.hold == Hold::Held,
        };
        for live in db.live.iter().filter(is_given_back) {
            ended.push(live.key);
            given_back.extend(live.takes.iter().map(|take| (live.hold, take.clone())));
        }
        let (wanted, hold, expires, done) = match &self.wish {
            Wish::Order(takes) => (takes.clone(), Hold::Committed, u64::MAX, Answer::Placed),
            Wish::Reserve(takes, ttl) => (takes.clone(), Hold::Held, db.now + ttl, Answer::Held),
            Wish::Cancel(_) => (Vec::new(), Hold::Committed, u64::MAX, Answer::Cancelled),
        };
        let take = |(counter, amount): (Counter, i64)| {
            let most = self.most.get(&counter.promotion()).copied();
            Take { counter, amount, most }
        };
        let taken: Vec<Take> = wanted.into_iter().map(take).collect();
        let settled = counts.settle(&Settled { given_back: &given_back, taken: &taken, hold });
        if settled.is_err() {
            self.refuse(db, &given_back, &taken)?;
            return Ok(());
        }
        let added = (!taken.is_empty()).then_some(Live {
            key: self.key,
            client: self.client,
            takes: taken,
            hold,
            expires,
        });
        let counts = counts.iter().map(|(counter, count)| (counter.clone(), *count)).collect();
        let answer = Some((self.key, done.clone()));
        self.stage = Stage::Decided(Writes { counts, added, ended, answer }, done);
        Ok(())
    }

    /// A refusal keeps nothing, and is right only if there was no room.
    fn refuse(&mut self, db: &Database, given_back: &[(Hold, Take)], taken: &[Take]) -> Result<(), String> {
        let is_short = |take: &Take| {
            let own = given_back.iter().filter(|(_, own)| own.counter == take.counter);
            let others = db.counted(&take.counter).used() - own.map(|(_, own)| own.amount).sum::<i64>();
            take.most.is_some_and(|most| others + take.amount > most)
        };
        if !taken.iter().any(is_short) {
            return Err(format!("{:?} was refused although there was room", self.key));
        }
        self.stage = Stage::Decided(Writes::default(), Answer::Refused);
        Ok(())
    }
}

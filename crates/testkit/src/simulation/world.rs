//! Who does something next, by the dice; and what all were told in the end.

use std::collections::BTreeMap;

use engine::money::Currency;
use engine::redemption::{Counter, Counts, Hold, Settled, Take};

use super::Flaw;
use super::database::{Answer, Database, Key, Live, Owner, Writes};
use super::transaction::{Step, Transaction, Wish};
use crate::workload::dice::Dice;

const NODES: u32 = 3;
const CLIENTS: usize = 6;
const WISHES: usize = 6;
const PROMOTIONS: u32 = 3;
/// Steps in a row in which nobody could move, after which nobody ever will.
const PATIENCE: u32 = 2000;

/// What a schedule came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// A hash of everything that happened, in its order.
    pub trace: u64,
    /// Orders that were placed.
    pub placed: usize,
    /// Requests that were refused.
    pub refused: usize,
    /// Requests that nobody knew of whether they had happened, and that were repeated.
    pub repeated: usize,
}

struct Client {
    wishes: Vec<Wish>,
    at: usize,
    transaction: Option<Transaction>,
    told: BTreeMap<Key, Answer>,
}

struct World {
    dice: Dice,
    flaw: Option<Flaw>,
    db: Database,
    clients: Vec<Client>,
    sweeping: Option<Live>,
    report: Report,
}

/// Plays the schedule of a seed to its end.
///
/// Errors: what was wrong, with the seed.
pub fn run(seed: u32, flaw: Option<Flaw>) -> Result<Report, String> {
    let mut world = World::new(seed, flaw);
    world.play().map_err(|wrong| format!("seed {seed}: {wrong}"))?;
    Ok(world.report)
}

fn counter(promotion: u64, which: u32) -> Counter {
    match which {
        0 => Counter::Uses { promotion },
        1 => Counter::Spent { promotion, currency: Currency::parse("EUR").unwrap() },
        _ => Counter::Customer { promotion, identity: "id:7".to_owned() },
    }
}

impl World {
    fn new(seed: u32, flaw: Option<Flaw>) -> Self {
        let mut dice = Dice::new(seed);
        let mut db = Database::default();
        for promotion in 1..=u64::from(PROMOTIONS) {
            db.change_limit(promotion, i64::from(dice.up_to(6)));
        }
        let clients = (0..CLIENTS).map(|_| Client::new(&mut dice)).collect();
        Self {
            dice,
            flaw,
            db,
            clients,
            sweeping: None,
            report: Report { trace: 0xcbf2_9ce4_8422_2325, ..Report::default() },
        }
    }

    fn note(&mut self, what: &str, number: usize) {
        for byte in what.bytes().chain(number.to_le_bytes()) {
            self.report.trace = (self.report.trace ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn play(&mut self) -> Result<(), String> {
        let mut stuck = 0;
        while self.clients.iter().any(|client| client.at < client.wishes.len()) {
            stuck = if self.turn()? { 0 } else { stuck + 1 };
            if stuck > PATIENCE {
                return Err("everyone waits for everyone".to_owned());
            }
        }
        self.check_told()
    }

    /// Lets someone do something; `false` when whoever it was could not.
    fn turn(&mut self) -> Result<bool, String> {
        match self.dice.below(40) {
            0 => Ok(self.kill_node()),
            1 => Ok(self.change_limit()),
            2..=3 => {
                self.db.now += u64::from(self.dice.below(4));
                Ok(false)
            }
            4..=7 => self.sweep(),
            _ => {
                let number = self.dice.below(CLIENTS as u32) as usize;
                self.step(number)
            }
        }
    }

    fn step(&mut self, number: usize) -> Result<bool, String> {
        let (node, flaw) = (self.dice.below(NODES), self.flaw);
        let Some(client) = self.clients.get_mut(number) else { return Ok(false) };
        let Some(wish) = client.wishes.get(client.at).cloned() else { return Ok(false) };
        let Some(transaction) = &mut client.transaction else {
            client.transaction = Some(Transaction::begin(&self.db, (number, client.at), wish, node, flaw));
            self.note("begins", number);
            return Ok(true);
        };
        match transaction.step(&mut self.db, flaw)? {
            Step::Blocked => Ok(false),
            Step::Moved => {
                self.note("moves", number);
                Ok(true)
            }
            Step::Answered(answer) => {
                self.answer(number, answer);
                Ok(true)
            }
        }
    }

    fn answer(&mut self, number: usize, answer: Answer) {
        // Asked again, a refusal may be another answer: so nobody repeats one that arrived.
        let is_lost = self.dice.below(8) == 0;
        self.note(if is_lost { "loses" } else { "hears" }, number);
        self.db.unlock(Owner::Client(number));
        let Some(client) = self.clients.get_mut(number) else { return };
        client.transaction = None;
        if is_lost {
            self.report.repeated += 1;
            return;
        }
        self.report.placed += usize::from(answer == Answer::Placed);
        self.report.refused += usize::from(answer == Answer::Refused);
        client.told.insert((number, client.at), answer);
        client.at += 1;
    }

    /// A node dies with everything that it was at: what it has not committed never was.
    fn kill_node(&mut self) -> bool {
        let node = self.dice.below(NODES);
        let mut died = Vec::new();
        for (number, client) in self.clients.iter_mut().enumerate() {
            if client.transaction.as_ref().is_some_and(|transaction| transaction.node == node) {
                client.transaction = None;
                died.push(number);
            }
        }
        for number in &died {
            self.db.unlock(Owner::Client(*number));
            self.note("dies", *number);
            self.report.repeated += 1;
        }
        !died.is_empty()
    }

    fn change_limit(&mut self) -> bool {
        if !self.db.shares.is_empty() {
            // It has its turn when those who rely on the limits have gone; others wait behind it.
            self.db.changes = Some(Owner::Merchant);
            return false;
        }
        let promotion = u64::from(self.dice.up_to(PROMOTIONS));
        let most = i64::from(self.dice.up_to(6));
        self.db.change_limit(promotion, most);
        self.db.changes = None;
        self.note("limits", most as usize);
        true
    }

    /// Gives back one hold whose time is over: locks its rows, then ends it.
    fn sweep(&mut self) -> Result<bool, String> {
        // Whoever waits for a turn and has it now.
        if self.db.changes.is_some() && self.db.shares.is_empty() {
            return Ok(self.change_limit());
        }
        let Some(hold) = self.sweeping.take() else {
            let now = self.db.now;
            let is_over = |live: &&Live| live.hold == Hold::Held && live.expires <= now;
            self.sweeping = self.db.live.iter().find(is_over).cloned();
            return Ok(self.sweeping.is_some());
        };
        let mut rows: Vec<Counter> = hold.takes.iter().map(|take| take.counter.clone()).collect();
        rows.sort();
        for row in &rows {
            if !self.db.lock(row, Owner::Sweeper) {
                self.sweeping = Some(hold);
                return Ok(false);
            }
        }
        if !self.db.live.iter().any(|live| live.key == hold.key) {
            self.db.unlock(Owner::Sweeper);
            return Ok(true);
        }
        let mut counts = Counts::default();
        for row in &rows {
            counts.add(row.clone(), self.db.counts.get(row).copied().unwrap_or_default());
        }
        let back: Vec<(Hold, Take)> = hold.takes.iter().map(|take| (Hold::Held, take.clone())).collect();
        let settled = counts.settle(&Settled { given_back: &back, taken: &[], hold: Hold::Held });
        settled.map_err(|_| "giving back fell short".to_owned())?;
        let counts = counts.iter().map(|(counter, count)| (counter.clone(), *count)).collect();
        let writes = Writes { counts, ended: vec![hold.key], ..Writes::default() };
        self.db.commit(writes, Owner::Sweeper)?;
        self.note("sweeps", hold.client);
        Ok(true)
    }

    /// What was told is so: each order is there once, unless it was cancelled, and nothing of what was refused.
    fn check_told(&self) -> Result<(), String> {
        for (number, client) in self.clients.iter().enumerate() {
            for (key, answer) in &client.told {
                let is_there =
                    self.db.live.iter().any(|live| live.key == *key && live.hold == Hold::Committed);
                let is_cancelled = client.wishes.iter().enumerate().any(|(at, wish)| {
                    matches!(wish, Wish::Cancel(of) if (number, *of) == *key) && at < client.at
                });
                let is_right = match answer {
                    Answer::Placed => is_there != is_cancelled,
                    _ => !is_there,
                };
                if !is_right {
                    return Err(format!("client {number} was told {answer:?} of {key:?}, which is not so"));
                }
            }
        }
        Ok(())
    }
}

impl Client {
    fn new(dice: &mut Dice) -> Self {
        let mut wishes: Vec<Wish> = Vec::with_capacity(WISHES);
        let mut last_order = None;
        for at in 0..WISHES {
            let wish = match (dice.below(5), last_order.take()) {
                (0, Some(order)) => Wish::Cancel(order),
                (1, _) => Wish::Reserve(takes(dice), u64::from(dice.up_to(5))),
                _ => {
                    last_order = Some(at);
                    Wish::Order(takes(dice))
                }
            };
            wishes.push(wish);
        }
        Self { wishes, at: 0, transaction: None, told: BTreeMap::new() }
    }
}

/// One to three counters, in any order, and how much of each.
fn takes(dice: &mut Dice) -> Vec<(Counter, i64)> {
    let mut takes: Vec<(Counter, i64)> = Vec::new();
    for _ in 0..dice.up_to(3) {
        let counter = counter(u64::from(dice.up_to(PROMOTIONS)), dice.below(3));
        if !takes.iter().any(|(known, _)| *known == counter) {
            let amount = if matches!(counter, Counter::Spent { .. }) { dice.up_to(3) } else { 1 };
            takes.push((counter, i64::from(amount)));
        }
    }
    takes
}

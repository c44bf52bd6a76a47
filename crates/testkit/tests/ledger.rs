//! The ledger's decisions beside a naive model: a list of entries, and a list of what is held.

use engine::ledger::{Account, Book, Funding, Operation, Posting, Refusal};
use engine::money::{Currency, Minor};
use jiff::Timestamp;
use proptest::prelude::*;

/// What is done next. Amounts are in cents; holds are chosen by their place.
#[derive(Clone, Debug)]
enum Act {
    Load(i64),
    Redeem(i64),
    Hold(i64),
    /// Captures so many parts of 4 of a hold and lets the rest go.
    Capture(usize, i64),
    Release(usize),
    Refund(i64),
    Adjust(i64),
    Expire,
    Void,
    Wait(i64),
}

/// A card as one would write it down on paper.
#[derive(Debug, Default)]
struct Paper {
    entries: Vec<i64>,
    holds: Vec<i64>,
    /// What orders took and did not get back.
    captured: i64,
    is_voided: bool,
    now: i64,
}

const EXPIRES: i64 = 100;

impl Paper {
    fn balance(&self) -> i64 {
        self.entries.iter().sum()
    }

    fn held(&self) -> i64 {
        self.holds.iter().sum()
    }

    fn usable(&self) -> Result<(), &'static str> {
        match (self.is_voided, self.now >= EXPIRES) {
            (true, _) => Err("voided"),
            (false, true) => Err("expired"),
            (false, false) => Ok(()),
        }
    }

    /// Takes so much that is free.
    fn take(&mut self, cents: i64) -> Result<(), &'static str> {
        self.usable()?;
        if cents > self.balance() - self.held() {
            return Err("insufficient_balance");
        }
        self.entries.push(-cents);
        Ok(())
    }

    fn act(&mut self, act: &Act) -> Result<(), &'static str> {
        match *act {
            Act::Load(cents) => {
                self.usable()?;
                self.entries.push(cents);
            }
            Act::Redeem(cents) => {
                self.take(cents)?;
                self.captured += cents;
            }
            Act::Hold(cents) => {
                self.take(cents)?;
                self.entries.pop();
                self.holds.push(cents);
            }
            Act::Capture(hold, parts) => {
                if self.is_voided {
                    return Err("voided");
                }
                let cents = self.holds.remove(hold) * parts / 4;
                self.entries.push(-cents);
                self.captured += cents;
            }
            Act::Release(hold) => {
                self.holds.remove(hold);
            }
            Act::Refund(cents) => {
                if self.is_voided {
                    return Err("voided");
                }
                if cents > self.captured {
                    return Err("exceeds_captured");
                }
                self.captured -= cents;
                self.entries.push(cents);
            }
            Act::Adjust(cents) if cents < 0 => self.take(-cents)?,
            Act::Adjust(cents) => {
                self.usable()?;
                self.entries.push(cents);
            }
            Act::Expire => {
                if self.is_voided {
                    return Err("voided");
                }
                if self.now < EXPIRES {
                    return Err("not_expired");
                }
                self.entries.push(self.held() - self.balance());
            }
            Act::Void => {
                if self.is_voided {
                    return Err("voided");
                }
                self.entries.push(-self.balance());
                self.is_voided = true;
            }
            Act::Wait(seconds) => self.now += seconds,
        }
        Ok(())
    }
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => (1..5_000_i64).prop_map(Act::Load),
        4 => (1..3_000_i64).prop_map(Act::Redeem),
        6 => (1..3_000_i64).prop_map(Act::Hold),
        5 => (0..8_usize, 1..5_i64).prop_map(|(hold, parts)| Act::Capture(hold, parts)),
        3 => (0..8_usize).prop_map(Act::Release),
        4 => (1..3_000_i64).prop_map(Act::Refund),
        2 => (-2_000..2_000_i64).prop_map(Act::Adjust),
        1 => Just(Act::Expire),
        4 => (0..4_i64).prop_map(Act::Wait),
        1 => prop_oneof![20 => Just(Act::Wait(1)), 1 => Just(Act::Void)],
    ]
}

/// What the ledger is asked for; nothing, when there is no such hold or nothing to ask.
fn posting(act: &Act, paper: &Paper) -> Option<(Operation, i64)> {
    let hold = |place: usize| paper.holds.get(place).copied();
    Some(match *act {
        Act::Load(cents) => (Operation::Load, cents),
        Act::Redeem(cents) => (Operation::Redeem, cents),
        Act::Hold(cents) => (Operation::Hold, cents),
        Act::Capture(place, parts) => {
            let hold = hold(place)?;
            (
                Operation::Capture { hold: Minor::new(hold) },
                Some(hold * parts / 4).filter(|cents| *cents > 0)?,
            )
        }
        Act::Release(place) => (Operation::Release, hold(place)?),
        Act::Refund(cents) => (Operation::Refund { left: Minor::new(paper.captured) }, cents),
        Act::Adjust(cents) => (Operation::Adjust, Some(cents).filter(|cents| *cents != 0)?),
        Act::Expire => (Operation::Expire, 0),
        Act::Void => (Operation::Void, 0),
        Act::Wait(_) => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn ten_thousand_operations_come_to_what_they_come_to_on_paper(
        acts in prop::collection::vec(act(), 100..200),
    ) {
        let usd = Currency::parse("USD").unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut book = Book::default();
        book.insert(Account::empty(1, usd, Funding::Sold, Some(at(EXPIRES))));
        let mut paper = Paper::default();
        let mut posted: Vec<i64> = Vec::new();
        for act in &acts {
            let Some((operation, cents)) = posting(act, &paper) else {
                if matches!(act, Act::Wait(_)) {
                    paper.act(act).unwrap();
                }
                continue;
            };
            let posting = Posting { account: 1, operation, amount: Minor::new(cents), currency: usd };
            let decided = book.apply(&[posting], at(paper.now));
            posted.extend(decided.iter().flatten().map(|change| change.added.get()));
            let expected = paper.act(act);
            let decided = decided.map(|_| ()).map_err(|refused| refused.refusal.code());
            prop_assert_eq!(decided, expected, "{:?}", act);
            let account = book.get(1).unwrap();
            prop_assert_eq!(account.balance.get(), paper.balance());
            prop_assert_eq!(account.balance.get(), posted.iter().sum::<i64>());
            let held = if paper.is_voided { 0 } else { paper.held() };
            prop_assert_eq!(account.held.get(), held);
            prop_assert!(account.held >= Minor::ZERO && account.held <= account.balance);
            // What was settled is settled: a second time there is nothing left to settle.
            if let Act::Capture(..) | Act::Release(_) = act {
                let more = Minor::new(held + 1);
                let again = Posting { operation: Operation::Release, amount: more, ..posting };
                let refused = book.clone().apply(&[again], at(paper.now));
                let not_held = refused.map_err(|refused| matches!(refused.refusal, Refusal::NotHeld { .. }));
                prop_assert!(paper.is_voided || not_held == Err(true));
            }
        }
    }
}

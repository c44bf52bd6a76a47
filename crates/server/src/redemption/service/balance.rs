//! What orders take from gift cards and store credit, and what reservations hold of them.

use engine::ledger::{Book, Operation, Posting, Refusal};
use engine::money::{Currency, Minor};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ledger::service::{self as ledger, By, Locked, NewPosting};
use crate::platform::db::{Transaction, WriteError};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// An amount of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The account in the ledger.
    pub account: i64,
    /// How much, in minor units.
    pub amount: i64,
    /// The currency of that.
    #[serde(with = "by_code")]
    pub currency: Currency,
}

/// A currency as it is stored.
mod by_code {
    use engine::money::Currency;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(currency: &Currency, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(currency.code())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
        let code = String::deserialize(deserializer)?;
        Currency::parse(&code).ok_or_else(|| D::Error::custom(format!("`{code}` is no currency")))
    }
}

impl Charge {
    /// So much of an account.
    pub fn new(account: i64, amount: Minor, currency: Currency) -> Self {
        Self { account, amount: amount.get(), currency }
    }

    fn posting(&self, operation: Operation, amount: i64) -> Posting {
        Posting { account: self.account, operation, amount: Minor::new(amount), currency: self.currency }
    }
}

/// Lets go what was held.
pub(super) fn releases(held: &[Charge]) -> Vec<NewPosting> {
    held.iter().map(|charge| NewPosting::new(charge.posting(Operation::Release, charge.amount), "")).collect()
}

/// Holds these amounts, after what the same cart held before is let go.
pub(super) fn holds(held: &[Charge], wanted: &[Charge]) -> Vec<NewPosting> {
    let hold = |charge: &Charge| NewPosting::new(charge.posting(Operation::Hold, charge.amount), "");
    let mut postings = releases(held);
    postings.extend(wanted.iter().map(hold));
    postings
}

/// Takes these amounts for an order: first what its cart held, which is honoured even when the card has expired since.
pub(super) fn takes(held: &[Charge], wanted: &[Charge], order: i64) -> Vec<NewPosting> {
    let mut postings = Vec::with_capacity(wanted.len());
    for charge in wanted {
        let own = held.iter().find(|own| own.account == charge.account);
        let captured = own.map_or(0, |own| own.amount.min(charge.amount));
        if let Some(own) = own {
            let operation = Operation::Capture { hold: Minor::new(own.amount) };
            postings.push(of_order(charge.posting(operation, captured), order, "capture"));
        }
        if charge.amount > captured {
            let rest = charge.amount - captured;
            postings.push(of_order(charge.posting(Operation::Redeem, rest), order, "redeem"));
        }
    }
    let left = held.iter().filter(|own| wanted.iter().all(|charge| charge.account != own.account));
    postings.extend(releases(&left.cloned().collect::<Vec<_>>()));
    postings
}

fn of_order(posting: Posting, order: i64, what: &str) -> NewPosting {
    let key = format!("order/{order}/{what}/{}", posting.account);
    NewPosting::new(posting, key).of_order(order.to_string())
}

/// The accounts that a transaction holds, decided on in memory and posted to at the end.
#[derive(Debug)]
pub(super) struct Till {
    locked: Option<Locked>,
    book: Book,
    groups: Vec<Vec<NewPosting>>,
}

impl Till {
    /// Locks every account that these charges are of.
    pub(super) async fn open(
        tx: &Transaction,
        store: StoreId,
        charges: impl Iterator<Item = &Charge>,
    ) -> Result<Self, WriteError> {
        let ids: Vec<i64> = charges.map(|charge| charge.account).collect();
        let locked = match ids.is_empty() {
            true => None,
            false => Some(ledger::lock(tx, store, &ids).await.map_err(write_error)?),
        };
        let mut book = Book::default();
        for account in locked.iter().flat_map(Locked::accounts) {
            book.insert(account.clone());
        }
        Ok(Self { locked, book, groups: Vec::new() })
    }

    /// Decides a group of postings: all of them are made at the end, or none.
    ///
    /// Errors: the first that is refused, and of which account.
    pub(super) fn decide(&mut self, group: Vec<NewPosting>, now: Timestamp) -> Result<(), (i64, Refusal)> {
        let plain: Vec<Posting> = group.iter().map(|new| new.posting).collect();
        match self.book.apply(&plain, now) {
            Ok(_) => {
                self.groups.extend(Some(group).filter(|group| !group.is_empty()));
                Ok(())
            }
            Err(refused) => {
                let account = plain.get(refused.position).map_or(0, |posting| posting.account);
                Err((account, refused.refusal))
            }
        }
    }

    /// Posts what was decided.
    pub(super) async fn close(mut self, tx: &Transaction, now: Timestamp) -> Result<(), WriteError> {
        let Some(locked) = &mut self.locked else { return Ok(()) };
        if self.groups.is_empty() {
            return Ok(());
        }
        let by = By { actor: "order".to_owned(), now };
        let posted = locked.post(tx, &by, &self.groups).await.map_err(write_error)?;
        match posted.into_iter().find_map(Result::err) {
            None => Ok(()),
            Some(refused) => Err(failed(format!("a decided posting was refused: {refused:?}"))),
        }
    }
}

/// The failure of the database in a problem, or the problem as one.
pub(super) fn write_error(problem: Problem) -> WriteError {
    use crate::platform::db::JobError as _;
    match problem.write_error() {
        Some(error) => error.clone(),
        None => failed(problem.to_string()),
    }
}

fn failed(what: String) -> WriteError {
    WriteError::Statement(crate::platform::db::DbErr::Custom(what))
}

//! What can be done with the ledger: open accounts, lock them, post to them, read them, and check all of it.

mod chain;
mod locked;
mod read;
mod verify;

use engine::ledger::{Account, Funding, Operation, Posting};
use engine::money::{Currency, Minor};
use jiff::Timestamp;

use super::store::{self, AccountRow};
use crate::activity::Author;
use crate::platform::clock::from_milliseconds;
use crate::platform::db::Transaction;
use crate::platform::http::{Code, Problem};
use crate::platform::ids::{StoreId, next_id};

pub use engine::ledger::{Refusal, Refused};
pub use locked::Locked;
pub use read::{
    AccountState, Liability, Moved, Told, accounts, credits, currency, due_to_expire, expired_amount, held,
    liability, moved_by_orders, transactions,
};
pub use verify::{Finding, verify};

/// The sequence of account ids; a gift card has the id of its account.
const ACCOUNTS: &str = "ledger_account";
/// The side of an entry that is the account's own.
const LIABILITY: &str = "liability";

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// One gift card.
    GiftCard,
    /// The store credit of this customer, in one currency.
    StoreCredit {
        /// The customer's id.
        customer: i64,
    },
}

/// An account to open.
#[derive(Clone, Copy, Debug)]
pub struct NewAccount {
    /// What it is for.
    pub kind: AccountKind,
    /// The one currency of everything on it.
    pub currency: Currency,
    /// How its money comes to be owed.
    pub funding: Funding,
    /// From when on nothing new can be taken from it; `None` for never.
    pub expires: Option<Timestamp>,
}

/// Who posts, and when.
#[derive(Clone, Debug)]
pub struct By {
    /// Who: `key/7`, `order`, `sweep`.
    pub actor: String,
    /// The instant by which is decided, and which the ledger shows.
    pub now: Timestamp,
}

impl From<&Author> for By {
    fn from(author: &Author) -> Self {
        Self { actor: author.actor.to_string(), now: author.now }
    }
}

/// A posting with what stands beside it in the ledger.
#[derive(Clone, Debug)]
pub struct NewPosting {
    /// What is to become of which account. What is left to refund of an order is filled in here: any `left` will do.
    pub posting: Posting,
    /// Names the cause, such as `order/123/redeem/7`: posting the same again changes nothing and tells what was
    /// posted then. Holds and releases, which make no entries, are not recognised and have none.
    pub key: String,
    /// The order that it is for.
    pub order_id: Option<String>,
    /// The reservation or redemption that caused it.
    pub reference: Option<String>,
    /// Why staff did it.
    pub reason: Option<String>,
}

impl NewPosting {
    /// A posting that no order caused.
    pub fn new(posting: Posting, key: impl Into<String>) -> Self {
        Self { posting, key: key.into(), order_id: None, reference: None, reason: None }
    }

    /// Keeps `amount` for an order under way.
    pub fn hold(account: i64, amount: Minor, currency: Currency) -> Self {
        Self::new(Posting { account, operation: Operation::Hold, amount, currency }, "")
    }

    /// Lets what was held go.
    pub fn release(account: i64, amount: Minor, currency: Currency) -> Self {
        Self::new(Posting { account, operation: Operation::Release, amount, currency }, "")
    }

    /// The same, for this order.
    #[must_use]
    pub fn of_order(self, order_id: impl Into<String>) -> Self {
        Self { order_id: Some(order_id.into()), ..self }
    }

    /// The same, for this reason.
    #[must_use]
    pub fn because(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }
}

/// What a posting came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The transaction that it left in the ledger; `None` for a hold, a release, and expiring nothing.
    pub transaction: Option<i64>,
    /// What it added to the balance, below zero for what it took. Minor units.
    pub added: Minor,
    /// The balance after it. Minor units.
    pub balance: Minor,
    /// Whether it had been posted before, so that nothing was changed now.
    pub is_repeat: bool,
}

/// Opens accounts without money and gives them locked; their ids follow each other from [`Locked::first_id`].
///
/// Errors: conflict, when the customer has a credit in that currency already.
pub async fn open(
    tx: &Transaction,
    store: StoreId,
    now: Timestamp,
    new: &[NewAccount],
) -> Result<Locked, Problem> {
    let count = u32::try_from(new.len()).map_err(Problem::internal)?;
    let first = next_id(tx, store, ACCOUNTS, count).await?;
    let rows: Vec<AccountRow> = (first..).zip(new).map(|(id, new)| row(store, id, now, new)).collect();
    store::insert::<store::account::ActiveModel>(tx, rows.clone()).await?;
    Locked::new(store, rows)
}

/// Locks these accounts until the transaction ends. Those that do not exist are left out.
///
/// Lock the accounts of everything that a transaction decides in one call: two calls may wait for each other.
pub async fn lock(tx: &Transaction, store: StoreId, ids: &[i64]) -> Result<Locked, Problem> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    Locked::new(store, store::lock(tx, store, &ids).await?)
}

fn row(store_id: StoreId, id: i64, now: Timestamp, new: &NewAccount) -> AccountRow {
    let (kind, customer_id) = match new.kind {
        AccountKind::GiftCard => ("gift_card", None),
        AccountKind::StoreCredit { customer } => ("store_credit", Some(customer)),
    };
    AccountRow {
        store_id,
        id,
        kind: kind.to_owned(),
        currency: new.currency.code().to_owned(),
        funding: new.funding.name().to_owned(),
        balance: 0,
        held: 0,
        customer_id,
        expires_at: new.expires.map(Timestamp::as_millisecond),
        voided_at: None,
        expired_at: None,
        head_hash: String::new(),
        entry_count: 0,
        revision: 0,
        created_at: now.as_millisecond(),
    }
}

/// A refusal as the answer to whoever asked for it alone; `what` names the thing, such as ``the gift card `7` ``.
pub fn refusal_problem(what: &str, refusal: Refusal, currency: Currency) -> Problem {
    let code = match refusal {
        Refusal::UnknownAccount => Code::NotFound,
        Refusal::InsufficientBalance { .. } => Code::InsufficientBalance,
        Refusal::Voided => Code::AccountVoided,
        Refusal::Expired => Code::AccountExpired,
        Refusal::CurrencyMismatch { .. } => Code::CurrencyMismatch,
        Refusal::ExceedsCaptured { .. } => Code::ExceedsCaptured,
        Refusal::NotHeld { .. } | Refusal::ExceedsHold { .. } => Code::NotHeld,
        Refusal::NotPositive | Refusal::TooLarge => Code::AmountRefused,
        Refusal::NotExpired | Refusal::KeyTaken => Code::Conflict,
    };
    Problem::new(code, format!("{what}: {}", refusal.message(currency)))
}

/// The account of a row.
///
/// Errors: internal, when the row holds what no code of ours writes.
fn account(row: &AccountRow) -> Result<Account, Problem> {
    let unreadable = || Problem::internal(format!("ledger account {} is unreadable", row.id));
    Ok(Account {
        id: row.id,
        currency: Currency::parse(&row.currency).ok_or_else(unreadable)?,
        funding: Funding::parse(&row.funding).ok_or_else(unreadable)?,
        balance: Minor::new(row.balance),
        held: Minor::new(row.held),
        expires: row.expires_at.map(from_milliseconds),
        is_voided: row.voided_at.is_some(),
    })
}

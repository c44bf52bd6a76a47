//! Accounts that a transaction has locked, and posting to them.

use std::collections::{BTreeMap, HashMap};

use engine::ledger::{Account, Book, Change, Operation, Refusal, Refused};
use engine::money::Minor;
use jiff::Timestamp;

use super::{By, LIABILITY, NewPosting, Posted, account, chain};
use crate::ledger::store::{self, AccountRow, EntryRow, TransactionRow};
use crate::platform::db::Transaction;
use crate::platform::http::{Code, Problem};
use crate::platform::ids::{StoreId, next_id};

/// Accounts locked until their transaction ends, as they are after what was posted so far.
#[derive(Clone, Debug)]
pub struct Locked {
    store: StoreId,
    book: Book,
    rows: BTreeMap<i64, AccountRow>,
    /// Accounts whose row says something else by now.
    touched: Vec<i64>,
}

/// An accepted posting that will stand in the ledger.
struct Draft<'new> {
    new: &'new NewPosting,
    change: Change,
    /// Where its [`Posted`] is: group and place in it.
    place: (usize, usize),
}

/// What is known of the batch while it is decided.
struct Batch<'new> {
    /// What stands under each key, from before or from this batch.
    keys: HashMap<&'new str, Known>,
    /// What each order took from each account and has not got back.
    captured: HashMap<(i64, String), i64>,
    drafts: Vec<Draft<'new>>,
}

/// What stands under a key.
#[derive(Clone, Copy)]
struct Known {
    account: i64,
    name: &'static str,
    posted: Posted,
}

type Outcome = Result<Vec<Posted>, Refused>;

impl Locked {
    pub(super) fn new(store: StoreId, rows: Vec<AccountRow>) -> Result<Self, Problem> {
        let mut book = Book::default();
        for row in &rows {
            book.insert(account(row)?);
        }
        let rows = rows.into_iter().map(|row| (row.id, row)).collect();
        Ok(Self { store, book, rows, touched: Vec::new() })
    }

    /// An account, as it is after what was posted so far.
    pub fn get(&self, id: i64) -> Option<&Account> {
        self.book.get(id)
    }

    /// Every account, in the order of the ids.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.book.accounts()
    }

    /// The smallest id; 0 when there is no account.
    pub fn first_id(&self) -> i64 {
        self.rows.keys().next().copied().unwrap_or(0)
    }

    /// Changes from when on nothing new can be taken from an account. [`Locked::post`] writes it.
    pub fn set_expires(&mut self, id: i64, expires: Option<Timestamp>) {
        if let (Some(account), Some(row)) = (self.book.get(id), self.rows.get_mut(&id)) {
            let account = Account { expires, ..account.clone() };
            self.book.insert(account);
            row.expires_at = expires.map(Timestamp::as_millisecond);
            self.touched.push(id);
        }
    }

    /// Posts groups of postings in their order, each group wholly or not at all; a refused one leaves the others alone.
    ///
    /// The answer has the outcome of each group, in their order.
    pub async fn post(
        &mut self,
        tx: &Transaction,
        by: &By,
        groups: &[Vec<NewPosting>],
    ) -> Result<Vec<Outcome>, Problem> {
        let mut batch = self.batch(tx, groups).await?;
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(groups.len());
        for (place, group) in groups.iter().enumerate() {
            outcomes.push(self.decide(&mut batch, place, group, by.now));
        }
        self.write(tx, by, &batch.drafts, &mut outcomes).await?;
        Ok(outcomes)
    }

    /// Posts one group.
    pub async fn post_one(
        &mut self,
        tx: &Transaction,
        by: &By,
        group: Vec<NewPosting>,
    ) -> Result<Outcome, Problem> {
        let outcomes = self.post(tx, by, &[group]).await?;
        outcomes.into_iter().next().ok_or_else(|| Problem::internal("a posted group has no outcome"))
    }

    /// Reads what the groups must know: which keys are taken, and what orders have taken so far.
    async fn batch<'new>(
        &self,
        tx: &Transaction,
        groups: &'new [Vec<NewPosting>],
    ) -> Result<Batch<'new>, Problem> {
        let entered = || groups.iter().flatten().filter(|new| new.posting.operation.name().is_some());
        let all_keys: Vec<&'new str> = entered().map(|new| new.key.as_str()).collect();
        let taken = store::by_keys(tx, self.store, &all_keys).await?;
        let taken: HashMap<String, Known> = taken.into_iter().map(known).collect();
        let keys = all_keys.into_iter().filter_map(|key| Some((key, *taken.get(key)?))).collect();
        let is_refund = |new: &&NewPosting| matches!(new.posting.operation, Operation::Refund { .. });
        let orders: Vec<&str> =
            entered().filter(is_refund).filter_map(|new| new.order_id.as_deref()).collect();
        let captured =
            if orders.is_empty() { HashMap::new() } else { store::captured(tx, self.store, &orders).await? };
        Ok(Batch { keys, captured, drafts: Vec::new() })
    }

    /// Decides one group.
    fn decide<'new>(
        &mut self,
        batch: &mut Batch<'new>,
        place: usize,
        group: &'new [NewPosting],
        now: Timestamp,
    ) -> Outcome {
        let mut posted: Vec<Option<Posted>> = Vec::with_capacity(group.len());
        let mut postings = Vec::with_capacity(group.len());
        let mut positions = Vec::with_capacity(group.len());
        for (position, new) in group.iter().enumerate() {
            let repeat = batch.repeat(new).map_err(|refusal| Refused { position, refusal })?;
            // The same key twice in one group would have to be decided before it is posted.
            let is_twice =
                !new.key.is_empty() && group.iter().take(position).any(|other| other.key == new.key);
            if is_twice && repeat.is_none() {
                return Err(Refused { position, refusal: Refusal::KeyTaken });
            }
            posted.push(repeat);
            if repeat.is_none() {
                postings.push(batch.with_left(new, group.get(..position).unwrap_or_default()));
                positions.push(position);
            }
        }
        let changes = self.book.apply(&postings, now).map_err(|refused| Refused {
            position: positions.get(refused.position).copied().unwrap_or(refused.position),
            ..refused
        })?;
        for (position, change) in positions.into_iter().zip(changes) {
            let Some(new) = group.get(position) else { continue };
            let made =
                Posted { transaction: None, added: change.added, balance: change.balance, is_repeat: false };
            if let Some(slot) = posted.get_mut(position) {
                *slot = Some(made);
            }
            self.touched.push(new.posting.account);
            self.mark(new, now);
            batch.accept(new, change, made, (place, position));
        }
        Ok(posted.into_iter().flatten().collect())
    }

    /// Notes the instant of what happens to an account once.
    fn mark(&mut self, new: &NewPosting, now: Timestamp) {
        let Some(row) = self.rows.get_mut(&new.posting.account) else { return };
        match new.posting.operation {
            Operation::Void => row.voided_at = Some(now.as_millisecond()),
            Operation::Expire => row.expired_at = Some(now.as_millisecond()),
            Operation::Reinstate => row.expired_at = None,
            _ => {}
        }
    }

    /// Writes transactions, entries and the new states, each in one statement.
    async fn write(
        &mut self,
        tx: &Transaction,
        by: &By,
        drafts: &[Draft<'_>],
        outcomes: &mut [Outcome],
    ) -> Result<(), Problem> {
        let count = u32::try_from(drafts.len()).map_err(Problem::internal)?;
        if count > 0 {
            let first = next_id(tx, self.store, "ledger_transaction", count).await?;
            let mut transactions = Vec::with_capacity(drafts.len());
            let mut entries = Vec::with_capacity(drafts.len() * 2);
            for (id, draft) in (first..).zip(drafts) {
                let (transaction, both) = self.enter(id, by, draft)?;
                transactions.push(transaction);
                entries.extend(both);
                let group = outcomes.get_mut(draft.place.0).and_then(|outcome| outcome.as_mut().ok());
                if let Some(posted) = group.and_then(|group| group.get_mut(draft.place.1)) {
                    posted.transaction = Some(id);
                }
            }
            store::insert::<store::transaction::ActiveModel>(tx, transactions).await?;
            store::insert::<store::entry::ActiveModel>(tx, entries).await?;
        }
        self.write_accounts(tx).await
    }

    /// The rows of one transaction, and its place in the account's chain.
    fn enter(
        &mut self,
        id: i64,
        by: &By,
        draft: &Draft<'_>,
    ) -> Result<(TransactionRow, [EntryRow; 2]), Problem> {
        let (new, change, store_id) = (draft.new, draft.change, self.store);
        let posting = new.posting;
        let missing = || Problem::internal("an accepted posting has no account");
        let funding = self.book.get(posting.account).ok_or_else(missing)?.funding;
        let row = self.rows.get_mut(&posting.account).ok_or_else(missing)?;
        let kind = posting.operation.name().ok_or_else(missing)?;
        let contra = posting.operation.contra_account(funding).ok_or_else(missing)?;
        let mut transaction = TransactionRow {
            store_id,
            id,
            account_id: posting.account,
            kind: kind.to_owned(),
            amount: change.added.get(),
            balance_after: change.balance.get(),
            order_id: new.order_id.clone(),
            reference: new.reference.clone(),
            natural_key: new.key.clone(),
            reason: new.reason.clone(),
            actor: by.actor.clone(),
            created_at: by.now.as_millisecond(),
            previous_hash: row.head_hash.clone(),
            hash: String::new(),
        };
        transaction.hash = chain::hash(&transaction);
        row.head_hash.clone_from(&transaction.hash);
        row.entry_count += 1;
        let entry = |account: &str, amount: Minor| EntryRow {
            store_id,
            transaction_id: id,
            account: account.to_owned(),
            amount: amount.get(),
        };
        let entries = [entry(LIABILITY, change.added), entry(contra.name(), Minor::ZERO - change.added)];
        Ok((transaction, entries))
    }

    /// Writes the accounts that changed since they were last written.
    async fn write_accounts(&mut self, tx: &Transaction) -> Result<(), Problem> {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        let mut changed = Vec::with_capacity(touched.len());
        for id in touched {
            if let (Some(account), Some(row)) = (self.book.get(id), self.rows.get_mut(&id)) {
                (row.balance, row.held) = (account.balance.get(), account.held.get());
                row.revision += 1;
                changed.push(row.clone());
            }
        }
        if !changed.is_empty() && store::update(tx, self.store, &changed).await? != changed.len() as u64 {
            return Err(Problem::new(Code::Conflict, "another request changed the same balance"));
        }
        Ok(())
    }
}

impl<'new> Batch<'new> {
    /// What was posted under the key of `new` before.
    ///
    /// Errors: when that was something else.
    fn repeat(&self, new: &NewPosting) -> Result<Option<Posted>, Refusal> {
        let Some(name) = new.posting.operation.name() else { return Ok(None) };
        let Some(known) = self.keys.get(new.key.as_str()) else { return Ok(None) };
        // What voiding and expiring take is found out when they are posted.
        let has_own_amount = matches!(new.posting.operation, Operation::Void | Operation::Expire);
        let amount = new.posting.amount.get().abs();
        let is_same = known.account == new.posting.account
            && known.name == name
            && (has_own_amount || known.posted.added.get().abs() == amount);
        if is_same { Ok(Some(Posted { is_repeat: true, ..known.posted })) } else { Err(Refusal::KeyTaken) }
    }

    /// The posting, with what is left to refund of its order after those before it in its group.
    fn with_left(&self, new: &NewPosting, before: &[NewPosting]) -> engine::ledger::Posting {
        let (Operation::Refund { .. }, Some(order)) = (new.posting.operation, &new.order_id) else {
            return new.posting;
        };
        let account = new.posting.account;
        let captured = self.captured.get(&(account, order.clone())).copied().unwrap_or(0);
        let here = before
            .iter()
            .filter(|other| other.posting.account == account && other.order_id.as_ref() == Some(order))
            .filter(|other| !self.keys.contains_key(other.key.as_str()))
            .map(|other| match other.posting.operation {
                Operation::Refund { .. } => -other.posting.amount.get(),
                Operation::Redeem | Operation::Capture { .. } => other.posting.amount.get(),
                _ => 0,
            });
        let left = Minor::new(captured + here.sum::<i64>());
        engine::ledger::Posting { operation: Operation::Refund { left }, ..new.posting }
    }

    /// Remembers an accepted posting for those after it, and for the ledger.
    fn accept(&mut self, new: &'new NewPosting, change: Change, posted: Posted, place: (usize, usize)) {
        let Some(name) = new.posting.operation.name() else { return };
        // Expiring a card whose balance is wholly held takes nothing yet.
        if change.added.is_zero() && new.posting.operation == Operation::Expire {
            return;
        }
        self.keys.insert(&new.key, Known { account: new.posting.account, name, posted });
        if let Some(order) = &new.order_id
            && matches!(name, "redeem" | "refund")
        {
            *self.captured.entry((new.posting.account, order.clone())).or_insert(0) -= change.added.get();
        }
        self.drafts.push(Draft { new, change, place });
    }
}

/// A stored transaction as what stands under its key.
fn known(row: TransactionRow) -> (String, Known) {
    let names = ["issue", "load", "redeem", "refund", "void", "expire", "adjust"];
    let name = names.into_iter().find(|name| *name == row.kind).unwrap_or_default();
    let posted = Posted {
        transaction: Some(row.id),
        added: Minor::new(row.amount),
        balance: Minor::new(row.balance_after),
        is_repeat: true,
    };
    (row.natural_key, Known { account: row.account_id, name, posted })
}

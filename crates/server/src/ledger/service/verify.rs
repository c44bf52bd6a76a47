//! Going through the whole ledger: does every row still say what was posted, and do the balances follow from it?

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use engine::ledger::{Funding, contra_account};

use super::{LIABILITY, chain};
use crate::ledger::store::{self, AccountRow, EntryRow, TransactionRow};
use crate::platform::db::{Connection, Db};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// How many rows are looked at in one go.
const PAGE: u64 = 5_000;
/// After so many findings it is plain that something is wrong.
const FINDINGS_MAX: usize = 1_000;

/// Something in the ledger that is not as it was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The store.
    pub store: StoreId,
    /// The account.
    pub account: i64,
    /// The row of `ledger_transaction`, when one can be named.
    pub transaction: Option<i64>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "store {}, ledger account {}", self.store, self.account)?;
        if let Some(transaction) = self.transaction {
            write!(formatter, ", transaction {transaction}")?;
        }
        write!(formatter, ": {}", self.what)
    }
}

/// Checks every row of every store's ledger, on one state of the database, and tells what is wrong; nothing when all is
/// well.
pub async fn verify(db: &Db) -> Result<Vec<Finding>, Problem> {
    let snapshot = store::snapshot(db).await?;
    let verified = verify_all(&snapshot).await;
    // Left to itself, it would end only when its connection is used again, and keep locks until then.
    snapshot.commit().await?;
    verified
}

async fn verify_all<C: Connection>(db: &C) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    for store in store::stores(db).await? {
        verify_store(db, store, &mut findings).await?;
    }
    Ok(findings)
}

async fn verify_store<C: Connection>(
    db: &C,
    store: StoreId,
    findings: &mut Vec<Finding>,
) -> Result<(), Problem> {
    let mut accounts = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = store::accounts_after(db, store, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        accounts.extend(page.into_iter().map(|row| (row.id, Walk::new(row))));
    }
    after = 0;
    loop {
        let page = store::transactions_after(db, store, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        let entries = by_transaction(store::entries_between(db, store, after, last.id).await?);
        after = last.id;
        for row in &page {
            let entries = entries.get(&row.id).map_or(&[] as &[EntryRow], Vec::as_slice);
            let what = match accounts.get_mut(&row.account_id) {
                Some(walk) => walk.step(row, entries),
                None => vec!["its account is missing".to_owned()],
            };
            let finding = |what| Finding { store, account: row.account_id, transaction: Some(row.id), what };
            findings.extend(what.into_iter().map(finding));
        }
        if findings.len() >= FINDINGS_MAX {
            return Ok(());
        }
    }
    for walk in accounts.values() {
        let finding = |what| Finding { store, account: walk.account.id, transaction: None, what };
        findings.extend(walk.end().into_iter().map(finding));
    }
    Ok(())
}

fn by_transaction(rows: Vec<EntryRow>) -> HashMap<i64, Vec<EntryRow>> {
    let mut grouped: HashMap<i64, Vec<EntryRow>> = HashMap::new();
    for row in rows {
        grouped.entry(row.transaction_id).or_default().push(row);
    }
    grouped
}

/// An account on the way through its transactions.
struct Walk {
    account: AccountRow,
    balance: i128,
    count: i64,
    head: String,
}

impl Walk {
    fn new(account: AccountRow) -> Self {
        Self { account, balance: 0, count: 0, head: String::new() }
    }

    /// What is wrong with the next transaction.
    fn step(&mut self, row: &TransactionRow, entries: &[EntryRow]) -> Vec<String> {
        let mut wrong = Vec::new();
        if row.previous_hash != self.head {
            wrong.push(
                "it does not follow the transaction before it: one was changed, added or removed".to_owned(),
            );
        }
        if chain::hash(row) != row.hash {
            wrong.push("the row was changed: its hash is another".to_owned());
        }
        self.balance += i128::from(row.amount);
        self.count += 1;
        self.head.clone_from(&row.hash);
        if i128::from(row.balance_after) != self.balance {
            let (says, is) = (row.balance_after, self.balance);
            wrong.push(format!("it says that the balance was {says} after it, but the amounts make {is}"));
            // Each wrong row is named once, not all that follow it.
            self.balance = i128::from(row.balance_after);
        }
        if entries.iter().map(|entry| i128::from(entry.amount)).sum::<i128>() != 0 {
            wrong.push("its entries do not sum to zero".to_owned());
        }
        let contra = Funding::parse(&self.account.funding)
            .and_then(|funding| contra_account(&row.kind, funding))
            .map_or("", |contra| contra.name());
        let has = |account: &str, amount: i64| {
            entries.iter().any(|entry| entry.account == account && entry.amount == amount)
        };
        if entries.len() != 2 || !has(LIABILITY, row.amount) || !has(contra, -row.amount) {
            wrong.push("its entries are not those of its kind and amount".to_owned());
        }
        wrong
    }

    /// What is wrong with the account after all of them.
    fn end(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let AccountRow { balance, held, entry_count, head_hash, .. } = &self.account;
        if i128::from(*balance) != self.balance {
            wrong.push(format!("its balance is {balance}, but its entries sum to {}", self.balance));
        }
        if held > balance || *held < 0 {
            wrong.push(format!("{held} is held of a balance of {balance}"));
        }
        if *entry_count != self.count || *head_hash != self.head {
            wrong.push("its last transactions are missing, or some were added".to_owned());
        }
        wrong
    }
}

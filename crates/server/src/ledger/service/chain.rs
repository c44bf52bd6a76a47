//! The chain of hashes by which a changed row of the ledger is noticed.

use sha2::{Digest as _, Sha256};

use crate::ledger::store::TransactionRow;

/// The hash of a transaction, in hexadecimal: over the previous one's of its account and everything else in the row.
pub(super) fn hash(row: &TransactionRow) -> String {
    let mut hasher = Sha256::new();
    let numbers = [row.store_id.0, row.id, row.account_id, row.amount, row.balance_after, row.created_at];
    numbers.iter().for_each(|number| hasher.update(number.to_be_bytes()));
    let texts = [Some(&row.previous_hash), Some(&row.kind), Some(&row.natural_key), Some(&row.actor)];
    let optional = [row.order_id.as_ref(), row.reference.as_ref(), row.reason.as_ref()];
    for text in texts.into_iter().chain(optional) {
        // The length stands before each text, so that no two rows read the same.
        let length = text.map_or(u64::MAX, |text| text.len() as u64);
        hasher.update(length.to_be_bytes());
        hasher.update(text.map_or("", String::as_str).as_bytes());
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

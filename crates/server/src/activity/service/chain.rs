//! The chain of hashes by which a changed row of the log is noticed.

use sha2::{Digest as _, Sha256};

use crate::activity::store::ActivityRow;

/// The hash of a row, in hexadecimal: over that of the row before it and everything else in it.
pub(super) fn hash(row: &ActivityRow) -> String {
    let mut hasher = Sha256::new();
    for number in [row.store_id.0, row.id, row.object_id.unwrap_or(-1), row.at] {
        hasher.update(number.to_be_bytes());
    }
    let texts = [
        Some(&row.previous_hash),
        Some(&row.object_kind),
        Some(&row.action),
        Some(&row.actor_kind),
        Some(&row.actor_id),
        Some(&row.actor_name),
        row.actor_email.as_ref(),
        Some(&row.changes),
        row.request_id.as_ref(),
    ];
    for text in texts {
        // The length stands before each text, so that no two rows read the same.
        let length = text.map_or(u64::MAX, |text| text.len() as u64);
        hasher.update(length.to_be_bytes());
        hasher.update(text.map_or("", String::as_str).as_bytes());
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Going through a store's log: does every row still say what was recorded, and is none missing?

use super::{SEQUENCE, chain};
use crate::activity::store;
use crate::platform::db::Connection;
use crate::platform::http::Problem;
use crate::platform::ids::{StoreId, last_id};

/// How many rows are looked at in one go.
const PAGE: u64 = 5_000;

/// The first row that is not as it was recorded, or does not fit to the one before it; nothing when all is well. What
/// stands after it cannot be judged.
///
/// Errors: the database's.
pub async fn verify<C: Connection>(db: &C, store: StoreId) -> Result<Vec<String>, Problem> {
    let (mut last, mut head) = (0, String::new());
    loop {
        let rows = store::after(db, store, last, PAGE).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let wrong = match row.id == last + 1 && row.previous_hash == head {
                false => Some("does not follow the row before it: one was changed, added or removed"),
                true if chain::hash(&row) != row.hash => Some("was changed: its hash is another"),
                true => None,
            };
            if let Some(wrong) = wrong {
                return Ok(vec![format!("row {} {wrong}", row.id)]);
            }
            (last, head) = (row.id, row.hash);
        }
    }
    let given_out = last_id(db, store, SEQUENCE).await?;
    if given_out != last {
        return Ok(vec![format!("the last row is {last}, but {given_out} were recorded")]);
    }
    Ok(Vec::new())
}

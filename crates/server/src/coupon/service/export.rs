//! The codes of a promotion, page by page, for files.

use jiff::Timestamp;

use super::super::store;
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::redemption;

/// Codes read at once: enough for the reading to be fast, few enough for memory to stay flat.
const PAGE: u64 = 10_000;

/// What a file says of a code.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Its id.
    pub id: i64,
    /// As it was written when it was made.
    pub code: String,
    /// How often it may be used; 0 is without limit.
    pub max_uses: i64,
    /// How often one customer may use it; 0 is without limit.
    pub max_uses_per_customer: i64,
    /// Completed checkouts in which it was used.
    pub current_uses: u64,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it can be used.
    pub start: Option<Timestamp>,
    /// From when on it cannot be used.
    pub end: Option<Timestamp>,
}

/// The next codes of a promotion after this id; empty at the end.
pub async fn export(
    app: &AppState,
    store: StoreId,
    promotion: i64,
    after: i64,
) -> Result<Vec<Exported>, Problem> {
    let rows = store::export(app.db.read(), store, promotion, after, PAGE).await?;
    let codes: Vec<(i64, i64)> = rows.iter().map(|row| (promotion, row.id)).collect();
    let uses = redemption::service::facts::uses_of_codes(app.db.read(), store, &codes).await?;
    let exported = rows.into_iter().map(|row| Exported {
        id: row.id,
        code: row.code,
        max_uses: row.max_uses.unwrap_or(0),
        max_uses_per_customer: row.max_uses_per_customer.unwrap_or(0),
        current_uses: uses.get(&row.id).copied().unwrap_or(0),
        created: from_milliseconds(row.created_at),
        start: row.starts_at.map(from_milliseconds),
        end: row.ends_at.map(from_milliseconds),
    });
    Ok(exported.collect())
}

//! Codes as lines of a file, made while it is sent.

use axum::body::Bytes;
use futures_util::stream::{Stream, try_unfold};
use jiff::Timestamp;

use super::service::{Exported, export};
use crate::app::AppState;
use crate::platform::http::csv;
use crate::platform::ids::StoreId;

/// The columns, in their order; the import knows them all.
pub(super) const COLUMNS: [&str; 8] =
    ["id", "code", "max_uses", "max_uses_per_customer", "current_uses", "created_at", "starts_at", "ends_at"];

/// What is sent next: the names of the columns, or the codes after this id.
enum Place {
    Head,
    After(i64),
}

/// The file of a promotion's codes.
pub(super) fn stream(
    app: AppState,
    store: StoreId,
    promotion: i64,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    try_unfold(Place::Head, move |place| {
        let app = app.clone();
        async move {
            let after = match place {
                Place::Head => return Ok(Some((csv::lines([COLUMNS.map(str::to_owned)])?, Place::After(0)))),
                Place::After(id) => id,
            };
            let codes = export(&app, store, promotion, after).await.map_err(csv::cut_off)?;
            let Some(last) = codes.last().map(|code| code.id) else { return Ok(None) };
            Ok(Some((csv::lines(codes.into_iter().map(cells))?, Place::After(last))))
        }
    })
}

fn cells(code: Exported) -> [String; 8] {
    let instant = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    [
        code.id.to_string(),
        csv::as_text(code.code),
        code.max_uses.to_string(),
        code.max_uses_per_customer.to_string(),
        code.current_uses.to_string(),
        code.created.to_string(),
        instant(code.start),
        instant(code.end),
    ]
}

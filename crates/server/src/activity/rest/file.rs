//! The log as lines of a file, made while it is sent.

use std::io;

use axum::body::Bytes;
use futures_util::stream::{Stream, try_unfold};

use crate::activity::service::{self, Recorded, Wanted};
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::http::{Problem, csv};
use crate::platform::ids::StoreId;

const COLUMNS: [&str; 12] = [
    "id",
    "at",
    "object_kind",
    "object_id",
    "action",
    "actor_kind",
    "actor_id",
    "actor_name",
    "actor_email",
    "changes",
    "request_id",
    "hash",
];

/// Rows read at once.
const PAGE: u64 = 1_000;

/// What is sent next: the names of the columns, or the rows before this id, all of them without one.
enum Place {
    Head,
    Before(Option<i64>),
}

/// The file of the rows that are wanted, the newest first.
pub(super) fn stream(
    app: AppState,
    store: StoreId,
    wanted: Wanted,
) -> impl Stream<Item = Result<Bytes, io::Error>> {
    try_unfold(Place::Head, move |place| {
        let (app, wanted) = (app.clone(), wanted.clone());
        async move {
            let before = match place {
                Place::Head => {
                    return Ok(Some((csv::lines([COLUMNS.map(str::to_owned)])?, Place::Before(None))));
                }
                Place::Before(id) => id,
            };
            let rows =
                service::list(app.db.read(), store, &wanted, before, PAGE).await.map_err(csv::cut_off)?;
            let Some(last) = rows.last().map(|row| row.id) else { return Ok(None) };
            let lines =
                rows.into_iter().map(cells).collect::<Result<Vec<_>, Problem>>().map_err(csv::cut_off)?;
            Ok(Some((csv::lines(lines)?, Place::Before(Some(last)))))
        }
    })
}

fn cells(it: Recorded) -> Result<[String; 12], Problem> {
    let (actor_kind, actor_id, actor_name, actor_email) = it.actor;
    Ok([
        it.id.to_string(),
        from_milliseconds(it.at).to_string(),
        it.object_kind,
        it.object_id.map(|id| id.to_string()).unwrap_or_default(),
        it.action,
        actor_kind,
        csv::as_text(actor_id),
        csv::as_text(actor_name),
        csv::as_text(actor_email.unwrap_or_default()),
        serde_json::to_string(&it.changes).map_err(Problem::internal)?,
        csv::as_text(it.request_id.unwrap_or_default()),
        it.hash,
    ])
}

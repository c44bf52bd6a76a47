//! Writing down what there is to tell, with what happened.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Event, Wanted};
use crate::activity::service::Recorded;
use crate::activity::{Action, Kind};
use crate::platform::db::Transaction;
use crate::platform::db::bulk::Rows;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::settings;
use crate::webhook::store::{self, EventRow};

/// Writes an event into the outbox, if any endpoint of the store wants it, inside the transaction of what happened.
///
/// Errors: the database's.
pub async fn emit(
    tx: &Transaction,
    store: StoreId,
    event: Event,
    data: Value,
    now: Timestamp,
) -> Result<(), Problem> {
    if !wanted(tx, store).await?.has(event) {
        return Ok(());
    }
    Ok(store::insert_event(tx, event_row(store, event, &data, now)).await?)
}

/// The same for a change that was just recorded in the activity log; `object` is what it is now.
///
/// Errors: the database's.
pub async fn emit_change(
    tx: &Transaction,
    store: StoreId,
    (kind, action): (Kind, Action),
    object: Option<Value>,
    recorded: &Recorded,
    now: Timestamp,
) -> Result<(), Problem> {
    let Some(event) = Event::of(kind, action) else { return Ok(()) };
    if !wanted(tx, store).await?.has(event) {
        return Ok(());
    }
    let (actor_kind, id, name, email) = &recorded.actor;
    let data = json!({
        "object_kind": kind.name(),
        "object_id": recorded.object_id,
        "object": object,
        "activity_id": recorded.id,
        "actor": {"kind": actor_kind, "id": id, "name": name, "email": email},
        "changes": recorded.changes,
    });
    Ok(store::insert_event(tx, event_row(store, event, &data, now)).await?)
}

/// The row of an event, for what is written together with others. The caller has seen that it is wanted.
pub fn row(store: StoreId, event: Event, data: &Value, now: Timestamp) -> Rows {
    store::event_rows(event_row(store, event, data, now))
}

async fn wanted(tx: &Transaction, store: StoreId) -> Result<Wanted, Problem> {
    Ok(settings::service::get(tx, store).await?.webhook_events)
}

pub(super) fn event_row(store_id: StoreId, event: Event, data: &Value, now: Timestamp) -> EventRow {
    let payload = json!({"type": event.name(), "timestamp": now.to_string(), "data": data});
    EventRow {
        store_id,
        id: Uuid::now_v7().to_string(),
        kind: event.name().to_owned(),
        payload: payload.to_string(),
        is_handed_on: false,
        created_at: now.as_millisecond(),
    }
}

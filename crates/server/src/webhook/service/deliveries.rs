//! What became of deliveries, and sending again.

use jiff::Timestamp;
use std::collections::HashMap;

use super::deliver::{add_delivery, message_id};
use super::outbox::event_row;
use super::{Event, Wanted, example};
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::db::Connection;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::webhook::store::{self, DeliveryRow, WebhookRow};

/// Events that are sent again by one request.
const REPLAYED_MAX: u64 = 1_000;

/// A delivery as it is told.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id.
    pub id: i64,
    /// What the receiver knows the message by.
    pub message: String,
    /// The name of the event.
    pub event: String,
    /// `waiting`, `delivered`, `failed` or `polled`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next, if it waits.
    pub next_attempt: Option<Timestamp>,
    /// The status of the last answer.
    pub response_status: Option<i64>,
    /// The beginning of the last answer.
    pub response_body: Option<String>,
    /// How long the last attempt took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// What went wrong last.
    pub error: Option<String>,
    /// When it came through or was given up.
    pub finished: Option<Timestamp>,
    /// When it was made.
    pub created: Timestamp,
}

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        let is_waiting = row.state == "waiting";
        Self {
            id: row.id,
            message: format!("evt_{}_{}", row.store_id, row.event_id),
            event: row.kind,
            state: row.state,
            attempts: row.attempts,
            next_attempt: is_waiting.then(|| from_milliseconds(row.next_attempt_at)),
            response_status: row.response_status,
            response_body: row.response_body,
            duration_ms: row.duration_ms,
            error: row.error,
            finished: row.finished_at.map(from_milliseconds),
            created: from_milliseconds(row.created_at),
        }
    }
}

/// What is sent, for an endpoint that asks itself.
#[derive(Clone, Debug)]
pub struct Message {
    /// The delivery; those after it are asked for by this.
    pub id: i64,
    /// What the receiver knows the message by.
    pub message: String,
    /// What is sent, byte for byte.
    pub payload: String,
}

/// The newest deliveries to an endpoint, in one state when told, before this id when given.
///
/// Errors: no such endpoint.
pub async fn deliveries<C: Connection>(
    db: &C,
    store: StoreId,
    webhook: i64,
    part: (Option<&str>, Option<i64>),
    fetch: u64,
) -> Result<Vec<Delivery>, Problem> {
    super::get(db, store, webhook).await?;
    Ok(store::deliveries(db, store, webhook, part, fetch).await?.into_iter().map(Delivery::from).collect())
}

/// What there is for an endpoint after a delivery, the oldest first.
///
/// Errors: no such endpoint.
pub async fn messages<C: Connection>(
    db: &C,
    store: StoreId,
    webhook: i64,
    after: i64,
    fetch: u64,
) -> Result<Vec<Message>, Problem> {
    super::get(db, store, webhook).await?;
    let rows = store::deliveries_after(db, store, webhook, after, fetch).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.event_id.clone()).collect();
    let events = store::events(db, store, &ids).await?;
    let events: HashMap<&str, _> = events.iter().map(|event| (event.id.as_str(), event)).collect();
    let message = |row: &DeliveryRow| {
        let event = events.get(row.event_id.as_str())?;
        Some(Message { id: row.id, message: message_id(event), payload: event.payload.clone() })
    };
    Ok(rows.iter().filter_map(message).collect())
}

/// Sends a delivery's event to its endpoint again, as a delivery of its own with the same message id.
///
/// Errors: no such endpoint or delivery; its event is no longer kept.
pub async fn replay(app: &AppState, store: StoreId, webhook: i64, id: i64) -> Result<Delivery, Problem> {
    let now = app.clock.now().as_millisecond();
    let replayed = app.db.write(move |tx| {
        Box::pin(async move {
            let endpoint = endpoint(tx, store, webhook).await?;
            let missing = || Problem::not_found("delivery", id);
            let row = store::delivery(tx, store, id).await?.filter(|row| row.webhook_id == webhook);
            let row = row.ok_or_else(missing)?;
            let event = store::event(tx, store, &row.event_id).await?.ok_or_else(missing)?;
            let id = add_delivery(tx, &event, &endpoint, now).await?;
            let row = store::delivery(tx, store, id).await?.ok_or_else(missing)?;
            Ok::<_, Problem>(Delivery::from(row))
        })
    });
    replayed.await
}

/// Sends everything to an endpoint again that it wants and that happened since an instant, at most a thousand events; tells
/// how many, and from when on there is more.
///
/// Errors: no such endpoint.
pub async fn replay_since(
    app: &AppState,
    store: StoreId,
    webhook: i64,
    since: Timestamp,
) -> Result<(usize, Option<Timestamp>), Problem> {
    let now = app.clock.now().as_millisecond();
    let replayed = app.db.write(move |tx| {
        Box::pin(async move {
            let endpoint = endpoint(tx, store, webhook).await?;
            let wants = Wanted::read(&endpoint.events);
            let mut found = store::events_since(tx, store, since.as_millisecond(), REPLAYED_MAX + 1).await?;
            let most = usize::try_from(REPLAYED_MAX).unwrap_or(usize::MAX);
            let next = found.get(most).map(|event| from_milliseconds(event.created_at));
            found.truncate(most);
            let is_wanted = |kind: &str| Wanted::parse([kind]).is_some_and(|it| wants.and(it) == wants);
            found.retain(|event| is_wanted(&event.kind));
            for event in &found {
                add_delivery(tx, event, &endpoint, now).await?;
            }
            Ok::<_, Problem>((found.len(), next))
        })
    });
    replayed.await
}

/// Sends an example of an event to an endpoint, whatever it wants.
///
/// Errors: no such endpoint.
pub async fn send_example(
    app: &AppState,
    store: StoreId,
    webhook: i64,
    event: Event,
) -> Result<Delivery, Problem> {
    let now = app.clock.now();
    let sent = app.db.write(move |tx| {
        Box::pin(async move {
            let endpoint = endpoint(tx, store, webhook).await?;
            let mut row = event_row(store, event, &example(event), now);
            row.is_handed_on = true;
            store::insert_event(tx, row.clone()).await?;
            let id = add_delivery(tx, &row, &endpoint, now.as_millisecond()).await?;
            let row = store::delivery(tx, store, id).await?;
            row.map(Delivery::from).ok_or_else(|| Problem::not_found("delivery", id))
        })
    });
    sent.await
}

async fn endpoint<C: Connection>(db: &C, store: StoreId, id: i64) -> Result<WebhookRow, Problem> {
    store::webhook(db, store, id).await?.ok_or_else(|| Problem::not_found("webhook", id))
}

//! The worker's part: deliveries are made of events, and tried until they come through or are given up.

use std::collections::BTreeMap;
use std::time::Instant;

use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use engine::delivery::next_attempt;
use futures_util::future::join_all;

use super::endpoint::{DISABLED, ENABLED, document, want_anew};
use super::{Wanted, place, sign};
use crate::activity::{self, Action, Author, Change, Kind, Object};
use crate::app::AppState;
use crate::platform::db::Transaction;
use crate::platform::egress::{Outgoing, Reply, SendError};
use crate::platform::http::Problem;
use crate::platform::ids::{StoreId, next_id};
use crate::settings;
use crate::webhook::store::{self, DeliveryRow, EventRow, WebhookRow};

/// For how long other nodes leave a delivery alone that one is trying.
const LEASE_MS: i64 = 60_000;
/// Deliveries that are tried together.
const AT_ONCE: u64 = 32;
/// How much of an answer is kept.
const KEPT: usize = 1024;
/// An endpoint to which nothing came through for so long is disabled.
const HOPELESS_MS: i64 = 5 * 24 * 60 * 60 * 1000;
/// How long events and deliveries are kept.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Makes deliveries of new events, one for each endpoint that wants it, and tells how many events there were.
///
/// Errors: the database's.
pub async fn hand_on(app: &AppState) -> Result<usize, Problem> {
    let new = store::new_events(app.db.read(), 100).await?;
    let count = new.len();
    for event in new {
        let now = app.clock.now().as_millisecond();
        let handed = app.db.write(move |tx| {
            Box::pin(async move {
                if !store::hand_on(tx, event.store_id, &event.id).await? {
                    return Ok(());
                }
                for webhook in store::webhooks(tx, event.store_id).await? {
                    let wanted = Wanted::parse([event.kind.as_str()]).unwrap_or_default();
                    let wants = Wanted::read(&webhook.events);
                    if webhook.status == ENABLED && wants.and(wanted) == wants {
                        add_delivery(tx, &event, &webhook, now).await?;
                    }
                }
                Ok::<_, Problem>(())
            })
        });
        handed.await?;
    }
    Ok(count)
}

/// Keeps a delivery that is due at once, or is asked for by the endpoint itself; gives its id.
pub(super) async fn add_delivery(
    tx: &Transaction,
    event: &EventRow,
    webhook: &WebhookRow,
    now: i64,
) -> Result<i64, Problem> {
    let id = next_id(tx, event.store_id, "webhook_delivery", 1).await?;
    let state = if webhook.url.is_some() { "waiting" } else { "polled" };
    let row = DeliveryRow {
        store_id: event.store_id,
        id,
        webhook_id: webhook.id,
        event_id: event.id.clone(),
        kind: event.kind.clone(),
        state: state.to_owned(),
        attempts: 0,
        next_attempt_at: now,
        response_status: None,
        response_body: None,
        duration_ms: None,
        error: None,
        finished_at: None,
        created_at: now,
    };
    store::insert_delivery(tx, row).await?;
    Ok(id)
}

/// Tries what is due, and tells how many deliveries were looked at.
///
/// Errors: the database's. That something did not come through is noted with it.
pub async fn deliver_due(app: &AppState) -> Result<usize, Problem> {
    let due = store::due(app.db.read(), app.clock.now().as_millisecond(), AT_ONCE).await?;
    let count = due.len();
    // To one endpoint in the order in which things happened, as far as all comes through; to all endpoints at once.
    let mut by_endpoint: BTreeMap<(StoreId, i64), Vec<DeliveryRow>> = BTreeMap::new();
    for row in due {
        by_endpoint.entry((row.store_id, row.webhook_id)).or_default().push(row);
    }
    let tried = join_all(by_endpoint.into_values().map(|rows| deliver_in_order(app, rows))).await;
    tried.into_iter().collect::<Result<Vec<()>, Problem>>()?;
    Ok(count)
}

async fn deliver_in_order(app: &AppState, rows: Vec<DeliveryRow>) -> Result<(), Problem> {
    for row in rows {
        deliver(app, row).await?;
    }
    Ok(())
}

async fn deliver(app: &AppState, row: DeliveryRow) -> Result<(), Problem> {
    // Taken for this node, for one attempt; another may have been quicker.
    let next_attempt_at = app.clock.now().as_millisecond() + LEASE_MS;
    let taken = DeliveryRow { attempts: row.attempts + 1, next_attempt_at, ..row.clone() };
    if !keep(app, row, taken.clone()).await? {
        return Ok(());
    }
    let (db, store) = (app.db.read(), taken.store_id);
    let webhook = store::webhook(db, store, taken.webhook_id).await?;
    let event = store::event(db, store, &taken.event_id).await?;
    let (Some(webhook), Some(event)) = (webhook, event) else {
        return give_up(app, taken, "the webhook or the event was deleted").await;
    };
    if webhook.status != ENABLED {
        return give_up(app, taken, "the webhook is disabled").await;
    }
    let begun = Instant::now();
    let answer = attempt(app, &webhook, &event).await;
    let duration = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    note(app, taken, &webhook, answer, duration).await
}

async fn give_up(app: &AppState, row: DeliveryRow, error: &str) -> Result<(), Problem> {
    let finished_at = Some(app.clock.now().as_millisecond());
    let ended =
        DeliveryRow { state: "failed".to_owned(), error: Some(error.to_owned()), finished_at, ..row.clone() };
    keep(app, row, ended).await.map(|_| ())
}

async fn keep(app: &AppState, before: DeliveryRow, changed: DeliveryRow) -> Result<bool, Problem> {
    let kept = app.db.write(move |tx| {
        Box::pin(async move { Ok::<_, Problem>(store::update_delivery(tx, &before, changed).await?) })
    });
    kept.await
}

async fn attempt(app: &AppState, webhook: &WebhookRow, event: &EventRow) -> Result<Reply, String> {
    let url = webhook.url.clone().ok_or("the webhook has no address")?;
    let now = app.clock.now();
    let (id, seconds) = (message_id(event), now.as_second());
    let previous = webhook
        .previous_secret
        .as_ref()
        .filter(|_| webhook.previous_until.is_some_and(|until| now.as_millisecond() < until));
    let place = place(webhook.store_id, webhook.id);
    let signatures: Option<Vec<String>> = std::iter::once(&webhook.secret)
        .chain(previous)
        .map(|sealed| sign(&app.secret.open(&place, sealed)?, &id, seconds, &event.payload))
        .collect();
    let signatures =
        signatures.ok_or("its secret cannot be opened: the server's secret is another one now")?;
    let mut headers = HeaderMap::new();
    let values = [
        ("webhook-id", id),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ];
    for (name, value) in values {
        let value = HeaderValue::from_str(&value).map_err(|error| error.to_string())?;
        headers.insert(HeaderName::from_static(name), value);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("Largesse/", env!("CARGO_PKG_VERSION"))));
    let outgoing = Outgoing { method: Method::POST, url, headers, body: event.payload.clone() };
    app.egress.send(outgoing, KEPT).await.map_err(|error: SendError| error.to_string())
}

/// By what a receiver knows that it has a message already: the same in every attempt and replay.
pub(super) fn message_id(event: &EventRow) -> String {
    format!("evt_{}_{}", event.store_id, event.id)
}

/// Writes down how an attempt ended, and what that means for the endpoint.
async fn note(
    app: &AppState,
    row: DeliveryRow,
    webhook: &WebhookRow,
    answer: Result<Reply, String>,
    duration: i64,
) -> Result<(), Problem> {
    let now = app.clock.now();
    let at = now.as_millisecond();
    let mut changed = DeliveryRow { duration_ms: Some(duration), error: None, ..row.clone() };
    let is_delivered = match answer {
        Ok(Reply { status, body }) => {
            changed.response_status = Some(status.into());
            // PostgreSQL has no U+0000.
            changed.response_body = Some(String::from_utf8_lossy(&body).replace('\0', "\u{fffd}"));
            if !(200..300).contains(&status) {
                changed.error = Some(format!("it answered with the status {status}"));
            }
            (200..300).contains(&status)
        }
        Err(error) => {
            (changed.response_status, changed.response_body) = (None, None);
            changed.error = Some(error);
            false
        }
    };
    let age = u32::try_from((at - row.created_at) / 1000).unwrap_or(0);
    let attempts = u32::try_from(row.attempts).unwrap_or(u32::MAX);
    match next_attempt(attempts, age, rand::random()).filter(|_| !is_delivered) {
        Some(seconds) => changed.next_attempt_at = at + i64::from(seconds) * 1000,
        None => {
            changed.state = if is_delivered { "delivered" } else { "failed" }.to_owned();
            changed.finished_at = Some(at);
        }
    }
    let since = if is_delivered { None } else { webhook.failing_since.or(Some(at)) };
    let is_hopeless = since.is_some_and(|since| at - since >= HOPELESS_MS);
    let has_turned = since != webhook.failing_since;
    let (store, id) = (row.store_id, webhook.id);
    let author = Author::system(store, now);
    let noted = app.db.write(move |tx| {
        Box::pin(async move {
            store::update_delivery(tx, &row, changed).await?;
            if has_turned {
                store::set_failing(tx, store, id, since).await?;
            }
            if is_hopeless {
                disable(tx, &author, id).await?;
            }
            Ok::<_, Problem>(())
        })
    });
    noted.await
}

/// Tells an endpoint nothing more to which nothing comes through.
async fn disable(tx: &Transaction, author: &Author, id: i64) -> Result<(), Problem> {
    let store = author.store;
    let Some(before) = store::webhook(tx, store, id).await? else { return Ok(()) };
    let reason = "every attempt of five days failed; see its deliveries, mend it, and enable it again";
    let after = WebhookRow {
        status: DISABLED.to_owned(),
        disabled_reason: Some(reason.to_owned()),
        updated_at: author.now.as_millisecond(),
        ..before.clone()
    };
    store::update_webhook(tx, after.clone()).await?;
    want_anew(tx, store).await?;
    let change = Change::new(Object::one(Kind::Webhook, id), Action::Updated);
    activity::record(tx, author, change.from(document(&before)).to(document(&after))).await
}

/// Forgets events and deliveries that ended thirty days ago.
///
/// Errors: the database's.
pub async fn clean_up(app: &AppState) -> Result<(), Problem> {
    let before = app.clock.now().as_millisecond() - KEPT_MS;
    let stores: Vec<StoreId> = settings::service::stores(app.db.read()).await?;
    for store in stores {
        let pruned = app.db.write(move |tx| {
            Box::pin(async move { Ok::<_, Problem>(store::prune(tx, store, before).await?) })
        });
        pruned.await?;
    }
    Ok(())
}

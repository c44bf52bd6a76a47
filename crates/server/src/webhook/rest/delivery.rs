//! What became of deliveries, sending again, and messages for those who ask themselves.

use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::May;
use crate::access::may::ManageSettings;
use crate::app::AppState;
use crate::platform::http::{Json, List, Page, Path, Problem, ProblemBody, Query};
use crate::webhook::service::{self, Delivery, Event};

/// A message on its way to an endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookDelivery {
    /// Its id.
    id: i64,
    /// The `webhook-id` of the message: the same in every attempt and replay, so that a receiver knows it again.
    message_id: String,
    /// The name of the event.
    #[schema(example = "order.placed")]
    event: String,
    /// `waiting` for an attempt, `delivered`, `failed` for good, or `polled` for an endpoint that asks itself.
    #[schema(example = "delivered")]
    state: String,
    /// How often it was tried.
    attempts: i64,
    /// When it is tried next; `null` unless it waits.
    next_attempt_at: Option<String>,
    /// The status of the last answer.
    response_status: Option<i64>,
    /// The first 1024 bytes of the last answer.
    response_body: Option<String>,
    /// How long the last attempt took, in milliseconds.
    duration_ms: Option<i64>,
    /// What went wrong in the last attempt; `null` when nothing did.
    error: Option<String>,
    /// When it came through, or was given up.
    finished_at: Option<String>,
    /// When it was made.
    created_at: String,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DeliveryState {
    /// It waits for an attempt.
    Waiting,
    /// It came through.
    Delivered,
    /// It was given up.
    Failed,
    /// It is for an endpoint that asks itself.
    Polled,
}

/// Which deliveries to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DeliveryQuery {
    /// How many to return, 1 to 250; 50 unless told.
    #[param(minimum = 1, maximum = 250, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// Only those that stand there.
    state: Option<DeliveryState>,
}

/// What is sent to an endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookMessage {
    /// The id of the delivery.
    id: i64,
    /// The `webhook-id` of the message.
    message_id: String,
    /// The body, byte for byte: it is what is signed.
    payload: String,
}

/// Messages, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookMessages {
    /// The messages; send the `id` of the last as `after_id` to get those after it.
    data: Vec<WebhookMessage>,
}

/// Which messages to give.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct MessageQuery {
    /// How many to return, 1 to 250; 50 unless told.
    #[param(minimum = 1, maximum = 250, default = 50)]
    limit: Option<u32>,
    /// Those after the message with this id; from the oldest on unless told.
    after_id: Option<i64>,
}

/// Which example to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookExample {
    /// The event to send an example of.
    event: Event,
}

/// From when on to send again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplaySince {
    /// What happened at this instant or later: RFC 3339. Events are kept for 30 days.
    #[schema(value_type = String, example = "2026-03-01T00:00:00Z")]
    since: Timestamp,
}

/// What is sent again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Replayed {
    /// How many messages.
    replayed: usize,
    /// From when on there is more, to be asked for next; `null` when that was all.
    more_since: Option<String>,
}

impl DeliveryState {
    fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Polled => "polled",
        }
    }
}

impl From<Delivery> for WebhookDelivery {
    fn from(it: Delivery) -> Self {
        Self {
            id: it.id,
            message_id: it.message,
            event: it.event,
            state: it.state,
            attempts: it.attempts,
            next_attempt_at: it.next_attempt.map(|at| at.to_string()),
            response_status: it.response_status,
            response_body: it.response_body,
            duration_ms: it.duration_ms,
            error: it.error,
            finished_at: it.finished.map(|at| at.to_string()),
            created_at: it.created.to_string(),
        }
    }
}

/// What became of the messages to an endpoint, the newest first. They are kept for 30 days.
#[utoipa::path(get, path = "/v1/webhooks/{id}/deliveries", tag = "webhooks", operation_id = "listWebhookDeliveries",
    security(("secret_key" = [ManageSettings])),
    params(("id" = i64, Path, description = "The endpoint's id."), DeliveryQuery),
    responses((status = 200, description = "A page of deliveries.", body = inline(List<WebhookDelivery>)),
              (status = 404, description = "There is no such endpoint.", body = ProblemBody)))]
pub(super) async fn list(
    caller: May<ManageSettings>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    Query(query): Query<DeliveryQuery>,
) -> Result<Json<List<WebhookDelivery>>, Problem> {
    let page: Page<i64> = Page::new(query.limit, query.after.as_deref())?;
    let part = (query.state.map(DeliveryState::name), page.after);
    let found = service::deliveries(app.db.read(), caller.store_id, id, part, page.fetch()).await?;
    Ok(Json(page.list(found, |it| it.id, WebhookDelivery::from)))
}

/// What there is for an endpoint, the oldest first: for those who ask instead of being told.
#[utoipa::path(get, path = "/v1/webhooks/{id}/messages", tag = "webhooks", operation_id = "listWebhookMessages",
    security(("secret_key" = [ManageSettings])),
    params(("id" = i64, Path, description = "The endpoint's id."), MessageQuery),
    responses((status = 200, description = "The next messages; none when there are no more.", body = WebhookMessages),
              (status = 404, description = "There is no such endpoint.", body = ProblemBody)))]
pub(super) async fn messages(
    caller: May<ManageSettings>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    Query(query): Query<MessageQuery>,
) -> Result<Json<WebhookMessages>, Problem> {
    let page: Page<i64> = Page::new(query.limit, None)?;
    let (store, after) = (caller.store_id, query.after_id.unwrap_or(0));
    let found = service::messages(app.db.read(), store, id, after, u64::from(page.limit)).await?;
    let show =
        |it: service::Message| WebhookMessage { id: it.id, message_id: it.message, payload: it.payload };
    Ok(Json(WebhookMessages { data: found.into_iter().map(show).collect() }))
}

/// Sends the message of a delivery again, with the same `webhook-id`.
#[utoipa::path(post, path = "/v1/webhooks/{id}/deliveries/{delivery_id}/replay", tag = "webhooks",
    operation_id = "replayWebhookDelivery", security(("secret_key" = [ManageSettings])),
    params(("id" = i64, Path, description = "The endpoint's id."),
           ("delivery_id" = i64, Path, description = "The delivery's id.")),
    responses((status = 202, description = "The new delivery.", body = WebhookDelivery),
              (status = 404, description = "There is no such delivery.", body = ProblemBody)))]
pub(super) async fn replay(
    caller: May<ManageSettings>,
    State(app): State<AppState>,
    Path((id, delivery)): Path<(i64, i64)>,
) -> Result<(StatusCode, Json<WebhookDelivery>), Problem> {
    let replayed = service::replay(&app, caller.store_id, id, delivery).await?;
    Ok((StatusCode::ACCEPTED, Json(replayed.into())))
}

/// Sends everything again that the endpoint wants and that happened since an instant, with the same `webhook-id`s, of at
/// most 1000 events at once.
#[utoipa::path(post, path = "/v1/webhooks/{id}/replay", tag = "webhooks", operation_id = "replayWebhook",
    security(("secret_key" = [ManageSettings])), request_body = ReplaySince,
    params(("id" = i64, Path, description = "The endpoint's id.")),
    responses((status = 202, description = "How many are sent.", body = Replayed),
              (status = 404, description = "There is no such endpoint.", body = ProblemBody)))]
pub(super) async fn replay_since(
    caller: May<ManageSettings>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    Json(body): Json<ReplaySince>,
) -> Result<(StatusCode, Json<Replayed>), Problem> {
    let (replayed, more) = service::replay_since(&app, caller.store_id, id, body.since).await?;
    Ok((StatusCode::ACCEPTED, Json(Replayed { replayed, more_since: more.map(|at| at.to_string()) })))
}

/// Sends an example of an event to an endpoint, whatever it wants.
#[utoipa::path(post, path = "/v1/webhooks/{id}/test", tag = "webhooks", operation_id = "testWebhook",
    security(("secret_key" = [ManageSettings])), request_body = WebhookExample,
    params(("id" = i64, Path, description = "The endpoint's id.")),
    responses((status = 202, description = "The delivery.", body = WebhookDelivery),
              (status = 404, description = "There is no such endpoint.", body = ProblemBody)))]
pub(super) async fn test(
    caller: May<ManageSettings>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    Json(body): Json<WebhookExample>,
) -> Result<(StatusCode, Json<WebhookDelivery>), Problem> {
    let sent = service::send_example(&app, caller.store_id, id, body.event).await?;
    Ok((StatusCode::ACCEPTED, Json(sent.into())))
}

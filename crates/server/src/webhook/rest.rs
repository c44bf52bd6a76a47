//! `/v1/webhooks`: whom to tell what, and what became of it.

mod delivery;
mod endpoint;

use axum::routing::{get, post};
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::service::{Event, example, schema};
use crate::access::May;
use crate::access::may::ManageSettings;
use crate::app::AppState;
use crate::platform::http::{Feature, Json};

#[derive(OpenApi)]
#[openapi(
    paths(
        endpoint::list, endpoint::create, endpoint::read, endpoint::change, endpoint::delete, endpoint::roll,
        delivery::list, delivery::messages, delivery::replay, delivery::replay_since, delivery::test, events
    ),
    components(schemas(
        endpoint::Webhook, endpoint::MadeWebhook, endpoint::NewWebhook, endpoint::WebhookChange,
        endpoint::WebhookStatus, delivery::WebhookDelivery, delivery::DeliveryState, delivery::WebhookMessage, delivery::WebhookMessages,
        delivery::WebhookExample, delivery::ReplaySince, delivery::Replayed, super::service::Event
    )),
    tags((name = "webhooks", description = "Other systems are told what happened, signed, at least once."))
)]
struct Documentation;

/// The webhook feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("webhook", Documentation::openapi())
        .route("/v1/webhooks", get(endpoint::list).post(endpoint::create))
        .route("/v1/webhooks/events", get(events))
        .route("/v1/webhooks/{id}", get(endpoint::read).patch(endpoint::change).delete(endpoint::delete))
        .route("/v1/webhooks/{id}/roll-secret", post(endpoint::roll))
        .route("/v1/webhooks/{id}/test", post(delivery::test))
        .route("/v1/webhooks/{id}/deliveries", get(delivery::list))
        .route("/v1/webhooks/{id}/deliveries/{delivery_id}/replay", post(delivery::replay))
        .route("/v1/webhooks/{id}/messages", get(delivery::messages))
        .route("/v1/webhooks/{id}/replay", post(delivery::replay_since))
}

/// The catalogue of events: what each means, the JSON Schema of what is sent, and an example.
#[utoipa::path(get, path = "/v1/webhooks/events", tag = "webhooks", operation_id = "listWebhookEvents",
    security(("secret_key" = [ManageSettings])),
    responses((status = 200, description = "All events, as `data`: `type`, `description`, `schema`, `example`.",
               body = serde_json::Value)))]
async fn events(_: May<ManageSettings>) -> Json<Value> {
    let told = |event: &Event| json!({"type": event, "description": event.text(), "schema": schema(*event), "example": example(*event)});
    Json(json!({"data": Event::ALL.iter().map(told).collect::<Vec<_>>()}))
}

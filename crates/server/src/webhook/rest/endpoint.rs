//! Endpoints: make, look at, change and delete them, and give them new secrets.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::May;
use crate::access::may::ManageSettings;
use crate::activity::Author;
use crate::app::AppState;
use crate::platform::http::{Errors, Json, List, Path, Problem, ProblemBody};
use crate::webhook::service::{self, Endpoint, EndpointChange, NewEndpoint, Wanted};

/// An endpoint that is told what happens.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Webhook {
    /// Its id.
    id: i64,
    /// Where to; `null` for one that asks for its messages itself, at `/v1/webhooks/{id}/messages`.
    #[schema(example = "https://example.com/hooks")]
    url: Option<String>,
    /// The names of the events that it wants; `*` for all, also those that come later.
    #[schema(example = json!(["order.placed", "promotion.activated"]))]
    events: Vec<&'static str>,
    /// What people say of it.
    description: String,
    /// Whether it is told anything.
    status: WebhookStatus,
    /// Why the server disabled it; `null` when it did not.
    disabled_reason: Option<String>,
    /// Since when nothing has come through; `null` when the last delivery did.
    failing_since: Option<String>,
    /// Until when messages are signed with the secret before too.
    previous_secret_until: Option<String>,
    /// When it was made.
    created_at: String,
    /// When it was last changed.
    updated_at: String,
}

/// Whether an endpoint is told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WebhookStatus {
    /// It is told what it wants.
    Enabled,
    /// It is told nothing.
    Disabled,
}

/// An endpoint with its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeWebhook {
    /// What messages are signed with, as Standard Webhooks says. It is shown now, and never again.
    #[schema(example = "whsec_…")]
    secret: String,
    /// What is known of it.
    #[serde(flatten)]
    about: Webhook,
}

/// An endpoint to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWebhook {
    /// Where to: HTTPS, on port 443 or 8443, at a public address. Left out for one that asks for its messages itself.
    #[schema(example = "https://example.com/hooks")]
    url: Option<String>,
    /// The names of the events that it wants, or `*` alone.
    #[schema(example = json!(["*"]))]
    events: Vec<String>,
    /// What people say of it, up to 250 characters.
    #[serde(default)]
    description: String,
}

/// What to change of an endpoint; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookChange {
    /// Where to: HTTPS, on port 443 or 8443, at a public address.
    url: Option<String>,
    /// The names of the events that it wants, or `*` alone.
    events: Option<Vec<String>>,
    /// What people say of it, up to 250 characters.
    description: Option<String>,
    /// Whether it is told anything.
    status: Option<WebhookStatus>,
}

impl From<Endpoint> for Webhook {
    fn from(it: Endpoint) -> Self {
        Self {
            id: it.id,
            url: it.url,
            events: it.events.names(),
            description: it.description,
            status: if it.is_enabled { WebhookStatus::Enabled } else { WebhookStatus::Disabled },
            disabled_reason: it.disabled_reason,
            failing_since: it.failing_since.map(|at| at.to_string()),
            previous_secret_until: it.previous_secret_until.map(|at| at.to_string()),
            created_at: it.created.to_string(),
            updated_at: it.updated.to_string(),
        }
    }
}

fn wanted(names: &[String], errors: &mut Errors) -> Wanted {
    if names.is_empty() {
        errors.report("/events", "required", "must name an event, or be `[\"*\"]`");
    }
    let mut all = Wanted::default();
    for (index, name) in names.iter().enumerate() {
        match Wanted::parse([name.as_str()]) {
            Some(wanted) => all = all.and(wanted),
            None => {
                let message = format!("`{name}` is no event; `/v1/webhooks/events` lists them");
                errors.report(format!("/events/{index}"), "unknown_value", message);
            }
        }
    }
    all
}

fn check_description(text: &str, errors: &mut Errors) {
    errors.text_or_empty("/description", text);
}

/// The endpoints of the store, the oldest first.
#[utoipa::path(get, path = "/v1/webhooks", tag = "webhooks", operation_id = "listWebhooks",
    security(("secret_key" = [ManageSettings])),
    responses((status = 200, description = "All of them, at most 50.", body = inline(List<Webhook>))))]
pub(super) async fn list(
    caller: May<ManageSettings>,
    State(app): State<AppState>,
) -> Result<Json<List<Webhook>>, Problem> {
    let endpoints = service::list(app.db.read(), caller.store_id).await?;
    Ok(Json(List { data: endpoints.into_iter().map(Webhook::from).collect(), next_cursor: None }))
}

/// Makes an endpoint. Its secret is in this answer, and nowhere else.
#[utoipa::path(post, path = "/v1/webhooks", tag = "webhooks", operation_id = "createWebhook",
    security(("secret_key" = [ManageSettings])), request_body = NewWebhook,
    responses((status = 201, description = "The endpoint, with its secret.", body = MadeWebhook),
              (status = 422, description = "The address is not gone to, or an event does not exist.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn create(
    caller: May<ManageSettings>,
    State(app): State<AppState>,
    Json(new): Json<NewWebhook>,
) -> Result<(StatusCode, Json<MadeWebhook>), Problem> {
    let mut errors = Errors::default();
    let events = wanted(&new.events, &mut errors);
    check_description(&new.description, &mut errors);
    errors.finish()?;
    let new = NewEndpoint { url: new.url, events, description: new.description };
    let (made, secret) = service::create(&app, &Author::of(&caller, app.clock.now()), new).await?;
    Ok((StatusCode::CREATED, Json(MadeWebhook { secret, about: made.into() })))
}

/// One endpoint.
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "webhooks", operation_id = "getWebhook",
    security(("secret_key" = [ManageSettings])), params(("id" = i64, Path, description = "The endpoint's id.")),
    responses((status = 200, description = "The endpoint.", body = Webhook),
              (status = 404, description = "There is none with this id.", body = ProblemBody)))]
pub(super) async fn read(
    caller: May<ManageSettings>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<Webhook>, Problem> {
    Ok(Json(service::get(app.db.read(), caller.store_id, id).await?.into()))
}

/// Changes an endpoint. Enabling one that the server disabled gives it another chance.
#[utoipa::path(patch, path = "/v1/webhooks/{id}", tag = "webhooks", operation_id = "changeWebhook",
    security(("secret_key" = [ManageSettings])), request_body = WebhookChange,
    params(("id" = i64, Path, description = "The endpoint's id.")),
    responses((status = 200, description = "The endpoint as it is now.", body = Webhook),
              (status = 404, description = "There is none with this id.", body = ProblemBody),
              (status = 422, description = "The address is not gone to, or an event does not exist.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn change(
    caller: May<ManageSettings>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    Json(change): Json<WebhookChange>,
) -> Result<Json<Webhook>, Problem> {
    let mut errors = Errors::default();
    let events = change.events.as_deref().map(|names| wanted(names, &mut errors));
    check_description(change.description.as_deref().unwrap_or_default(), &mut errors);
    errors.finish()?;
    let is_enabled = change.status.map(|status| status == WebhookStatus::Enabled);
    let change = EndpointChange { url: change.url, events, description: change.description, is_enabled };
    let author = Author::of(&caller, app.clock.now());
    Ok(Json(service::update(&app, &author, id, change).await?.into()))
}

/// Deletes an endpoint: it is told nothing more, also not what was to be tried again.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", tag = "webhooks", operation_id = "deleteWebhook",
    security(("secret_key" = [ManageSettings])), params(("id" = i64, Path, description = "The endpoint's id.")),
    responses((status = 204, description = "It is gone."),
              (status = 404, description = "There is none with this id.", body = ProblemBody)))]
pub(super) async fn delete(
    caller: May<ManageSettings>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    service::delete(&app, &Author::of(&caller, app.clock.now()), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives an endpoint a new secret. For 24 hours messages are signed with the one before too.
#[utoipa::path(post, path = "/v1/webhooks/{id}/roll-secret", tag = "webhooks", operation_id = "rollWebhookSecret",
    security(("secret_key" = [ManageSettings])), params(("id" = i64, Path, description = "The endpoint's id.")),
    responses((status = 200, description = "The endpoint, with its new secret.", body = MadeWebhook),
              (status = 404, description = "There is none with this id.", body = ProblemBody)))]
pub(super) async fn roll(
    caller: May<ManageSettings>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<MadeWebhook>, Problem> {
    let author = Author::of(&caller, app.clock.now());
    let (rolled, secret) = service::roll_secret(&app, &author, id).await?;
    Ok(Json(MadeWebhook { secret, about: rolled.into() }))
}

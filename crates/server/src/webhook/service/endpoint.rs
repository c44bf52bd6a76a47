//! Endpoints: whom to tell what.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::sign::new_secret;
use super::{Wanted, place};
use crate::activity::{self, Action, Author, Change, Kind, Object};
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::db::{Connection, Transaction};
use crate::platform::http::{FieldError, Problem};
use crate::platform::ids::{StoreId, next_id};
use crate::platform::secret::ServerSecret;
use crate::settings;
use crate::webhook::store::{self, WebhookRow};

/// Endpoints of a store at most.
const ENDPOINTS_MAX: usize = 50;
/// How long the secret before goes on signing.
const OLD_SECRET_MS: i64 = 24 * 60 * 60 * 1000;

/// An endpoint to make.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// Where to; `None` for one that asks for its events itself.
    pub url: Option<String>,
    /// What it wants.
    pub events: Wanted,
    /// What people say of it.
    pub description: String,
}

/// A change of an endpoint; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct EndpointChange {
    /// Where to.
    pub url: Option<String>,
    /// What it wants.
    pub events: Option<Wanted>,
    /// What people say of it.
    pub description: Option<String>,
    /// Whether it is told anything.
    pub is_enabled: Option<bool>,
}

/// An endpoint as it is told, without its secret.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its id.
    pub id: i64,
    /// Where to; `None` when it asks itself.
    pub url: Option<String>,
    /// What it wants.
    pub events: Wanted,
    /// What people say of it.
    pub description: String,
    /// Whether it is told anything.
    pub is_enabled: bool,
    /// Why the server disabled it.
    pub disabled_reason: Option<String>,
    /// Since when nothing has come through.
    pub failing_since: Option<Timestamp>,
    /// Until when the secret before signs too.
    pub previous_secret_until: Option<Timestamp>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
}

impl From<WebhookRow> for Endpoint {
    fn from(row: WebhookRow) -> Self {
        Self {
            id: row.id,
            url: row.url,
            events: Wanted::read(&row.events),
            description: row.description,
            is_enabled: row.status == ENABLED,
            disabled_reason: row.disabled_reason,
            failing_since: row.failing_since.map(from_milliseconds),
            previous_secret_until: row.previous_until.map(from_milliseconds),
            created: from_milliseconds(row.created_at),
            updated: from_milliseconds(row.updated_at),
        }
    }
}

/// The status of an endpoint that is told what it wants.
pub(super) const ENABLED: &str = "enabled";
/// The status of one that is not.
pub(super) const DISABLED: &str = "disabled";

/// Makes an endpoint and gives it with its secret, which is told now and never again.
///
/// Errors: an address that is not gone to; too many endpoints.
pub async fn create(
    app: &AppState,
    author: &Author,
    new: NewEndpoint,
) -> Result<(Endpoint, String), Problem> {
    check_url(app, new.url.as_deref())?;
    let (secret, author, server) = (new_secret(), author.clone(), app.secret.clone());
    let told = secret.clone();
    let store = author.store;
    let made = app.db.write(move |tx| {
        Box::pin(async move {
            if store::webhooks(tx, store).await?.len() >= ENDPOINTS_MAX {
                let message = format!("a store has at most {ENDPOINTS_MAX} webhooks; delete one");
                return Err(Problem::invalid([FieldError::new("", "out_of_range", message)]));
            }
            let (id, now) = (next_id(tx, store, "webhook", 1).await?, author.now.as_millisecond());
            let row = WebhookRow {
                store_id: store,
                id,
                url: new.url,
                events: new.events.to_column(),
                description: new.description,
                status: ENABLED.to_owned(),
                disabled_reason: None,
                failing_since: None,
                secret: sealed(&server, store, id, &told)?,
                previous_secret: None,
                previous_until: None,
                created_at: now,
                updated_at: now,
            };
            store::insert_webhook(tx, row.clone()).await?;
            want_anew(tx, store).await?;
            let change = Change::new(Object::one(Kind::Webhook, id), Action::Created);
            activity::record(tx, &author, change.to(document(&row))).await?;
            Ok::<_, Problem>(row)
        })
    });
    let row = made.await?;
    app.rulesets.refresh(&app.db, store).await?;
    Ok((row.into(), secret))
}

/// Changes an endpoint. Enabling one that the server disabled gives it another chance.
///
/// Errors: no such endpoint; an address that is not gone to.
pub async fn update(
    app: &AppState,
    author: &Author,
    id: i64,
    change: EndpointChange,
) -> Result<Endpoint, Problem> {
    check_url(app, change.url.as_deref())?;
    let is_enabled = change.is_enabled;
    edit(app, author, id, Action::Updated, move |row| {
        let row = WebhookRow {
            url: change.url.clone().or(row.url),
            events: change.events.map_or(row.events, Wanted::to_column),
            description: change.description.clone().unwrap_or(row.description),
            ..row
        };
        Ok(match is_enabled {
            None => row,
            Some(true) => {
                WebhookRow { status: ENABLED.to_owned(), disabled_reason: None, failing_since: None, ..row }
            }
            Some(false) => WebhookRow { status: DISABLED.to_owned(), ..row },
        })
    })
    .await
}

/// Gives an endpoint a new secret, which is told now and never again. The one before signs too for another day.
///
/// Errors: no such endpoint.
pub async fn roll_secret(app: &AppState, author: &Author, id: i64) -> Result<(Endpoint, String), Problem> {
    let (secret, server, store) = (new_secret(), app.secret.clone(), author.store);
    let (told, until) = (secret.clone(), author.now.as_millisecond() + OLD_SECRET_MS);
    let rolled = edit(app, author, id, Action::Rolled, move |row| {
        Ok(WebhookRow {
            previous_secret: Some(row.secret),
            previous_until: Some(until),
            secret: sealed(&server, store, row.id, &told)?,
            ..row
        })
    });
    Ok((rolled.await?, secret))
}

async fn edit(
    app: &AppState,
    author: &Author,
    id: i64,
    action: Action,
    become_: impl Fn(WebhookRow) -> Result<WebhookRow, Problem> + Clone + Send + Sync + 'static,
) -> Result<Endpoint, Problem> {
    let (store, author) = (author.store, author.clone());
    let edited = app.db.write(move |tx| {
        Box::pin(async move {
            let found = store::webhook(tx, store, id).await?;
            let before = found.ok_or_else(|| Problem::not_found("webhook", id))?;
            let after = become_(before.clone())?;
            let after = WebhookRow { updated_at: author.now.as_millisecond(), ..after };
            store::update_webhook(tx, after.clone()).await?;
            want_anew(tx, store).await?;
            let change = Change::new(Object::one(Kind::Webhook, id), action);
            activity::record(tx, &author, change.from(document(&before)).to(document(&after))).await?;
            Ok::<_, Problem>(after)
        })
    });
    let row = edited.await?;
    app.rulesets.refresh(&app.db, store).await?;
    Ok(row.into())
}

/// Deletes an endpoint; what was not delivered yet never is.
///
/// Errors: no such endpoint.
pub async fn delete(app: &AppState, author: &Author, id: i64) -> Result<(), Problem> {
    let (store, author) = (author.store, author.clone());
    let deleted = app.db.write(move |tx| {
        Box::pin(async move {
            let found = store::webhook(tx, store, id).await?;
            let row = found.ok_or_else(|| Problem::not_found("webhook", id))?;
            store::delete_webhook(tx, store, id).await?;
            want_anew(tx, store).await?;
            let change = Change::new(Object::one(Kind::Webhook, id), Action::Deleted);
            activity::record(tx, &author, change.from(document(&row))).await
        })
    });
    deleted.await?;
    app.rulesets.refresh(&app.db, store).await?;
    Ok(())
}

/// The endpoints of a store, the oldest first.
///
/// Errors: the database's.
pub async fn list<C: Connection>(db: &C, store: StoreId) -> Result<Vec<Endpoint>, Problem> {
    Ok(store::webhooks(db, store).await?.into_iter().map(Endpoint::from).collect())
}

/// The endpoint with this id.
///
/// Errors: there is none.
pub async fn get<C: Connection>(db: &C, store: StoreId, id: i64) -> Result<Endpoint, Problem> {
    let row = store::webhook(db, store, id).await?;
    row.map(Endpoint::from).ok_or_else(|| Problem::not_found("webhook", id))
}

/// Works out which events any endpoint of the store wants, and has every node know.
pub(super) async fn want_anew(tx: &Transaction, store: StoreId) -> Result<(), Problem> {
    let enabled = store::webhooks(tx, store).await?.into_iter().filter(|row| row.status == ENABLED);
    let wanted = enabled.fold(Wanted::default(), |all, row| all.and(Wanted::read(&row.events)));
    settings::service::want_events(tx, store, wanted).await
}

fn check_url(app: &AppState, url: Option<&str>) -> Result<(), Problem> {
    let Some(Err(refused)) = url.map(|url| app.egress.check(url)) else { return Ok(()) };
    Err(Problem::invalid([FieldError::new("/url", "blocked_address", refused.to_string())]))
}

fn sealed(server: &ServerSecret, store: StoreId, id: i64, secret: &str) -> Result<String, Problem> {
    let sealed = server.seal(&place(store, id), secret);
    sealed.ok_or_else(|| Problem::internal("the secret of a webhook was not sealed"))
}

/// An endpoint as the log compares it: never with its secret.
pub(super) fn document(row: &WebhookRow) -> Value {
    json!({
        // A token may stand behind the question mark.
        "url": row.url.as_deref().and_then(|url| url.split('?').next()),
        "events": Wanted::read(&row.events).names(),
        "description": row.description,
        "status": row.status,
        "disabled_reason": row.disabled_reason,
        "previous_secret_until": row.previous_until.map(|at| from_milliseconds(at).to_string()),
    })
}

//! `/v1/stores`: making stores, for whoever runs a platform of many.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Operator;
use crate::access::service::shop::{self as service, StoreWish};
use crate::app::AppState;
use crate::channel::rest::NewChannelIn;
use crate::platform::clock::from_milliseconds;
use crate::platform::http::{Json, List, Page, PageQuery, Problem, ProblemBody, Query};
use crate::settings::service::{self as settings, StoreSummary};

/// A store, as whoever runs the platform sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Store)]
pub(super) struct StoreOut {
    /// Its id.
    id: i64,
    /// By which addresses name it.
    store_hash: String,
    /// What people call it.
    name: String,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    /// The IANA zone in which schedules are meant.
    #[schema(example = "America/New_York")]
    time_zone: String,
    /// When it was made.
    created_at: String,
}

/// A store to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewStore)]
pub(super) struct NewStoreIn {
    /// What people call it, 1 to 250 characters.
    #[schema(example = "Boots")]
    name: String,
    /// Its currency: ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    /// The IANA zone in which schedules are meant.
    #[schema(example = "America/New_York")]
    time_zone: String,
    /// The country in which it is: ISO 3166-1 alpha-2.
    #[schema(example = "US")]
    country_code: Option<String>,
    /// Its channels, numbered from 1; one called Web, in the store's currency, when left out.
    channels: Option<Vec<NewChannelIn>>,
}

/// A store that was just made, ready for promotions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MadeStore)]
pub(super) struct MadeStoreOut {
    /// The store.
    store: StoreOut,
    /// A key for its servers. It is shown now, and never again.
    #[schema(example = "sk_…")]
    secret_key: String,
    /// A key for its pages. It is shown now, and never again.
    #[schema(example = "pk_…")]
    publishable_key: String,
    /// Where its first user chooses a password, once, within thirty minutes; another link for a user that its secret key
    /// invites.
    setup_url: String,
}

impl From<StoreSummary> for StoreOut {
    fn from(store: StoreSummary) -> Self {
        Self {
            id: store.id.0,
            store_hash: store.hash,
            name: store.name,
            currency: store.currency,
            time_zone: store.time_zone,
            created_at: from_milliseconds(store.created_at).to_string(),
        }
    }
}

/// Makes a store. It can have promotions and price carts from the answer on.
#[utoipa::path(post, path = "/v1/stores", tag = "access", operation_id = "createStore",
    security(("platform_key" = [])), request_body = NewStoreIn,
    responses((status = 201, description = "The store, with its keys.", body = MadeStoreOut),
              (status = 422, description = "Everything that is wrong; nothing is made.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn create(
    operator: Operator,
    State(app): State<AppState>,
    Json(body): Json<NewStoreIn>,
) -> Result<(StatusCode, Json<MadeStoreOut>), Problem> {
    let channels = body.channels.unwrap_or_default().into_iter().map(Into::into).collect();
    let NewStoreIn { name, currency, time_zone, country_code: country, .. } = body;
    let wish = StoreWish { name, currency, time_zone, country, channels };
    let made = service::create_store_by(&app.db, operator.actor.clone(), wish, app.clock.now()).await?;
    tracing::info!(store = made.store_id.0, by = %operator.actor, "a store was made");
    let store = settings::summary(app.db.read(), made.store_id).await?;
    let answer = MadeStoreOut {
        store: store.into(),
        secret_key: made.secret.reveal().to_owned(),
        publishable_key: made.publishable.reveal().to_owned(),
        setup_url: app.setup_url(&made.setup),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// All stores of this server, the oldest first.
#[utoipa::path(get, path = "/v1/stores", tag = "access", operation_id = "listStores",
    security(("platform_key" = [])), params(PageQuery),
    responses((status = 200, description = "A page of stores.", body = inline(List<StoreOut>))))]
pub(super) async fn list(
    _operator: Operator,
    State(app): State<AppState>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<StoreOut>>, Problem> {
    let page: Page<i64> = query.page()?;
    let stores = settings::summaries(app.db.read(), page.after, page.fetch()).await?;
    Ok(Json(page.list(stores, |store| store.id.0, StoreOut::from)))
}

//! `/v1/channels`: the storefronts of a store.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, patch};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::service::{self, Channel, ChannelChange, NewChannel};
use crate::access::May;
use crate::access::may::ManageChannels;
use crate::activity::Author;
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::http::{Feature, Json, Path, Problem, ProblemBody};

/// A storefront of the store.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Channel)]
pub(super) struct ChannelOut {
    /// Its id, which carts bring as `channel_id`.
    #[schema(example = 1)]
    id: i64,
    /// What people call it.
    #[schema(example = "Web")]
    name: String,
    /// In which currencies it sells, ISO 4217, the default first.
    #[schema(example = json!(["USD", "EUR"]))]
    currencies: Vec<String>,
    /// The IANA zone of its people; that of the store when `null`.
    time_zone: Option<String>,
    /// Whether it sells.
    status: ChannelStatus,
    /// When it was made.
    created_at: String,
}

/// Whether a channel sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ChannelStatus {
    /// It does.
    Active,
    /// It does not: carts of it are refused.
    Inactive,
}

/// The channels of the store.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChannelList {
    /// All of them, by id.
    data: Vec<ChannelOut>,
}

/// A channel to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewChannel)]
pub struct NewChannelIn {
    /// What people call it, 1 to 250 characters.
    #[schema(example = "Web")]
    name: String,
    /// In which currencies it sells, ISO 4217, the default first.
    #[schema(example = json!(["USD", "EUR"]))]
    currencies: Vec<String>,
    /// The IANA zone of its people; that of the store when left out.
    time_zone: Option<String>,
}

/// Tells a field that is null, which clears it, from one that is left out.
fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// What to change of a channel; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChannelChange)]
pub(super) struct ChannelPatch {
    /// What people call it, 1 to 250 characters.
    name: Option<String>,
    /// In which currencies it sells, ISO 4217, the default first.
    currencies: Option<Vec<String>>,
    /// The IANA zone of its people; `null` for that of the store.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<Option<String>>,
    /// Whether it sells.
    status: Option<ChannelStatus>,
}

#[derive(OpenApi)]
#[openapi(
    paths(list, create, change),
    components(schemas(ChannelOut, ChannelList, ChannelStatus, NewChannelIn, ChannelPatch)),
    tags((name = "channels", description = "The storefronts of the store."))
)]
struct Documentation;

/// The channel feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("channel", Documentation::openapi())
        .route("/v1/channels", get(list).post(create))
        .route("/v1/channels/{id}", patch(change))
}

impl From<Channel> for ChannelOut {
    fn from(channel: Channel) -> Self {
        Self {
            id: channel.id,
            name: channel.name,
            currencies: channel.currencies,
            time_zone: channel.time_zone,
            status: if channel.is_active { ChannelStatus::Active } else { ChannelStatus::Inactive },
            created_at: from_milliseconds(channel.created_at).to_string(),
        }
    }
}

impl From<NewChannelIn> for NewChannel {
    fn from(new: NewChannelIn) -> Self {
        Self { name: new.name, currencies: new.currencies, time_zone: new.time_zone }
    }
}

/// The channels of the store.
#[utoipa::path(get, path = "/v1/channels", tag = "channels", operation_id = "listChannels",
    security(("secret_key" = [ManageChannels])),
    responses((status = 200, description = "All of them.", body = ChannelList)))]
async fn list(
    caller: May<ManageChannels>,
    State(app): State<AppState>,
) -> Result<Json<ChannelList>, Problem> {
    let channels = service::list(app.db.read(), caller.store_id).await?;
    Ok(Json(ChannelList { data: channels.into_iter().map(Into::into).collect() }))
}

/// Makes a channel.
///
/// Every store begins with channel 1, of which nothing is assumed: carts may bring any `channel_id`. Once a channel was
/// made or changed, carts that bring one must bring one of these, and be in a currency of it.
#[utoipa::path(post, path = "/v1/channels", tag = "channels", operation_id = "createChannel",
    security(("secret_key" = [ManageChannels])), request_body = NewChannelIn,
    responses((status = 201, description = "The channel.", body = ChannelOut),
              (status = 422, description = "Something is not as it must be.", body = ProblemBody,
               content_type = "application/problem+json")))]
async fn create(
    caller: May<ManageChannels>,
    State(app): State<AppState>,
    Json(body): Json<NewChannelIn>,
) -> Result<(StatusCode, Json<ChannelOut>), Problem> {
    let channel = service::create(&app, &Author::of(&caller, app.clock.now()), body.into()).await?;
    Ok((StatusCode::CREATED, Json(channel.into())))
}

/// Changes a channel; carts are priced accordingly from the answer on.
#[utoipa::path(patch, path = "/v1/channels/{id}", tag = "channels", operation_id = "changeChannel",
    security(("secret_key" = [ManageChannels])), params(("id" = i64, Path, description = "The channel's id.")),
    request_body = ChannelPatch,
    responses((status = 200, description = "The channel after the change.", body = ChannelOut),
              (status = 404, description = "There is no such channel.", body = ProblemBody,
               content_type = "application/problem+json"),
              (status = 422, description = "Something is not as it must be.", body = ProblemBody,
               content_type = "application/problem+json")))]
async fn change(
    caller: May<ManageChannels>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    Json(body): Json<ChannelPatch>,
) -> Result<Json<ChannelOut>, Problem> {
    let ChannelPatch { name, currencies, time_zone, status } = body;
    let is_active = status.map(|status| status == ChannelStatus::Active);
    let change = ChannelChange { name, currencies, time_zone, is_active };
    let author = Author::of(&caller, app.clock.now());
    Ok(Json(service::change(&app, &author, id, change).await?.into()))
}

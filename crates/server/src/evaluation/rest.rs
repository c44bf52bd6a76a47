//! `POST /v1/evaluate`: prices a cart.

mod answer;
mod cart;

use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderName, Method};
use axum::routing::post;
use engine::cart::Cart;
use jiff::Timestamp;
use serde::Deserialize;
use tower_http::cors::{Any, CorsLayer};
use utoipa::{OpenApi, ToSchema};

use super::service::{self, Priced};
use crate::access::AnyCaller;
use crate::app::AppState;
use crate::platform::http::{Code, Feature, FieldError, Json, Problem};
use crate::platform::ids::StoreId;
use crate::{catalog, customer};

pub use answer::EvaluationOut;
pub use cart::{CartIn, Catalog, Known, complete};

/// A cart to price.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluateRequest {
    /// The cart as the shopper has it now, without gifts that an earlier evaluation added.
    pub cart: CartIn,
    /// Prices the cart as of this instant instead of now: RFC 3339. Needs a secret key.
    #[schema(example = "2026-11-27T18:05:00Z")]
    pub at: Option<String>,
    /// `trace` tells the outcome of every promotion, `nudges` what is missing for those that are near.
    #[serde(default)]
    pub include: Vec<Include>,
}

/// What an answer may tell beside the prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Include {
    /// The outcome of every promotion.
    Trace,
    /// What is missing for promotions that are near.
    Nudges,
}

#[derive(OpenApi)]
#[openapi(
    paths(evaluate),
    components(schemas(EvaluateRequest, Include)),
    tags((name = "evaluation", description = "What promotions do to a cart, and why."))
)]
struct Documentation;

/// The evaluation feature: its route and its documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("evaluation", Documentation::openapi())
        .route("/v1/evaluate", post(evaluate).options(preflight).layer(any_origin()))
}

/// What browsers ask first; the layer answers for it.
async fn preflight() {}

/// Shops' pages call this with a publishable key from origins of their own. Keys travel in a header and there are
/// no cookies, so an origin tells nothing about who may.
fn any_origin() -> CorsLayer {
    let headers = [AUTHORIZATION, CONTENT_TYPE, HeaderName::from_static("x-request-id")];
    CorsLayer::new().allow_origin(Any).allow_methods([Method::POST]).allow_headers(headers)
}

/// Prices a cart. It has no effect: nothing is counted, held or stored.
#[utoipa::path(post, path = "/v1/evaluate", tag = "evaluation", operation_id = "evaluate",
    security(("secret_key" = []), ("publishable_key" = [])), request_body = EvaluateRequest,
    responses((status = 200, description = "The priced cart.", body = EvaluationOut),
              (status = 403, description = "`at` or `manual_discounts` were sent with a publishable key."),
              (status = 422, description = "Everything that is wrong with the cart.")))]
async fn evaluate(
    caller: AnyCaller,
    State(app): State<AppState>,
    Json(request): Json<EvaluateRequest>,
) -> Result<Json<EvaluationOut>, Problem> {
    let at = instant(&request, caller, app.clock.now())?;
    if !caller.is_secret && !request.cart.manual_discounts.is_empty() {
        let detail = "`manual_discounts` need a secret key: only staff give discounts by hand";
        return Err(Problem::new(Code::Forbidden, detail));
    }
    let (cart, priced) = price(&app, caller.store_id, &request, at).await?;
    Ok(Json(answer::show(&cart, &request, &priced)))
}

/// Completes the cart of a request from the catalog and the customers, and prices it as of `at`.
///
/// Errors: everything that is wrong with the cart.
pub async fn price(
    app: &AppState,
    store: StoreId,
    request: &EvaluateRequest,
    at: Timestamp,
) -> Result<(Cart, Priced), Problem> {
    let db = app.db.read();
    let (products, variants) = request.cart.lines_to_look_up().unzip();
    let facts = catalog::service::facts(db, store, products, variants).await?;
    let currency = app.rulesets.of(&app.db, store).await?.ruleset.settings().currency;
    let facts = if currency.code() == request.cart.currency { facts } else { facts.without_prices() };
    let customer = match request.cart.customer_to_look_up() {
        Some(id) => customer::service::find(db, store, id).await?,
        None => None,
    };
    let cart = cart::complete(&request.cart, &facts, customer.unwrap_or_default())?;
    let priced = service::price(app, store, &cart, &request.cart.codes, at).await?;
    Ok((cart, priced))
}

fn instant(request: &EvaluateRequest, caller: AnyCaller, now: Timestamp) -> Result<Timestamp, Problem> {
    let Some(text) = &request.at else { return Ok(now) };
    if !caller.is_secret {
        let detail = "`at` needs a secret key: offers that have not started are nobody else's business";
        return Err(Problem::new(Code::Forbidden, detail));
    }
    text.parse().map_err(|_| {
        let message = "must be an instant with its offset, such as \"2026-11-27T18:05:00Z\"";
        Problem::invalid([FieldError::new("/at", "type", message)])
    })
}

//! `POST /v1/evaluate`: prices a cart; `/v1/evaluations`: evaluations that were kept, and returns of them.

mod amount;
mod answer;
mod cart;
mod completed;
mod input;
mod return_quote;
mod texts;
mod wanted;

use std::time::Instant;

use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderName, Method};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use engine::cart::Cart;
use engine::gift_card::CardRefusal;
use engine::promotion::CodeResult;
use engine::promotion::reason::UNKNOWN_CODE;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tower_http::cors::{Any, CorsLayer};
use utoipa::{OpenApi, ToSchema};

use super::service::{self, Priced, Recorded};
use crate::access::may::ManagePromotions;
use crate::access::{AnyCaller, May};
use crate::app::AppState;
use crate::platform::http::address::ClientAddress;
use crate::platform::http::{Code, Feature, FieldError, Path, Problem, Strict};
use crate::platform::ids::StoreId;
use crate::{catalog, coupon, customer, gift_card};

pub use answer::EvaluationOut;
pub use cart::{CartIn, Catalog, Known, complete, line_on_offer};
pub use completed::{NoCatalog, WireCart, wire_form};
pub use input::{Input, Replayed};
pub use texts::Texts;
pub use wanted::Wanted;

/// How long a line is, about, in what is written of a cart.
const LINE_LENGTH: usize = 320;

/// A cart to price.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluateRequest {
    /// The cart as the shopper has it now, without gifts that an earlier evaluation added.
    pub cart: CartIn,
    /// Prices the cart as of this instant instead of now: RFC 3339. Needs a secret key.
    #[schema(example = "2026-11-27T18:05:00Z")]
    pub at: Option<String>,
    /// `trace` tells the outcome of every promotion, whatever that costs; `nudges` what is missing for those that are
    /// near.
    #[serde(default)]
    pub include: Vec<Include>,
    /// Promotions of which the outcome is told whatever it is, by id, at most 100: costs less than `trace`. One that
    /// has no outcome, because it is not there or can apply no more, is left out.
    #[serde(default)]
    #[schema(example = json!([7]))]
    pub trace_of: Vec<u64>,
    /// Whether the evaluation is kept, so that it can be read, repeated and returned. Needs a secret key.
    #[serde(default)]
    pub record: bool,
}

/// What an answer may tell beside the prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Include {
    /// The outcome of every promotion.
    Trace,
    /// What is missing for promotions that are near.
    Nudges,
}

#[derive(OpenApi)]
#[openapi(
    paths(evaluate, get_recorded, return_quote::quote),
    components(schemas(EvaluateRequest, Include)),
    tags((name = "evaluation", description = "What promotions do to a cart, and why."))
)]
struct Documentation;

/// The evaluation feature: its route and its documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("evaluation", Documentation::openapi())
        .route("/v1/evaluate", post(evaluate).options(preflight).layer(any_origin()))
        .route("/v1/evaluations/{id}", get(get_recorded))
        .route("/v1/evaluations/{id}/return-quote", post(return_quote::quote))
}

/// What browsers ask first; the layer answers for it.
pub async fn preflight() {}

/// Shops' pages call this with a publishable key from origins of their own. Keys travel in a header and there are
/// no cookies, so an origin tells nothing about who may.
pub fn any_origin() -> CorsLayer {
    let headers = [AUTHORIZATION, CONTENT_TYPE, HeaderName::from_static("x-request-id")];
    CorsLayer::new().allow_origin(Any).allow_methods([Method::POST]).allow_headers(headers)
}

/// Prices a cart. It has no effect: nothing is counted, held or, unless `record` asks for it, stored.
///
/// Of carts that shoppers price with a publishable key, codes that do not exist are counted, each once in 15 minutes:
/// after 5 in 15 minutes or 20 in an hour from one address, all codes are `too_many_attempts` for a while, as those of
/// all shoppers after 300 in a minute. The cart is priced without them.
#[utoipa::path(post, path = "/v1/evaluate", tag = "evaluation", operation_id = "evaluate",
    security(("secret_key" = []), ("publishable_key" = [])), request_body = EvaluateRequest,
    responses((status = 200, description = "The priced cart.", body = EvaluationOut),
              (status = 403, description = "`at`, `record` or `manual_discounts` were sent with a publishable key."),
              (status = 422, description = "Everything that is wrong with the cart."),
              (status = 429, description = "Too many gift cards were tried that cannot be used; see `Retry-After`.")))]
async fn evaluate(
    caller: AnyCaller,
    address: ClientAddress,
    State(app): State<AppState>,
    Strict(request): Strict<EvaluateRequest>,
) -> Result<Response, Problem> {
    let at = instant(&request, caller, app.clock.now())?;
    if !caller.is_secret && request.record {
        let detail = "`record` needs a secret key: shoppers look at prices, the store decides what is kept";
        return Err(Problem::new(Code::Forbidden, detail));
    }
    if !caller.is_secret && !request.cart.manual_discounts.is_empty() {
        let detail = "`manual_discounts` need a secret key: only staff give discounts by hand";
        return Err(Problem::new(Code::Forbidden, detail));
    }
    let is_recorded = request.record;
    let (cart, mut wanted) = request.split()?;
    // A server prices the carts of all its shoppers from one address; a shopper may be guessing.
    let (who, is_shopper) = ((caller.store_id, address), !caller.is_secret);
    if is_shopper && !wanted.gift_cards.is_empty() {
        gift_card::GUESSES.check(&app.limiter, who, Instant::now())?;
    }
    if is_recorded {
        return record(&app, caller.store_id, &cart, &wanted, at).await;
    }
    let (cart, priced) = match is_shopper {
        true => price_for_shopper(&app, who, cart, &mut wanted, at).await?,
        false => price(&app, caller.store_id, cart, &wanted, at).await?,
    };
    let missed =
        priced.evaluation.gift_cards.iter().filter(|card| card.result == Err(CardRefusal::NotUsable));
    for _ in missed.filter(|_| is_shopper) {
        gift_card::GUESSES.miss(&app.limiter, who, Instant::now());
    }
    let (_, answer) = told(&cart, &wanted, &priced)?;
    Ok(json(answer))
}

/// Prices the cart of a shopper, who may be guessing codes. Too many that do not exist cost no one the prices: only, for a
/// while, none of this shopper's codes is looked at any more, whether it exists or not.
async fn price_for_shopper(
    app: &AppState,
    who: (StoreId, ClientAddress),
    cart: CartIn,
    wanted: &mut Wanted,
    at: Timestamp,
) -> Result<(Cart, Priced), Problem> {
    let (store, _) = who;
    if !wanted.codes.is_empty() && coupon::GUESSES.check(&app.limiter, who, Instant::now()).is_err() {
        wanted.codes_tried = 0;
    }
    let cart = completed(app, store, cart).await?;
    let (cart, priced) = price_completed(app, store, cart, wanted, at).await?;
    let priced = priced.for_anybody();
    let Some(tried) = count_misses(app, who, &priced) else { return Ok((cart, priced)) };
    wanted.codes_tried = tried;
    let (cart, priced) = price_completed(app, store, cart, wanted, at).await?;
    Ok((cart, priced.for_anybody()))
}

/// Counts codes that do not exist, in the order entered. Gives how many of the codes may be looked up, when not all may.
fn count_misses(app: &AppState, who: (StoreId, ClientAddress), priced: &Priced) -> Option<usize> {
    let (codes, now) = (&priced.evaluation.codes, Instant::now());
    let is_miss =
        |code: &CodeResult| code.result.as_ref().is_err_and(|reason| reason.kind.code == UNKNOWN_CODE.code);
    for (place, code) in (1..).zip(codes).filter(|(_, code)| is_miss(code)) {
        coupon::GUESSES.miss_of(&app.limiter, who, &code.text, now);
        if place < codes.len() && coupon::GUESSES.check(&app.limiter, who, now).is_err() {
            return Some(place);
        }
    }
    None
}

/// Prices a cart and keeps the evaluation.
async fn record(
    app: &AppState,
    store: StoreId,
    cart: &CartIn,
    wanted: &Wanted,
    at: Timestamp,
) -> Result<Response, Problem> {
    // Rules are kept as the database has them: when those change while the cart is priced, it is priced by the new.
    const TRIES: u32 = 5;
    for _ in 0..TRIES {
        let (cart, priced) = price(app, store, cart.clone(), wanted, at).await?;
        let input = input::text(&cart, wanted, &priced)?;
        let id = input::id_of(&input);
        let answer = answered(&cart, wanted, &priced, &id)?;
        let recorded = Recorded {
            store,
            ruleset: priced.rules.hash.clone(),
            input,
            answer: answer.clone(),
            gift_values: service::gift_values(app, store, cart.currency, &priced.evaluation.gifts).await?,
        };
        if service::record(app, &id, recorded, &priced.rules).await? {
            return Ok(json(answer));
        }
        app.rulesets.refresh(&app.db, store).await?;
    }
    Err(Problem::new(Code::Conflict, "the promotions of this store keep changing; send it again"))
}

/// The answer, written once.
fn answered(cart: &Cart, wanted: &Wanted, priced: &Priced, id: &str) -> Result<String, Problem> {
    written(&answer::show(cart, wanted, priced, id), 1024 + cart.lines.len() * LINE_LENGTH)
}

/// JSON in a text that has room for so much from the start.
fn written(value: &impl Serialize, length: usize) -> Result<String, Problem> {
    let mut text = Vec::with_capacity(length);
    serde_json::to_writer(&mut text, value).map_err(Problem::internal)?;
    String::from_utf8(text).map_err(Problem::internal)
}

/// The answer of an evaluation that was kept, as it was given.
#[utoipa::path(get, path = "/v1/evaluations/{id}", tag = "evaluation", operation_id = "getEvaluation",
    security(("secret_key" = [ManagePromotions])),
    params(("id" = String, Path, description = "The `evaluation_id` of an answer to a request with `record`.")),
    responses((status = 200, description = "The priced cart, byte for byte as it was answered.",
               body = EvaluationOut),
              (status = 404, description = "No evaluation was kept under this id.")))]
async fn get_recorded(
    caller: May<ManagePromotions>,
    State(app): State<AppState>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let recorded = service::recorded(app.db.read(), caller.store_id, &id).await?;
    Ok(json(recorded.answer))
}

/// JSON that is written already.
fn json(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

/// Completes the cart of a request from the catalog and the customers, and prices it as of `at`.
///
/// Errors: everything that is wrong with the cart.
pub async fn price(
    app: &AppState,
    store: StoreId,
    cart: CartIn,
    wanted: &Wanted,
    at: Timestamp,
) -> Result<(Cart, Priced), Problem> {
    let cart = completed(app, store, cart).await?;
    price_completed(app, store, cart, wanted, at).await
}

async fn price_completed(
    app: &AppState,
    store: StoreId,
    cart: Cart,
    wanted: &Wanted,
    at: Timestamp,
) -> Result<(Cart, Priced), Problem> {
    let (cart, priced) = service::price(app, store, cart, wanted, at).await?;
    if !wanted.includes(Include::Nudges) {
        return Ok((cart, priced));
    }
    let offers = service::offers(app, store, &cart, &priced).await?;
    service::elsewhere(move || {
        let priced = priced.with_nudges(&cart, offers);
        (cart, priced)
    })
    .await
}

/// The name of an evaluation, and its answer as JSON.
pub fn told(cart: &Cart, wanted: &Wanted, priced: &Priced) -> Result<(String, String), Problem> {
    let id = input::id_of(&input::text(cart, wanted, priced)?);
    let answer = answered(cart, wanted, priced, &id)?;
    Ok((id, answer))
}

/// The cart of a request, completed from the catalog and the customers.
///
/// Errors: everything that is wrong with the cart.
pub async fn completed(app: &AppState, store: StoreId, cart: CartIn) -> Result<Cart, Problem> {
    let db = app.db.read();
    let (products, variants) = cart.lines_to_look_up().unzip();
    let facts = catalog::service::facts(db, store, products, variants).await?;
    let rules = app.rulesets.of(&app.db, store).await?;
    let currency = rules.ruleset.settings().currency;
    let facts = if currency.code() == cart.currency { facts } else { facts.without_prices() };
    let customer = match cart.customer_to_look_up() {
        Some(id) => customer::service::find(db, store, id).await?,
        None => None,
    };
    let cart = cart::complete(cart, &facts, customer.unwrap_or_default())?;
    rules.channels.check(cart.channel, cart.currency)?;
    Ok(cart)
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

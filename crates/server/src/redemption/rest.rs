//! `/v1/reservations`: holding for a while what promotions and balances give a cart.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use engine::money::Minor;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{OpenApi, ToSchema};

use super::service::reservation::{self, Reservation};
use super::service::{Becomes, Charge, Claimant, Claimed, Made, Wanted, claim};
use crate::access::may::ManageOrders;
use crate::access::{Caller, May};
use crate::app::AppState;
use crate::evaluation::rest::{CartIn, EvaluationOut, Wanted as Asked, completed, told};
use crate::idempotency::{Once, Request, answered};
use crate::platform::http::{Errors, Feature, FieldError, Json, Path, Problem, ProblemBody};

/// How long something is held unless told.
const TTL_DEFAULT: u64 = 30 * 60;
/// Thirty days.
const TTL_MAX: u64 = 30 * 24 * 60 * 60;

/// A cart whose uses are to be held.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewReservation {
    /// The cart as for `POST /v1/evaluate`, with its `id`: a cart has one reservation, and a new one takes the place of
    /// the one before. A checkout that is split into several orders is reserved whole, before it is split.
    cart: CartIn,
    /// How long it is held, in seconds: 1 to 2592000, which is thirty days; 1800 unless told.
    #[schema(example = 1800, minimum = 1, maximum = 2_592_000)]
    ttl_seconds: Option<u64>,
}

/// How much longer something is held.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RenewReservation {
    /// How long it is held from now on, in seconds: 1 to 2592000; 1800 unless told.
    #[schema(example = 1800, minimum = 1, maximum = 2_592_000)]
    ttl_seconds: Option<u64>,
}

/// What a cart holds for a while.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reservation)]
struct ReservationOut {
    /// Its id.
    id: i64,
    /// The cart that holds it.
    cart_id: String,
    /// `held`, `committed` (it became an order), `released` (given up, or replaced by a later one) or `expired`.
    status: &'static str,
    /// When it expires.
    expires_at: String,
    /// The order that it became.
    order_id: Option<i64>,
    /// The promotions of which it holds a use.
    promotions: Vec<HeldOut>,
    /// What it holds of gift cards and store credit.
    balances: Vec<BalanceOut>,
    /// When it was made.
    created_at: String,
    /// The evaluation of the cart; only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<EvaluationOut>)]
    evaluation: Option<Box<RawValue>>,
}

/// What is held of a gift card or of store credit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldBalance)]
struct BalanceOut {
    /// The account in the ledger; of a gift card, its id.
    account_id: i64,
    /// How much: a decimal amount.
    amount: String,
    /// The currency of it.
    currency: String,
}

fn balance_out(charge: &Charge) -> BalanceOut {
    BalanceOut {
        account_id: charge.account,
        amount: Minor::new(charge.amount).to_decimal(charge.currency),
        currency: charge.currency.code().to_owned(),
    }
}

/// What is held of a promotion.
#[derive(Debug, Serialize, ToSchema)]
struct HeldOut {
    /// The promotion.
    promotion_id: u64,
    /// The id of the code that brought it in.
    code_id: Option<i64>,
    /// Uses that are held.
    uses: i64,
}

#[derive(OpenApi)]
#[openapi(
    paths(reserve, get_one, renew, release),
    components(schemas(NewReservation, RenewReservation)),
    tags((name = "reservations", description = "What carts hold while they are paid."))
)]
struct Documentation;

/// The redemption feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("redemption", Documentation::openapi())
        .route("/v1/reservations", post(reserve))
        .route("/v1/reservations/{id}", get(get_one).delete(release))
        .route("/v1/reservations/{id}/renew", post(renew))
}

/// Holds the uses that promotions and codes give a cart, so that nobody else gets them while it is paid. The order with
/// the same cart `id` takes them; a reservation never stands in its own cart's way.
#[utoipa::path(post, path = "/v1/reservations", tag = "reservations", operation_id = "reserve",
    security(("secret_key" = [ManageOrders])), request_body = NewReservation,
    params(("Idempotency-Key" = String, Header, description = "A text of your own that names this request.")),
    responses((status = 201, description = "What is held, with the evaluation of the cart.", body = ReservationOut),
              (status = 409, description = "A limit is reached, or a code does not apply.", body = ProblemBody),
              (status = 422, description = "Everything that is wrong with the cart.", body = ProblemBody)))]
async fn reserve(
    caller: May<ManageOrders>,
    State(app): State<AppState>,
    once: Once<NewReservation>,
) -> Result<Response, Problem> {
    let Once { body, request } = once;
    match reserve_now(&app, &caller, body, &request).await {
        Err(problem) => request.or_before(&app, &caller, problem).await,
        reserved => reserved,
    }
}

async fn reserve_now(
    app: &AppState,
    caller: &Caller,
    body: NewReservation,
    request: &Request,
) -> Result<Response, Problem> {
    let ttl = ttl(body.ttl_seconds)?;
    let Some(cart_id) = body.cart.id.clone() else {
        let message = "is required: the order with the same cart id takes what is reserved";
        return Err(Problem::invalid([FieldError::new("/cart/id", "required", message)]));
    };
    let mut errors = Errors::default();
    errors.text("/cart/id", &cart_id);
    errors.finish()?;
    let store = caller.store_id;
    let asked = Asked::prices_of(&body.cart);
    let cart = completed(app, store, body.cart).await?;
    let id = app.desk.ids.take(store, "reservation", 1).await?;
    let claimant = Claimant { caller, request, asked: &asked, group: None };
    let claimed = claim(app, claimant, cart, |cart, priced, wanted, charges| {
        let (_, evaluation) = told(cart, &asked, priced)?;
        let expires = after(priced.at, ttl);
        let out = ReservationOut {
            id,
            cart_id: cart_id.clone(),
            status: "held",
            expires_at: expires.to_string(),
            order_id: None,
            promotions: wanted.iter().map(held_out).collect(),
            balances: charges.iter().map(balance_out).collect(),
            created_at: priced.at.to_string(),
            evaluation: Some(RawValue::from_string(evaluation).map_err(Problem::internal)?),
        };
        let becomes = Becomes::Reservation { id, expires_at: expires.as_millisecond() };
        Ok(Made { becomes, charges: charges.to_vec(), rows: Vec::new(), body: text(&out)? })
    })
    .await?;
    match claimed {
        Claimed::Now(body) => Ok(answered(StatusCode::CREATED.as_u16(), body, false)),
        Claimed::Before(status, body) => Ok(answered(status, body, true)),
        // Reservations have no name but their cart's.
        Claimed::SameOrder(id) => Err(Problem::internal(format!("a reservation met the order {id}"))),
    }
}

fn held_out(wanted: &Wanted) -> HeldOut {
    let record = &wanted.record;
    HeldOut { promotion_id: record.promotion, code_id: record.code, uses: record.uses }
}

fn text(reservation: &ReservationOut) -> Result<String, Problem> {
    serde_json::to_string(reservation).map_err(Problem::internal)
}

fn ttl(seconds: Option<u64>) -> Result<SignedDuration, Problem> {
    let seconds = seconds.unwrap_or(TTL_DEFAULT);
    if !(1..=TTL_MAX).contains(&seconds) {
        let message = format!("must be from 1 to {TTL_MAX} seconds, which is thirty days");
        return Err(Problem::invalid([FieldError::new("/ttl_seconds", "out_of_range", message)]));
    }
    Ok(SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)))
}

fn after(now: Timestamp, ttl: SignedDuration) -> Timestamp {
    now.checked_add(ttl).unwrap_or(Timestamp::MAX)
}

fn shown(reservation: Reservation) -> ReservationOut {
    let held = reservation.promotions.iter().map(|record| HeldOut {
        promotion_id: record.promotion,
        code_id: record.code,
        uses: record.uses,
    });
    ReservationOut {
        id: reservation.id,
        promotions: held.collect(),
        balances: reservation.balances.iter().map(balance_out).collect(),
        cart_id: reservation.cart,
        status: reservation.state,
        expires_at: reservation.expires.to_string(),
        order_id: reservation.order,
        created_at: reservation.created.to_string(),
        evaluation: None,
    }
}

/// One reservation.
#[utoipa::path(get, path = "/v1/reservations/{id}", tag = "reservations", operation_id = "getReservation",
    security(("secret_key" = [ManageOrders])), params(("id" = i64, Path, description = "The reservation's id.")),
    responses((status = 200, description = "The reservation.", body = ReservationOut),
              (status = 404, description = "There is none with this id.", body = ProblemBody)))]
async fn get_one(
    caller: May<ManageOrders>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<ReservationOut>, Problem> {
    let found = reservation::get(app.db.read(), caller.store_id, id, app.clock.now()).await?;
    Ok(Json(shown(found)))
}

/// Holds a reservation longer, from now on.
#[utoipa::path(post, path = "/v1/reservations/{id}/renew", tag = "reservations", operation_id = "renewReservation",
    security(("secret_key" = [ManageOrders])), request_body = RenewReservation,
    params(("id" = i64, Path, description = "The reservation's id.")),
    responses((status = 200, description = "The reservation as it is now.", body = ReservationOut),
              (status = 409, description = "It holds nothing any more.", body = ProblemBody)))]
async fn renew(
    caller: May<ManageOrders>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    Json(body): Json<RenewReservation>,
) -> Result<Json<ReservationOut>, Problem> {
    let (store, now) = (caller.store_id, app.clock.now());
    let expires = after(now, ttl(body.ttl_seconds)?);
    let renewed = app.db.write(move |tx| Box::pin(reservation::renew(tx, store, id, expires, now)));
    Ok(Json(shown(renewed.await?)))
}

/// Gives up a reservation: others can have at once what it held.
#[utoipa::path(delete, path = "/v1/reservations/{id}", tag = "reservations", operation_id = "releaseReservation",
    security(("secret_key" = [ManageOrders])), params(("id" = i64, Path, description = "The reservation's id.")),
    responses((status = 200, description = "The reservation as it is now.", body = ReservationOut),
              (status = 409, description = "It holds nothing any more.", body = ProblemBody)))]
async fn release(
    caller: May<ManageOrders>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<ReservationOut>, Problem> {
    let (store, now) = (caller.store_id, app.clock.now());
    let released = app.db.write(move |tx| Box::pin(reservation::release(tx, store, id, now)));
    Ok(Json(shown(released.await?)))
}

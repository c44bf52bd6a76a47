//! `/v1/orders`: place, look at, send, cancel and refund orders.

mod show;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use engine::money::{Currency, Minor};
use engine::promotion::Totals;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use self::show::OrderOut;
use super::service::{self, Filter, NewOrder, Paying, Refunding, Status};
use super::store::OrderRows;
use crate::access::may::ManageOrders;
use crate::access::{Caller, May};
use crate::activity::Author;
use crate::app::AppState;
use crate::evaluation::rest::{CartIn, Wanted, completed, told};
use crate::graphql::as_told;
use crate::idempotency::{Once, Request, answered};
use crate::platform::db::bulk::Rows;
use crate::platform::http::{
    Code, Errors, Feature, FieldError, Json, List, Page, Path, Problem, ProblemBody, Query,
};
use crate::platform::ids::StoreId;
use crate::redemption::service::{Becomes, Claimant, Claimed, Made, claim};
use crate::webhook::{self, Event};

/// A cart to order.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlaceOrder {
    /// The cart as for `POST /v1/evaluate`. What its `id` reserved is the order's own.
    cart: CartIn,
    /// The storefront's own name for the order, 1 to 250 characters: an order of that name is placed once, for ever.
    #[schema(example = "1001")]
    reference: Option<String>,
    /// Shared by the orders that one checkout was split into, by seller or by address: together they count one use of a
    /// promotion. The first of them with the cart `id` of a reservation takes what that holds.
    group: Option<String>,
    /// What the shopper was shown as `totals.total`: when the cart costs something else now, nothing is ordered.
    #[schema(example = "32.00")]
    expected_total: Option<String>,
    /// What the shopper agreed to pay as `totals.due`: when gift cards have less on them now, nothing is ordered.
    #[schema(example = "12.00")]
    expected_due: Option<String>,
    /// How what is due is paid.
    #[serde(default)]
    payment: PaymentIn,
}

/// How what is due is paid.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PaymentIn {
    /// The method, in the storefront's words.
    #[schema(example = "card")]
    method: Option<String>,
    /// The terms: `NET 30` sets a due date thirty days from the day they are set unless one is given.
    #[schema(example = "NET 30")]
    terms: Option<String>,
    /// The date until which it is to be paid, in the store's zone.
    #[schema(value_type = Option<String>, example = "2026-12-31")]
    due_date: Option<Date>,
}

/// What changes of an order.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeOrder {
    /// `awaiting_fulfilment` or `fulfilled`; the other statuses come of cancelling and refunding.
    #[schema(example = "fulfilled")]
    status: Option<String>,
    /// How what is due is paid.
    #[serde(default)]
    payment: PaymentIn,
}

/// Why an order is cancelled.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CancelOrder {
    /// In words, for the record.
    reason: Option<String>,
}

/// What is refunded: lines, an amount, or all that is left when nothing is named.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefundOrder {
    /// Units that come back, at the prices that were stored for them.
    #[serde(default)]
    lines: Vec<RefundLineIn>,
    /// Whether the share of shipping of everything that came back is refunded too.
    #[serde(default)]
    with_shipping: bool,
    /// An amount that is not for units; not with `lines`.
    #[schema(example = "12.00")]
    amount: Option<String>,
    /// In words, for the record.
    reason: Option<String>,
}

/// Units of a line that come back.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefundLineIn {
    /// The line's id in the cart.
    id: String,
    /// How many units.
    quantity: u32,
}

/// Which orders a list shows.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OrderQuery {
    /// How many to return, 1 to 250; 50 unless told.
    #[param(minimum = 1, maximum = 250, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// `created`, `awaiting_fulfilment`, `fulfilled`, `cancelled` or `refunded`.
    status: Option<String>,
    /// The customer's id.
    customer_id: Option<i64>,
    /// The channel's id.
    channel_id: Option<i64>,
    /// Orders that this promotion discounted.
    promotion_id: Option<i64>,
    /// Orders in which this seller sold something.
    seller_id: Option<i64>,
    /// The storefront's own name for the order.
    reference: Option<String>,
    /// Placed at this instant or later: RFC 3339.
    #[param(value_type = Option<String>)]
    placed_from: Option<Timestamp>,
    /// Placed before this instant: RFC 3339.
    #[param(value_type = Option<String>)]
    placed_to: Option<Timestamp>,
}

#[derive(OpenApi)]
#[openapi(
    paths(place, list, get_one, change, cancel, refund),
    components(schemas(PlaceOrder, ChangeOrder, CancelOrder, RefundOrder)),
    tags((name = "orders", description = "What was bought, and what became of it."))
)]
struct Documentation;

/// The order feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("order", Documentation::openapi())
        .route("/v1/orders", get(list).post(place))
        .route("/v1/orders/{id}", get(get_one).patch(change))
        .route("/v1/orders/{id}/cancel", post(cancel))
        .route("/v1/orders/{id}/refund", post(refund))
}

/// Orders a cart: prices it as of now, takes what its promotions, codes and balances give, and keeps it, all or
/// nothing.
#[utoipa::path(post, path = "/v1/orders", tag = "orders", operation_id = "placeOrder",
    security(("secret_key" = [ManageOrders])), request_body = PlaceOrder,
    params(("Idempotency-Key" = String, Header, description = "A text of your own that names this request.")),
    responses((status = 201, description = "The order, with the evaluation by which it was priced.", body = OrderOut),
              (status = 409, description = "A limit is reached, a code does not apply, or the price is another one.",
               body = ProblemBody),
              (status = 422, description = "Everything that is wrong with the cart.", body = ProblemBody)))]
async fn place(
    caller: May<ManageOrders>,
    State(app): State<AppState>,
    once: Once<PlaceOrder>,
) -> Result<Response, Problem> {
    let Once { body, request } = once;
    match place_now(&app, &caller, body, &request).await {
        Err(problem) => request.or_before(&app, &caller, problem).await,
        placed => placed,
    }
}

async fn place_now(
    app: &AppState,
    caller: &Caller,
    body: PlaceOrder,
    request: &Request,
) -> Result<Response, Problem> {
    check_texts(&body)?;
    let store = caller.store_id;
    let asked = Wanted::prices_of(&body.cart);
    let cart_id = body.cart.id.clone();
    let cart = completed(app, store, body.cart).await?;
    let expected = [("/expected_total", &body.expected_total), ("/expected_due", &body.expected_due)]
        .map(|(pointer, text)| text.as_deref().map(|text| amount(pointer, text, cart.currency)).transpose());
    let [expected_total, expected_due] = expected;
    let expected = (expected_total?, expected_due?);
    let id = app.desk.ids.take(store, "order", 1).await?;
    let new = NewOrder {
        reference: body.reference,
        group: body.group,
        cart_id,
        fingerprint: request.fingerprint.clone(),
        payment_method: body.payment.method,
        payment_terms: body.payment.terms,
        due_date: body.payment.due_date,
    };
    let group = new.group.clone();
    let claimant = Claimant { caller, request, asked: &asked, group: group.as_deref() };
    let claimed = claim(app, claimant, cart, |cart, priced, _wanted, charges| {
        check_price(&priced.evaluation.totals, expected, cart.currency)?;
        let (evaluation_id, evaluation) = told(cart, &asked, priced)?;
        let due_date = due_date(new.due_date, new.payment_terms.as_deref(), priced.day());
        let new = NewOrder { due_date, ..new.clone() };
        let rows = service::place(id, &new, cart, priced, charges, &evaluation_id)?;
        let evaluation = RawValue::from_string(evaluation).map_err(Problem::internal)?;
        let body = OrderOut::of(&rows, Some(evaluation))?;
        let becomes = Becomes::Order { id, reference: new.reference.clone() };
        let wants_event = priced.rules.wants.has(Event::OrderPlaced);
        let event = wants_event.then(|| placed_event(store, &rows, app.clock.now())).transpose()?;
        Ok(Made {
            becomes,
            charges: charges.to_vec(),
            rows: rows.added(store).into_iter().chain(event).collect(),
            body: serde_json::to_string(&body).map_err(Problem::internal)?,
        })
    })
    .await?;
    match claimed {
        Claimed::Now(body) => Ok(answered(StatusCode::CREATED.as_u16(), body, false)),
        Claimed::Before(status, body) => Ok(answered(status, body, true)),
        Claimed::SameOrder(id) => {
            let rows = service::get(app.db.read(), store, id).await?;
            Ok(answered(StatusCode::OK.as_u16(), text(&OrderOut::of(&rows, None)?)?, true))
        }
    }
}

/// What webhooks tell of an order, to be kept with it.
fn placed_event(store: StoreId, rows: &OrderRows, now: Timestamp) -> Result<Rows, Problem> {
    let order = serde_json::to_value(OrderOut::of(rows, None)?).map_err(Problem::internal)?;
    Ok(webhook::service::row(store, Event::OrderPlaced, &json!({"order": order}), now))
}

/// Errors: the cart costs something else, in all or beside gift cards, than the shopper was shown.
fn check_price(
    totals: &Totals,
    (total, due): (Option<Minor>, Option<Minor>),
    currency: Currency,
) -> Result<(), Problem> {
    for (what, expected, found) in [("costs", total, totals.total), ("leaves to pay", due, totals.due)] {
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            let (expected, found) = (expected.display(currency), found.display(currency));
            let detail = format!("the cart {what} {found} now, not {expected}; nothing was ordered");
            return Err(Problem::new(Code::PriceChanged, detail));
        }
    }
    Ok(())
}

/// The date until which it is to be paid: as given, or as `NET 30` says.
fn due_date(given: Option<Date>, terms: Option<&str>, today: Date) -> Option<Date> {
    let days = || -> Option<i64> {
        let terms = terms?.trim().to_ascii_uppercase();
        let days = terms.strip_prefix("NET")?.trim_start_matches([' ', '_']);
        let is_number = days.bytes().all(|byte| byte.is_ascii_digit());
        days.parse().ok().filter(|days| is_number && (0..=3650).contains(days))
    };
    given.or_else(|| today.checked_add(days()?.days()).ok())
}

fn check_texts(body: &PlaceOrder) -> Result<(), Problem> {
    let mut errors = Errors::default();
    if body.cart.order_id.is_some() {
        let message = "is for pricing a change of an order; an order that is placed is a new one";
        errors.report("/cart/order_id", "conflict", message);
    }
    let texts = [
        ("/reference", &body.reference),
        ("/group", &body.group),
        ("/cart/id", &body.cart.id),
        ("/payment/method", &body.payment.method),
        ("/payment/terms", &body.payment.terms),
    ];
    for (pointer, text) in texts {
        if let Some(text) = text {
            errors.text(pointer, text);
        }
    }
    errors.finish()
}

fn check_reason(reason: Option<&str>) -> Result<(), Problem> {
    let mut errors = Errors::default();
    if let Some(reason) = reason {
        errors.text_or_empty("/reason", reason);
    }
    errors.finish()
}

fn amount(pointer: &str, text: &str, currency: Currency) -> Result<Minor, Problem> {
    Minor::parse(text, currency)
        .map_err(|error| Problem::invalid([FieldError::new(pointer, "out_of_range", error.to_string())]))
}

fn text(order: &OrderOut) -> Result<String, Problem> {
    serde_json::to_string(order).map_err(Problem::internal)
}

/// The orders of the store, the newest first.
#[utoipa::path(get, path = "/v1/orders", tag = "orders", operation_id = "listOrders",
    security(("secret_key" = [ManageOrders])), params(OrderQuery),
    responses((status = 200, description = "A page of orders.", body = List<OrderOut>)))]
async fn list(
    caller: May<ManageOrders>,
    State(app): State<AppState>,
    Query(query): Query<OrderQuery>,
) -> Result<Json<List<OrderOut>>, Problem> {
    let page: Page<i64> = Page::new(query.limit, query.after.as_deref())?;
    let status = query.status.as_deref().map(|word| {
        let unknown = || {
            let words: Vec<&str> = Status::ALL.iter().map(|status| status.word()).collect();
            let message = format!("must be one of {}", words.join(", "));
            Problem::invalid([FieldError::new("?status", "out_of_range", message)])
        };
        Status::read(word).ok_or_else(unknown)
    });
    let filter = Filter {
        status: status.transpose()?.map(|status| status.word().to_owned()),
        customer: query.customer_id,
        channel: query.channel_id,
        promotion: query.promotion_id,
        seller: query.seller_id,
        reference: query.reference,
        placed_from: query.placed_from.map(Timestamp::as_millisecond),
        placed_to: query.placed_to.map(Timestamp::as_millisecond),
    };
    let (db, store) = (app.db.read(), caller.store_id);
    let orders = service::list(db, store, &filter, page.after, page.fetch()).await?;
    let List { data, next_cursor } = page.list(orders, |rows| rows.order.id, |rows| rows);
    let shown = data.iter().map(|rows| OrderOut::of(rows, None)).collect::<Result<_, Problem>>()?;
    Ok(Json(List { data: shown, next_cursor }))
}

/// The orders with these ids as they are shown, in no order; those that do not exist are left out.
pub(super) async fn documents(app: &AppState, store: StoreId, ids: &[i64]) -> Result<Vec<Value>, Problem> {
    let orders = service::get_many(app.db.read(), store, ids).await?;
    as_told(orders.iter().map(|rows| OrderOut::of(rows, None)).collect::<Result<Vec<_>, Problem>>()?)
}

/// One order.
#[utoipa::path(get, path = "/v1/orders/{id}", tag = "orders", operation_id = "getOrder",
    security(("secret_key" = [ManageOrders])), params(("id" = i64, Path, description = "The order's id.")),
    responses((status = 200, description = "The order.", body = OrderOut),
              (status = 404, description = "There is none with this id.", body = ProblemBody)))]
async fn get_one(
    caller: May<ManageOrders>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<OrderOut>, Problem> {
    let rows = service::get(app.db.read(), caller.store_id, id).await?;
    Ok(Json(OrderOut::of(&rows, None)?))
}

/// Says that an order is to be sent or was sent, or how it is paid.
#[utoipa::path(patch, path = "/v1/orders/{id}", tag = "orders", operation_id = "changeOrder",
    security(("secret_key" = [ManageOrders])), request_body = ChangeOrder,
    params(("id" = i64, Path, description = "The order's id.")),
    responses((status = 200, description = "The order as it is now.", body = OrderOut),
              (status = 409, description = "The order is not in a state for that.", body = ProblemBody)))]
async fn change(
    caller: May<ManageOrders>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    Json(body): Json<ChangeOrder>,
) -> Result<Json<OrderOut>, Problem> {
    let status = match body.status.as_deref() {
        None => None,
        Some("awaiting_fulfilment") => Some(Status::AwaitingFulfilment),
        Some("fulfilled") => Some(Status::Fulfilled),
        Some(_) => {
            let message =
                "must be awaiting_fulfilment or fulfilled; cancel and refund by their own addresses";
            return Err(Problem::invalid([FieldError::new("/status", "out_of_range", message)]));
        }
    };
    let PaymentIn { method, terms, due_date } = body.payment;
    let mut errors = Errors::default();
    for (pointer, text) in [("/payment/method", &method), ("/payment/terms", &terms)] {
        if let Some(text) = text {
            errors.text(pointer, text);
        }
    }
    errors.finish()?;
    let (store, now) = (caller.store_id, app.clock.now());
    let author = Author::of(&caller, now);
    let rules = app.rulesets.of(&app.db, store).await?;
    let today = now.to_zoned(rules.ruleset.settings().time_zone.clone()).date();
    let due_date = self::due_date(due_date, terms.as_deref(), today);
    let paying = Paying { status, method, terms, due_date };
    let changed =
        app.db.write(move |tx| Box::pin(async move { service::change(tx, &author, id, paying).await }));
    Ok(Json(OrderOut::of(&changed.await?, None)?))
}

/// Cancels an order that was not sent: everything that it was paid with goes back, and what it used up of promotions is
/// given back as they say.
#[utoipa::path(post, path = "/v1/orders/{id}/cancel", tag = "orders", operation_id = "cancelOrder",
    security(("secret_key" = [ManageOrders])), request_body = CancelOrder,
    params(("id" = i64, Path, description = "The order's id."),
           ("Idempotency-Key" = String, Header, description = "A text of your own that names this request.")),
    responses((status = 200, description = "The order as it is now.", body = OrderOut),
              (status = 409, description = "It was sent, cancelled or refunded already.", body = ProblemBody)))]
async fn cancel(
    caller: May<ManageOrders>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    once: Once<CancelOrder>,
) -> Result<Response, Problem> {
    let Once { body, request } = once;
    check_reason(body.reason.as_deref())?;
    let author = Author::of(&caller, app.clock.now());
    request
        .answer(&app, &caller, move |tx| {
            Box::pin(async move { OrderOut::of(&service::cancel(tx, &author, id, body.reason).await?, None) })
        })
        .await
}

/// Refunds units, an amount, or all that is left: first to the gift cards and the store credit that paid, then to the
/// primary payment.
#[utoipa::path(post, path = "/v1/orders/{id}/refund", tag = "orders", operation_id = "refundOrder",
    security(("secret_key" = [ManageOrders])), request_body = RefundOrder,
    params(("id" = i64, Path, description = "The order's id."),
           ("Idempotency-Key" = String, Header, description = "A text of your own that names this request.")),
    responses((status = 200, description = "The order as it is now; the refund is the last of its `refunds`.",
               body = OrderOut),
              (status = 409, description = "There is not so much left to refund.", body = ProblemBody)))]
async fn refund(
    caller: May<ManageOrders>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    once: Once<RefundOrder>,
) -> Result<Response, Problem> {
    let Once { body, request } = once;
    check_reason(body.reason.as_deref())?;
    if body.amount.is_some() && (!body.lines.is_empty() || body.with_shipping) {
        let message = "give either `amount`, or `lines` and `with_shipping`";
        return Err(Problem::invalid([FieldError::new("/amount", "conflict", message)]));
    }
    let asked = Refunding {
        lines: body.lines.into_iter().map(|line| (line.id, line.quantity)).collect(),
        with_shipping: body.with_shipping,
        amount: body.amount,
        reason: body.reason,
    };
    let author = Author::of(&caller, app.clock.now());
    request
        .answer(&app, &caller, move |tx| {
            Box::pin(async move { OrderOut::of(&service::refund(tx, &author, id, asked).await?, None) })
        })
        .await
}

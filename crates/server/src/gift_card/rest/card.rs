//! One card, many cards, and what is on the card with a code.

use std::time::Instant;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::wire::{CardOut, NewCardIn, RedemptionOut, StatusOut, TransactionOut};
use crate::access::may::ManageGiftCards;
use crate::access::{AnyCaller, Caller, May};
use crate::activity::Author;
use crate::app::AppState;
use crate::gift_card::GUESSES;
use crate::gift_card::service::{self, Card, CardFilter, NewCard};
use crate::idempotency::Once;
use crate::ledger::service::{self as ledger, Told};
use crate::platform::http::address::ClientAddress;
use crate::platform::http::{Code, Json, List, Page, PageQuery, Path, Problem, ProblemBody, Query};

/// An answer as it is kept under its idempotency key.
pub(super) fn text<T: Serialize>(answer: &T) -> Result<String, Problem> {
    serde_json::to_string(answer).map_err(Problem::internal)
}

/// A card as it is told now.
pub(super) fn out(app: &AppState, card: Card) -> CardOut {
    CardOut::new(card, app.clock.now(), app.mailer.is_configured())
}

/// Issues a gift card, and has it sent when it has a recipient. The code is in this answer and in no other.
#[utoipa::path(post, path = "/v1/gift-cards", tag = "gift cards", operation_id = "createGiftCard",
    security(("secret_key" = [ManageGiftCards])), request_body = NewCardIn,
    params(("Idempotency-Key" = String, Header, description = "A text of your own that names this request.")),
    responses((status = 201, description = "The card, with its code.", body = CardOut),
              (status = 422, description = "No card can be like that.", body = ProblemBody)))]
pub(super) async fn create(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    once: Once<NewCardIn>,
) -> Result<Response, Problem> {
    let Once { body, request } = once;
    let (new, here) = (NewCard::from(body), app.clone());
    let author = Author::of(&caller, app.clock.now());
    request
        .once_sealed(&app, &caller, move |tx| {
            Box::pin(async move {
                let (card, code) = service::issue(&here, tx, &author, &new).await?;
                Ok((StatusCode::CREATED, text(&out(&here, card).with_code(code.display()))?))
            })
        })
        .await
}

/// Which cards to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// How many to return, 1 to 250; 50 unless told.
    #[param(minimum = 1, maximum = 250, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// Only cards in this status.
    status: Option<StatusOut>,
    /// Only cards for this e-mail address.
    recipient: Option<String>,
    /// Only cards whose codes end with these four symbols.
    last_four: Option<String>,
    /// Only cards that this job made.
    batch_id: Option<i64>,
}

/// The gift cards, the newest first.
#[utoipa::path(get, path = "/v1/gift-cards", tag = "gift cards", operation_id = "listGiftCards",
    security(("secret_key" = [ManageGiftCards])), params(ListQuery),
    responses((status = 200, description = "A page of cards.", body = inline(List<CardOut>))))]
pub(super) async fn list(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    Query(query): Query<ListQuery>,
) -> Result<Json<List<CardOut>>, Problem> {
    let page: Page<i64> = Page::new(query.limit, query.after.as_deref())?;
    let filter = CardFilter {
        status: query.status.map(Into::into),
        recipient: query.recipient,
        last_four: query.last_four,
        batch: query.batch_id,
    };
    let cards = service::list(&app, caller.store_id, filter, page.after, page.fetch()).await?;
    Ok(Json(page.list(cards, Card::id, |card| out(&app, card))))
}

/// One gift card.
#[utoipa::path(get, path = "/v1/gift-cards/{id}", tag = "gift cards", operation_id = "getGiftCard",
    security(("secret_key" = [ManageGiftCards])), params(("id" = i64, Path, description = "The card's id.")),
    responses((status = 200, description = "The card.", body = CardOut),
              (status = 404, description = "There is none with this id.", body = ProblemBody)))]
pub(super) async fn get(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<CardOut>, Problem> {
    let card = service::get(app.db.read(), caller.store_id, id).await?;
    Ok(Json(out(&app, card)))
}

/// Everything that was ever posted to a gift card, the newest first.
#[utoipa::path(get, path = "/v1/gift-cards/{id}/transactions", tag = "gift cards",
    operation_id = "listGiftCardTransactions", security(("secret_key" = [ManageGiftCards])),
    params(("id" = i64, Path, description = "The card's id."), PageQuery),
    responses((status = 200, description = "A page of transactions.", body = inline(List<TransactionOut>)),
              (status = 404, description = "There is none with this id.", body = ProblemBody)))]
pub(super) async fn transactions(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<TransactionOut>>, Problem> {
    let page: Page<i64> = query.page()?;
    let currency = service::get(app.db.read(), caller.store_id, id).await?.currency();
    let told = told(&app, &caller, id, None, &page).await?;
    Ok(Json(page.list(told, |told| told.id, |told| TransactionOut::new(told, currency))))
}

/// What orders took from a gift card, the newest first.
#[utoipa::path(get, path = "/v1/gift-cards/{id}/redemptions", tag = "gift cards",
    operation_id = "listGiftCardRedemptions", security(("secret_key" = [ManageGiftCards])),
    params(("id" = i64, Path, description = "The card's id."), PageQuery),
    responses((status = 200, description = "A page of redemptions.", body = inline(List<RedemptionOut>)),
              (status = 404, description = "There is none with this id.", body = ProblemBody)))]
pub(super) async fn redemptions(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<RedemptionOut>>, Problem> {
    let page: Page<i64> = query.page()?;
    let currency = service::get(app.db.read(), caller.store_id, id).await?.currency();
    let told = told(&app, &caller, id, Some("redeem"), &page).await?;
    Ok(Json(page.list(told, |told| told.id, |told| RedemptionOut::new(told, currency))))
}

async fn told(
    app: &AppState,
    caller: &Caller,
    id: i64,
    kind: Option<&str>,
    page: &Page<i64>,
) -> Result<Vec<Told>, Problem> {
    ledger::transactions(app.db.read(), caller.store_id, id, kind, (page.after, page.fetch())).await
}

/// Whose balance is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GiftCardBalanceRequest)]
pub(super) struct BalanceIn {
    /// The code, in any letter case, with or without dashes.
    #[schema(example = "7Q4M-2XK9-PTWD-0GHR-5")]
    code: String,
    /// The PIN, of a card that has one.
    pin: Option<String>,
}

/// What is on a gift card.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GiftCardBalance)]
pub(super) struct BalanceOut {
    /// What can be spent, in `currency`.
    #[schema(example = "20.00")]
    balance: String,
    /// The card's one currency: ISO 4217.
    currency: String,
    /// The last four symbols of the code.
    last_four: String,
    /// Whether something is left, or all was spent.
    status: StatusOut,
    /// From when on it cannot be used; `null` for never.
    expires_at: Option<String>,
}

/// What is on the gift card with this code. Of a code that does not exist, a card that expired or was voided, and a wrong
/// PIN the same is told. The fifth that fails in 15 minutes from one address is the last: then one has to wait.
#[utoipa::path(post, path = "/v1/gift-cards/balance", tag = "gift cards", operation_id = "getGiftCardBalance",
    security(("secret_key" = []), ("publishable_key" = [])), request_body = BalanceIn,
    responses((status = 200, description = "What is on it.", body = BalanceOut),
              (status = 404, description = "The card cannot be used.", body = ProblemBody),
              (status = 429, description = "Too many were tried; see `Retry-After`.", body = ProblemBody),
              (status = 503, description = "Too many were tried by all shoppers together.", body = ProblemBody)))]
pub(super) async fn balance(
    caller: AnyCaller,
    address: ClientAddress,
    State(app): State<AppState>,
    Json(asked): Json<BalanceIn>,
) -> Result<Json<BalanceOut>, Problem> {
    let who = (caller.store_id, address);
    let tried = GUESSES.try_one(&app.limiter, who, !caller.is_secret, Instant::now())?;
    let found = service::balance(&app, caller.store_id, &asked.code, asked.pin.as_deref()).await;
    // A failure of ours is nobody's guess.
    if !found.as_ref().is_err_and(|problem| problem.code() == Code::GiftCardNotUsable) {
        tried.found();
    }
    let balance = found?;
    Ok(Json(BalanceOut {
        balance: balance.available.to_decimal(balance.currency),
        currency: balance.currency.code().to_owned(),
        last_four: balance.last_four,
        status: balance.status.into(),
        expires_at: balance.expires.map(|at| at.to_string()),
    }))
}

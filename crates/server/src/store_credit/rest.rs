//! `/v1/customers/{id}/store-credit`.

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use engine::money::Currency;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::service;
use crate::access::May;
use crate::access::may::ManageGiftCards;
use crate::activity::Author;
use crate::app::AppState;
use crate::idempotency::Once;
use crate::ledger::service::{AccountState, Told};
use crate::platform::http::{Feature, FieldError, Json, List, Page, Path, Problem, ProblemBody, Query};
use crate::settings;

/// What a customer has as store credit.
#[derive(Debug, Serialize, ToSchema)]
struct StoreCredit {
    /// The customer.
    customer_id: i64,
    /// One for each currency in which there ever was credit.
    balances: Vec<StoreCreditBalance>,
}

/// The store credit in one currency.
#[derive(Debug, Serialize, ToSchema)]
struct StoreCreditBalance {
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    /// What the store owes.
    #[schema(example = "15.00")]
    balance: String,
    /// The part of it that is held for orders under way.
    #[schema(example = "0.00")]
    held: String,
    /// What can be spent.
    #[schema(example = "15.00")]
    available: String,
}

/// What is added to or taken from store credit.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AdjustStoreCredit {
    /// What is added or, with a minus, taken away.
    #[schema(example = "+5.00")]
    amount: String,
    /// The currency: ISO 4217; the store's unless told.
    currency: Option<String>,
    /// Why, 1 to 250 characters; it stands in the ledger for ever.
    #[schema(example = "Goodwill for a late delivery")]
    reason: String,
}

/// A transaction of store credit.
#[derive(Debug, Serialize, ToSchema)]
struct StoreCreditTransaction {
    /// Its id.
    id: i64,
    /// What was done: `issue`, `load`, `redeem`, `refund` or `adjust`.
    #[schema(example = "adjust")]
    kind: String,
    /// What it added; with a minus, what it took.
    #[schema(example = "5.00")]
    amount: String,
    /// The balance after it.
    #[schema(example = "15.00")]
    balance_after: String,
    /// The order that it was for.
    order_id: Option<String>,
    /// Why staff did it.
    reason: Option<String>,
    /// Who did it.
    actor: String,
    /// When.
    created_at: String,
}

/// Which transactions to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TransactionsQuery {
    /// How many to return, 1 to 250; 50 unless told.
    #[param(minimum = 1, maximum = 250, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// Of the credit in this currency: ISO 4217; the store's unless told.
    currency: Option<String>,
}

#[derive(OpenApi)]
#[openapi(
    paths(show, adjust, transactions),
    components(schemas(StoreCreditTransaction)),
    tags((name = "store credit", description = "What the store owes to customers, apart from gift cards."))
)]
struct Documentation;

/// The store credit feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("store credit", Documentation::openapi())
        .route("/v1/customers/{id}/store-credit", get(show))
        .route("/v1/customers/{id}/store-credit/adjust", post(adjust))
        .route("/v1/customers/{id}/store-credit/transactions", get(transactions))
}

/// What a customer has as store credit. Who never had any has no balances.
#[utoipa::path(get, path = "/v1/customers/{id}/store-credit", tag = "store credit", operation_id = "getStoreCredit",
    security(("secret_key" = [ManageGiftCards])), params(("id" = i64, Path, description = "The customer's id.")),
    responses((status = 200, description = "The balances.", body = StoreCredit)))]
async fn show(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    Path(customer): Path<i64>,
) -> Result<Json<StoreCredit>, Problem> {
    let credits = service::credits(app.db.read(), caller.store_id, customer).await?;
    Ok(Json(StoreCredit::new(customer, credits)))
}

/// Adds to a customer's store credit, or takes from it what is not held.
#[utoipa::path(post, path = "/v1/customers/{id}/store-credit/adjust", tag = "store credit",
    operation_id = "adjustStoreCredit", security(("secret_key" = [ManageGiftCards])), request_body = AdjustStoreCredit,
    params(("id" = i64, Path, description = "The customer's id."),
           ("Idempotency-Key" = String, Header, description = "A text of your own that names this request.")),
    responses((status = 200, description = "The balances after it.", body = StoreCredit),
              (status = 409, description = "There is too little credit.", body = ProblemBody),
              (status = 422, description = "The amount or currency cannot be read.", body = ProblemBody)))]
async fn adjust(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    Path(customer): Path<i64>,
    once: Once<AdjustStoreCredit>,
) -> Result<Response, Problem> {
    let Once { body, request } = once;
    let author = Author::of(&caller, app.clock.now());
    request
        .answer(&app, &caller, move |tx| {
            Box::pin(async move {
                let change = (body.amount.as_str(), body.currency.as_deref(), body.reason);
                let credits = service::adjust(tx, &author, customer, change).await?;
                Ok(StoreCredit::new(customer, credits))
            })
        })
        .await
}

/// Everything that was ever posted to a customer's store credit in one currency, the newest first.
#[utoipa::path(get, path = "/v1/customers/{id}/store-credit/transactions", tag = "store credit",
    operation_id = "listStoreCreditTransactions", security(("secret_key" = [ManageGiftCards])),
    params(("id" = i64, Path, description = "The customer's id."), TransactionsQuery),
    responses((status = 200, description = "A page of transactions.",
               body = inline(List<StoreCreditTransaction>))))]
async fn transactions(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    Path(customer): Path<i64>,
    Query(query): Query<TransactionsQuery>,
) -> Result<Json<List<StoreCreditTransaction>>, Problem> {
    let page: Page<i64> = Page::new(query.limit, query.after.as_deref())?;
    let currency = match &query.currency {
        Some(code) => Currency::parse(code).ok_or_else(|| {
            let message = "must be an ISO 4217 code in capitals such as `USD`";
            Problem::invalid([FieldError::new("?currency", "unknown_currency", message)])
        })?,
        None => settings::service::get(app.db.read(), caller.store_id).await?.pricing.currency,
    };
    let part = (page.after, page.fetch());
    let told = service::transactions(&app, caller.store_id, customer, currency, part).await?;
    Ok(Json(page.list(told, |told| told.id, |told| StoreCreditTransaction::new(told, currency))))
}

impl StoreCredit {
    fn new(customer_id: i64, credits: Vec<AccountState>) -> Self {
        let balance = |credit: AccountState| {
            let account = credit.account;
            StoreCreditBalance {
                currency: account.currency.code().to_owned(),
                balance: account.balance.to_decimal(account.currency),
                held: account.held.to_decimal(account.currency),
                available: account.available().to_decimal(account.currency),
            }
        };
        Self { customer_id, balances: credits.into_iter().map(balance).collect() }
    }
}

impl StoreCreditTransaction {
    fn new(told: Told, currency: Currency) -> Self {
        Self {
            id: told.id,
            kind: told.kind,
            amount: told.amount.to_decimal(currency),
            balance_after: told.balance_after.to_decimal(currency),
            order_id: told.order_id,
            reason: told.reason,
            actor: told.actor,
            created_at: told.created.to_string(),
        }
    }
}

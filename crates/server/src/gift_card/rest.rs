//! `/v1/gift-cards`.

mod bulk;
mod card;
mod change;
mod report;
mod wire;

use axum::routing::{get, post};
use serde_json::Value;
use utoipa::OpenApi;

use super::service;
use crate::app::AppState;
use crate::graphql::as_told;
use crate::platform::http::{Feature, Problem};
use crate::platform::ids::StoreId;

#[derive(OpenApi)]
#[openapi(
    paths(
        card::create, card::list, card::get, card::transactions, card::redemptions, card::balance,
        change::void, change::extend, change::adjust, change::resend,
        bulk::create, bulk::export, report::liability, report::export
    ),
    components(schemas(wire::TransactionOut, wire::RedemptionOut)),
    tags((name = "gift cards", description = "Issued, delivered, looked up, voided, extended and adjusted."))
)]
struct Documentation;

/// The cards with these ids as they are shown, in no order; those that do not exist are left out.
pub(super) async fn documents(app: &AppState, store: StoreId, ids: &[i64]) -> Result<Vec<Value>, Problem> {
    let cards = service::get_many(app.db.read(), store, ids).await?;
    as_told(cards.into_iter().map(|card| card::out(app, card)).collect())
}

/// The gift card feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("gift card", Documentation::openapi())
        .route("/v1/gift-cards", get(card::list).post(card::create))
        .route("/v1/gift-cards/balance", post(card::balance))
        .route("/v1/gift-cards/bulk", post(bulk::create))
        .route("/v1/gift-cards/bulk/{file}", get(bulk::export))
        .route("/v1/gift-cards/liability", get(report::liability))
        .route("/v1/gift-cards/liability.csv", get(report::export))
        .route("/v1/gift-cards/{id}", get(card::get))
        .route("/v1/gift-cards/{id}/transactions", get(card::transactions))
        .route("/v1/gift-cards/{id}/redemptions", get(card::redemptions))
        .route("/v1/gift-cards/{id}/void", post(change::void))
        .route("/v1/gift-cards/{id}/extend", post(change::extend))
        .route("/v1/gift-cards/{id}/adjust", post(change::adjust))
        .route("/v1/gift-cards/{id}/resend", post(change::resend))
}

//! `/v1/sellers`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::service::{self, Change};
use super::store::row;
use crate::access::May;
use crate::access::may::ManageUsers;
use crate::activity::Author;
use crate::app::AppState;
use crate::platform::http::{
    Bulk, Errors, Feature, Json, List, PageQuery, Path, Problem, ProblemBody, Query, Upserted, nullable,
};
use crate::platform::ids::StoreId;

/// Who sells, in a marketplace.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Seller {
    /// The id, the marketplace's own: 1 to 2^53 - 1.
    #[schema(minimum = 1, example = 12)]
    pub id: i64,
    /// The name of the business, 1 to 250 characters.
    #[schema(min_length = 1, max_length = 250, example = "Alpine Outfitters")]
    pub business_name: String,
    /// The e-mail address.
    #[serde(default)]
    #[schema(example = "sales@example.com")]
    pub email: Option<String>,
    /// Whether the operator lets the seller make promotions; not unless told.
    #[serde(default)]
    pub marketing_tools: bool,
}

/// What changes about a seller; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SellerChange {
    /// The name of the business, 1 to 250 characters.
    business_name: Option<String>,
    /// The e-mail address; `null` clears it.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// Whether the operator lets the seller make promotions.
    marketing_tools: Option<bool>,
}

impl Seller {
    /// Checks everything but the id, which is checked together with the others'.
    pub(crate) fn check(&self, at: &str, errors: &mut Errors) {
        errors.text(format_args!("{at}/business_name"), &self.business_name);
        errors.email(format_args!("{at}/email"), self.email.as_deref());
    }

    pub(super) fn into_row(self, store_id: StoreId) -> row::Model {
        let Self { id, business_name, email, marketing_tools } = self;
        row::Model { store_id, id, business_name, email, marketing_tools }
    }
}

impl From<row::Model> for Seller {
    fn from(row: row::Model) -> Self {
        let row::Model { id, business_name, email, marketing_tools, .. } = row;
        Self { id, business_name, email, marketing_tools }
    }
}

#[derive(OpenApi)]
#[openapi(
    paths(put, list, show, change, delete),
    components(schemas(Seller, SellerChange)),
    tags((name = "sellers", description = "Who sells, in a marketplace."))
)]
struct Documentation;

/// The seller feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("seller", Documentation::openapi())
        .route("/v1/sellers", get(list).put(put))
        .route("/v1/sellers/{id}", get(show).patch(change).delete(delete))
}

/// Add or replace up to 1000 sellers.
#[utoipa::path(put, path = "/v1/sellers", tag = "sellers", operation_id = "putSellers",
    security(("secret_key" = [ManageUsers])), request_body = Bulk<Seller>,
    responses(
        (status = 200, description = "All of them are kept.", body = Upserted),
        (status = 422, description = "None of them is kept.", body = ProblemBody),
    ))]
async fn put(
    caller: May<ManageUsers>,
    State(state): State<AppState>,
    Json(body): Json<Bulk<Seller>>,
) -> Result<Json<Upserted>, Problem> {
    let upserted = service::upsert(&state.db, &Author::of(&caller, state.clock.now()), body.items).await?;
    Ok(Json(Upserted { upserted }))
}

/// The sellers, in the order of their ids.
#[utoipa::path(get, path = "/v1/sellers", tag = "sellers", operation_id = "listSellers",
    security(("secret_key" = [ManageUsers])), params(PageQuery),
    responses((status = 200, description = "A page of them.", body = List<Seller>)))]
async fn list(
    caller: May<ManageUsers>,
    State(state): State<AppState>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<Seller>>, Problem> {
    service::list(&state.db, caller.store_id, &query.page()?).await.map(Json)
}

/// One seller.
#[utoipa::path(get, path = "/v1/sellers/{id}", tag = "sellers", operation_id = "getSeller",
    security(("secret_key" = [ManageUsers])), params(("id" = i64, Path, description = "The seller's id.")),
    responses(
        (status = 200, description = "The seller.", body = Seller),
        (status = 404, description = "There is none with this id.", body = ProblemBody),
    ))]
async fn show(
    caller: May<ManageUsers>,
    State(state): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<Seller>, Problem> {
    service::get(state.db.read(), caller.store_id, id).await.map(Json)
}

/// Changes a seller.
#[utoipa::path(patch, path = "/v1/sellers/{id}", tag = "sellers", operation_id = "changeSeller",
    security(("secret_key" = [ManageUsers])), params(("id" = i64, Path, description = "The seller's id.")),
    request_body = SellerChange,
    responses(
        (status = 200, description = "The seller as it is now.", body = Seller),
        (status = 404, description = "There is none with this id.", body = ProblemBody),
        (status = 422, description = "A value cannot be; nothing changed.", body = ProblemBody),
    ))]
async fn change(
    caller: May<ManageUsers>,
    State(state): State<AppState>,
    Path(id): Path<i64>,
    Json(body): Json<SellerChange>,
) -> Result<Json<Seller>, Problem> {
    let SellerChange { business_name, email, marketing_tools } = body;
    let change = Change { business_name, email, marketing_tools };
    let author = Author::of(&caller, state.clock.now());
    service::change(&state.db, &author, id, change).await.map(Json)
}

/// Deletes a seller without products. What they sold stays with its orders.
#[utoipa::path(delete, path = "/v1/sellers/{id}", tag = "sellers", operation_id = "deleteSeller",
    security(("secret_key" = [ManageUsers])), params(("id" = i64, Path, description = "The seller's id.")),
    responses(
        (status = 204, description = "It is gone, or was never there."),
        (status = 409, description = "There are products of this seller.", body = ProblemBody),
    ))]
async fn delete(
    caller: May<ManageUsers>,
    State(state): State<AppState>,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    service::delete(&state.db, &Author::of(&caller, state.clock.now()), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

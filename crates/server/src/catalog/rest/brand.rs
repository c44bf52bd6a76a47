//! Brands over HTTP.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::May;
use crate::access::may::ManageProducts;
use crate::activity::Author;
use crate::app::AppState;
use crate::catalog::service;
use crate::catalog::store::brand;
use crate::platform::http::{Bulk, Json, List, PageQuery, Path, Problem, ProblemBody, Query, Upserted};
use crate::platform::ids::StoreId;

/// A brand of products.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    /// Its id, the storefront's own: 1 to 2^53 - 1.
    #[schema(minimum = 1, example = 3)]
    pub id: i64,
    /// Its name, 1 to 250 characters.
    #[schema(min_length = 1, max_length = 250, example = "Northwind")]
    pub name: String,
}

impl Brand {
    pub(in crate::catalog) fn into_row(self, store_id: StoreId) -> brand::Model {
        brand::Model { store_id, id: self.id, name: self.name }
    }
}

impl From<brand::Model> for Brand {
    fn from(row: brand::Model) -> Self {
        Self { id: row.id, name: row.name }
    }
}

/// Add or replace up to 1000 brands.
#[utoipa::path(put, path = "/v1/brands", tag = "catalog", operation_id = "putBrands",
    security(("secret_key" = [ManageProducts])), request_body = Bulk<Brand>,
    responses(
        (status = 200, description = "All of them are kept.", body = Upserted),
        (status = 422, description = "None of them is kept.", body = ProblemBody),
    ))]
pub(super) async fn put(
    caller: May<ManageProducts>,
    State(state): State<AppState>,
    Json(body): Json<Bulk<Brand>>,
) -> Result<Json<Upserted>, Problem> {
    let author = Author::of(&caller, state.clock.now());
    let upserted = service::upsert_brands(&state.db, &author, body.items).await?;
    Ok(Json(Upserted { upserted }))
}

/// The brands, in the order of their ids.
#[utoipa::path(get, path = "/v1/brands", tag = "catalog", operation_id = "listBrands",
    security(("secret_key" = [ManageProducts])), params(PageQuery),
    responses((status = 200, description = "A page of them.", body = List<Brand>)))]
pub(super) async fn list(
    caller: May<ManageProducts>,
    State(state): State<AppState>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<Brand>>, Problem> {
    service::brands(&state.db, caller.store_id, &query.page()?).await.map(Json)
}

/// One brand.
#[utoipa::path(get, path = "/v1/brands/{id}", tag = "catalog", operation_id = "getBrand",
    security(("secret_key" = [ManageProducts])), params(("id" = i64, Path, description = "Its id.")),
    responses(
        (status = 200, description = "The brand.", body = Brand),
        (status = 404, description = "There is none with this id.", body = ProblemBody),
    ))]
pub(super) async fn get(
    caller: May<ManageProducts>,
    State(state): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<Brand>, Problem> {
    service::brand(&state.db, caller.store_id, id).await.map(Json)
}

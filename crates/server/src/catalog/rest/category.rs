//! Categories over HTTP.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::May;
use crate::access::may::ManageProducts;
use crate::activity::Author;
use crate::app::AppState;
use crate::catalog::service;
use crate::catalog::store::category;
use crate::platform::http::{
    Bulk, Errors, Json, List, PageQuery, Path, Problem, ProblemBody, Query, Upserted,
};
use crate::platform::ids::StoreId;

/// A category of products.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its id, the storefront's own: 1 to 2^53 - 1.
    #[schema(minimum = 1, example = 9)]
    pub id: i64,
    /// Its name, 1 to 250 characters.
    #[schema(min_length = 1, max_length = 250, example = "Boots")]
    pub name: String,
    /// The category that contains it; `null` or 0 when none does. What is in a category is in its parents too.
    #[serde(default)]
    pub parent_id: Option<i64>,
}

impl Category {
    pub(in crate::catalog) fn check(&self, at: &str, errors: &mut Errors) {
        errors.text(format_args!("{at}/name"), &self.name);
        errors.optional_id(format_args!("{at}/parent_id"), self.parent_id);
    }

    pub(in crate::catalog) fn into_row(self, store_id: StoreId) -> category::Model {
        let parent_id = self.parent_id.filter(|id| *id != 0);
        category::Model { store_id, id: self.id, name: self.name, parent_id }
    }
}

impl From<category::Model> for Category {
    fn from(row: category::Model) -> Self {
        Self { id: row.id, name: row.name, parent_id: row.parent_id }
    }
}

/// Add or replace up to 1000 categories.
#[utoipa::path(put, path = "/v1/categories", tag = "catalog", operation_id = "putCategories",
    security(("secret_key" = [ManageProducts])), request_body = Bulk<Category>,
    responses(
        (status = 200, description = "All of them are kept.", body = Upserted),
        (status = 422, description = "None of them is kept.", body = ProblemBody),
    ))]
pub(super) async fn put(
    caller: May<ManageProducts>,
    State(state): State<AppState>,
    Json(body): Json<Bulk<Category>>,
) -> Result<Json<Upserted>, Problem> {
    let author = Author::of(&caller, state.clock.now());
    let upserted = service::upsert_categories(&state.db, &author, body.items).await?;
    Ok(Json(Upserted { upserted }))
}

/// The categories, in the order of their ids.
#[utoipa::path(get, path = "/v1/categories", tag = "catalog", operation_id = "listCategories",
    security(("secret_key" = [ManageProducts])), params(PageQuery),
    responses((status = 200, description = "A page of them.", body = List<Category>)))]
pub(super) async fn list(
    caller: May<ManageProducts>,
    State(state): State<AppState>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<Category>>, Problem> {
    service::categories(&state.db, caller.store_id, &query.page()?).await.map(Json)
}

/// One category.
#[utoipa::path(get, path = "/v1/categories/{id}", tag = "catalog", operation_id = "getCategory",
    security(("secret_key" = [ManageProducts])), params(("id" = i64, Path, description = "Its id.")),
    responses(
        (status = 200, description = "The category.", body = Category),
        (status = 404, description = "There is none with this id.", body = ProblemBody),
    ))]
pub(super) async fn get(
    caller: May<ManageProducts>,
    State(state): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<Category>, Problem> {
    service::category(&state.db, caller.store_id, id).await.map(Json)
}

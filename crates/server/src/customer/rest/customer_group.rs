//! Customer groups over HTTP.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::May;
use crate::access::may::CustomerGroups;
use crate::activity::Author;
use crate::app::AppState;
use crate::customer::service;
use crate::customer::store::customer_group;
use crate::platform::http::{Bulk, Json, List, PageQuery, Path, Problem, ProblemBody, Query, Upserted};
use crate::platform::ids::StoreId;

/// A group that the storefront has put customers in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerGroup {
    /// Its id, the storefront's own: 1 to 2^53 - 1. 0 stands for customers without a group and cannot be taken.
    #[schema(minimum = 1, example = 3)]
    pub id: i64,
    /// Its name, 1 to 250 characters.
    #[schema(min_length = 1, max_length = 250, example = "Wholesale")]
    pub name: String,
}

impl CustomerGroup {
    pub(in crate::customer) fn into_row(self, store_id: StoreId) -> customer_group::Model {
        customer_group::Model { store_id, id: self.id, name: self.name }
    }
}

impl From<customer_group::Model> for CustomerGroup {
    fn from(row: customer_group::Model) -> Self {
        Self { id: row.id, name: row.name }
    }
}

/// Add or replace up to 1000 customer groups.
#[utoipa::path(put, path = "/v1/customer-groups", tag = "customer", operation_id = "putCustomerGroups",
    security(("secret_key" = [CustomerGroups])), request_body = Bulk<CustomerGroup>,
    responses(
        (status = 200, description = "All of them are kept.", body = Upserted),
        (status = 422, description = "None of them is kept.", body = ProblemBody),
    ))]
pub(super) async fn put(
    caller: May<CustomerGroups>,
    State(state): State<AppState>,
    Json(body): Json<Bulk<CustomerGroup>>,
) -> Result<Json<Upserted>, Problem> {
    let author = Author::of(&caller, state.clock.now());
    let upserted = service::upsert_groups(&state.db, &author, body.items).await?;
    Ok(Json(Upserted { upserted }))
}

/// The customer groups, in the order of their ids.
#[utoipa::path(get, path = "/v1/customer-groups", tag = "customer", operation_id = "listCustomerGroups",
    security(("secret_key" = [CustomerGroups])), params(PageQuery),
    responses((status = 200, description = "A page of them.", body = List<CustomerGroup>)))]
pub(super) async fn list(
    caller: May<CustomerGroups>,
    State(state): State<AppState>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<CustomerGroup>>, Problem> {
    service::groups(&state.db, caller.store_id, &query.page()?).await.map(Json)
}

/// One customer group.
#[utoipa::path(get, path = "/v1/customer-groups/{id}", tag = "customer", operation_id = "getCustomerGroup",
    security(("secret_key" = [CustomerGroups])), params(("id" = i64, Path, description = "Its id.")),
    responses(
        (status = 200, description = "The group.", body = CustomerGroup),
        (status = 404, description = "There is none with this id.", body = ProblemBody),
    ))]
pub(super) async fn get(
    caller: May<CustomerGroups>,
    State(state): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<CustomerGroup>, Problem> {
    service::group(&state.db, caller.store_id, id).await.map(Json)
}

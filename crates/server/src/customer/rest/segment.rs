//! Segments over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::May;
use crate::access::may::ManageCustomers;
use crate::activity::Author;
use crate::app::AppState;
use crate::customer::service;
use crate::customer::store::segment;
use crate::platform::http::{
    Bulk, Errors, Json, List, PageQuery, Path, Problem, ProblemBody, Query, Upserted,
};
use crate::platform::ids::StoreId;

/// A set of customers that the storefront works out. Who is in it stands with the customers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Its id, the storefront's own: a text of 1 to 250 characters, such as a UUID.
    #[schema(min_length = 1, max_length = 250, example = "vip")]
    pub id: String,
    /// Its name, 1 to 250 characters.
    #[schema(min_length = 1, max_length = 250, example = "Our best customers")]
    pub name: String,
}

impl Segment {
    /// Checks everything.
    pub(crate) fn check(&self, at: &str, errors: &mut Errors) {
        errors.text(format_args!("{at}/id"), &self.id);
        errors.text(format_args!("{at}/name"), &self.name);
    }

    pub(in crate::customer) fn into_row(self, store_id: StoreId) -> segment::Model {
        segment::Model { store_id, id: self.id, name: self.name }
    }
}

impl From<segment::Model> for Segment {
    fn from(row: segment::Model) -> Self {
        Self { id: row.id, name: row.name }
    }
}

/// Add or replace up to 1000 segments.
#[utoipa::path(put, path = "/v1/segments", tag = "customer", operation_id = "putSegments",
    security(("secret_key" = [ManageCustomers])), request_body = Bulk<Segment>,
    responses(
        (status = 200, description = "All of them are kept.", body = Upserted),
        (status = 422, description = "None of them is kept.", body = ProblemBody),
    ))]
pub(super) async fn put(
    caller: May<ManageCustomers>,
    State(state): State<AppState>,
    Json(body): Json<Bulk<Segment>>,
) -> Result<Json<Upserted>, Problem> {
    let author = Author::of(&caller, state.clock.now());
    let upserted = service::upsert_segments(&state.db, &author, body.items).await?;
    Ok(Json(Upserted { upserted }))
}

/// The segments, in the order of their ids.
#[utoipa::path(get, path = "/v1/segments", tag = "customer", operation_id = "listSegments",
    security(("secret_key" = [ManageCustomers])), params(PageQuery),
    responses((status = 200, description = "A page of them.", body = List<Segment>)))]
pub(super) async fn list(
    caller: May<ManageCustomers>,
    State(state): State<AppState>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<Segment>>, Problem> {
    service::segments(&state.db, caller.store_id, &query.page()?).await.map(Json)
}

/// One segment.
#[utoipa::path(get, path = "/v1/segments/{id}", tag = "customer", operation_id = "getSegment",
    security(("secret_key" = [ManageCustomers])), params(("id" = String, Path, description = "Its id.")),
    responses(
        (status = 200, description = "The segment.", body = Segment),
        (status = 404, description = "There is none with this id.", body = ProblemBody),
    ))]
pub(super) async fn get(
    caller: May<ManageCustomers>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Segment>, Problem> {
    service::segment(&state.db, caller.store_id, id).await.map(Json)
}

/// Deletes a segment: customers are no longer in it.
#[utoipa::path(delete, path = "/v1/segments/{id}", tag = "customer", operation_id = "deleteSegment",
    security(("secret_key" = [ManageCustomers])), params(("id" = String, Path, description = "Its id.")),
    responses((status = 204, description = "It is gone, or was never there.")))]
pub(super) async fn delete(
    caller: May<ManageCustomers>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let author = Author::of(&caller, state.clock.now());
    service::delete_segment(&state.db, &author, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

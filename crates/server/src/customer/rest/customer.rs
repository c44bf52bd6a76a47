//! Customers over HTTP.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::May;
use crate::access::may::ManageCustomers;
use crate::activity::Author;
use crate::app::AppState;
use crate::customer::service;
use crate::customer::store::customer;
use crate::platform::http::{
    Bulk, Errors, Json, List, PageQuery, Path, Problem, ProblemBody, Query, Upserted,
};
use crate::platform::ids::{ID_MAX, StoreId};

const SEGMENTS_MAX: usize = 250;

/// A customer: what carts may leave out about who is buying.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// The id, the storefront's own: 1 to 2^53 - 1.
    #[schema(minimum = 1, example = 7)]
    pub id: i64,
    /// The e-mail address.
    #[serde(default)]
    #[schema(example = "a@example.com")]
    pub email: Option<String>,
    /// The customer group; `null` or 0 for none.
    #[serde(default)]
    #[schema(example = 3)]
    pub group_id: Option<i64>,
    /// The segments the customer is in, up to 250.
    #[serde(default)]
    #[schema(max_items = 250)]
    pub segment_ids: Vec<String>,
    /// How many orders the customer has completed.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub order_count: i64,
    /// The tier in the loyalty programme.
    #[serde(default)]
    #[schema(example = "gold")]
    pub loyalty_tier: Option<String>,
}

impl Customer {
    /// Checks everything but the id, which is checked together with the others'.
    pub(in crate::customer) fn check(&self, at: &str, errors: &mut Errors) {
        for (field, text) in [("email", &self.email), ("loyalty_tier", &self.loyalty_tier)] {
            if let Some(text) = text {
                errors.text(format_args!("{at}/{field}"), text);
            }
        }
        // Not more: what is an address, only sending to it can tell.
        if self.email.as_ref().is_some_and(|email| !email.is_empty() && !email.contains('@')) {
            errors.report(format!("{at}/email"), "invalid", "must be an e-mail address: it has no `@`");
        }
        errors.optional_id(format_args!("{at}/group_id"), self.group_id);
        errors.length(format_args!("{at}/segment_ids"), self.segment_ids.len(), SEGMENTS_MAX);
        for (position, segment) in self.segment_ids.iter().enumerate() {
            errors.text(format_args!("{at}/segment_ids/{position}"), segment);
        }
        if !(0..=ID_MAX).contains(&self.order_count) {
            errors.report(format!("{at}/order_count"), "out_of_range", "must be from 0 to 2^53 - 1");
        }
    }

    /// The checked customer as a row.
    pub(in crate::customer) fn into_row(self, store_id: StoreId) -> Result<customer::Model, Problem> {
        Ok(customer::Model {
            store_id,
            id: self.id,
            email: self.email,
            group_id: self.group_id.filter(|id| *id != 0),
            segment_ids: serde_json::to_string(&self.segment_ids).map_err(Problem::internal)?,
            order_count: self.order_count,
            loyalty_tier: self.loyalty_tier,
        })
    }

    pub(in crate::customer) fn from_row(row: customer::Model) -> Result<Self, Problem> {
        Ok(Self {
            id: row.id,
            email: row.email,
            group_id: row.group_id,
            segment_ids: serde_json::from_str(&row.segment_ids).map_err(Problem::internal)?,
            order_count: row.order_count,
            loyalty_tier: row.loyalty_tier,
        })
    }
}

/// Add or replace up to 1000 customers.
#[utoipa::path(put, path = "/v1/customers", tag = "customer", operation_id = "putCustomers",
    security(("secret_key" = [ManageCustomers])), request_body = Bulk<Customer>,
    responses(
        (status = 200, description = "All of them are kept.", body = Upserted),
        (status = 422, description = "None of them is kept.", body = ProblemBody),
    ))]
pub(super) async fn put(
    caller: May<ManageCustomers>,
    State(state): State<AppState>,
    Json(body): Json<Bulk<Customer>>,
) -> Result<Json<Upserted>, Problem> {
    let author = Author::of(&caller, state.clock.now());
    let upserted = service::upsert_customers(&state.db, &author, body.items).await?;
    Ok(Json(Upserted { upserted }))
}

/// The customers, in the order of their ids.
#[utoipa::path(get, path = "/v1/customers", tag = "customer", operation_id = "listCustomers",
    security(("secret_key" = [ManageCustomers])), params(PageQuery),
    responses((status = 200, description = "A page of them.", body = List<Customer>)))]
pub(super) async fn list(
    caller: May<ManageCustomers>,
    State(state): State<AppState>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<Customer>>, Problem> {
    service::customers(&state.db, caller.store_id, &query.page()?).await.map(Json)
}

/// One customer.
#[utoipa::path(get, path = "/v1/customers/{id}", tag = "customer", operation_id = "getCustomer",
    security(("secret_key" = [ManageCustomers])), params(("id" = i64, Path, description = "The customer's id.")),
    responses(
        (status = 200, description = "The customer.", body = Customer),
        (status = 404, description = "There is none with this id.", body = ProblemBody),
    ))]
pub(super) async fn get(
    caller: May<ManageCustomers>,
    State(state): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<Customer>, Problem> {
    service::customer(&state.db, caller.store_id, id).await.map(Json)
}

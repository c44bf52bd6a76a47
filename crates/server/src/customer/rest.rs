//! Customers, their groups and segments over HTTP.

mod customer;
mod customer_group;
mod segment;

use axum::routing::get;
use utoipa::OpenApi;

use crate::app::AppState;
use crate::platform::http::Feature;

pub use customer::Customer;
pub use customer_group::CustomerGroup;
pub use segment::Segment;

#[derive(OpenApi)]
#[openapi(
    paths(
        customer_group::put, customer_group::list, customer_group::get, customer_group::delete, customer::put,
        customer::list, customer::get, customer::delete, segment::put, segment::list, segment::get, segment::delete
    ),
    tags((name = "customer", description = "A mirror of the storefront's customers, so that carts can be short."))
)]
struct Documentation;

pub(crate) fn feature() -> Feature<AppState> {
    Feature::new("customer", Documentation::openapi())
        .route("/v1/customer-groups", get(customer_group::list).put(customer_group::put))
        .route("/v1/customer-groups/{id}", get(customer_group::get).delete(customer_group::delete))
        .route("/v1/customers", get(customer::list).put(customer::put))
        .route("/v1/customers/{id}", get(customer::get).delete(customer::delete))
        .route("/v1/segments", get(segment::list).put(segment::put))
        .route("/v1/segments/{id}", get(segment::get).delete(segment::delete))
}

//! The catalog over HTTP: a storefront puts, anyone with the secret key looks.

mod brand;
mod category;
mod product;

use axum::routing::{delete, get};
use utoipa::OpenApi;

use crate::app::AppState;
use crate::platform::http::Feature;

pub use brand::Brand;
pub use category::{Category, ShownCategory};
pub use product::{Product, Variant};

#[derive(OpenApi)]
#[openapi(
    paths(
        category::put, category::list, category::get, category::delete, brand::put, brand::list, brand::get,
        brand::delete, product::put, product::list, product::get, product::delete, product::delete_variant
    ),
    tags((name = "catalog", description = "A mirror of the storefront's catalog, so that carts can be short."))
)]
struct Documentation;

pub(crate) fn feature() -> Feature<AppState> {
    Feature::new("catalog", Documentation::openapi())
        .route("/v1/categories", get(category::list).put(category::put))
        .route("/v1/categories/{id}", get(category::get).delete(category::delete))
        .route("/v1/brands", get(brand::list).put(brand::put))
        .route("/v1/brands/{id}", get(brand::get).delete(brand::delete))
        .route("/v1/products", get(product::list).put(product::put))
        .route("/v1/products/{id}", get(product::get).delete(product::delete))
        .route("/v1/products/{id}/variants/{variant_id}", delete(product::delete_variant))
}

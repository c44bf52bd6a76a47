//! Access over HTTP: the callers that handlers take, and `/v1/api-keys`.

mod caller;
mod key;

use axum::routing::{get, post};
use utoipa::OpenApi;

use crate::app::AppState;
use crate::platform::http::Feature;

pub(crate) use caller::authorize;
pub use caller::{AnyCaller, Anybody, May, SellerMay, Staff};

#[derive(OpenApi)]
#[openapi(
    paths(key::list, key::create, key::revoke),
    components(schemas(key::KeyOut, key::NewKeyIn, key::MadeKeyOut, key::KindOut, super::Permission)),
    tags((name = "access", description = "Who may do what in the store."))
)]
struct Documentation;

/// The access feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("access", Documentation::openapi())
        .route("/v1/api-keys", get(key::list).post(key::create))
        .route("/v1/api-keys/{id}/revoke", post(key::revoke))
}

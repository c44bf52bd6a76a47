//! The surface that BigCommerce's clients know: `/stores/{hash}/v3/promotions…`, over the same services.
//!
//! Only shapes live here: envelopes, error bodies, names. What a promotion means and how it is stored is the same as
//! everywhere.

mod caller;
mod codes;
mod envelope;
mod error;
mod promotions;
mod settings;

use axum::routing::{delete, get, post};
use utoipa::OpenApi;

use crate::app::AppState;
use crate::platform::http::Feature;

#[derive(OpenApi)]
#[openapi(
    paths(
        promotions::list, promotions::create, promotions::delete_many,
        promotions::read, promotions::change, promotions::delete_one,
        codes::list, codes::add, codes::delete_many, codes::delete_one, codes::generate,
        codes::find, codes::delete_by_text,
        settings::read, settings::replace,
    ),
    components(schemas(codes::NewCode, codes::Codegen, settings::SettingsBody)),
    tags((name = "bigcommerce", description = "Promotions v3 as BigCommerce's clients know it, with their errors."))
)]
struct Documentation;

/// The compatible surface: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("bigcommerce", Documentation::openapi())
        .route(
            "/stores/{hash}/v3/promotions",
            get(promotions::list).post(promotions::create).delete(promotions::delete_many),
        )
        .route(
            "/stores/{hash}/v3/promotions/{id}",
            get(promotions::read).put(promotions::change).delete(promotions::delete_one),
        )
        .route("/stores/{hash}/v3/promotions/settings", get(settings::read).put(settings::replace))
        .route("/stores/{hash}/v3/promotions/codes", get(codes::find).delete(codes::delete_by_text))
        .route(
            "/stores/{hash}/v3/promotions/{id}/codes",
            get(codes::list).post(codes::add).delete(codes::delete_many),
        )
        .route("/stores/{hash}/v3/promotions/{id}/codes/{code_id}", delete(codes::delete_one))
        .route("/stores/{hash}/v3/promotions/{id}/codegen", post(codes::generate))
        .dialect("/stores/", error::answer)
}

//! The OpenAPI document: what all features say of themselves, in one.

use axum::Router;
use axum::routing::get;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Info, OpenApi as Document};
use utoipa::{Modify, OpenApi};

use super::{Json, catalogue, problem};

#[derive(OpenApi)]
#[openapi(
    paths(catalogue::list, catalogue::get),
    components(schemas(problem::ProblemBody, problem::FieldError)),
    tags((name = "documentation", description = "What the errors mean.")),
    modifiers(&Keys)
)]
struct Common;

/// The ways to show a key; a handler's annotation names those that it takes.
struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut Document) {
        let bearer = |description: &str| {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description));
            SecurityScheme::Http(scheme.build())
        };
        let token = ApiKeyValue::with_description(
            "X-Auth-Token",
            "The same secret key, in the header that BigCommerce's clients send.",
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "secret_key",
            bearer("A secret key, `sk_…`. It may do everything in its store; keep it on servers."),
        );
        components.add_security_scheme(
            "publishable_key",
            bearer("A publishable key, `pk_…`. It may do what any shopper may; it can stand in a web page."),
        );
        components.add_security_scheme("auth_token", SecurityScheme::ApiKey(ApiKey::Header(token)));
    }
}

/// The document made of the `parts` that the features give.
pub fn assemble(parts: impl IntoIterator<Item = Document>) -> Document {
    let mut document = Common::openapi();
    document.info = Info::new("Largesse", env!("CARGO_PKG_VERSION"));
    document.info.description = Some(
        "Promotions for any storefront. Amounts are decimal strings in the currency beside them, ids are integers, \
         unknown fields are refused, and every error is a problem whose `type` leads to its explanation."
            .to_owned(),
    );
    for part in parts {
        document.merge(part);
    }
    document
}

/// The route that serves the document.
pub fn router<S: Clone + Send + Sync + 'static>(document: Document) -> Router<S> {
    Router::new()
        .route("/openapi.json", get(|| async move { Json(document) }))
        .route("/docs/errors", get(catalogue::list))
        .route("/docs/errors/{code}", get(catalogue::get))
}

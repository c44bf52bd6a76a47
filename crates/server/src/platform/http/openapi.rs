//! The OpenAPI document: what all features say of themselves, in one.

use axum::Router;
use axum::routing::get;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Info, OpenApi as Document, Ref, ResponseBuilder, SecurityRequirement};
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
    for (path, item) in &mut document.paths.paths {
        // The compatible surfaces answer errors in a shape of their own.
        if path.starts_with("/v1/") {
            let methods = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
            methods.into_iter().flatten().for_each(add_refusals);
        }
    }
    document
}

/// Says what a caller without the right key gets, which is the same everywhere.
fn add_refusals(operation: &mut Operation) {
    let keys = operation.security.as_deref().unwrap_or_default();
    let publishable = SecurityRequirement::new("publishable_key", [] as [&str; 0]);
    let refusal = |description: &str| {
        let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        ResponseBuilder::new().description(description).content("application/problem+json", body).build()
    };
    let responses = &mut operation.responses.responses;
    if !keys.is_empty() {
        let refused = refusal("There was no key, or no store has it.");
        responses.entry("401".to_owned()).or_insert_with(|| refused.into());
    }
    if !keys.is_empty() && !keys.contains(&publishable) {
        let refused = refusal("It was a publishable key.");
        responses.entry("403".to_owned()).or_insert_with(|| refused.into());
    }
}

/// The route that serves the document.
pub fn router<S: Clone + Send + Sync + 'static>(document: Document) -> Router<S> {
    Router::new()
        .route("/openapi.json", get(|| async move { Json(document) }))
        .route("/docs/errors", get(catalogue::list))
        .route("/docs/errors/{code}", get(catalogue::get))
}

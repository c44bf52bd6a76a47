//! The OpenAPI document: what all features say of themselves, in one.

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::get;
use serde_json::Value;
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
            bearer("A secret key, `sk_…`. It may do what its scopes say, in its store; keep it on servers."),
        );
        components.add_security_scheme(
            "publishable_key",
            bearer("A publishable key, `pk_…`. It may do what any shopper may; it can stand in a web page."),
        );
        components.add_security_scheme(
            "platform_key",
            bearer("A platform key, `op_…`, made by `largesse key create --platform`. It makes and lists stores."),
        );
        components.add_security_scheme(
            "token",
            bearer(
                "A token (JWT) of the issuer that `/v1/settings/jwt` names. Its `role` says what it may do.",
            ),
        );
        let cookie = ApiKeyValue::with_description(
            "__Host-largesse",
            "The cookie of a session, which `POST /v1/sessions` sets. Requests that change something send the \
             `csrf_token` of `/v1/me` as `X-CSRF-Token` beside it.",
        );
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
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
        let methods = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in methods.into_iter().flatten() {
            // The compatible surfaces answer errors in a shape of their own.
            if path.starts_with("/v1/") {
                add_refusals(operation);
            }
            tell_permission(operation);
        }
    }
    document
}

/// What an operation asks of its callers.
enum Demand {
    /// The permission of this name.
    Permission(String),
    /// Any key, a publishable one too.
    AnyKey,
    /// Somebody who acts for the store; the operation looks at their permissions itself.
    Staff,
    /// Somebody who is signed in.
    SignedIn,
    /// A platform key.
    Platform,
    /// Nothing: `security(())` says so.
    Nothing,
}

impl Demand {
    /// What the annotation of an operation says; `None` when it says nothing, which is a mistake.
    fn of(operation: &Operation) -> Option<Self> {
        let mut schemes = BTreeMap::new();
        for requirement in operation.security.as_deref()? {
            let scopes: BTreeMap<String, Vec<String>> =
                serde_json::to_value(requirement).and_then(serde_json::from_value).ok()?;
            schemes.extend(scopes);
        }
        let permission = schemes.values().flatten().next();
        Some(match permission {
            Some(permission) => Self::Permission(permission.clone()),
            None if schemes.is_empty() => Self::Nothing,
            None if schemes.contains_key("publishable_key") => Self::AnyKey,
            None if schemes.contains_key("platform_key") => Self::Platform,
            None if !schemes.contains_key("secret_key") => Self::SignedIn,
            None => Self::Staff,
        })
    }

    fn name(&self) -> &str {
        match self {
            Self::Permission(name) => name,
            Self::AnyKey => "any_key",
            Self::Staff => "staff",
            Self::SignedIn => "signed_in",
            Self::Platform => "platform",
            Self::Nothing => "public",
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Permission(name) => format!("Needs the permission `{name}`."),
            Self::AnyKey => "Needs any key, a publishable one too.".to_owned(),
            Self::Staff => "Needs a secret key; the permission depends on what it is about.".to_owned(),
            Self::SignedIn => "Is for people who are signed in.".to_owned(),
            Self::Platform => "Needs a platform key.".to_owned(),
            Self::Nothing => "Needs no key.".to_owned(),
        }
    }
}

/// Says of an operation which permission it needs: to people in its description, to programs in `x-permission`.
fn tell_permission(operation: &mut Operation) {
    let Some(demand) = Demand::of(operation) else { return };
    let description = operation.description.take().unwrap_or_default();
    operation.description = Some(format!("{description}\n\n{}", demand.text()).trim_start().to_owned());
    let extensions = operation.extensions.get_or_insert_default();
    extensions.insert("x-permission".to_owned(), demand.name().into());
    // Whoever signs in, or has a token, may do what a secret key may that has their permissions.
    if let Demand::Permission(_) | Demand::Staff | Demand::AnyKey = demand
        && let Some(security) = &mut operation.security
        && !security.contains(&SecurityRequirement::new("auth_token", scopes_of(&demand)))
    {
        security.push(SecurityRequirement::new("session", scopes_of(&demand)));
        security.push(SecurityRequirement::new("token", scopes_of(&demand)));
    }
}

fn scopes_of(demand: &Demand) -> Vec<String> {
    match demand {
        Demand::Permission(name) => vec![name.clone()],
        _ => Vec::new(),
    }
}

/// Says what a caller without the right key gets, which is the same everywhere.
fn add_refusals(operation: &mut Operation) {
    let refusal = |description: &str| {
        let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        ResponseBuilder::new().description(description).content("application/problem+json", body).build()
    };
    let demand = Demand::of(operation);
    let responses = &mut operation.responses.responses;
    if !matches!(demand, None | Some(Demand::Nothing)) {
        let refused = refusal("There was no key, or no store has it.");
        responses.entry("401".to_owned()).or_insert_with(|| refused.into());
    }
    if !matches!(demand, None | Some(Demand::Nothing | Demand::AnyKey)) {
        let refused = refusal("The caller lacks the permission, or showed another sort of key.");
        responses.entry("403".to_owned()).or_insert_with(|| refused.into());
    }
}

/// The document as it is served, and kept beside the code: always the same for the same interface.
pub fn written(document: &Document) -> Value {
    // Names and texts can always be written.
    let mut written = serde_json::to_value(document).unwrap_or_default();
    sort_extensions(&mut written);
    written
}

/// Puts extensions behind everything else, by their names: they come in any order.
fn sort_extensions(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(sort_extensions),
        Value::Object(fields) => {
            fields.values_mut().for_each(sort_extensions);
            let mut names: Vec<String> =
                fields.keys().filter(|name| name.starts_with("x-")).cloned().collect();
            names.sort_unstable();
            for name in names {
                if let Some(extension) = fields.shift_remove(&name) {
                    fields.insert(name, extension);
                }
            }
        }
        _ => {}
    }
}

/// The route that serves the document.
pub fn router<S: Clone + Send + Sync + 'static>(document: &Document) -> Router<S> {
    let document = written(document);
    Router::new()
        .route("/openapi.json", get(|| async move { Json(document) }))
        .route("/docs/errors", get(catalogue::list))
        .route("/docs/errors/{code}", get(catalogue::get))
}

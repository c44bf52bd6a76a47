//! `GET /graphql`: a page to try queries on, with the schema beside it. All of it is ours and served by us.

use axum::Router;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::app::AppState;
use crate::platform::http::{Code, Problem};

/// Nothing that the page did not bring itself is run, loaded or asked.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes of what the page loads; the page itself is at the address of the graph.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route(
            "/graphql/explorer.js",
            get(|| async { file("text/javascript", include_str!("explorer/explorer.js")) }),
        )
        .route(
            "/graphql/explorer.css",
            get(|| async { file("text/css", include_str!("explorer/explorer.css")) }),
        )
}

/// The page. It holds nothing of the store: what it shows it asks for, with the key that is typed into it or the session
/// of whoever is signed in.
pub(super) async fn page(uri: Uri) -> Response {
    if uri.query().is_some_and(|query| query.split('&').any(|part| part.starts_with("query="))) {
        let detail = "queries are sent as `POST /graphql`: an address is kept by logs and browsers";
        return ([(ALLOW, "POST")], Problem::new(Code::MethodNotAllowed, detail)).into_response();
    }
    file("text/html", include_str!("explorer/page.html"))
}

fn file(kind: &'static str, text: &'static str) -> Response {
    let headers: [(HeaderName, String); 6] = [
        (CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (X_FRAME_OPTIONS, "DENY".to_owned()),
        (REFERRER_POLICY, "no-referrer".to_owned()),
        // A new version is there as soon as the server has it.
        (CACHE_CONTROL, "no-cache".to_owned()),
    ];
    (headers, text).into_response()
}

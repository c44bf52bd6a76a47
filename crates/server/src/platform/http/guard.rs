//! What stands around every handler: limits on size and time, and a problem for whatever goes wrong outside of it.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{Method, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;

use super::catalogue::Code;
use super::problem::Problem;
use super::request_id;

const BODY_MAX: usize = 1024 * 1024;
const TIME_MAX: Duration = Duration::from_secs(30);

/// Puts the guard around `router`. Call it last: only routes that are there already are guarded.
pub fn guard<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .fallback(unknown_address)
        .method_not_allowed_fallback(unknown_method)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(limit_time))
        .layer(middleware::from_fn(request_id::observe))
}

async fn unknown_address(method: Method, uri: Uri) -> Problem {
    let detail = format!("nothing is at `{method} {}`; /openapi.json lists what there is", uri.path());
    Problem::new(Code::NotFound, detail)
}

async fn unknown_method(method: Method, uri: Uri) -> Problem {
    Problem::new(Code::MethodNotAllowed, format!("`{}` does not take `{method}`", uri.path()))
}

async fn limit_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(TIME_MAX, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail = format!("the request was given up after {} seconds", TIME_MAX.as_secs());
            Problem::new(Code::TimedOut, detail).into_response()
        }
    }
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text");
    Problem::internal(format!("panicked: {text}")).into_response()
}

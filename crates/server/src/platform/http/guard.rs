//! What stands around every handler: limits on size and time, and a problem for whatever goes wrong outside of it.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;

use super::catalogue::Code;
use super::feature::Dialect;
use super::problem::Problem;
use super::request_id;

const BODY_MAX: usize = 1024 * 1024;
const TIME_MAX: Duration = Duration::from_secs(30);
/// So many times as long may a file take: it is as slow as its sender's line.
const FILE_FACTOR: u32 = 20;

/// Puts the guard around `router`. Call it last: only routes that are there already are guarded.
pub fn guard<S>(router: Router<S>, dialects: impl IntoIterator<Item = Dialect>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    guard_for(TIME_MAX, router, dialects.into_iter().collect())
}

fn guard_for<S>(time_max: Duration, router: Router<S>, dialects: Arc<[Dialect]>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    router
        .fallback(unknown_address)
        .method_not_allowed_fallback(unknown_method)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(time_max, limit_time))
        .layer(middleware::from_fn_with_state(dialects, translate))
        .layer(middleware::from_fn(request_id::observe))
}

async fn unknown_address(method: Method, uri: Uri) -> Problem {
    let detail = format!("nothing is at `{method} {}`; /openapi.json lists what there is", uri.path());
    Problem::new(Code::NotFound, detail)
}

async fn unknown_method(method: Method, uri: Uri) -> Problem {
    Problem::new(Code::MethodNotAllowed, format!("`{}` does not take `{method}`", uri.path()))
}

async fn limit_time(State(time_max): State<Duration>, request: Request, next: Next) -> Response {
    let kind = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let time_max = if kind.starts_with(b"text/csv") { time_max * FILE_FACTOR } else { time_max };
    match tokio::time::timeout(time_max, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail = format!("the request was given up after {} seconds", time_max.as_secs());
            Problem::new(Code::TimedOut, detail).into_response()
        }
    }
}

/// Tells a problem in the dialect of its address; the headers that belong to it stay.
async fn translate(State(dialects): State<Arc<[Dialect]>>, request: Request, next: Next) -> Response {
    let dialect = dialects.iter().find(|dialect| request.uri().path().starts_with(dialect.prefix)).copied();
    let response = next.run(request).await;
    let Some((dialect, problem)) = dialect.zip(response.extensions().get::<Arc<Problem>>()) else {
        return response;
    };
    let mut translated = (dialect.answer)(problem);
    for name in [ALLOW, RETRY_AFTER, WWW_AUTHENTICATE] {
        if let Some(value) = response.headers().get(&name) {
            translated.headers_mut().insert(name, value.clone());
        }
    }
    translated
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text");
    Problem::internal(format!("panicked: {text}")).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_request_that_takes_too_long_is_given_up() {
        let never = Router::new().route("/", get(std::future::pending::<()>));
        let router = guard_for(Duration::from_millis(10), never, Arc::new([]));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), Code::TimedOut.status());
    }

    #[tokio::test]
    async fn a_file_may_take_longer() {
        let slow = get(async || tokio::time::sleep(Duration::from_millis(100)).await);
        let router = guard_for(Duration::from_millis(20), Router::new().route("/", slow), Arc::new([]));
        let ask = async |kind: &str| {
            let request = Request::builder().uri("/").header(CONTENT_TYPE, kind);
            router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
        };
        assert_eq!(ask("application/json").await, Code::TimedOut.status());
        assert!(ask("text/csv; charset=utf-8").await.is_success());
    }

    #[tokio::test]
    async fn problems_are_told_in_the_dialect_of_their_address() {
        let answer = |problem: &Problem| problem.code().name().into_response();
        let router = Router::new().route("/other/here", get(|| async {}));
        let router = guard(router, [Dialect { prefix: "/other/", answer }]);
        let ask = async |path: &str, method: Method| {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            let has_allow = response.headers().contains_key(ALLOW);
            let body = axum::body::to_bytes(response.into_body(), BODY_MAX).await.unwrap();
            (String::from_utf8(body.to_vec()).unwrap(), has_allow)
        };
        assert_eq!(ask("/other/there", Method::GET).await, ("not_found".to_owned(), false));
        assert_eq!(ask("/other/here", Method::PUT).await, ("method_not_allowed".to_owned(), true));
        assert!(ask("/another", Method::GET).await.0.starts_with('{'));
    }
}

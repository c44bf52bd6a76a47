//! What stands around every handler: limits on size and time, and a problem for whatever goes wrong outside of it.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
/// Whoever is let in waits for those who are inside, so there may be as many as are done while shops' pages wait for an
/// answer. Two cores place some 9,500 orders a second on the embedded database (docs/performance.md), so that the last of
/// 4,096 waits for half a second; 2,700 on one PostgreSQL server make that one and a half. 256 inside do as many in a
/// second, but would send away whoever comes in a short rush. Prices are asked again with every click, so they go first.
/// `cargo bench -p server --bench redemptions -- overload` measures both.
const CROWD_MAX: Crowd = Crowd { orders: 4096, others: 1024 };
/// What is always answered: whoever runs the server must see how it is, the more so when it has too much to do.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];
/// Where shops sell: the last to be sent away.
const ORDERS: [&str; 2] = ["/v1/orders", "/v1/reservations"];

/// The most requests under way at once; later ones are sent away before any work is done for them.
#[derive(Clone, Copy, Debug)]
struct Crowd {
    /// With those that order or reserve, of which more come in than of all others.
    orders: usize,
    /// With all others.
    others: usize,
}
/// So many times as long may a file take: it is as slow as its sender's line.
const FILE_FACTOR: u32 = 20;

/// Puts the guard around `router`. Call it last: only routes that are there already are guarded.
pub fn guard<S>(router: Router<S>, dialects: impl IntoIterator<Item = Dialect>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    guard_for(TIME_MAX, CROWD_MAX, router, dialects.into_iter().collect())
}

fn guard_for<S>(
    time_max: Duration,
    crowd_max: Crowd,
    router: Router<S>,
    dialects: Arc<[Dialect]>,
) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    router
        .fallback(unknown_address)
        .method_not_allowed_fallback(unknown_method)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(time_max, limit_time))
        .layer(middleware::from_fn_with_state(Gate { crowd_max, inside: Arc::default() }, limit_crowd))
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

/// Lets in as many as can be served in time.
#[derive(Clone, Debug)]
struct Gate {
    crowd_max: Crowd,
    inside: Arc<AtomicUsize>,
}

/// Someone who was let in, until this is dropped.
struct Inside(Arc<AtomicUsize>);

impl Gate {
    fn enter(&self, path: &str) -> Option<Inside> {
        let sells = ORDERS.iter().any(|prefix| path.starts_with(prefix));
        let most = if sells { self.crowd_max.orders } else { self.crowd_max.others };
        let inside = Inside(Arc::clone(&self.inside));
        (self.inside.fetch_add(1, Ordering::Relaxed) < most).then_some(inside)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn limit_crowd(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if PROBES.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let Some(_inside) = gate.enter(request.uri().path()) else {
        let detail = "more requests are under way than can be answered in time";
        return Problem::new(Code::Overloaded, detail).into_response();
    };
    next.run(request).await
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
        let router = guard_for(Duration::from_millis(10), CROWD_MAX, never, Arc::new([]));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), Code::TimedOut.status());
    }

    #[tokio::test]
    async fn a_file_may_take_longer() {
        let slow = get(async || tokio::time::sleep(Duration::from_millis(100)).await);
        let router =
            guard_for(Duration::from_millis(20), CROWD_MAX, Router::new().route("/", slow), Arc::new([]));
        let ask = async |kind: &str| {
            let request = Request::builder().uri("/").header(CONTENT_TYPE, kind);
            router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
        };
        assert_eq!(ask("application/json").await, Code::TimedOut.status());
        assert!(ask("text/csv; charset=utf-8").await.is_success());
    }

    #[tokio::test]
    async fn of_too_many_prices_are_sent_away_before_orders_and_probes_never() {
        let crowd_max = Crowd { orders: 4, others: 2 };
        let router = Router::new()
            .route("/v1/evaluate", get(std::future::pending::<()>))
            .route("/v1/orders", get(std::future::pending::<()>))
            .route("/readyz", get(|| async {}));
        let router = guard_for(TIME_MAX, crowd_max, router, Arc::new([]));
        let ask = |path: &'static str| {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            Box::pin(router.clone().oneshot(request))
        };
        // Of those who are let in, nobody gets an answer here.
        let mut inside = Vec::new();
        let mut is_sent_away = async |path: &'static str| {
            let mut asked = ask(path);
            match tokio::time::timeout(Duration::from_millis(20), &mut asked).await {
                Err(_) => {
                    inside.push(asked);
                    false
                }
                Ok(answer) => {
                    let answer = answer.unwrap();
                    assert_eq!(answer.status(), Code::Overloaded.status());
                    answer.headers().contains_key(RETRY_AFTER)
                }
            }
        };
        for (path, expected) in [
            ("/v1/evaluate", false),
            ("/v1/evaluate", false),
            ("/v1/evaluate", true),
            ("/v1/orders", false),
            ("/v1/orders", false),
            ("/v1/orders", true),
        ] {
            assert_eq!(is_sent_away(path).await, expected, "{path}");
        }
        assert_eq!(ask("/readyz").await.unwrap().status(), 200);
        // Whoever goes away makes room.
        inside.truncate(1);
        let mut asked = ask("/v1/evaluate");
        assert!(tokio::time::timeout(Duration::from_millis(20), &mut asked).await.is_err());
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

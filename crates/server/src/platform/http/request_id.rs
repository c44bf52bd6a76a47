//! Every request has an id: given by the caller or made here, in the answer, in problems and in every log line.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use tracing::field::Empty;
use uuid::Uuid;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
const LENGTH_MAX: usize = 128;

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request being answered; `None` outside of one.
pub fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Middleware: gives the request its id and its span, answers it, and writes its one line into the log.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let id = accepted(request.headers()).unwrap_or_else(|| Uuid::now_v7().to_string());
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!(
        "request",
        method = %request.method(),
        route,
        request_id = id,
        store = Empty,
    );
    let header = HeaderValue::from_str(&id).ok();
    let started = Instant::now();
    let answered = async {
        let mut response = next.run(request).await;
        if let Some(header) = header {
            response.headers_mut().insert(HEADER, header);
        }
        let status = response.status().as_u16();
        let ms = (started.elapsed().as_secs_f64() * 100_000.0).round() / 100.0;
        // Probes come every few seconds and say nothing.
        if matches!(route.as_str(), "/healthz" | "/readyz") {
            tracing::debug!(status, ms, "answered");
        } else {
            tracing::info!(status, ms, "answered");
        }
        response
    };
    CURRENT.scope(id, answered.instrument(span.clone())).await
}

/// The caller's own id, if it is short and visible: it goes into logs.
fn accepted(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(HEADER)?.to_str().ok()?;
    let is_fit = !id.is_empty() && id.len() <= LENGTH_MAX && id.bytes().all(|byte| byte.is_ascii_graphic());
    is_fit.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_visible_ids_are_taken_over() {
        let take = |id: &str| {
            accepted(&HeaderMap::from_iter([(HEADER, HeaderValue::from_bytes(id.as_bytes()).unwrap())]))
        };
        assert_eq!(take("order-7/β").as_deref(), None);
        assert_eq!(take("order-7").as_deref(), Some("order-7"));
        assert_eq!(take("two words"), None);
        assert_eq!(take(""), None);
        assert_eq!(take(&"x".repeat(129)), None);
        assert_eq!(accepted(&HeaderMap::new()), None);
    }
}

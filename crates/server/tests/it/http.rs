//! What holds for every route: errors, request ids, limits.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use server::platform::http::{Json, JsonValue, guard};

use crate::harness::{Key, TestApp};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Basket {
    items: Vec<u32>,
}

/// The application with routes that only tests have.
async fn app() -> TestApp {
    let mut app = TestApp::start().await;
    let routes = Router::new()
        .route("/typed", post(|Json(basket): Json<Basket>| async move { Json(basket.items.len()) }))
        .route("/value", post(|JsonValue(value): JsonValue| async move { Json(value) }))
        .route("/panic", get(|| async { panic!("a bug") as &'static str }));
    app.router = guard(routes, []).with_state(app.state.clone());
    app
}

fn request(path: &str, kind: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path).header("content-type", kind).body(body.into()).unwrap()
}

fn json_request(path: &str, body: impl Into<Body>) -> Request<Body> {
    request(path, "application/json", body)
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems() {
    let app = TestApp::start().await;
    app.get("/nowhere").await.expect_problem(404, "not_found");
    let answer = app.post("/healthz", json!({})).await;
    assert!(answer.header("allow").contains("GET"));
    answer.expect_problem(405, "method_not_allowed");
}

#[tokio::test]
async fn the_type_of_every_problem_leads_to_its_explanation() {
    let app = TestApp::start().await;
    let problem = app.get("/nowhere").await.expect_problem(404, "not_found");
    let address = problem["type"].as_str().unwrap();
    let explanation = app.send(Method::GET, address, Key::None, None).await.expect(200);
    assert_eq!((&explanation["code"], &explanation["title"]), (&problem["code"], &problem["title"]));
    let all = app.get("/docs/errors").await.expect(200);
    assert!(all.as_array().unwrap().contains(&explanation));
    app.get("/docs/errors/no_such_code").await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_request_id_is_taken_over_or_made_and_stands_in_header_and_problem() {
    let app = TestApp::start().await;
    let given = Request::get("/nowhere").header("x-request-id", "order-7").body(Body::empty()).unwrap();
    let answer = app.call(given).await;
    assert_eq!(answer.header("x-request-id"), "order-7");
    assert_eq!(answer.json()["request_id"], "order-7");
    let made = app.get("/nowhere").await;
    assert_eq!(made.header("x-request-id").len(), 36);
    assert_eq!(made.json()["request_id"], made.header("x-request-id"));
}

#[tokio::test]
async fn bodies_that_are_not_json_are_refused_with_line_and_column() {
    let app = app().await;
    let body = app.call(json_request("/value", "{\n \"a\": }")).await.expect_problem(400, "malformed_json");
    assert!(body["detail"].as_str().unwrap().contains("line 2, column 7"), "{body}");
    app.call(json_request("/value", "")).await.expect_problem(400, "malformed_json");
    app.call(json_request("/value", &b"\"\xff\""[..])).await.expect_problem(400, "malformed_json");
    let repeated = r#"{"a":{"b":1,"b":2}}"#;
    let body = app.call(json_request("/value", repeated)).await.expect_problem(400, "duplicate_key");
    assert!(body["detail"].as_str().unwrap().starts_with("`/a/b`"));
    app.call(json_request("/value", "[".repeat(10_000))).await.expect_problem(400, "too_deep");
}

#[tokio::test]
async fn bodies_of_another_type_are_refused() {
    let app = app().await;
    app.call(request("/value", "text/plain", "{}")).await.expect_problem(415, "unsupported_media_type");
    app.call(Request::post("/value").body("{}".into()).unwrap())
        .await
        .expect_problem(415, "unsupported_media_type");
    app.call(request("/value", "application/json; charset=utf-8", "{}")).await.expect(200);
}

#[tokio::test]
async fn bodies_over_one_mebibyte_are_refused() {
    let app = app().await;
    let fits = format!("\"{}\"", "x".repeat(1024 * 1024 - 2));
    app.call(json_request("/value", fits.clone())).await.expect(200);
    app.call(json_request("/value", fits + " ")).await.expect_problem(413, "body_too_large");
}

#[tokio::test]
async fn errors_of_type_name_their_place() {
    let app = app().await;
    let post = |body: Value| app.call(json_request("/typed", body.to_string()));
    assert_eq!(post(json!({"items": [1, 2]})).await.expect(200), 2);
    let message = post(json!({"items": [1, "two"]})).await.expect_invalid("/items/1", "type");
    assert_eq!(message, "expected a whole number that is not negative, found the text `two`");
    post(json!({"items": [], "itmes": []})).await.expect_invalid("/itmes", "unknown_field");
    post(json!({})).await.expect_invalid("/items", "required");
}

#[tokio::test]
async fn a_panic_is_a_problem_that_tells_nothing() {
    let app = app().await;
    let answer = app.get("/panic").await;
    assert!(!String::from_utf8_lossy(&answer.body).contains("a bug"));
    answer.expect_problem(500, "internal");
}

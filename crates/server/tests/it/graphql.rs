//! GraphQL: the same operations as one graph.

mod cases;
mod explorer;
mod limits;
mod loading;
mod marketplace;
mod parity;
mod promotions;
pub(crate) mod whole;

use std::fs;
use std::path::Path;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request};
use base64::Engine as _;
use serde_json::{Value, json};

use crate::harness::{Answer, Key, TestApp};

/// Sends a query with the secret key.
pub(crate) async fn send(app: &TestApp, query: &str, variables: Value) -> Answer {
    app.post("/graphql", json!({ "query": query, "variables": variables })).await
}

/// What a query that must not fail answers.
pub(crate) async fn ask(app: &TestApp, query: &str, variables: Value) -> Value {
    let mut answer = send(app, query, variables).await.expect(200);
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"].take()
}

/// The first error of a query that must fail: its status, and its code.
pub(crate) async fn fail(app: &TestApp, query: &str, variables: Value) -> (u16, String, Value) {
    let answer = send(app, query, variables).await;
    let (status, body) = (answer.status.as_u16(), answer.json());
    let code = body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned();
    (status, code, body)
}

/// The global id of a thing.
pub(crate) fn global(kind: &str, id: i64) -> String {
    base64::engine::general_purpose::STANDARD.encode(format!("{kind}-{id}"))
}

/// An automatic promotion of ten percent.
pub(crate) fn ten_percent(name: &str) -> Value {
    json!({
        "name": name, "redemption_type": "AUTOMATIC",
        "rules": [{ "action": { "cart_value": { "discount": { "percentage_amount": "10" } } } }],
    })
}

/// The same by a code.
pub(crate) fn by_code(name: &str) -> Value {
    let mut document = ten_percent(name);
    document["redemption_type"] = "COUPON".into();
    document["coupon_type"] = "BULK".into();
    document
}

#[test]
fn the_schema_is_the_one_that_is_kept() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema.graphql");
    let (text, kept) = (server::graphql::sdl().unwrap(), fs::read_to_string(kept).unwrap_or_default());
    if text != kept {
        let differs = text.lines().zip(kept.lines()).position(|(now, before)| now != before);
        let line = differs.unwrap_or_else(|| text.lines().count().min(kept.lines().count())) + 1;
        panic!(
            "docs/schema.graphql differs from the schema, first in line {line}; look at the change and keep it with\n\
             cargo run -q -p server -- schema > docs/schema.graphql"
        );
    }
}

#[tokio::test]
async fn every_type_and_field_is_described() {
    let app = TestApp::start().await;
    let query = "{ __schema { types { name description fields { name description args { name description } }
        inputFields { name description } enumValues { name description } } } }";
    let schema = ask(&app, query, json!({})).await;
    let mut silent = Vec::new();
    for kind in schema["__schema"]["types"].as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        // What every schema has is described elsewhere.
        if name.starts_with("__") || ["ID", "Int", "Float", "String", "Boolean"].contains(&name) {
            continue;
        }
        let is_silent = |part: &Value| part["description"].as_str().is_none_or(str::is_empty);
        if is_silent(kind) {
            silent.push(name.to_owned());
        }
        for list in ["fields", "inputFields", "enumValues"] {
            for part in kind[list].as_array().into_iter().flatten() {
                let place = format!("{name}.{}", part["name"].as_str().unwrap());
                let arguments = part["args"].as_array().into_iter().flatten();
                let named = |argument: &Value| format!("{place}({})", argument["name"].as_str().unwrap());
                silent.extend(arguments.filter(|argument| is_silent(argument)).map(named));
                if is_silent(part) {
                    silent.push(place);
                }
            }
        }
    }
    assert!(silent.is_empty(), "{silent:?}");
}

#[tokio::test]
async fn only_json_is_taken_and_only_by_post() {
    let app = TestApp::start().await;
    let request = |method: Method, path: &str, kind: Option<&str>, body: &str| {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(AUTHORIZATION, format!("Bearer {}", app.secret));
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        request.body(Body::from(body.to_owned())).unwrap()
    };
    let query = r#"{"query":"{ __typename }"}"#;
    for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let answer = app.call(request(Method::POST, "/graphql", kind, query)).await;
        answer.expect_problem(415, "unsupported_media_type");
    }
    let answer = app.call(request(Method::GET, "/graphql?query=%7B__typename%7D", None, "")).await;
    answer.expect_problem(405, "method_not_allowed");
    let answer = app.call(request(Method::POST, "/graphql", Some("application/json"), query)).await;
    assert_eq!(answer.expect(200)["data"]["__typename"], "Query");
}

#[tokio::test]
async fn nobody_is_told_anything_without_a_key() {
    let app = TestApp::start().await;
    for query in ["{ __schema { queryType { name } } }", "{ promotions { nodes { id } } }"] {
        let answer = app.send(Method::POST, "/graphql", Key::None, Some(json!({ "query": query }))).await;
        answer.expect_problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn fields_need_the_permission_of_their_operation() {
    let app = TestApp::start().await;
    app.post("/v1/promotions", ten_percent("Ten")).await.expect(201);
    let body = json!({ "query": "{ promotions { nodes { id } } }" });
    let answer = app.send(Method::POST, "/graphql", Key::Publishable, Some(body)).await.expect(200);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "forbidden");
    assert_eq!(answer["errors"][0]["path"], json!(["promotions"]));
    assert_eq!(answer["data"], json!({ "promotions": null }));
    let body = json!({ "query": "query($id: ID!) { node(id: $id) { id } }",
                       "variables": { "id": global("Promotion", 1) } });
    let answer = app.send(Method::POST, "/graphql", Key::Publishable, Some(body)).await.expect(200);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "forbidden");
}

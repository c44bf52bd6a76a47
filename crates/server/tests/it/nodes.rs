//! Several processes over one database, and shops' pages in front of them.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use server::ruleset::Rulesets;

use crate::harness::{Key, TestApp};

fn ten_percent() -> Value {
    let rule = json!({"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}});
    json!({"name": "Ten percent", "redemption_type": "AUTOMATIC", "rules": [rule]})
}

#[tokio::test]
async fn another_node_learns_of_a_change_by_the_version_of_the_store() {
    let app = TestApp::start().await;
    let (db, store) = (&app.state.db, server::platform::ids::StoreId::FIRST);
    let other_node = Rulesets::new(app.clock.clone());
    assert_eq!(other_node.of(db, store).await.unwrap().ruleset.len(), 0);
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    assert_eq!(other_node.of(db, store).await.unwrap().ruleset.len(), 0, "it has not looked yet");
    other_node.refresh_changed(db).await.unwrap();
    assert_eq!(other_node.of(db, store).await.unwrap().ruleset.len(), 1);
}

#[tokio::test]
async fn a_page_of_any_origin_may_ask_for_prices_and_for_nothing_else() {
    let app = TestApp::start().await;
    let preflight = |path: &str| {
        let request = Request::builder().method(Method::OPTIONS).uri(path);
        let request =
            request.header("origin", "https://shop.example").header("access-control-request-method", "POST");
        request
            .header("access-control-request-headers", "authorization,content-type")
            .body(Body::empty())
            .unwrap()
    };
    let answer = app.call(preflight("/v1/evaluate")).await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, "*"));
    assert_eq!(app.call(preflight("/v1/promotions")).await.header("access-control-allow-origin"), "");
    let body = json!({"cart": {"currency": "USD", "lines": []}});
    let priced = app.send(Method::POST, "/v1/evaluate", Key::Publishable, Some(body)).await;
    assert_eq!((priced.status.as_u16(), priced.header("access-control-allow-origin")), (200, "*"));
}

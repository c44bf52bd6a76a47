//! Shoppers who try codes that do not exist: they go on seeing prices, and hear no more of codes.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::codes::promotion;
use crate::harness::{Answer, Key, TestApp};

async fn priced(app: &TestApp, key: Key<'_>, codes: &[&str]) -> Value {
    let lines = json!([{"id": "1", "product_id": 1, "quantity": 1, "price": "100.00"}]);
    let body = json!({"cart": {"currency": "USD", "codes": codes, "lines": lines}});
    app.send(Method::POST, "/v1/evaluate", key, Some(body)).await.expect(200)
}

/// What became of the codes.
fn told(answer: &Value) -> Vec<&str> {
    let codes = answer["codes"].as_array().unwrap();
    codes.iter().map(|code| code["reason"].as_str().unwrap_or("applied")).collect()
}

async fn start() -> TestApp {
    let app = TestApp::start().await;
    let path = promotion(&app, "One").await;
    app.post(&format!("{path}/codes"), json!({"code": "TEN"})).await.expect(201);
    app
}

#[tokio::test]
async fn after_five_codes_that_do_not_exist_no_code_is_looked_at_and_the_cart_is_priced_all_the_same() {
    let app = start().await;
    for code in ["A", "B", "C", "D"] {
        assert_eq!(told(&priced(&app, Key::Publishable, &[code]).await), ["unknown_code"]);
    }
    assert_eq!(told(&priced(&app, Key::Publishable, &["TEN"]).await), ["applied"]);
    assert_eq!(told(&priced(&app, Key::Publishable, &["E"]).await), ["unknown_code"]);
    let (right, wrong) =
        (priced(&app, Key::Publishable, &["TEN"]).await, priced(&app, Key::Publishable, &["F"]).await);
    assert_eq!((told(&right), told(&wrong)), (vec!["too_many_attempts"], vec!["too_many_attempts"]));
    assert_eq!(right["codes"][0]["message"], wrong["codes"][0]["message"]);
    assert_eq!(right["totals"], wrong["totals"]);
    assert_eq!(right["totals"]["total"], "100.00");
    // Asking about single codes counts the same misses, servers are believed, and a cart without codes is just priced.
    let asked =
        app.send(Method::POST, "/v1/coupons/validate", Key::Publishable, Some(json!({"code": "TEN"}))).await;
    asked.expect_problem(429, "too_many_requests");
    for _ in 0..3 {
        assert_eq!(told(&priced(&app, Key::Secret, &["NOPE"]).await), ["unknown_code"]);
        assert_eq!(told(&priced(&app, Key::Secret, &["TEN"]).await), ["applied"]);
    }
    assert_eq!(priced(&app, Key::Publishable, &[]).await["totals"]["total"], "100.00");
}

#[tokio::test]
async fn a_cart_with_a_wrong_code_is_priced_again_and_again_and_counts_one_miss() {
    let app = start().await;
    for _ in 0..20 {
        assert_eq!(told(&priced(&app, Key::Publishable, &["TYPO"]).await), ["unknown_code"]);
    }
    assert_eq!(told(&priced(&app, Key::Publishable, &["TEN"]).await), ["applied"]);
}

#[tokio::test]
async fn one_cart_tries_no_more_codes_than_five_carts() {
    let app = start().await;
    let codes = ["A", "B", "C", "D", "E", "F", "TEN", "G"];
    let answer = priced(&app, Key::Publishable, &codes).await;
    let (unknown, untried) = ("unknown_code", "too_many_attempts");
    assert_eq!(told(&answer), [unknown, unknown, unknown, unknown, unknown, untried, untried, untried]);
    assert_eq!(answer["totals"]["total"], "100.00");
    assert_eq!(told(&priced(&app, Key::Secret, &["NOPE", "TEN"]).await), [unknown, "applied"]);
}

/// Prices a cart as a shopper at this address, which a proxy tells.
async fn from(app: &TestApp, address: &str, code: &str) -> Answer {
    let lines = json!([{"id": "1", "product_id": 1, "quantity": 1, "price": "100.00"}]);
    let body = json!({"cart": {"currency": "USD", "codes": [code], "lines": lines}});
    let peer: std::net::SocketAddr = format!("{address}:5000").parse().unwrap();
    let request = Request::post("/v1/evaluate")
        .header("authorization", format!("Bearer {}", app.publishable))
        .header("content-type", "application/json")
        .extension(axum::extract::ConnectInfo(peer))
        .body(Body::from(body.to_string()));
    app.call(request.unwrap()).await
}

#[tokio::test]
async fn who_guesses_from_one_address_is_nothing_to_others() {
    let app = start().await;
    for code in ["A", "B", "C", "D", "E"] {
        from(&app, "203.0.113.7", code).await.expect(200);
    }
    assert_eq!(told(&from(&app, "203.0.113.7", "TEN").await.expect(200)), ["too_many_attempts"]);
    assert_eq!(told(&from(&app, "203.0.113.8", "TEN").await.expect(200)), ["applied"]);
}

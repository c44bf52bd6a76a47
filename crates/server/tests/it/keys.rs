//! API keys: made, shown once, scoped, expiring, revoked.

use axum::http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Key, TestApp};

/// Makes a key with these fields beside its name, and gives its id and text.
async fn make(app: &TestApp, fields: Value) -> (i64, String) {
    let mut body = json!({"kind": "secret", "name": "For a test"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let made = app.post("/v1/api-keys", body).await.expect(201);
    (made["id"].as_i64().unwrap(), made["key"].as_str().unwrap().to_owned())
}

async fn get(app: &TestApp, path: &str, key: &str) -> Answer {
    app.send(Method::GET, path, Key::Text(key), None).await
}

async fn listed(app: &TestApp, id: i64) -> Value {
    let list = app.get("/v1/api-keys").await.expect(200);
    list["data"].as_array().unwrap().iter().find(|key| key["id"] == id).unwrap().clone()
}

#[tokio::test]
async fn a_key_is_shown_once_and_listed_without_its_text() {
    let app = TestApp::start().await;
    let made = app.post("/v1/api-keys", json!({"kind": "secret", "name": " Warehouse "})).await.expect(201);
    let text = made["key"].as_str().unwrap();
    assert!(text.starts_with("sk_") && text.ends_with(made["last_four"].as_str().unwrap()), "{made}");
    get(&app, "/v1/promotions", text).await.expect(200);

    let list = app.get("/v1/api-keys").await.expect(200);
    let names: Vec<&str> =
        list["data"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["First secret key", "First publishable key", "Warehouse"]);
    let mine = listed(&app, made["id"].as_i64().unwrap()).await;
    assert_eq!((&mine["scopes"], &mine["created_by"]), (&Value::Null, &json!("key/1")));
    assert_eq!(mine["created_at"], "2026-03-01T00:00:00Z");
    assert!(!list.to_string().contains(text));
    let first = app.get("/v1/api-keys?limit=1").await.expect(200);
    let next = format!("/v1/api-keys?limit=2&after={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(app.get(&next).await.expect(200)["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_nothing_else() {
    let app = TestApp::start().await;
    let (_, key) = make(&app, json!({"scopes": ["manage_promotions", "manage_orders"]})).await;
    get(&app, "/v1/promotions", &key).await.expect(200);
    get(&app, "/v1/orders", &key).await.expect(200);
    let refused = get(&app, "/v1/settings", &key).await.expect_problem(403, "forbidden");
    assert_eq!(refused["detail"], "`GET /v1/settings` needs the permission `manage_settings`");
    let body = Some(json!({}));
    let refused = app.send(Method::POST, "/v1/promotions", Key::Text(&key), body).await;
    let refused = refused.expect_problem(403, "forbidden");
    assert_eq!(refused["detail"], "`POST /v1/promotions` needs the permission `add_promotions`");
    let cart = json!({"cart": {"currency": "USD", "lines": []}});
    let (_, bare) = make(&app, json!({"scopes": []})).await;
    app.send(Method::POST, "/v1/evaluate", Key::Text(&bare), Some(cart)).await.expect(200);
    get(&app, "/v1/promotions", &bare).await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn the_compatible_surface_asks_for_the_same_permissions() {
    let app = TestApp::start().await;
    let (_, key) = make(&app, json!({"scopes": ["manage_promotions"]})).await;
    let ask = |method: Method, path: &str| {
        let request = axum::http::Request::builder().method(method).header("x-auth-token", &key);
        let request = request.uri(format!("/stores/{}/v3{path}", app.store_hash));
        app.call(request.body(axum::body::Body::empty()).unwrap())
    };
    ask(Method::GET, "/promotions").await.expect(200);
    let refused = ask(Method::DELETE, "/promotions?id:in=1").await.expect(403);
    assert!(refused["error"].as_str().unwrap().contains("`delete_promotions`"), "{refused}");
}

#[tokio::test]
async fn nobody_makes_a_key_that_may_more_than_they_may() {
    let app = TestApp::start().await;
    let (_, key) = make(&app, json!({"scopes": ["manage_users", "manage_orders"]})).await;
    let make = |body: Value| app.send(Method::POST, "/v1/api-keys", Key::Text(&key), Some(body));
    let new = |scopes: Value| json!({"kind": "secret", "name": "More", "scopes": scopes});
    let refused =
        make(new(json!(["manage_orders", "edit_promotions"]))).await.expect_problem(403, "forbidden");
    assert_eq!(refused["detail"], "nobody gives more than they have: `For a test` lacks `edit_promotions`");
    make(json!({"kind": "secret", "name": "All"})).await.expect_problem(403, "forbidden");
    make(new(json!(["manage_orders"]))).await.expect(201);
    make(json!({"kind": "publishable", "name": "Page"})).await.expect(201);
}

#[tokio::test]
async fn what_a_key_cannot_be_is_refused_with_its_place() {
    let app = TestApp::start().await;
    let refused = |fields: Value| {
        let mut body = json!({"kind": "secret", "name": "For a test"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        app.post("/v1/api-keys", body)
    };
    refused(json!({"name": ""})).await.expect_invalid("/name", "empty");
    refused(json!({"name": "  "})).await.expect_invalid("/name", "empty");
    refused(json!({"kind": "publishable", "scopes": []})).await.expect_invalid("/scopes", "not_allowed");
    refused(json!({"expires_at": "2026-03-01T00:00:00Z"}))
        .await
        .expect_invalid("/expires_at", "out_of_range");
    refused(json!({"expires_at": "tomorrow"})).await.expect_invalid("/expires_at", "type");
    assert_eq!(refused(json!({"scopes": ["fly"]})).await.status, 422);
    assert_eq!(refused(json!({"kind": "platform"})).await.status, 422);
    assert_eq!(app.get("/v1/api-keys").await.expect(200)["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_revoked_key_stops_at_once_and_stays_in_the_list() {
    let app = TestApp::start().await;
    let (id, key) = make(&app, json!({})).await;
    get(&app, "/v1/promotions", &key).await.expect(200);
    let path = format!("/v1/api-keys/{id}/revoke");
    let revoked = app.post(&path, json!(null)).await.expect(200);
    let problem = get(&app, "/v1/promotions", &key).await.expect_problem(401, "unauthorized");
    assert_eq!(problem["detail"], "this key was revoked");
    assert_eq!(revoked["revoked_at"], "2026-03-01T00:00:00Z");
    app.clock.set("2026-03-02T00:00:00Z".parse().unwrap());
    assert_eq!(app.post(&path, json!(null)).await.expect(200), revoked);
    assert_eq!(listed(&app, id).await, revoked);
    app.post("/v1/api-keys/99/revoke", json!(null)).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_key_stops_when_it_expires() {
    let app = TestApp::start().await;
    let (_, key) = make(&app, json!({"expires_at": "2026-03-01T01:00:00+00:00"})).await;
    get(&app, "/v1/promotions", &key).await.expect(200);
    app.clock.set("2026-03-01T01:00:00Z".parse().unwrap());
    let problem = get(&app, "/v1/promotions", &key).await.expect_problem(401, "unauthorized");
    assert_eq!(problem["detail"], "this key expired at 2026-03-01T01:00:00Z; make another");
}

#[tokio::test]
async fn a_key_tells_when_it_was_last_used() {
    let app = TestApp::start().await;
    let (id, key) = make(&app, json!({})).await;
    app.state.keys.note_uses().await.unwrap();
    assert_eq!(listed(&app, id).await["last_used_at"], Value::Null);
    app.clock.set("2026-03-01T12:34:56Z".parse().unwrap());
    get(&app, "/v1/promotions", &key).await.expect(200);
    assert_eq!(listed(&app, id).await["last_used_at"], Value::Null);
    app.state.keys.note_uses().await.unwrap();
    assert_eq!(listed(&app, id).await["last_used_at"], "2026-03-01T12:34:56Z");
    let before = app.state.db.statistics().jobs;
    app.state.keys.note_uses().await.unwrap();
    assert_eq!(app.state.db.statistics().jobs, before);
}

#[tokio::test]
async fn keys_in_addresses_are_refused() {
    let app = TestApp::start().await;
    for name in ["key", "api_key", "access_token"] {
        let path = format!("/v1/promotions?limit=1&{name}={}", app.secret);
        let by_address = app.send(Method::GET, &path, Key::None, None).await;
        let problem = by_address.expect_problem(400, "key_in_address");
        assert!(!problem.to_string().contains(&app.secret));
        app.get(&path).await.expect_problem(400, "key_in_address");
    }
}

/// Jobs are of a kind, and each kind needs a permission of its own.
#[tokio::test]
async fn jobs_are_for_those_who_may_do_what_they_do() {
    let app = TestApp::start().await;
    let cards = json!({"count": 2, "template": {"amount": "5.00"}});
    app.once("/v1/gift-cards/bulk", cards).await.expect(202);
    let (_, marketer) = make(&app, json!({"scopes": ["edit_promotions"]})).await;
    let (_, cashier) = make(&app, json!({"scopes": ["manage_gift_cards"]})).await;
    let count = |answer: Answer| answer.expect(200)["data"].as_array().unwrap().len();
    for path in ["/v1/jobs", "/v1/jobs?kind=gift_card_bulk_create"] {
        assert_eq!(count(get(&app, path, &marketer).await), 0);
        assert_eq!(count(get(&app, path, &cashier).await), 1);
    }
    assert_eq!(count(get(&app, "/v1/jobs?kind=generate_codes", &cashier).await), 0);
    let refused = get(&app, "/v1/jobs/1", &marketer).await.expect_problem(403, "forbidden");
    assert!(refused["detail"].as_str().unwrap().contains("`manage_gift_cards`"), "{refused}");
    let pause = |key| app.send(Method::POST, "/v1/jobs/1/pause", Key::Text(key), None);
    pause(marketer.as_str()).await.expect_problem(403, "forbidden");
    assert_eq!(pause(cashier.as_str()).await.expect(200)["state"], "paused");
}

//! Webhooks: what happened is told to those who want it, signed, at least once, and as it was.

mod receiver;

use jiff::{SignedDuration, ToSpan as _};
use serde_json::{Value, json};
use server::access::service::{NewKey, StoreWish, create_key, create_store};
use server::access::{Kind as KeyKind, Permission, Permissions};
use server::app::AppState;
use server::platform::egress::Egress;
use server::platform::ids::StoreId;
use server::webhook::service::{Event, deliver_due, example, hand_on, schema};

use crate::harness::{Key, TestApp};
use receiver::{Receiver, is_signed};

fn ten_percent() -> Value {
    let rule = json!({"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}});
    json!({"name": "Ten", "redemption_type": "AUTOMATIC", "rules": [rule]})
}

fn order() -> Value {
    let line = json!({"id": "1", "product_id": 1, "quantity": 2, "price": "10.00"});
    json!({"cart": {"currency": "USD", "lines": [line]}})
}

/// An application whose webhooks may lead to receivers of tests.
async fn start() -> TestApp {
    let now = "2026-03-01T00:00:00Z".parse().unwrap();
    TestApp::start_with(now, |state| AppState { egress: Egress::open(), ..state }).await
}

/// Makes an endpoint and gives its secret.
async fn endpoint(app: &TestApp, receiver: &Receiver, events: Value) -> String {
    let made = app.post("/v1/webhooks", json!({"url": receiver.url, "events": events})).await.expect(201);
    made["secret"].as_str().unwrap().to_owned()
}

/// Delivers everything that is due.
async fn deliver(state: &AppState) {
    while hand_on(state).await.unwrap() + deliver_due(state).await.unwrap() > 0 {}
}

fn later(app: &TestApp, duration: SignedDuration) {
    app.clock.set(app.clock.now() + duration);
}

async fn deliveries(app: &TestApp) -> Vec<Value> {
    app.get("/v1/webhooks/1/deliveries").await.expect(200)["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_change_is_told_with_all_of_it_and_a_signature_that_others_can_check() {
    let (app, receiver) = (start().await, Receiver::start().await);
    let secret = endpoint(&app, &receiver, json!(["promotion.created", "promotion.paused"])).await;
    assert!(secret.starts_with("whsec_"));
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    app.patch("/v1/promotions/1", json!({"name": "Eleven"})).await.expect(200);
    app.post("/v1/promotions/1/pause", json!({})).await.expect(200);
    deliver(&app.state).await;
    let got = receiver.got();
    let types: Vec<&str> = got.iter().map(|it| it.json["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["promotion.created", "promotion.paused"], "and nothing that it does not want");
    let paused = &got[1].json;
    assert_eq!(paused["timestamp"], "2026-03-01T00:00:00Z");
    assert_eq!(paused["data"]["object"]["name"], "Eleven");
    assert_eq!(
        paused["data"]["changes"],
        json!([{"field": "/status", "before": "active", "after": "paused"}])
    );
    assert_eq!((&paused["data"]["object_id"], &paused["data"]["actor"]["kind"]), (&json!(1), &json!("key")));
    let row = app.get("/v1/activity?action=paused").await.expect(200)["data"][0].clone();
    assert_eq!(paused["data"]["activity_id"], row["id"]);
    let now = app.clock.now().as_second();
    for message in &got {
        assert!(is_signed(message, &secret, now));
        assert!(!is_signed(message, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", now), "another secret");
        assert!(!is_signed(message, &secret, now + 301), "too late");
        assert!(!is_signed(&message.with_body("{}"), &secret, now), "another body");
        assert_eq!(message.header("content-type"), "application/json");
    }
    assert_ne!(got[0].header("webhook-id"), got[1].header("webhook-id"));
    let told = deliveries(&app).await;
    assert_eq!((&told[0]["state"], &told[0]["attempts"]), (&json!("delivered"), &json!(1)));
    assert_eq!((&told[0]["response_status"], &told[0]["error"]), (&json!(200), &Value::Null));
    assert_eq!(told[0]["message_id"], got[1].header("webhook-id"));
}

#[tokio::test]
async fn what_fails_is_tried_again_later_each_time_with_the_same_id() {
    let (app, receiver) = (start().await, Receiver::start().await);
    endpoint(&app, &receiver, json!(["*"])).await;
    deliver(&app.state).await;
    receiver.forget();
    receiver.answer_next(&[500, 503, 404]);
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    let mut pauses = Vec::new();
    for attempt in 1..=4 {
        deliver(&app.state).await;
        assert_eq!(receiver.got().len(), attempt);
        let delivery = &deliveries(&app).await[0];
        assert_eq!(delivery["attempts"], attempt);
        if attempt < 4 {
            let next: jiff::Timestamp = delivery["next_attempt_at"].as_str().unwrap().parse().unwrap();
            pauses.push((next - app.clock.now()).total(jiff::Unit::Second).unwrap());
            app.clock.set(next - 1.second());
            deliver(&app.state).await;
            assert_eq!(receiver.got().len(), attempt, "not before its time");
            app.clock.set(next);
        } else {
            assert_eq!(delivery["state"], "delivered");
        }
    }
    assert!(pauses.is_sorted() && pauses[0] >= 5.0 && pauses[2] >= 120.0, "{pauses:?}");
    let ids: Vec<String> = receiver.got().iter().map(|it| it.header("webhook-id").to_owned()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(app.get("/v1/webhooks/1").await.expect(200)["failing_since"], Value::Null);
}

#[tokio::test]
async fn after_three_days_a_message_is_given_up_and_after_five_the_endpoint() {
    let (app, receiver) = (start().await, Receiver::start().await);
    endpoint(&app, &receiver, json!(["promotion.updated"])).await;
    receiver.answer_always(500);
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    app.patch("/v1/promotions/1", json!({"name": "A"})).await.expect(200);
    for _ in 0..90 {
        deliver(&app.state).await;
        later(&app, SignedDuration::from_hours(1));
    }
    let given_up = &deliveries(&app).await[0];
    assert_eq!(given_up["state"], "failed");
    assert!((14..=20).contains(&given_up["attempts"].as_i64().unwrap()), "{given_up}");
    assert_eq!(given_up["error"], "it answered with the status 500");
    let webhook = app.get("/v1/webhooks/1").await.expect(200);
    assert_eq!(
        (&webhook["status"], &webhook["failing_since"]),
        (&json!("enabled"), &json!("2026-03-01T00:00:00Z"))
    );
    later(&app, SignedDuration::from_hours(48));
    app.patch("/v1/promotions/1", json!({"name": "B"})).await.expect(200);
    deliver(&app.state).await;
    let webhook = app.get("/v1/webhooks/1").await.expect(200);
    assert_eq!(webhook["status"], "disabled");
    assert!(webhook["disabled_reason"].as_str().unwrap().contains("five days"));
    let row = app.get("/v1/activity?object_kind=webhook").await.expect(200)["data"][0].clone();
    assert_eq!((&row["action"], &row["actor"]["kind"]), (&json!("updated"), &json!("system")));
    // It is told nothing more, until somebody enables it.
    receiver.answer_always(200);
    receiver.forget();
    app.patch("/v1/promotions/1", json!({"name": "C"})).await.expect(200);
    deliver(&app.state).await;
    assert_eq!(receiver.got().len(), 0);
    app.patch("/v1/webhooks/1", json!({"status": "enabled"})).await.expect(200);
    app.patch("/v1/promotions/1", json!({"name": "D"})).await.expect(200);
    deliver(&app.state).await;
    assert_eq!(receiver.got().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let (app, receiver, inside) = (start().await, Receiver::start().await, Receiver::start().await);
    endpoint(&app, &receiver, json!(["promotion.created"])).await;
    receiver.redirect_to(&inside.url);
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    deliver(&app.state).await;
    let delivery = &deliveries(&app).await[0];
    assert_eq!((&delivery["state"], &delivery["response_status"]), (&json!("waiting"), &json!(302)));
    assert_eq!((receiver.got().len(), inside.got().len()), (1, 0));
}

#[tokio::test]
async fn after_a_secret_is_rolled_both_sign_for_a_day() {
    let (app, receiver) = (start().await, Receiver::start().await);
    let old = endpoint(&app, &receiver, json!(["promotion.updated"])).await;
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    let rolled = app.post("/v1/webhooks/1/roll-secret", json!({})).await.expect(200);
    let new = rolled["secret"].as_str().unwrap().to_owned();
    assert_eq!(rolled["previous_secret_until"], "2026-03-02T00:00:00Z");
    app.patch("/v1/promotions/1", json!({"name": "A"})).await.expect(200);
    deliver(&app.state).await;
    let now = app.clock.now().as_second();
    let message = &receiver.got()[0];
    assert!(is_signed(message, &old, now) && is_signed(message, &new, now));
    later(&app, SignedDuration::from_hours(24));
    app.patch("/v1/promotions/1", json!({"name": "B"})).await.expect(200);
    deliver(&app.state).await;
    let (message, now) = (&receiver.got()[1], app.clock.now().as_second());
    assert!(is_signed(message, &new, now) && !is_signed(message, &old, now));
    let written = app.get("/v1/activity?object_kind=webhook").await.expect(200).to_string();
    assert!(!written.contains("whsec_") && written.contains("rolled"), "{written}");
}

#[tokio::test]
async fn an_order_is_told_from_the_moment_on_at_which_somebody_wants_it() {
    let (app, receiver) = (start().await, Receiver::start().await);
    app.once("/v1/orders", order()).await.expect(201);
    endpoint(&app, &receiver, json!(["order.placed", "order.cancelled"])).await;
    let placed = app.once_as("two", "/v1/orders", order()).await.expect(201);
    app.once_as("two", "/v1/orders", order()).await.expect(201);
    let id = placed["id"].as_i64().unwrap();
    app.once(&format!("/v1/orders/{id}/cancel"), json!({})).await.expect(200);
    deliver(&app.state).await;
    let got = receiver.got();
    assert_eq!(got.len(), 2, "once each, and not the order of before");
    assert_eq!(
        (&got[0].json["type"], &got[0].json["data"]["order"]["id"]),
        (&json!("order.placed"), &json!(id))
    );
    assert_eq!(got[0].json["data"]["order"]["total"], placed["total"]);
    assert_eq!(
        (&got[1].json["type"], &got[1].json["data"]["object"]["status"]),
        (&json!("order.cancelled"), &json!("cancelled"))
    );
    app.delete("/v1/webhooks/1").await.expect(204);
    app.once("/v1/orders", order()).await.expect(201);
    assert_eq!(hand_on(&app.state).await.unwrap(), 0, "nobody wants it any more");
}

#[tokio::test]
async fn what_is_not_kept_is_not_told() {
    let (app, receiver) = (start().await, Receiver::start().await);
    endpoint(&app, &receiver, json!(["promotion.created", "promotion.updated", "order.placed"])).await;
    app.post("/v1/promotions", json!({"name": "Nothing"})).await.expect_problem(422, "invalid");
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    app.patch("/v1/promotions/1", json!({"name": "Ten"})).await.expect(200);
    let mut other_price = order();
    other_price["expected_total"] = json!("1.00");
    app.once("/v1/orders", other_price).await.expect_problem(409, "price_changed");
    deliver(&app.state).await;
    assert_eq!(receiver.got().len(), 1);
}

/// The process that made the change ended before it told anyone.
#[tokio::test]
async fn what_was_not_told_before_a_crash_is_told_after_it() {
    let (app, receiver) = (start().await, Receiver::start().await);
    let secret = endpoint(&app, &receiver, json!(["promotion.created"])).await;
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    let fresh = AppState::new(app.state.db.clone(), app.clock.clone());
    let next = AppState { egress: Egress::open(), secret: app.state.secret.clone(), ..fresh };
    deliver(&next).await;
    assert_eq!(receiver.got().len(), 1);
    assert!(is_signed(&receiver.got()[0], &secret, app.clock.now().as_second()));
    // And two that try at once deliver it once.
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    hand_on(&next).await.unwrap();
    let (one, other) = tokio::join!(deliver_due(&app.state), deliver_due(&next));
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(receiver.got().len(), 2);
}

#[tokio::test]
async fn messages_can_be_sent_again_one_by_one_and_since_an_instant() {
    let (app, receiver) = (start().await, Receiver::start().await);
    endpoint(&app, &receiver, json!(["promotion.created"])).await;
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    later(&app, SignedDuration::from_hours(1));
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    deliver(&app.state).await;
    let first = receiver.got()[0].header("webhook-id").to_owned();
    let again = app.post("/v1/webhooks/1/deliveries/1/replay", json!({})).await.expect(202);
    assert_eq!((&again["id"], &again["message_id"]), (&json!(3), &json!(first)));
    let since = json!({"since": "2026-03-01T00:30:00Z"});
    let replayed = app.post("/v1/webhooks/1/replay", since).await.expect(202);
    assert_eq!(replayed, json!({"replayed": 1, "more_since": null}));
    deliver(&app.state).await;
    let ids: Vec<String> = receiver.got().iter().map(|it| it.header("webhook-id").to_owned()).collect();
    assert_eq!((ids.len(), &ids[2], &ids[3]), (4, &first, &ids[1]));
    app.post("/v1/webhooks/1/deliveries/9/replay", json!({})).await.expect_problem(404, "not_found");
    app.post("/v1/webhooks/2/replay", json!({"since": "2026-03-01T00:30:00Z"}))
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn who_cannot_be_reached_asks_instead() {
    let app = start().await;
    app.post("/v1/webhooks", json!({"events": ["promotion.created"]})).await.expect(201);
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    deliver(&app.state).await;
    let all = app.get("/v1/webhooks/1/messages").await.expect(200);
    let messages = all["data"].as_array().unwrap();
    assert_eq!(messages.len(), 2);
    let payload: Value = serde_json::from_str(messages[0]["payload"].as_str().unwrap()).unwrap();
    assert_eq!((&payload["type"], &payload["data"]["object_id"]), (&json!("promotion.created"), &json!(1)));
    let rest = app.get("/v1/webhooks/1/messages?after_id=1").await.expect(200);
    assert_eq!(rest["data"], json!([messages[1]]));
    assert_eq!(app.get("/v1/webhooks/1/messages?after_id=2").await.expect(200)["data"], json!([]));
    assert_eq!(deliveries(&app).await[0]["state"], "polled");
}

#[tokio::test]
async fn an_example_of_every_event_can_be_sent_and_has_what_its_schema_requires() {
    let (app, receiver) = (start().await, Receiver::start().await);
    endpoint(&app, &receiver, json!(["promotion.created"])).await;
    let catalogue = app.get("/v1/webhooks/events").await.expect(200);
    assert_eq!(catalogue["data"].as_array().unwrap().len(), Event::ALL.len());
    for event in Event::ALL {
        app.post("/v1/webhooks/1/test", json!({"event": event})).await.expect(202);
        let required = schema(*event)["properties"]["data"]["required"].clone();
        for field in required.as_array().unwrap() {
            assert!(example(*event).get(field.as_str().unwrap()).is_some(), "{event:?} {field}");
        }
    }
    deliver(&app.state).await;
    assert_eq!(receiver.got().len(), Event::ALL.len());
}

#[tokio::test]
async fn endpoints_are_checked_listed_changed_and_deleted() {
    let app = start().await;
    let url = "https://example.com/hooks?token=abc";
    app.post("/v1/webhooks", json!({"url": url, "events": []})).await.expect_invalid("/events", "required");
    let unknown = json!({"url": url, "events": ["*", "moon.full"]});
    app.post("/v1/webhooks", unknown).await.expect_invalid("/events/1", "unknown_value");
    let made = app.post("/v1/webhooks", json!({"url": url, "events": ["job.done"]})).await.expect(201);
    assert_eq!((&made["status"], &made["events"]), (&json!("enabled"), &json!(["job.done"])));
    let shown = app.get("/v1/webhooks/1").await.expect(200);
    assert_eq!((&shown["url"], shown.get("secret")), (&json!(url), None));
    let changed =
        app.patch("/v1/webhooks/1", json!({"events": ["*"], "status": "disabled"})).await.expect(200);
    assert_eq!((&changed["events"], &changed["status"]), (&json!(["*"]), &json!("disabled")));
    assert_eq!(app.get("/v1/webhooks").await.expect(200)["data"].as_array().unwrap().len(), 1);
    app.delete("/v1/webhooks/1").await.expect(204);
    app.get("/v1/webhooks/1").await.expect_problem(404, "not_found");
    let written = app.get("/v1/activity?object_kind=webhook").await.expect(200).to_string();
    assert!(!written.contains("abc"), "what may be a token is not in the log: {written}");
}

#[tokio::test]
async fn stores_are_told_only_what_is_theirs() {
    let (app, receiver) = (start().await, Receiver::start().await);
    endpoint(&app, &receiver, json!(["*"])).await;
    let now = app.clock.now();
    let key = create_store(&app.state.db, StoreWish::default(), now).await.unwrap().secret;
    let key = Key::Text(key.reveal());
    deliver(&app.state).await;
    receiver.forget();
    let theirs = app.send(axum::http::Method::POST, "/v1/promotions", key, Some(ten_percent())).await;
    theirs.expect(201);
    deliver(&app.state).await;
    assert_eq!(receiver.got().len(), 0);
    for path in ["/v1/webhooks/1", "/v1/webhooks/1/deliveries", "/v1/webhooks/1/messages"] {
        app.send(axum::http::Method::GET, path, key, None).await.expect_problem(404, "not_found");
    }
    let scopes = Some(Permissions::of(&[Permission::ManagePromotions]));
    let new = NewKey { scopes, ..NewKey::named(KeyKind::Secret, "Marketing") };
    let key = create_key(&app.state.db, now, StoreId::FIRST, new).await.unwrap();
    app.send(axum::http::Method::GET, "/v1/webhooks", Key::Text(key.reveal()), None)
        .await
        .expect_problem(403, "forbidden");
}

#[test]
fn the_page_of_events_says_which_there_are() {
    let mut page = String::from(
        "# Events\n\nWhat [webhooks](webhooks.md) tell. `GET /v1/webhooks/events` has the JSON Schema and an example of \
         each. This page is written by a test; see [CONTRIBUTING.md](../CONTRIBUTING.md).\n\n| Event | When |\n|---|---|\n",
    );
    for event in Event::ALL {
        page.push_str(&format!("| `{}` | {} |\n", event.name(), event.text()));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/webhook-events.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), page, "write it with UPDATE_DOCS=1");
}

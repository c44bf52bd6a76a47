//! Orders: placed once, counted exactly, cancelled and refunded to the cent.

use axum::body::Body;
use axum::http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use server::platform::clock::from_milliseconds;
use server::{order, redemption};

use crate::harness::{Answer, STORE, TestApp};

/// Sends with an idempotency key.
pub(crate) async fn send(app: &TestApp, path: &str, key: &str, body: &Value) -> Answer {
    send_with(app, &app.secret, path, key, body).await
}

/// The same with the key of another store.
pub(crate) async fn send_with(app: &TestApp, secret: &str, path: &str, key: &str, body: &Value) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("authorization", format!("Bearer {secret}"))
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(Body::from(body.to_string()));
    app.call(request.unwrap()).await
}

/// A coupon promotion of 10 % off the order with these fields beside, and the code TEN.
pub(crate) async fn ten(app: &TestApp, fields: Value) -> i64 {
    let mut document = json!({
        "name": "Ten", "redemption_type": "COUPON", "coupon_type": "SINGLE",
        "rules": [{"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}}],
    });
    for (name, value) in fields.as_object().unwrap() {
        document[name] = value.clone();
    }
    let made = app.post("/v1/promotions", document).await.expect(201);
    let id = made["id"].as_i64().unwrap();
    app.post(&format!("/v1/promotions/{id}/codes"), json!({"code": "TEN"})).await.expect(201);
    id
}

pub(crate) fn cart(id: &str, customer: Value) -> Value {
    let lines = json!([{"id": "1", "product_id": 1, "quantity": 2, "price": "50.00", "category_ids": [],
                        "brand_id": 1, "options": {}, "custom_fields": {}, "gift_card": false}]);
    json!({"id": id, "currency": "USD", "codes": ["TEN"], "customer": customer, "lines": lines})
}

pub(crate) fn order_of(cart: Value) -> Value {
    json!({"cart": cart})
}

pub(crate) async fn uses(app: &TestApp, promotion: i64) -> u64 {
    app.get(&format!("/v1/promotions/{promotion}")).await.expect(200)["current_uses"].as_u64().unwrap()
}

/// Nothing may be wrong after any test.
pub(crate) async fn verify(app: &TestApp) {
    let db = app.state.db.read();
    assert_eq!(redemption::service::verify(db, STORE).await.unwrap(), Vec::<String>::new());
    assert_eq!(order::verify(db, STORE).await.unwrap(), Vec::<String>::new());
}

pub(crate) fn pass(app: &TestApp, seconds: i64) {
    let now: Timestamp = app.clock.now();
    app.clock.set(from_milliseconds((now + SignedDuration::from_secs(seconds)).as_millisecond()));
}

#[tokio::test]
async fn an_order_is_kept_as_it_was_priced() {
    let app = TestApp::start().await;
    let promotion = ten(&app, json!({})).await;
    let mut body = order_of(cart("c1", json!({"id": 7, "email": "a@example.com"})));
    body["reference"] = json!("1001");
    body["expected_total"] = json!("90.00");
    body["payment"] = json!({"method": "invoice", "terms": "NET 30"});
    let answer = send(&app, "/v1/orders", "k1", &body).await;
    let mut placed = answer.expect(201);
    assert_eq!(placed["totals"]["total"], "90.00");
    assert_eq!(placed["evaluation"]["totals"]["total"], "90.00");
    assert_eq!(placed["payment"]["due_date"], "2026-03-31");
    assert_eq!(placed["lines"][0]["units"], json!([{"quantity": 2, "price": "45.00"}]));
    assert_eq!(placed["lines"][0]["discounts"][0]["code"], "TEN");
    let found = app.get(&format!("/v1/orders/{}", placed["id"])).await.expect(200);
    placed.as_object_mut().unwrap().remove("evaluation");
    assert_eq!(found, placed);
    for query in ["reference=1001", "customer_id=7", "status=created", &format!("promotion_id={promotion}")] {
        let list = app.get(&format!("/v1/orders?{query}")).await.expect(200);
        assert_eq!(list["data"], json!([found]), "{query}");
    }
    assert_eq!(app.get("/v1/orders?status=cancelled").await.expect(200)["data"], json!([]));
    assert_eq!(uses(&app, promotion).await, 1);
    verify(&app).await;
}

#[tokio::test]
async fn the_same_request_happens_once_and_is_answered_with_the_same_bytes() {
    let app = TestApp::start().await;
    let promotion = ten(&app, json!({"max_uses": 1})).await;
    let body = order_of(cart("c1", json!(null)));
    let first = send(&app, "/v1/orders", "k1", &body).await;
    assert_eq!((first.status.as_u16(), first.header("idempotent-replayed")), (201, ""));
    for _ in 0..3 {
        let again = send(&app, "/v1/orders", "k1", &body).await;
        assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (201, "true"));
        assert_eq!(again.body, first.body);
    }
    assert_eq!(uses(&app, promotion).await, 1);
    let other = order_of(cart("c2", json!(null)));
    send(&app, "/v1/orders", "k1", &other).await.expect_problem(422, "idempotency_mismatch");
    let refused =
        send(&app, "/v1/orders", "k2", &other).await.expect_problem(409, "redemption_limit_reached");
    assert_eq!(refused["errors"][0]["code"], "limit_reached");
    assert_eq!(refused["errors"][0]["pointer"], "/cart/codes/0");
    for key in ["", "  ", &"k".repeat(256)] {
        send(&app, "/v1/orders", key, &body).await.expect_problem(400, "idempotency_key_required");
    }
    app.post("/v1/orders", body).await.expect_problem(400, "idempotency_key_required");
    verify(&app).await;
}

#[tokio::test]
async fn an_order_of_one_name_is_placed_once_whatever_the_key() {
    let app = TestApp::start().await;
    ten(&app, json!({})).await;
    let mut body = order_of(cart("c1", json!(null)));
    body["reference"] = json!("1001");
    let first = send(&app, "/v1/orders", "k1", &body).await.expect(201);
    let again = send(&app, "/v1/orders", "k2", &body).await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (200, "true"));
    assert_eq!(again.json()["id"], first["id"]);
    body["cart"]["lines"][0]["quantity"] = json!(3);
    let other = send(&app, "/v1/orders", "k3", &body).await.expect_problem(409, "order_exists");
    assert!(other["detail"].as_str().unwrap().contains(&first["id"].to_string()), "{other}");
    verify(&app).await;
}

#[tokio::test]
async fn a_price_that_was_not_shown_is_not_charged() {
    let app = TestApp::start().await;
    ten(&app, json!({})).await;
    let mut body = order_of(cart("c1", json!(null)));
    body["expected_total"] = json!("80.00");
    let refused = send(&app, "/v1/orders", "k1", &body).await.expect_problem(409, "price_changed");
    assert!(refused["detail"].as_str().unwrap().contains("90.00"), "{refused}");
    body["cart"]["codes"] = json!(["TEN", "NOPE"]);
    let refused = send(&app, "/v1/orders", "k1", &body).await.expect_problem(409, "code_refused");
    assert!(refused["errors"].as_array().unwrap().iter().any(|error| error["pointer"] == "/cart/codes/1"));
    // What was refused left nothing: the key is free.
    body["cart"]["codes"] = json!(["TEN"]);
    body["expected_total"] = json!("90.00");
    send(&app, "/v1/orders", "k1", &body).await.expect(201);
    verify(&app).await;
}

#[tokio::test]
async fn each_limit_holds_and_names_itself() {
    for (fields, reason) in [
        (json!({"max_uses": 1}), "limit_reached"),
        (json!({"max_uses_per_channel": 1}), "channel_limit_reached"),
        (json!({"max_uses_per_day": 1}), "daily_limit_reached"),
        (json!({"max_uses_per_customer": 1}), "customer_limit_reached"),
        (json!({"budget": {"amount": "10.00"}}), "budget_exhausted"),
    ] {
        let app = TestApp::start().await;
        ten(&app, fields).await;
        let customer = json!({"email": "a@example.com"});
        send(&app, "/v1/orders", "o1", &order_of(cart("c1", customer.clone()))).await.expect(201);
        let second = send(&app, "/v1/orders", "o2", &order_of(cart("c2", customer))).await;
        let refused = second.expect_problem(409, "redemption_limit_reached");
        assert_eq!(refused["errors"][0]["code"], reason);
        verify(&app).await;
    }
}

#[tokio::test]
async fn a_day_and_a_channel_have_limits_of_their_own() {
    let app = TestApp::start().await;
    ten(&app, json!({"max_uses_per_day": 1})).await;
    send(&app, "/v1/orders", "o1", &order_of(cart("c1", json!(null)))).await.expect(201);
    pass(&app, 24 * 60 * 60);
    send(&app, "/v1/orders", "o2", &order_of(cart("c2", json!(null)))).await.expect(201);
    let app = TestApp::start().await;
    ten(&app, json!({"max_uses_per_channel": 1})).await;
    for channel in [1, 2] {
        let mut cart = cart(&format!("c{channel}"), json!(null));
        cart["channel_id"] = json!(channel);
        send(&app, "/v1/orders", &format!("o{channel}"), &order_of(cart)).await.expect(201);
    }
    verify(&app).await;
}

#[tokio::test]
async fn a_guest_and_an_account_with_one_address_are_one_customer() {
    let app = TestApp::start().await;
    ten(&app, json!({"max_uses_per_customer": 1})).await;
    let guest = json!({"email": "A@Example.com", "phone": "0049 30 1"});
    send(&app, "/v1/orders", "o1", &order_of(cart("c1", guest))).await.expect(201);
    for (key, customer, expected) in [
        ("o2", json!({"id": 7, "email": " a@example.com"}), 409),
        ("o3", json!({"phone": "+49 (30) 1"}), 409),
        ("o4", json!({"email": "a+1@example.com"}), 201),
        // Nobody in particular: there is nothing to know them by.
        ("o5", json!(null), 201),
    ] {
        let answer = send(&app, "/v1/orders", key, &order_of(cart(key, customer))).await;
        assert_eq!(answer.status.as_u16(), expected, "{key}");
    }
    verify(&app).await;
}

#[tokio::test]
async fn a_code_has_limits_of_its_own() {
    let app = TestApp::start().await;
    let promotion = ten(&app, json!({"coupon_type": "BULK"})).await;
    let codes = format!("/v1/promotions/{promotion}/codes");
    app.post(&codes, json!({"code": "ONCE", "max_uses": 1})).await.expect(201);
    app.post(&codes, json!({"code": "EACH", "max_uses_per_customer": 1})).await.expect(201);
    let order = |code: &str, id: &str, customer: Value| {
        let mut cart = cart(id, customer);
        cart["codes"] = json!([code]);
        order_of(cart)
    };
    send(&app, "/v1/orders", "o1", &order("ONCE", "c1", json!(null))).await.expect(201);
    let refused = send(&app, "/v1/orders", "o2", &order("once", "c2", json!(null))).await;
    assert_eq!(
        refused.expect_problem(409, "redemption_limit_reached")["errors"][0]["code"],
        "code_limit_reached"
    );
    send(&app, "/v1/orders", "o3", &order("EACH", "c3", json!({"id": 1}))).await.expect(201);
    let refused = send(&app, "/v1/orders", "o4", &order("EACH", "c4", json!({"id": 1}))).await;
    let reason = refused.expect_problem(409, "redemption_limit_reached")["errors"][0]["code"].clone();
    assert_eq!(reason, "code_customer_limit_reached");
    send(&app, "/v1/orders", "o5", &order("EACH", "c5", json!({"id": 2}))).await.expect(201);
    let listed = app.get(&codes).await.expect(200);
    let uses: Vec<u64> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code["current_uses"].as_u64().unwrap())
        .collect();
    assert_eq!(uses, [0, 1, 2]);
    verify(&app).await;
}

#[tokio::test]
async fn a_budget_is_spent_to_the_cent() {
    let app = TestApp::start().await;
    let rule = json!({"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}});
    let document = json!({"name": "Budget", "redemption_type": "AUTOMATIC", "rules": [rule],
                          "budget": {"amount": "25.00", "on_short": "PARTIAL"}});
    app.post("/v1/promotions", document).await.expect(201);
    let mut paid = Vec::new();
    for number in 1..=4 {
        let mut cart = cart(&format!("c{number}"), json!(null));
        cart["codes"] = json!([]);
        let placed = send(&app, "/v1/orders", &format!("o{number}"), &order_of(cart)).await.expect(201);
        paid.push(placed["totals"]["discount"].as_str().unwrap().to_owned());
    }
    assert_eq!(paid, ["10.00", "10.00", "5.00", "0.00"]);
    verify(&app).await;
}

#[tokio::test]
async fn uses_come_back_as_the_promotion_says() {
    let always = json!({"on_cancel": true, "on_full_refund": true, "on_partial_refund": true});
    let never =
        json!({"on_cancel": false, "on_full_refund": false, "on_partial_refund": false, "on_expiry": false});
    for (policy, left) in [(always, 0), (never, 1)] {
        for (what, body) in [
            ("cancel", json!({})),
            ("refund", json!({})),
            ("refund", json!({"lines": [{"id": "1", "quantity": 1}]})),
        ] {
            let app = TestApp::start().await;
            let promotion = ten(&app, json!({"max_uses": 1, "uses_given_back": policy})).await;
            let placed = send(&app, "/v1/orders", "o1", &order_of(cart("c1", json!(null)))).await.expect(201);
            let path = format!("/v1/orders/{}/{what}", placed["id"]);
            send(&app, &path, "e1", &body).await.expect(200);
            assert_eq!(uses(&app, promotion).await, left, "{what} {body} {policy}");
            let second = send(&app, "/v1/orders", "o2", &order_of(cart("c2", json!(null)))).await;
            assert_eq!(second.status.as_u16(), if left == 0 { 201 } else { 409 });
            verify(&app).await;
        }
        let app = TestApp::start().await;
        let promotion = ten(&app, json!({"max_uses": 1, "uses_given_back": policy})).await;
        let mut hold = order_of(cart("c1", json!(null)));
        hold["ttl_seconds"] = json!(1);
        send(&app, "/v1/reservations", "r1", &hold).await.expect(201);
        pass(&app, 2);
        redemption::service::reservation::sweep(&app.state, STORE).await.unwrap();
        assert_eq!(uses(&app, promotion).await, left, "expiry {policy}");
        verify(&app).await;
    }
}

#[tokio::test]
async fn what_cost_nothing_is_refunded_when_it_has_come_back() {
    let app = TestApp::start().await;
    let free = json!([{"action": {"cart_value": {"discount": {"percentage_amount": "100"}}}}]);
    let promotion = ten(&app, json!({"max_uses": 3, "rules": free})).await;
    let placed = send(&app, "/v1/orders", "o1", &order_of(cart("c1", json!(null)))).await.expect(201);
    assert_eq!(placed["totals"]["total"], "0.00");
    let path = format!("/v1/orders/{}/refund", placed["id"]);
    let one = json!({"lines": [{"id": "1", "quantity": 1}]});
    assert_eq!(send(&app, &path, "r1", &one).await.expect(200)["status"], "created");
    assert_eq!(uses(&app, promotion).await, 1);
    assert_eq!(send(&app, &path, "r2", &one).await.expect(200)["status"], "refunded");
    assert_eq!(uses(&app, promotion).await, 0);
    verify(&app).await;
}

#[tokio::test]
async fn a_repeated_request_is_answered_whatever_has_changed_since() {
    let app = TestApp::start().await;
    let product = |price: Value| json!({"items": [{"id": 77, "name": "Mug", "price": price}]});
    app.put("/v1/products", product(json!("5.00"))).await.expect(200);
    let body = json!({"cart": {"currency": "USD", "lines": [{"id": "1", "product_id": 77, "quantity": 1}]}});
    let first = send(&app, "/v1/orders", "o1", &body).await;
    assert_eq!(first.status.as_u16(), 201);
    app.put("/v1/products", product(json!(null))).await.expect(200);
    assert_eq!(send(&app, "/v1/orders", "o1", &body).await.body, first.body);
    send(&app, "/v1/orders", "o2", &body).await.expect(422);
}

#[tokio::test]
async fn ids_that_no_one_has_are_refused() {
    let app = TestApp::start().await;
    ten(&app, json!({})).await;
    let far = 9_223_372_036_854_775_813_u64;
    for (pointer, field) in
        [("/cart/channel_id", "/channel_id"), ("/cart/lines/0/seller_id", "/lines/0/seller_id")]
    {
        let mut cart = cart("c1", json!(null));
        if field == "/channel_id" {
            cart["channel_id"] = json!(far);
        } else {
            cart["lines"][0]["seller_id"] = json!(far);
        }
        send(&app, "/v1/orders", pointer, &order_of(cart)).await.expect_invalid(pointer, "out_of_range");
    }
    let mut cart = cart("c1", json!(null));
    cart["customer"] = json!({"id": far});
    send(&app, "/v1/orders", "o1", &order_of(cart)).await.expect_invalid("/cart/customer/id", "out_of_range");
}

#[tokio::test]
async fn refunds_never_exceed_what_was_paid() {
    let app = TestApp::start().await;
    ten(&app, json!({})).await;
    let mut cart = cart("c1", json!(null));
    cart["shipping"] = json!({"method": "post", "cost": "5.00"});
    let placed = send(&app, "/v1/orders", "o1", &order_of(cart)).await.expect(201);
    let refund = format!("/v1/orders/{}/refund", placed["id"]);
    let one = json!({"lines": [{"id": "1", "quantity": 1}]});
    let after = send(&app, &refund, "f1", &one).await.expect(200);
    assert_eq!((&after["totals"]["refunded"], &after["status"]), (&json!("45.00"), &json!("created")));
    assert_eq!(after["lines"][0]["returned"], 1);
    let two = json!({"lines": [{"id": "1", "quantity": 2}]});
    send(&app, &refund, "f2", &two).await.expect_problem(409, "nothing_to_refund");
    send(&app, &refund, "f3", &json!({"amount": "50.01"})).await.expect_problem(409, "nothing_to_refund");
    send(&app, &refund, "f4", &json!({"lines": [{"id": "9", "quantity": 1}]})).await.expect(422);
    send(&app, &refund, "f5", &json!({"amount": "20.00"})).await.expect(200);
    let rest = send(&app, &refund, "f6", &json!({"reason": "damaged"})).await.expect(200);
    assert_eq!((&rest["totals"]["refunded"], &rest["status"]), (&json!("95.00"), &json!("refunded")));
    assert_eq!(rest["tenders"][0]["refunded"], "95.00");
    send(&app, &refund, "f7", &json!({})).await.expect_problem(409, "nothing_to_refund");
    let cancel = format!("/v1/orders/{}/cancel", placed["id"]);
    send(&app, &cancel, "e1", &json!({})).await.expect_problem(409, "order_state");
    verify(&app).await;
}

#[tokio::test]
async fn an_order_goes_its_way_in_one_direction() {
    let app = TestApp::start().await;
    ten(&app, json!({})).await;
    let placed = send(&app, "/v1/orders", "o1", &order_of(cart("c1", json!(null)))).await.expect(201);
    let path = format!("/v1/orders/{}", placed["id"]);
    let waiting = app.patch(&path, json!({"status": "awaiting_fulfilment"})).await.expect(200);
    assert_eq!((&waiting["status"], &waiting["revision"]), (&json!("awaiting_fulfilment"), &json!(2)));
    let sent = app.patch(&path, json!({"status": "fulfilled"})).await.expect(200);
    assert_eq!(sent["fulfilled_at"], "2026-03-01T00:00:00Z");
    app.patch(&path, json!({"status": "awaiting_fulfilment"})).await.expect_problem(409, "order_state");
    app.patch(&path, json!({"status": "cancelled"})).await.expect_invalid("/status", "out_of_range");
    send(&app, &format!("{path}/cancel"), "e1", &json!({})).await.expect_problem(409, "order_state");
    send(&app, "/v1/orders/99/cancel", "e2", &json!({})).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_promotion_that_is_paused_is_not_redeemed_by_carts_priced_before() {
    let app = TestApp::start().await;
    let promotion = ten(&app, json!({})).await;
    // Another process pauses it: this one's rules are those of before.
    let other = server::app::AppState::new(app.state.db.clone(), app.clock.clone());
    let other = server::app::router(other);
    let request = Request::builder()
        .method(Method::PATCH)
        .uri(format!("/v1/promotions/{promotion}"))
        .header("authorization", format!("Bearer {}", app.secret))
        .header("content-type", "application/json")
        .body(Body::from(json!({"status": "paused"}).to_string()))
        .unwrap();
    app.post("/v1/evaluate", json!({"cart": cart("c1", json!(null))})).await.expect(200);
    let paused = Answer::from(tower::ServiceExt::oneshot(other, request).await.unwrap()).await;
    paused.expect(200);
    let refused = send(&app, "/v1/orders", "o1", &order_of(cart("c1", json!(null)))).await;
    assert_eq!(refused.expect_problem(409, "code_refused")["errors"][0]["code"], "paused");
    assert_eq!(uses(&app, promotion).await, 0);
}

#[tokio::test]
async fn one_key_sent_many_times_at_once_happens_once() {
    let app = TestApp::start().await;
    let promotion = ten(&app, json!({})).await;
    let body = order_of(cart("c1", json!(null)));
    let sent = (0..32).map(|_| send(&app, "/v1/orders", "same", &body));
    let answers = futures_of(sent.collect()).await;
    let placed = answers.iter().filter(|answer| answer.status.as_u16() == 201).count();
    assert!(placed >= 1);
    let others = answers.into_iter().filter(|answer| answer.status.as_u16() != 201);
    for answer in others {
        assert_eq!(answer.header("retry-after"), "1");
        answer.expect_problem(409, "in_progress");
    }
    assert_eq!(uses(&app, promotion).await, 1);
    send(&app, "/v1/orders", "same", &body).await.expect(201);
}

/// Waits for all of them at once.
pub(crate) async fn futures_of<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut is_done = true;
        for (future, output) in &mut waiting {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => is_done = false,
                }
            }
        }
        if is_done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    waiting.into_iter().filter_map(|(_, output)| output).collect()
}

//! Checkouts on their way to orders: what they reserve, how they are split, and what is their own.

use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::orders::{cart, order_of, pass, send, ten, uses, verify};

#[tokio::test]
async fn a_reservation_holds_for_its_cart_and_never_against_it() {
    let app = TestApp::start().await;
    let promotion = ten(&app, json!({"max_uses": 1})).await;
    let mut hold = order_of(cart("c1", json!(null)));
    hold["ttl_seconds"] = json!(60);
    let held = send(&app, "/v1/reservations", "r1", &hold).await.expect(201);
    assert_eq!(
        (&held["status"], &held["promotions"][0]["promotion_id"]),
        (&json!("held"), &json!(promotion))
    );
    let price = |id: &str| json!({"cart": cart(id, json!(null))});
    let own = app.post("/v1/evaluate", price("c1")).await.expect(200);
    assert_eq!(own["codes"][0]["status"], "applied");
    let other = app.post("/v1/evaluate", price("c2")).await.expect(200);
    assert_eq!(other["codes"][0]["reason"], "limit_reached");
    send(&app, "/v1/orders", "o2", &order_of(cart("c2", json!(null))))
        .await
        .expect_problem(409, "redemption_limit_reached");
    // The payment failed: the same cart reserves again, and then orders.
    let again = send(&app, "/v1/reservations", "r2", &hold).await.expect(201);
    let first = app.get(&format!("/v1/reservations/{}", held["id"])).await.expect(200);
    assert_eq!(first["status"], "released");
    let placed = send(&app, "/v1/orders", "o1", &order_of(cart("c1", json!(null)))).await.expect(201);
    let became = app.get(&format!("/v1/reservations/{}", again["id"])).await.expect(200);
    assert_eq!((&became["status"], &became["order_id"]), (&json!("committed"), &placed["id"]));
    assert_eq!(uses(&app, promotion).await, 1);
    verify(&app).await;
}

#[tokio::test]
async fn what_expired_or_was_given_up_is_free_at_once() {
    let app = TestApp::start().await;
    ten(&app, json!({"max_uses": 1})).await;
    let mut hold = order_of(cart("c1", json!(null)));
    hold["ttl_seconds"] = json!(1);
    let held = send(&app, "/v1/reservations", "r1", &hold).await.expect(201);
    let path = format!("/v1/reservations/{}", held["id"]);
    pass(&app, 2);
    let price = json!({"cart": cart("c2", json!(null))});
    assert_eq!(app.post("/v1/evaluate", price).await.expect(200)["codes"][0]["status"], "applied");
    assert_eq!(app.get(&path).await.expect(200)["status"], "expired");
    app.post(&format!("{path}/renew"), json!({})).await.expect_problem(409, "reservation_ended");
    let mut second = order_of(cart("c2", json!(null)));
    second["ttl_seconds"] = json!(60);
    let second = send(&app, "/v1/reservations", "r2", &second).await.expect(201);
    let path = format!("/v1/reservations/{}", second["id"]);
    pass(&app, 59);
    app.post(&format!("{path}/renew"), json!({"ttl_seconds": 10})).await.expect(200);
    pass(&app, 9);
    let third = order_of(cart("c3", json!(null)));
    send(&app, "/v1/orders", "o3", &third).await.expect_problem(409, "redemption_limit_reached");
    assert_eq!(app.delete(&path).await.expect(200)["status"], "released");
    app.delete(&path).await.expect_problem(409, "reservation_ended");
    send(&app, "/v1/orders", "o3", &third).await.expect(201);
    for ttl in [0, 2_592_001] {
        let mut hold = order_of(cart("c4", json!(null)));
        hold["ttl_seconds"] = json!(ttl);
        send(&app, "/v1/reservations", "r4", &hold).await.expect_invalid("/ttl_seconds", "out_of_range");
    }
    verify(&app).await;
}

#[tokio::test]
async fn the_parts_of_one_checkout_count_one_use() {
    let app = TestApp::start().await;
    let promotion = ten(&app, json!({"max_uses": 1, "max_uses_per_customer": 1})).await;
    let mut ids = Vec::new();
    for number in 1..=3 {
        let mut body = order_of(cart(&format!("c{number}"), json!({"id": 7})));
        body["group"] = json!("checkout-1");
        let placed = send(&app, "/v1/orders", &format!("o{number}"), &body).await;
        if number == 1 {
            ids.push(placed.expect(201)["id"].clone());
        } else {
            // The use is the group's own.
            ids.push(placed.expect(201)["id"].clone());
        }
    }
    assert_eq!(uses(&app, promotion).await, 1);
    let outsider = order_of(cart("c9", json!({"id": 8})));
    send(&app, "/v1/orders", "o9", &outsider).await.expect_problem(409, "redemption_limit_reached");
    for (number, id) in ids.iter().enumerate() {
        assert_eq!(uses(&app, promotion).await, 1, "{number}");
        send(&app, &format!("/v1/orders/{id}/cancel"), &format!("e{number}"), &json!({})).await.expect(200);
        verify(&app).await;
    }
    assert_eq!(uses(&app, promotion).await, 0);
    send(&app, "/v1/orders", "o9", &outsider).await.expect(201);
}

#[tokio::test]
async fn a_use_that_is_handed_on_is_counted_for_who_has_it_then() {
    let app = TestApp::start().await;
    let promotion = ten(&app, json!({"max_uses_per_customer": 1, "max_uses_per_channel": 1})).await;
    let part = |key: &str, channel: u64, customer: Value| {
        let mut body = order_of(cart(key, customer));
        body["cart"]["channel_id"] = json!(channel);
        body["group"] = json!("checkout-1");
        body
    };
    for in_order in [true, false] {
        let first = part("a", 1, json!({"email": "a@example.com"}));
        let second = part("b", 2, json!({"id": 9, "email": "a@example.com"}));
        let mut ids = Vec::new();
        for (key, body) in [("a", first), ("b", second)] {
            let placed = send(&app, "/v1/orders", &format!("{key} {in_order}"), &body).await.expect(201);
            ids.push(placed["id"].clone());
        }
        if !in_order {
            ids.reverse();
        }
        for id in ids {
            send(&app, &format!("/v1/orders/{id}/cancel"), &format!("e{id}"), &json!({})).await.expect(200);
            verify(&app).await;
        }
        assert_eq!(uses(&app, promotion).await, 0);
    }
}

#[tokio::test]
async fn who_holds_a_use_has_it_also_when_the_limit_is_lowered() {
    let app = TestApp::start().await;
    let promotion = ten(&app, json!({"max_uses": 5})).await;
    send(&app, "/v1/reservations", "r1", &order_of(cart("c1", json!(null)))).await.expect(201);
    for number in 2..=4 {
        let body = order_of(cart(&format!("c{number}"), json!(null)));
        send(&app, "/v1/orders", &format!("o{number}"), &body).await.expect(201);
    }
    app.patch(&format!("/v1/promotions/{promotion}"), json!({"max_uses": 2})).await.expect(200);
    let other = order_of(cart("c9", json!(null)));
    send(&app, "/v1/orders", "o9", &other).await.expect_problem(409, "redemption_limit_reached");
    send(&app, "/v1/orders", "o1", &order_of(cart("c1", json!(null)))).await.expect(201);
    verify(&app).await;
}

#[tokio::test]
async fn what_was_reserved_whole_can_be_ordered_in_parts() {
    let app = TestApp::start().await;
    let promotion = ten(&app, json!({"max_uses": 1})).await;
    let held = send(&app, "/v1/reservations", "r1", &order_of(cart("c1", json!(null)))).await.expect(201);
    for number in 1..=3 {
        let mut body = order_of(cart("c1", json!(null)));
        body["group"] = json!("checkout-1");
        send(&app, "/v1/orders", &format!("o{number}"), &body).await.expect(201);
    }
    let became = app.get(&format!("/v1/reservations/{}", held["id"])).await.expect(200);
    assert_eq!((&became["status"], uses(&app, promotion).await), (&json!("committed"), 1));
    verify(&app).await;
}

#[tokio::test]
async fn an_order_that_is_changed_does_not_stand_in_its_own_way() {
    let app = TestApp::start().await;
    ten(&app, json!({"max_uses": 1, "max_uses_per_customer": 1})).await;
    let customer = json!({"id": 7});
    let placed = send(&app, "/v1/orders", "o1", &order_of(cart("c1", customer.clone()))).await.expect(201);
    let mut changed = cart("c1", customer);
    changed["lines"][0]["quantity"] = json!(3);
    let price = async |cart: &Value| {
        let priced = app.post("/v1/evaluate", json!({"cart": cart})).await.expect(200);
        (priced["codes"][0]["status"].clone(), priced["totals"]["discount"].clone())
    };
    assert_eq!(price(&changed).await, (json!("refused"), json!("0.00")));
    changed["order_id"] = placed["id"].clone();
    for _ in 0..2 {
        assert_eq!(price(&changed).await, (json!("applied"), json!("15.00")));
    }
}

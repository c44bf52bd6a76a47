//! Orders paid with gift cards and store credit.

use serde_json::{Value, json};
use server::ledger;

use crate::harness::TestApp;
use crate::orders::{futures_of, send, verify};

/// A card of so much; its id and its code.
async fn card(app: &TestApp, amount: &str, fields: Value) -> (i64, String) {
    let mut body = json!({"amount": amount});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let made = send(app, "/v1/gift-cards", &format!("card {body}"), &body).await.expect(201);
    (made["id"].as_i64().unwrap(), made["code"].as_str().unwrap().to_owned())
}

fn cart(id: &str, price: &str, cards: &[&str]) -> Value {
    let lines = json!([{"id": "1", "product_id": 1, "quantity": 1, "price": price}]);
    json!({"id": id, "currency": "USD", "gift_cards": cards, "lines": lines})
}

async fn place(app: &TestApp, key: &str, price: &str, cards: &[&str]) -> crate::harness::Answer {
    send(app, "/v1/orders", key, &json!({"cart": cart(key, price, cards)})).await
}

async fn shown(app: &TestApp, id: i64) -> (String, String) {
    let card = app.get(&format!("/v1/gift-cards/{id}")).await.expect(200);
    (card["remaining"].as_str().unwrap().to_owned(), card["status"].as_str().unwrap().to_owned())
}

/// Nothing may be wrong after any test, in the ledger either.
async fn verify_all(app: &TestApp) {
    verify(app).await;
    let found = ledger::service::verify(&app.state.db).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
    let answers = server::idempotency::verify(app.state.db.read(), crate::harness::STORE).await.unwrap();
    assert_eq!(answers, Vec::<String>::new());
}

fn of(remaining: &str, status: &str) -> (String, String) {
    (remaining.to_owned(), status.to_owned())
}

#[tokio::test]
async fn a_card_pays_what_it_has_and_what_is_left_stays_on_it() {
    let app = TestApp::start().await;
    let (id, code) = card(&app, "50.00", json!({})).await;
    let first = place(&app, "o1", "30.00", &[&code]).await.expect(201);
    assert_eq!((&first["totals"]["gift_card"], &first["totals"]["due"]), (&json!("30.00"), &json!("0.00")));
    assert_eq!(shown(&app, id).await, of("20.00", "active"));
    let second = place(&app, "o2", "30.00", &[&code]).await.expect(201);
    assert_eq!(
        (&second["totals"]["gift_card"], &second["totals"]["due"]),
        (&json!("20.00"), &json!("10.00"))
    );
    assert_eq!(second["tenders"][0]["kind"], "gift_card");
    assert_eq!(
        second["tenders"][1],
        json!({"kind": "primary", "last_four": null, "amount": "10.00", "refunded": "0.00"})
    );
    assert_eq!(shown(&app, id).await, of("0.00", "redeemed"));
    let redemptions = app.get(&format!("/v1/gift-cards/{id}/redemptions")).await.expect(200);
    let orders: Vec<&str> =
        redemptions["data"].as_array().unwrap().iter().map(|it| it["order_id"].as_str().unwrap()).collect();
    assert_eq!(orders, [second["id"].to_string(), first["id"].to_string()]);
    let empty = place(&app, "o3", "30.00", &[&code]).await.expect_problem(409, "gift_card_refused");
    assert_eq!(empty["errors"][0]["pointer"], "/cart/gift_cards/0");
    // The same call again, however often, takes nothing more.
    assert_eq!(place(&app, "o2", "30.00", &[&code]).await.header("idempotent-replayed"), "true");
    assert!(!String::from_utf8_lossy(&place(&app, "o1", "30.00", &[&code]).await.body).contains(&code));
    verify_all(&app).await;
}

#[tokio::test]
async fn of_several_cards_the_one_that_expires_first_pays_first() {
    let app = TestApp::start().await;
    let (never, first) = card(&app, "10.00", json!({})).await;
    let (soon, second) =
        card(&app, "10.00", json!({"expires_at": "2026-06-01T00:00:00Z", "funding": "promotional"})).await;
    let placed = place(&app, "o1", "15.00", &[&first, &second]).await.expect(201);
    assert_eq!(placed["totals"]["gift_card"], "15.00");
    assert_eq!(shown(&app, soon).await, of("0.00", "redeemed"));
    assert_eq!(shown(&app, never).await, of("5.00", "active"));
    verify_all(&app).await;
}

#[tokio::test]
async fn refunds_and_cancellations_go_back_to_the_same_card() {
    let app = TestApp::start().await;
    let (id, code) = card(&app, "20.00", json!({})).await;
    let placed = place(&app, "o1", "30.00", &[&code]).await.expect(201);
    assert_eq!(shown(&app, id).await, of("0.00", "redeemed"));
    let path = format!("/v1/orders/{}", placed["id"]);
    let refund = format!("{path}/refund");
    send(&app, &refund, "r1", &json!({"amount": "12.00"})).await.expect(200);
    assert_eq!(shown(&app, id).await, of("12.00", "active"));
    let full = send(&app, &refund, "r2", &json!({})).await.expect(200);
    assert_eq!(full["tenders"][0]["refunded"], "20.00");
    assert_eq!(full["tenders"][1]["refunded"], "10.00");
    assert_eq!(shown(&app, id).await, of("20.00", "active"));
    let second = place(&app, "o2", "15.00", &[&code]).await.expect(201);
    send(&app, &format!("/v1/orders/{}/cancel", second["id"]), "e1", &json!({})).await.expect(200);
    assert_eq!(shown(&app, id).await, of("20.00", "active"));
    // What a voided card had paid goes nowhere, and the order can still be cancelled.
    let third = place(&app, "o3", "15.00", &[&code]).await.expect(201);
    send(&app, &format!("/v1/gift-cards/{id}/void"), "v1", &json!({"reason": "stolen"})).await.expect(200);
    let forfeited =
        send(&app, &format!("/v1/orders/{}/cancel", third["id"]), "e2", &json!({})).await.expect(200);
    assert_eq!(forfeited["refunds"][0]["tenders"][0]["forfeited"], true);
    assert_eq!(shown(&app, id).await, of("0.00", "voided"));
    verify_all(&app).await;
}

#[tokio::test]
async fn what_a_card_paid_goes_back_to_it_also_when_it_expired_since() {
    let app = TestApp::start().await;
    let fields = json!({"expires_at": "2026-03-02T00:00:00Z", "funding": "promotional"});
    let (id, code) = card(&app, "20.00", fields).await;
    let placed = place(&app, "o1", "30.00", &[&code]).await.expect(201);
    app.clock.set("2026-03-03T00:00:00Z".parse().unwrap());
    let cancelled =
        send(&app, &format!("/v1/orders/{}/cancel", placed["id"]), "e1", &json!({})).await.expect(200);
    assert_eq!(cancelled["refunds"][0]["tenders"][0]["amount"], "20.00");
    assert_eq!(shown(&app, id).await.1, "expired");
    verify_all(&app).await;
}

#[tokio::test]
async fn one_capture_is_refunded_once_however_many_ask() {
    let app = TestApp::start().await;
    let (id, code) = card(&app, "100.00", json!({})).await;
    let placed = place(&app, "o1", "100.00", &[&code]).await.expect(201);
    let path = format!("/v1/orders/{}/refund", placed["id"]);
    let (keys, body): (Vec<String>, Value) = ((0..64).map(|n| format!("r{n}")).collect(), json!({}));
    let answers = futures_of(keys.iter().map(|key| send(&app, &path, key, &body)).collect()).await;
    let done = answers.iter().filter(|answer| answer.status.as_u16() == 200).count();
    assert_eq!(done, 1);
    assert!(answers.iter().all(|answer| [200, 409].contains(&answer.status.as_u16())));
    assert_eq!(shown(&app, id).await, of("100.00", "active"));
    verify_all(&app).await;
}

#[tokio::test]
async fn a_card_is_never_spent_twice() {
    let app = TestApp::start().await;
    let (id, code) = card(&app, "100.00", json!({})).await;
    let bodies: Vec<(String, Value)> = (0..64)
        .map(|number| {
            let key = format!("o{number}");
            let body = json!({"cart": cart(&key, "10.00", &[&code]), "expected_due": "0.00"});
            (key, body)
        })
        .collect();
    let sent = bodies.iter().map(|(key, body)| send(&app, "/v1/orders", key, body));
    let answers = futures_of(sent.collect()).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 10, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
    assert_eq!(shown(&app, id).await, of("0.00", "redeemed"));
    verify_all(&app).await;
}

#[tokio::test]
async fn a_reservation_holds_balances_for_its_cart() {
    let app = TestApp::start().await;
    let (id, code) = card(&app, "50.00", json!({})).await;
    let hold = json!({"cart": cart("c1", "40.00", &[&code]), "ttl_seconds": 60});
    let held = send(&app, "/v1/reservations", "r1", &hold).await.expect(201);
    assert_eq!(held["balances"], json!([{"account_id": id, "amount": "40.00", "currency": "USD"}]));
    // Others see what is left, the cart itself all of it.
    let price = async |id: &str| {
        let body = json!({"cart": cart(id, "100.00", &[&code])});
        app.post("/v1/evaluate", body).await.expect(200)["totals"]["gift_card"].clone()
    };
    assert_eq!((price("c2").await, price("c1").await), (json!("10.00"), json!("50.00")));
    // A card that expires while it is held still pays what was held.
    let until = json!({"expires_at": "2026-03-01T00:00:01Z"});
    let _ = send(&app, &format!("/v1/gift-cards/{id}/extend"), "x1", &until).await;
    let placed =
        send(&app, "/v1/orders", "o1", &json!({"cart": cart("c1", "45.00", &[&code])})).await.expect(201);
    assert_eq!(placed["totals"]["gift_card"], "45.00");
    assert_eq!(shown(&app, id).await.0, "5.00");
    let again = send(&app, "/v1/reservations", "r2", &json!({"cart": cart("c3", "5.00", &[&code])}))
        .await
        .expect(201);
    app.delete(&format!("/v1/reservations/{}", again["id"])).await.expect(200);
    assert_eq!(place(&app, "o2", "5.00", &[&code]).await.expect(201)["totals"]["gift_card"], "5.00");
    verify_all(&app).await;
}

#[tokio::test]
async fn store_credit_is_the_customers_own() {
    let app = TestApp::start().await;
    let add = json!({"amount": "+20.00", "reason": "sorry"});
    send(&app, "/v1/customers/7/store-credit/adjust", "a1", &add).await.expect(200);
    let order = |customer: Value, credit: &str| {
        let mut cart = cart("c1", "30.00", &[]);
        cart["store_credit"] = json!(credit);
        cart["customer"] = customer;
        json!({"cart": cart})
    };
    let nobody = order(json!(null), "5.00");
    send(&app, "/v1/orders", "o0", &nobody).await.expect_invalid("/cart/store_credit", "required");
    let other = order(json!({"id": 8}), "5.00");
    send(&app, "/v1/orders", "o1", &other).await.expect_problem(409, "insufficient_balance");
    let too_much = order(json!({"id": 7}), "20.01");
    send(&app, "/v1/orders", "o2", &too_much).await.expect_problem(409, "insufficient_balance");
    let placed = send(&app, "/v1/orders", "o3", &order(json!({"id": 7}), "20.00")).await.expect(201);
    assert_eq!(
        (&placed["totals"]["store_credit"], &placed["totals"]["due"]),
        (&json!("20.00"), &json!("10.00"))
    );
    send(&app, &format!("/v1/orders/{}/cancel", placed["id"]), "e1", &json!({})).await.expect(200);
    send(&app, "/v1/orders", "o4", &order(json!({"id": 7}), "20.00")).await.expect(201);
    verify_all(&app).await;
}

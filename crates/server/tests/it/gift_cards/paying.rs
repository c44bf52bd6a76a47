//! Paying carts with gift cards.

use axum::http::Method;
use engine::ledger::Operation;
use serde_json::{Value, json};
use server::evaluation::rest::Input;
use server::evaluation::service::recorded;
use server::ruleset;

use super::{issue, post};
use crate::harness::{Answer, Key, STORE, TestApp};

/// The answer to a cart of 30.00 with these gift cards.
async fn priced(app: &TestApp, key: Key<'_>, cards: Value, fields: Value) -> Answer {
    let line = json!({"id": "1", "product_id": 1, "quantity": 3, "price": "10.00"});
    let mut cart = json!({"currency": "USD", "gift_cards": cards, "lines": [line]});
    cart.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    app.send(Method::POST, "/v1/evaluate", key, Some(json!({"cart": cart}))).await
}

#[tokio::test]
async fn cards_on_a_cart_pay_what_is_due_the_one_that_expires_first_before_the_others() {
    let app = TestApp::start().await;
    let never = issue(&app, json!({"amount": "50.00"})).await;
    let soon = issue(&app, json!({"amount": "12.00", "expires_at": "2026-06-01T00:00:00Z"})).await;
    let cards = json!([never["code"], soon["code"]]);
    let answer =
        priced(&app, Key::Publishable, cards.clone(), json!({"store_credit": "99.00"})).await.expect(200);
    assert_eq!(
        answer["gift_cards"],
        json!([
            {"last_four": never["last_four"], "status": "applied", "amount": "18.00", "remaining": "32.00"},
            {"last_four": soon["last_four"], "status": "applied", "amount": "12.00", "remaining": "0.00"},
        ])
    );
    let totals = &answer["totals"];
    assert_eq!(
        (&totals["total"], &totals["gift_card"], &totals["store_credit"], &totals["due"]),
        (&json!("30.00"), &json!("30.00"), &json!("0.00"), &json!("0.00"))
    );
    let credit = priced(&app, Key::Publishable, json!([soon["code"]]), json!({"store_credit": "5.00"})).await;
    let totals = &credit.expect(200)["totals"];
    assert_eq!(
        (&totals["gift_card"], &totals["store_credit"], &totals["due"]),
        (&json!("12.00"), &json!("5.00"), &json!("13.00"))
    );
    // What is held for another order cannot be promised to this one.
    post(&app, &soon["id"], Operation::Hold, 1_000, "1").await.unwrap();
    let answer = priced(&app, Key::Secret, json!([soon["code"]]), json!({})).await.expect(200);
    assert_eq!(answer["totals"]["gift_card"], "2.00");
}

#[tokio::test]
async fn paying_by_card_changes_neither_discounts_nor_tax_and_buys_no_gift_cards() {
    let app = TestApp::start().await;
    let promotion = json!({"name": "Ten", "redemption_type": "AUTOMATIC",
                           "rules": [{"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}}]});
    app.once("/v1/promotions", promotion).await.expect(201);
    let code = issue(&app, json!({"amount": "500.00"})).await["code"].clone();
    let lines = json!([
        {"id": "1", "product_id": 1, "quantity": 1, "price": "10.00", "tax_rate": "20"},
        {"id": "2", "product_id": 2, "quantity": 1, "price": "25.00", "gift_card": true},
    ]);
    let fields = json!({"lines": lines});
    let without = priced(&app, Key::Secret, json!([]), fields.clone()).await.expect(200);
    let with = priced(&app, Key::Secret, json!([code]), fields).await.expect(200);
    for total in ["subtotal", "discount", "tax", "total"] {
        assert_eq!(with["totals"][total], without["totals"][total], "{total}");
    }
    assert_eq!(with["lines"], without["lines"]);
    let totals = &with["totals"];
    assert_eq!(
        (&totals["total"], &totals["gift_card"], &totals["due"]),
        (&json!("35.80"), &json!("10.80"), &json!("25.00"))
    );
    assert!(without.get("gift_cards").is_none());
}

#[tokio::test]
async fn a_card_on_a_cart_that_does_not_pay_says_as_little_as_it_must() {
    let app = TestApp::start().await;
    let euro = issue(&app, json!({"amount": "50.00", "currency": "EUR"})).await;
    let secret = issue(&app, json!({"amount": "50.00", "pin": "4711"})).await;
    let spent = issue(&app, json!({"amount": "1.00"})).await;
    post(&app, &spent["id"], Operation::Redeem, 100, "1").await.unwrap();
    let with_pin = format!("{}:4711", secret["code"].as_str().unwrap());
    let cards = json!([euro["code"], secret["code"], spent["code"], "NOPE", with_pin, with_pin]);
    let answer = priced(&app, Key::Publishable, cards, json!({})).await.expect(200);
    let told: Vec<_> = answer["gift_cards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|card| card["reason"].as_str().unwrap_or("applied"))
        .collect();
    let generic = "gift_card_not_usable";
    assert_eq!(told, ["currency_mismatch", generic, generic, generic, "applied", "already_applied"]);
    assert_eq!(answer["totals"]["gift_card"], "30.00");
    let eleven = vec!["NOPE"; 11];
    priced(&app, Key::Secret, json!(eleven), json!({}))
        .await
        .expect_invalid("/cart/gift_cards", "out_of_range");
    // Five misses from one address, three of them above.
    priced(&app, Key::Publishable, json!(["NOPE", "NEIN"]), json!({})).await.expect(200);
    let right = json!([with_pin]);
    priced(&app, Key::Publishable, right.clone(), json!({})).await.expect_problem(429, "too_many_requests");
    priced(&app, Key::Publishable, json!([]), json!({})).await.expect(200);
    priced(&app, Key::Secret, right, json!({})).await.expect(200);
}

#[tokio::test]
async fn an_evaluation_that_is_kept_knows_its_cards_but_not_their_codes() {
    let app = TestApp::start().await;
    let issued = issue(&app, json!({"amount": "20.00"})).await;
    let code = issued["code"].as_str().unwrap();
    let line = json!({"id": "1", "product_id": 1, "quantity": 3, "price": "10.00"});
    let cart = json!({"currency": "USD", "gift_cards": [code, "NOPE"], "lines": [line]});
    let answer = app.once("/v1/evaluate", json!({"cart": cart, "record": true})).await.expect(200);
    assert_eq!(answer["totals"]["gift_card"], "20.00");
    post(&app, &issued["id"], Operation::Redeem, 2_000, "1").await.unwrap();
    let id = answer["evaluation_id"].as_str().unwrap();
    let kept = app.get(&format!("/v1/evaluations/{id}")).await;
    assert_eq!(kept.json(), answer);
    let kept = recorded(app.state.db.read(), STORE, id).await.unwrap();
    assert!(!kept.input.contains(code) && !kept.input.contains("NOPE"), "{}", kept.input);
    let rules = ruleset::kept(app.state.db.read(), STORE, &kept.ruleset).await.unwrap();
    let replayed = Input::read(&kept.input).unwrap().replay(rules).unwrap();
    assert_eq!(replayed.answer, kept.answer);
}

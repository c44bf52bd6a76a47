//! Rows that someone changed from outside: what is told of them, and that nobody else is hurt.

use serde_json::{Value, json};
use server::gift_card::service::{made_with_another, note_secret};
use server::platform::db::{Connection as _, WriteError};
use server::platform::secret::ServerSecret;
use server::redemption::service::exceeded;
use server::redemption::service::reservation::sweep;
use server::{order, redemption};

use crate::harness::{STORE, TestApp};
use crate::orders::{cart, order_of, pass, send, ten, uses, verify};

/// Changes rows behind the application's back.
async fn tamper(app: &TestApp, sql: &'static str) {
    let job = app.state.db.write(move |tx| {
        Box::pin(async move { Ok::<_, WriteError>(tx.execute_unprepared(sql).await?.rows_affected()) })
    });
    assert!(job.await.unwrap() > 0, "it changes nothing: {sql}");
}

/// All that `doctor --verify` finds wrong with counters, reservations and orders.
async fn wrong(app: &TestApp) -> Vec<String> {
    let db = app.state.db.read();
    let mut wrong = redemption::service::verify(db, STORE).await.unwrap();
    wrong.extend(order::verify(db, STORE).await.unwrap());
    wrong
}

#[track_caller]
fn named(wrong: &[String], words: &str) {
    assert!(wrong.iter().any(|it| it.contains(words)), "{words}: {wrong:?}");
}

async fn reserve(app: &TestApp, key: &str, cart: Value, seconds: u32) -> i64 {
    let body = json!({"cart": cart, "ttl_seconds": seconds});
    send(app, "/v1/reservations", key, &body).await.expect(201)["id"].as_i64().unwrap()
}

#[tokio::test]
async fn a_reservation_that_cannot_be_read_fails_nobody_else_and_is_named() {
    let app = TestApp::start().await;
    let promotion = ten(&app, json!({"max_uses": 10})).await;
    let over = reserve(&app, "r1", cart("c1", json!(null)), 1).await;
    let live = reserve(&app, "r2", cart("c2", json!(null)), 600).await;
    tamper(&app, "UPDATE reservation SET holds = 'no JSON'").await;
    named(&wrong(&app).await, &format!("reservation {live}: `holds` cannot be read"));
    pass(&app, 2);
    // The first order ends the first reservation; the second is that of its own cart.
    send(&app, "/v1/orders", "o3", &order_of(cart("c3", json!(null)))).await.expect(201);
    send(&app, "/v1/orders", "o2", &order_of(cart("c2", json!(null)))).await.expect(201);
    reserve(&app, "r4", cart("c1", json!(null)), 600).await;
    assert_eq!(uses(&app, promotion).await, 2);
    let told = wrong(&app).await;
    for id in [over, live] {
        named(
            &told,
            &format!("reservation {id}: it ended, and what it holds stays held: `holds` cannot be read"),
        );
    }
    named(&told, "use_counter `1:uses` slot 0: says 2 committed and 3 held, but redemptions come to 2");
    // What they held stays counted: it was let in once.
    for number in 0..5 {
        let key = format!("p{number}");
        send(&app, "/v1/orders", &key, &order_of(cart(&key, json!(null)))).await.expect(201);
    }
    let full = send(&app, "/v1/orders", "last", &order_of(cart("last", json!(null)))).await;
    full.expect_problem(409, "redemption_limit_reached");
}

#[tokio::test]
async fn a_reservation_whose_counters_hold_less_is_set_aside_by_the_sweep_and_by_its_own_order() {
    let app = TestApp::start().await;
    let promotion = ten(&app, json!({"max_uses": 10})).await;
    let over = reserve(&app, "r1", cart("c1", json!(null)), 1).await;
    let live = reserve(&app, "r2", cart("c2", json!(null)), 600).await;
    tamper(&app, "UPDATE use_counter SET held = 0").await;
    named(&wrong(&app).await, "use_counter `1:uses` slot 0: says 0 committed and 0 held, but");
    pass(&app, 2);
    assert_eq!(sweep(&app.state, STORE).await.unwrap(), 1);
    assert_eq!(sweep(&app.state, STORE).await.unwrap(), 0, "it is tried once");
    send(&app, "/v1/orders", "o2", &order_of(cart("c2", json!(null)))).await.expect(201);
    send(&app, "/v1/orders", "o3", &order_of(cart("c3", json!(null)))).await.expect(201);
    assert_eq!(uses(&app, promotion).await, 2);
    let told = wrong(&app).await;
    for id in [over, live] {
        named(
            &told,
            &format!("reservation {id}: it ended, and what it holds stays held: it holds 1 of use_counter"),
        );
    }
}

/// A gift card of 50.00, of which a cart holds 10.00 for a minute and orders took 20.00 and gave 5.00 back.
async fn with_card() -> (TestApp, i64) {
    let app = TestApp::start().await;
    let made = send(&app, "/v1/gift-cards", "card", &json!({"amount": "50.00"})).await.expect(201);
    let (id, code) = (made["id"].as_i64().unwrap(), made["code"].clone());
    let cart = |id: &str, price: &str| {
        let lines = json!([{"id": "1", "product_id": 1, "quantity": 1, "price": price}]);
        json!({"id": id, "currency": "USD", "gift_cards": [code], "lines": lines})
    };
    reserve(&app, "r1", cart("c1", "10.00"), 60).await;
    let placed = send(&app, "/v1/orders", "o1", &json!({"cart": cart("c2", "20.00")})).await.expect(201);
    let path = format!("/v1/orders/{}/refund", placed["id"]);
    send(&app, &path, "e1", &json!({"amount": "5.00"})).await.expect(200);
    verify(&app).await;
    (app, id)
}

#[tokio::test]
async fn a_card_that_does_not_let_go_is_named_and_the_rest_is_swept() {
    let (app, account) = with_card().await;
    tamper(&app, "UPDATE ledger_account SET held = held - 1").await;
    named(
        &wrong(&app).await,
        &format!("ledger_account {account}: 999 is held, but reservations hold 1000 (those are: 1)"),
    );
    pass(&app, 61);
    sweep(&app.state, STORE).await.unwrap();
    let told = wrong(&app).await;
    let words = format!(
        "reservation 1: it ended, and what it holds stays held: ledger account {account} does not let go"
    );
    named(&told, &words);
    let (app, account) = with_card().await;
    tamper(&app, "UPDATE ledger_account SET held = held + 7").await;
    pass(&app, 61);
    sweep(&app.state, STORE).await.unwrap();
    named(
        &wrong(&app).await,
        &format!("ledger_account {account}: 7 is held, but reservations hold 0 (those are: none)"),
    );
}

#[tokio::test]
async fn a_tender_that_differs_from_the_ledger_by_a_cent_is_named() {
    for (sql, words) in [
        (
            "UPDATE order_tender SET amount = amount + 1",
            "order_tender 0 took 2001, but ledger_transaction has 2000 of ledger_account",
        ),
        (
            "UPDATE order_refund SET tenders = '[{\"position\":0,\"kind\":\"gift_card\",\"amount\":\"4.99\"}]'",
            "order_tender 0 gave back 499, but ledger_transaction has 500 of ledger_account",
        ),
        ("UPDATE order_refund SET tenders = 'no JSON'", "the tenders of order_refund 1 cannot be read"),
        ("DELETE FROM order_tender", "it has no tender of ledger_account"),
        (
            "UPDATE order_tender SET refunded = refunded + 1",
            "what tenders were paid back come to 501, not 500",
        ),
    ] {
        let (app, _) = with_card().await;
        tamper(&app, sql).await;
        let told = wrong(&app).await;
        named(&told, words);
        named(&told, "order 1: ");
    }
}

#[tokio::test]
async fn what_a_voided_card_had_held_or_did_not_get_back_is_no_finding() {
    let (app, account) = with_card().await;
    let path = format!("/v1/gift-cards/{account}/void");
    send(&app, &path, "v1", &json!({"reason": "stolen"})).await.expect(200);
    send(&app, "/v1/orders/1/cancel", "e2", &json!({})).await.expect(200);
    verify(&app).await;
}

#[tokio::test]
async fn another_secret_is_noticed_once_there_are_cards_and_on_several_nodes_before() {
    let app = TestApp::start().await;
    let (db, own, other) = (&app.state.db, &app.state.secret, ServerSecret::random());
    let others = async |secret: Option<&ServerSecret>| made_with_another(db.read(), secret).await.unwrap();
    assert_eq!(others(Some(&other)).await, [], "nothing is noted yet");
    note_secret(db, own).await.unwrap();
    let without_cards = if db.has_several_writers() { vec![STORE] } else { vec![] };
    assert_eq!(others(Some(&other)).await, without_cards);
    send(&app, "/v1/gift-cards", "card", &json!({"amount": "50.00"})).await.expect(201);
    assert_eq!(others(Some(own)).await, []);
    assert_eq!(others(Some(&other)).await, [STORE]);
    assert_eq!(others(None).await, [STORE]);
    note_secret(db, &other).await.unwrap();
    assert_eq!(others(Some(&other)).await, []);
}

#[tokio::test]
async fn limits_of_promotions_codes_and_customers_that_were_lowered_are_told_and_no_failure() {
    let app = TestApp::start().await;
    let limits = json!({"max_uses": 10, "max_uses_per_customer": 10});
    ten(&app, limits.clone()).await;
    app.patch("/v1/promotions/1/codes/1", limits).await.expect(200);
    let customer = json!({"id": 7});
    send(&app, "/v1/orders", "o1", &order_of(cart("c1", customer.clone()))).await.expect(201);
    reserve(&app, "r1", cart("c2", customer), 600).await;
    let (db, rulesets) = (&app.state.db, &app.state.rulesets);
    let rules = rulesets.of(db, STORE).await.unwrap();
    assert_eq!(exceeded(db.read(), STORE, &rules.ruleset).await.unwrap(), Vec::<String>::new());
    let lowered = json!({"max_uses": 1, "max_uses_per_customer": 1});
    app.patch("/v1/promotions/1/codes/1", lowered.clone()).await.expect(200);
    app.patch("/v1/promotions/1", lowered).await.expect(200);
    let rules = rulesets.of(db, STORE).await.unwrap();
    let told = exceeded(db.read(), STORE, &rules.ruleset).await.unwrap();
    for key in ["1:uses", "1:customer:id:7", "1:code:1", "1:code:1:customer:id:7"] {
        assert!(
            told.iter().any(|it| it.starts_with(&format!("use_counter `{key}`: 2 are used or held of 1"))),
            "{key}: {told:?}"
        );
    }
    verify(&app).await;
}

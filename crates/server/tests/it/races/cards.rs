//! Races for the money on gift cards.

use jiff::SignedDuration;
use sea_orm::Statement;
use serde_json::{Value, json};
use server::platform::clock::from_milliseconds;
use server::platform::db::Connection as _;
use server::redemption::service::reservation::sweep;

use super::{Nodes, cart, coupon, race, tally, uses};
use crate::harness::{Answer, STORE, TestApp, TestDatabase};
use crate::orders::verify;

/// A gift card of so much: its id and its code.
async fn card(nodes: &Nodes, amount: &str) -> (i64, String) {
    let body = json!({"amount": amount});
    let made = nodes.post(0, "/v1/gift-cards", &format!("card of {amount}"), &body).await.expect(201);
    (made["id"].as_i64().unwrap(), made["code"].as_str().unwrap().to_owned())
}

async fn remaining(app: &TestApp, card: i64) -> String {
    let card = app.get(&format!("/v1/gift-cards/{card}")).await.expect(200);
    card["remaining"].as_str().unwrap().to_owned()
}

/// A cart without codes that pays with a gift card.
fn paying(number: usize, price: &str, card: &str) -> Value {
    let mut cart = cart(&format!("c{number}"), &[], price, Value::Null);
    cart["gift_cards"] = json!([card]);
    cart
}

async fn verify_ledger(app: &TestApp) {
    verify(app).await;
    let found = server::ledger::service::verify(&app.state.db).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_card_of_100_pays_ten_times_10_and_not_a_cent_more() {
    let app = TestApp::start().await;
    let nodes = Nodes::over(&app);
    let (id, code) = card(&nodes, "100.00").await;
    let promotion = coupon(&app, "TEN", json!({"max_uses": 40})).await;
    let racing = nodes.clone();
    let answers = race(2, move |number| {
        let (nodes, code) = (racing.clone(), code.clone());
        async move {
            // 11.11 less 10 % is 10.00.
            let mut cart = paying(number, "11.11", &code);
            cart["codes"] = json!(["TEN"]);
            let body = json!({"cart": cart, "expected_due": "0.00"});
            nodes.post(number, "/v1/orders", &format!("o{number}"), &body).await
        }
    })
    .await;
    let tally = tally(&answers);
    assert_eq!(tally["201"], 10, "{tally:?}");
    assert!(tally.keys().all(|it| it == "201" || it.starts_with("409 ")), "{tally:?}");
    assert_eq!(remaining(&app, id).await, "0.00");
    // Who was refused for the card's sake has used nothing of the promotion.
    assert_eq!(uses(&app, promotion).await, 10);
    verify_ledger(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_card_is_emptied_in_parts_held_given_back_and_voided_without_losing_a_cent() {
    let app = TestApp::start().await;
    let nodes = Nodes::over(&app);
    let (id, code) = card(&nodes, "250.00").await;
    let racing = (nodes.clone(), code.clone());
    let answers = race(3, move |number| {
        let (nodes, code) = racing.clone();
        async move {
            let cart = paying(number, &format!("{}.37", number * 7 % 20 + 1), &code);
            if number % 4 == 1 {
                let body = json!({"cart": cart, "ttl_seconds": 60});
                return nodes.post(number, "/v1/reservations", &format!("r{number}"), &body).await;
            }
            let placed = nodes.order(number, cart).await;
            if number % 4 == 2 && placed.status.as_u16() == 201 {
                let path = format!("/v1/orders/{}/cancel", placed.json()["id"]);
                nodes.post(number + 1, &path, &format!("e{number}"), &json!({})).await.expect(200);
            }
            placed
        }
    })
    .await;
    let told = tally(&answers);
    assert!(told.keys().all(|it| it == "201" || it == "409 gift_card_refused"), "{told:?}");
    verify_ledger(&app).await;
    app.clock.set(from_milliseconds((app.clock.now() + SignedDuration::from_secs(61)).as_millisecond()));
    sweep(&app.state, STORE).await.unwrap();
    verify_ledger(&app).await;
    // Whatever is left now, the last of it can be spent.
    let rest = paying(10_000, "250.00", &code);
    let before = remaining(&app, id).await;
    if before != "0.00" {
        let placed = nodes.order(10_000, rest).await.expect(201);
        assert_eq!(placed["totals"]["gift_card"], before.as_str());
    }
    assert_eq!(remaining(&app, id).await, "0.00");
    let (id, code) = card(&nodes, "500.00").await;
    let racing = (nodes.clone(), code);
    let running = tokio::spawn(race(3, move |number| {
        let (nodes, code) = racing.clone();
        async move { nodes.order(20_000 + number, paying(20_000 + number, "1.00", &code)).await }
    }));
    while remaining(&app, id).await == "500.00" {
        tokio::task::yield_now().await;
    }
    let path = format!("/v1/gift-cards/{id}/void");
    nodes.post(0, &path, "void", &json!({"reason": "stolen"})).await.expect(200);
    let answers = running.await.unwrap();
    assert!(tally(&answers).keys().all(|it| it == "201" || it == "409 gift_card_refused"));
    assert_eq!(remaining(&app, id).await, "0.00");
    verify_ledger(&app).await;
}

/// The deadlocks that the database has counted; on SQLite there are none.
async fn deadlocks(app: &TestApp) -> i64 {
    let db = app.state.db.read();
    if !app.state.db.has_several_writers() {
        return 0;
    }
    // Sessions tell what they have counted once a second.
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    let sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let row = db.query_one_raw(Statement::from_string(app.state.db.backend(), sql)).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn orders_of_two_cards_cancels_refunds_and_voids_never_wait_for_each_other_in_a_circle() {
    const CARDS: usize = 12;
    let app = match TestDatabase::own_server_database().await {
        Some(database) => TestApp::start_on(database).await,
        None => TestApp::start().await,
    };
    let nodes = Nodes::over(&app);
    let promotion = coupon(&app, "TEN", json!({"max_uses": 100_000})).await;
    let mut cards = Vec::new();
    for number in 0..CARDS {
        // Different amounts, for each is asked for under its own.
        cards.push(card(&nodes, &format!("5.{number:02}")).await);
    }
    let racing = (nodes.clone(), std::sync::Arc::new(cards.clone()));
    let answers = race(6, move |number| {
        let (nodes, cards) = (racing.0.clone(), std::sync::Arc::clone(&racing.1));
        async move {
            let (one, other) = (number % CARDS, (number + 1 + number / CARDS % (CARDS - 1)) % CARDS);
            let mut cart = cart(&format!("c{number}"), &["TEN"], "9.00", Value::Null);
            // Of one neither card is enough, so both pay; half of them name them the other way round.
            let pair = if number % 2 == 0 { [one, other] } else { [other, one] };
            cart["gift_cards"] = json!(pair.map(|card| &cards[card].1));
            let placed = nodes.order(number, cart).await;
            let mut answers = Vec::new();
            if placed.status.as_u16() == 201 {
                let id = placed.json()["id"].clone();
                let (what, body) = match number % 4 {
                    0 => ("refund", json!({"amount": "6.00"})),
                    1 => ("refund", json!({})),
                    _ => ("cancel", json!({})),
                };
                let path = format!("/v1/orders/{id}/{what}");
                answers.push(nodes.post(number + 1, &path, &format!("e{number}"), &body).await);
            }
            if number % 61 == 60 {
                let path = format!("/v1/gift-cards/{}/void", cards[one].0);
                let body = json!({"reason": "stolen"});
                answers.push(nodes.post(number, &path, &format!("v{number}"), &body).await);
            }
            answers.push(placed);
            answers
        }
    })
    .await;
    let answers: Vec<Answer> = answers.into_iter().flatten().collect();
    let told = tally(&answers);
    let known = ["200", "201", "409 gift_card_refused", "409 gift_card_state"];
    assert!(told.keys().all(|it| known.contains(&it.as_str())), "{told:?}");
    assert!(told["201"] > 20 && told["200"] > 20, "so few show nothing: {told:?}");
    assert_eq!(deadlocks(&app).await, 0, "{told:?}");
    assert!(uses(&app, promotion).await < told["201"], "nothing was given back");
    verify_ledger(&app).await;
}

//! Gift cards: issued, looked up, voided, extended, adjusted, by the thousand, and reported.

mod liability;
mod paying;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use engine::ledger::{Operation, Posting};
use engine::money::{Currency, Minor};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};
use server::app;
use server::gift_card::jobs::sweep;
use server::job::jobs::{make_step, work_off};
use server::ledger::service::{By, NewPosting, Posted, Refused, lock, verify};
use server::platform::http::Problem;
use server::platform::http::address::TrustedProxies;

use crate::harness::{Answer, Key, STORE, TestApp};

async fn issue(app: &TestApp, fields: Value) -> Value {
    app.once("/v1/gift-cards", fields).await.expect(201)
}

async fn card(app: &TestApp, id: &Value) -> Value {
    app.get(&format!("/v1/gift-cards/{id}")).await.expect(200)
}

/// Posts to a card as orders do.
async fn post(
    app: &TestApp,
    id: &Value,
    operation: Operation,
    minor: i64,
    order: &str,
) -> Result<Vec<Posted>, Refused> {
    let (account, now) = (id.as_i64().unwrap(), app.clock.now());
    let order = order.to_owned();
    let kind = operation.name().unwrap_or("hold");
    let key = format!("order/{order}/{kind}/{account}");
    let outcome = app.state.db.write(move |tx| {
        Box::pin(async move {
            let mut accounts = lock(tx, STORE, &[account]).await?;
            let currency = Currency::parse("USD").unwrap();
            let posting = Posting { account, operation, amount: Minor::new(minor), currency };
            let by = By { actor: "order".to_owned(), now };
            accounts.post_one(tx, &by, vec![NewPosting::new(posting, key).of_order(order)]).await
        })
    });
    outcome.await.map_err(|problem: Problem| panic!("{problem:?}")).unwrap()
}

async fn balance(app: &TestApp, key: Key<'_>, code: &str) -> Answer {
    app.send(Method::POST, "/v1/gift-cards/balance", key, Some(json!({"code": code}))).await
}

/// Asks for a balance with a publishable key, from an address.
async fn balance_from(app: &TestApp, peer: &str, forwarded: Option<&str>, code: &str) -> Answer {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri("/v1/gift-cards/balance")
        .header("authorization", format!("Bearer {}", app.publishable))
        .header("content-type", "application/json");
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    let mut request = request.body(Body::from(json!({"code": code}).to_string())).unwrap();
    let peer: SocketAddr = format!("{peer}:4711").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    app.call(request).await
}

#[tokio::test]
async fn a_card_is_issued_in_one_step_and_its_code_shown_once() {
    let app = TestApp::start().await;
    let issued = issue(&app, json!({"amount": "50.00", "note": "Black Friday"})).await;
    let code = issued["code"].as_str().unwrap();
    assert_eq!((code.len(), code.matches('-').count()), (21, 4));
    let expected = json!({
        "id": 1, "last_four": code.replace('-', "")[13..], "initial": "50.00", "remaining": "50.00",
        "held": "0.00", "currency": "USD", "kind": "virtual", "status": "active", "funding": "sold",
        "has_pin": false, "recipient_email": null, "recipient_name": null, "sender_name": null,
        "message": null, "delivery": null, "expires_at": null, "voided_at": null, "note": "Black Friday",
        "batch_id": null, "created_at": "2026-03-01T00:00:00Z",
    });
    assert_eq!(card(&app, &issued["id"]).await, expected);
    for path in ["/v1/gift-cards", "/v1/gift-cards/1", "/v1/gift-cards/1/transactions"] {
        let shown = String::from_utf8(app.get(path).await.body).unwrap();
        assert!(!shown.contains(code) && !shown.contains(&code.replace('-', "")), "{path}");
    }
    let transactions = app.get("/v1/gift-cards/1/transactions").await.expect(200);
    assert_eq!(transactions["data"][0]["kind"], "issue");
    assert_eq!(transactions["data"][0]["actor"], "key/1");
}

#[tokio::test]
async fn a_code_is_found_however_it_is_typed() {
    let app = TestApp::start().await;
    let issued = issue(&app, json!({"amount": "50.00"})).await;
    let code = issued["code"].as_str().unwrap();
    let mistaken = code.replace('0', "O").replace('1', "i");
    for typed in [code, &code.to_lowercase(), &code.replace('-', " "), &mistaken] {
        let told = balance(&app, Key::Publishable, typed).await.expect(200);
        let expected = json!({"balance": "50.00", "currency": "USD", "last_four": issued["last_four"],
                              "status": "active", "expires_at": null});
        assert_eq!(told, expected, "{typed}");
    }
}

#[tokio::test]
async fn what_cannot_be_issued_is_refused_with_its_places() {
    let app = TestApp::start().await;
    for (fields, pointer, code) in [
        (json!({"amount": "0.00"}), "/amount", "out_of_range"),
        (json!({"amount": "-5.00"}), "/amount", "amount"),
        (json!({"amount": "5.001"}), "/amount", "amount"),
        (json!({"amount": "5", "currency": "usd"}), "/currency", "unknown_currency"),
        (json!({"amount": "5", "expires_at": "2026-03-01T00:00:00Z"}), "/expires_at", "out_of_range"),
        (json!({"amount": "5", "expires_at": "soon"}), "/expires_at", "invalid"),
        (json!({"amount": "5", "recipient_email": "nobody"}), "/recipient_email", "invalid"),
        (json!({"amount": "5", "deliver_at": "2026-04-01T00:00:00Z"}), "/deliver_at", "conflict"),
        (json!({"amount": "5", "pin": "12a4"}), "/pin", "invalid"),
        (json!({"amount": "5", "code": "MINE"}), "/code", "unknown_field"),
    ] {
        app.once("/v1/gift-cards", fields).await.expect_invalid(pointer, code);
    }
    assert_eq!(app.get("/v1/gift-cards").await.expect(200)["data"], json!([]));
    let publishable = Some(json!({"amount": "5"}));
    app.send(Method::POST, "/v1/gift-cards", Key::Publishable, publishable)
        .await
        .expect_problem(403, "forbidden");
}

#[tokio::test]
async fn in_the_us_what_was_paid_for_is_good_for_five_years() {
    let app = TestApp::start().await;
    let soon = json!({"amount": "25.00", "expires_at": "2031-02-28T23:59:59Z"});
    issue(&app, soon.clone()).await;
    for settings in
        [json!({"country_code": "US"}), json!({"country_code": "DE", "gift_card_jurisdiction": "US"})]
    {
        app.patch("/v1/settings", settings).await.expect(200);
        app.once("/v1/gift-cards", soon.clone()).await.expect_invalid("/expires_at", "out_of_range");
    }
    issue(&app, json!({"amount": "25.00", "expires_at": "2031-03-01T00:00:00Z"})).await;
    let mut promotional = soon.clone();
    promotional["funding"] = json!("promotional");
    issue(&app, promotional).await;
    let issued = issue(&app, json!({"amount": "25.00"})).await;
    let extend = format!("/v1/gift-cards/{}/extend", issued["id"]);
    app.once(&extend, json!({"expires_at": "2030-01-01T00:00:00Z"}))
        .await
        .expect_invalid("/expires_at", "out_of_range");
    app.patch("/v1/settings", json!({"gift_card_jurisdiction": null})).await.expect(200);
    app.once("/v1/gift-cards", soon).await.expect(201);
}

#[tokio::test]
async fn orders_redeem_a_card_down_to_nothing_and_refund_to_it() {
    let app = TestApp::start().await;
    let id = issue(&app, json!({"amount": "50.00"})).await["id"].clone();
    post(&app, &id, Operation::Redeem, 3_000, "1001").await.unwrap();
    assert_eq!(card(&app, &id).await["remaining"], "20.00");
    post(&app, &id, Operation::Redeem, 3_000, "1001").await.unwrap();
    assert_eq!(card(&app, &id).await["remaining"], "20.00", "the same order takes once");
    post(&app, &id, Operation::Redeem, 2_000, "1002").await.unwrap();
    let spent = card(&app, &id).await;
    assert_eq!((&spent["remaining"], &spent["status"]), (&json!("0.00"), &json!("redeemed")));
    let redemptions = app.get(&format!("/v1/gift-cards/{id}/redemptions")).await.expect(200);
    let told: Vec<_> = redemptions["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["order_id"].clone(), it["amount"].clone(), it["balance_after"].clone()))
        .collect();
    assert_eq!(
        told,
        [(json!("1002"), json!("20.00"), json!("0.00")), (json!("1001"), json!("30.00"), json!("20.00")),]
    );
    let refund = Operation::Refund { left: Minor::ZERO };
    post(&app, &id, refund, 1_200, "1001").await.unwrap();
    let refunded = card(&app, &id).await;
    assert_eq!((&refunded["remaining"], &refunded["status"]), (&json!("12.00"), &json!("active")));
    assert_eq!(verify(&app.state.db).await.unwrap(), []);
}

#[tokio::test]
async fn a_voided_card_has_nothing_and_never_gets_anything_again() {
    let app = TestApp::start().await;
    let issued = issue(&app, json!({"amount": "50.00"})).await;
    let id = &issued["id"];
    post(&app, id, Operation::Hold, 1_000, "1").await.unwrap();
    let path = |what: &str| format!("/v1/gift-cards/{id}/{what}");
    app.once(&path("void"), json!({"reason": ""})).await.expect_invalid("/reason", "empty");
    let voided = app.once(&path("void"), json!({"reason": "Stolen"})).await.expect(200);
    assert_eq!(
        (&voided["status"], &voided["remaining"], &voided["held"], &voided["voided_at"]),
        (&json!("voided"), &json!("0.00"), &json!("0.00"), &json!("2026-03-01T00:00:00Z"))
    );
    app.once(&path("void"), json!({"reason": "Again"})).await.expect(200);
    let last = &app.get(&path("transactions")).await.expect(200)["data"][0];
    assert_eq!((&last["amount"], &last["reason"]), (&json!("-50.00"), &json!("Stolen")));
    let add = json!({"amount": "+5.00", "reason": "x"});
    app.once(&path("adjust"), add).await.expect_problem(409, "voided");
    app.once(&path("extend"), json!({"expires_at": null})).await.expect_problem(409, "voided");
    app.once(&path("resend"), json!({})).await.expect_problem(409, "voided");
    let capture = Operation::Capture { hold: Minor::new(1_000) };
    assert!(post(&app, id, capture, 1_000, "1").await.is_err());
    app.once("/v1/gift-cards/99/void", json!({"reason": "x"})).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_card_expires_at_the_instant_and_comes_back_when_it_is_extended() {
    let app = TestApp::start().await;
    let issued = issue(&app, json!({"amount": "50.00", "expires_at": "2026-04-01T00:00:00Z"})).await;
    let (id, code) = (&issued["id"], issued["code"].as_str().unwrap());
    app.clock.set("2026-03-31T23:59:59.999Z".parse().unwrap());
    post(&app, id, Operation::Hold, 1_000, "1").await.unwrap();
    assert_eq!(card(&app, id).await["status"], "active");
    app.clock.set("2026-04-01T00:00:00Z".parse().unwrap());
    assert_eq!(card(&app, id).await["status"], "expired");
    balance(&app, Key::Publishable, code).await.expect_problem(404, "gift_card_not_usable");
    assert!(post(&app, id, Operation::Redeem, 100, "2").await.is_err());
    assert_eq!(sweep(&app.state).await.unwrap(), 1);
    assert_eq!(sweep(&app.state).await.unwrap(), 0);
    let swept = card(&app, id).await;
    assert_eq!((&swept["status"], &swept["remaining"]), (&json!("expired"), &json!("10.00")));
    let capture = Operation::Capture { hold: Minor::new(1_000) };
    post(&app, id, capture, 1_000, "1").await.unwrap();
    assert_eq!(card(&app, id).await["status"], "expired");
    let path = format!("/v1/gift-cards/{id}/extend");
    let extended = app.once(&path, json!({"expires_at": "2027-01-01T00:00:00Z"})).await.expect(200);
    assert_eq!((&extended["status"], &extended["remaining"]), (&json!("active"), &json!("40.00")));
    let extended = app.once(&path, json!({"expires_at": null})).await.expect(200);
    assert_eq!((&extended["expires_at"], &extended["remaining"]), (&Value::Null, &json!("40.00")));
    let report = app.get("/v1/gift-cards/liability").await.expect(200);
    let total = &report["currencies"][0]["total"];
    assert_eq!((&total["expired"], &total["closing"]), (&json!("0.00"), &json!("40.00")));
    assert_eq!(verify(&app.state.db).await.unwrap(), []);
}

#[tokio::test]
async fn adjustments_are_signed_and_take_no_more_than_is_free() {
    let app = TestApp::start().await;
    let id = issue(&app, json!({"amount": "50.00"})).await["id"].clone();
    let path = format!("/v1/gift-cards/{id}/adjust");
    let adjust = async |amount: &str| app.once(&path, json!({"amount": amount, "reason": "Why"})).await;
    assert_eq!(adjust("+5.00").await.expect(200)["remaining"], "55.00");
    assert_eq!(adjust("-15").await.expect(200)["remaining"], "40.00");
    post(&app, &id, Operation::Hold, 3_000, "1").await.unwrap();
    adjust("-10.01").await.expect_problem(409, "insufficient_balance");
    assert_eq!(adjust("-10.00").await.expect(200)["remaining"], "30.00");
    for amount in ["0", "-0", "+", "five", "1.234", "NaN", "1e308", "92233720368547758.08"] {
        adjust(amount).await.expect(422);
    }
    for amount in ["--5", "++5", "-+5", "+-5"] {
        let message = adjust(amount).await.expect_invalid("/amount", "amount");
        assert_eq!(message, "must have at most one sign, such as `+5.00` or `-3.00`", "{amount}");
    }
}

#[tokio::test]
async fn cards_are_listed_by_status_recipient_and_last_four() {
    let app = TestApp::start().await;
    let active = issue(&app, json!({"amount": "1.00", "recipient_email": "Ada@Example.com"})).await;
    let redeemed = issue(&app, json!({"amount": "1.00"})).await;
    post(&app, &redeemed["id"], Operation::Redeem, 100, "1").await.unwrap();
    let expiring = json!({"amount": "1.00", "expires_at": "2026-03-02T00:00:00Z"});
    let expired = issue(&app, expiring.clone()).await;
    let spent_in_time = issue(&app, expiring).await;
    post(&app, &spent_in_time["id"], Operation::Redeem, 100, "2").await.unwrap();
    let voided = issue(&app, json!({"amount": "1.00"})).await;
    app.once(&format!("/v1/gift-cards/{}/void", voided["id"]), json!({"reason": "x"})).await.expect(200);
    app.clock.set("2026-03-03T00:00:00Z".parse().unwrap());
    let ids = async |query: &str| -> Vec<Value> {
        let list = app.get(&format!("/v1/gift-cards{query}")).await.expect(200);
        list["data"].as_array().unwrap().iter().map(|card| card["id"].clone()).collect()
    };
    for _ in 0..2 {
        assert_eq!(ids("?status=active").await, [active["id"].clone()]);
        assert_eq!(ids("?status=redeemed").await, [spent_in_time["id"].clone(), redeemed["id"].clone()]);
        assert_eq!(ids("?status=expired").await, [expired["id"].clone()]);
        assert_eq!(ids("?status=voided").await, [voided["id"].clone()]);
        for card in app.get("/v1/gift-cards").await.expect(200)["data"].as_array().unwrap() {
            let status = card["status"].as_str().unwrap();
            assert!(ids(&format!("?status={status}")).await.contains(&card["id"]));
        }
        sweep(&app.state).await.unwrap();
    }
    assert_eq!(ids("?recipient=ada@example.com").await, [active["id"].clone()]);
    let last_four = expired["last_four"].as_str().unwrap().to_lowercase();
    assert_eq!(ids(&format!("?last_four={last_four}")).await, [expired["id"].clone()]);
    let first = app.get("/v1/gift-cards?limit=3").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = app.get(&format!("/v1/gift-cards?limit=3&after={cursor}")).await.expect(200);
    assert_eq!(second["data"].as_array().unwrap().len(), 2);
    assert_eq!(second["data"][0]["id"], json!(2));
}

#[tokio::test]
async fn whatever_is_wrong_with_a_code_the_same_is_answered() {
    let app = TestApp::start().await;
    let issued = issue(&app, json!({"amount": "50.00", "kind": "physical", "pin": "4711"})).await;
    let voided = issue(&app, json!({"amount": "50.00"})).await;
    app.once(&format!("/v1/gift-cards/{}/void", voided["id"]), json!({"reason": "x"})).await.expect(200);
    let code = |card: &Value| card["code"].as_str().unwrap().to_owned();
    let mut mistyped = code(&issued);
    let last = if mistyped.ends_with('0') { "1" } else { "0" };
    mistyped.replace_range(20.., last);
    let bodies = [
        json!({"code": code(&issued)}),
        json!({"code": code(&issued), "pin": "4712"}),
        json!({"code": code(&voided)}),
        json!({"code": mistyped}),
        json!({"code": ""}),
    ];
    let mut answers = BTreeSet::new();
    for body in bodies {
        let answer = app.send(Method::POST, "/v1/gift-cards/balance", Key::Publishable, Some(body)).await;
        let mut body = answer.expect_problem(404, "gift_card_not_usable");
        body["request_id"] = Value::Null;
        answers.insert(body.to_string());
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    let right = json!({"code": code(&issued), "pin": "4711"});
    let other = TestApp::start().await;
    other.once("/v1/gift-cards/balance", right.clone()).await.expect_problem(404, "gift_card_not_usable");
    // The sixth try waits even when it is right.
    let waits = app.once("/v1/gift-cards/balance", right).await;
    assert!(waits.header("retry-after").parse::<u64>().unwrap() > 800);
    waits.expect_problem(429, "too_many_requests");
}

#[tokio::test]
async fn misses_are_counted_by_address_and_only_trusted_proxies_are_believed() {
    let network = "10.0.0.0/8".parse().unwrap();
    let now = "2026-03-01T00:00:00Z".parse().unwrap();
    let proxies = TrustedProxies::new(vec![network]);
    let app = TestApp::start_with(now, |state| app::AppState { proxies, ..state }).await;
    let code = issue(&app, json!({"amount": "50.00"})).await["code"].as_str().unwrap().to_owned();
    for number in 0..5 {
        let forged = format!("198.51.100.{number}");
        balance_from(&app, "203.0.113.9", Some(&forged), "NOPE")
            .await
            .expect_problem(404, "gift_card_not_usable");
    }
    let forged = Some("198.51.100.77");
    balance_from(&app, "203.0.113.9", forged, &code).await.expect_problem(429, "too_many_requests");
    balance_from(&app, "203.0.113.10", None, &code).await.expect(200);
    balance_from(&app, "10.1.2.3", Some("203.0.113.9"), &code).await.expect_problem(429, "too_many_requests");
    balance_from(&app, "10.1.2.3", Some("203.0.113.11"), &code).await.expect(200);
}

#[tokio::test]
async fn when_a_store_is_guessed_at_from_everywhere_its_servers_can_go_on() {
    let app = TestApp::start().await;
    let code = issue(&app, json!({"amount": "50.00"})).await["code"].as_str().unwrap().to_owned();
    for number in 0..300 {
        let peer = format!("203.0.{}.{}", number / 100, number % 100);
        balance_from(&app, &peer, None, "NOPE").await.expect(404);
    }
    let refused = balance_from(&app, "198.51.100.1", None, &code).await;
    assert!(!refused.header("retry-after").is_empty());
    refused.expect_problem(503, "temporarily_disabled");
    balance(&app, Key::Secret, &code).await.expect(200);
}

#[tokio::test]
async fn five_hundred_cards_of_25_are_made_at_once_and_exported() {
    let app = TestApp::start().await;
    let request = json!({"count": 500, "template": {"amount": "25.00", "note": "=spring"}});
    let job = app.once("/v1/gift-cards/bulk", request).await.expect(202);
    work_off(&app.state, &app::job_kinds()).await.unwrap();
    let done = app.get(&format!("/v1/jobs/{}", job["id"])).await.expect(200);
    assert_eq!((&done["state"], &done["result"]["issued"]), (&json!("done"), &json!(500)));
    let file = app.get(done["result"]["csv"].as_str().unwrap()).await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let csv = String::from_utf8(file.body).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!((lines.len(), lines[0]), (501, "id,code,amount,currency,expires_at,note"));
    let codes: BTreeSet<&str> = lines[1..].iter().map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(codes.len(), 500);
    assert!(lines[1..].iter().all(|line| line.ends_with(",25.00,USD,,'=spring")), "{}", lines[1]);
    let code = codes.first().unwrap();
    assert_eq!(balance(&app, Key::Secret, code).await.expect(200)["balance"], "25.00");
    let report = app.get("/v1/gift-cards/liability").await.expect(200);
    let total = &report["currencies"][0]["total"];
    assert_eq!((&total["issued"], &total["closing"]), (&json!("12500.00"), &json!("12500.00")));
    app.get("/v1/gift-cards/bulk/99.csv").await.expect_problem(404, "not_found");
    app.get("/v1/gift-cards/bulk/1.xlsx").await.expect_problem(404, "not_found");
    assert_eq!(verify(&app.state.db).await.unwrap(), []);
}

#[tokio::test]
async fn a_batch_that_was_cut_off_goes_on_to_exactly_as_many() {
    let app = TestApp::start().await;
    let request = json!({"count": 1200, "template": {"amount": "1.00", "funding": "promotional"}});
    let job = app.once("/v1/gift-cards/bulk", request).await.expect(202);
    let kinds = app::job_kinds();
    assert!(make_step(&app.state, &kinds, "first").await.unwrap());
    // The first node is gone; its lease runs out, and the store has other settings by now.
    app.patch("/v1/settings", json!({"currency": "EUR"})).await.expect(200);
    app.clock.set("2026-03-01T01:00:00Z".parse().unwrap());
    let (one, other) = tokio::join!(work_off(&app.state, &kinds), work_off(&app.state, &kinds));
    assert!(one.is_ok() && other.is_ok());
    let done = app.get(&format!("/v1/jobs/{}", job["id"])).await.expect(200);
    assert_eq!((&done["state"], &done["done"]), (&json!("done"), &json!(1200)), "{done}");
    let csv = app.get(&format!("/v1/gift-cards/bulk/{}.csv", job["id"])).await.body;
    assert_eq!(String::from_utf8(csv).unwrap().lines().count(), 1201);
    let report = app.get("/v1/gift-cards/liability?currency=USD").await.expect(200);
    assert_eq!(report["currencies"][0]["promotional"]["closing"], "1200.00");
    assert_eq!(report["currencies"][0]["sold"]["closing"], "0.00");
}

#[tokio::test]
async fn what_no_batch_can_be_like_is_refused_at_once() {
    let app = TestApp::start().await;
    let bulk = async |count: u64, template: Value| {
        app.once("/v1/gift-cards/bulk", json!({"count": count, "template": template})).await
    };
    let template = json!({"amount": "25.00"});
    bulk(0, template.clone()).await.expect_invalid("/count", "out_of_range");
    bulk(100_001, template).await.expect_invalid("/count", "out_of_range");
    bulk(5, json!({"amount": "x"})).await.expect_invalid("/template/amount", "amount");
    let recipient = json!({"amount": "5", "recipient_email": "a@example.com"});
    bulk(5, recipient).await.expect_invalid("/template/recipient_email", "unknown_field");
}

/// A writer that keeps what is written.
#[derive(Clone, Default)]
pub(crate) struct Log(pub(crate) Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn codes_and_pins_are_in_no_log_line() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // As long as there is only one subscriber, what other tests log first is never asked of this one.
    let _other = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(subscriber);
    let app = TestApp::start().await;
    let issued =
        issue(&app, json!({"amount": "50.00", "pin": "471147", "recipient_email": "a@example.com"})).await;
    let code = issued["code"].as_str().unwrap();
    balance(&app, Key::Publishable, code).await;
    balance(&app, Key::Secret, &format!("{code}X")).await;
    let bad = json!({"code": code, "pin": 4711});
    app.once("/v1/gift-cards/balance", bad).await.expect(422);
    app.once("/v1/gift-cards/bulk", json!({"count": 2, "template": {"amount": "1"}})).await.expect(202);
    work_off(&app.state, &app::job_kinds()).await.unwrap();
    app.get("/v1/gift-cards/bulk/1.csv").await;
    app.once("/v1/gift-cards/1/resend", json!({})).await.expect(200);
    let written = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(written.contains("answered") && written.contains("were exported"), "{written}");
    for secret in [code, &code.replace('-', ""), &code[..9], "471147"] {
        assert!(!written.contains(secret), "{secret} in {written}");
    }
}

#[tokio::test]
async fn what_moves_money_needs_a_key_and_happens_once_under_it() {
    let app = TestApp::start().await;
    let new = json!({"amount": "50.00", "recipient_email": "a@example.com"});
    let first = app.once_as("k1", "/v1/gift-cards", new.clone()).await.expect(201);
    let again = app.once_as("k1", "/v1/gift-cards", new).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.expect(201), first, "the code too");
    let other = json!({"amount": "51.00"});
    app.once_as("k1", "/v1/gift-cards", other).await.expect_problem(422, "idempotency_mismatch");
    let adjust = json!({"amount": "+5.00", "reason": "x"});
    for _ in 0..3 {
        let adjusted = app.once_as("k2", "/v1/gift-cards/1/adjust", adjust.clone()).await.expect(200);
        assert_eq!(adjusted["remaining"], "55.00");
        let credit =
            app.once_as("k3", "/v1/customers/7/store-credit/adjust", adjust.clone()).await.expect(200);
        assert_eq!(credit["balances"][0]["balance"], "5.00");
        let bulk = json!({"count": 5, "template": {"amount": "1.00"}});
        assert_eq!(app.once_as("k4", "/v1/gift-cards/bulk", bulk).await.expect(202)["id"], 1);
    }
    for path in [
        "/v1/gift-cards",
        "/v1/gift-cards/bulk",
        "/v1/gift-cards/1/void",
        "/v1/gift-cards/1/extend",
        "/v1/gift-cards/1/adjust",
        "/v1/gift-cards/1/resend",
        "/v1/customers/7/store-credit/adjust",
    ] {
        app.post(path, json!({})).await.expect_problem(400, "idempotency_key_required");
    }
    assert_eq!(app.get("/v1/gift-cards").await.expect(200)["data"].as_array().unwrap().len(), 1);
    // The code of the answer that is kept is not in the database.
    let code = first["code"].as_str().unwrap();
    let rows = app
        .state
        .db
        .read()
        .query_all_raw(Statement::from_string(app.state.db.backend(), "SELECT body FROM idempotency"));
    for row in rows.await.unwrap() {
        assert!(!row.try_get_by_index::<String>(0).unwrap().contains(code));
    }
}

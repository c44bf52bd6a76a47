//! The database goes away and comes back, clocks jump, more comes than can be served: nothing is counted wrongly.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use server::platform::clock::from_milliseconds;
use server::platform::db::{Connection as _, Location, WriteError};
use server::redemption::service::reservation::sweep;
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::harness::{Answer, STORE, TestApp, TestDatabase};
use crate::orders::verify;
use crate::races::{CLIENTS, Nodes, coupon, guest, placed_of, race, tally, uses};

/// Orders, and repeats the request until it is known what became of it.
async fn order_at_last(nodes: &Nodes, number: usize) -> (Answer, usize) {
    for repeats in 0..400 {
        let answer = nodes.order(number, guest(number, "TEN")).await;
        if answer.status.as_u16() != 503 && answer.json()["code"] != "in_progress" {
            return (answer, repeats);
        }
        assert_ne!(answer.header("retry-after"), "", "{answer:?}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it never came to an end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sessions_that_the_server_ends_again_and_again_lose_and_double_nothing() {
    let Some(database) = TestDatabase::own_server_database().await else { return };
    let Location::Postgres(address) = database.options.location.clone() else { panic!("it is a server's") };
    let name = address.get_database().unwrap().to_owned();
    let app = TestApp::start_on(database).await;
    let promotion = coupon(&app, "TEN", json!({"max_uses": 300})).await;
    let nodes = Nodes::over(&app);
    let is_over = Arc::new(AtomicBool::new(false));
    let ending = tokio::spawn({
        let is_over = Arc::clone(&is_over);
        let mut admin = PgConnection::connect_with(&address.database("postgres")).await.unwrap();
        async move {
            let all =
                format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            let mut ended = 0;
            while !is_over.load(Ordering::SeqCst) && ended < 12 {
                tokio::time::sleep(Duration::from_millis(120)).await;
                admin.execute(sqlx::AssertSqlSafe(all.clone())).await.unwrap();
                ended += 1;
            }
        }
    });
    let answers = race(6, move |number| {
        let nodes = nodes.clone();
        async move { order_at_last(&nodes, number).await }
    })
    .await;
    is_over.store(true, Ordering::SeqCst);
    ending.await.unwrap();
    let repeats: usize = answers.iter().map(|(_, repeats)| repeats).sum();
    let answers: Vec<Answer> = answers.into_iter().map(|(answer, _)| answer).collect();
    assert_eq!(tally(&answers), placed_of(300, 6 * CLIENTS));
    assert!(repeats > 0, "nobody noticed that sessions ended");
    assert_eq!(uses(&app, promotion).await, 300);
    verify(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_clocks_show_limits_stay_exact() {
    let start: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    let app = TestApp::start_at(start).await;
    let promotion = coupon(&app, "TEN", json!({"max_uses": 40, "max_uses_per_day": 1000})).await;
    let nodes = Nodes::over(&app);
    let is_over = Arc::new(AtomicBool::new(false));
    let jumping = tokio::spawn({
        let (nodes, clock, is_over) = (nodes.clone(), app.clock.clone(), Arc::clone(&is_over));
        async move {
            let shown = [
                start + SignedDuration::from_hours(1),
                start - SignedDuration::from_hours(1),
                start + SignedDuration::from_hours(24),
                Timestamp::UNIX_EPOCH,
                start,
            ];
            for at in shown.iter().cycle() {
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
                clock.set(from_milliseconds(at.as_millisecond()));
                sweep(&nodes.states[0], STORE).await.unwrap();
                tokio::time::sleep(Duration::from_millis(7)).await;
            }
        }
    });
    let racing = nodes.clone();
    let answers = race(4, move |number| {
        let nodes = racing.clone();
        async move {
            let cart = guest(number, "TEN");
            if number % 2 == 0 {
                return nodes.order(number, cart).await;
            }
            let body = json!({"cart": cart, "ttl_seconds": 1800});
            nodes.post(number, "/v1/reservations", &format!("r{number}"), &body).await
        }
    })
    .await;
    is_over.store(true, Ordering::SeqCst);
    jumping.await.unwrap();
    let tally = tally(&answers);
    // In 1970 the promotion has not begun.
    let expected = ["201", "409 redemption_limit_reached", "409 code_refused"];
    assert!(tally.keys().all(|it| expected.contains(&it.as_str())), "{tally:?}");
    verify(&app).await;
    // Holds end by the clock of whoever decides: two days later none is left.
    app.clock.set(from_milliseconds((start + SignedDuration::from_hours(48)).as_millisecond()));
    sweep(&app.state, STORE).await.unwrap();
    let is_order = |answer: &&Answer| answer.status.as_u16() == 201 && !answer.json()["lines"].is_null();
    let orders = answers.iter().filter(is_order).count();
    assert_eq!(uses(&app, promotion).await, orders);
    for number in 0..=40 - orders {
        let expected = if number < 40 - orders { 201 } else { 409 };
        nodes.order(10_000 + number, guest(10_000 + number, "TEN")).await.expect(expected);
    }
    verify(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn behind_a_slow_write_orders_wait_or_are_sent_away_and_all_of_them_are_counted() {
    let app = TestApp::start().await;
    let promotion = coupon(&app, "TEN", json!({"max_uses": 5000})).await;
    let nodes = Nodes::over(&app);
    let slow = tokio::spawn({
        let db = app.state.db.clone();
        async move {
            db.write(|tx| {
                Box::pin(async move {
                    tx.execute_unprepared("UPDATE store SET version = version").await?;
                    tokio::time::sleep(Duration::from_millis(1500)).await;
                    Ok::<_, WriteError>(())
                })
            })
            .await
        }
    });
    let answers = race(16, move |number| {
        let nodes = nodes.clone();
        async move { nodes.order(number, guest(number, "TEN")).await }
    })
    .await;
    slow.await.unwrap().unwrap();
    let tally = tally(&answers);
    let known = BTreeMap::from([("201", ()), ("503 overloaded", ()), ("503 database_busy", ())]);
    assert!(tally.keys().all(|it| known.contains_key(it.as_str())), "{tally:?}");
    assert_eq!(uses(&app, promotion).await, tally["201"]);
    let is_told_when =
        |answer: &Answer| answer.status.as_u16() == 201 || !answer.header("retry-after").is_empty();
    assert!(answers.iter().all(is_told_when));
    verify(&app).await;
    let _: Value = app.get("/readyz").await.expect(200);
}

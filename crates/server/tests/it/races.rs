//! Races: 64 clients at once, over two nodes that share one database. Every limit is exact, whoever comes when.
//!
//! After each race all counters must be what redemptions and reservations come to, and all orders must add up.

mod cards;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::app::{self, AppState};
use server::platform::clock::from_milliseconds;
use server::redemption::service::reservation::sweep;
use tokio::sync::Barrier;
use tower::ServiceExt as _;

use crate::harness::{Answer, STORE, TestApp};
use crate::orders::verify;

pub(crate) const CLIENTS: usize = 64;

/// Two nodes over one database, and a client's way to either.
#[derive(Clone)]
pub(crate) struct Nodes {
    pub(crate) states: [AppState; 2],
    routers: [Router; 2],
    authorization: String,
}

impl Nodes {
    pub(crate) fn over(app: &TestApp) -> Self {
        let other = AppState::new(app.state.db.clone(), app.clock.clone());
        // Gift cards are known by hashes with the secret that all nodes share.
        let other = AppState { secret: app.state.secret.clone(), ..other };
        Self {
            routers: [app.router.clone(), app::router(other.clone())],
            states: [app.state.clone(), other],
            authorization: format!("Bearer {}", app.secret),
        }
    }

    /// Posts to one of the nodes, with an idempotency key.
    pub(crate) async fn post(&self, node: usize, path: &str, key: &str, body: &Value) -> Answer {
        self.send(node, Method::POST, path, key, body).await
    }

    async fn send(&self, node: usize, method: Method, path: &str, key: &str, body: &Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", &self.authorization)
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string()));
        Answer::from(self.routers[node % 2].clone().oneshot(request.unwrap()).await.unwrap()).await
    }

    pub(crate) async fn order(&self, number: usize, cart: Value) -> Answer {
        self.post(number, "/v1/orders", &format!("o{number}"), &json!({"cart": cart})).await
    }
}

/// Lets 64 clients go at the same moment; each makes its tries one after the other, each try under a number of its own.
pub(crate) async fn race<F, R>(tries: usize, client: F) -> Vec<R::Output>
where
    F: Fn(usize) -> R + Clone + Send + 'static,
    R: Future<Output: Send + 'static> + Send,
{
    let start = Arc::new(Barrier::new(CLIENTS));
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (client, start) = (client.clone(), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                let mut outputs = Vec::with_capacity(tries);
                for attempt in 0..tries {
                    outputs.push(client(number + attempt * CLIENTS).await);
                }
                outputs
            })
        })
        .collect();
    let mut outputs = Vec::new();
    for task in tasks {
        outputs.extend(task.await.unwrap());
    }
    outputs
}

/// How often each status came, with its error.
pub(crate) fn tally(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        let body = answer.json();
        let code = body["code"].as_str().unwrap_or_default();
        *tally.entry(format!("{} {code}", answer.status.as_u16()).trim_end().to_owned()).or_default() += 1;
    }
    tally
}

/// What a tally must be: so many were placed, the others met a limit.
pub(crate) fn placed_of(placed: usize, all: usize) -> BTreeMap<String, usize> {
    let limited = ("409 redemption_limit_reached".to_owned(), all - placed);
    [("201".to_owned(), placed), limited].into_iter().filter(|(_, count)| *count > 0).collect()
}

/// A coupon promotion of 10 % off the order with these fields beside, and a code.
pub(crate) async fn coupon(app: &TestApp, code: &str, fields: Value) -> i64 {
    let mut document = json!({
        "name": "Ten", "redemption_type": "COUPON", "coupon_type": "SINGLE",
        "rules": [{"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}}],
    });
    for (name, value) in fields.as_object().unwrap() {
        document[name] = value.clone();
    }
    let id = app.post("/v1/promotions", document).await.expect(201)["id"].as_i64().unwrap();
    if !code.is_empty() {
        app.post(&format!("/v1/promotions/{id}/codes"), json!({"code": code})).await.expect(201);
    }
    id
}

/// A cart of this price by this customer.
fn cart(id: &str, codes: &[&str], price: &str, customer: Value) -> Value {
    let lines = json!([{"id": "1", "product_id": 1, "quantity": 1, "price": price, "category_ids": [],
                        "brand_id": 1, "options": {}, "custom_fields": {}, "gift_card": false}]);
    json!({"id": id, "currency": "USD", "codes": codes, "customer": customer, "lines": lines})
}

pub(crate) fn guest(number: usize, code: &str) -> Value {
    cart(&format!("c{number}"), &[code], "50.00", Value::Null)
}

pub(crate) async fn uses(app: &TestApp, promotion: i64) -> usize {
    let found = app.get(&format!("/v1/promotions/{promotion}")).await.expect(200);
    usize::try_from(found["current_uses"].as_u64().unwrap()).unwrap()
}

/// What orders saved, in cents.
fn saved(answers: &[Answer]) -> Vec<i64> {
    let placed = answers.iter().filter(|answer| answer.status.as_u16() == 201);
    let cents = |answer: &Answer| {
        answer.json()["totals"]["discount"].as_str().unwrap().replace('.', "").parse().unwrap()
    };
    placed.map(cents).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_limit_of_300_lets_exactly_300_in() {
    let app = TestApp::start().await;
    let promotion = coupon(&app, "TEN", json!({"max_uses": 300})).await;
    let nodes = Nodes::over(&app);
    let answers = race(8, move |number| {
        let nodes = nodes.clone();
        async move { nodes.order(number, guest(number, "TEN")).await }
    })
    .await;
    assert_eq!(tally(&answers), placed_of(300, 8 * CLIENTS));
    assert_eq!(uses(&app, promotion).await, 300);
    verify(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_who_want_the_last_one_exactly_one_gets_it() {
    let app = TestApp::start().await;
    for round in 0..10 {
        let code = format!("LAST{round}");
        coupon(&app, &code, json!({"max_uses": 1})).await;
        let nodes = Nodes::over(&app);
        let answers = race(1, move |number| {
            let (nodes, code) = (nodes.clone(), code.clone());
            async move { nodes.order(number + round * 1000, guest(number + round * 1000, &code)).await }
        })
        .await;
        assert_eq!(tally(&answers), placed_of(1, CLIENTS), "round {round}");
    }
    verify(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_customer_in_many_spellings_gets_one() {
    let app = TestApp::start().await;
    let promotion = coupon(&app, "TEN", json!({"max_uses_per_customer": 1})).await;
    let nodes = Nodes::over(&app);
    let one = nodes.clone();
    let answers = race(1, move |number| {
        let spellings = ["a@example.com", "A@Example.com", " a@EXAMPLE.com "];
        let customer = json!({"email": spellings[number % 3]});
        let nodes = one.clone();
        async move {
            let cart = cart(&format!("c{number}"), &["TEN"], "50.00", customer);
            nodes.order(number, cart).await
        }
    })
    .await;
    assert_eq!(tally(&answers), placed_of(1, CLIENTS));
    let answers = race(2, move |number| {
        let customer = json!({"id": number % CLIENTS + 1});
        let nodes = nodes.clone();
        async move {
            let cart = cart(&format!("d{number}"), &["TEN"], "50.00", customer);
            nodes.order(1000 + number, cart).await
        }
    })
    .await;
    assert_eq!(tally(&answers), placed_of(CLIENTS, 2 * CLIENTS));
    assert_eq!(uses(&app, promotion).await, 1 + CLIENTS);
    verify(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_codes_of_one_use_each_are_used_a_hundred_times() {
    let app = TestApp::start().await;
    let promotion = coupon(&app, "", json!({"coupon_type": "BULK"})).await;
    for number in 0..96 {
        let code = json!({"code": format!("ONE{number}"), "max_uses": 1});
        app.post(&format!("/v1/promotions/{promotion}/codes"), code).await.expect(201);
    }
    let nodes = Nodes::over(&app);
    let answers = race(4, move |number| {
        let nodes = nodes.clone();
        async move { nodes.order(number, guest(number, &format!("ONE{}", number % 96))).await }
    })
    .await;
    assert_eq!(tally(&answers), placed_of(96, 4 * CLIENTS));
    assert_eq!(uses(&app, promotion).await, 96);
    verify(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_budget_is_never_overspent_and_hardly_underspent() {
    let app = TestApp::start().await;
    coupon(&app, "TEN", json!({"budget": {"amount": "100.00"}})).await;
    let nodes = Nodes::over(&app);
    let answers = race(3, move |number| {
        let nodes = nodes.clone();
        async move {
            let price = format!("{}.00", (number * 37 % 20 + 1) * 10);
            nodes.order(number, cart(&format!("c{number}"), &["TEN"], &price, Value::Null)).await
        }
    })
    .await;
    let saved = saved(&answers);
    let (spent, largest) = (saved.iter().sum::<i64>(), saved.iter().max().copied().unwrap());
    assert!(spent <= 10_000 && spent > 10_000 - 2_000, "{spent}, the largest {largest}");
    assert_eq!(tally(&answers), placed_of(saved.len(), 3 * CLIENTS));
    verify(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_budget_of_which_parts_are_given_ends_at_the_cent() {
    let app = TestApp::start().await;
    let rule = json!({"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}});
    let document = json!({"name": "Budget", "redemption_type": "AUTOMATIC", "rules": [rule],
                          "budget": {"amount": "333.33", "on_short": "PARTIAL"}});
    app.post("/v1/promotions", document).await.expect(201);
    let nodes = Nodes::over(&app);
    let answers = race(2, move |number| {
        let nodes = nodes.clone();
        async move {
            let price = format!("{}.90", (number * 37 % 20 + 1) * 10);
            nodes.order(number, cart(&format!("c{number}"), &[], &price, Value::Null)).await
        }
    })
    .await;
    assert_eq!(tally(&answers), placed_of(2 * CLIENTS, 2 * CLIENTS));
    assert_eq!(saved(&answers).iter().sum::<i64>(), 33_333);
    verify(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_limits_each_holds_and_a_denial_by_one_uses_nothing_of_the_others() {
    let app = TestApp::start().await;
    let fields = json!({"coupon_type": "BULK", "max_uses": 100, "max_uses_per_customer": 5,
                        "max_uses_per_channel": 60, "budget": {"amount": "450.00"}});
    let promotion = coupon(&app, "", fields).await;
    for number in 0..8 {
        let code = json!({"code": format!("MANY{number}"), "max_uses": 14, "max_uses_per_customer": 2});
        app.post(&format!("/v1/promotions/{promotion}/codes"), code).await.expect(201);
    }
    let nodes = Nodes::over(&app);
    let answers = race(6, move |number| {
        let nodes = nodes.clone();
        async move {
            let customer = json!({"id": number % 23 + 1});
            let code = format!("MANY{}", number % 8);
            let mut cart = cart(&format!("c{number}"), &[&code], "50.00", customer);
            cart["channel_id"] = json!(number % 3 + 1);
            nodes.order(number, cart).await
        }
    })
    .await;
    // 450.00 is 90 discounts of 5.00, which is less than any other limit leaves.
    assert_eq!(tally(&answers), placed_of(90, 6 * CLIENTS));
    assert_eq!(uses(&app, promotion).await, 90);
    let placed = answers.iter().filter(|answer| answer.status.as_u16() == 201).map(Answer::json);
    let mut by_customer: BTreeMap<String, usize> = BTreeMap::new();
    let mut by_code: BTreeMap<String, usize> = BTreeMap::new();
    for order in placed {
        *by_customer.entry(order["customer_id"].to_string()).or_default() += 1;
        *by_code.entry(order["lines"][0]["discounts"][0]["code"].to_string()).or_default() += 1;
    }
    assert!(by_customer.values().all(|count| *count <= 5), "{by_customer:?}");
    assert!(by_code.values().all(|count| *count <= 14), "{by_code:?}");
    verify(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_cancelled_in_a_race_can_be_had_again_and_is_never_had_twice() {
    let app = TestApp::start().await;
    let promotion = coupon(&app, "TEN", json!({"max_uses": 5})).await;
    let nodes = Nodes::over(&app);
    let racing = nodes.clone();
    let (live, most) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let outputs = race(6, {
        let (live, most) = (Arc::clone(&live), Arc::clone(&most));
        move |number| {
            let (nodes, live, most) = (racing.clone(), Arc::clone(&live), Arc::clone(&most));
            async move {
                let placed = nodes.order(number, guest(number, "TEN")).await;
                if placed.status.as_u16() != 201 {
                    return placed;
                }
                most.fetch_max(1 + live.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
                let path = format!("/v1/orders/{}/cancel", placed.json()["id"]);
                // Before it can be given back, it is no longer counted here: so `live` never tells too much.
                live.fetch_sub(1, Ordering::SeqCst);
                nodes.post(number + 1, &path, &format!("e{number}"), &json!({})).await.expect(200);
                placed
            }
        }
    })
    .await;
    let tally = tally(&outputs);
    let placed = tally["201"];
    assert_eq!(tally, placed_of(placed, 6 * CLIENTS));
    assert!(placed >= 5 && most.load(Ordering::SeqCst) <= 5, "{placed}");
    assert_eq!(uses(&app, promotion).await, 0);
    for number in 1000..1006 {
        let expected = if number < 1005 { 201 } else { 409 };
        nodes.order(number, guest(number, "TEN")).await.expect(expected);
    }
    verify(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_limit_that_is_lowered_in_the_race_lets_nobody_else_in() {
    let app = TestApp::start().await;
    let promotion = coupon(&app, "TEN", json!({"max_uses": 300})).await;
    let nodes = Nodes::over(&app);
    let racing = nodes.clone();
    let running = tokio::spawn(race(6, move |number| {
        let nodes = racing.clone();
        async move { nodes.order(number, guest(number, "TEN")).await }
    }));
    while uses(&app, promotion).await < 40 {
        tokio::task::yield_now().await;
    }
    app.patch(&format!("/v1/promotions/{promotion}"), json!({"max_uses": 100})).await.expect(200);
    let at_change = uses(&app, promotion).await;
    let answers = running.await.unwrap();
    let placed = uses(&app, promotion).await;
    assert!(placed <= at_change.max(100), "{placed} although {at_change} were at the change");
    assert!(placed >= 100);
    assert_eq!(tally(&answers), placed_of(placed, 6 * CLIENTS));
    verify(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn once_a_pause_was_answered_no_node_takes_another_order() {
    let app = TestApp::start().await;
    let promotion = coupon(&app, "TEN", json!({"max_uses": 5000})).await;
    let nodes = Nodes::over(&app);
    let is_paused = Arc::new(AtomicBool::new(false));
    let running = tokio::spawn(race(10, {
        let (nodes, is_paused) = (nodes.clone(), Arc::clone(&is_paused));
        move |number| {
            let (nodes, is_paused) = (nodes.clone(), Arc::clone(&is_paused));
            async move {
                let was_paused = is_paused.load(Ordering::SeqCst);
                (was_paused, nodes.order(number, guest(number, "TEN")).await)
            }
        }
    }));
    while uses(&app, promotion).await < 40 {
        tokio::task::yield_now().await;
    }
    app.patch(&format!("/v1/promotions/{promotion}"), json!({"status": "paused"})).await.expect(200);
    is_paused.store(true, Ordering::SeqCst);
    let at_pause = uses(&app, promotion).await;
    let answers = running.await.unwrap();
    assert_eq!(uses(&app, promotion).await, at_pause);
    let (after, before): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(was_paused, _)| *was_paused);
    let after: Vec<Answer> = after.into_iter().map(|(_, answer)| answer).collect();
    assert!(!after.is_empty(), "the pause waited until nobody ordered any more");
    assert_eq!(tally(&after), BTreeMap::from([("409 code_refused".to_owned(), after.len())]));
    let before: Vec<Answer> = before.into_iter().map(|(_, answer)| answer).collect();
    assert!(tally(&before).keys().all(|it| it == "201" || it == "409 code_refused"), "{:?}", tally(&before));
    verify(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_promotions_redeemed_in_opposite_order_do_not_wait_for_each_other() {
    let app = TestApp::start().await;
    app.patch("/v1/settings", json!({"number_of_coupons_allowed_at_checkout": 5})).await.expect(200);
    let first = coupon(&app, "FIRST", json!({"max_uses": 200})).await;
    let second = coupon(&app, "SECOND", json!({"max_uses": 200})).await;
    let nodes = Nodes::over(&app);
    let answers = race(4, move |number| {
        let nodes = nodes.clone();
        async move {
            let codes = if number % 2 == 0 { ["FIRST", "SECOND"] } else { ["SECOND", "FIRST"] };
            nodes.order(number, cart(&format!("c{number}"), &codes, "50.00", Value::Null)).await
        }
    })
    .await;
    assert_eq!(tally(&answers), placed_of(200, 4 * CLIENTS));
    assert_eq!((uses(&app, first).await, uses(&app, second).await), (200, 200));
    verify(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_checkout_in_three_parts_at_once_is_one_use_and_its_last_cancelled_part_gives_it_back() {
    for fields in [json!({"max_uses": 32}), json!({})] {
        let app = TestApp::start().await;
        let promotion = coupon(&app, "TEN", fields).await;
        let nodes = Nodes::over(&app);
        let racing = nodes.clone();
        // 64 clients, three tries each: 64 checkouts, whose parts come at the same time from different clients.
        let answers = race(3, move |number| {
            let nodes = racing.clone();
            async move {
                let group = format!("checkout-{}", number / 6);
                let body = json!({"cart": guest(number, "TEN"), "group": group});
                nodes.post(number, "/v1/orders", &format!("o{number}"), &body).await
            }
        })
        .await;
        assert_eq!(tally(&answers), placed_of(3 * CLIENTS, 3 * CLIENTS));
        assert_eq!(uses(&app, promotion).await, 32);
        verify(&app).await;
        let ids: Arc<Vec<Value>> =
            Arc::new(answers.iter().map(|answer| answer.json()["id"].clone()).collect());
        let cancelled = race(3, move |number| {
            let (nodes, ids) = (nodes.clone(), Arc::clone(&ids));
            async move {
                let path = format!("/v1/orders/{}/cancel", ids[number]);
                nodes.post(number / 3, &path, &format!("e{number}"), &json!({})).await
            }
        })
        .await;
        assert_eq!(tally(&cancelled), BTreeMap::from([("200".to_owned(), 3 * CLIENTS)]));
        assert_eq!(uses(&app, promotion).await, 0);
        verify(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reservations_race_with_orders_and_with_their_own_end() {
    let app = TestApp::start().await;
    let promotion = coupon(&app, "TEN", json!({"max_uses": 20})).await;
    let nodes = Nodes::over(&app);
    let is_over = Arc::new(AtomicBool::new(false));
    let sweeping = tokio::spawn({
        let (nodes, clock, is_over) = (nodes.clone(), app.clock.clone(), Arc::clone(&is_over));
        async move {
            while !is_over.load(Ordering::SeqCst) {
                clock.set(from_milliseconds(
                    (clock.now() + SignedDuration::from_millis(400)).as_millisecond(),
                ));
                let (first, second) =
                    tokio::join!(sweep(&nodes.states[0], STORE), sweep(&nodes.states[1], STORE));
                first.and(second).unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }
    });
    let racing = nodes.clone();
    let answers = race(5, move |number| {
        let nodes = racing.clone();
        async move {
            let cart = guest(number, "TEN");
            let body = json!({"cart": cart, "ttl_seconds": 1});
            let held = nodes.post(number, "/v1/reservations", &format!("r{number}"), &body).await;
            match (held.status.as_u16(), number % 3) {
                (201, 0) => nodes.order(number + 1, cart).await,
                (201, 1) => {
                    let path = format!("/v1/reservations/{}", held.json()["id"]);
                    let given_up = nodes.send(number + 1, Method::DELETE, &path, "", &Value::Null).await;
                    // It may have expired before.
                    assert!([200, 409].contains(&given_up.status.as_u16()), "{given_up:?}");
                    held
                }
                _ => held,
            }
        }
    })
    .await;
    is_over.store(true, Ordering::SeqCst);
    sweeping.await.unwrap();
    let tally = tally(&answers);
    assert!(tally.keys().all(|it| it == "201" || it == "409 redemption_limit_reached"), "{tally:?}");
    verify(&app).await;
    app.clock.set(from_milliseconds((app.clock.now() + SignedDuration::from_secs(60)).as_millisecond()));
    sweep(&app.state, STORE).await.unwrap();
    let is_order = |answer: &&Answer| answer.status.as_u16() == 201 && !answer.json()["lines"].is_null();
    let orders = answers.iter().filter(is_order).count();
    assert_eq!(uses(&app, promotion).await, orders);
    for number in 10_000..10_000 + 21 - orders {
        let expected = if number < 10_000 + 20 - orders { 201 } else { 409 };
        nodes.order(number, guest(number, "TEN")).await.expect(expected);
    }
    verify(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_sent_64_times_to_two_nodes_is_one_order() {
    let app = TestApp::start().await;
    let promotion = coupon(&app, "TEN", json!({})).await;
    for round in 0..5 {
        let nodes = Nodes::over(&app);
        let key = format!("same{round}");
        let body = json!({"cart": guest(round, "TEN"), "reference": format!("ref-{round}")});
        let again = (nodes.clone(), key.clone(), body.clone());
        let answers = race(1, move |number| {
            let (nodes, key, body) = (nodes.clone(), key.clone(), body.clone());
            async move { nodes.post(number, "/v1/orders", &key, &body).await }
        })
        .await;
        let tally = tally(&answers);
        assert!(tally.keys().all(|it| it == "201" || it == "409 in_progress"), "{tally:?}");
        assert_eq!(uses(&app, promotion).await, round + 1);
        let (nodes, key, body) = again;
        let settled = nodes.post(0, "/v1/orders", &key, &body).await;
        assert_eq!((settled.status.as_u16(), settled.header("idempotent-replayed")), (201, "true"));
        let placed = answers.iter().filter(|answer| answer.status.as_u16() == 201);
        assert!(placed.clone().count() > 0 && placed.clone().all(|answer| answer.body == settled.body));
    }
    verify(&app).await;
}

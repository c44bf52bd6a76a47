//! Every scenario over REST and as GraphQL: what the engine does to a cart is what a storefront is told.

use std::path::Path;
use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use server::access::Kind;
use server::access::service::{NewKey, create_key};
use server::platform::ids::StoreId;
use server::settings;
use server::settings::service::Change;
use testkit::scenario::{self, Case, Found};
use tokio::task::JoinSet;

use crate::graphql::whole::{Graph, Outcome};
use crate::harness::{Key, TestApp};
use crate::orders::send_with;

const SIDE_BY_SIDE: usize = 16;

/// A store of its own for each case, by its key: promotions get the ids 1, 2, … there, and codes do not meet those of
/// others.
pub(crate) async fn store(app: &TestApp, store: StoreId) -> String {
    let now = app.clock.now();
    let hash = format!("store-{store}");
    let made = app.state.db.write(move |tx| {
        Box::pin(async move { settings::service::create(tx, (store, &hash), &Change::default(), now).await })
    });
    assert!(made.await.unwrap());
    let key =
        create_key(&app.state.db, now, store, NewKey::named(Kind::Secret, "For a scenario")).await.unwrap();
    key.reveal().to_owned()
}

/// Makes what a case needs; gives the key of its store and the codes of its gift cards.
async fn prepare(app: &TestApp, number: i64, case: &Case) -> Result<(String, Vec<String>), String> {
    let key = store(app, StoreId(number)).await;
    let send = async |method: Method, path: &str, body: Value, status: u16| {
        let answer = app.send(method, path, Key::Text(&key), Some(body)).await;
        let is_expected = answer.status == status;
        let told = || format!("{}\n  {path}: {}", case.label(), String::from_utf8_lossy(&answer.body));
        if is_expected { Ok(answer.json()) } else { Err(told()) }
    };
    send(Method::PATCH, "/v1/settings", case.settings_body(), 200).await?;
    for (promotion, id) in case.promotions.iter().zip(1..) {
        let made = send(Method::POST, "/v1/promotions", promotion.body(), 201).await?;
        assert_eq!(made["id"], id, "{}", case.label());
        for code in promotion.code_bodies() {
            send(Method::POST, &format!("/v1/promotions/{id}/codes"), code, 201).await?;
        }
    }
    let mut cards = Vec::new();
    for (card, place) in case.gift_cards.iter().zip(1..) {
        let Some(body) = card.body() else {
            cards.push("NOPE".to_owned());
            continue;
        };
        let name = format!("card {place}");
        let issued = send_with(app, &key, "/v1/gift-cards", &name, &body).await.expect(201);
        if card.is_voided() {
            let path = format!("/v1/gift-cards/{}/void", issued["id"]);
            send_with(app, &key, &path, &format!("void {place}"), &json!({"reason": "Stolen"}))
                .await
                .expect(200);
        }
        cards.push(issued["code"].as_str().unwrap().to_owned());
    }
    Ok((key, cards))
}

async fn ask(app: &TestApp, graph: &Graph, key: &str, cards: &[String], case: &Case) -> Result<(), String> {
    let body = case.evaluate_body(|promotion| promotion, cards);
    match graph.call(app, Key::Text(key), "evaluate", &json!({ "input": body })).await {
        Outcome::Done(answer) => case.check(&Found::of_answer(&answer, |promotion| promotion))?,
        refused => return Err(format!("{}\n  as GraphQL: {refused:?}", case.label())),
    }
    let answer = app.send(Method::POST, "/v1/evaluate", Key::Text(key), Some(body)).await;
    if answer.status != 200 {
        return Err(format!("{}\n  {}", case.label(), String::from_utf8_lossy(&answer.body)));
    }
    case.check(&Found::of_answer(&answer.json(), |promotion| promotion))
}

/// Does `work` for all, side by side, so that their writes share commits; not for all at once, or they would wait for
/// connections too long.
async fn side_by_side<T, F>(all: Vec<T>, work: impl Fn(T) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let (mut all, mut done) = (all.into_iter().peekable(), Vec::new());
    while all.peek().is_some() {
        let mut running = JoinSet::new();
        for one in all.by_ref().take(SIDE_BY_SIDE) {
            running.spawn(work(one));
        }
        done.extend(running.join_all().await);
    }
    done
}

#[tokio::test]
async fn every_scenario_comes_out_over_rest_and_of_the_graph_as_it_is_written() {
    let app = Arc::new(TestApp::start().await);
    let graph = Arc::new(Graph::of(&app).await);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut cases = scenario::load(&folder).unwrap();
    // Uses are counted by orders, and no request can set them.
    cases.retain(|case| !case.needs_uses());
    assert!(!cases.is_empty(), "no scenarios in {}", folder.display());
    let count = cases.len();
    let numbered: Vec<(i64, Case)> = (StoreId::FIRST.0 + 1..).zip(cases).collect();
    let prepared = side_by_side(numbered, |(number, case)| {
        let app = Arc::clone(&app);
        async move { prepare(&app, number, &case).await.map(|(key, cards)| (key, cards, case)) }
    });
    let (ready, mut faults) = (prepared.await, Vec::new());
    let ready: Vec<_> =
        ready.into_iter().filter_map(|it| it.map_err(|fault| faults.push(fault)).ok()).collect();
    // Gift cards expire by the clock, all at once: that of a case that does not say when it is.
    app.clock.set("2026-03-01T12:00:00Z".parse().unwrap());
    let asked = side_by_side(ready, |(key, cards, case)| {
        let (app, graph) = (Arc::clone(&app), Arc::clone(&graph));
        async move { ask(&app, &graph, &key, &cards, &case).await }
    });
    faults.extend(asked.await.into_iter().filter_map(Result::err));
    assert!(faults.is_empty(), "{} of {count} cases:\n{}", faults.len(), faults.join("\n"));
}

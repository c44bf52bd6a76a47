//! Every scenario over REST and as GraphQL: what the engine does to a cart is what a storefront is told.

use std::path::Path;
use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use server::access::Kind;
use server::access::service::{NewKey, create_key};
use server::platform::ids::StoreId;
use server::settings;
use testkit::scenario::{self, Case, Found};
use tokio::task::JoinSet;

use crate::graphql::whole::{Graph, Outcome};
use crate::harness::{Key, TestApp};

const SIDE_BY_SIDE: usize = 16;

/// A store of its own for each case: promotions get the ids 1, 2, … there, and codes do not meet those of others.
async fn store(app: &TestApp, store: StoreId) -> String {
    let now = app.clock.now();
    let hash = format!("store-{store}");
    let made = app
        .state
        .db
        .write(move |tx| Box::pin(async move { settings::service::create(tx, store, &hash, now).await }));
    assert!(made.await.unwrap());
    let key =
        create_key(&app.state.db, now, store, NewKey::named(Kind::Secret, "For a scenario")).await.unwrap();
    key.reveal().to_owned()
}

/// Through which door a case comes in.
#[derive(Clone)]
enum Door {
    Rest,
    Graph(Arc<Graph>),
}

async fn run(app: &TestApp, door: &Door, number: i64, case: &Case) -> Result<(), String> {
    match door {
        Door::Rest => over_rest(app, number, case).await,
        Door::Graph(graph) => over_graph(app, graph, number, case).await,
    }
}

async fn over_graph(app: &TestApp, graph: &Graph, number: i64, case: &Case) -> Result<(), String> {
    let key = store(app, StoreId(number)).await;
    let call = async |field: &str, arguments: Value| {
        let told = |outcome| format!("{}\n  {field}: {outcome:?}", case.label());
        match graph.call(app, Key::Text(&key), field, &arguments).await {
            Outcome::Done(answer) => Ok(answer),
            refused => Err(told(refused)),
        }
    };
    call("settingsUpdate", json!({ "input": case.settings_body() })).await?;
    for (promotion, id) in case.promotions.iter().zip(1..) {
        let made = call("promotionCreate", json!({ "definition": promotion.body() })).await?;
        assert_eq!(made["promotion"]["id"], id, "{}", case.label());
        for code in promotion.code_bodies() {
            call("couponCodesAdd", json!({ "promotionId": id, "input": code })).await?;
        }
    }
    let body = case.evaluate_body(|promotion| promotion);
    let answer = call("evaluate", json!({ "input": body })).await?;
    case.check(&Found::of_answer(&answer, |promotion| promotion))
}

async fn over_rest(app: &TestApp, number: i64, case: &Case) -> Result<(), String> {
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
    let body = case.evaluate_body(|promotion| promotion);
    let answer = send(Method::POST, "/v1/evaluate", body, 200).await?;
    case.check(&Found::of_answer(&answer, |promotion| promotion))
}

#[tokio::test]
async fn every_scenario_comes_out_over_rest_as_it_is_written() {
    let app = TestApp::start().await;
    every_scenario_through(app, Door::Rest).await;
}

#[tokio::test]
async fn every_scenario_comes_out_of_the_graph_as_it_is_written() {
    let app = TestApp::start().await;
    let graph = Arc::new(Graph::of(&app).await);
    every_scenario_through(app, Door::Graph(graph)).await;
}

async fn every_scenario_through(app: TestApp, door: Door) {
    let app = Arc::new(app);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut cases = scenario::load(&folder).unwrap();
    // Uses are counted by orders, and no request can set them.
    cases.retain(|case| !case.needs_uses());
    assert!(!cases.is_empty(), "no scenarios in {}", folder.display());
    let (count, mut faults) = (cases.len(), Vec::new());
    let mut cases = (StoreId::FIRST.0 + 1..).zip(cases).peekable();
    // Side by side, so that their writes share commits; not all of them, or they would wait for connections too long.
    while cases.peek().is_some() {
        let mut running = JoinSet::new();
        for (number, case) in cases.by_ref().take(SIDE_BY_SIDE) {
            let (app, door) = (Arc::clone(&app), door.clone());
            running.spawn(async move { run(&app, &door, number, &case).await });
        }
        faults.extend(running.join_all().await.into_iter().filter_map(Result::err));
    }
    assert!(faults.is_empty(), "{} of {count} cases:\n{}", faults.len(), faults.join("\n"));
}

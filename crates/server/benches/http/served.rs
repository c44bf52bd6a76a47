//! The server that is measured: the whole application and the endpoint beside it.

use std::io::{Read as _, stdin};
use std::sync::Arc;

use anyhow::{Context as _, anyhow, ensure};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::routing::post;
use serde_json::Value;
use server::access::AnyCaller;
use server::access::service::create_first_store;
use server::app::{self, AppState};
use server::evaluation::rest::EvaluateRequest;
use server::platform::clock::Clock;
use server::platform::db::{Db, Location, Options, migrate};
use server::platform::http::{Feature, Json, Problem, Strict};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower::ServiceExt as _;
use utoipa::openapi::OpenApi;

use super::shop;

/// Answers requests, as soon as it has told its address and a key, until its input ends.
pub(super) fn run(promotions: u32) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(promotions))
}

async fn serve(promotions: u32) -> anyhow::Result<()> {
    let folder = tempfile::TempDir::new()?;
    let location = Location::Sqlite(folder.path().join("largesse.db"));
    let db = Db::open(&Options { location, connections: 1 }).await?;
    migrate::run(&db).await?;
    let clock = Clock::system();
    let store = create_first_store(&db, clock.now()).await.map_err(failure)?.context("a store")?;
    shop::fill(&db, store.store_id, promotions).await?;
    let state = AppState::new(db.clone(), clock);
    let answer = answer(app::router(state.clone()), store.secret.reveal()).await?;
    let mut features = app::features();
    features.push(echo(Arc::new(answer)));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{} {}", listener.local_addr()?, store.secret.reveal());
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = stdin().read_to_end(&mut Vec::new());
        let _ = ended.send(());
    });
    tokio::select! {
        served = axum::serve(listener, app::router_of(features, state)) => served?,
        _ = end => {}
    }
    db.close().await;
    Ok(())
}

/// What the application answers to the cart.
async fn answer(router: Router, key: &str) -> anyhow::Result<Value> {
    let request = Request::post("/v1/evaluate")
        .header(AUTHORIZATION, format!("Bearer {key}"))
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(shop::cart().to_string()))?;
    let response = router.oneshot(request).await?;
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await?;
    ensure!(status.is_success(), "the answer is {}", String::from_utf8_lossy(&body));
    Ok(serde_json::from_slice(&body)?)
}

/// Checks the key, reads a request to price a cart, and writes always the same answer, value by value.
fn echo(answer: Arc<Value>) -> Feature<AppState> {
    let echo = async |_: AnyCaller, State(_): State<AppState>, Strict(request): Strict<EvaluateRequest>| {
        std::hint::black_box(&request);
        Json(answer)
    };
    Feature::new("echo", OpenApi::default()).route("/bench/echo", post(echo))
}

fn failure(problem: Problem) -> anyhow::Error {
    anyhow!("{problem:?}")
}

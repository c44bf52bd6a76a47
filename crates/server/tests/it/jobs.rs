//! Jobs: step by step to their end, paused, resumed and cancelled, by several nodes, and in spite of failures.

use axum::http::Method;
use jiff::ToSpan as _;
use serde_json::{Value, json};
use server::access::Permission;
use server::job::jobs::{make_step, work_off};
use server::job::{self, Job, Kind, NewJob, Progress, Step};
use server::platform::http::{Code, Problem};

use crate::harness::{Key, STORE, TestApp};

/// Counts from 0 to the job's total, one number a step, and tells all numbers counted.
const COUNT: Kind =
    Kind { name: "count", permission: Permission::ManageOrders, step: |app, job| count(app, job) };
/// Counts, but its step to 2 panics until the clock has moved on.
const STUMBLE: Kind =
    Kind { name: "stumble", permission: Permission::ManageOrders, step: |app, job| stumble(app, job) };
/// Can never make a step.
const IMPOSSIBLE: Kind = Kind {
    name: "impossible",
    permission: Permission::ManageOrders,
    step: |_, _| Box::pin(async { Err(Problem::new(Code::NotFound, "there is no promotion `7`")) }),
};
const KINDS: [Kind; 3] = [COUNT, STUMBLE, IMPOSSIBLE];

fn count(app: server::app::AppState, job: Job) -> Step {
    Box::pin(async move {
        let mut numbers: Vec<u64> = job.result::<Value>()?["numbers"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_u64)
            .collect();
        numbers.push(job.done());
        let done = job.done() + 1;
        let progress = Progress {
            done,
            cursor: done.to_string(),
            result: json!({"numbers": numbers}),
            is_finished: done == job.total(),
        };
        let now = app.clock.now();
        app.db
            .write(move |tx| Box::pin(async move { job::service::advance(tx, &job, progress, now).await }))
            .await
    })
}

fn stumble(app: server::app::AppState, job: Job) -> Step {
    let begun = job.created();
    assert!(job.done() != 2 || app.clock.now() > begun, "the step to 2 panics");
    count(app, job)
}

async fn begin(app: &TestApp, kind: &'static str, total: u64) -> String {
    let new = NewJob { kind, total, request: "{}".to_owned() };
    let now = app.clock.now();
    let begun = app
        .state
        .db
        .write(move |tx| Box::pin(async move { job::service::begin(tx, STORE, new, now).await }))
        .await;
    format!("/v1/jobs/{}", begun.unwrap().id())
}

#[tokio::test]
async fn a_job_goes_step_by_step_to_its_end_and_tells_how_far_it_is() {
    let app = TestApp::start().await;
    let path = begin(&app, "count", 3).await;
    let told = app.get(&path).await.expect(200);
    let expected = json!({
        "id": 1, "kind": "count", "state": "waiting", "done": 0, "total": 3, "result": {}, "error": null,
        "created_at": "2026-03-01T00:00:00Z", "updated_at": "2026-03-01T00:00:00Z", "finished_at": null,
    });
    assert_eq!(told, expected);
    assert!(make_step(&app.state, &KINDS, "here").await.unwrap());
    let told = app.get(&path).await.expect(200);
    assert_eq!((&told["state"], &told["done"]), (&json!("running"), &json!(1)));
    assert_eq!(work_off(&app.state, &KINDS).await.unwrap(), 0, "another node has it");
    while make_step(&app.state, &KINDS, "here").await.unwrap() {}
    let told = app.get(&path).await.expect(200);
    assert_eq!((&told["state"], &told["result"]), (&json!("done"), &json!({"numbers": [0, 1, 2]})));
    assert_eq!(told["finished_at"], "2026-03-01T00:00:00Z");
}

#[tokio::test]
async fn jobs_take_turns() {
    let app = TestApp::start().await;
    let paths = [begin(&app, "count", 3).await, begin(&app, "count", 3).await];
    for _ in 0..4 {
        app.clock.set(app.clock.now() + 1.millisecond());
        make_step(&app.state, &KINDS, "here").await.unwrap();
    }
    for path in &paths {
        assert_eq!(app.get(path).await.expect(200)["done"], 2);
    }
}

#[tokio::test]
async fn a_paused_job_rests_until_it_is_resumed() {
    let app = TestApp::start().await;
    let path = begin(&app, "count", 3).await;
    make_step(&app.state, &KINDS, "here").await.unwrap();
    let paused = app.post(&format!("{path}/pause"), json!({})).await.expect(200);
    assert_eq!((&paused["state"], &paused["done"]), (&json!("paused"), &json!(1)));
    app.post(&format!("{path}/pause"), json!({})).await.expect(200);
    assert_eq!(work_off(&app.state, &KINDS).await.unwrap(), 0);
    assert_eq!(app.post(&format!("{path}/resume"), json!({})).await.expect(200)["state"], "waiting");
    assert_eq!(work_off(&app.state, &KINDS).await.unwrap(), 2);
    let told = app.get(&path).await.expect(200);
    assert_eq!((&told["state"], &told["result"]["numbers"]), (&json!("done"), &json!([0, 1, 2])));
    let refused = app.post(&format!("{path}/pause"), json!({})).await.expect_problem(409, "job_ended");
    assert_eq!(refused["detail"], "the job is done and can no longer be paused");
}

#[tokio::test]
async fn a_cancelled_job_stays_as_far_as_it_came() {
    let app = TestApp::start().await;
    let path = begin(&app, "count", 3).await;
    make_step(&app.state, &KINDS, "here").await.unwrap();
    let cancelled = app.post(&format!("{path}/cancel"), json!({})).await.expect(200);
    assert_eq!((&cancelled["state"], &cancelled["done"]), (&json!("cancelled"), &json!(1)));
    assert_eq!(work_off(&app.state, &KINDS).await.unwrap(), 0);
    app.post(&format!("{path}/resume"), json!({})).await.expect_problem(409, "job_ended");
    app.post("/v1/jobs/99/cancel", json!({})).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn of_the_same_step_made_by_two_nodes_one_is_kept() {
    let app = TestApp::start().await;
    let path = begin(&app, "count", 30).await;
    let node = async |name: &str| {
        while app.get(&path).await.expect(200)["state"] != "done" {
            // The lease of the other is over at once.
            app.clock.set(app.clock.now() + 20.seconds());
            make_step(&app.state, &KINDS, name).await.unwrap();
        }
    };
    tokio::join!(node("one"), node("other"), node("third"));
    let numbers: Vec<u64> = (0..30).collect();
    assert_eq!(app.get(&path).await.expect(200)["result"]["numbers"], json!(numbers));
}

#[tokio::test]
async fn a_step_that_panics_is_tried_again_later_and_nothing_is_lost() {
    let app = TestApp::start().await;
    let path = begin(&app, "stumble", 4).await;
    work_off(&app.state, &KINDS).await.unwrap();
    let told = app.get(&path).await.expect(200);
    assert_eq!((&told["state"], &told["done"]), (&json!("running"), &json!(2)), "{told}");
    assert!(told["error"].is_string());
    app.clock.set(app.clock.now() + 20.seconds());
    work_off(&app.state, &KINDS).await.unwrap();
    let told = app.get(&path).await.expect(200);
    assert_eq!((&told["state"], &told["error"]), (&json!("done"), &Value::Null));
    assert_eq!(told["result"]["numbers"], json!([0, 1, 2, 3]));
}

#[tokio::test]
async fn a_job_that_cannot_go_on_fails_with_the_reason_and_can_be_tried_again() {
    let app = TestApp::start().await;
    let path = begin(&app, "impossible", 1).await;
    assert_eq!(work_off(&app.state, &KINDS).await.unwrap(), 1);
    let told = app.get(&path).await.expect(200);
    assert_eq!((&told["state"], &told["error"]), (&json!("failed"), &json!("there is no promotion `7`")));
    app.post(&format!("{path}/resume"), json!({})).await.expect(200);
    assert_eq!(work_off(&app.state, &KINDS).await.unwrap(), 1);
    assert_eq!(app.get(&path).await.expect(200)["state"], "failed");
}

#[tokio::test]
async fn jobs_are_listed_newest_first_and_only_to_the_store() {
    let app = TestApp::start().await;
    for kind in ["count", "impossible", "count"] {
        begin(&app, kind, 1).await;
    }
    work_off(&app.state, &KINDS).await.unwrap();
    let ids = async |query: &str| {
        let list = app.get(&format!("/v1/jobs{query}")).await.expect(200);
        let ids: Vec<i64> =
            list["data"].as_array().unwrap().iter().map(|job| job["id"].as_i64().unwrap()).collect();
        (ids, list["next_cursor"].as_str().map(str::to_owned))
    };
    assert_eq!(ids("").await, (vec![3, 2, 1], None));
    assert_eq!(ids("?kind=count").await.0, [3, 1]);
    assert_eq!(ids("?state=failed").await.0, [2]);
    let (first, cursor) = ids("?limit=2").await;
    assert_eq!(first, [3, 2]);
    assert_eq!(ids(&format!("?limit=2&after={}", cursor.unwrap())).await.0, [1]);
    app.get("/v1/jobs?state=busy").await.expect_invalid("?state", "unknown_value");
    app.send(Method::GET, "/v1/jobs/1", Key::Publishable, None).await.expect_problem(403, "forbidden");
}

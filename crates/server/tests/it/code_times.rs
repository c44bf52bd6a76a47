//! Codes that start and end on their own, within their promotion's time.

use axum::http::Method;
use serde_json::{Value, json};
use server::app::job_kinds;
use server::job::jobs::work_off;

use crate::codes::{file, finish, generate, import, outcome, promotion};
use crate::harness::{Key, TestApp};
use crate::orders::send;

fn at(app: &TestApp, instant: &str) {
    app.clock.set(instant.parse().unwrap());
}

/// What an order of 100.00 with this code is answered: its total, or the problem.
async fn order(app: &TestApp, key: &str, code: &str) -> Result<Value, Value> {
    let lines = json!([{"id": "1", "product_id": 1, "quantity": 1, "price": "100.00"}]);
    let body = json!({"cart": {"currency": "USD", "codes": [code], "lines": lines}});
    let answer = send(app, "/v1/orders", key, &body).await;
    if answer.status == 201 { Ok(answer.json()["totals"]["total"].clone()) } else { Err(answer.json()) }
}

async fn validate(app: &TestApp, key: Key<'_>, code: &str) -> (Value, Value) {
    let body = Some(json!({"code": code}));
    let told = app.send(Method::POST, "/v1/coupons/validate", key, body).await.expect(200);
    (told["reason"].clone(), told["message"].clone())
}

#[tokio::test]
async fn a_code_is_refused_before_its_start_and_from_its_end_on_and_says_when() {
    let app = TestApp::start().await;
    let path = format!("{}/codes", promotion(&app, "One").await);
    let new = json!({"code": "EASTER", "starts_at": "2026-04-03T00:00:00-04:00", "ends_at": "2026-04-06T04:00:00Z"});
    let added = app.post(&path, new).await.expect(201);
    let times = (&added["data"][0]["starts_at"], &added["data"][0]["ends_at"]);
    assert_eq!(times, (&json!("2026-04-03T04:00:00Z"), &json!("2026-04-06T04:00:00Z")));

    at(&app, "2026-04-03T03:59:59.999Z");
    let told = outcome(&app, "easter").await;
    let message = "This offer starts on Fri 3 Apr 2026 at 04:00 UTC.";
    assert_eq!((&told["reason"], &told["message"]), (&json!("not_started"), &json!(message)));
    let expected = (json!("not_started"), json!("This code is valid from 3 April 2026."));
    assert_eq!(validate(&app, Key::Publishable, "EASTER").await, expected);
    let refused = order(&app, "k1", "EASTER").await.unwrap_err();
    assert_eq!((&refused["status"], &refused["code"]), (&json!(409), &json!("code_refused")), "{refused}");

    at(&app, "2026-04-03T04:00:00Z");
    assert_eq!(validate(&app, Key::Publishable, "EASTER").await.0, Value::Null);
    assert_eq!(order(&app, "k2", "EASTER").await, Ok(json!("90.00")));

    at(&app, "2026-04-06T04:00:00Z");
    let told = outcome(&app, "EASTER").await;
    assert_eq!((&told["reason"], &told["message"]), (&json!("expired"), &json!("This code has expired.")));
    assert_eq!(
        validate(&app, Key::Publishable, "EASTER").await,
        (json!("expired"), json!("This code has expired."))
    );
    order(&app, "k3", "EASTER").await.unwrap_err();
}

#[tokio::test]
async fn the_times_of_a_code_change_by_themselves_and_null_takes_them_away() {
    let app = TestApp::start().await;
    let path = format!("{}/codes", promotion(&app, "One").await);
    let added = app.post(&path, json!({"code": "TEN", "max_uses": 7})).await.expect(201);
    let path = format!("{path}/{}", added["data"][0]["id"]);
    assert_eq!(outcome(&app, "TEN").await["status"], "applied");
    let ended = app.patch(&path, json!({"ends_at": "2026-03-01T00:00:00Z"})).await.expect(200);
    assert_eq!((&ended["starts_at"], &ended["max_uses"]), (&Value::Null, &json!(7)));
    assert_eq!(outcome(&app, "TEN").await["reason"], "expired", "at once, also where the code is remembered");
    let late = json!({"starts_at": "2026-03-01T00:00:00Z"});
    app.patch(&path, late).await.expect_invalid("/ends_at", "out_of_range");
    app.patch(&path, json!({"ends_at": "tomorrow"})).await.expect_invalid("/ends_at", "invalid");
    app.patch(&path, json!({"ends_at": null, "max_uses": 8})).await.expect(200);
    assert_eq!(app.get(path.rsplit_once('/').unwrap().0).await.expect(200)["data"][0]["max_uses"], 8);
    assert_eq!(outcome(&app, "TEN").await["status"], "applied");
    app.patch(&path, json!({"starts_at": "2027-01-01T00:00:00Z"})).await.expect(200);
    assert_eq!(outcome(&app, "TEN").await["reason"], "not_started");
}

#[tokio::test]
async fn a_promotion_that_has_not_started_or_has_ended_closes_its_codes_whatever_their_times() {
    let app = TestApp::start().await;
    let path = promotion(&app, "One").await;
    let wide =
        json!({"code": "WIDE", "starts_at": "2020-01-01T00:00:00Z", "ends_at": "2030-01-01T00:00:00Z"});
    app.post(&format!("{path}/codes"), wide).await.expect(201);
    app.patch(&path, json!({"start_date": "2026-04-01T00:00:00Z"})).await.expect(200);
    assert_eq!(outcome(&app, "WIDE").await["reason"], "not_started");
    let over = json!({"start_date": "2026-02-01T00:00:00Z", "end_date": "2026-02-02T00:00:00Z"});
    app.patch(&path, over).await.expect(200);
    assert_eq!(outcome(&app, "WIDE").await["reason"], "ended");
}

#[tokio::test]
async fn generated_codes_have_the_times_that_were_asked_for_and_anybody_hears_no_more_than_unknown() {
    let app = TestApp::start().await;
    let path = promotion(&app, "One").await;
    let times = json!({"starts_at": "2026-06-01T00:00:00Z", "ends_at": "2026-07-01T00:00:00Z"});
    let mut few = json!({"count": 2});
    few.as_object_mut().unwrap().extend(times.as_object().unwrap().clone());
    let made = app.post(&format!("{path}/codes"), few).await.expect(201);
    assert_eq!(made["data"][1]["ends_at"], times["ends_at"]);
    let mut many = json!({"count": 3, "prefix": "BF"});
    many.as_object_mut().unwrap().extend(times.as_object().unwrap().clone());
    let job = generate(&app, &path, many).await;
    finish(&app, &job).await;
    let lines = file(&app, &path).await;
    assert_eq!(lines.len(), 6);
    assert!(
        lines.iter().skip(1).all(|line| line.ends_with(",2026-06-01T00:00:00Z,2026-07-01T00:00:00Z")),
        "{lines:?}"
    );
    let code = lines[4].split(',').nth(1).unwrap();
    assert_eq!(outcome(&app, code).await["reason"], "not_started");
    assert_eq!(validate(&app, Key::Publishable, code).await.0, "unknown_code");
    at(&app, "2026-06-30T23:59:59Z");
    assert_eq!(validate(&app, Key::Publishable, code).await.0, Value::Null);
    let wrong = json!({"count": 3, "starts_at": "2026-07-01T00:00:00Z", "ends_at": "2026-07-01T00:00:00Z"});
    for to in [format!("{path}/codes"), format!("{path}/codes/generate")] {
        app.post(&to, wrong.clone()).await.expect_invalid("/ends_at", "out_of_range");
    }
}

#[tokio::test]
async fn times_of_codes_are_written_to_files_and_read_from_them() {
    let app = TestApp::start().await;
    let (one, other) = (promotion(&app, "One").await, promotion(&app, "Other").await);
    let rows = "code,starts_at,ends_at\nA,2026-06-01T00:00:00+02:00,\nB,,2026-07-01T00:00:00Z\nC,soon,\n\
                D,2026-07-01T00:00:00Z,2026-06-01T00:00:00Z\n";
    let report = import(&app, &one, "?dry_run=true", rows).await.expect(200);
    let told: Vec<_> =
        report["errors"].as_array().unwrap().iter().map(|it| (&it["row"], &it["column"])).collect();
    assert_eq!(told, [(&json!(4), &json!("starts_at")), (&json!(5), &json!("ends_at"))]);
    import(&app, &one, "", rows).await.expect(202);
    work_off(&app.state, &job_kinds()).await.unwrap();
    let lines = file(&app, &one).await;
    let times: Vec<&str> = lines.iter().skip(1).map(|line| line.split_once("00Z,").unwrap().1).collect();
    assert_eq!(times, ["2026-05-31T22:00:00Z,", ",2026-07-01T00:00:00Z"]);
    for id in [1, 2] {
        app.delete(&format!("{one}/codes/{id}")).await.expect(204);
    }
    import(&app, &other, "?on_error=refuse", &lines.join("\n")).await.expect(202);
    work_off(&app.state, &job_kinds()).await.unwrap();
    assert_eq!(outcome(&app, "A").await["reason"], "not_started");
    at(&app, "2026-07-01T00:00:00Z");
    assert_eq!(
        (outcome(&app, "A").await["status"].clone(), outcome(&app, "B").await["reason"].clone()),
        (json!("applied"), json!("expired"))
    );
}

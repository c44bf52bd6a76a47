//! From draft to archive: what may become of a promotion, who may do it, and when others notice.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, IF_MATCH};
use serde_json::{Value, json};
use server::access::service::{NewKey, create_key};
use server::access::{Kind, Permission, Permissions};
use server::ruleset::Rulesets;
use server::ruleset::jobs::follow_changes;

use crate::harness::{Key, STORE, TestApp};

fn promotion(name: &str, more: Value) -> Value {
    let rule = json!({"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}});
    let mut document = json!({"name": name, "redemption_type": "AUTOMATIC", "rules": [rule]});
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document
}

async fn applies(app: &TestApp) -> bool {
    let line = json!({"id": "1", "product_id": 1, "quantity": 1, "price": "10.00"});
    let priced =
        app.post("/v1/evaluate", json!({"cart": {"currency": "USD", "lines": [line]}})).await.expect(200);
    priced["totals"]["total"] == "9.00"
}

#[tokio::test]
async fn a_promotion_goes_from_draft_to_archive_and_every_step_is_effective_at_once() {
    let app = TestApp::start().await;
    app.post("/v1/promotions", promotion("Ten", json!({"status": "draft"}))).await.expect(201);
    assert!(!applies(&app).await);
    for (step, status, is_on) in [
        ("activate", "active", true),
        ("pause", "paused", false),
        ("activate", "active", true),
        ("archive", "archived", false),
    ] {
        let answer = app.post(&format!("/v1/promotions/1/{step}"), json!({})).await.expect(200);
        assert_eq!((&answer["status"], &answer["state"]), (&json!(status), &json!(status)), "{step}");
        assert_eq!(applies(&app).await, is_on, "{step}");
    }
}

#[tokio::test]
async fn what_is_archived_stays_so_and_can_be_copied_as_a_draft() {
    let app = TestApp::start().await;
    app.post("/v1/promotions", promotion("Ten", json!({"max_uses": 5}))).await.expect(201);
    let archived = app.post("/v1/promotions/1/archive", json!({})).await.expect(200);
    for step in ["activate", "pause"] {
        app.post(&format!("/v1/promotions/1/{step}"), json!({})).await.expect_problem(409, "archived");
    }
    for patch in [json!({"name": "Other"}), json!({"status": "active"}), json!({})] {
        app.patch("/v1/promotions/1", patch).await.expect_problem(409, "archived");
    }
    // Who asks twice gets what they asked for.
    let again = app.post("/v1/promotions/1/archive", json!({})).await.expect(200);
    assert_eq!(again["revision"], archived["revision"]);
    let copy = app.post("/v1/promotions/1/duplicate", json!({})).await.expect(201);
    assert_eq!((&copy["id"], &copy["status"]), (&json!(2), &json!("draft")));
    for field in ["name", "rules", "max_uses", "redemption_type"] {
        assert_eq!(copy[field], archived[field], "{field}");
    }
    app.post("/v1/promotions/3/duplicate", json!({})).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn what_was_published_is_no_draft_again() {
    let app = TestApp::start().await;
    app.post("/v1/promotions", promotion("Ten", json!({}))).await.expect(201);
    app.patch("/v1/promotions/1", json!({"status": "draft"})).await.expect_problem(409, "status_refused");
    app.post("/v1/promotions/1/pause", json!({})).await.expect(200);
    app.patch("/v1/promotions/1", json!({"status": "draft"})).await.expect_problem(409, "status_refused");
    assert_eq!(app.get("/v1/promotions/1").await.expect(200)["status"], "paused");
}

#[tokio::test]
async fn a_step_that_changes_nothing_keeps_the_revision_and_one_from_an_old_state_is_refused() {
    let app = TestApp::start().await;
    app.post("/v1/promotions", promotion("Ten", json!({}))).await.expect(201);
    assert_eq!(app.post("/v1/promotions/1/activate", json!({})).await.expect(200)["revision"], 1);
    assert_eq!(app.patch("/v1/promotions/1", json!({"name": "Ten"})).await.expect(200)["revision"], 1);
    assert_eq!(app.post("/v1/promotions/1/pause", json!({})).await.expect(200)["revision"], 2);
    let stale = Request::post("/v1/promotions/1/activate")
        .header(AUTHORIZATION, format!("Bearer {}", app.secret))
        .header(IF_MATCH, "\"1\"")
        .body(Body::empty());
    app.call(stale.unwrap()).await.expect_problem(412, "stale");
}

#[tokio::test]
async fn archiving_needs_the_permission_to_delete_by_whichever_door() {
    let app = TestApp::start().await;
    app.post("/v1/promotions", promotion("Ten", json!({}))).await.expect(201);
    let scopes = Some(Permissions::of(&[Permission::EditPromotions]));
    let editor = NewKey { scopes, ..NewKey::named(Kind::Secret, "Editor") };
    let editor = create_key(&app.state.db, app.clock.now(), STORE, editor).await.unwrap();
    let editor = Key::Text(editor.reveal());
    let archive = Some(json!({"status": "archived"}));
    let patched = app.send(axum::http::Method::PATCH, "/v1/promotions/1", editor, archive).await;
    patched.expect_problem(403, "forbidden");
    let posted = app.send(axum::http::Method::POST, "/v1/promotions/1/archive", editor, None).await;
    posted.expect_problem(403, "forbidden");
    let paused = app.send(axum::http::Method::POST, "/v1/promotions/1/pause", editor, None).await;
    assert_eq!(paused.expect(200)["status"], "paused");
}

#[tokio::test]
async fn tabs_show_and_count_where_promotions_stand() {
    let app = TestApp::start().await;
    for (name, more) in [
        ("draft", json!({"status": "draft"})),
        ("active", json!({})),
        ("paused", json!({"status": "paused"})),
        ("soon", json!({"start_date": "2026-04-01T00:00:00Z"})),
        ("over", json!({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-02-01T00:00:00Z"})),
        ("archived", json!({})),
    ] {
        app.post("/v1/promotions", promotion(name, more)).await.expect(201);
    }
    app.post("/v1/promotions/6/archive", json!({})).await.expect(200);
    let counts = app.get("/v1/promotions/counts").await.expect(200);
    assert_eq!(
        counts,
        json!({"all": 6, "active": 1, "scheduled": 1, "draft": 1, "paused": 1, "expired": 2, "archived": 1})
    );
    for (tab, expected) in [
        ("all", vec!["draft", "active", "paused", "soon", "over", "archived"]),
        ("active", vec!["active"]),
        ("scheduled", vec!["soon"]),
        ("draft", vec!["draft"]),
        ("paused", vec!["paused"]),
        ("expired", vec!["over", "archived"]),
        ("archived", vec!["archived"]),
    ] {
        let list = app.get(&format!("/v1/promotions?status={tab}")).await.expect(200);
        let names: Vec<&str> =
            list["data"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{tab}");
        assert_eq!(counts[tab], names.len(), "{tab}");
    }
}

/// Each change is made just after the node has looked, so that one that only looks every half second would take as long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_nodes_hear_of_a_change_at_once() {
    let app = TestApp::start().await;
    if !app.state.db.has_several_writers() {
        // On SQLite there are no other nodes.
        return;
    }
    let other = Rulesets::new(app.clock.clone());
    app.post("/v1/promotions", promotion("Ten", json!({}))).await.expect(201);
    other.of(&app.state.db, STORE).await.unwrap();
    let following = tokio::spawn(follow_changes(other.clone(), app.state.db.clone()));
    let mut delays = Vec::new();
    for round in 0..7 {
        let (step, count) = if round % 2 == 0 { ("pause", 0) } else { ("activate", 1) };
        app.post(&format!("/v1/promotions/1/{step}"), json!({})).await.expect(200);
        let since = Instant::now();
        while other.of(&app.state.db, STORE).await.unwrap().ruleset.len() != count {
            assert!(since.elapsed() < Duration::from_secs(5), "round {round}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        delays.push(since.elapsed());
    }
    following.abort();
    delays.sort_unstable();
    assert!(delays[3] < Duration::from_millis(250), "{delays:?}");
}

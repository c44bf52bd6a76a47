//! The activity log: every change of what merchants manage leaves a row, in its own transaction, that nobody can change.

mod operations;

use axum::http::Method;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use server::access::service::{NewKey, StoreWish, create_key, create_store};
use server::access::{Kind as KeyKind, Permission, Permissions};
use server::activity::service::verify;
use server::activity::{Action, Author, Change, Kind, Object, record};
use server::platform::http::{Code, Problem};

use crate::harness::{Key, STORE, TestApp};

fn ten_percent() -> Value {
    let rule = json!({"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}});
    json!({"name": "Ten", "redemption_type": "AUTOMATIC", "rules": [rule]})
}

/// The log, the newest first.
async fn log(app: &TestApp, query: &str) -> Vec<Value> {
    let page = app.get(&format!("/v1/activity?limit=250&{query}")).await.expect(200);
    page["data"].as_array().unwrap().clone()
}

fn actions(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["action"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_promotion_shows_who_did_what_when_and_every_field_before_and_after() {
    let app = TestApp::start().await;
    let made = app.post("/v1/promotions", ten_percent()).await.expect(201);
    app.patch("/v1/promotions/1", json!({"max_uses": 100})).await.expect(200);
    app.post("/v1/promotions/1/pause", json!({})).await.expect(200);
    app.post("/v1/promotions/1/activate", json!({})).await.expect(200);
    let patch = json!({"max_uses": 250, "name": "Eleven"});
    let request = axum::http::Request::patch("/v1/promotions/1")
        .header("authorization", format!("Bearer {}", app.secret))
        .header("content-type", "application/json")
        .header("x-request-id", "edit-7")
        .body(axum::body::Body::from(patch.to_string()));
    app.call(request.unwrap()).await.expect(200);
    app.post("/v1/promotions/1/archive", json!({})).await.expect(200);
    let page = app.get("/v1/promotions/1/activity").await.expect(200);
    let rows = page["data"].as_array().unwrap();
    assert_eq!(actions(rows), ["archived", "updated", "activated", "paused", "updated", "created"]);
    let updated = &rows[1];
    assert_eq!(
        updated["changes"],
        json!([{"field": "/name", "before": "Ten", "after": "Eleven"},
               {"field": "/max_uses", "before": 100, "after": 250}])
    );
    assert_eq!(
        updated["actor"],
        json!({"kind": "key", "id": "1", "name": "First secret key", "email": null})
    );
    assert_eq!((&updated["at"], &updated["request_id"]), (&json!("2026-03-01T00:00:00Z"), &json!("edit-7")));
    assert_eq!((&updated["object_kind"], &updated["object_id"]), (&json!("promotion"), &json!(1)));
    assert_eq!(rows[3]["changes"], json!([{"field": "/status", "before": "active", "after": "paused"}]));
    // What it was made as is in the log whole, so that any version can be put together.
    assert_eq!(rows[5]["changes"][0]["field"], "");
    assert_eq!(rows[5]["changes"][0]["after"]["rules"], made["rules"]);
    app.get("/v1/promotions/2/activity").await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn the_log_is_filtered_and_paged() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        app.post("/v1/promotions", ten_percent()).await.expect(201);
    }
    app.clock.set("2026-03-02T00:00:00Z".parse().unwrap());
    app.patch("/v1/settings", json!({"name": "Shop"})).await.expect(200);
    app.patch("/v1/promotions/2", json!({"name": "Two"})).await.expect(200);
    assert_eq!(
        actions(&log(&app, "object_kind=promotion").await),
        ["updated", "created", "created", "created"]
    );
    assert_eq!(actions(&log(&app, "object_kind=promotion&object_id=2").await), ["updated", "created"]);
    assert_eq!(log(&app, "action=updated").await.len(), 2);
    assert_eq!(log(&app, "actor=key/1").await.len(), 5);
    // The store, and its two first keys.
    assert_eq!(actions(&log(&app, "actor=system/largesse").await), ["created", "created", "created"]);
    assert_eq!(log(&app, "from=2026-03-02T00:00:00Z").await.len(), 2);
    assert_eq!(log(&app, "to=2026-03-02T00:00:00Z").await.len(), 6);
    let all: Vec<i64> = log(&app, "").await.iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert_eq!(all, [8, 7, 6, 5, 4, 3, 2, 1]);
    let first = app.get("/v1/activity?limit=5").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = app.get(&format!("/v1/activity?limit=5&after={cursor}")).await.expect(200);
    assert_eq!((second["data"].as_array().unwrap().len(), &second["next_cursor"]), (3, &Value::Null));
    app.get("/v1/activity?actor=nobody").await.expect_invalid("?actor", "invalid");
    app.get("/v1/activity?action=flown").await.expect_problem(422, "invalid");
}

#[tokio::test]
async fn the_log_is_a_file_too_and_no_cell_of_it_is_a_formula() {
    let app = TestApp::start().await;
    let new = NewKey::named(KeyKind::Secret, "=HYPERLINK(\"x\")");
    let key = create_key(&app.state.db, app.clock.now(), STORE, new).await.unwrap();
    let made = app.send(Method::POST, "/v1/promotions", Key::Text(key.reveal()), Some(ten_percent())).await;
    made.expect(201);
    let answer = app.get("/v1/activity.csv?object_kind=promotion").await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let text = String::from_utf8(answer.body).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap().iter().nth(4), Some("action"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0][2], &rows[0][4], &rows[0][7]), ("promotion", "created", "'=HYPERLINK(\"x\")"));
    let changes: Value = serde_json::from_str(&rows[0][9]).unwrap();
    assert_eq!(changes[0]["after"]["name"], "Ten");
    app.get("/v1/activity.csv?limit=5").await.expect_invalid("?limit", "unknown_field");
}

#[tokio::test]
async fn the_log_of_the_store_is_for_those_who_manage_users_and_that_of_a_promotion_for_those_who_see_it() {
    let app = TestApp::start().await;
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    let scopes = Some(Permissions::of(&[Permission::ManagePromotions]));
    let new = NewKey { scopes, ..NewKey::named(KeyKind::Secret, "Marketing") };
    let key = create_key(&app.state.db, app.clock.now(), STORE, new).await.unwrap();
    let key = Key::Text(key.reveal());
    app.send(Method::GET, "/v1/promotions/1/activity", key, None).await.expect(200);
    for path in ["/v1/activity", "/v1/activity.csv"] {
        app.send(Method::GET, path, key, None).await.expect_problem(403, "forbidden");
    }
}

#[tokio::test]
async fn no_secret_gets_into_the_log() {
    let app = TestApp::start().await;
    let key = app.post("/v1/api-keys", json!({"kind": "secret", "name": "Till"})).await.expect(201);
    let card = json!({"amount": "20.00", "pin": "739154", "recipient_email": "ada@example.com",
                      "recipient_name": "Ada", "message": "For you"});
    let card = app.once("/v1/gift-cards", card).await.expect(201);
    let resent = json!({"recipient_email": "grace@example.com"});
    app.once("/v1/gift-cards/1/resend", resent).await.expect(200);
    let customer = json!({"items": [{"id": 7, "email": "lin@example.com"}]});
    app.put("/v1/customers", customer).await.expect(200);
    let bulk = json!({"name": "Many", "redemption_type": "COUPON", "coupon_type": "BULK",
                      "rules": ten_percent()["rules"]});
    app.post("/v1/promotions", bulk).await.expect(201);
    app.post("/v1/promotions/1/codes", json!({"code": "WINTER-FOR-LIN"})).await.expect(201);
    let written = Value::from(log(&app, "").await).to_string();
    let code = card["code"].as_str().unwrap();
    for secret in [
        key["key"].as_str().unwrap(),
        code,
        &code.replace('-', ""),
        "739154",
        "@example.com",
        "Ada",
        "For you",
        "WINTER-FOR",
    ] {
        assert!(!written.contains(secret), "{secret} in {written}");
    }
    assert!(written.contains("…-LIN"), "{written}");
}

#[tokio::test]
async fn what_is_not_kept_leaves_no_row() {
    let app = TestApp::start().await;
    app.once("/v1/gift-cards", json!({"amount": "20.00"})).await.expect(201);
    let before = log(&app, "").await.len();
    let too_much = json!({"amount": "-50.00", "reason": "Mistake"});
    app.once("/v1/gift-cards/1/adjust", too_much).await.expect_problem(409, "insufficient_balance");
    app.post("/v1/promotions", json!({"name": "Nothing"})).await.expect_problem(422, "invalid");
    let author = Author::system(STORE, app.clock.now());
    let failed: Result<(), Problem> = app
        .state
        .db
        .write(move |tx| {
            Box::pin(async move {
                let change = Change::new(Object::all(Kind::Settings), Action::Created);
                record(tx, &author, change.to(json!(1))).await?;
                Err(Problem::new(Code::Conflict, "not kept after all"))
            })
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(log(&app, "").await.len(), before);
    // The number is given out again, so that none is missing.
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    assert_eq!(verify(app.state.db.read(), STORE).await.unwrap(), [] as [&str; 0]);
}

#[tokio::test]
async fn a_request_that_is_repeated_leaves_one_row() {
    let app = TestApp::start().await;
    let card = json!({"amount": "20.00"});
    app.once_as("one", "/v1/gift-cards", card.clone()).await.expect(201);
    app.once_as("one", "/v1/gift-cards", card).await.expect(201);
    assert_eq!(actions(&log(&app, "object_kind=gift_card").await), ["issued"]);
}

/// Runs a statement as somebody with a password of the database would.
async fn as_an_intruder(app: &TestApp, sql: &'static str) -> Result<(), Problem> {
    let done = app.state.db.write(move |tx| {
        Box::pin(async move {
            tx.execute_unprepared(sql).await?;
            Ok::<_, Problem>(())
        })
    });
    done.await
}

async fn without_triggers(app: &TestApp) {
    let statements = match app.state.db.has_several_writers() {
        true => "DROP TRIGGER activity_append_only ON activity",
        false => "DROP TRIGGER activity_update; DROP TRIGGER activity_delete",
    };
    as_an_intruder(app, statements).await.unwrap();
}

#[tokio::test]
async fn the_database_refuses_to_change_or_delete_what_was_recorded() {
    let app = TestApp::start().await;
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    for sql in ["UPDATE activity SET actor_name = 'Nobody'", "DELETE FROM activity"] {
        as_an_intruder(&app, sql).await.unwrap_err();
    }
    assert_eq!(log(&app, "").await.len(), 4);
}

#[tokio::test]
async fn tampering_is_found_and_the_first_row_named_that_does_not_fit() {
    for (sql, found) in [
        ("UPDATE activity SET actor_name = 'Nobody' WHERE id = 5", "row 5 was changed: its hash is another"),
        ("UPDATE activity SET object_id = 9 WHERE id = 4", "row 4 was changed: its hash is another"),
        (
            "DELETE FROM activity WHERE id = 5",
            "row 6 does not follow the row before it: one was changed, added or removed",
        ),
        (
            "UPDATE activity SET hash = 'x', previous_hash = 'y' WHERE id = 6",
            "row 6 does not follow the row before it: one was changed, added or removed",
        ),
        ("DELETE FROM activity WHERE id > 5", "the last row is 5, but 7 were recorded"),
    ] {
        let app = TestApp::start().await;
        for _ in 0..4 {
            app.post("/v1/promotions", ten_percent()).await.expect(201);
        }
        assert_eq!(verify(app.state.db.read(), STORE).await.unwrap(), [] as [&str; 0]);
        without_triggers(&app).await;
        as_an_intruder(&app, sql).await.unwrap();
        assert_eq!(verify(app.state.db.read(), STORE).await.unwrap(), [found], "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_that_come_at_once_make_one_chain() {
    let app = TestApp::start().await;
    let making = (0..24).map(|number| {
        let card = json!({"amount": format!("{number}.50")});
        let (app, promotion) = (&app, ten_percent());
        async move {
            if number % 2 == 0 {
                app.post("/v1/promotions", promotion).await.expect(201);
            } else {
                app.once("/v1/gift-cards", card).await.expect(201);
            }
        }
    });
    futures_util::future::join_all(making).await;
    assert_eq!(log(&app, "").await.len(), 3 + 24);
    assert_eq!(verify(app.state.db.read(), STORE).await.unwrap(), [] as [&str; 0]);
}

#[tokio::test]
async fn stores_have_logs_of_their_own() {
    let app = TestApp::start().await;
    let made = create_store(&app.state.db, StoreWish::default(), app.clock.now()).await.unwrap();
    let (other, key) = (made.store_id, made.secret);
    app.post("/v1/promotions", ten_percent()).await.expect(201);
    let theirs = app.send(Method::GET, "/v1/activity", Key::Text(key.reveal()), None).await.expect(200);
    let rows = theirs["data"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["id"], &rows[0]["object_kind"]), (3, &json!(3), &json!("api_key")));
    let promotion = app.send(Method::GET, "/v1/promotions/1/activity", Key::Text(key.reveal()), None).await;
    promotion.expect_problem(404, "not_found");
    assert_eq!(verify(app.state.db.read(), other).await.unwrap(), [] as [&str; 0]);
}

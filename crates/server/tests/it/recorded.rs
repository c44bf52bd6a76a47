//! Evaluations that are kept: the same bytes later, by the rules of then.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use axum::body::Body;
use axum::http::{Method, Request};
use engine::cart::Customer;
use serde_json::{Value, json};
use server::access::service::{NewKey, create_key};
use server::access::{Kind, Secret};
use server::app::{self, AppState};
use server::evaluation::rest::{EvaluateRequest, Input, NoCatalog, complete, wire_form};
use server::evaluation::service::{recorded, recorded_in_all_stores};
use server::platform::clock::Clock;
use server::platform::db::{Db, Location};
use server::platform::ids::StoreId;
use server::settings::service::Change;
use server::{ruleset, settings};
use sqlx::{Connection as _, SqliteConnection};
use testkit::scenario::{self, Case};
use tower::ServiceExt as _;

use crate::harness::{Answer, Key, STORE, TestApp, TestDatabase};

/// A coupon promotion, an automatic one with a gift, free shipping, a product, and a customer.
async fn furnish(app: &TestApp) {
    let tenth = json!({"cart_value": {"discount": {"percentage_amount": "10"}}});
    let coupon = json!({"name": "Tenth", "redemption_type": "COUPON", "rules": [{"action": tenth}]});
    app.post("/v1/promotions", coupon).await.expect(201);
    app.post("/v1/promotions/1/codes", json!({"code": "TENTH"})).await.expect(201);
    let gift = json!({"condition": {"cart": {"minimum_spend": "50.00"}},
                      "action": {"gift_item": {"product_id": 7, "quantity": 1}}});
    let gift = json!({"name": "Gift", "redemption_type": "AUTOMATIC", "rules": [gift],
                      "customer": {"group_ids": [3]}});
    app.post("/v1/promotions", gift).await.expect(201);
    let free = json!({"action": {"shipping": {"zone_ids": [2]}}});
    let free = json!({"name": "Free shipping", "redemption_type": "AUTOMATIC", "rules": [free]});
    app.post("/v1/promotions", free).await.expect(201);
    let products = json!({"items": [{"id": 101, "name": "Boot", "price": "60.00", "options": {"Size": "XS"}},
                                    {"id": 7, "name": "Sock", "price": "4.50"}]});
    app.put("/v1/products", products).await.expect(200);
    let customers = json!({"items": [{"id": 7, "group_id": 3, "order_count": 2}]});
    app.put("/v1/customers", customers).await.expect(200);
}

fn request() -> Value {
    json!({
        "cart": {
            "id": "cart-1", "currency": "USD", "codes": ["tenth", "NONE"], "customer": {"id": 7},
            "shipping": {"country": "US", "zone_id": 2, "method": "standard", "cost": "9.95", "tax_rate": "10"},
            "manual_discounts": [{"line_id": "2", "discount": {"fixed_amount": "1.00"}}],
            "lines": [{"id": "1", "product_id": 101, "quantity": 2, "tax_rate": "19"},
                      {"id": "2", "product_id": 102, "quantity": 1, "price": "20.00"}],
        },
        "include": ["nudges", "trace"], "record": true,
    })
}

async fn record(app: &TestApp, body: Value) -> (String, Vec<u8>) {
    let answer = app.post("/v1/evaluate", body).await;
    let bytes = answer.body.clone();
    (answer.expect(200)["evaluation_id"].as_str().unwrap().to_owned(), bytes)
}

/// What the evaluation is when it is made again.
async fn replayed(db: &Db, store: StoreId, id: &str) -> String {
    let recorded = recorded(db.read(), store, id).await.unwrap();
    let rules = ruleset::kept(db.read(), store, &recorded.ruleset).await.unwrap();
    Input::read(&recorded.input).unwrap().replay(rules).unwrap().answer
}

#[tokio::test]
async fn a_recorded_evaluation_is_read_as_it_was_answered() {
    let app = TestApp::start().await;
    furnish(&app).await;
    let (id, bytes) = record(&app, request()).await;
    assert!(id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit()), "{id}");
    let kept = app.get(&format!("/v1/evaluations/{id}")).await;
    assert_eq!((kept.status.as_u16(), kept.header("content-type")), (200, "application/json"));
    assert_eq!(kept.body, bytes);
    assert_eq!(kept.json()["codes"][0]["status"], "applied");
    // The same again is the same evaluation, and no change.
    assert_eq!(record(&app, request()).await, (id, bytes));
}

#[tokio::test]
async fn without_record_nothing_is_written() {
    let app = TestApp::start().await;
    furnish(&app).await;
    let before = app.state.db.statistics();
    let mut unrecorded = request();
    unrecorded["record"] = json!(false);
    let (id, _) = record(&app, unrecorded).await;
    assert_eq!(app.state.db.statistics(), before);
    assert!(recorded_in_all_stores(app.state.db.read(), &id).await.unwrap().is_empty());
    app.get(&format!("/v1/evaluations/{id}")).await.expect_problem(404, "not_found");
    assert_eq!(record(&app, request()).await.0, id, "whether it is recorded is no part of it");
}

#[tokio::test]
async fn an_evaluation_is_named_by_what_it_is_a_function_of() {
    let app = TestApp::start().await;
    furnish(&app).await;
    let names = async |change: &dyn Fn(&mut Value)| {
        let mut body = request();
        change(&mut body);
        let answer = app.post("/v1/evaluate", body).await.expect(200);
        (answer["ruleset"].as_str().unwrap().to_owned(), answer["evaluation_id"].as_str().unwrap().to_owned())
    };
    let (rules, id) = names(&|_| ()).await;
    assert_eq!(rules.len(), 64);
    // What the catalog and the customers say may stand in the cart instead; its name means nothing.
    let inline = |body: &mut Value| {
        body["cart"]["id"] = json!("cart-2");
        let customer = json!({"id": 7, "group_id": 3, "segment_ids": [], "order_count": 2});
        body["cart"]["customer"] = customer;
        body["cart"]["lines"][0]["price"] = json!("60.0");
        body["include"] = json!(["trace", "nudges", "trace"]);
    };
    assert_eq!(names(&inline).await, (rules.clone(), id.clone()));
    let changes: [&dyn Fn(&mut Value); 5] = [
        &|body| body["at"] = json!("2026-03-01T00:00:01Z"),
        &|body| body["include"] = json!(["trace"]),
        &|body| body["cart"]["codes"] = json!(["TENTH", "NONE"]),
        &|body| body["cart"]["lines"][0]["quantity"] = json!(3),
        &|body| body["cart"]["customer"] = json!({"id": 8}),
    ];
    let mut ids = BTreeSet::from([id.clone()]);
    for change in changes {
        let (same, other) = names(change).await;
        assert!(same == rules && ids.insert(other), "{ids:?}");
    }
    app.patch("/v1/promotions/1", json!({"name": "Tithe"})).await.expect(200);
    let (other_rules, other) = names(&|_| ()).await;
    assert!(other_rules != rules && ids.insert(other), "{ids:?}");
    app.patch("/v1/promotions/1", json!({"name": "Tenth"})).await.expect(200);
    assert_eq!(names(&|_| ()).await, (rules.clone(), id));
    app.patch("/v1/settings", json!({"country_code": "US"})).await.expect(200);
    assert_ne!(names(&|_| ()).await.0, rules);
}

#[tokio::test]
async fn a_replay_after_everything_changed_gives_the_same_bytes() {
    let app = TestApp::start().await;
    furnish(&app).await;
    let (id, bytes) = record(&app, request()).await;
    assert_eq!(replayed(&app.state.db, STORE, &id).await.as_bytes(), bytes);
    let rules = json!([{"action": {"cart_value": {"discount": {"percentage_amount": "50"}}}}]);
    app.patch("/v1/promotions/1", json!({"rules": rules, "status": "paused"})).await.expect(200);
    app.patch("/v1/promotions/2", json!({"status": "archived"})).await.expect(200);
    let products = json!({"items": [{"id": 101, "name": "Shoe", "price": "1.00"}]});
    app.put("/v1/products", products).await.expect(200);
    app.put("/v1/customers", json!({"items": [{"id": 7, "group_id": 9}]})).await.expect(200);
    app.patch("/v1/settings", json!({"currency": "EUR", "time_zone": "Europe/Berlin"})).await.expect(200);
    app.clock.set("2031-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(replayed(&app.state.db, STORE, &id).await.as_bytes(), bytes);
    assert_eq!(app.get(&format!("/v1/evaluations/{id}")).await.body, bytes);
}

#[tokio::test]
async fn nudges_are_replayed_with_what_the_catalog_offered_then() {
    let app = TestApp::start().await;
    let products = json!({"items": [
        {"id": 102, "name": "Sock", "price": "6.00", "category_ids": [9],
         "variants": [{"id": 1021, "sku": "SOCK-M", "options": {"Size": "M"}}]},
    ]});
    app.send(Method::PUT, "/v1/products", Key::Secret, Some(products)).await.expect(200);
    let rule = json!({"condition": {"cart": {"items": {"categories": [9]}, "minimum_quantity": 2}},
                      "action": {"cart_value": {"discount": {"fixed_amount": "5.00"}}}});
    let document = json!({"name": "Socks", "redemption_type": "AUTOMATIC", "rules": [rule]});
    app.post("/v1/promotions", document).await.expect(201);
    let line = json!({"id": "1", "product_id": 7, "quantity": 1, "price": "20.00", "category_ids": [9]});
    let body = json!({"cart": {"currency": "USD", "lines": [line]}, "include": ["nudges"], "record": true});
    let (id, answered) = record(&app, body).await;
    let answer: Value = serde_json::from_slice(&answered).unwrap();
    assert_eq!(answer["nudges"][0]["message"], "Add 1 × Sock (SOCK-M) and save 5.00 USD.");
    let dearer = json!({"items": [{"id": 102, "name": "Stocking", "price": "600.00"}]});
    app.send(Method::PUT, "/v1/products", Key::Secret, Some(dearer)).await.expect(200);
    assert_eq!(replayed(&app.state.db, StoreId::FIRST, &id).await.as_bytes(), answered);
}

#[test]
fn a_completed_cart_is_the_same_cart_when_it_is_sent() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let cases = scenario::load(&folder).unwrap();
    assert!(cases.len() > 100, "{}", cases.len());
    for case in cases {
        let request: EvaluateRequest =
            serde_json::from_value(case.evaluate_body(|promotion| promotion, &[])).unwrap();
        let codes = request.cart.codes.clone();
        let cart = complete(request.cart, &NoCatalog, Customer::default()).unwrap();
        let sent = serde_json::to_string(&wire_form(&cart, &codes)).unwrap();
        let again = complete(serde_json::from_str(&sent).unwrap(), &NoCatalog, Customer::default()).unwrap();
        assert_eq!(format!("{cart:?}"), format!("{again:?}"), "{}", case.label());
    }
}

/// The key of another store in the same database.
async fn another_store(app: &TestApp, store: StoreId) -> Secret {
    let (now, hash) = (app.clock.now(), format!("store-{store}"));
    let made = app.state.db.write(move |tx| {
        Box::pin(async move { settings::service::create(tx, (store, &hash), &Change::default(), now).await })
    });
    assert!(made.await.unwrap());
    create_key(&app.state.db, now, store, NewKey::named(Kind::Secret, "Of another store")).await.unwrap()
}

/// Records a scenario in a store of its own and makes its evaluation again.
async fn record_scenario(app: &TestApp, store: StoreId, case: &Case) {
    let key = another_store(app, store).await;
    let send = async |method: Method, path: &str, body: Value| {
        let answer = app.send(method, path, Key::Text(key.reveal()), Some(body)).await;
        assert!(answer.status.is_success(), "{}: {}", case.label(), String::from_utf8_lossy(&answer.body));
        answer
    };
    send(Method::PATCH, "/v1/settings", case.settings_body()).await;
    for (promotion, id) in case.promotions.iter().zip(1..) {
        send(Method::POST, "/v1/promotions", promotion.body()).await;
        for code in promotion.code_bodies() {
            send(Method::POST, &format!("/v1/promotions/{id}/codes"), code).await;
        }
    }
    let mut body = case.evaluate_body(|promotion| promotion, &[]);
    body["record"] = json!(true);
    body["include"] = json!(["trace", "nudges"]);
    let answer = send(Method::POST, "/v1/evaluate", body).await;
    let id = answer.json()["evaluation_id"].as_str().unwrap().to_owned();
    let replayed = replayed(&app.state.db, store, &id).await;
    assert_eq!(replayed, String::from_utf8_lossy(&answer.body), "{}", case.label());
}

#[tokio::test]
async fn every_seventh_scenario_is_replayed_byte_for_byte() {
    let app = TestApp::start().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let cases = scenario::load(&folder).unwrap();
    // All of them take a while, and neighbours are much alike.
    let chosen = cases.iter().filter(|case| !case.needs_uses()).step_by(7);
    for (case, store) in chosen.zip(STORE.0 + 1..) {
        record_scenario(&app, StoreId(store), case).await;
    }
}

#[tokio::test]
async fn only_the_store_itself_keeps_and_sees_its_evaluations() {
    let app = TestApp::start().await;
    furnish(&app).await;
    let plain =
        json!({"currency": "USD", "lines": [{"id": "1", "product_id": 1, "quantity": 1, "price": "1"}]});
    let body = json!({"cart": plain, "record": true});
    let refused = app.send(Method::POST, "/v1/evaluate", Key::Publishable, Some(body.clone())).await;
    let detail = refused.expect_problem(403, "forbidden")["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("`record` needs a secret key"), "{detail}");
    let (id, _) = record(&app, body.clone()).await;
    let path = format!("/v1/evaluations/{id}");
    app.send(Method::GET, &path, Key::Publishable, None).await.expect_problem(403, "forbidden");
    let other = another_store(&app, StoreId(2)).await;
    let theirs = async |method: Method, path: &str, body: Option<Value>| {
        app.send(method, path, Key::Text(other.reveal()), body).await
    };
    theirs(Method::GET, &path, None).await.expect_problem(404, "not_found");
    let quote = format!("{path}/return-quote");
    let asked = Some(json!({"lines": [{"id": "1", "quantity": 1}]}));
    theirs(Method::POST, &quote, asked).await.expect_problem(404, "not_found");
    let same = theirs(Method::POST, "/v1/evaluate", Some(body)).await.expect(200);
    assert_ne!(same["evaluation_id"], json!(id), "it has other rules");
    app.get("/v1/evaluations/0").await.expect_problem(404, "not_found");
}

/// A file with one recorded evaluation, its id and its answer.
async fn recorded_file() -> (TestDatabase, String, Vec<u8>) {
    let (database, clock) = (TestDatabase::file(), Clock::fixed("2026-03-01T00:00:00Z".parse().unwrap()));
    let db = database.open().await;
    let store = server::access::service::create_first_store(&db, clock.now()).await.unwrap().unwrap();
    let router = app::router(AppState::new(db.clone(), clock));
    let half = json!({"cart_value": {"discount": {"percentage_amount": "50"}}});
    let half = json!({"name": "Half", "redemption_type": "AUTOMATIC", "rules": [{"action": half}]});
    let line = json!({"id": "1", "product_id": 1, "quantity": 1, "price": "9.00"});
    let cart = json!({"cart": {"currency": "USD", "lines": [line]}, "record": true});
    let mut answers = Vec::new();
    for (path, body) in [("/v1/promotions", half), ("/v1/evaluate", cart)] {
        let request = Request::post(path).header("content-type", "application/json");
        let request = request.header("authorization", format!("Bearer {}", store.secret.reveal()));
        let request = request.body(Body::from(body.to_string())).unwrap();
        answers.push(Answer::from(router.clone().oneshot(request).await.unwrap()).await);
    }
    db.close().await;
    let answer = answers.pop().unwrap();
    (database, answer.json()["evaluation_id"].as_str().unwrap().to_owned(), answer.body)
}

fn replay(file: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_largesse"));
    command.args(["replay", "--database-url", &format!("sqlite:{}", file.display())]).args(arguments);
    command.env_remove("LARGESSE_DATA_DIR").stdin(Stdio::null()).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_prints_the_bytes_and_tells_what_differs() {
    let (database, id, bytes) = recorded_file().await;
    let Location::Sqlite(file) = &database.options.location else { panic!("a file") };
    let output = replay(file, &["--evaluation", &id]);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(
        (output.status.code(), text(&output.stdout)),
        (Some(0), text(&bytes)),
        "{}",
        text(&output.stderr)
    );

    let elsewhere = replay(file, &["--evaluation", &id, "--store", "other"]);
    assert_eq!(elsewhere.status.code(), Some(1));
    assert!(text(&elsewhere.stderr).contains("in the store `other`"), "{}", text(&elsewhere.stderr));
    assert_eq!(replay(file, &["--evaluation", &id, "folder"]).status.code(), Some(2));
    assert_eq!(replay(file, &[]).status.code(), Some(2));

    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    let change = "UPDATE evaluation SET answer = replace(answer, '\"total\":\"4.50\"', '\"total\":\"4.51\"')";
    sqlx::query(change).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let output = replay(file, &["--evaluation", &id]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), text(&bytes)));
    let told = text(&output.stderr);
    assert!(told.contains("/totals/total: kept \"4.51\", now \"4.50\""), "{told}");
}

/// As an evaluation was kept before rules were named by parts, and when near promotions were told unasked: the same
/// rules and input under the names of then; gives the evaluation's.
async fn keep_as_before(app: &TestApp, id: &str) -> String {
    let kept = recorded(app.state.db.read(), STORE, id).await.unwrap();
    let text = {
        use sea_orm::ConnectionTrait as _;
        let sql = "SELECT rules FROM ruleset_snapshot";
        let statement = sea_orm::Statement::from_string(app.state.db.backend(), sql);
        let row = app.state.db.read().query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index::<String>(0).unwrap()
    };
    let rules_name = ruleset::sha256(text.as_bytes());
    let input = kept.input.replace(&kept.ruleset, &rules_name).replace(",\"unasked\":\"lost\"", "");
    let name = ruleset::sha256(input.as_bytes())[..32].to_owned();
    let (before, now, made) = (name.clone(), app.clock.now(), kept.answer);
    let written = app.state.db.write::<_, server::platform::http::Problem, _>(move |tx| {
        Box::pin(async move {
            use sea_orm::ConnectionTrait as _;
            ruleset::keep(tx, STORE, rules_name.clone(), text, now).await?;
            let sql = "INSERT INTO evaluation (store_id, id, ruleset_hash, input, answer, gift_values, created_at) \
                       VALUES ($1, $2, $3, $4, $5, '{}', 0)";
            let values = [STORE.0.into(), before.into(), rules_name.into(), input.into(), made.into()];
            tx.execute_raw(sea_orm::Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
            Ok(())
        })
    });
    written.await.unwrap();
    name
}

#[tokio::test]
async fn evaluations_of_earlier_versions_are_told_as_they_were() {
    let app = TestApp::start().await;
    furnish(&app).await;
    let line = json!({"id": "1", "product_id": 101, "quantity": 1, "price": "9.00"});
    let cart = json!({"currency": "USD", "lines": [line], "customer": {"id": 7}});
    let (id, bytes) = record(&app, json!({"cart": cart, "record": true})).await;
    let told = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let now = told(&String::from_utf8(bytes).unwrap());
    assert_eq!(now["outcomes"], json!([]));
    let name = keep_as_before(&app, &id).await;
    let then = told(&replayed(&app.state.db, STORE, &name).await);
    assert_eq!(then["evaluation_id"], json!(name));
    assert_ne!(then["ruleset"], now["ruleset"]);
    assert_eq!(
        then["outcomes"][0]["reason"], "minimum_spend",
        "the gift was near, and that was told unasked"
    );
    assert_eq!((&then["totals"], &then["applied"]), (&now["totals"], &now["applied"]));
}

#[tokio::test]
async fn rules_that_changed_under_an_evaluation_are_not_kept_with_it() {
    let app = TestApp::start().await;
    furnish(&app).await;
    let db = &app.state.db;
    let stale = app.state.rulesets.of(db, STORE).await.unwrap();
    app.patch("/v1/promotions/2", json!({"name": "Another gift"})).await.expect(200);
    assert!(matches!(ruleset::text_to_keep(db, STORE, &stale).await.unwrap(), ruleset::Text::Gone));
    let fresh = app.state.rulesets.of(db, STORE).await.unwrap();
    assert!(matches!(ruleset::text_to_keep(db, STORE, &fresh).await.unwrap(), ruleset::Text::New(_)));
    record(&app, request()).await;
    assert!(matches!(ruleset::text_to_keep(db, STORE, &fresh).await.unwrap(), ruleset::Text::Kept));
}

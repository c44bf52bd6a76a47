//! Codes in bulk: made by jobs, written to files and read from them, told from mistyped ones.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request};
use jiff::SignedDuration;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use server::app::job_kinds;
use server::job::jobs::{make_step, work_off};
use server::platform::db::WriteError;

use crate::harness::{Answer, Key, TestApp};

/// A coupon promotion with many codes that takes 10 % off the order.
pub(crate) async fn promotion(app: &TestApp, name: &str) -> String {
    let document = json!({
        "name": name, "redemption_type": "COUPON", "coupon_type": "BULK",
        "rules": [{"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}}],
    });
    let made = app.post("/v1/promotions", document).await.expect(201);
    format!("/v1/promotions/{}", made["id"])
}

/// The address of a job that makes codes.
pub(crate) async fn generate(app: &TestApp, promotion: &str, request: Value) -> String {
    let begun = app.post(&format!("{promotion}/codes/generate"), request).await;
    let location = begun.header("location").to_owned();
    assert_eq!(begun.expect(202)["kind"], "generate_codes");
    location
}

/// The document with the fields of `fields` in it.
fn laid_over(mut document: Value, fields: Value) -> Value {
    document.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    document
}

pub(crate) async fn finish(app: &TestApp, job: &str) -> Value {
    work_off(&app.state, &job_kinds()).await.unwrap();
    let told = app.get(job).await.expect(200);
    assert_eq!(told["state"], "done", "{told}");
    told
}

/// The lines of the file of a promotion's codes.
pub(crate) async fn file(app: &TestApp, promotion: &str) -> Vec<String> {
    let answer = app.get(&format!("{promotion}/codes.csv")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/csv; charset=utf-8"));
    String::from_utf8(answer.body).unwrap().lines().map(str::to_owned).collect()
}

/// The codes of a promotion, from its file.
async fn codes(app: &TestApp, promotion: &str) -> Vec<String> {
    let lines = file(app, promotion).await;
    lines.iter().skip(1).map(|line| line.split(',').nth(1).unwrap().to_owned()).collect()
}

pub(crate) async fn import(app: &TestApp, promotion: &str, query: &str, file: &str) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{promotion}/codes/import{query}"))
        .header(AUTHORIZATION, format!("Bearer {}", app.secret))
        .header(CONTENT_TYPE, "text/csv; charset=utf-8")
        .body(Body::from(file.to_owned()));
    app.call(request.unwrap()).await
}

pub(crate) async fn outcome(app: &TestApp, code: &str) -> Value {
    let lines = json!([{"id": "1", "product_id": 1, "quantity": 1, "price": "100.00"}]);
    let body = json!({"cart": {"currency": "USD", "codes": [code], "lines": lines}});
    app.post("/v1/evaluate", body).await.expect(200)["codes"][0].clone()
}

#[tokio::test]
async fn four_jobs_with_one_prefix_make_exactly_their_codes_and_none_twice() {
    const EACH: u64 = 25_000;
    let app = TestApp::start().await;
    let (one, other) = (promotion(&app, "One").await, promotion(&app, "Other").await);
    let mut jobs = Vec::new();
    for promotion in [&one, &other, &one, &other] {
        jobs.push(
            generate(&app, promotion, json!({"count": EACH, "prefix": "BF26", "delimiter": "-"})).await,
        );
    }
    let kinds = job_kinds();
    let node = async |name: &str| {
        while make_step(&app.state, &kinds, name).await.unwrap() {}
    };
    tokio::join!(node("one node"), node("another node"));
    let mut all = BTreeSet::new();
    for job in &jobs {
        let told = app.get(job).await.expect(200);
        assert_eq!((&told["state"], &told["done"]), (&json!("done"), &json!(EACH)), "{told}");
        assert_eq!((&told["result"]["generated"], &told["result"]["skipped"]), (&json!(EACH), &json!(0)));
    }
    for promotion in [&one, &other] {
        let made = codes(&app, promotion).await;
        assert_eq!(made.len() as u64, 2 * EACH);
        all.extend(made);
    }
    assert_eq!(all.len() as u64, 4 * EACH);
    let is_right = |code: &String| {
        let generated = code.strip_prefix("BF26-").unwrap_or_default();
        generated.len() == 12 && !generated.contains(['0', 'O', '1', 'I', 'L'])
    };
    assert!(all.iter().all(is_right), "{:?}", all.first());
    assert_eq!(outcome(&app, all.first().unwrap()).await["status"], "applied");
}

#[tokio::test]
async fn a_generation_tells_how_hard_its_codes_are_to_guess_and_refuses_easy_ones() {
    let app = TestApp::start().await;
    let path = promotion(&app, "One").await;
    let job = generate(&app, &path, json!({"count": 1000})).await;
    // 31 to the power of 11 random characters, of 12 with the one that checks them.
    assert_eq!(app.get(&job).await.expect(200)["result"]["guess_odds"], "1 in 25408476896404");
    let short = json!({"count": 1000, "length": 8});
    let generate_path = format!("{path}/codes/generate");
    let message = app.post(&generate_path, short).await.expect_invalid("/length", "guessable");
    assert!(message.contains("one of 27512614 tries") && message.contains("accept_guessable"), "{message}");
    let accepted = json!({"count": 1000, "length": 8, "accept_guessable": true});
    generate(&app, &path, accepted).await;
    let crowded = json!({"count": 1_000_000, "length": 6, "accept_guessable": true});
    app.post(&generate_path, crowded).await.expect_invalid("/length", "out_of_range");
}

#[tokio::test]
async fn codes_have_the_pattern_and_characters_that_were_asked_for() {
    let app = TestApp::start().await;
    let path = promotion(&app, "One").await;
    let request = json!({"count": 50, "pattern": "vip-####-####-####", "excluded": "0O1ILAEU", "max_uses": 5,
                         "check_characters": 2, "max_uses_per_customer": 1, "accept_guessable": true});
    let job = generate(&app, &path, request).await;
    finish(&app, &job).await;
    for line in file(&app, &path).await.iter().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let parts: Vec<&str> = cells[1].split('-').collect();
        assert_eq!((parts[0], parts.len()), ("VIP", 4), "{line}");
        assert!(parts[1..].iter().all(|part| part.len() == 4 && !part.contains(['A', 'E', 'U', '0'])));
        assert_eq!((cells[2], cells[3], cells[4]), ("5", "1", "0"));
    }
    for (change, pointer, code) in [
        (json!({"count": 0}), "/count", "out_of_range"),
        (json!({"count": 10_000_001}), "/count", "out_of_range"),
        (json!({"length": 12, "pattern": "########"}), "/pattern", "conflict"),
        (json!({"pattern": "BF ####"}), "/pattern", "out_of_range"),
        (json!({"pattern": "BF-#"}), "/pattern", "out_of_range"),
        (json!({"prefix": "ä"}), "/prefix", "out_of_range"),
        (json!({"check_characters": 3}), "/check_characters", "out_of_range"),
        (json!({"excluded": "23456789ABCDEFGHJKMNPQRSTUVWXYZ01I"}), "/excluded", "out_of_range"),
        (json!({"length": 32, "prefix": "A2345678901234567890"}), "/length", "out_of_range"),
        (json!({"max_uses": 1_000_000_001}), "/max_uses", "out_of_range"),
    ] {
        let request = laid_over(json!({"count": 1}), change);
        app.post(&format!("{path}/codes/generate"), request).await.expect_invalid(pointer, code);
    }
    let single = json!({"name": "S", "redemption_type": "COUPON", "coupon_type": "SINGLE",
        "rules": [{"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}}]});
    let made = app.post("/v1/promotions", single).await.expect(201);
    let path = format!("/v1/promotions/{}/codes/generate", made["id"]);
    app.post(&path, json!({"count": 1})).await.expect_problem(409, "not_bulk");
}

#[tokio::test]
async fn a_code_that_exists_already_is_made_up_for() {
    let app = TestApp::start().await;
    let (one, other) = (promotion(&app, "One").await, promotion(&app, "Other").await);
    let request = json!({"count": 30, "pattern": "X-####", "check_characters": 0, "accept_guessable": true});
    let job = generate(&app, &one, request.clone()).await;
    finish(&app, &job).await;
    // As if they had been imported: the space begins anew and draws the same codes again.
    let begin_anew = "UPDATE code_space SET next_place = 0";
    app.state
        .db
        .write::<_, WriteError, _>(move |tx| {
            Box::pin(async move { Ok(tx.execute_unprepared(begin_anew).await.map(|_| ())?) })
        })
        .await
        .unwrap();
    let job = generate(&app, &other, laid_over(request, json!({"count": 50}))).await;
    let told = finish(&app, &job).await;
    assert_eq!((&told["done"], &told["total"]), (&json!(50), &json!(50)));
    assert_eq!((&told["result"]["generated"], &told["result"]["skipped"]), (&json!(50), &json!(30)));
    let all: BTreeSet<String> =
        codes(&app, &one).await.into_iter().chain(codes(&app, &other).await).collect();
    assert_eq!(all.len(), 80);
}

#[tokio::test]
async fn a_generation_goes_on_after_a_pause_where_it_was() {
    let app = TestApp::start().await;
    let path = promotion(&app, "One").await;
    let job = generate(&app, &path, json!({"count": 50_000})).await;
    for _ in 0..2 {
        make_step(&app.state, &job_kinds(), "here").await.unwrap();
    }
    let paused = app.post(&format!("{job}/pause"), json!({})).await.expect(200);
    assert_eq!(paused["done"], 15_000);
    assert!(!make_step(&app.state, &job_kinds(), "here").await.unwrap());
    assert_eq!(codes(&app, &path).await.len(), 15_000);
    app.post(&format!("{job}/resume"), json!({})).await.expect(200);
    finish(&app, &job).await;
    let made: BTreeSet<String> = codes(&app, &path).await.into_iter().collect();
    assert_eq!(made.len(), 50_000);

    let job = generate(&app, &path, json!({"count": 50_000})).await;
    for _ in 0..2 {
        make_step(&app.state, &job_kinds(), "here").await.unwrap();
    }
    app.post(&format!("{job}/cancel"), json!({})).await.expect(200);
    work_off(&app.state, &job_kinds()).await.unwrap();
    assert_eq!(codes(&app, &path).await.len(), 65_000, "what was made stays");
}

#[tokio::test]
async fn mistyped_codes_are_told_without_a_query() {
    let app = TestApp::start().await;
    let path = promotion(&app, "One").await;
    let job = generate(&app, &path, json!({"count": 10, "prefix": "BF26", "delimiter": "-"})).await;
    finish(&app, &job).await;
    let code = codes(&app, &path).await.remove(0);
    let last = code.chars().last().unwrap();
    let wrong = format!("{}{}", &code[..code.len() - 1], if last == 'X' { 'Y' } else { 'X' });
    assert_eq!(outcome(&app, &code.replace('-', "")).await["status"], "applied", "a dash that is left out");
    assert_eq!(outcome(&app, &wrong).await["reason"], "unknown_code");

    // The database is gone; only what needs no query can still be answered.
    server::coupon::service::find(&app.state, crate::harness::STORE, &code).await.unwrap();
    app.state.db.close().await;
    let find = async |text: &str| {
        let found = server::coupon::service::find(&app.state, crate::harness::STORE, text).await;
        found.map(|found| found.is_some())
    };
    assert!(!find(&wrong).await.unwrap());
    assert!(!find(&wrong.to_lowercase().replace('-', " ")).await.unwrap());
    assert!(find(&code).await.is_err());
    assert!(find("OTHER").await.is_err());
}

#[tokio::test]
async fn a_code_that_would_be_taken_for_a_mistyped_one_is_refused() {
    let app = TestApp::start().await;
    let path = promotion(&app, "One").await;
    let job = generate(&app, &path, json!({"count": 10, "prefix": "BF26", "delimiter": "-"})).await;
    finish(&app, &job).await;
    let code = codes(&app, &path).await.remove(0);
    let last = code.chars().last().unwrap();
    let wrong = format!("{}{}", &code[..code.len() - 1], if last == 'X' { 'Y' } else { 'X' });
    let message = app
        .post(&format!("{path}/codes"), json!({"code": wrong}))
        .await
        .expect_invalid("/code", "check_character");
    assert!(message.contains("choose another"), "{message}");
    let report = import(&app, &path, "?dry_run=true", &format!("code\n{wrong}\n")).await.expect(200);
    assert_eq!(report["errors"][0]["code"], "check_character");
    // Codes of the same look without check characters would be taken for mistyped ones too.
    let request = json!({"count": 10, "prefix": "BF26", "delimiter": "-", "check_characters": 0});
    let refused = app.post(&format!("{path}/codes/generate"), request).await;
    refused.expect_invalid("/length", "check_character");
    // Those that are made at once are thrown until they are not.
    let made = app.post(&format!("{path}/codes"), json!({"count": 100, "prefix": "BF26-"})).await.expect(201);
    for code in made["data"].as_array().unwrap() {
        let code = code["code"].as_str().unwrap();
        assert_eq!(outcome(&app, code).await["status"], "applied", "{code}");
    }
}

#[tokio::test]
async fn codes_that_were_there_before_are_found_in_spite_of_check_characters() {
    let app = TestApp::start().await;
    let path = promotion(&app, "One").await;
    app.post(&format!("{path}/codes"), json!({"code": "bf-2345-6789"})).await.expect(201);
    app.post(&format!("{path}/codes"), json!({"code": "BF2345678A"})).await.expect(201);
    let request = json!({"count": 10, "pattern": "BF-####-####", "accept_guessable": true});
    let job = generate(&app, &path, request).await;
    finish(&app, &job).await;
    for code in ["BF-2345-6789", "BF23456789", "BF2345678A"] {
        assert_eq!(outcome(&app, code).await["status"], "applied", "{code}");
    }
}

#[tokio::test]
async fn a_code_is_unique_over_all_promotions_and_the_answer_says_where_it_is() {
    let app = TestApp::start().await;
    let (boots, other) = (promotion(&app, "Boots week").await, promotion(&app, "Other").await);
    app.post(&format!("{boots}/codes"), json!({"code": "SAVE10"})).await.expect(201);
    app.patch(&boots, json!({"status": "paused"})).await.expect(200);
    let refused = app.post(&format!("{other}/codes"), json!({"code": "save10"})).await;
    let refused = refused.expect_problem(409, "code_exists");
    let told = "the code `save10` exists already, in the promotion 1 \"Boots week\", which is paused";
    assert_eq!(refused["detail"], told);
}

#[tokio::test]
async fn a_loose_spelling_means_a_code_only_when_it_can_mean_no_other() {
    let app = TestApp::start().await;
    let (one, other) = (promotion(&app, "One").await, promotion(&app, "Other").await);
    app.post(&format!("{one}/codes"), json!({"code": "SAVE-10"})).await.expect(201);
    assert_eq!(outcome(&app, "save1o").await["promotion_id"], 1);
    app.post(&format!("{other}/codes"), json!({"code": "SAVEIO"})).await.expect(201);
    assert_eq!(outcome(&app, "save-10").await["promotion_id"], 1, "exactly this");
    assert_eq!(outcome(&app, "saveio").await["promotion_id"], 2, "exactly that");
    assert_eq!(outcome(&app, "save_10").await["reason"], "unknown_code", "either could be meant");
    // The same on every way to a code.
    let hash = &app.store_hash;
    let find = async |code: &str| {
        let path = format!("/stores/{hash}/v3/promotions/codes?code={code}");
        let request = Request::builder().uri(path).header("x-auth-token", &app.secret).body(Body::empty());
        let found = app.call(request.unwrap()).await.expect(200);
        found["data"].as_array().unwrap().len()
    };
    assert_eq!((find("save_10").await, find("save%2010").await, find("save-10").await), (0, 0, 1));
    let request = Request::builder()
        .method(Method::DELETE)
        .uri(format!("/stores/{hash}/v3/promotions/codes?code=saveio"))
        .header("x-auth-token", &app.secret);
    assert_eq!(app.call(request.body(Body::empty()).unwrap()).await.status, 204);
    assert_eq!((find("save_10").await, find("SAVEIO").await), (1, 1));
}

#[tokio::test]
async fn limits_of_a_code_change_and_a_deleted_code_is_not_known() {
    let app = TestApp::start().await;
    let (path, other) = (promotion(&app, "One").await, promotion(&app, "Other").await);
    let added = app.post(&format!("{path}/codes"), json!({"code": "SAVE10"})).await.expect(201);
    let id = &added["data"][0]["id"];
    let changed = app.patch(&format!("{path}/codes/{id}"), json!({"max_uses": 7})).await.expect(200);
    assert_eq!((&changed["max_uses"], &changed["max_uses_per_customer"]), (&json!(7), &json!(0)));
    let change = json!({"max_uses": 0, "max_uses_per_customer": 2});
    let changed = app.patch(&format!("{path}/codes/{id}"), change).await.expect(200);
    assert_eq!((&changed["max_uses"], &changed["max_uses_per_customer"]), (&json!(0), &json!(2)));
    app.patch(&format!("{other}/codes/{id}"), json!({"max_uses": 7})).await.expect_problem(404, "not_found");
    app.delete(&format!("{other}/codes/{id}")).await.expect(204);
    assert_eq!(outcome(&app, "SAVE10").await["status"], "applied", "it is a code of another promotion");
    app.delete(&format!("{path}/codes/{id}")).await.expect(204);
    assert_eq!(outcome(&app, "SAVE10").await["reason"], "unknown_code");
}

#[tokio::test]
async fn no_cell_of_the_file_can_become_a_formula_and_it_is_read_back_as_it_was() {
    let app = TestApp::start().await;
    let (path, other) = (promotion(&app, "One").await, promotion(&app, "Other").await);
    app.post(&format!("{path}/codes"), json!({"code": "-10 Off", "max_uses": 5})).await.expect(201);
    app.post(&format!("{path}/codes"), json!({"code": "SAVE-10", "max_uses_per_customer": 1}))
        .await
        .expect(201);
    let lines = file(&app, &path).await;
    assert_eq!(
        lines,
        [
            "id,code,max_uses,max_uses_per_customer,current_uses,created_at,starts_at,ends_at",
            "1,'-10 Off,5,0,0,2026-03-01T00:00:00Z,,",
            "2,SAVE-10,0,1,0,2026-03-01T00:00:00Z,,",
        ]
    );
    let report = import(&app, &other, "?dry_run=true", &lines.join("\r\n")).await.expect(200);
    let message = "the code `-10 Off` exists already, in the promotion 1";
    assert_eq!((&report["invalid"], &report["errors"][0]["message"]), (&json!(2), &json!(message)));
    for id in [1, 2] {
        app.delete(&format!("{path}/codes/{id}")).await.expect(204);
    }
    let begun = import(&app, &other, "", &lines.join("\r\n")).await;
    let job = begun.header("location").to_owned();
    begun.expect(202);
    let told = finish(&app, &job).await;
    assert_eq!(told["result"], json!({"rows": 2, "added": 2, "invalid": 0, "errors": []}));
    let cells = |line: &String| line.split(',').skip(1).take(3).map(str::to_owned).collect::<Vec<_>>();
    let again = file(&app, &other).await;
    assert_eq!(again.iter().map(cells).collect::<Vec<_>>(), lines.iter().map(cells).collect::<Vec<_>>());
}

/// Good and bad rows: two are good.
const MIXED: &str =
    "Code;Max_uses\r\nGOOD1;5\r\n10%;1\r\nTAKEN;1\r\ngood1;\r\nGOOD2;\r\nMORE;many\r\nA;1;2\r\n";

#[tokio::test]
async fn a_dry_run_tells_every_bad_row_and_keeps_nothing() {
    let app = TestApp::start().await;
    let (path, other) = (promotion(&app, "One").await, promotion(&app, "Other").await);
    app.post(&format!("{other}/codes"), json!({"code": "taken"})).await.expect(201);
    let report = import(&app, &path, "?dry_run=true", MIXED).await.expect(200);
    assert_eq!((&report["rows"], &report["valid"], &report["invalid"]), (&json!(7), &json!(2), &json!(5)));
    let errors: BTreeSet<(u64, &str, &str)> = report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["row"].as_u64().unwrap(), it["column"].as_str().unwrap(), it["code"].as_str().unwrap()))
        .collect();
    let expected = [
        (3, "code", "out_of_range"),
        (4, "code", "code_exists"),
        (5, "code", "duplicate"),
        (7, "max_uses", "out_of_range"),
        (8, "", "type"),
    ];
    assert_eq!(errors, BTreeSet::from(expected));
    assert_eq!(codes(&app, &path).await.len(), 0);
    assert_eq!(app.get("/v1/jobs").await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn bad_rows_are_passed_over_or_keep_all_out_as_asked() {
    let app = TestApp::start().await;
    let (path, other) = (promotion(&app, "One").await, promotion(&app, "Other").await);
    app.post(&format!("{other}/codes"), json!({"code": "taken"})).await.expect(201);
    let refused = import(&app, &path, "?on_error=refuse", MIXED).await.expect_problem(422, "invalid");
    assert_eq!(refused["errors"].as_array().unwrap().len(), 5);
    assert_eq!(refused["errors"][0]["pointer"], "/rows/3/code");
    work_off(&app.state, &job_kinds()).await.unwrap();
    assert_eq!(codes(&app, &path).await.len(), 0);

    let begun = import(&app, &path, "?on_error=skip", MIXED).await;
    let job = begun.header("location").to_owned();
    assert_eq!(begun.expect(202)["total"], 2);
    let told = finish(&app, &job).await;
    assert_eq!((&told["result"]["added"], &told["result"]["invalid"]), (&json!(2), &json!(5)));
    assert_eq!(codes(&app, &path).await, ["GOOD1", "GOOD2"]);
    assert_eq!(outcome(&app, "good2").await["status"], "applied");
}

#[tokio::test]
async fn what_is_taken_while_a_file_waits_is_told_or_takes_all_of_it_back() {
    let app = TestApp::start().await;
    let (path, other) = (promotion(&app, "One").await, promotion(&app, "Other").await);
    let rows: String = (0..25_000).map(|number| format!("C{number}\n")).collect();
    let file = format!("code\n{rows}");
    let begun = import(&app, &path, "?on_error=refuse", &file).await;
    let strict = begun.header("location").to_owned();
    begun.expect(202);
    app.post(&format!("{other}/codes"), json!({"code": "C24999"})).await.expect(201);
    make_step(&app.state, &job_kinds(), "here").await.unwrap();
    assert_eq!(outcome(&app, "C7").await["status"], "applied", "it was kept for a while");
    app.clock.set(app.clock.now() + SignedDuration::from_secs(20));
    work_off(&app.state, &job_kinds()).await.unwrap();
    let told = app.get(&strict).await.expect(200);
    assert_eq!((&told["state"], &told["result"]["added"]), (&json!("failed"), &json!(0)), "{told}");
    let why = "row 25001: the code `C24999` exists already, in the promotion 2; nothing of the file was kept";
    assert_eq!(told["error"], why);
    assert_eq!((codes(&app, &path).await.len(), codes(&app, &other).await.len()), (0, 1));
    assert_eq!(outcome(&app, "C7").await["reason"], "unknown_code", "it was taken back");
    app.post(&format!("{strict}/resume"), json!({})).await.expect_problem(409, "job_ended");

    let begun = import(&app, &path, "", &file.replace("C24999\n", "D1\n")).await;
    let lenient = begun.header("location").to_owned();
    begun.expect(202);
    app.post(&format!("{other}/codes"), json!({"code": "D1"})).await.expect(201);
    let told = finish(&app, &lenient).await;
    assert_eq!((&told["result"]["added"], &told["result"]["invalid"]), (&json!(24_999), &json!(1)));
    assert_eq!(told["result"]["errors"][0]["row"], 25_001);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_refused_with_the_remedy() {
    let app = TestApp::start().await;
    let path = promotion(&app, "One").await;
    import(&app, &path, "", "SAVE10\n").await.expect_invalid("/rows/1", "required");
    import(&app, &path, "", "").await.expect_invalid("/rows/1", "required");
    import(&app, &path, "", "code,color\nA,red\n").await.expect_invalid("/rows/1", "unknown_field");
    import(&app, &path, "?dry=1", "code\n").await.expect_invalid("?dry", "unknown_field");
    import(&app, "/v1/promotions/99", "", "code\nA\n").await.expect_problem(404, "not_found");
    let json = app.post(&format!("{path}/codes/import"), json!({})).await;
    json.expect_problem(415, "unsupported_media_type");
    for (query, file, row) in [
        ("", "code,max_uses\nA,1\n\"B,2\nC,3\nD,4\n", "/rows/3"),
        ("?dry_run=true", "code\nA\n\"B\nC\nD\n\"E\n", "/rows/3"),
        ("?on_error=refuse", "\"code\nA\nB\n", "/rows/1"),
        (
            "",
            &format!("code\n{}\"C\nD\n", (0..12_000).map(|n| format!("N{n}\n")).collect::<String>()),
            "/rows/12002",
        ),
    ] {
        let message = import(&app, &path, query, file).await.expect_invalid(row, "unclosed_quote");
        assert!(message.contains("close it"), "{message}");
        work_off(&app.state, &job_kinds()).await.unwrap();
        assert_eq!(codes(&app, &path).await.len(), 0, "{row}");
    }
    let large = format!("code\n{}", "X".repeat(51 * 1024 * 1024));
    import(&app, &path, "", &large).await.expect_problem(413, "body_too_large");
    let empty = import(&app, &path, "", "code\n").await;
    let job = empty.header("location").to_owned();
    empty.expect(202);
    assert_eq!(finish(&app, &job).await["total"], 0);
    let key = Key::Publishable;
    app.send(Method::GET, &format!("{path}/codes.csv"), key, None).await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn codes_from_before_loose_forms_get_the_same_that_new_ones_have() {
    let app = TestApp::start().await;
    let path = promotion(&app, "One").await;
    for code in ["Save-10 Lo_I", "PLAIN2", "- _", "OIL", "A B", "X__Y"] {
        app.post(&format!("{path}/codes"), json!({"code": code})).await.expect(201);
    }
    let loose = async || {
        let sql = "SELECT loose_code FROM coupon_code ORDER BY id";
        let statement = sea_orm::Statement::from_string(app.state.db.backend(), sql);
        let rows = app.state.db.read().query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect::<Vec<Option<String>>>()
    };
    let as_new = loose().await;
    assert_eq!(as_new[..3], [Some("SAVE10101".to_owned()), Some("P1A1N2".to_owned()), Some(String::new())]);
    let fill = migration("_codes_in_bulk.sql");
    let fill =
        fill.split(';').find(|statement| statement.trim_start().starts_with("UPDATE")).unwrap().to_owned();
    app.state
        .db
        .write::<_, WriteError, _>(move |tx| {
            Box::pin(async move {
                tx.execute_unprepared("UPDATE coupon_code SET loose_code = NULL").await?;
                Ok(tx.execute_unprepared(&fill).await.map(|_| ())?)
            })
        })
        .await
        .unwrap();
    assert_eq!(loose().await, as_new);
}

/// The text of the migration whose name ends like this.
fn migration(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let file = files.into_iter().find(|file| file.to_string_lossy().ends_with(name)).unwrap();
    std::fs::read_to_string(file).unwrap()
}

//! Promotions and their codes in the graph.

use serde_json::{Value, json};
use server::platform::ids::StoreId;

use super::{ask, by_code, fail, global, send, ten_percent};
use crate::harness::{Key, TestApp};
use crate::scenarios::store;

#[tokio::test]
async fn a_promotion_is_made_changed_and_looked_at() {
    let app = TestApp::start().await;
    let make = "mutation($definition: JSON!) { promotionCreate(definition: $definition) {
        promotion { id name status summary revision definition } userErrors { code } } }";
    let made = ask(&app, make, json!({ "definition": ten_percent("Ten") })).await;
    let made = &made["promotionCreate"];
    assert_eq!(made["userErrors"], json!([]));
    assert_eq!(made["promotion"]["id"], global("Promotion", 1));
    assert_eq!(made["promotion"]["status"], "active");
    let rest = app.get("/v1/promotions/1").await.expect(200);
    assert_eq!(made["promotion"]["summary"], rest["summary"]);
    assert_eq!(made["promotion"]["definition"]["rules"], rest["rules"]);
    assert_eq!(made["promotion"]["definition"].get("revision"), None);

    let change = "mutation($id: ID!, $revision: Int, $definition: JSON!) {
        promotionUpdate(id: $id, revision: $revision, definition: $definition) {
            promotion { status definition } userErrors { code message field } } }";
    let id = made["promotion"]["id"].clone();
    let later = json!({ "start_date": "2027-01-01T00:00:00Z" });
    let changed = ask(&app, change, json!({ "id": id, "revision": 1, "definition": later })).await;
    assert_eq!(changed["promotionUpdate"]["promotion"]["status"], "scheduled");
    let stale =
        ask(&app, change, json!({ "id": id, "revision": 1, "definition": { "name": "Other" } })).await;
    assert_eq!(stale["promotionUpdate"]["promotion"], Value::Null);
    assert_eq!(stale["promotionUpdate"]["userErrors"][0]["code"], "stale");
    // What it is made of is what it can be made of again.
    let again = changed["promotionUpdate"]["promotion"]["definition"].clone();
    let again = ask(&app, make, json!({ "definition": again })).await;
    assert_eq!(again["promotionCreate"]["userErrors"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_with_a_document_is_told_with_its_place() {
    let app = TestApp::start().await;
    let query = "mutation($definition: JSON!) { promotionCreate(definition: $definition) {
        promotion { id } userErrors { code rule message field } } }";
    let mut document = ten_percent("Ten");
    document["rules"][0]["action"]["cart_value"]["discount"]["percentage_amount"] = "110".into();
    document["nmae"] = "x".into();
    let rest = app.post("/v1/promotions", document.clone()).await.expect_problem(422, "invalid");
    let made = ask(&app, query, json!({ "definition": document })).await;
    let errors = made["promotionCreate"]["userErrors"].as_array().unwrap();
    assert_eq!(errors.len(), rest["errors"].as_array().unwrap().len());
    for (error, rest) in errors.iter().zip(rest["errors"].as_array().unwrap()) {
        let field: Vec<&str> =
            error["field"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        assert_eq!(format!("/{}", field[1..].join("/")), rest["pointer"], "{error}");
        assert_eq!((&error["code"], &error["rule"]), (&json!("invalid"), &rest["code"]));
        assert_eq!(error["message"], rest["message"]);
    }
}

#[tokio::test]
async fn lists_come_in_pages_whose_cursors_are_those_of_rest() {
    let app = TestApp::start().await;
    for name in ["C", "A", "D", "B"] {
        app.post("/v1/promotions", ten_percent(name)).await.expect(201);
    }
    let query = "query($first: Int, $after: String) { promotions(first: $first, after: $after, sort: NAME) {
        edges { cursor node { name } } nodes { name }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
    let first = ask(&app, query, json!({ "first": 2 })).await;
    let page = &first["promotions"];
    assert_eq!(page["nodes"], json!([{ "name": "A" }, { "name": "B" }]));
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    assert_eq!(page["pageInfo"]["hasPreviousPage"], false);
    let rest = app.get("/v1/promotions?limit=2&sort=name").await.expect(200);
    assert_eq!(page["pageInfo"]["endCursor"], rest["next_cursor"]);
    assert_eq!(page["edges"][1]["cursor"], rest["next_cursor"]);
    // Any edge is a place to go on from.
    let after = page["edges"][0]["cursor"].clone();
    let second = ask(&app, query, json!({ "first": 9, "after": after })).await;
    let names = json!([{ "name": "B" }, { "name": "C" }, { "name": "D" }]);
    assert_eq!(second["promotions"]["nodes"], names);
    assert_eq!(second["promotions"]["pageInfo"]["hasNextPage"], false);
    assert_eq!(second["promotions"]["pageInfo"]["hasPreviousPage"], true);
    let (status, code, body) = fail(&app, query, json!({ "after": "nonsense" })).await;
    assert_eq!((status, code.as_str()), (200, "invalid"), "{body}");
    assert_eq!(body["errors"][0]["extensions"]["errors"][0]["field"], json!(["after"]));
}

#[tokio::test]
async fn codes_are_added_made_changed_deleted_and_asked_about() {
    let app = TestApp::start().await;
    app.post("/v1/promotions", by_code("Coded")).await.expect(201);
    let promotion = global("Promotion", 1);
    let add = "mutation($id: ID!, $input: NewCodesInput!) { couponCodesAdd(promotionId: $id, input: $input) {
        codes { id code maxUses } userErrors { code rule field } } }";
    let added = ask(&app, add, json!({ "id": promotion, "input": { "code": "SAVE10", "maxUses": 3 } })).await;
    assert_eq!(added["couponCodesAdd"]["codes"][0]["maxUses"], 3);
    let code = added["couponCodesAdd"]["codes"][0]["id"].clone();
    assert_eq!(code, global("CouponCode", 1));
    let again = ask(&app, add, json!({ "id": promotion, "input": { "code": "save10" } })).await;
    assert_eq!(again["couponCodesAdd"]["codes"], Value::Null);
    assert_eq!(again["couponCodesAdd"]["userErrors"][0]["code"], "code_exists");
    let wrong = ask(&app, add, json!({ "id": promotion, "input": { "count": 0, "length": 5 } })).await;
    let fields: Vec<&Value> =
        wrong["couponCodesAdd"]["userErrors"].as_array().unwrap().iter().map(|it| &it["field"]).collect();
    assert_eq!(fields, [&json!(["input", "count"]), &json!(["input", "length"])]);

    let change = "mutation($id: ID!, $code: ID!, $input: CodeChangeInput!) {
        couponCodeUpdate(promotionId: $id, codeId: $code, input: $input) { couponCode { maxUses } userErrors { code } } }";
    let input = json!({ "maxUses": 9 });
    let changed = ask(&app, change, json!({ "id": promotion, "code": code, "input": input })).await;
    assert_eq!(changed["couponCodeUpdate"]["couponCode"]["maxUses"], 9);

    let validate = "query($input: ValidateInput!) { couponValidate(input: $input) { valid reason promotion { id name } } }";
    let valid = ask(&app, validate, json!({ "input": { "code": "Save10" } })).await;
    assert_eq!(valid["couponValidate"]["valid"], true);
    assert_eq!(valid["couponValidate"]["reason"], Value::Null);

    let delete = "mutation($id: ID!, $code: ID!) { couponCodeDelete(promotionId: $id, codeId: $code) {
        userErrors { code } } }";
    let deleted = ask(&app, delete, json!({ "id": promotion, "code": code })).await;
    assert_eq!(deleted["couponCodeDelete"]["userErrors"], json!([]));
    let left = ask(&app, "{ promotion(id: 1) { codes { nodes { code } } } }", json!({})).await;
    assert_eq!(left["promotion"]["codes"]["nodes"], json!([]));
}

#[tokio::test]
async fn what_is_not_there_is_null_or_not_found() {
    let app = TestApp::start().await;
    app.post("/v1/promotions", ten_percent("Ten")).await.expect(201);
    let node =
        "query($id: ID!) { node(id: $id) { id ... on Promotion { name } } promotion(id: $id) { name } }";
    let found = ask(&app, node, json!({ "id": global("Promotion", 1) })).await;
    assert_eq!(found["node"], json!({ "id": global("Promotion", 1), "name": "Ten" }));
    assert_eq!(found["promotion"]["name"], "Ten");
    for id in [global("Promotion", 2), global("CouponCode", 1), global("State", 13), "nonsense".to_owned()] {
        let found = ask(&app, node, json!({ "id": id })).await;
        assert_eq!(found, json!({ "node": null, "promotion": null }), "{id}");
    }
    let change = "mutation($id: ID!) { promotionUpdate(id: $id, definition: {}) { userErrors { code } } }";
    for id in [global("Promotion", 2), global("CouponCode", 1), "nonsense".to_owned()] {
        let changed = ask(&app, change, json!({ "id": id })).await;
        assert_eq!(changed["promotionUpdate"]["userErrors"][0]["code"], "not_found", "{id}");
    }
}

#[tokio::test]
async fn another_stores_promotions_are_not_there() {
    let app = TestApp::start().await;
    app.post("/v1/promotions", by_code("Mine")).await.expect(201);
    app.post("/v1/promotions/1/codes", json!({ "code": "MINE" })).await.expect(201);
    let key = store(&app, StoreId(2)).await;
    let query = "query($id: ID!) { node(id: $id) { id } promotion(id: $id) { id } couponCodes(promotionId: $id) { nodes { id } } }";
    let body = json!({ "query": query, "variables": { "id": global("Promotion", 1) } });
    let answer = app.send(axum::http::Method::POST, "/graphql", Key::Text(&key), Some(body)).await;
    let answer = answer.expect(200);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "not_found", "{answer}");
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer}");
    // A cursor of one store is only a place in the list of another.
    let query = "{ promotions(after: \"MQ\") { nodes { id } } }";
    let answer =
        app.send(axum::http::Method::POST, "/graphql", Key::Text(&key), Some(json!({ "query": query })));
    assert!(!answer.await.expect(200).to_string().contains("UHJvbW90aW9uLTE="));
}

#[tokio::test]
async fn the_status_is_a_word_of_any_letter_case() {
    let app = TestApp::start().await;
    let mut later = ten_percent("Later");
    later["start_date"] = "2027-01-01T00:00:00Z".into();
    app.post("/v1/promotions", later).await.expect(201);
    let query = "query($status: String) { promotions(status: $status) { nodes { name status } } }";
    let found = ask(&app, query, json!({ "status": "Scheduled" })).await;
    assert_eq!(found["promotions"]["nodes"], json!([{ "name": "Later", "status": "scheduled" }]));
    let answer = send(&app, query, json!({ "status": "live" })).await.expect(200);
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "invalid");
    for word in ["draft", "scheduled", "active", "paused", "expired", "archived"] {
        assert!(error["message"].as_str().unwrap().contains(word), "{error}");
    }
}

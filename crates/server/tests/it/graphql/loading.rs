//! What belongs to many objects is read for all of them together: as many statements for thirty as for three.

use serde_json::{Value, json};

use super::{ask, by_code, global};
use crate::harness::TestApp;

/// How many statements a query takes.
pub(super) async fn statements(app: &TestApp, query: &str, variables: Value) -> u64 {
    let mut fewest = u64::MAX;
    // What is remembered of keys and rules is no part of it, nor that it is looked up again once a second.
    for _ in 0..5 {
        let before = app.state.db.statements();
        ask(app, query, variables.clone()).await;
        fewest = fewest.min(app.state.db.statements() - before);
    }
    fewest
}

#[tokio::test]
async fn the_codes_of_thirty_promotions_take_as_many_statements_as_those_of_three() {
    let app = TestApp::start().await;
    for number in 1..=30 {
        app.post("/v1/promotions", by_code(&format!("Promotion {number}"))).await.expect(201);
        for code in 1..=3 {
            let code = json!({ "code": format!("CODE-{number}-{code}") });
            app.post(&format!("/v1/promotions/{number}/codes"), code).await.expect(201);
        }
    }
    let query = "query($first: Int) { promotions(first: $first) { nodes {
        id summary codes(first: 2) { nodes { code currentUses } pageInfo { hasNextPage endCursor } } } } }";
    let few = statements(&app, query, json!({ "first": 3 })).await;
    let many = statements(&app, query, json!({ "first": 30 })).await;
    assert!(few > 0, "statements are counted");
    assert_eq!(few, many);

    let told = ask(&app, query, json!({ "first": 30 })).await;
    let promotions = told["promotions"]["nodes"].as_array().unwrap();
    assert_eq!(promotions.len(), 30);
    for (number, promotion) in (1..).zip(promotions) {
        assert_eq!(promotion["id"], global("Promotion", number));
        let codes = [1, 2].map(|code| json!({ "code": format!("CODE-{number}-{code}"), "currentUses": 0 }));
        assert_eq!(promotion["codes"]["nodes"], json!(codes));
        assert_eq!(promotion["codes"]["pageInfo"]["hasNextPage"], true);
    }
    let after = promotions[4]["codes"]["pageInfo"]["endCursor"].clone();
    let query = "query($after: String) { promotion(id: 5) { codes(after: $after) { nodes { code } } } }";
    let rest = ask(&app, query, json!({ "after": after })).await;
    assert_eq!(rest["promotion"]["codes"]["nodes"], json!([{ "code": "CODE-5-3" }]));
}

//! What an answer tells of promotions, and what only when it is asked to.

use serde_json::{Value, json};

use crate::harness::TestApp;

/// Makes promotions with the ids 1 (applies), 2 (stands at its condition), 3 (loses to 1), 4 (is for another channel),
/// 5 (a draft) and 6 (a coupon promotion that stands at its condition, with the code DEAR).
async fn furnish(app: &TestApp) {
    let action = json!({"cart_value": {"discount": {"percentage_amount": "10"}}});
    let dear = json!({"condition": {"cart": {"minimum_spend": "500.00"}}, "action": action});
    let any = json!({"action": action});
    let documents = [
        json!({"name": "applies", "rules": [any], "priority": 1, "stop": true}),
        json!({"name": "dear", "rules": [dear], "priority": 0}),
        json!({"name": "loses", "rules": [any], "priority": 2}),
        json!({"name": "elsewhere", "rules": [any], "channels": [{"id": 5}]}),
        json!({"name": "draft", "rules": [any], "status": "draft"}),
        json!({"name": "coupon", "rules": [dear], "redemption_type": "COUPON", "priority": 0}),
    ];
    for mut document in documents {
        if document.get("redemption_type").is_none() {
            document["redemption_type"] = json!("AUTOMATIC");
        }
        app.post("/v1/promotions", document).await.expect(201);
    }
    app.post("/v1/promotions/6/codes", json!({"code": "DEAR"})).await.expect(201);
}

fn request(fields: Value) -> Value {
    let line = json!({"id": "1", "product_id": 7, "quantity": 1, "price": "100.00"});
    let mut request = json!({"cart": {"currency": "USD", "lines": [line]}});
    for (name, value) in fields.as_object().unwrap() {
        if name == "codes" {
            request["cart"]["codes"] = value.clone();
        } else {
            request[name] = value.clone();
        }
    }
    request
}

/// The outcomes that are told: the id and the reason of each.
async fn told(app: &TestApp, fields: Value) -> Vec<(u64, String)> {
    let answer = app.post("/v1/evaluate", request(fields)).await.expect(200);
    assert_eq!(answer["totals"]["due"], "90.00");
    assert_eq!(answer["applied"][0]["promotion_id"], 1);
    let outcomes = answer["outcomes"].as_array().unwrap().iter();
    let pair = |it: &Value| {
        (it["promotion_id"].as_u64().unwrap(), it["reason"].as_str().unwrap_or("applied").to_owned())
    };
    outcomes.map(pair).collect()
}

fn expected(outcomes: &[(u64, &str)]) -> Vec<(u64, String)> {
    outcomes.iter().map(|(id, reason)| (*id, (*reason).to_owned())).collect()
}

#[tokio::test]
async fn an_answer_tells_who_lost_and_more_when_it_is_asked() {
    let app = TestApp::start().await;
    furnish(&app).await;
    let lost = (3, "stopped");
    assert_eq!(told(&app, json!({})).await, expected(&[lost]));
    assert_eq!(told(&app, json!({"trace_of": [2]})).await, expected(&[(2, "minimum_spend"), lost]));
    // In the order of evaluation, each once; what is not live or not there has no outcome.
    let some = json!({"trace_of": [4, 1, 4, 5, 99, 9007199254740991_u64]});
    assert_eq!(told(&app, some).await, expected(&[(4, "channel"), (1, "applied"), lost]));
    assert_eq!(told(&app, json!({"include": ["nudges"]})).await, expected(&[(2, "minimum_spend"), lost]));
    let all = [(2, "minimum_spend"), (6, "code_required"), (4, "channel"), (1, "applied"), lost];
    let mut trace = told(&app, json!({"include": ["trace"], "trace_of": [2]})).await;
    trace.sort();
    let mut all = expected(&all);
    all.sort();
    assert_eq!(trace, all);
}

#[tokio::test]
async fn a_code_that_was_entered_is_told_of_as_ever() {
    let app = TestApp::start().await;
    furnish(&app).await;
    let entered = request(json!({"codes": ["dear", "unknown"]}));
    let answer = app.post("/v1/evaluate", entered).await.expect(200);
    let codes: Vec<_> = answer["codes"].as_array().unwrap().iter().map(|it| it["reason"].as_str()).collect();
    assert_eq!(codes, [Some("minimum_spend"), Some("unknown_code")], "{answer}");
    let told = told(&app, json!({"codes": ["dear"]})).await;
    assert_eq!(told, expected(&[(6, "minimum_spend"), (3, "stopped")]));
}

#[tokio::test]
async fn what_is_told_is_a_part_of_the_name_of_an_evaluation() {
    let app = TestApp::start().await;
    furnish(&app).await;
    let id = async |fields: Value| {
        let answer = app.post("/v1/evaluate", request(fields)).await.expect(200);
        answer["evaluation_id"].as_str().unwrap().to_owned()
    };
    let plain = id(json!({})).await;
    assert_ne!(id(json!({"trace_of": [2]})).await, plain);
    assert_eq!(id(json!({"trace_of": [2, 3]})).await, id(json!({"trace_of": [3, 2, 3]})).await);
}

#[tokio::test]
async fn at_most_100_promotions_are_told_by_name() {
    let app = TestApp::start().await;
    let many: Vec<u64> = (1..=101).collect();
    let answer = app.post("/v1/evaluate", request(json!({"trace_of": many}))).await;
    let message = answer.expect_invalid("/trace_of", "out_of_range");
    assert!(message.contains("at most 100") && message.contains("trace"), "{message}");
    let answer = app.post("/v1/evaluate", request(json!({"trace_of": [-1]}))).await;
    answer.expect_invalid("/trace_of/0", "out_of_range");
    let answer = app.post("/v1/evaluate", request(json!({"trace_of": "7"}))).await;
    answer.expect_invalid("/trace_of", "type");
}

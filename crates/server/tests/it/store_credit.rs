//! Store credit: a balance per customer and currency, apart from gift cards.

use serde_json::json;
use server::ledger::service::verify;

use crate::harness::TestApp;

#[tokio::test]
async fn credit_is_added_and_taken_by_currency_with_reasons() {
    let app = TestApp::start().await;
    let path = "/v1/customers/7/store-credit";
    assert_eq!(app.get(path).await.expect(200), json!({"customer_id": 7, "balances": []}));
    let adjust = format!("{path}/adjust");
    app.once(&adjust, json!({"amount": "+20.00", "reason": "Goodwill"})).await.expect(200);
    app.once(&adjust, json!({"amount": "5", "currency": "EUR", "reason": "Goodwill"})).await.expect(200);
    let after = app.once(&adjust, json!({"amount": "-3.50", "reason": "Mistake"})).await.expect(200);
    let balance = |currency: &str, amount: &str| json!({"currency": currency, "balance": amount, "held": "0.00", "available": amount});
    let expected = json!({"customer_id": 7, "balances": [balance("USD", "16.50"), balance("EUR", "5.00")]});
    assert_eq!(after, expected);
    assert_eq!(app.get(path).await.expect(200), expected);
    assert_eq!(app.get("/v1/customers/8/store-credit").await.expect(200)["balances"], json!([]));
    let told = app.get(&format!("{path}/transactions")).await.expect(200);
    let told: Vec<_> = told["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (it["kind"].as_str().unwrap(), it["amount"].as_str().unwrap(), it["reason"].as_str().unwrap())
        })
        .collect();
    assert_eq!(told, [("adjust", "-3.50", "Mistake"), ("adjust", "20.00", "Goodwill")]);
    let liability = app.get("/v1/gift-cards/liability").await.expect(200);
    assert_eq!(liability["currencies"], json!([]), "store credit is no gift card");
    assert_eq!(verify(&app.state.db).await.unwrap(), []);
}

#[tokio::test]
async fn more_than_there_is_cannot_be_taken() {
    let app = TestApp::start().await;
    let adjust = "/v1/customers/7/store-credit/adjust";
    let take = json!({"amount": "-0.01", "reason": "Mistake"});
    app.once(adjust, take.clone()).await.expect_problem(409, "insufficient_balance");
    assert_eq!(app.get("/v1/customers/7/store-credit").await.expect(200)["balances"], json!([]));
    app.once(adjust, json!({"amount": "1.00", "reason": "Goodwill"})).await.expect(200);
    app.once(adjust, json!({"amount": "-1.01", "reason": "x"}))
        .await
        .expect_problem(409, "insufficient_balance");
    app.once(adjust, json!({"amount": "1.00", "reason": " "})).await.expect_invalid("/reason", "empty");
    app.once(adjust, json!({"amount": "0", "reason": "x"})).await.expect_invalid("/amount", "out_of_range");
    app.once(adjust, json!({"amount": "+-1", "reason": "x"})).await.expect_invalid("/amount", "amount");
}

//! What a promotion will not do as its author hopes is told before and when it is saved, with a cart that shows it.

use axum::http::Method;
use serde_json::{Value, json};

use crate::harness::{Key, TestApp};

fn tier(spend: &str, percent: &str) -> Value {
    json!({"stop": true, "condition": {"cart": {"minimum_spend": spend}},
           "action": {"cart_value": {"discount": {"percentage_amount": percent}}}})
}

fn tiers() -> Value {
    json!({"name": "Tiers", "redemption_type": "AUTOMATIC", "rules": [tier("50", "10"), tier("100", "20")]})
}

fn codes(answer: &Value) -> Vec<&str> {
    answer["warnings"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect()
}

async fn lint(app: &TestApp, document: Value) -> Value {
    app.post("/v1/promotions/lint", document).await.expect(200)
}

#[tokio::test]
async fn a_tier_that_is_never_reached_is_shown_by_a_cart() {
    let app = TestApp::start().await;
    let found = lint(&app, tiers()).await;
    let warning = &found["warnings"][0];
    assert_eq!((&warning["code"], &warning["pointer"]), (&json!("rule_never_reached"), &json!("/rules/1")));
    assert_eq!(app.get("/v1/promotions").await.expect(200)["data"], json!([]), "lint saves nothing");

    let made = app.post("/v1/promotions", tiers()).await.expect(201);
    assert_eq!(codes(&made)[0], "rule_never_reached", "saved all the same, and told");
    let witness = &made["warnings"][0]["witness"];
    let request = json!({"cart": witness["cart"], "at": witness["at"], "include": ["trace"]});
    let priced = app.post("/v1/evaluate", request).await.expect(200);
    assert_eq!(priced["lines"][0]["subtotal"], "100.00");
    assert_eq!(priced["lines"][0]["discounts"][0]["rule"], 0, "the lower tier");

    let mended = json!({"rules": [tier("100", "20"), tier("50", "10")]});
    let changed = app.patch("/v1/promotions/1", mended).await.expect(200);
    assert_eq!(codes(&changed), [] as [&str; 0]);
}

#[tokio::test]
async fn what_the_catalog_knows_is_looked_at() {
    let app = TestApp::start().await;
    let items = json!({"items": [{"id": 9, "name": "Boots"}, {"id": 10, "name": "Winter boots", "parent_id": 9},
                                 {"id": 11, "name": "Hats"}]});
    app.send(Method::PUT, "/v1/categories", Key::Secret, Some(items)).await.expect(200);
    let items = json!({"items": [
        {"id": 101, "name": "Alpine boot", "price": "20.00", "category_ids": [10],
         "variants": [{"id": 1011}, {"id": 1012}]},
        {"id": 102, "name": "Engraved cup", "price": "5.00", "has_required_modifiers": true},
    ]});
    app.send(Method::PUT, "/v1/products", Key::Secret, Some(items)).await.expect(200);
    let percent = |items: Value| {
        json!({"name": "x", "redemption_type": "AUTOMATIC", "rules": [
            {"action": {"cart_items": {"discount": {"percentage_amount": "5"}, "items": items}}}]})
    };
    let gift = |product: u64| {
        json!({"name": "x", "redemption_type": "AUTOMATIC", "rules": [
            {"condition": {"cart": {"minimum_spend": "50"}},
             "action": {"gift_item": {"product_id": product, "quantity": 1}}}]})
    };
    assert_eq!(
        codes(&lint(&app, percent(json!({"categories": [9]}))).await),
        [] as [&str; 0],
        "by its child"
    );
    assert_eq!(codes(&lint(&app, percent(json!({"categories": [11]}))).await), ["empty_category"]);
    assert_eq!(codes(&lint(&app, percent(json!({"products": [7]}))).await), ["not_in_catalog"]);
    let both = json!({"or": [{"products": [101]}, {"variants": [1011]}]});
    assert_eq!(codes(&lint(&app, percent(both)).await), ["product_and_its_variants"]);
    let unclear = "The gift item specification does not resolve to a unique product that can be added automatically, \
                   please make sure you specify the correct variant and mandatory modifier options.";
    for product in [101, 102] {
        let found = lint(&app, gift(product)).await;
        assert_eq!(codes(&found), ["gift_not_unique"], "{found}");
        assert!(found["warnings"][0]["message"].as_str().unwrap().contains(unclear));
    }
}

#[tokio::test]
async fn codes_that_exist_in_another_spelling_are_named() {
    let app = TestApp::start().await;
    let coupon = json!({"name": "x", "redemption_type": "COUPON", "rules": [
        {"action": {"cart_value": {"discount": {"percentage_amount": "5"}}}}]});
    app.post("/v1/promotions", coupon.clone()).await.expect(201);
    app.post("/v1/promotions/1/codes", json!({"code": "SAVE5"})).await.expect(201);
    let mut draft = coupon;
    draft["codes"] = json!([" save5 ", "OTHER", "10%"]);
    let found = lint(&app, draft.clone()).await;
    let told: Vec<(&Value, &Value)> =
        found["warnings"].as_array().unwrap().iter().map(|it| (&it["code"], &it["pointer"])).collect();
    let (exists, unusable) = (json!("code_exists"), json!("code_unusable"));
    assert_eq!(told, [(&exists, &json!("/codes/0")), (&unusable, &json!("/codes/2"))]);
    draft["codes"] = json!(["NEW", " new"]);
    assert_eq!(lint(&app, draft.clone()).await["warnings"][0]["pointer"], "/codes/1", "one code twice");
    draft["codes"] = json!("SAVE5");
    app.post("/v1/promotions/lint", draft).await.expect_problem(422, "invalid");
}

#[tokio::test]
async fn what_cannot_be_saved_is_refused_as_when_it_is_saved() {
    let app = TestApp::start().await;
    let document = json!({"name": "x", "redemption_type": "AUTOMATIC", "rules": []});
    let linted = app.post("/v1/promotions/lint", document.clone()).await.expect_problem(422, "invalid");
    let saved = app.post("/v1/promotions", document).await.expect_problem(422, "invalid");
    assert_eq!(linted["errors"], saved["errors"]);
}

#[tokio::test]
async fn nudges_offer_what_the_catalog_has() {
    let app = TestApp::start().await;
    let items = json!({"items": [{"id": 9, "name": "Boots"}]});
    app.send(Method::PUT, "/v1/categories", Key::Secret, Some(items)).await.expect(200);
    let items = json!({"items": [
        {"id": 101, "name": "Alpine boot", "price": "20.00", "category_ids": [9]},
        {"id": 102, "name": "Sock", "price": "6.00", "category_ids": [9]},
        {"id": 103, "name": "Teaspoon", "price": "3.00"},
    ]});
    app.send(Method::PUT, "/v1/products", Key::Secret, Some(items)).await.expect(200);
    let rule = json!({"condition": {"cart": {"items": {"categories": [9]}, "minimum_quantity": 2}},
                      "action": {"cart_items": {"discount": {"percentage_amount": "50"}, "quantity": 1,
                                                "items": {"products": [103]}}}});
    let document = json!({"name": "Spoons", "redemption_type": "AUTOMATIC", "rules": [rule]});
    app.post("/v1/promotions", document).await.expect(201);
    let cart = json!({"currency": "USD", "lines": [{"id": "a", "product_id": 101, "quantity": 1},
                                                   {"id": "b", "product_id": 103, "quantity": 1}]});
    let request = json!({"cart": cart, "include": ["nudges"], "record": true});
    let priced = app.post("/v1/evaluate", request).await.expect(200);
    let nudge = &priced["nudges"][0];
    let add = json!({"line_id": null, "product_id": 102, "variant_id": null, "quantity": 1});
    assert_eq!((&nudge["add"], &nudge["cost"], &nudge["saving"]), (&add, &json!("4.50"), &json!("1.50")));
    assert_eq!(nudge["message"], "Add 1 × Sock and save 1.50 USD.");
}

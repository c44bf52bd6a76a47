//! The settings of a store, and how they change prices from the answer on.

use serde_json::{Value, json};

use crate::harness::TestApp;

async fn set(app: &TestApp, settings: Value) -> Value {
    app.patch("/v1/settings", settings).await.expect(200)
}

/// Makes an automatic promotion on products with this percentage.
async fn create(app: &TestApp, percent: &str, fields: Value) {
    let rule = json!({"action": {"cart_items": {"discount": {"percentage_amount": percent}}}});
    let mut document = json!({"name": percent, "redemption_type": "AUTOMATIC", "rules": [rule]});
    document.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    app.post("/v1/promotions", document).await.expect(201);
}

/// What a cart with this line, and these codes, comes to.
async fn total(app: &TestApp, line: Value, codes: &[&str]) -> String {
    let mut lines = json!([{"id": "1", "product_id": 1, "quantity": 1, "price": "100.00"}]);
    lines[0].as_object_mut().unwrap().extend(line.as_object().unwrap().clone());
    let body = json!({"cart": {"currency": "USD", "codes": codes, "lines": lines}});
    let priced = app.post("/v1/evaluate", body).await.expect(200);
    priced["totals"]["total"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_new_store_has_the_documented_defaults_and_a_change_touches_only_what_it_names() {
    let app = TestApp::start().await;
    let defaults = json!({
        "store_hash": app.store_hash, "name": "My store", "currency": "USD", "time_zone": "UTC",
        "number_of_coupons_allowed_at_checkout": 1,
        "promotions_applied_on_original_product_price": true,
        "promotions_apply_on_products_with_custom_product_price": false,
        "promotions_triggered_by_products_with_zero_product_price": false,
        "percentage_rounding": "DISCOUNT", "country_code": null, "maximum_discount_percentage": null,
        "minimum_margin_percentage": null, "worst_case_percentage": "60", "gift_cards_buy_gift_cards": false,
        "gift_card_jurisdiction": null,
    });
    assert_eq!(app.get("/v1/settings").await.expect(200), defaults);
    assert_eq!(set(&app, json!({})).await, defaults);
    let change = json!({"name": "Boots & more", "time_zone": "America/New_York",
                        "promotions_apply_on_products_with_custom_product_price": true,
                        "gift_cards_buy_gift_cards": true});
    let mut expected = defaults;
    expected.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    assert_eq!(set(&app, change).await, expected);
    assert_eq!(app.get("/v1/settings").await.expect(200), expected);
}

#[tokio::test]
async fn discounts_are_taken_from_the_original_price_or_from_what_is_left() {
    let app = TestApp::start().await;
    create(&app, "20", json!({})).await;
    create(&app, "20", json!({})).await;
    assert_eq!(total(&app, json!({}), &[]).await, "60.00");
    set(&app, json!({"promotions_applied_on_original_product_price": false})).await;
    assert_eq!(total(&app, json!({}), &[]).await, "64.00");
    set(&app, json!({"promotions_applied_on_original_product_price": true})).await;
    assert_eq!(total(&app, json!({}), &[]).await, "60.00");
}

#[tokio::test]
async fn prices_set_by_hand_are_discounted_only_when_the_store_says_so() {
    let app = TestApp::start().await;
    create(&app, "20", json!({})).await;
    let by_hand = || json!({"price_overridden": true});
    assert_eq!(total(&app, by_hand(), &[]).await, "100.00");
    set(&app, json!({"promotions_apply_on_products_with_custom_product_price": true})).await;
    assert_eq!(total(&app, by_hand(), &[]).await, "80.00");
}

#[tokio::test]
async fn free_units_fulfil_conditions_only_when_the_store_says_so() {
    let app = TestApp::start().await;
    let rule = json!({"condition": {"cart": {"items": {"products": [2]}}},
                      "action": {"shipping": {"zone_ids": "*"}}});
    let document = json!({"name": "Free", "redemption_type": "AUTOMATIC", "rules": [rule]});
    app.post("/v1/promotions", document).await.expect(201);
    let body = json!({"cart": {
        "currency": "USD", "shipping": {"cost": "5.00"},
        "lines": [{"id": "1", "product_id": 2, "quantity": 1, "price": "0.00"}],
    }});
    let shipping =
        async || app.post("/v1/evaluate", body.clone()).await.expect(200)["shipping"]["total"].clone();
    assert_eq!(shipping().await, "5.00");
    set(&app, json!({"promotions_triggered_by_products_with_zero_product_price": true})).await;
    assert_eq!(shipping().await, "0.00");
}

#[tokio::test]
async fn so_many_codes_count_as_the_store_allows() {
    let app = TestApp::start().await;
    for (id, code) in [(1, "A"), (2, "B"), (3, "C")] {
        create(&app, "10", json!({"redemption_type": "COUPON"})).await;
        app.post(&format!("/v1/promotions/{id}/codes"), json!({"code": code})).await.expect(201);
    }
    for (allowed, expected) in [(1, "90.00"), (2, "81.00"), (100, "72.90"), (1, "90.00")] {
        set(&app, json!({"number_of_coupons_allowed_at_checkout": allowed})).await;
        assert_eq!(total(&app, json!({}), &["A", "B", "C"]).await, expected, "{allowed}");
    }
}

#[tokio::test]
async fn schedules_are_meant_in_the_zone_of_the_store() {
    // 2026-03-07 is a Saturday; at 02:30 UTC it is still Friday in New York.
    let app = TestApp::start_at("2026-03-07T02:30:00Z".parse().unwrap()).await;
    let friday = json!({"week_frequency": 1, "week_days": ["Friday"], "daily_start_time": "18:00:00",
                        "daily_end_time": "22:00:00"});
    create(&app, "20", json!({"schedule": friday, "start_date": "2026-03-01T00:00:00Z"})).await;
    assert_eq!(total(&app, json!({}), &[]).await, "100.00");
    set(&app, json!({"time_zone": "America/New_York"})).await;
    assert_eq!(total(&app, json!({}), &[]).await, "80.00");
    set(&app, json!({"time_zone": "Asia/Tokyo"})).await;
    assert_eq!(total(&app, json!({}), &[]).await, "100.00");
}

#[tokio::test]
async fn promotions_are_made_in_the_currency_of_the_store_and_keep_theirs() {
    let app = TestApp::start().await;
    create(&app, "20", json!({})).await;
    set(&app, json!({"currency": "JPY"})).await;
    create(&app, "10", json!({})).await;
    let currency =
        async |id: u64| app.get(&format!("/v1/promotions/{id}")).await.expect(200)["currency_code"].clone();
    assert_eq!((currency(1).await, currency(2).await), (json!("USD"), json!("JPY")));
    assert_eq!(total(&app, json!({}), &[]).await, "80.00");
}

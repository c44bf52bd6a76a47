//! Coupon codes: added, made, listed, and entered at the checkout.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::harness::TestApp;

/// A coupon promotion that takes 10 % off the order.
async fn coupon_promotion(app: &TestApp, coupon_type: &str) -> String {
    let document = json!({
        "name": "Ten", "redemption_type": "COUPON", "coupon_type": coupon_type,
        "rules": [{"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}}],
    });
    let made = app.post("/v1/promotions", document).await.expect(201);
    format!("/v1/promotions/{}/codes", made["id"])
}

/// A cart of 100.00 on which these codes were entered, priced and kept.
async fn priced(app: &TestApp, codes: Value) -> Value {
    let lines = json!([{"id": "1", "product_id": 1, "quantity": 1, "price": "100.00"}]);
    let body = json!({"cart": {"currency": "USD", "codes": codes, "lines": lines}, "record": true});
    app.post("/v1/evaluate", body).await.expect(200)
}

/// What became of the codes that were entered on a cart of 100.00.
async fn entered(app: &TestApp, codes: Value) -> Value {
    priced(app, codes).await["codes"].clone()
}

fn texts(codes: &Value) -> Vec<&str> {
    codes["data"].as_array().unwrap().iter().map(|code| code["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_added_code_is_kept_as_it_was_written_with_its_limits() {
    let app = TestApp::start().await;
    let codes = coupon_promotion(&app, "SINGLE").await;
    let limited = json!({"code": " Hello \t World-10 ", "max_uses": 500, "max_uses_per_customer": 1});
    let added = app.post(&codes, limited).await.expect(201);
    let expected = json!({"id": 1, "code": "Hello World-10", "current_uses": 0, "max_uses": 500,
                          "max_uses_per_customer": 1, "starts_at": null, "ends_at": null,
                          "created_at": "2026-03-01T00:00:00Z"});
    assert_eq!(added, json!({"data": [expected], "next_cursor": null}));
    assert_eq!(app.get(&codes).await.expect(200), added);
    let unlimited = app.post(&codes, json!({"code": "FREE"})).await.expect(201);
    let unlimited = &unlimited["data"][0];
    assert_eq!((&unlimited["max_uses"], &unlimited["max_uses_per_customer"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn a_code_is_known_in_every_spelling_and_answered_as_it_was_entered() {
    let app = TestApp::start().await;
    let codes = coupon_promotion(&app, "SINGLE").await;
    app.post(&codes, json!({"code": "Save 10"})).await.expect(201);
    for spelling in
        ["Save 10", "SAVE 10", " save   10 ", "ｓａｖｅ　１０", "SAVE10", "save-10", "SAVE_1O", "save l0"]
    {
        let expected = json!([{"code": spelling, "status": "applied", "promotion_id": 1}]);
        let answer = priced(&app, json!([spelling])).await;
        assert_eq!(answer["codes"], expected, "{spelling}");
        // What it took off stands under the merchant's own spelling: receipts and reports have one.
        let told = (&answer["lines"][0]["discounts"][0]["code"], &answer["applied"][0]["code"]);
        assert_eq!(told, (&json!("Save 10"), &json!("Save 10")), "{spelling}");
    }
    for other in ["SAVE100", "SAFE-10", "SАVE 10", "", "💸", &"A".repeat(100_000)] {
        let expected = json!([{"code": other, "status": "refused", "reason": "unknown_code",
                               "message": "This code is not valid."}]);
        assert_eq!(entered(&app, json!([other])).await, expected, "{other:.20}");
    }
}

#[tokio::test]
async fn of_the_same_code_added_at_once_one_is_kept() {
    let app = TestApp::start().await;
    let (one, other) = (coupon_promotion(&app, "SINGLE").await, coupon_promotion(&app, "BULK").await);
    let add = async |path: &str, code: &str| app.post(path, json!({"code": code})).await.status;
    let statuses =
        tokio::join!(add(&one, "SAVE10"), add(&other, "save10"), add(&one, "Save10"), add(&other, "sAVE10"));
    let (first, second, third, fourth) = statuses;
    let kept =
        [first, second, third, fourth].into_iter().filter(|status| *status == StatusCode::CREATED).count();
    assert_eq!(kept, 1, "{statuses:?}");
    let lists = (app.get(&one).await.expect(200), app.get(&other).await.expect(200));
    assert_eq!(texts(&lists.0).len() + texts(&lists.1).len(), 1);
}

#[tokio::test]
async fn exactly_as_many_codes_are_made_as_were_asked_for_all_different_and_easy_to_read() {
    let app = TestApp::start().await;
    let codes = coupon_promotion(&app, "BULK").await;
    let request = json!({"count": 10_000, "length": 8, "prefix": "BF26-"});
    let made = app.post(&codes, request).await.expect(201);
    let all: BTreeSet<&str> = texts(&made).into_iter().collect();
    assert_eq!((texts(&made).len(), all.len()), (10_000, 10_000));
    let is_readable = |code: &&str| {
        let random = code.strip_prefix("BF26-").unwrap_or_default();
        random.len() == 8
            && random.bytes().all(|byte| byte.is_ascii_alphanumeric() && !b"0O1Iabc".contains(&byte))
    };
    assert!(all.iter().all(is_readable), "{:?}", all.first());
    let first = &made["data"][0];
    assert_eq!((&first["max_uses"], &first["max_uses_per_customer"]), (&json!(1), &json!(0)));
    let code = all.last().unwrap();
    assert_eq!(entered(&app, json!([code])).await[0]["status"], "applied");

    let unlimited = app.post(&codes, json!({"count": 1, "max_uses": 0})).await.expect(201);
    assert_eq!((texts(&unlimited)[0].len(), &unlimited["data"][0]["max_uses"]), (12, &json!(0)));
}

#[tokio::test]
async fn codes_are_listed_in_pages_in_the_order_in_which_they_were_made() {
    let app = TestApp::start().await;
    let (codes, others) = (coupon_promotion(&app, "BULK").await, coupon_promotion(&app, "BULK").await);
    let mut expected = Vec::new();
    for number in 0..7 {
        let code = format!("CODE{}", (number * 3) % 7);
        app.post(&codes, json!({"code": code})).await.expect(201);
        app.post(&others, json!({"code": format!("OTHER{number}")})).await.expect(201);
        expected.push(code);
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("{codes}?limit=2{after}")).await.expect(200);
        seen.extend(texts(&page).into_iter().map(str::to_owned));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        after = format!("&after={cursor}");
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn codes_are_refused_for_the_reason_of_their_promotion() {
    let app = TestApp::start().await;
    let rule = json!({"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}});
    let dear = json!({"condition": {"cart": {"minimum_spend": "150.00"}}, "action": rule["action"]});
    for (code, fields) in [
        ("PAUSED", json!({"status": "paused"})),
        ("DRAFT", json!({"status": "draft"})),
        ("ENDED", json!({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-03-01T00:00:00Z"})),
        ("EARLY", json!({"start_date": "2026-03-06T17:00:00Z"})),
        (
            "FRIDAY",
            json!({"schedule": {"week_frequency": 1, "week_days": ["Friday"],
                                       "daily_start_time": "18:00", "daily_end_time": "20:00"}}),
        ),
        ("CHANNEL", json!({"channels": [{"id": 5}]})),
        ("EURO", json!({"currency_code": "EUR"})),
        ("GROUP", json!({"customer": {"group_ids": [3]}})),
        ("LOYAL", json!({"customer": {"minimum_order_count": 2}})),
        ("CANADA", json!({"shipping_address": {"countries": [{"iso2_country_code": "CA"}]}})),
        ("DEAR", json!({"rules": [dear]})),
    ] {
        let mut document = json!({"name": code, "redemption_type": "COUPON", "rules": [rule]});
        document.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let made = app.post("/v1/promotions", document).await.expect(201);
        let path = format!("/v1/promotions/{}/codes", made["id"]);
        app.post(&path, json!({"code": code})).await.expect(201);
    }
    for (code, reason, message) in [
        ("PAUSED", "paused", "This code is paused."),
        ("DRAFT", "draft", "This offer is not active yet."),
        ("ENDED", "ended", "This offer has ended."),
        ("EARLY", "not_started", "This offer starts on Fri 6 Mar 2026 at 17:00 UTC."),
        ("FRIDAY", "outside_schedule", "This offer is available again on Fri 6 Mar 2026 at 18:00 UTC."),
        ("CHANNEL", "channel", "This offer is not available in this shop."),
        ("EURO", "currency", "This offer needs EUR."),
        ("GROUP", "customer_group", "This offer is for other customers."),
        ("LOYAL", "order_count", "This offer starts after 2 completed orders."),
        ("CANADA", "destination", "Choose a shipping address to see whether this offer applies."),
        ("DEAR", "minimum_spend", "Spend 50.00 USD more."),
    ] {
        let expected = json!([{"code": code, "status": "refused", "reason": reason, "message": message}]);
        assert_eq!(entered(&app, json!([code])).await, expected);
    }
}

#[tokio::test]
async fn codes_that_are_entered_together_are_told_apart() {
    let app = TestApp::start().await;
    let allowed = json!({"number_of_coupons_allowed_at_checkout": 2});
    app.patch("/v1/settings", allowed).await.expect(200);
    let (ten, other) = (coupon_promotion(&app, "BULK").await, coupon_promotion(&app, "SINGLE").await);
    for code in ["A1", "A2"] {
        app.post(&ten, json!({"code": code})).await.expect(201);
    }
    app.post(&other, json!({"code": "B1"})).await.expect(201);
    let third = coupon_promotion(&app, "SINGLE").await;
    app.post(&third, json!({"code": "C1"})).await.expect(201);

    let codes = entered(&app, json!(["A1", "NOPE", "A2", "B1", "C1"])).await;
    let told: Vec<(&str, &str, Option<&str>)> = codes
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["code"].as_str().unwrap(), it["status"].as_str().unwrap(), it["reason"].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("A1", "applied", None),
            ("NOPE", "refused", Some("unknown_code")),
            ("A2", "refused", Some("already_applied")),
            ("B1", "applied", None),
            ("C1", "refused", Some("too_many_codes")),
        ]
    );
    assert_eq!(codes[4]["message"], "At most 2 codes can be used on an order.");
}

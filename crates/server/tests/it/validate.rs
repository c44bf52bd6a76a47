//! `POST /v1/coupons/validate`: what shoppers hear of a code.

use axum::http::Method;
use serde_json::{Value, json};

use crate::harness::{Key, TestApp};
use crate::orders::{send, verify};

/// A store in Berlin with a coupon promotion of these fields and a code of this name.
async fn coupon(app: &TestApp, code: Value, fields: Value) -> i64 {
    let mut document = json!({
        "name": "Internal", "display_name": "Ten off", "redemption_type": "COUPON", "coupon_type": "BULK",
        "rules": [{"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}}],
    });
    document.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let made = app.post("/v1/promotions", document).await.expect(201);
    app.post(&format!("/v1/promotions/{}/codes", made["id"]), code).await.expect(201);
    made["id"].as_i64().unwrap()
}

async fn start() -> TestApp {
    let app = TestApp::start().await;
    let berlin = json!({"currency": "EUR", "time_zone": "Europe/Berlin"});
    app.patch("/v1/settings", berlin).await.expect(200);
    app
}

async fn validate(app: &TestApp, key: Key<'_>, body: Value) -> Value {
    app.send(Method::POST, "/v1/coupons/validate", key, Some(body)).await.expect(200)
}

fn cart(price: &str, codes: Value) -> Value {
    let lines = json!([{"id": "1", "product_id": 1, "quantity": 1, "price": price}]);
    json!({"currency": "EUR", "codes": codes, "lines": lines})
}

#[tokio::test]
async fn a_code_is_valid_or_the_shopper_reads_why_not() {
    let app = start().await;
    let dear = json!({"rules": [{"condition": {"cart": {"minimum_spend": "50.00"}},
        "action": {"cart_value": {"discount": {"percentage_amount": "10"}}}}]});
    coupon(&app, json!({"code": "GOOD"}), json!({})).await;
    coupon(&app, json!({"code": "PAUSED"}), json!({"status": "paused"})).await;
    coupon(&app, json!({"code": "EARLY"}), json!({"start_date": "2026-11-26T23:00:00Z"})).await;
    let dates = json!({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-02-28T23:00:00Z"});
    coupon(&app, json!({"code": "OVER"}), dates).await;
    coupon(&app, json!({"code": "GROUP"}), json!({"customer": {"group_ids": [3]}})).await;
    coupon(&app, json!({"code": "DEAR"}), dear).await;
    for (code, reason, message) in [
        ("PAUSED", "paused", "This code is paused."),
        ("EARLY", "not_started", "This code is valid from 27 November 2026."),
        ("OVER", "ended", "This code has expired."),
        ("GROUP", "customer_group", "This code is not for you."),
        ("DEAR", "minimum_spend", "Spend 12.40 EUR more to use this code."),
        ("NOPE", "unknown_code", "This code is not known."),
        ("10%", "unknown_code", "This code is not known."),
    ] {
        let expected = json!({"valid": false, "reason": reason, "message": message, "promotion": null});
        for key in [Key::Secret, Key::Publishable] {
            let asked = json!({"code": code, "cart": cart("37.60", json!([]))});
            assert_eq!(validate(&app, key, asked).await, expected, "{code}");
            // Without a cart, what is in it is not asked about.
            let told = validate(&app, key, json!({"code": code})).await;
            let is_of_cart = ["GROUP", "DEAR"].contains(&code);
            assert_eq!(told["valid"], is_of_cart, "{code}: {told}");
        }
    }
    let expected = json!({"valid": true, "reason": null, "message": "This code is valid.",
                          "promotion": {"id": 1, "name": "Ten off"}});
    for asked in [json!({"code": " good"}), json!({"code": "good", "cart": cart("37.60", json!(["GOOD"]))})] {
        assert_eq!(validate(&app, Key::Publishable, asked).await, expected);
    }
}

#[tokio::test]
async fn a_code_is_looked_at_beside_the_codes_of_the_cart() {
    let app = start().await;
    coupon(&app, json!({"code": "ONE"}), json!({})).await;
    coupon(&app, json!({"code": "TWO"}), json!({})).await;
    let told =
        validate(&app, Key::Publishable, json!({"code": "TWO", "cart": cart("10.00", json!(["ONE"]))})).await;
    assert_eq!((&told["valid"], &told["reason"]), (&json!(false), &json!("too_many_codes")));
    assert_eq!(told["message"], "Only one code can be used on an order.");
    let wrong = json!({"code": "TWO", "cart": cart("-1", json!([]))});
    let refused = app.send(Method::POST, "/v1/coupons/validate", Key::Publishable, Some(wrong)).await;
    refused.expect_invalid("/cart/lines/0/price", "out_of_range");
}

#[tokio::test]
async fn of_codes_made_at_random_who_guesses_learns_nothing() {
    let app = start().await;
    let made = coupon(&app, json!({"count": 2, "prefix": "BF-"}), json!({"status": "paused"})).await;
    let codes = app.get(&format!("/v1/promotions/{made}/codes")).await.expect(200);
    let code = codes["data"][0]["code"].as_str().unwrap();
    for cart in [Value::Null, cart("37.60", json!([]))] {
        let ask = async |key, code: &str| validate(&app, key, json!({"code": code, "cart": cart})).await;
        let unknown = ask(Key::Publishable, "NOPE").await;
        assert_eq!(ask(Key::Publishable, code).await, unknown);
        assert_eq!(ask(Key::Secret, code).await["message"], "This code is paused.", "the store hears why");
    }
    let priced = async |key, code: &str| {
        let body = json!({"cart": cart("37.60", json!([code]))});
        let answer = app.send(Method::POST, "/v1/evaluate", key, Some(body)).await.expect(200);
        (answer["codes"][0]["reason"].clone(), answer["codes"][0]["message"].clone())
    };
    assert_eq!(priced(Key::Publishable, code).await, priced(Key::Publishable, "NOPE").await);
    assert_eq!(priced(Key::Secret, code).await.0, "paused");
    app.patch(&format!("/v1/promotions/{made}"), json!({"status": "active"})).await.expect(200);
    assert_eq!(validate(&app, Key::Publishable, json!({"code": code})).await["valid"], true);
}

#[tokio::test]
async fn a_code_that_is_used_up_says_so_however_it_was_spelled_when_it_was_used() {
    let app = start().await;
    let promotion = coupon(&app, json!({"code": "SAVE-10", "max_uses": 1}), json!({})).await;
    let path = format!("/v1/promotions/{promotion}/codes");
    let asked = json!({"code": "save 10", "cart": cart("37.60", json!([]))});
    assert_eq!(validate(&app, Key::Publishable, asked.clone()).await["valid"], true);
    let order = json!({"cart": cart("37.60", json!(["save l0"]))});
    let placed = send(&app, "/v1/orders", "k1", &order).await.expect(201);
    assert_eq!(app.get(&path).await.expect(200)["data"][0]["current_uses"], 1);
    let file = app.get(&format!("{path}.csv")).await;
    assert!(String::from_utf8(file.body).unwrap().contains(",SAVE-10,1,0,1,"));
    for asked in [asked.clone(), json!({"code": "SAVE10"})] {
        let told = validate(&app, Key::Publishable, asked).await;
        assert_eq!(told["reason"], "code_limit_reached");
        assert_eq!(told["message"], "This code has been used up.");
    }
    // What an order that is cancelled gives back can be used again.
    let id = &placed["id"];
    send(&app, &format!("/v1/orders/{id}/cancel"), "k2", &json!({})).await.expect(200);
    assert_eq!(validate(&app, Key::Publishable, asked).await["valid"], true);
    verify(&app).await;
}

#[tokio::test]
async fn a_promotion_that_is_used_up_says_so() {
    let app = start().await;
    coupon(&app, json!({"code": "SAVE10"}), json!({"max_uses": 1})).await;
    let order = json!({"cart": cart("37.60", json!(["SAVE10"]))});
    send(&app, "/v1/orders", "k1", &order).await.expect(201);
    for asked in [json!({"code": "SAVE10"}), json!({"code": "SAVE10", "cart": cart("37.60", json!([]))})] {
        let told = validate(&app, Key::Publishable, asked).await;
        let expected = (&json!("limit_reached"), &json!("This code has been used up."));
        assert_eq!((&told["reason"], &told["message"]), expected);
    }
}

#[tokio::test]
async fn pages_of_shops_may_ask() {
    let app = start().await;
    let request = axum::http::Request::builder()
        .method(Method::OPTIONS)
        .uri("/v1/coupons/validate")
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "POST");
    let answer = app.call(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn a_shopper_who_tries_codes_that_do_not_exist_has_to_wait_and_a_server_does_not() {
    let app = TestApp::start().await;
    let ask = async |key: Key<'_>, code: &str| {
        app.send(Method::POST, "/v1/coupons/validate", key, Some(json!({"code": code}))).await
    };
    for code in ["A", "A", "B", "C", "B", "D", "E"] {
        ask(Key::Publishable, code).await.expect(200);
    }
    let refused = ask(Key::Publishable, "F").await;
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 60);
    refused.expect_problem(429, "too_many_requests");
    for _ in 0..10 {
        ask(Key::Secret, "F").await.expect(200);
    }
}

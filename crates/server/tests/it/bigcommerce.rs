//! The surface that BigCommerce's clients know: its shapes. Whole clients run against it in `tests/clients`.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

/// Calls `/stores/{hash}/v3/promotions…` with the secret key.
async fn call(app: &TestApp, method: Method, path: &str, body: Option<Value>) -> Answer {
    call_with(app, method, path, body.map_or_else(String::new, |body| body.to_string()), Some(&app.secret))
        .await
}

async fn call_with(app: &TestApp, method: Method, path: &str, body: String, token: Option<&str>) -> Answer {
    let uri = format!("/stores/{}/v3/promotions{path}", app.store_hash);
    let mut request = Request::builder().method(method).uri(uri).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("x-auth-token", token);
    }
    app.call(request.body(Body::from(body)).unwrap()).await
}

async fn get(app: &TestApp, path: &str) -> Value {
    call(app, Method::GET, path, None).await.expect(200)
}

async fn post(app: &TestApp, path: &str, body: Value) -> Value {
    call(app, Method::POST, path, Some(body)).await.expect(201)
}

fn one_brand() -> Value {
    let action = json!({"cart_items": {"discount": {"percentage_amount": 10}, "items": {"brands": [40]}}});
    json!({"name": "10% off one brand", "redemption_type": "AUTOMATIC", "rules": [{"action": action}]})
}

fn coupon(coupon_type: &str) -> Value {
    json!({"name": "5 off", "redemption_type": "COUPON", "coupon_type": coupon_type,
           "rules": [{"action": {"cart_value": {"discount": {"fixed_amount": "5.00"}}}}]})
}

#[tokio::test]
async fn a_minimal_promotion_is_answered_in_bigcommerce_s_normal_form() {
    let app = TestApp::start_at("2026-07-21T20:21:08Z".parse().unwrap()).await;
    let expected = json!({
        "id": 1, "redemption_type": "AUTOMATIC", "name": "10% off one brand", "channels": [],
        "created_from": "api",
        "customer": {"group_ids": [], "minimum_order_count": 0, "excluded_group_ids": [], "segments": null},
        "rules": [{
            "action": {"cart_items": {
                "discount": {"percentage_amount": "10"}, "strategy": "LEAST_EXPENSIVE", "add_free_item": true,
                "as_total": false, "include_items_considered_by_condition": false,
                "exclude_items_on_sale": false, "items": {"brands": [40]},
            }},
            "apply_once": true, "stop": false,
        }],
        "current_uses": 0, "max_uses": null, "status": "ENABLED", "start_date": "2026-07-21T20:21:08+00:00",
        "end_date": null, "stop": false, "can_be_used_with_other_promotions": true, "currency_code": "USD",
        "notifications": [], "shipping_address": null, "schedule": null,
    });
    assert_eq!(post(&app, "", one_brand()).await, json!({"data": expected, "meta": {}}));
    assert_eq!(get(&app, "/1").await, json!({"data": expected, "meta": {}}));
    let page = json!({"total": 1, "count": 1, "per_page": 50, "current_page": 1, "total_pages": 1,
                      "links": {"current": "?page=1&limit=50"}});
    assert_eq!(get(&app, "").await, json!({"data": [expected], "meta": {"pagination": page}}));
}

#[tokio::test]
async fn a_coupon_promotion_has_its_own_fields_and_is_changed_by_put() {
    let app = TestApp::start().await;
    let made = post(&app, "", coupon("BULK")).await;
    for (name, value) in [
        ("coupon_type", json!("BULK")),
        ("coupon_overrides_other_promotions", json!(false)),
        ("coupon_overrides_automatic_when_offering_higher_discounts", json!(false)),
        ("multiple_codes", json!({"has_multiple_codes": false})),
    ] {
        assert_eq!(made["data"][name], value, "{name}");
    }
    for code in ["A", "B"] {
        post(&app, "/1/codes", json!({"code": code})).await;
    }
    let change = json!({"status": "DISABLED", "end_date": "2026-04-01T00:00:00-04:00"});
    let changed = call(&app, Method::PUT, "/1", Some(change)).await.expect(200)["data"].clone();
    assert_eq!(
        (&changed["status"], &changed["end_date"]),
        (&json!("DISABLED"), &json!("2026-04-01T04:00:00+00:00"))
    );
    assert_eq!(changed["multiple_codes"], json!({"has_multiple_codes": true}));
    // Both surfaces are one store.
    assert_eq!(app.get("/v1/promotions/1").await.expect(200)["status"], "paused");
}

#[tokio::test]
async fn codes_are_listed_with_both_kinds_of_paging() {
    let app = TestApp::start().await;
    post(&app, "", coupon("BULK")).await;
    let limits = json!({"code": "BF26-7KQ2M9XW4T-EU", "max_uses": 1, "max_uses_per_customer": 1});
    let code = json!({"id": 1, "code": "BF26-7KQ2M9XW4T-EU", "current_uses": 0, "max_uses": 1,
                      "max_uses_per_customer": 1, "created": "2026-03-01T00:00:00+00:00"});
    assert_eq!(post(&app, "/1/codes", limits).await, json!({"data": code, "meta": {}}));
    let cursors = json!({"count": 1, "per_page": 50, "start_cursor": "eyJpZCI6IjEifQ",
                         "end_cursor": "eyJpZCI6IjEifQ", "links": {}});
    let page = json!({"total": 1, "count": 1, "per_page": 50, "current_page": 1, "total_pages": 1,
                      "links": {"current": "?page=1&limit=50"}});
    let expected = json!({"data": [code], "meta": {"cursor_pagination": cursors, "pagination": page}});
    assert_eq!(get(&app, "/1/codes").await, expected);

    for number in 2..=5 {
        post(&app, "/1/codes", json!({"code": format!("CODE-{number}")})).await;
    }
    let ids = |list: &Value| -> Vec<u64> {
        list["data"].as_array().unwrap().iter().map(|code| code["id"].as_u64().unwrap()).collect()
    };
    let first = get(&app, "/1/codes?limit=2").await;
    assert_eq!(first["meta"]["cursor_pagination"]["links"], json!({"next": "?limit=2&after=eyJpZCI6IjIifQ"}));
    let second = get(&app, "/1/codes?limit=2&after=eyJpZCI6IjIifQ").await;
    assert_eq!((ids(&first), ids(&second)), (vec![1, 2], vec![3, 4]));
    assert_eq!(second["meta"].as_object().unwrap().keys().collect::<Vec<_>>(), ["cursor_pagination"]);
    let back = get(&app, "/1/codes?limit=2&before=eyJpZCI6IjMifQ").await;
    let third = get(&app, "/1/codes?limit=2&page=3").await;
    assert_eq!((ids(&back), ids(&third)), (vec![1, 2], vec![5]));
    assert_eq!(third["meta"].as_object().unwrap().keys().collect::<Vec<_>>(), ["pagination"]);
}

#[tokio::test]
async fn codes_are_generated_found_and_deleted() {
    let app = TestApp::start().await;
    post(&app, "", coupon("BULK")).await;
    let request =
        json!({"batch_size": 3, "prefix": "BF26", "suffix": "EU", "delimiter": "-", "code_length": 10});
    let made = post(&app, "/1/codegen", request).await["data"].clone();
    assert_eq!(
        (&made["batch_size"], &made["max_uses"], &made["max_uses_per_customer"]),
        (&json!(3), &json!(1), &json!(1))
    );
    let codes: Vec<&str> =
        made["codes"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect();
    assert!(
        codes.len() == 3 && codes.iter().all(|code| code.starts_with("BF26-") && code.ends_with("-EU")),
        "{codes:?}"
    );
    let found = get(&app, &format!("/codes?code={}", codes[0].to_lowercase())).await;
    assert_eq!(found["data"][0]["code"], codes[0]);
    call(&app, Method::DELETE, &format!("/codes?code={}", codes[0]), None).await.expect(204);
    call(&app, Method::DELETE, "/1/codes?id:in=2,3", None).await.expect(204);
    assert_eq!(get(&app, "/1/codes").await["data"], json!([]));

    post(&app, "", coupon("SINGLE")).await;
    post(&app, "", one_brand()).await;
    for path in ["/2/codegen", "/3/codegen"] {
        let refused = call(&app, Method::POST, path, Some(json!({"batch_size": 1}))).await.expect(405);
        assert_eq!(
            (&refused["status"], &refused["title"]),
            (&json!(405), &json!("Method not allowed")),
            "{path}"
        );
        assert!(refused["error"].is_string(), "{refused}");
    }
}

#[tokio::test]
async fn promotions_with_codes_are_kept_by_a_deletion_and_the_others_are_gone() {
    let app = TestApp::start().await;
    for document in [one_brand(), coupon("SINGLE"), one_brand(), coupon("SINGLE")] {
        post(&app, "", document).await;
    }
    for (id, code) in [(2, "A"), (4, "B")] {
        post(&app, &format!("/{id}/codes"), json!({"code": code})).await;
    }
    let refused = call(&app, Method::DELETE, "?id:in=1,2,3,4,99", None).await.expect(422);
    assert_eq!(refused["meta"], json!({"total": 5, "success": 3, "failed": 2}));
    let error = &refused["errors"][0];
    assert_eq!(
        (&error["status"], &error["title"]),
        (&json!(422), &json!("Errors occurred in bulk delete action."))
    );
    let failed: Vec<&String> = error["errors"].as_object().unwrap().keys().collect();
    assert_eq!(failed, ["1.error", "3.error"]);
    assert!(error["errors"]["1.error"].as_str().unwrap().starts_with("Failed for id=2."), "{error}");

    assert_eq!(get(&app, "").await["meta"]["pagination"]["total"], 2);
    let gone = call(&app, Method::GET, "/1", None).await.expect(404);
    assert_eq!((&gone["errors"][0]["status"], gone["errors"].as_array().unwrap().len()), (&json!(404), 1));
    call(&app, Method::DELETE, "/1", None).await.expect(204);
    call(&app, Method::DELETE, "/2", None).await.expect(422);
    call(&app, Method::DELETE, "/2/codes/1", None).await.expect(204);
    call(&app, Method::DELETE, "/2", None).await.expect(204);
    // Here it is archived, for the record.
    assert_eq!(app.get("/v1/promotions/2").await.expect(200)["status"], "archived");
}

#[tokio::test]
async fn the_four_settings_have_no_envelope_and_errors_of_their_own() {
    let app = TestApp::start().await;
    let changed = json!({
        "promotions_apply_on_products_with_custom_product_price": true,
        "promotions_triggered_by_products_with_zero_product_price": true,
        "number_of_coupons_allowed_at_checkout": 5,
        "promotions_applied_on_original_product_price": false,
    });
    let put = async |body: Value| call(&app, Method::PUT, "/settings", Some(body)).await;
    assert_eq!(put(changed.clone()).await.expect(200), changed);
    assert_eq!(get(&app, "/settings").await, changed);
    assert_eq!(app.get("/v1/settings").await.expect(200)["number_of_coupons_allowed_at_checkout"], 5);
    let mut six = changed.clone();
    six["number_of_coupons_allowed_at_checkout"] = 6.into();
    six.as_object_mut().unwrap().remove("promotions_applied_on_original_product_price");
    let refused = put(six).await.expect(422);
    let fields: Vec<&str> =
        refused["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(
        fields,
        ["promotions_applied_on_original_product_price", "number_of_coupons_allowed_at_checkout"]
    );
    assert_eq!(get(&app, "/settings").await, changed);
}

#[tokio::test]
async fn every_status_has_the_error_shape_that_clients_read() {
    let app = TestApp::start().await;
    post(&app, "", coupon("SINGLE")).await;
    post(&app, "/1/codes", json!({"code": "A"})).await;
    let long = "x".repeat((1 << 20) + 1);
    let secret = Some(app.secret.as_str());
    for (method, path, body, token, status, keys) in [
        (Method::POST, "", "{\"name\": ", secret, 400, vec!["status", "title", "type", "detail"]),
        (Method::GET, "", "", None, 401, vec!["status", "title", "type", "detail"]),
        (Method::GET, "", "", Some("sk_unknown"), 401, vec!["status", "title", "type", "detail"]),
        (Method::GET, "", "", Some(app.publishable.as_str()), 403, vec!["status", "title", "error"]),
        (Method::GET, "/99", "", secret, 404, vec!["errors"]),
        (Method::GET, "/1/nothing", "", secret, 404, vec!["errors"]),
        (Method::PATCH, "/1", "{}", secret, 405, vec!["status", "title", "error"]),
        (Method::POST, "", long.as_str(), secret, 413, vec!["status", "title", "type", "detail"]),
        (Method::POST, "", "{}", secret, 422, vec!["errors"]),
        (Method::POST, "/1/codes", "{\"code\": \"a\"}", secret, 422, vec!["errors"]),
        (Method::GET, "?limit=251", "", secret, 422, vec!["errors"]),
        (Method::GET, "?colour=red", "", secret, 422, vec!["errors"]),
    ] {
        let answer = call_with(&app, method.clone(), path, body.to_owned(), token).await;
        let place = format!("{method} {path}: {}", String::from_utf8_lossy(&answer.body));
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (status, "application/json"),
            "{place}"
        );
        let body = answer.json();
        let found: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(found, keys, "{place}");
        for error in body["errors"].as_array().into_iter().flatten() {
            assert!(error["title"].is_string() && error["status"] == status, "{place}");
        }
    }
}

//! Two stores in one database.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use server::access::service::{NewKey, create_key};
use server::access::{Kind, Secret};
use server::platform::ids::StoreId;
use server::settings;
use server::settings::service::Change;

use super::{cart, create_coupon, evaluate, off_the_order, one_line, promotion, with};
use crate::harness::{Key, TestApp};

/// The key of a second store in the same database.
async fn second_store(app: &TestApp) -> Secret {
    let (other, now) = (StoreId(2), app.clock.now());
    let made = app.state.db.write(move |tx| {
        Box::pin(
            async move { settings::service::create(tx, (other, "other"), &Change::default(), now).await },
        )
    });
    assert!(made.await.unwrap());
    create_key(&app.state.db, now, other, NewKey::named(Kind::Secret, "Of the other store")).await.unwrap()
}

/// A promotion with the code HALF, a product, and settings of the first store's own.
async fn furnish(app: &TestApp) {
    let half = off_the_order(json!({"percentage_amount": "50"}));
    create_coupon(app, "HALF", half, json!({"redemption_type": "COUPON"})).await;
    let product = json!({"items": [{"id": 101, "name": "Boot", "price": "10.00"}]});
    app.put("/v1/products", product).await.expect(200);
    app.patch("/v1/settings", json!({"name": "Mine", "currency": "EUR"})).await.expect(200);
}

#[tokio::test]
async fn a_store_does_not_see_what_another_one_has() {
    let app = TestApp::start().await;
    let other = second_store(&app).await;
    furnish(&app).await;
    let ask = async |method: Method, path: &str, body: Option<Value>| {
        app.send(method, path, Key::Text(other.reveal()), body).await
    };
    for path in ["/v1/promotions/1", "/v1/promotions/1/codes", "/v1/products/101"] {
        ask(Method::GET, path, None).await.expect_problem(404, "not_found");
    }
    for path in ["/v1/promotions", "/v1/promotions?code=HALF", "/v1/promotions?query=half", "/v1/products"] {
        assert_eq!(ask(Method::GET, path, None).await.expect(200)["data"], json!([]), "{path}");
    }
    let stolen = Some(json!({"name": "Stolen"}));
    ask(Method::PATCH, "/v1/promotions/1", stolen).await.expect_problem(404, "not_found");
    let code = Some(json!({"code": "MORE"}));
    ask(Method::POST, "/v1/promotions/1/codes", code).await.expect_problem(404, "not_found");
    assert_eq!(ask(Method::GET, "/v1/settings", None).await.expect(200)["currency"], "USD");
    let theirs = format!("/stores/{}/v3/promotions", app.store_hash);
    let request = Request::get(theirs).header("x-auth-token", other.reveal()).body(Body::empty());
    assert_eq!(app.call(request.unwrap()).await.status, 404);
}

#[tokio::test]
async fn a_store_prices_by_its_own_promotions_codes_and_products() {
    let app = TestApp::start().await;
    let other = second_store(&app).await;
    furnish(&app).await;
    let post = async |path: &str, body: &Value| {
        app.send(Method::POST, path, Key::Text(other.reveal()), Some(body.clone())).await
    };
    let body = json!({"cart": with(one_line("100.00"), json!({"codes": ["HALF"]}))});
    let priced = post("/v1/evaluate", &body).await.expect(200);
    assert_eq!((&priced["codes"][0]["reason"], &priced["applied"]), (&json!("unknown_code"), &json!([])));
    let by_id = json!({"cart": cart(json!([{"product_id": 101, "quantity": 1}]))});
    post("/v1/evaluate", &by_id).await.expect_invalid("/cart/lines/0/price", "required");

    // Ids and codes are its own, too: they start from the beginning and may be the same.
    let quarter = off_the_order(json!({"percentage_amount": "25"}));
    let quarter = promotion("Quarter", quarter, json!({"redemption_type": "COUPON"}));
    assert_eq!(post("/v1/promotions", &quarter).await.expect(201)["id"], 1);
    post("/v1/promotions/1/codes", &json!({"code": "HALF"})).await.expect(201);
    let priced = post("/v1/evaluate", &body).await.expect(200);
    assert_eq!(priced["totals"]["total"], "75.00");
    assert_eq!(evaluate(&app, body).await["totals"]["total"], "50.00");
}

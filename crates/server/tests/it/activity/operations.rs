//! Every operation of the OpenAPI document that changes something leaves a row in the activity log, or says here why not.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::harness::{Key, TestApp};
use crate::users::{PASSWORD, invite, sign_in};

/// What a test knows of an operation.
enum Known {
    /// A request that succeeds, on what has been prepared for it: the path, and the body.
    Asks(&'static str, Value),
    /// The same with a file.
    Sends(&'static str, &'static str),
    /// The same of somebody who is signed in.
    SignedIn(&'static str, Value),
    /// It needs what only a test of its own can know: which one looks at its row.
    Elsewhere(&'static str),
    /// Why it leaves no row.
    Exempt(&'static str),
}
use Known::{Asks, Elsewhere, Exempt, Sends, SignedIn};

/// Promotion 1 is automatic, 2 has the code SAVE10 (code 1), 3 has many codes, 4 is a draft, 5 is paused; gift card 1
/// has 20.00; order 1 can be cancelled, 2 refunded and 3 sent; job 1 waits, job 2 is paused, API key 3 can be revoked;
/// product 9 has the variant 91, there are category 9, brand 9, customer 9, group 9, seller 9 and segment `old`; user 1 is
/// signed in twice, role 1 is nobody's, tokens are taken.
#[allow(clippy::too_many_lines, reason = "it is a table")]
fn known(operation: &str) -> Option<Known> {
    let rule = json!({"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}});
    let promotion = json!({"name": "New", "redemption_type": "AUTOMATIC", "rules": [rule]});
    Some(match operation {
        "createPromotion" => Asks("/v1/promotions", promotion),
        "changePromotion" => Asks("/v1/promotions/1", json!({"name": "Other"})),
        "activatePromotion" => Asks("/v1/promotions/4/activate", json!({})),
        "pausePromotion" => Asks("/v1/promotions/1/pause", json!({})),
        "archivePromotion" => Asks("/v1/promotions/5/archive", json!({})),
        "duplicatePromotion" => Asks("/v1/promotions/1/duplicate", json!({})),
        "addCouponCodes" => Asks("/v1/promotions/2/codes", json!({"code": "EXTRA"})),
        "changeCouponCode" => Asks("/v1/promotions/2/codes/1", json!({"max_uses": 7})),
        "deleteCouponCode" => Asks("/v1/promotions/2/codes/1", json!({})),
        "generateCouponCodes" => Asks("/v1/promotions/3/codes/generate", json!({"count": 10})),
        "importCouponCodes" => Sends("/v1/promotions/3/codes/import", "code\nTAKEN-IN-1\n"),
        "changeSettings" => Asks("/v1/settings", json!({"name": "Shop"})),
        "createApiKey" => Asks("/v1/api-keys", json!({"kind": "secret", "name": "Till"})),
        "revokeApiKey" => Asks("/v1/api-keys/3/revoke", json!({})),
        "deleteBrand" => Asks("/v1/brands/9", json!({})),
        "deleteCategory" => Asks("/v1/categories/9", json!({})),
        "deleteProduct" => Asks("/v1/products/9", json!({})),
        "deleteVariant" => Asks("/v1/products/9/variants/91", json!({})),
        "deleteCustomer" => Asks("/v1/customers/9", json!({})),
        "deleteCustomerGroup" => Asks("/v1/customer-groups/9", json!({})),
        "deleteSegment" => Asks("/v1/segments/old", json!({})),
        "putSegments" => Asks("/v1/segments", json!({"items": [{"id": "vip", "name": "Our best"}]})),
        "putSellers" => Asks("/v1/sellers", json!({"items": [{"id": 1, "business_name": "Alpine"}]})),
        "changeSeller" => Asks("/v1/sellers/9", json!({"marketing_tools": true})),
        "deleteSeller" => Asks("/v1/sellers/9", json!({})),
        "importObjects" => Sends("/v1/imports/brands", "id,name\n5,Northwind\n"),
        "createChannel" => Asks("/v1/channels", json!({"name": "App", "currencies": ["USD"]})),
        "changeChannel" => Asks("/v1/channels/1", json!({"name": "Shop"})),
        "inviteUser" => {
            Asks("/v1/users", json!({"email": "eve@example.com", "name": "Eve", "role": "viewer"}))
        }
        "changeUser" => Asks("/v1/users/1", json!({"is_active": false})),
        "renewSetupLink" => Asks("/v1/users/1/setup-link", json!({})),
        "createRole" => Asks("/v1/roles", json!({"name": "New", "permissions": []})),
        "changeRole" => Asks("/v1/roles/1", json!({"permissions": ["manage_products"]})),
        "deleteRole" => Asks("/v1/roles/1", json!({})),
        "putTokenSettings" => Asks("/v1/settings/jwt", tokens("https://new.example.com/")),
        "deleteTokenSettings" => Asks("/v1/settings/jwt", json!({})),
        "changePassword" => SignedIn(
            "/v1/me/password",
            json!({"password": PASSWORD, "new_password": "another fine sentence"}),
        ),
        "endSession" => SignedIn("/v1/sessions/1", json!({})),
        "signOut" => SignedIn("/v1/sessions/current", json!({})),
        "setUp" | "confirmTotp" | "removeTotp" => {
            Elsewhere("users::what_people_do_about_their_own_access_is_in_the_log")
        }
        "createStore" => Elsewhere("stores::the_log_of_a_new_store_begins_with_who_made_it"),
        "graphql" => Elsewhere("its mutations are these operations"),
        "signIn" | "beginTotp" => Exempt("nothing that is managed is another thing after it"),
        "putBrands" => Asks("/v1/brands", json!({"items": [{"id": 1, "name": "Northwind"}]})),
        "putCategories" => Asks("/v1/categories", json!({"items": [{"id": 1, "name": "Boots"}]})),
        "putProducts" => {
            Asks("/v1/products", json!({"items": [{"id": 1, "name": "Boot", "price": "50.00"}]}))
        }
        "putCustomers" => Asks("/v1/customers", json!({"items": [{"id": 1}]})),
        "putCustomerGroups" => Asks("/v1/customer-groups", json!({"items": [{"id": 1, "name": "VIP"}]})),
        "adjustStoreCredit" => {
            Asks("/v1/customers/1/store-credit/adjust", json!({"amount": "+5.00", "reason": "Goodwill"}))
        }
        "createGiftCard" => Asks("/v1/gift-cards", json!({"amount": "20.00"})),
        "giftCardBulkCreate" => {
            Asks("/v1/gift-cards/bulk", json!({"count": 5, "template": {"amount": "20.00"}}))
        }
        "adjustGiftCard" => Asks("/v1/gift-cards/1/adjust", json!({"amount": "+1.00", "reason": "Goodwill"})),
        "extendGiftCard" => Asks("/v1/gift-cards/1/extend", json!({"expires_at": "2040-01-01T00:00:00Z"})),
        "resendGiftCard" => Asks("/v1/gift-cards/1/resend", json!({"recipient_email": "a@example.com"})),
        "voidGiftCard" => Asks("/v1/gift-cards/1/void", json!({"reason": "Stolen"})),
        "cancelJob" => Asks("/v1/jobs/1/cancel", json!({})),
        "pauseJob" => Asks("/v1/jobs/1/pause", json!({})),
        "resumeJob" => Asks("/v1/jobs/2/resume", json!({})),
        "changeOrder" => Asks("/v1/orders/3", json!({"status": "fulfilled"})),
        "cancelOrder" => Asks("/v1/orders/1/cancel", json!({})),
        "refundOrder" => Asks("/v1/orders/2/refund", json!({})),
        "bcCreatePromotion" => Asks("/stores/{hash}/v3/promotions", promotion),
        "bcUpdatePromotion" => Asks("/stores/{hash}/v3/promotions/1", json!({"name": "Other"})),
        "bcDeletePromotion" => Asks("/stores/{hash}/v3/promotions/1", json!({})),
        "bcDeletePromotions" => Asks("/stores/{hash}/v3/promotions?id:in=1,4", json!({})),
        "bcCreateCode" => Asks("/stores/{hash}/v3/promotions/2/codes", json!({"code": "EXTRA"})),
        "bcDeleteCode" => Asks("/stores/{hash}/v3/promotions/2/codes/1", json!({})),
        "bcDeleteCodes" => Asks("/stores/{hash}/v3/promotions/2/codes?id:in=1", json!({})),
        "bcDeleteCodeByText" => Asks("/stores/{hash}/v3/promotions/codes?code=save10", json!({})),
        "bcGenerateCodes" => Asks("/stores/{hash}/v3/promotions/3/codegen", json!({"batch_size": 3})),
        "bcReplaceSettings" => Asks(
            "/stores/{hash}/v3/promotions/settings",
            json!({"promotions_apply_on_products_with_custom_product_price": true,
                   "promotions_triggered_by_products_with_zero_product_price": true,
                   "number_of_coupons_allowed_at_checkout": 5,
                   "promotions_applied_on_original_product_price": true}),
        ),
        "createWebhook" => Asks("/v1/webhooks", json!({"events": ["*"]})),
        "changeWebhook" => Asks("/v1/webhooks/1", json!({"description": "Warehouse"})),
        "rollWebhookSecret" => Asks("/v1/webhooks/1/roll-secret", json!({})),
        "deleteWebhook" => Asks("/v1/webhooks/1", json!({})),
        "testWebhook" | "replayWebhook" | "replayWebhookDelivery" => {
            Exempt("it only tells again what happened; the deliveries show it")
        }
        "evaluate" | "validateCouponCode" | "quoteReturn" | "getGiftCardBalance" | "lintPromotion" => {
            Exempt("it only tells something")
        }
        "placeOrder" | "reserve" | "releaseReservation" | "renewReservation" => {
            Exempt("it is what shoppers do, and is kept as such")
        }
        _ => return None,
    })
}

fn tokens(issuer: &str) -> Value {
    json!({"issuer": issuer, "audience": "shop", "algorithm": "HS256",
           "secret": "0123456789abcdef0123456789abcdef"})
}

async fn prepare_mirror(app: &TestApp) {
    let product = json!({"id": 9, "name": "Old", "price": "1.00", "variants": [{"id": 91, "price": "1.00"}]});
    let named = json!({"id": 9, "name": "Old"});
    let put = async |path, item| {
        app.send(Method::PUT, path, Key::Secret, Some(json!({"items": [item]}))).await.expect(200);
    };
    put("/v1/products", product).await;
    put("/v1/categories", named.clone()).await;
    put("/v1/brands", named.clone()).await;
    put("/v1/customer-groups", named).await;
    put("/v1/customers", json!({"id": 9})).await;
    put("/v1/segments", json!({"id": "old", "name": "Old"})).await;
    put("/v1/sellers", json!({"id": 9, "business_name": "Old"})).await;
}

async fn prepare(app: &TestApp) {
    invite(app, "ada@example.com", "viewer", None).await;
    app.post("/v1/roles", json!({"name": "Own", "permissions": []})).await.expect(201);
    let taken = tokens("https://old.example.com/");
    app.send(Method::PUT, "/v1/settings/jwt", Key::Secret, Some(taken)).await.expect(200);
    prepare_mirror(app).await;
    let rule = json!({"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}});
    for more in [
        json!({}),
        json!({"redemption_type": "COUPON"}),
        json!({"redemption_type": "COUPON", "coupon_type": "BULK"}),
        json!({"status": "draft"}),
        json!({"status": "paused"}),
    ] {
        let mut promotion = json!({"name": "Ten", "redemption_type": "AUTOMATIC", "rules": [rule]});
        promotion.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.post("/v1/promotions", promotion).await.expect(201);
    }
    app.post("/v1/promotions/2/codes", json!({"code": "SAVE10"})).await.expect(201);
    app.once("/v1/gift-cards", json!({"amount": "20.00"})).await.expect(201);
    for _ in 0..3 {
        let line = json!({"id": "1", "product_id": 1, "quantity": 2, "price": "10.00"});
        app.once("/v1/orders", json!({"cart": {"currency": "USD", "lines": [line]}})).await.expect(201);
    }
    for _ in 0..2 {
        app.post("/v1/promotions/3/codes/generate", json!({"count": 10})).await.expect(202);
    }
    app.post("/v1/jobs/2/pause", json!({})).await.expect(200);
    app.post("/v1/api-keys", json!({"kind": "secret", "name": "Old"})).await.expect(201);
    app.post("/v1/webhooks", json!({"events": ["*"]})).await.expect(201);
}

async fn newest(app: &TestApp) -> Value {
    let page = app.get("/v1/activity?limit=1").await.expect(200);
    page["data"][0].clone()
}

fn request(app: &TestApp, method: Method, path: &str, (kind, body): (&str, String)) -> Request<Body> {
    let has_body = method != Method::DELETE;
    Request::builder()
        .method(method)
        .uri(path.replace("{hash}", &app.store_hash))
        .header(AUTHORIZATION, format!("Bearer {}", app.secret))
        .header("x-auth-token", &app.secret)
        .header("idempotency-key", "one")
        .header("x-request-id", "the-one-request")
        .header(CONTENT_TYPE, kind)
        .body(if has_body { Body::from(body) } else { Body::empty() })
        .unwrap()
}

#[tokio::test]
async fn every_operation_that_changes_something_leaves_a_row_or_says_why_not() {
    let app = TestApp::start().await;
    let document = app.send(Method::GET, "/openapi.json", Key::None, None).await.expect(200);
    let mut tried = 0;
    for (template, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap().iter().filter(|(method, _)| *method != "get")
        {
            let name = operation["operationId"].as_str().unwrap();
            let known = known(name).unwrap_or_else(|| {
                panic!("say here by which request `{name}` ({method} {template}) leaves a row, or why it leaves none")
            });
            let is_signed_in = matches!(known, SignedIn(..));
            let (path, body) = match known {
                Exempt(why) | Elsewhere(why) => {
                    assert!(!why.is_empty());
                    continue;
                }
                Asks(path, body) | SignedIn(path, body) => (path, ("application/json", body.to_string())),
                Sends(path, file) => (path, ("text/csv", file.to_owned())),
            };
            let app = TestApp::start().await;
            prepare(&app).await;
            let before = newest(&app).await["id"].as_i64().unwrap();
            let method: Method = method.to_uppercase().parse().unwrap();
            let mut request = request(&app, method, path, body);
            if is_signed_in {
                sign_in(&app, "ada@example.com").await;
                let ada = sign_in(&app, "ada@example.com").await;
                request.headers_mut().remove(AUTHORIZATION);
                request.headers_mut().insert("cookie", ada.cookie.parse().unwrap());
                request.headers_mut().insert("x-csrf-token", ada.csrf.parse().unwrap());
            }
            let answer = app.call(request).await;
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(answer.status.is_success(), "{name}: {} {said}", answer.status);
            let row = newest(&app).await;
            assert!(row["id"].as_i64().unwrap() > before, "{name} left no row");
            assert_eq!(row["request_id"], "the-one-request", "{name}: {row}");
            let actor = if is_signed_in { "Ada" } else { "First secret key" };
            assert_eq!(row["actor"]["name"], actor, "{name}: {row}");
            assert_ne!(row["changes"], json!([]), "{name}: {row}");
            tried += 1;
        }
    }
    assert!(tried > 60, "{tried}");
}

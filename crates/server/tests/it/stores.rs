//! Stores side by side in one server, the keys that make them, and their channels.

use axum::http::Method;
use serde_json::{Value, json};
use server::access::service::shop::{create_platform_key, platform_keys, revoke_platform_key};
use server::access::service::{StoreWish, create_store};
use tempfile::TempDir;

use crate::harness::{Answer, Key, TestApp};
use crate::process::{run, text};

/// Another store: its hash and its secret key.
pub(crate) async fn another(app: &TestApp) -> (String, String) {
    let made = create_store(&app.state.db, StoreWish::default(), app.clock.now()).await.unwrap();
    (made.hash, made.secret.reveal().to_owned())
}

async fn platform(app: &TestApp) -> (i64, String) {
    let (id, key) = create_platform_key(&app.state.db, "Provisioning", app.clock.now()).await.unwrap();
    (id, key.reveal().to_owned())
}

async fn send(app: &TestApp, method: Method, path: &str, key: &str, body: Option<Value>) -> Answer {
    app.send(method, path, Key::Text(key), body).await
}

#[tokio::test]
async fn a_store_that_was_just_made_is_ready_for_promotions() {
    let app = TestApp::start().await;
    let (_, operator) = platform(&app).await;
    assert!(operator.starts_with("op_"));
    let wish = json!({
        "name": "Boots", "currency": "EUR", "time_zone": "Europe/Berlin", "country_code": "DE",
        "channels": [{"name": "Web", "currencies": ["EUR", "CHF"]}, {"name": "App", "currencies": ["EUR"]}],
    });
    let made = send(&app, Method::POST, "/v1/stores", &operator, Some(wish)).await.expect(201);
    let (secret, publishable) =
        (made["secret_key"].as_str().unwrap(), made["publishable_key"].as_str().unwrap());
    let settings = send(&app, Method::GET, "/v1/settings", secret, None).await.expect(200);
    assert_eq!(
        (&settings["currency"], &settings["time_zone"], &settings["country_code"]),
        (&json!("EUR"), &json!("Europe/Berlin"), &json!("DE"))
    );
    assert_eq!(settings["store_hash"], made["store"]["store_hash"]);
    let channels = send(&app, Method::GET, "/v1/channels", secret, None).await.expect(200);
    let ids: Vec<&Value> =
        channels["data"].as_array().unwrap().iter().map(|channel| &channel["id"]).collect();
    assert_eq!(ids, [&json!(1), &json!(2)]);
    let promotion = json!({
        "name": "1 off", "redemption_type": "AUTOMATIC", "status": "ENABLED",
        "rules": [{"action": {"cart_value": {"discount": {"fixed_amount": "1.00"}}}}],
    });
    send(&app, Method::POST, "/v1/promotions", secret, Some(promotion)).await.expect(201);
    let cart = json!({"cart": {"channel_id": 1, "currency": "EUR",
        "lines": [{"id": "1", "product_id": 7, "quantity": 1, "price": "10.00"}]}});
    let priced = send(&app, Method::POST, "/v1/evaluate", publishable, Some(cart)).await.expect(200);
    assert_eq!(priced["totals"]["total"], "9.00", "{priced}");
    let setup = made["setup_url"].as_str().unwrap().strip_prefix("/setup/").unwrap();
    let first = json!({"token": setup, "password": crate::users::PASSWORD, "email": "ada@example.com"});
    let user = app.send(Method::POST, "/v1/setup", Key::None, Some(first)).await.expect(200);
    assert_eq!(user["role"], "system_admin");

    let list = send(&app, Method::GET, "/v1/stores", &operator, None).await.expect(200);
    let names: Vec<&str> =
        list["data"].as_array().unwrap().iter().map(|store| store["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["My store", "Boots"]);
}

#[tokio::test]
async fn a_store_is_made_whole_or_not_at_all() {
    let app = TestApp::start().await;
    let (_, operator) = platform(&app).await;
    let refused = |fields: Value, pointer: &'static str| {
        let mut wish = json!({"name": "Boots", "currency": "USD", "time_zone": "UTC"});
        wish.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let (app, operator) = (&app, &operator);
        async move {
            let answer = send(app, Method::POST, "/v1/stores", operator, Some(wish)).await;
            assert_eq!(answer.expect_problem(422, "invalid")["errors"][0]["pointer"], pointer);
        }
    };
    refused(json!({"currency": "usd"}), "/currency").await;
    refused(json!({"time_zone": "Berlin"}), "/time_zone").await;
    refused(json!({"name": ""}), "/name").await;
    refused(json!({"channels": [{"name": "Web", "currencies": []}]}), "/channels/0/currencies").await;
    refused(
        json!({"channels": [{"name": "Web", "currencies": ["USD", "EURO"]}]}),
        "/channels/0/currencies/1",
    )
    .await;
    let list = send(&app, Method::GET, "/v1/stores", &operator, None).await.expect(200);
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_log_of_a_new_store_begins_with_who_made_it() {
    let app = TestApp::start().await;
    let (_, operator) = platform(&app).await;
    let wish = json!({"name": "Boots", "currency": "EUR", "time_zone": "Europe/Berlin"});
    let made = send(&app, Method::POST, "/v1/stores", &operator, Some(wish)).await.expect(201);
    let secret = made["secret_key"].as_str().unwrap();
    let page = send(&app, Method::GET, "/v1/activity", secret, None).await.expect(200);
    let rows = page["data"].as_array().unwrap();
    let first = rows.last().unwrap();
    assert_eq!((&first["object_kind"], &first["action"]), (&json!("store"), &json!("created")), "{first}");
    assert_eq!(first["changes"][0]["after"]["name"], "Boots");
    for row in rows {
        assert_eq!(row["actor"]["name"], "Provisioning", "{row}");
        assert!(row["request_id"].is_string(), "{row}");
    }
    assert!(!page.to_string().contains(secret));
}

#[tokio::test]
async fn a_platform_key_does_nothing_in_a_store_and_a_store_key_makes_none() {
    let app = TestApp::start().await;
    let (id, operator) = platform(&app).await;
    let refused = send(&app, Method::GET, "/v1/promotions", &operator, None).await;
    refused.expect_problem(403, "forbidden");
    app.get("/v1/stores").await.expect_problem(403, "forbidden");
    app.send(Method::GET, "/v1/stores", Key::None, None).await.expect_problem(401, "unauthorized");
    send(&app, Method::GET, "/v1/stores", "op_unknown", None).await.expect_problem(401, "unauthorized");
    revoke_platform_key(&app.state.db, id, app.clock.now()).await.unwrap();
    assert!(revoke_platform_key(&app.state.db, id, app.clock.now()).await.is_err());
    assert!(!platform_keys(&app.state.db).await.unwrap()[0].3);
    send(&app, Method::GET, "/v1/stores", &operator, None).await.expect_problem(401, "unauthorized");
}

/// Both stores have a promotion 1; what only one has is not there for the other.
#[tokio::test]
async fn nothing_of_one_store_is_there_for_another() {
    let app = TestApp::start().await;
    let (hash, foreign) = another(&app).await;
    let promotion = json!({
        "name": "1 off", "redemption_type": "COUPON",
        "rules": [{"action": {"cart_value": {"discount": {"fixed_amount": "1.00"}}}}],
    });
    let promotion = app.post("/v1/promotions", promotion).await.expect(201);
    let id = promotion["id"].as_i64().unwrap();
    app.put("/v1/products", json!({"items": [{"id": 7, "name": "Boots"}]})).await.expect(200);
    app.put("/v1/customers", json!({"items": [{"id": 7}]})).await.expect(200);
    let card =
        app.once("/v1/gift-cards", json!({"amount": "5.00"})).await.expect(201)["id"].as_i64().unwrap();
    let key = json!({"kind": "secret", "name": "Mine"});
    let key = app.post("/v1/api-keys", key).await.expect(201)["id"].as_i64().unwrap();
    let channel = json!({"name": "App", "currencies": ["USD"]});
    let channel = app.post("/v1/channels", channel).await.expect(201)["id"].as_i64().unwrap();
    for path in [
        format!("/v1/promotions/{id}"),
        format!("/v1/promotions/{id}/codes"),
        "/v1/products/7".to_owned(),
        "/v1/customers/7".to_owned(),
        format!("/v1/gift-cards/{card}"),
    ] {
        app.get(&path).await.expect(200);
        send(&app, Method::GET, &path, &foreign, None).await.expect_problem(404, "not_found");
    }
    let revoke = format!("/v1/api-keys/{key}/revoke");
    send(&app, Method::POST, &revoke, &foreign, None).await.expect_problem(404, "not_found");
    let change = Some(json!({"name": "Stolen"}));
    let path = format!("/v1/channels/{channel}");
    send(&app, Method::PATCH, &path, &foreign, change.clone()).await.expect_problem(404, "not_found");
    let path = format!("/v1/promotions/{id}");
    send(&app, Method::PATCH, &path, &foreign, change).await.expect_problem(404, "not_found");
    let request =
        axum::http::Request::get(format!("/stores/{hash}/v3/promotions")).header("x-auth-token", &app.secret);
    let answer = app.call(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 404);
}

async fn price(app: &TestApp, channel: u64, currency: &str) -> Answer {
    let line = json!({"id": "1", "product_id": 7, "quantity": 1, "price": "10.00"});
    let cart = json!({"cart": {"channel_id": channel, "currency": currency, "lines": [line]}});
    app.post("/v1/evaluate", cart).await
}

#[tokio::test]
async fn carts_come_from_any_channel_until_the_store_tells_of_its_channels() {
    let app = TestApp::start().await;
    let web = app.get("/v1/channels").await.expect(200);
    assert_eq!((&web["data"][0]["name"], &web["data"][0]["currencies"]), (&json!("Web"), &json!(["USD"])));
    price(&app, 1, "EUR").await.expect(200);
    price(&app, 99, "USD").await.expect(200);

    let made =
        app.post("/v1/channels", json!({"name": "App", "currencies": ["EUR", "USD"]})).await.expect(201);
    assert_eq!((&made["id"], &made["status"]), (&json!(2), &json!("active")));
    price(&app, 2, "EUR").await.expect(200);
    price(&app, 1, "USD").await.expect(200);
    price(&app, 1, "EUR").await.expect_invalid("/cart/currency", "currency_not_of_channel");
    price(&app, 99, "USD").await.expect_invalid("/cart/channel_id", "unknown_channel");
    let none = json!({"cart": {"currency": "CHF", "lines": []}});
    app.post("/v1/evaluate", none).await.expect(200);

    app.patch("/v1/channels/1", json!({"currencies": ["USD", "EUR"]})).await.expect(200);
    price(&app, 1, "EUR").await.expect(200);
    app.patch("/v1/channels/2", json!({"status": "inactive"})).await.expect(200);
    price(&app, 2, "EUR").await.expect_invalid("/cart/channel_id", "inactive_channel");
    app.patch("/v1/channels/2", json!({"time_zone": "Mars"}))
        .await
        .expect_invalid("/time_zone", "unknown_zone");
    let twice = json!({"name": "POS", "currencies": ["USD", "USD"]});
    app.post("/v1/channels", twice).await.expect_invalid("/currencies/1", "duplicate");
    app.patch("/v1/channels/9", json!({})).await.expect_problem(404, "not_found");
}

#[test]
fn stores_and_keys_are_made_from_the_command_line() {
    let folder = TempDir::new().unwrap();
    let create = ["store", "create", "--name", "Boots", "--currency", "EUR", "--channel", "Web:EUR,CHF"];
    let made = run(folder.path(), &create);
    let said = text(&made.stdout);
    assert!(
        made.status.success() && said.contains("sk_") && said.contains("/setup/"),
        "{said}{}",
        text(&made.stderr)
    );
    let list = text(&run(folder.path(), &["store", "list"]).stdout);
    assert!(list.starts_with("1\t") && list.ends_with("\tEUR\tUTC\tBoots\n"), "{list}");
    let wrong = run(folder.path(), &["store", "create", "--name", "Boots", "--currency", "EURO"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", text(&wrong.stderr));
    assert!(text(&wrong.stderr).contains("/currency"));

    let key = ["key", "create", "--store", "1", "--name", "Till", "--scope", "manage_orders"];
    assert!(text(&run(folder.path(), &key).stdout).starts_with("sk_"));
    let nowhere = run(folder.path(), &["key", "create", "--store", "7", "--name", "Till"]);
    assert_eq!(nowhere.status.code(), Some(2));
    let unknown = run(folder.path(), &["key", "create", "--store", "1", "--name", "Till", "--scope", "fly"]);
    assert_eq!(unknown.status.code(), Some(2));
    let platform = run(folder.path(), &["key", "create", "--platform", "--name", "Provisioning"]);
    assert!(text(&platform.stdout).starts_with("op_"));
    assert!(run(folder.path(), &["key", "revoke", "--id", "1"]).status.success());
    assert!(text(&run(folder.path(), &["key", "list"]).stdout).contains("revoked\tProvisioning"));
}

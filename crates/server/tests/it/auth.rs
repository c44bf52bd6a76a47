//! Who may come in.

use axum::Router;
use axum::http::Method;
use axum::http::header::AUTHORIZATION;
use axum::routing::get;
use server::access::may::EditPromotions;
use server::access::service::{NewKey, create_first_store, create_key};
use server::access::{AnyCaller, Kind, May, SellerMay, Staff};
use server::platform::http::guard;
use server::platform::ids::StoreId;

use crate::harness::{Answer, Key, STORE, TestApp};

/// The application with one route for each kind of caller.
async fn app() -> TestApp {
    let mut app = TestApp::start().await;
    app.router = app_on(&app);
    app
}

fn app_on(app: &TestApp) -> Router {
    let routes = Router::new()
        .route("/secret", get(|caller: May<EditPromotions>| async move { format!("{}", caller.store_id) }))
        .route("/staff", get(|caller: Staff| async move { format!("{}", caller.store_id) }))
        .route(
            "/seller",
            get(|caller: SellerMay<EditPromotions>| async move { format!("{:?}", caller.seller) }),
        )
        .route("/any", get(|caller: AnyCaller| async move { format!("{}", caller.is_secret) }));
    guard(routes, []).with_state(app.state.clone())
}

async fn ask(app: &TestApp, path: &str, key: Key<'_>) -> Answer {
    app.send(Method::GET, path, key, None).await
}

#[tokio::test]
async fn a_secret_key_opens_everything() {
    let app = app().await;
    assert_eq!(ask(&app, "/secret", Key::Secret).await.body, STORE.to_string().as_bytes());
    assert_eq!(ask(&app, "/staff", Key::Secret).await.body, STORE.to_string().as_bytes());
    assert_eq!(ask(&app, "/any", Key::Secret).await.body, b"true");
}

#[tokio::test]
async fn a_publishable_key_opens_only_what_shoppers_may() {
    let app = app().await;
    assert_eq!(ask(&app, "/any", Key::Publishable).await.body, b"false");
    let body = ask(&app, "/secret", Key::Publishable).await.expect_problem(403, "forbidden");
    assert_eq!(body["detail"], "`GET /secret` needs a secret key with the permission `edit_promotions`");
    let body = ask(&app, "/staff", Key::Publishable).await.expect_problem(403, "forbidden");
    assert_eq!(body["detail"], "`GET /staff` needs a secret key");
}

/// What is about the whole store is closed to sellers, unless the operation narrows itself to what is theirs.
#[tokio::test]
async fn sellers_get_in_only_where_an_operation_knows_of_sellers() {
    let mut app = TestApp::start().await;
    crate::tokens::take_shared(&app).await;
    app.router = app_on(&app);
    let seller = crate::tokens::shared(&app, "seller", Some(7));
    let viewer = crate::tokens::shared(&app, "viewer", None);
    assert_eq!(ask(&app, "/seller", Key::Text(&seller)).await.body, b"Some(7)");
    assert_eq!(ask(&app, "/seller", Key::Secret).await.body, b"None");
    ask(&app, "/seller", Key::Text(&viewer)).await.expect_problem(403, "forbidden");
    for path in ["/secret", "/staff"] {
        let refused = ask(&app, path, Key::Text(&seller)).await.expect_problem(403, "forbidden");
        assert!(refused["detail"].as_str().unwrap().ends_with("and so not for a seller"), "{refused}");
    }
    // Of shoppers' questions they ask no more than shoppers.
    assert_eq!(ask(&app, "/any", Key::Text(&seller)).await.body, b"false");
    assert_eq!(ask(&app, "/any", Key::Text(&viewer)).await.body, b"true");
}

#[tokio::test]
async fn without_a_valid_key_nothing_opens() {
    let app = app().await;
    let mut altered = app.secret.clone();
    altered.replace_range(10..11, if &altered[10..11] == "x" { "y" } else { "x" });
    for key in [Key::None, Key::Text("sk_unknown"), Key::Text("hello"), Key::Text(""), Key::Text(&altered)] {
        for path in ["/any", "/secret"] {
            let answer = ask(&app, path, key).await;
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{key:?}");
            answer.expect_problem(401, "unauthorized");
        }
    }
}

#[tokio::test]
async fn the_scheme_of_the_header_is_read_in_any_case() {
    let app = app().await;
    let request = |value: String| {
        axum::http::Request::get("/any").header(AUTHORIZATION, value).body(axum::body::Body::empty()).unwrap()
    };
    app.call(request(format!("bearer {}", app.secret))).await.json();
    let answer = app.call(request(format!("Basic {}", app.secret))).await;
    answer.expect_problem(401, "unauthorized");
}

#[tokio::test]
async fn a_key_made_later_works_at_once_and_keeps_working_from_memory() {
    let app = app().await;
    let state = &app.state;
    let key = create_key(&state.db, app.clock.now(), STORE, NewKey::named(Kind::Secret, "for a test"))
        .await
        .unwrap();
    for _ in 0..2 {
        let found = state.keys.authenticate(key.reveal()).await.unwrap();
        assert_eq!((found.caller.store_id, found.kind), (StoreId::FIRST, Kind::Secret));
        assert_eq!(&*found.caller.store_hash, app.store_hash);
    }
}

#[tokio::test]
async fn the_first_store_is_made_once() {
    let app = app().await;
    assert_eq!(app.store_hash.len(), 10);
    assert!(create_first_store(&app.state.db, app.clock.now()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_key_that_is_gone_opens_nothing_a_second_later() {
    use sea_orm::ConnectionTrait as _;
    let app = app().await;
    assert_eq!(ask(&app, "/any", Key::Publishable).await.status, 200);
    let gone = app.state.db.write::<_, server::platform::db::WriteError, _>(|tx| {
        Box::pin(async move {
            tx.execute_unprepared("DELETE FROM api_key WHERE kind = 'publishable'").await?;
            Ok(())
        })
    });
    gone.await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1050)).await;
    ask(&app, "/any", Key::Publishable).await.expect_problem(401, "unauthorized");
    assert_eq!(ask(&app, "/any", Key::Secret).await.status, 200);
}

/// A cart that brings all its facts needs nothing but the rules in memory.
#[tokio::test]
async fn prices_go_on_while_the_database_is_away() {
    let app = TestApp::start().await;
    let line = serde_json::json!({
        "id": "1", "product_id": 7, "quantity": 1, "price": "10.00", "list_price": "10.00", "cost": "4.00",
        "floor_price": "5.00", "category_ids": [1], "brand_id": 1, "seller_id": 1, "options": {}, "custom_fields": {},
        "gift_card": false,
    });
    let body = serde_json::json!({"cart": {"currency": "USD", "lines": [line]}});
    app.post("/v1/evaluate", body.clone()).await.expect(200);
    app.state.db.close().await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(app.post("/v1/evaluate", body).await.expect(200)["totals"]["total"], "10.00");
    app.get("/v1/promotions").await.expect_problem(503, "database_unavailable");
}

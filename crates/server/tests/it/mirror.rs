//! What goes out of the mirror with what is deleted, the tree of categories, segments, sellers, and what pricing makes of it.

use serde_json::{Value, json};

use crate::harness::TestApp;

async fn put(app: &TestApp, path: &str, items: Value) {
    app.put(path, json!({"items": items})).await.expect(200);
}

async fn is_gone(app: &TestApp, path: &str) {
    app.delete(path).await.expect(204);
    app.get(path).await.expect_problem(404, "not_found");
    app.delete(path).await.expect(204);
}

/// The price of a cart that names nothing but goods.
async fn evaluate(app: &TestApp, currency: &str, line: Value) -> crate::harness::Answer {
    let mut line = line;
    line["id"] = json!("1");
    line["quantity"] = json!(1);
    app.post("/v1/evaluate", json!({"cart": {"currency": currency, "lines": [line]}})).await
}

#[tokio::test]
async fn a_cart_of_ids_is_priced_from_the_mirror_and_refused_by_line_once_it_is_deleted() {
    let app = TestApp::start().await;
    put(
        &app,
        "/v1/categories",
        json!([{"id": 1, "name": "Shoes"}, {"id": 2, "name": "Boots", "parent_id": 1}]),
    )
    .await;
    let boot = json!({
        "id": 101, "name": "Boot", "price": "20.00", "prices": {"EUR": "18.00"}, "category_ids": [2],
        "variants": [{"id": 1011, "prices": {"EUR": "16.00"}}],
    });
    put(&app, "/v1/products", json!([boot])).await;
    let offer = json!({
        "name": "Shoes week", "redemption_type": "AUTOMATIC", "currency_code": "*",
        "rules": [{"action": {"cart_items": {"discount": {"percentage_amount": "50"}, "items": {"categories": [1]}}}}],
    });
    app.post("/v1/promotions", offer).await.expect(201);
    let total = |answer: Value| answer["totals"]["total"].clone();
    let line = json!({"product_id": 101, "variant_id": 1011});
    assert_eq!(
        total(evaluate(&app, "USD", line.clone()).await.expect(200)),
        "10.00",
        "by the parent category"
    );
    assert_eq!(total(evaluate(&app, "EUR", line.clone()).await.expect(200)), "8.00");
    let message = evaluate(&app, "JPY", line.clone()).await.expect_invalid("/cart/lines/0/price", "required");
    assert!(message.contains("in the cart's currency"), "{message}");

    is_gone(&app, "/v1/products/101").await;
    evaluate(&app, "USD", line).await.expect_invalid("/cart/lines/0/price", "required");
    // Its variants went with it: their ids are free for others.
    put(&app, "/v1/products", json!([{"id": 102, "name": "Shoe", "variants": [{"id": 1011, "price": "5"}]}]))
        .await;
    app.delete("/v1/products/101/variants/1011").await.expect(204);
    assert_eq!(app.get("/v1/products/102").await.expect(200)["variants"].as_array().unwrap().len(), 1);
    app.delete("/v1/products/102/variants/1011").await.expect(204);
    assert_eq!(app.get("/v1/products/102").await.expect(200)["variants"], json!([]));
}

#[tokio::test]
async fn a_category_goes_out_of_its_products_and_stays_while_others_are_below_it() {
    let app = TestApp::start().await;
    let tree = json!([
        {"id": 1, "name": "Women"}, {"id": 2, "name": "Shoes", "parent_id": 1}, {"id": 21, "name": "Boots", "parent_id": 2},
    ]);
    put(&app, "/v1/categories", tree).await;
    let lists =
        [json!([2]), json!([2, 21]), json!([1, 2, 21]), json!([12, 22, 2]), json!([2, 2, 2, 2]), json!([])];
    let products =
        lists.iter().zip(1..).map(|(ids, id)| json!({"id": id, "name": "Boot", "category_ids": ids}));
    put(&app, "/v1/products", products.collect()).await;
    let refused = app.delete("/v1/categories/2").await.expect_problem(409, "in_use");
    let expected = "`2` has 1 categories right below it, such as `21` (Boots); move or delete them first";
    assert_eq!(refused["detail"], expected);
    put(&app, "/v1/categories", json!([{"id": 21, "name": "Boots", "parent_id": 1}])).await;
    is_gone(&app, "/v1/categories/2").await;
    let left = app.get("/v1/products").await.expect(200);
    let left: Vec<&Value> = left["data"].as_array().unwrap().iter().map(|it| &it["category_ids"]).collect();
    assert_eq!(left, [&json!([]), &json!([21]), &json!([1, 21]), &json!([12, 22]), &json!([]), &json!([])]);
}

#[tokio::test]
async fn categories_that_would_stand_below_themselves_are_refused_with_the_circle() {
    let app = TestApp::start().await;
    let women = json!({"id": 1, "name": "Women"});
    let shoes = json!({"id": 2, "name": "Shoes", "parent_id": 1});
    put(&app, "/v1/categories", json!([women, shoes, {"id": 3, "name": "Boots", "parent_id": 2}])).await;
    assert_eq!(app.get("/v1/categories/3").await.expect(200)["display_name"], "Women > Shoes > Boots");
    let circle = json!({"items": [{"id": 4, "name": "Hats"}, {"id": 1, "name": "Women", "parent_id": 3}]});
    let message = app.put("/v1/categories", circle).await.expect_invalid("/items/1/parent_id", "circle");
    assert_eq!(
        message,
        "makes a circle: Women > Shoes > Boots > Women; choose a parent that is not below it"
    );
    app.get("/v1/categories/4").await.expect_problem(404, "not_found");
    let own = json!({"items": [{"id": 5, "name": "Caps", "parent_id": 5}]});
    app.put("/v1/categories", own).await.expect_invalid("/items/0/parent_id", "circle");
    // Turned around in one request.
    put(
        &app,
        "/v1/categories",
        json!([{"id": 1, "name": "Women", "parent_id": 2}, {"id": 2, "name": "Shoes"}]),
    )
    .await;
    assert_eq!(app.get("/v1/categories/1").await.expect(200)["path"], json!([2, 1]));
    assert_eq!(app.get("/v1/categories/3").await.expect(200)["depth"], 2);
}

#[tokio::test]
async fn what_names_a_brand_a_group_or_a_customer_goes_on_without() {
    let app = TestApp::start().await;
    put(&app, "/v1/brands", json!([{"id": 3, "name": "Northwind"}])).await;
    put(
        &app,
        "/v1/products",
        json!([{"id": 5, "name": "Sock", "brand_id": 3}, {"id": 6, "name": "Hat", "brand_id": 4}]),
    )
    .await;
    is_gone(&app, "/v1/brands/3").await;
    assert_eq!(app.get("/v1/products/5").await.expect(200)["brand_id"], Value::Null);
    assert_eq!(app.get("/v1/products/6").await.expect(200)["brand_id"], 4);

    put(&app, "/v1/customer-groups", json!([{"id": 3, "name": "Wholesale"}])).await;
    put(&app, "/v1/customers", json!([{"id": 7, "group_id": 3}, {"id": 8, "group_id": 4}])).await;
    is_gone(&app, "/v1/customer-groups/3").await;
    assert_eq!(app.get("/v1/customers/7").await.expect(200)["group_id"], Value::Null);
    assert_eq!(app.get("/v1/customers/8").await.expect(200)["group_id"], 4);
    is_gone(&app, "/v1/customers/7").await;
}

#[tokio::test]
async fn segments_have_names_and_a_deleted_one_has_no_customers() {
    let app = TestApp::start().await;
    let awkward = r#"a","vip"#;
    let segments =
        json!([{"id": "vip", "name": "Best"}, {"id": awkward, "name": "Odd"}, {"id": "new", "name": "New"}]);
    put(&app, "/v1/segments", segments).await;
    assert_eq!(app.get("/v1/segments/vip").await.expect(200), json!({"id": "vip", "name": "Best"}));
    let page = app.get("/v1/segments?limit=2").await.expect(200);
    let after = page["next_cursor"].as_str().unwrap();
    let rest = app.get(&format!("/v1/segments?after={after}")).await.expect(200);
    let ids =
        |page: &Value| page["data"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect::<Vec<_>>();
    assert_eq!([ids(&page), ids(&rest)].concat().len(), 3);
    let lists =
        [json!(["vip"]), json!(["new", "vip"]), json!(["vip", "new"]), json!([awkward, "vip", "vips"])];
    let customers = lists.iter().zip(1..).map(|(ids, id)| json!({"id": id, "segment_ids": ids}));
    put(&app, "/v1/customers", customers.collect()).await;
    is_gone(&app, "/v1/segments/vip").await;
    let left = app.get("/v1/customers").await.expect(200);
    let left: Vec<&Value> = left["data"].as_array().unwrap().iter().map(|it| &it["segment_ids"]).collect();
    assert_eq!(left, [&json!([]), &json!(["new"]), &json!(["new"]), &json!([awkward, "vips"])]);
    let nameless = json!({"items": [{"id": "", "name": "x"}]});
    app.put("/v1/segments", nameless).await.expect_invalid("/items/0/id", "empty");
    let twice = json!({"items": [{"id": "a", "name": "x"}, {"id": "a", "name": "y"}]});
    app.put("/v1/segments", twice).await.expect_invalid("/items/1/id", "duplicate");
    // `"\u0000"` as a cursor: no database can be asked about it.
    app.get("/v1/segments?after=Ilx1MDAwMCI").await.expect_invalid("?after", "invalid");
}

#[tokio::test]
async fn sellers_are_put_changed_listed_and_deleted_once_they_sell_nothing() {
    let app = TestApp::start().await;
    let alpine = json!({
        "id": 12, "business_name": "Alpine Outfitters", "email": "sales@example.com", "marketing_tools": false,
    });
    put(
        &app,
        "/v1/sellers",
        json!([{"id": 12, "business_name": "Alpine Outfitters", "email": "sales@example.com"}]),
    )
    .await;
    assert_eq!(app.get("/v1/sellers/12").await.expect(200), alpine);
    let changed =
        app.patch("/v1/sellers/12", json!({"marketing_tools": true, "email": null})).await.expect(200);
    assert_eq!((&changed["marketing_tools"], &changed["email"]), (&json!(true), &Value::Null));
    assert_eq!(changed["business_name"], "Alpine Outfitters");
    assert_eq!(app.get("/v1/sellers").await.expect(200)["data"], json!([changed]));
    app.patch("/v1/sellers/12", json!({"email": "x"})).await.expect_invalid("/email", "invalid");
    app.patch("/v1/sellers/12", json!({"business_name": ""})).await.expect_invalid("/business_name", "empty");
    app.patch("/v1/sellers/13", json!({})).await.expect_problem(404, "not_found");
    put(&app, "/v1/products", json!([{"id": 5, "name": "Sock", "seller_id": 12}])).await;
    app.delete("/v1/sellers/12").await.expect_problem(409, "in_use");
    app.delete("/v1/products/5").await.expect(204);
    is_gone(&app, "/v1/sellers/12").await;
}

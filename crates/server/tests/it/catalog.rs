//! The mirror of the storefront's catalog.

use engine::money::Currency;
use engine::promotion::{Named, Names as _};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use server::catalog::service::{Asked, facts, names_asked};
use server::evaluation::rest::Catalog as _;
use server::platform::db::WriteError;

use crate::harness::{STORE, TestApp};

async fn put(app: &TestApp, path: &str, items: Value) {
    let count = items.as_array().unwrap().len();
    assert_eq!(app.put(path, json!({"items": items})).await.expect(200), json!({"upserted": count}));
}

fn boot() -> Value {
    json!({
        "id": 101, "name": "Alpine boot", "sku": "BOOT", "price": "20.00", "list_price": "25.00", "prices": {"EUR": "18.50"},
        "list_prices": {}, "cost": "11.50",
        "floor_price": "12.00", "has_required_modifiers": false, "brand_id": 3,
        "seller_id": 12, "category_ids": [9], "options": {}, "custom_fields": {"Gender": "Mens"}, "gift_card": false,
        "variants": [
            {"id": 1011, "sku": "BOOT-XS", "price": "18.00", "list_price": null, "prices": {"EUR": "17.00", "JPY": "2900"},
             "list_prices": {"EUR": "21.00"}, "options": {"Size": "XS"}},
            {"id": 1012, "sku": null, "price": null, "list_price": null, "prices": {}, "list_prices": {},
             "options": {}},
        ],
    })
}

#[tokio::test]
async fn a_product_is_shown_as_it_was_put_and_can_be_put_as_it_is_shown() {
    let app = TestApp::start().await;
    put(&app, "/v1/products", json!([boot()])).await;
    let shown = app.get("/v1/products/101").await.expect(200);
    assert_eq!(shown, boot());
    put(&app, "/v1/products", json!([shown])).await;
    assert_eq!(app.get("/v1/products/101").await.expect(200), boot());
}

#[tokio::test]
async fn a_second_put_replaces_and_variants_stay_unless_they_are_sent() {
    let app = TestApp::start().await;
    put(&app, "/v1/products", json!([boot()])).await;
    put(&app, "/v1/products", json!([{"id": 101, "name": "Boot", "price": "5"}])).await;
    let shown = app.get("/v1/products/101").await.expect(200);
    assert_eq!(
        (&shown["name"], &shown["price"], &shown["sku"]),
        (&json!("Boot"), &json!("5.00"), &Value::Null)
    );
    assert_eq!(shown["variants"], boot()["variants"]);
    put(&app, "/v1/products", json!([{"id": 101, "name": "Boot", "variants": [{"id": 1013}]}])).await;
    let shown = app.get("/v1/products/101").await.expect(200);
    assert_eq!(shown["variants"].as_array().unwrap().len(), 1);
    assert_eq!(shown["variants"][0]["id"], 1013);
}

#[tokio::test]
async fn categories_and_brands_are_put_listed_and_shown() {
    let app = TestApp::start().await;
    let boots = json!({"id": 9, "name": "Boots", "parent_id": 2});
    put(&app, "/v1/categories", json!([boots, {"id": 2, "name": "Shoes", "parent_id": 0}])).await;
    let shown = json!({
        "id": 9, "name": "Boots", "parent_id": 2, "depth": 2, "path": [2, 9], "display_name": "Shoes > Boots",
    });
    assert_eq!(app.get("/v1/categories/9").await.expect(200), shown);
    let top = json!({
        "id": 2, "name": "Shoes", "parent_id": null, "depth": 1, "path": [2], "display_name": "Shoes",
    });
    let list = app.get("/v1/categories").await.expect(200);
    assert_eq!(list, json!({"data": [top, shown], "next_cursor": null}));
    let brand = json!({"id": 3, "name": "Northwind"});
    put(&app, "/v1/brands", json!([brand])).await;
    assert_eq!(app.get("/v1/brands/3").await.expect(200), brand);
    assert_eq!(app.get("/v1/brands").await.expect(200)["data"], json!([brand]));
}

#[tokio::test]
async fn unknown_ids_are_not_found() {
    let app = TestApp::start().await;
    for path in ["/v1/products/7", "/v1/categories/7", "/v1/brands/7", "/v1/products/boot", "/v1/brands/-1"] {
        app.get(path).await.expect_problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_thousand_products_fit_in_one_request_and_are_listed_in_pages() {
    let app = TestApp::start().await;
    let products: Vec<Value> = (1..=1000).rev().map(|id| json!({"id": id, "name": "Sock"})).collect();
    put(&app, "/v1/products", json!(products)).await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/v1/products?limit=240{after}")).await.expect(200);
        seen.extend(page["data"].as_array().unwrap().iter().map(|product| product["id"].as_i64().unwrap()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        after = format!("&after={cursor}");
    }
    assert_eq!(seen, (1..=1000).collect::<Vec<_>>());

    let too_many: Vec<Value> = (1..=1001).map(|id| json!({"id": id, "name": "Sock"})).collect();
    app.put("/v1/products", json!({"items": too_many})).await.expect_invalid("/items", "out_of_range");
    app.get("/v1/products?limit=0").await.expect_invalid("?limit", "out_of_range");
    app.get("/v1/products?after=x").await.expect_invalid("?after", "invalid");
    let message = app.get("/v1/products?page=2").await.expect_invalid("?page", "unknown_field");
    assert!(message.contains("`limit`, `after`"), "{message}");
}

#[tokio::test]
async fn what_is_wrong_with_a_product_is_told_with_its_place_and_nothing_is_kept() {
    let app = TestApp::start().await;
    for (fields, pointer, code) in [
        (json!({"id": 0}), "/id", "out_of_range"),
        (json!({"id": 9_007_199_254_740_992_i64}), "/id", "out_of_range"),
        (json!({"name": ""}), "/name", "empty"),
        (json!({"name": "x".repeat(251)}), "/name", "out_of_range"),
        (json!({"price": "-1"}), "/price", "out_of_range"),
        (json!({"price": "1.005"}), "/price", "out_of_range"),
        (json!({"price": "free"}), "/price", "out_of_range"),
        (json!({"price": 5}), "/price", "type"),
        (json!({"list_price": "1,50"}), "/list_price", "out_of_range"),
        (json!({"brand_id": -3}), "/brand_id", "out_of_range"),
        (json!({"category_ids": [1, 0]}), "/category_ids/1", "out_of_range"),
        (json!({"category_ids": (1..=101).collect::<Vec<_>>()}), "/category_ids", "out_of_range"),
        (json!({"custom_fields": {"a/b": "x".repeat(251)}}), "/custom_fields/a~1b", "out_of_range"),
        (json!({"options": {"Size": 5}}), "/options/Size", "type"),
        (json!({"prices": {"EURO": "1"}}), "/prices/EURO", "unknown_currency"),
        (json!({"prices": {"JPY": "1.50"}}), "/prices/JPY", "out_of_range"),
        (json!({"price": "1", "prices": {"USD": "1"}}), "/prices/USD", "conflict"),
        (json!({"list_prices": {"EUR": "-1"}}), "/list_prices/EUR", "out_of_range"),
        (json!({"colour": "red"}), "/colour", "unknown_field"),
        (json!({"variants": [{"id": 1}, {"id": 1}]}), "/variants/1/id", "duplicate"),
        (json!({"variants": [{"sku": "x"}]}), "/variants/0/id", "required"),
    ] {
        let mut product = json!({"id": 5, "name": "Sock"});
        product.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let items = json!({"items": [{"id": 4, "name": "Hat"}, product]});
        app.put("/v1/products", items).await.expect_invalid(&format!("/items/1{pointer}"), code);
    }
    let twice = json!({"items": [{"id": 4, "name": "Hat"}, {"id": 4, "name": "Cap"}]});
    app.put("/v1/products", twice).await.expect_invalid("/items/1/id", "duplicate");
    assert_eq!(app.get("/v1/products").await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn facts_of_a_line_come_from_its_variant_and_then_its_product() {
    let app = TestApp::start().await;
    put(&app, "/v1/products", json!([boot(), {"id": 102, "name": "Gift card", "gift_card": true}])).await;
    let (products, variants) = (vec![101, 102, 7], vec![Some(1011), Some(1012), None]);
    let facts = facts(app.state.db.read(), STORE, products, variants, None).await.unwrap();

    let small = facts.known(101, Some(1011));
    assert_eq!((small.price, small.list_price), (Some("18.00"), Some("25.00")));
    assert_eq!(small.options.unwrap()["Size"], "XS");
    assert_eq!((small.brand_id, small.seller_id, small.gift_card), (Some(3), Some(12), false));
    assert_eq!(small.custom_fields.unwrap()["Gender"], "Mens");
    assert_eq!(facts.known(101, Some(1012)).price, Some("20.00"));
    assert_eq!(facts.known(101, None).price, Some("20.00"));
    assert!(facts.known(102, Some(1011)).price.is_none(), "a variant of another product is not believed");
    assert!(facts.known(102, None).gift_card);
    assert_eq!(facts.known(7, None).category_ids, [] as [u64; 0]);
}

#[tokio::test]
async fn facts_in_another_currency_are_only_what_is_priced_in_it() {
    let app = TestApp::start().await;
    put(&app, "/v1/products", json!([boot()])).await;
    let goods = || (vec![101], vec![Some(1011), Some(1012)]);
    let (products, variants) = goods();
    let euros = facts(app.state.db.read(), STORE, products, variants, Currency::parse("EUR")).await.unwrap();
    let small = euros.known(101, Some(1011));
    assert_eq!((small.price, small.list_price, small.cost), (Some("17.00"), Some("21.00"), None));
    assert_eq!(euros.known(101, Some(1012)).price, Some("18.50"), "the product's");
    let (products, variants) = goods();
    let yen = facts(app.state.db.read(), STORE, products, variants, Currency::parse("JPY")).await.unwrap();
    assert_eq!((yen.known(101, Some(1011)).price, yen.known(101, None).price), (Some("2900"), None));
    assert_eq!(yen.known(101, None).brand_id, Some(3));
}

#[tokio::test]
async fn a_price_in_the_own_currency_is_the_price_however_it_was_sent() {
    let app = TestApp::start().await;
    let sock = json!({"id": 5, "name": "Sock", "prices": {"USD": "4", "EUR": "3.5"}});
    put(&app, "/v1/products", json!([sock])).await;
    let shown = app.get("/v1/products/5").await.expect(200);
    assert_eq!((&shown["price"], &shown["prices"]), (&json!("4.00"), &json!({"EUR": "3.50"})));
}

#[tokio::test]
async fn a_product_is_in_the_parents_of_its_categories_even_when_they_form_a_circle() {
    let app = TestApp::start().await;
    let category = |id: u64, parent: u64| json!({"id": id, "name": "A category", "parent_id": parent});
    let tree = [(1, 0), (2, 1), (3, 2), (4, 1), (21, 0), (22, 21)];
    let categories: Vec<Value> = tree.into_iter().map(|(id, parent)| category(id, parent)).collect();
    put(&app, "/v1/categories", json!(categories)).await;
    // From before circles were refused.
    let circle = "UPDATE category SET parent_id = 22 WHERE id = 21";
    let write = app.state.db.write::<_, WriteError, _>(move |tx| {
        Box::pin(async move { Ok(tx.execute_unprepared(circle).await.map(|_| ())?) })
    });
    write.await.unwrap();
    let product = |id: u64, categories: Value| json!({"id": id, "name": "Sock", "category_ids": categories});
    put(
        &app,
        "/v1/products",
        json!([product(5, json!([3])), product(6, json!([4, 99])), product(7, json!([21]))]),
    )
    .await;
    let facts = facts(app.state.db.read(), STORE, vec![5, 6, 7], vec![], None).await.unwrap();
    assert_eq!(facts.known(5, None).category_ids, [1, 2, 3]);
    assert_eq!(facts.known(6, None).category_ids, [1, 4, 99]);
    assert_eq!(facts.known(7, None).category_ids, [21, 22]);
    assert_eq!(app.get("/v1/categories/21").await.expect(200)["path"], json!([22, 21]));
}

#[tokio::test]
async fn sentences_get_the_names_that_they_ask_for() {
    let app = TestApp::start().await;
    put(&app, "/v1/products", json!([boot(), {"id": 102, "name": "Sock"}])).await;
    put(&app, "/v1/categories", json!([{"id": 9, "name": "Boots"}])).await;
    put(&app, "/v1/brands", json!([{"id": 3, "name": "Northwind"}])).await;
    put(&app, "/v1/customer-groups", json!([{"id": 4, "name": "Wholesale"}])).await;
    put(&app, "/v1/sellers", json!([{"id": 12, "business_name": "Alpine Outfitters"}])).await;
    let things = [
        (Named::Product, 101, Some("Alpine boot")),
        (Named::Variant, 1011, Some("BOOT-XS")),
        (Named::Variant, 1012, None),
        (Named::Category, 9, Some("Boots")),
        (Named::Category, 10, None),
        (Named::Brand, 3, Some("Northwind")),
        (Named::CustomerGroup, 4, Some("Wholesale")),
        (Named::Seller, 12, Some("Alpine Outfitters")),
        (Named::Channel, 1, None),
    ];
    let asked = Asked::default();
    for (named, id, _) in things {
        assert_eq!(asked.name(named, id), None);
    }
    let names = names_asked(app.state.db.read(), STORE, &asked).await.unwrap();
    for (named, id, name) in things {
        assert_eq!(names.name(named, id), name);
    }
    assert_eq!(names.name(Named::Product, 102), None, "nobody asked");
}

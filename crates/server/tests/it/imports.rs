//! Files of the storefront's objects: templates, rows that are taken in and rows that are not, progress, and resuming.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request};
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::app::job_kinds;
use server::job::jobs::{make_step, work_off};

use crate::harness::{Answer, TestApp};

async fn import(app: &TestApp, address: &str, file: impl Into<Body>) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/v1/imports/{address}"))
        .header(AUTHORIZATION, format!("Bearer {}", app.secret))
        .header(CONTENT_TYPE, "text/csv; charset=utf-8")
        .body(file.into());
    app.call(request.unwrap()).await
}

/// The result of the job that takes in a file.
async fn imported(app: &TestApp, subject: &str, file: impl Into<Body>) -> Value {
    let begun = import(app, subject, file).await;
    let job = begun.header("location").to_owned();
    begun.expect(202);
    work_off(&app.state, &job_kinds()).await.unwrap();
    let told = app.get(&job).await.expect(200);
    assert_eq!((&told["state"], &told["done"]), (&json!("done"), &told["total"]), "{told}");
    told["result"].clone()
}

/// Row, column and code of every error.
fn errors(result: &Value) -> Vec<(u64, String, String)> {
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let errors = result["errors"].as_array().unwrap().iter();
    errors.map(|it| (it["row"].as_u64().unwrap(), text(it, "column"), text(it, "code"))).collect()
}

const SUBJECTS: [(&str, &str); 8] = [
    ("sellers", "/v1/sellers/12"),
    ("brands", "/v1/brands/3"),
    ("categories", "/v1/categories/9"),
    ("products", "/v1/products/101"),
    ("variants", "/v1/products/101"),
    ("segments", "/v1/segments/vip"),
    ("customer_groups", "/v1/customer-groups/3"),
    ("customers", "/v1/customers/7"),
];

#[tokio::test]
async fn every_template_is_taken_in_without_an_error() {
    let app = TestApp::start().await;
    for (subject, address) in SUBJECTS {
        let template = app.get(&format!("/v1/imports/{subject}/template.csv")).await;
        assert_eq!(template.header("content-type"), "text/csv; charset=utf-8");
        let result = imported(&app, subject, template.body).await;
        assert_eq!(result, json!({"rows": 1, "upserted": 1, "invalid": 0, "errors": []}), "{subject}");
        app.get(address).await.expect(200);
    }
    let boot = app.get("/v1/products/101").await.expect(200);
    let expected = json!({
        "id": 101, "name": "Alpine boot", "sku": "BOOT", "price": "20.00", "list_price": "25.00",
        "prices": {"EUR": "18.00"}, "list_prices": {"EUR": "22.00"}, "cost": "11.50", "floor_price": "12.00",
        "has_required_modifiers": false, "brand_id": 3, "seller_id": null, "category_ids": [4, 9], "options": {},
        "custom_fields": {"Gender": "Mens"}, "gift_card": false,
        "variants": [{
            "id": 1011, "sku": "BOOT-XS", "price": "20.00", "list_price": "25.00", "prices": {"EUR": "18.00"},
            "list_prices": {"EUR": "22.00"}, "options": {"Size": "XS"},
        }],
    });
    assert_eq!(boot, expected);
    let customer = app.get("/v1/customers/7").await.expect(200);
    assert_eq!(
        (&customer["phone"], &customer["segment_ids"]),
        (&json!("+1 555 0100"), &json!(["newsletter", "vip"]))
    );
    app.get("/v1/imports/orders/template.csv").await.expect_problem(404, "not_found");
    import(&app, "orders", "id\n1\n").await.expect_problem(404, "not_found");
}

/// Two rows are good.
const MIXED: &str = "\u{feff}ID;Name;Price;Category_ids;prices.EUR;custom_fields.a/b\r\n\
    1;'=1+1;5;4|9;3.00;x\r\n\
    two;Two;;;;\r\n\
    3;;;;;\r\n\
    4;Four;1,50;4|x;;\r\n\
    \r\n\
    5;Five;1.234;0;1.234;\r\n\
    1;One again;;;;\r\n\
    6;Six\r\n\
    7;Se\0ven;;;;\r\n\
    8;\"Eight; and\na line\";;;;\r\n";

#[tokio::test]
async fn a_dry_run_tells_every_bad_row_with_its_column_and_keeps_nothing() {
    let app = TestApp::start().await;
    let mut file = MIXED.as_bytes().to_vec();
    file.extend(b"9;N\xffne;;;;\r\n");
    let report = import(&app, "products?dry_run=true", file).await.expect(200);
    assert_eq!((&report["rows"], &report["valid"], &report["invalid"]), (&json!(10), &json!(2), &json!(8)));
    let expected = [
        (3, "id", "type"),
        (4, "name", "required"),
        (5, "category_ids", "type"),
        (6, "price", "out_of_range"),
        (6, "category_ids.0", "out_of_range"),
        (6, "prices.EUR", "out_of_range"),
        (7, "id", "duplicate"),
        (8, "", "type"),
        (9, "", "type"),
        (11, "", "type"),
    ];
    let mut found = errors(&report);
    found.sort();
    let mut expected = expected.map(|(row, column, code)| (row, column.to_owned(), code.to_owned()));
    expected.sort();
    assert_eq!(found, expected, "{report}");
    assert_eq!(app.get("/v1/products").await.expect(200)["data"], json!([]));
    assert_eq!(app.get("/v1/jobs").await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn good_rows_are_kept_as_text_or_all_is_refused_as_asked() {
    let app = TestApp::start().await;
    let refused = import(&app, "products?on_error=refuse", MIXED).await.expect_problem(422, "invalid");
    assert_eq!(refused["errors"][0]["pointer"], "/rows/3/id");
    work_off(&app.state, &job_kinds()).await.unwrap();
    assert_eq!(app.get("/v1/products").await.expect(200)["data"], json!([]));

    let result = imported(&app, "products", MIXED).await;
    assert_eq!((&result["upserted"], &result["invalid"]), (&json!(2), &json!(7)));
    let one = app.get("/v1/products/1").await.expect(200);
    assert_eq!((&one["name"], &one["category_ids"]), (&json!("=1+1"), &json!([4, 9])));
    assert_eq!((&one["prices"], &one["custom_fields"]), (&json!({"EUR": "3.00"}), &json!({"a/b": "x"})));
    assert_eq!(app.get("/v1/products/8").await.expect(200)["name"], "Eight; and\na line");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_refused_with_the_row_and_leaves_nothing() {
    let app = TestApp::start().await;
    let unclosed = "id,name\n1,One\n2,\"Two\n3,Three\n";
    let message = import(&app, "brands", unclosed).await.expect_invalid("/rows/3", "unclosed_quote");
    assert!(message.contains("close it"), "{message}");
    let endless = format!("id,name\n1,\"{}", "x\n".repeat(1024 * 1024));
    let message = import(&app, "brands", endless).await.expect_invalid("", "unclosed_quote");
    assert_eq!(message, "row 2 has more than 1 MiB: is a quote left open in it?");
    import(&app, "brands", "id,id,name\n").await.expect_invalid("/rows/1", "duplicate");
    import(&app, "brands", "id\n").await.expect_invalid("/rows/1", "required");
    let message = import(&app, "brands", "id,name,colour\n").await.expect_invalid("/rows/1", "unknown_field");
    assert_eq!(message, "`colour` is not a column here; those known are id, name");
    import(&app, "products", "id,name,prices.\n").await.expect_invalid("/rows/1", "unknown_field");
    let wide = vec!["name"; 1001].join(",");
    import(&app, "brands", wide).await.expect_invalid("/rows/1", "out_of_range");
    import(&app, "brands", b"PK\x03\x04 and so on".to_vec()).await.expect_invalid("", "encoding");
    import(&app, "brands", b"\xff\xfei\0d\0".to_vec()).await.expect_invalid("", "encoding");
    let row = format!("1,{}\n", "x".repeat(1024 * 1024 - 100));
    let large = format!("id,name\n{}", row.repeat(51));
    import(&app, "brands", large).await.expect_problem(413, "body_too_large");
    app.post("/v1/imports/brands", json!({})).await.expect_problem(415, "unsupported_media_type");
    assert_eq!(app.get("/v1/brands").await.expect(200)["data"], json!([]));
    assert_eq!(app.get("/v1/jobs").await.expect(200)["data"], json!([]));
    let empty = imported(&app, "brands", "id,name\n").await;
    assert_eq!(empty["rows"], 0);
}

#[tokio::test]
async fn a_row_may_have_both_prices_only_where_they_mean_one_thing() {
    let app = TestApp::start().await;
    let file = "id,name,price,list_price,sale_price\n1,A,9,,5\n2,B,,,5\n3,C,9,10,5\n";
    let result = imported(&app, "products", file).await;
    let conflict = |row| (row, "sale_price".to_owned(), "conflict".to_owned());
    assert_eq!(errors(&result), [conflict(3), conflict(4)]);
    let one = app.get("/v1/products/1").await.expect(200);
    assert_eq!((&one["price"], &one["list_price"]), (&json!("5.00"), &json!("9.00")));
}

#[tokio::test]
async fn variants_without_a_product_and_categories_in_a_circle_are_bad_rows() {
    let app = TestApp::start().await;
    imported(&app, "products", "id,name\n1,Boot\n").await;
    let variants = "id,product_id,price\n11,1,5\n21,2,5\n";
    let report = import(&app, "variants?dry_run=true", variants).await.expect(200);
    assert_eq!(errors(&report), [(3, "product_id".to_owned(), "not_found".to_owned())]);
    // What was right when the file was read may be wrong when it is kept.
    let begun = import(&app, "variants", variants).await;
    let job = begun.header("location").to_owned();
    app.delete("/v1/products/1").await.expect(204);
    work_off(&app.state, &job_kinds()).await.unwrap();
    let result = app.get(&job).await.expect(200)["result"].clone();
    assert_eq!((&result["upserted"], &result["invalid"]), (&json!(0), &json!(2)));

    imported(&app, "categories", "id,name\n1,Women\n").await;
    let circle = "id,name,parent_id\n1,Women,3\n2,Shoes,1\n3,Boots,2\n4,Hats,1\n";
    let result = imported(&app, "categories", circle).await;
    let places: Vec<u64> = errors(&result).iter().map(|(row, _, _)| *row).collect();
    assert_eq!((places, &result["upserted"]), (vec![2, 3, 4], &json!(1)));
    assert_eq!(app.get("/v1/categories/4").await.expect(200)["display_name"], "Women > Hats");
}

#[tokio::test]
async fn twenty_thousand_products_tell_how_far_they_are_and_a_killed_import_goes_on_without_doubles() {
    const COUNT: u64 = 20_000;
    let app = TestApp::start().await;
    let rows: String = (1..=COUNT).map(|id| format!("{id},Product {id},{id}.00,{}\n", id % 50 + 1)).collect();
    let begun = import(&app, "products", format!("id,name,price,category_ids\n{rows}")).await;
    let job = begun.header("location").to_owned();
    assert_eq!(begun.expect(202)["total"], COUNT);
    for _ in 0..7 {
        make_step(&app.state, &job_kinds(), "one that is killed").await.unwrap();
    }
    let told = app.get(&job).await.expect(200);
    let half = json!({"rows": COUNT, "upserted": 7000, "invalid": 0, "errors": []});
    assert_eq!((&told["state"], &told["done"], &told["result"]), (&json!("running"), &json!(7000), &half));
    // Its lease is over, and another goes on.
    app.clock.set(app.clock.now() + SignedDuration::from_secs(20));
    work_off(&app.state, &job_kinds()).await.unwrap();
    let told = app.get(&job).await.expect(200);
    assert_eq!((&told["state"], &told["result"]["upserted"]), (&json!("done"), &json!(COUNT)), "{told}");
    let line = json!({"id": "1", "product_id": COUNT, "quantity": 2});
    let priced =
        app.post("/v1/evaluate", json!({"cart": {"currency": "USD", "lines": [line]}})).await.expect(200);
    assert_eq!(priced["totals"]["total"], "40000.00");
    let (mut count, mut after) = (0, String::new());
    loop {
        let page = app.get(&format!("/v1/products?limit=250{after}")).await.expect(200);
        count += page["data"].as_array().unwrap().len() as u64;
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        after = format!("&after={cursor}");
    }
    assert_eq!(count, COUNT);
}

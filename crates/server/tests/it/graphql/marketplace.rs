//! The query that marketplaces send, word for word.

use serde_json::{Value, json};

use super::loading::statements;
use super::{ask, global};
use crate::harness::TestApp;

/// As the operators' guide prints it.
const PRINTED: &str = "query PromotionQuery(
$status: String,
$sellerId: ID
) {
promotions(
status: $status
sellerId: $sellerId
) {
nodes {
id
seller { id, businessName, emailAddress}
name
teaser
description
startDate
endDate
minimumSpend
maximumSpend
suspended
discountType
discountAmount
freeShipping
brandsIncluded { edges { node { name } } }
brandsExcluded { edges { node { name } } }
categoriesIncluded { edges { node { displayName } } }
categoriesExcluded { edges { node { displayName } } }
advertsIncluded { edges { node { description } } }
advertsExcluded { edges { node { description } } }
variantsIncluded { edges { node { sku } } }
variantsExcluded { edges { node { sku } } }
saleItemsExcluded
}
}
}";

async fn catalog(app: &TestApp) {
    let items = |items: Value| json!({ "items": items });
    let brands = json!([{ "id": 3, "name": "Alpine" }, { "id": 4, "name": "Basic" }]);
    app.put("/v1/brands", items(brands)).await.expect(200);
    let categories = json!([{ "id": 1, "name": "Clothes" }, { "id": 11, "name": "Shoes", "parent_id": 1 },
        { "id": 111, "name": "Boots", "parent_id": 11 }]);
    app.put("/v1/categories", items(categories)).await.expect(200);
    let products = json!([
        { "id": 7, "name": "Boot", "price": "20.00", "variants": [{ "id": 71, "sku": "BOOT-RED" }, { "id": 72, "sku": "BOOT-BLUE" }] },
        { "id": 8, "name": "Sock", "price": "5.00" },
    ]);
    app.put("/v1/products", items(products)).await.expect(200);
}

fn promotion(name: &str) -> Value {
    json!({
        "name": name, "redemption_type": "AUTOMATIC", "seller_id": 12, "teaser": "Ten off", "description": "Off boots.",
        "exclude_sale_items": true, "start_date": "2026-01-01T00:00:00Z", "end_date": "2026-12-31T00:00:00Z",
        "rules": [
            { "condition": { "cart": { "minimum_spend": "99.00", "maximum_spend": "500.00" } },
              "action": { "cart_items": { "discount": { "percentage_amount": "10" }, "items": { "and": [
                { "brands": [3] }, { "categories": [111] }, { "or": [{ "products": [7] }, { "variants": [71] }] },
                { "not": { "or": [{ "brands": [4] }, { "categories": [11] }, { "products": [8] }, { "variants": [72] }] } } ] } } } },
            { "action": { "shipping": { "zone_ids": "*" } } },
        ],
    })
}

#[tokio::test]
async fn the_printed_query_is_answered_with_every_field_that_it_names() {
    let app = TestApp::start().await;
    catalog(&app).await;
    app.post("/v1/promotions", promotion("Boots week")).await.expect(201);
    let mut other = promotion("Of another");
    other["seller_id"] = 13.into();
    other["status"] = "paused".into();
    app.post("/v1/promotions", other).await.expect(201);
    let told = ask(&app, PRINTED, json!({ "status": "active", "sellerId": global("Seller", 12) })).await;
    let edges = |field: &str, value: &str| json!({ "edges": [{ "node": { field: value } }] });
    let expected = json!({ "promotions": { "nodes": [{
        "id": "UHJvbW90aW9uLTE=",
        "seller": { "id": global("Seller", 12), "businessName": null, "emailAddress": null },
        "name": "Boots week", "teaser": "Ten off", "description": "Off boots.",
        "startDate": "2026-01-01T00:00:00Z", "endDate": "2026-12-31T00:00:00Z",
        "minimumSpend": "99.00", "maximumSpend": "500.00", "suspended": false,
        "discountType": "percentage", "discountAmount": "10", "freeShipping": true,
        "brandsIncluded": edges("name", "Alpine"), "brandsExcluded": edges("name", "Basic"),
        "categoriesIncluded": edges("displayName", "Clothes > Shoes > Boots"),
        "categoriesExcluded": edges("displayName", "Clothes > Shoes"),
        "advertsIncluded": edges("description", "Boot"), "advertsExcluded": edges("description", "Sock"),
        "variantsIncluded": edges("sku", "BOOT-RED"), "variantsExcluded": edges("sku", "BOOT-BLUE"),
        "saleItemsExcluded": true,
    }] } });
    assert_eq!(told, expected);
    // Both variables may be left out, and a seller may be named by the plain number.
    assert_eq!(ask(&app, PRINTED, json!({})).await["promotions"]["nodes"].as_array().unwrap().len(), 2);
    let paused = ask(&app, PRINTED, json!({ "sellerId": "13" })).await;
    assert_eq!(paused["promotions"]["nodes"][0]["suspended"], true);
    let nobody = ask(&app, PRINTED, json!({ "sellerId": 99 })).await;
    assert_eq!(nobody["promotions"]["nodes"], json!([]));
}

#[tokio::test]
async fn it_takes_as_many_statements_for_thirty_promotions_as_for_three() {
    let app = TestApp::start().await;
    catalog(&app).await;
    for number in 1..=3 {
        app.post("/v1/promotions", promotion(&format!("Promotion {number}"))).await.expect(201);
    }
    let few = statements(&app, PRINTED, json!({})).await;
    for number in 4..=30 {
        app.post("/v1/promotions", promotion(&format!("Promotion {number}"))).await.expect(201);
    }
    let many = statements(&app, PRINTED, json!({})).await;
    assert_eq!(few, many);
}

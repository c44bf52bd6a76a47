//! The mirror of the storefront's customers.

use serde_json::{Value, json};
use server::customer::service::find;

use crate::harness::{STORE, TestApp};

fn ada() -> Value {
    json!({
        "id": 7, "email": "ada@example.com", "phone": "+1 555 0100", "group_id": 3, "segment_ids": ["vip"], "order_count": 2,
        "loyalty_tier": "gold",
    })
}

#[tokio::test]
async fn customers_are_put_replaced_listed_and_shown() {
    let app = TestApp::start().await;
    app.put("/v1/customers", json!({"items": [ada(), {"id": 8}]})).await.expect(200);
    assert_eq!(app.get("/v1/customers/7").await.expect(200), ada());
    app.put("/v1/customers", json!({"items": [{"id": 7, "group_id": 0}]})).await.expect(200);
    let bare = |id: i64| {
        json!({
            "id": id, "email": null, "phone": null, "group_id": null, "segment_ids": [], "order_count": 0, "loyalty_tier": null,
        })
    };
    let list = app.get("/v1/customers").await.expect(200);
    assert_eq!(list, json!({"data": [bare(7), bare(8)], "next_cursor": null}));
    app.get("/v1/customers/9").await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn groups_are_put_listed_and_shown() {
    let app = TestApp::start().await;
    let group = json!({"id": 3, "name": "Wholesale"});
    app.put("/v1/customer-groups", json!({"items": [group]})).await.expect(200);
    assert_eq!(app.get("/v1/customer-groups/3").await.expect(200), group);
    assert_eq!(app.get("/v1/customer-groups?limit=1").await.expect(200)["data"], json!([group]));
    app.get("/v1/customer-groups/4").await.expect_problem(404, "not_found");
    let nobody = json!({"items": [{"id": 0, "name": "Nobody"}]});
    app.put("/v1/customer-groups", nobody).await.expect_invalid("/items/0/id", "out_of_range");
}

#[tokio::test]
async fn what_is_wrong_with_a_customer_is_told_with_its_place() {
    let app = TestApp::start().await;
    for (fields, pointer, code) in [
        (json!({"email": "ada"}), "/email", "invalid"),
        (json!({"email": ""}), "/email", "empty"),
        (json!({"group_id": -1}), "/group_id", "out_of_range"),
        (json!({"segment_ids": [""]}), "/segment_ids/0", "empty"),
        (json!({"order_count": -1}), "/order_count", "out_of_range"),
        (json!({"loyalty_tier": "x".repeat(251)}), "/loyalty_tier", "out_of_range"),
        (json!({"phone": ""}), "/phone", "empty"),
        (json!({"telephone": "1"}), "/telephone", "unknown_field"),
    ] {
        let mut customer = json!({"id": 7});
        customer.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let answer = app.put("/v1/customers", json!({"items": [customer]})).await;
        answer.expect_invalid(&format!("/items/0{pointer}"), code);
    }
}

#[tokio::test]
async fn pricing_finds_what_it_asks_about_a_customer() {
    let app = TestApp::start().await;
    app.put("/v1/customers", json!({"items": [ada()]})).await.expect(200);
    let db = app.state.db.read();
    let known = find(db, STORE, 7).await.unwrap().unwrap();
    assert_eq!((known.group, known.order_count, known.loyalty_tier.as_deref()), (Some(3), 2, Some("gold")));
    assert_eq!(known.segments, ["vip"]);
    assert_eq!(known.phone.as_deref(), Some("+1 555 0100"));
    assert!(find(db, STORE, 8).await.unwrap().is_none());
    assert!(find(db, STORE, u64::MAX).await.unwrap().is_none());
}

//! The life of promotions: made, read, changed, found, paused, over.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

fn off_the_order(name: &str, percent: &str) -> Value {
    json!({"name": name, "redemption_type": "AUTOMATIC",
           "rules": [{"action": {"cart_value": {"discount": {"percentage_amount": percent}}}}]})
}

fn with(mut document: Value, fields: Value) -> Value {
    document.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    document
}

async fn create(app: &TestApp, document: Value) -> u64 {
    app.post("/v1/promotions", document).await.expect(201)["id"].as_u64().unwrap()
}

async fn change_from(app: &TestApp, path: &str, tag: &str, patch: Value) -> Answer {
    let request = Request::patch(path)
        .header(AUTHORIZATION, format!("Bearer {}", app.secret))
        .header(CONTENT_TYPE, "application/json")
        .header(IF_MATCH, tag);
    app.call(request.body(Body::from(patch.to_string())).unwrap()).await
}

/// What a cart of 100.00 comes to.
async fn total(app: &TestApp) -> String {
    let lines = json!([{"id": "1", "product_id": 1, "quantity": 1, "price": "100.00"}]);
    let body = json!({"cart": {"currency": "USD", "lines": lines}});
    let priced = app.post("/v1/evaluate", body).await.expect(200);
    priced["totals"]["total"].as_str().unwrap().to_owned()
}

/// The names of a list, in its order.
async fn names(app: &TestApp, query: &str) -> Vec<String> {
    let list = app.get(&format!("/v1/promotions?{query}")).await.expect(200);
    let name = |promotion: &Value| promotion["name"].as_str().unwrap().to_owned();
    list["data"].as_array().unwrap().iter().map(name).collect()
}

/// A promotion that was just saved as it reads later: without its warnings, of which there are none.
fn unwarned(mut saved: Value) -> Value {
    assert_eq!(saved.as_object_mut().unwrap().remove("warnings"), Some(json!([])));
    saved
}

#[tokio::test]
async fn a_promotion_is_answered_in_normal_form_with_what_the_server_adds() {
    let app = TestApp::start().await;
    app.put("/v1/categories", json!({"items": [{"id": 9, "name": "Boots"}]})).await.expect(200);
    let action =
        json!({"cart_items": {"discount": {"percentage_amount": 12.50}, "items": {"categories": [9]}}});
    let document = json!({
        "name": "Boots week", "redemption_type": "AUTOMATIC", "end_date": "2026-03-08T00:00:00+01:00",
        "rules": [{"condition": {"cart": {"minimum_spend": 50}}, "action": action}],
    });
    let answer = app.post("/v1/promotions", document).await;
    assert_eq!((answer.header("location"), answer.header("etag")), ("/v1/promotions/1", "\"1\""));
    let made = answer.expect(201);
    let summary = "Everyone gets 12.5 % off Boots when they spend 50.00 USD or more, \
                   from Sun 1 Mar 2026 00:00 to Sat 7 Mar 2026 23:00 (UTC).";
    let expected = json!({
        "id": 1, "summary": summary, "state": "active", "name": "Boots week", "redemption_type": "AUTOMATIC",
        "channels": [],
        "customer": {"group_ids": [], "minimum_order_count": 0, "excluded_group_ids": [], "segments": null,
                     "loyalty_tiers": []},
        "shipping_address": null, "currency_code": "USD", "rewards": "ALL", "seller_id": null,
        "exclude_sale_items": false, "max_uses_per_channel": null, "max_uses_per_day": null, "max_uses_per_customer": null, "budget": null,
        "uses_given_back": {"on_cancel": true, "on_expiry": true, "on_full_refund": true, "on_partial_refund": false},
        "price_floor": null, "funding": [], "exclusivity_scope": "ORDER", "tags": [], "combines_with": null,
        "best_deal_group": null,
        "rules": [{
            "action": {"cart_items": {
                "discount": {"percentage_amount": "12.5"}, "strategy": "LEAST_EXPENSIVE",
                "exclude_items_on_sale": false, "include_items_considered_by_condition": false,
                "items": {"categories": [9]}, "as_total": false, "add_free_item": true, "amount_per": "UNIT",
            }},
            "apply_once": true, "maximum_applications": null, "stop": false,
            "condition": {"cart": {"minimum_spend": "50.00", "spend_basis": "PHASE_START"}},
        }],
        "status": "active", "start_date": "2026-03-01T00:00:00Z", "end_date": "2026-03-07T23:00:00Z",
        "schedule": null, "max_uses": null, "priority": 0, "stop": false,
        "can_be_used_with_other_promotions": true, "notifications": [],
        "current_uses": 0, "created_from": "api", "revision": 1,
        "created_at": "2026-03-01T00:00:00Z", "updated_at": "2026-03-01T00:00:00Z",
    });
    assert_eq!(unwarned(made), expected);
    let read = app.get("/v1/promotions/1").await;
    assert_eq!(read.header("etag"), "\"1\"");
    assert_eq!(read.expect(200), expected);
    assert_eq!(app.get("/v1/promotions").await.expect(200), json!({"data": [expected], "next_cursor": null}));
}

#[tokio::test]
async fn a_change_touches_only_what_it_names_and_null_is_the_default() {
    let app = TestApp::start().await;
    let document = with(off_the_order("Ten", "10"), json!({"priority": 5, "max_uses": 100}));
    let before = unwarned(app.post("/v1/promotions", document).await.expect(201));
    app.clock.set("2026-03-02T00:00:00Z".parse().unwrap());
    let patch = json!({"name": "Eleven", "max_uses": null, "status": "paused", "start_date": null});
    let answer = change_from(&app, "/v1/promotions/1", "\"1\"", patch).await;
    assert_eq!(answer.header("etag"), "\"2\"");
    let after = unwarned(answer.expect(200));
    let changed = json!({
        "name": "Eleven", "max_uses": null, "status": "paused", "state": "paused", "revision": 2,
        "summary": "Everyone gets 10 % off the order, from Sun 1 Mar 2026 00:00 (UTC).",
        "updated_at": "2026-03-02T00:00:00Z",
    });
    assert_eq!(after, with(before, changed));
    assert_eq!(app.get("/v1/promotions/1").await.expect(200), after);
}

#[tokio::test]
async fn of_two_changes_based_on_one_revision_the_second_is_refused() {
    let app = TestApp::start().await;
    create(&app, off_the_order("Ten", "10")).await;
    let change =
        async |tag: &str, name: &str| change_from(&app, "/v1/promotions/1", tag, json!({"name": name})).await;
    assert_eq!(change("\"1\"", "Mine").await.expect(200)["revision"], 2);
    change("\"1\"", "Yours").await.expect_problem(412, "stale");
    assert_eq!(app.get("/v1/promotions/1").await.expect(200)["name"], "Mine");
    assert_eq!(change("W/\"2\"", "Yours").await.expect(200)["revision"], 3);
    assert_eq!(change("*", "Ours").await.expect(200)["revision"], 4);
}

#[tokio::test]
async fn changes_of_different_fields_at_once_all_land() {
    let app = TestApp::start().await;
    create(&app, off_the_order("Ten", "10")).await;
    let change = async |patch: Value| app.patch("/v1/promotions/1", patch).await.expect(200);
    tokio::join!(
        change(json!({"priority": 3})),
        change(json!({"max_uses": 4})),
        change(json!({"teaser": "Save!"})),
        change(json!({"stop": true})),
    );
    let after = app.get("/v1/promotions/1").await.expect(200);
    assert_eq!((&after["priority"], &after["max_uses"]), (&json!(3), &json!(4)));
    assert_eq!(
        (&after["teaser"], &after["stop"], &after["revision"]),
        (&json!("Save!"), &json!(true), &json!(5))
    );
}

#[tokio::test]
async fn a_promotion_that_was_read_can_be_sent_back_and_sent_again_as_a_new_one() {
    let app = TestApp::start().await;
    let document = json!({
        "name": "Everything", "display_name": "All of it", "redemption_type": "COUPON", "coupon_type": "BULK",
        "teaser": "Save!", "description": "A lot.", "channels": [{"id": 2}, {"id": 1}], "status": "draft",
        "customer": {"excluded_group_ids": [3], "minimum_order_count": 1, "segments": {"id": ["a", "b"]}},
        "shipping_address": {"not": {"countries": [{"iso2_country_code": "CA"}]}},
        "start_date": "2026-04-01T00:00:00-04:00", "end_date": "2026-05-01T00:00:00-04:00",
        "schedule": {"week_frequency": 2, "week_days": ["Friday"], "daily_start_time": "18:00",
                     "daily_end_time": "23:59:59"},
        "max_uses": 10, "priority": -3, "stop": true, "can_be_used_with_other_promotions": false,
        "coupon_overrides_other_promotions": true, "currency_code": "*",
        "notifications": [{"type": "UPSELL", "content": "Almost!", "locations": ["CART_PAGE"]}],
        "rules": [
            {"condition": {"and": [{"cart": {"items": {"not": {"brands": [1]}}, "minimum_quantity": 2}},
                                   {"or": [{"order_number": {"to": 3}}]}]},
             "action": {"gift_item": {"variant_id": 8, "quantity": 1}}, "apply_once": false, "stop": true},
            {"action": {"shipping": {"zone_ids": [1, 2]}}},
        ],
    });
    // With its warnings, as it came.
    let made = app.post("/v1/promotions", document).await.expect(201);
    let again = app.patch("/v1/promotions/1", made.clone()).await.expect(200);
    assert_eq!(again, made, "nothing was changed");
    let copy = app.post("/v1/promotions", made.clone()).await.expect(201);
    let left_out = |mut document: Value| document.as_object_mut().unwrap().remove("warnings");
    assert!(left_out(copy.clone()).is_some());
    assert_eq!(with(copy, json!({"warnings": []})), with(made, json!({"id": 2, "warnings": []})));
}

#[tokio::test]
async fn making_changing_and_pausing_show_in_the_very_next_evaluation() {
    let app = TestApp::start().await;
    assert_eq!(total(&app).await, "100.00");
    create(&app, off_the_order("Ten", "10")).await;
    assert_eq!(total(&app).await, "90.00");
    let rules = json!([{"action": {"cart_value": {"discount": {"percentage_amount": "25"}}}}]);
    app.patch("/v1/promotions/1", json!({"rules": rules})).await.expect(200);
    assert_eq!(total(&app).await, "75.00");
    app.patch("/v1/promotions/1", json!({"status": "paused"})).await.expect(200);
    assert_eq!(total(&app).await, "100.00");
    app.patch("/v1/promotions/1", json!({"status": "active"})).await.expect(200);
    assert_eq!(total(&app).await, "75.00");
    app.patch("/v1/promotions/1", json!({"end_date": "2026-03-02T00:00:00Z"})).await.expect(200);
    app.clock.set("2026-03-01T23:59:59.999Z".parse().unwrap());
    assert_eq!(total(&app).await, "75.00");
    app.clock.set("2026-03-02T00:00:00Z".parse().unwrap());
    assert_eq!(total(&app).await, "100.00");
}

#[tokio::test]
async fn an_archived_promotion_stays_as_it_is_and_out_of_sight() {
    let app = TestApp::start().await;
    create(&app, off_the_order("Ten", "10")).await;
    let archived = unwarned(app.patch("/v1/promotions/1", json!({"status": "archived"})).await.expect(200));
    assert_eq!((&archived["status"], &archived["state"]), (&json!("archived"), &json!("archived")));
    for patch in [json!({"status": "active"}), json!({"name": "Eleven"}), json!({})] {
        app.patch("/v1/promotions/1", patch).await.expect_problem(409, "archived");
    }
    app.delete("/v1/promotions/1").await.expect_problem(405, "method_not_allowed");
    assert_eq!(app.get("/v1/promotions/1").await.expect(200), archived);
    assert_eq!(total(&app).await, "100.00");
    assert_eq!(names(&app, "").await, [] as [&str; 0]);
    assert_eq!(names(&app, "status=archived").await, ["Ten"]);
}

/// Nine promotions that differ in what lists are filtered and sorted by; many values are equal.
async fn shelf(app: &TestApp) {
    let now = "2026-03-01T00:00:00Z";
    for (name, fields) in [
        ("boots week", json!({"priority": 2, "start_date": "2026-02-01T00:00:00Z"})),
        ("Zebra sale", json!({"priority": 1, "currency_code": "EUR"})),
        ("anorak 100%", json!({"priority": 2, "start_date": now, "channels": [{"id": 1}, {"id": 2}]})),
        ("boots week", json!({"redemption_type": "COUPON", "channels": [{"id": 2}]})),
        ("last year", json!({"start_date": "2025-01-01T00:00:00Z", "end_date": now, "priority": 1})),
        ("next week", json!({"start_date": "2026-03-08T00:00:00Z", "priority": 1})),
        ("sketch", json!({"status": "draft", "currency_code": "*"})),
        ("held back", json!({"status": "DISABLED", "start_date": "2026-02-01T00:00:00Z"})),
        ("over", json!({"status": "archived"})),
    ] {
        create(app, with(off_the_order(name, "10"), fields)).await;
    }
    app.post("/v1/promotions/4/codes", json!({"code": "Hello 10"})).await.expect(201);
}

#[tokio::test]
async fn lists_are_filtered_by_state_name_code_channel_currency_and_type() {
    let app = TestApp::start().await;
    shelf(&app).await;
    let running = ["boots week", "Zebra sale", "anorak 100%", "boots week"];
    let mut all = running.to_vec();
    all.extend(["last year", "next week", "sketch", "held back"]);
    for (query, expected) in [
        ("", all.clone()),
        ("status=active", running.to_vec()),
        ("status=scheduled", vec!["next week"]),
        ("status=expired", vec!["last year", "over"]),
        ("status=draft", vec!["sketch"]),
        ("status=paused", vec!["held back"]),
        ("status=archived", vec!["over"]),
        ("query=WEEK", vec!["boots week", "boots week", "next week"]),
        ("query=100%25", vec!["anorak 100%"]),
        ("query=%25", vec!["anorak 100%"]),
        ("query=_", vec![]),
        ("query=%5C", vec![]),
        ("query=hello%20%2010", vec!["boots week"]),
        ("query=hello", vec![]),
        ("name=boots%20week", vec!["boots week", "boots week"]),
        ("name=Boots%20week", vec![]),
        ("code=HELLO+10", vec!["boots week"]),
        ("code=HELLO", vec![]),
        ("code=%E2%98%83", vec![]),
        ("channel_id=2", all.clone()),
        ("channel_id=1", [&running[..3], &all[4..]].concat()),
        ("currency_code=EUR", vec!["Zebra sale"]),
        ("currency_code=*", vec!["sketch"]),
        ("redemption_type=coupon", vec!["boots week"]),
        ("redemption_type=automatic&status=active&query=boots", vec!["boots week"]),
    ] {
        assert_eq!(names(&app, query).await, expected, "{query}");
    }
}

/// The ids of a whole list, read in pages of two.
async fn ids_by_pages(app: &TestApp, query: &str) -> Vec<u64> {
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/v1/promotions?limit=2{query}{after}")).await.expect(200);
        let data = page["data"].as_array().unwrap();
        assert!(!data.is_empty() && data.len() <= 2, "{page}");
        ids.extend(data.iter().map(|promotion| promotion["id"].as_u64().unwrap()));
        let Some(cursor) = page["next_cursor"].as_str() else { return ids };
        assert_eq!(data.len(), 2, "only the last page may be short: {page}");
        after = format!("&after={cursor}");
    }
}

#[tokio::test]
async fn every_order_is_paged_through_both_ways_without_loss_or_repetition() {
    let app = TestApp::start().await;
    shelf(&app).await;
    for (sort, ascending) in [
        ("", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("&sort=id", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("&sort=name", [3, 1, 4, 8, 5, 6, 7, 2]),
        ("&sort=priority", [4, 7, 8, 2, 5, 6, 1, 3]),
        ("&sort=start_date", [5, 1, 8, 2, 3, 4, 7, 6]),
    ] {
        let mut descending = ascending;
        descending.reverse();
        assert_eq!(ids_by_pages(&app, sort).await, ascending, "{sort}");
        assert_eq!(ids_by_pages(&app, &format!("{sort}&direction=asc")).await, ascending, "{sort}");
        assert_eq!(ids_by_pages(&app, &format!("{sort}&direction=desc")).await, descending, "{sort}");
    }
    assert_eq!(ids_by_pages(&app, "&sort=priority&status=active").await, [4, 2, 1, 3]);
}

#[tokio::test]
async fn a_cursor_stays_good_while_promotions_come_and_go() {
    let app = TestApp::start().await;
    shelf(&app).await;
    let first = app.get("/v1/promotions?limit=3&sort=name").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    // The promotion that the cursor points at goes, and one that would stand before it comes.
    app.patch("/v1/promotions/4", json!({"status": "archived"})).await.expect(200);
    create(&app, off_the_order("aardvark", "10")).await;
    let rest = app.get(&format!("/v1/promotions?sort=name&after={cursor}")).await.expect(200);
    let ids: Vec<u64> =
        rest["data"].as_array().unwrap().iter().map(|it| it["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [8, 5, 6, 7, 2]);
}

#[tokio::test]
async fn a_promotion_may_name_as_many_channels_as_a_body_holds() {
    let app = TestApp::start().await;
    let channels: Vec<Value> = (1..=11_000).map(|id| json!({"id": id})).collect();
    create(&app, with(off_the_order("Ten", "10"), json!({"channels": channels}))).await;
    assert_eq!(names(&app, "channel_id=11000").await, ["Ten"]);
    assert_eq!(names(&app, "channel_id=11001").await, [] as [&str; 0]);
}

#[tokio::test]
async fn a_key_names_one_promotion_and_is_free_again_once_that_is_archived() {
    let app = TestApp::start().await;
    let keyed = |name: &str| with(off_the_order(name, "10"), json!({"key": "boots"}));
    let id = create(&app, keyed("A")).await;
    let other = create(&app, off_the_order("B", "10")).await;
    let refused = app.post("/v1/promotions", keyed("C")).await.expect_problem(409, "key_exists");
    assert_eq!(refused["detail"], format!("`boots` is the key of promotion {id} already; choose another"));
    let path = format!("/v1/promotions/{other}");
    app.patch(&path, json!({"key": "boots"})).await.expect_problem(409, "key_exists");
    assert_eq!(app.patch(&path, json!({"key": "hats"})).await.expect(200)["key"], "hats");
    assert_eq!(names(&app, "promotion_key=hats").await, ["B"]);
    let renamed = app.patch(&format!("/v1/promotions/{id}"), json!({"name": "A2"})).await.expect(200);
    assert_eq!(
        (&renamed["key"], names(&app, "promotion_key=boots").await),
        (&json!("boots"), vec!["A2".to_owned()])
    );
    app.patch(&format!("/v1/promotions/{id}"), json!({"status": "archived"})).await.expect(200);
    create(&app, keyed("D")).await;
    assert_eq!(names(&app, "promotion_key=boots").await, ["D"]);
    assert_eq!(app.patch(&path, json!({"key": null})).await.expect(200)["key"], Value::Null);
    let keyed = with(off_the_order("E", "10"), json!({"key": "hats"}));
    let created = app.post("/v1/promotions", keyed).await.expect(201);
    let path = format!("/v1/promotions/{}/duplicate", created["id"]);
    let copy = app.post(&path, json!({})).await.expect(201);
    assert_eq!(copy["key"], Value::Null);
}

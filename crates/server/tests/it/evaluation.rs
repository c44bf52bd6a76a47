//! Pricing carts over HTTP: the answer, where facts come from, and who sees what.

mod stores;

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Value, json};
use server::platform::http::Problem;
use server::platform::ids::keep_above;

use crate::harness::{Key, STORE, TestApp};

/// An automatic promotion with this rule and these fields.
fn promotion(name: &str, rule: Value, fields: Value) -> Value {
    let mut document = json!({"name": name, "redemption_type": "AUTOMATIC", "rules": [rule]});
    document.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    document
}

fn off_the_order(discount: Value) -> Value {
    json!({"action": {"cart_value": {"discount": discount}}})
}

fn percent_off(percent: &str, items: Value) -> Value {
    json!({"action": {"cart_items": {"discount": {"percentage_amount": percent}, "items": items}}})
}

async fn create(app: &TestApp, document: Value) -> u64 {
    app.post("/v1/promotions", document).await.expect(201)["id"].as_u64().unwrap()
}

/// Makes a coupon promotion with this code.
async fn create_coupon(app: &TestApp, code: &str, rule: Value, fields: Value) -> u64 {
    let id = create(app, promotion(code, rule, fields)).await;
    app.post(&format!("/v1/promotions/{id}/codes"), json!({"code": code})).await.expect(201);
    id
}

/// Makes the next promotion get this id.
async fn skip_to(app: &TestApp, id: i64) {
    let job = app.state.db.write(move |tx| {
        Box::pin(async move { Ok::<_, Problem>(keep_above(tx, STORE, "promotion", id - 1).await?) })
    });
    job.await.unwrap();
}

async fn evaluate(app: &TestApp, body: Value) -> Value {
    app.post("/v1/evaluate", body).await.expect(200)
}

/// A cart with these lines; each gets its position as its id.
fn cart(lines: Value) -> Value {
    let mut lines = lines;
    for (position, line) in lines.as_array_mut().unwrap().iter_mut().enumerate() {
        line["id"] = position.to_string().into();
    }
    json!({"currency": "USD", "lines": lines})
}

fn one_line(price: &str) -> Value {
    cart(json!([{"product_id": 101, "quantity": 1, "price": price}]))
}

fn with(mut object: Value, fields: Value) -> Value {
    object.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    object
}

/// The promotions that make the answer of the wire contract, with its ids.
async fn contract(app: &TestApp) {
    let boots = json!({"and": [{"categories": [9]}, {"product_option": {"name": "Size", "values": ["XS", "S"]}},
                               {"product_custom_field": {"name": "Gender", "values": ["Mens"]}}]});
    let coupon = json!({"redemption_type": "COUPON"});
    skip_to(app, 62).await;
    create(app, promotion("Boots week", percent_off("10", boots), json!({"channels": [{"id": 1}]}))).await;
    create_coupon(app, "SAVE10", off_the_order(json!({"fixed_amount": "4.00"})), coupon.clone()).await;
    let gift = json!({"action": {"gift_item": {"product_id": 7, "quantity": 1}}});
    create(app, promotion("Gift", gift, json!({"customer": {"group_ids": [3]}}))).await;
    let free = json!({"action": {"shipping": {"zone_ids": [2]}}});
    create(app, promotion("Free shipping", free, json!({}))).await;
    let paused = with(coupon, json!({"status": "paused"}));
    create_coupon(app, "OLD", off_the_order(json!({"percentage_amount": "50"})), paused).await;
    skip_to(app, 70).await;
    let dear = json!({"condition": {"cart": {"minimum_spend": "50.00"}},
                      "action": {"cart_items": {"discount": {"percentage_amount": "30"}}}});
    create(app, promotion("Big spenders", dear, json!({}))).await;
}

fn applied(id: u64, name: &str, code: Option<&str>, discount: &str) -> Value {
    json!({"promotion_id": id, "name": name, "code": code, "discount": discount, "funding": []})
}

#[tokio::test]
async fn the_example_of_the_wire_contract_is_answered_as_it_is_written() {
    let app = TestApp::start().await;
    app.patch("/v1/settings", json!({"number_of_coupons_allowed_at_checkout": 5})).await.expect(200);
    contract(&app).await;
    let request = json!({
        "cart": {
            "id": "cart-1", "channel_id": 1, "currency": "USD", "codes": ["SAVE10", "OLD"], "gift_cards": [],
            "store_credit": "5.00",
            "customer": {"id": 7, "email": "a@example.com", "group_id": 3, "segment_ids": ["s-1"],
                         "order_count": 0, "loyalty_tier": "gold"},
            "shipping": {"country": "US", "zone_id": 2, "method": "standard", "cost": "9.95"},
            "lines": [{"id": "1", "product_id": 101, "variant_id": 1011, "quantity": 2, "price": "20.00",
                       "list_price": "25.00", "price_overridden": false, "category_ids": [4, 9], "brand_id": 3,
                       "seller_id": 12, "options": {"Size": "XS"}, "custom_fields": {"Gender": "Mens"},
                       "gift_card": false}],
        },
        "at": "2026-11-27T18:05:00Z", "include": ["trace", "nudges"],
    });
    let mut answer = evaluate(&app, request).await;
    for name in ["ruleset", "evaluation_id"] {
        let value = answer.as_object_mut().unwrap().remove(name).unwrap();
        assert!(value.as_str().is_some_and(|text| !text.is_empty()), "{name}: {value}");
    }
    let expected = json!({
        "currency": "USD", "at": "2026-11-27T18:05:00Z",
        "lines": [{
            "id": "1", "quantity": 2, "subtotal": "40.00", "discount": "8.00", "total": "32.00",
            "discounts": [
                {"promotion_id": 62, "rule": 0, "code": null, "scope": "item", "amount": "4.00", "units": 2},
                {"promotion_id": 63, "rule": 0, "code": "SAVE10", "scope": "order", "amount": "4.00",
                 "units": 2},
            ],
            "manual_discount": "0.00", "units": [{"quantity": 2, "price": "16.00"}], "tax": null,
        }],
        "gifts": [{"key": "64/0", "promotion_id": 64, "product_id": 7, "variant_id": null, "quantity": 1}],
        "shipping": {"cost": "9.95", "discount": "9.95", "total": "0.00",
                     "discounts": [{"promotion_id": 65, "amount": "9.95"}], "manual_discount": "0.00",
                     "tax": null},
        "totals": {"subtotal": "40.00", "item_discount": "4.00", "order_discount": "4.00",
                   "shipping_discount": "9.95", "manual_discount": "0.00", "discount": "17.95", "tax": null,
                   "total": "32.00", "gift_card": "0.00",
                   "store_credit": "5.00", "due": "27.00"},
        "codes": [{"code": "SAVE10", "status": "applied", "promotion_id": 63},
                  {"code": "OLD", "status": "refused", "reason": "paused", "message": "This code is paused."}],
        "applied": [applied(62, "Boots week", None, "4.00"), applied(63, "SAVE10", Some("SAVE10"), "4.00"),
                    applied(64, "Gift", None, "0.00"), applied(65, "Free shipping", None, "9.95")],
        "outcomes": [
            {"promotion_id": 62, "outcome": "applied"},
            {"promotion_id": 63, "outcome": "applied"},
            {"promotion_id": 64, "outcome": "applied"},
            {"promotion_id": 65, "outcome": "applied"},
            {"promotion_id": 70, "outcome": "not_applied", "reason": "minimum_spend", "needed": "50.00",
             "found": "40.00", "message": "Spend 10.00 USD more."},
        ],
        "nudges": [{"promotion_id": 70, "name": "Big spenders", "kind": "spend", "missing": "10.00", "add": null,
                    "cost": "-5.00", "saving": "15.00", "gift": null, "reason": "minimum_spend",
                    "message": "Spend 10.00 USD more and save 15.00 USD."}],
    });
    assert_eq!(answer, expected, "{}", serde_json::to_string_pretty(&answer).unwrap());
}

#[tokio::test]
async fn facts_come_from_the_catalog_by_id_and_those_of_the_cart_win() {
    let app = TestApp::start().await;
    let categories = json!([{"id": 2, "name": "Shoes"}, {"id": 9, "name": "Boots", "parent_id": 2}]);
    app.put("/v1/categories", json!({"items": categories})).await.expect(200);
    let products = json!([
        {"id": 101, "name": "Boot", "price": "20.00", "list_price": "25.00", "category_ids": [9],
         "variants": [{"id": 1011, "price": "18.00", "options": {"Size": "XS"}}, {"id": 1012}]},
        {"id": 102, "name": "Gift card", "price": "50.00", "category_ids": [9], "gift_card": true},
    ]);
    app.put("/v1/products", json!({"items": products})).await.expect(200);
    create(&app, promotion("Shoes", percent_off("10", json!({"categories": [2]})), json!({}))).await;
    let small = percent_off("50", json!({"product_option": {"name": "Size", "values": ["XS"]}}));
    create(&app, promotion("Small", small, json!({}))).await;
    let mut not_on_sale = percent_off("1", json!({"products": [101]}));
    not_on_sale["action"]["cart_items"]["exclude_items_on_sale"] = true.into();
    create(&app, promotion("Not on sale", not_on_sale, json!({}))).await;

    for (line, subtotal, total) in [
        // From the catalog: price, sale, variant, and the category by its parent.
        (json!({"product_id": 101}), "20.00", "18.00"),
        (json!({"product_id": 101, "variant_id": 1011}), "18.00", "7.20"),
        (json!({"product_id": 101, "variant_id": 1012}), "20.00", "18.00"),
        (json!({"product_id": 102}), "50.00", "50.00"),
        // The cart's own price is not on sale: the catalog's list price belongs to the catalog's price.
        (json!({"product_id": 101, "price": "10.00"}), "10.00", "8.90"),
        (json!({"product_id": 101, "price": "10.00", "list_price": "12.00"}), "10.00", "9.00"),
        (json!({"product_id": 101, "category_ids": []}), "20.00", "20.00"),
        (json!({"product_id": 101, "category_ids": [2], "options": {"Size": "XS"}}), "20.00", "8.00"),
        (json!({"product_id": 101, "variant_id": 1011, "options": {"Size": "M"}}), "18.00", "16.20"),
        (json!({"product_id": 102, "gift_card": false}), "50.00", "45.00"),
        // Bringing some facts does not hide the others.
        (json!({"product_id": 102, "price": "30.00", "category_ids": [2]}), "30.00", "30.00"),
        (
            json!({"product_id": 101, "variant_id": 1011, "price": "10.00", "category_ids": []}),
            "10.00",
            "4.90",
        ),
        // What the catalog does not know is priced by what the cart says.
        (json!({"product_id": 999, "price": "10.00"}), "10.00", "10.00"),
        (json!({"product_id": 999, "price": "10.00", "category_ids": [2]}), "10.00", "9.00"),
    ] {
        let priced =
            evaluate(&app, json!({"cart": cart(json!([with(line.clone(), json!({"quantity": 1}))]))})).await;
        let found =
            (priced["lines"][0]["subtotal"].as_str().unwrap(), priced["lines"][0]["total"].as_str().unwrap());
        assert_eq!(found, (subtotal, total), "{line}");
    }
}

#[tokio::test]
async fn customers_are_known_by_id_and_what_the_cart_says_of_them_wins() {
    let app = TestApp::start().await;
    app.put("/v1/customer-groups", json!({"items": [{"id": 3, "name": "Wholesale"}]})).await.expect(200);
    let customers = json!([{"id": 7, "group_id": 3, "segment_ids": ["vip"], "order_count": 4}]);
    app.put("/v1/customers", json!({"items": customers})).await.expect(200);
    let rule = || off_the_order(json!({"fixed_amount": "1.00"}));
    for (name, fields) in [
        ("group", json!({"customer": {"group_ids": [3]}})),
        ("guests", json!({"customer": {"group_ids": [0]}})),
        ("segment", json!({"customer": {"segments": {"id": ["vip"]}}})),
        ("loyal", json!({"customer": {"minimum_order_count": 4}})),
    ] {
        create(&app, promotion(name, rule(), fields)).await;
    }
    for (customer, expected) in [
        (json!({"id": 7}), vec!["group", "segment", "loyal"]),
        (json!({"id": 7, "group_id": 0}), vec!["guests", "segment", "loyal"]),
        (json!({"id": 7, "segment_ids": []}), vec!["group", "loyal"]),
        (json!({"id": 7, "order_count": 3}), vec!["group", "segment"]),
        (json!({"id": 8}), vec!["guests"]),
        (json!({"id": 8, "group_id": 3, "order_count": 9}), vec!["group", "loyal"]),
        (json!({}), vec!["guests"]),
        (Value::Null, vec!["guests"]),
    ] {
        let body = json!({"cart": with(one_line("100.00"), json!({"customer": customer}))});
        let priced = evaluate(&app, body).await;
        let applied = priced["applied"].as_array().unwrap();
        let names: Vec<&str> = applied.iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{customer}");
    }
}

#[tokio::test]
async fn a_refused_gift_stays_away_and_a_bought_unit_of_it_stays_untouched() {
    let app = TestApp::start().await;
    let gift = json!({"condition": {"cart": {"minimum_spend": "50.00"}},
                      "action": {"gift_item": {"product_id": 101, "quantity": 1}}});
    create(&app, promotion("Gift", gift, json!({}))).await;
    let cart = one_line("60.00");
    let given = evaluate(&app, json!({"cart": cart})).await;
    let key = given["gifts"][0]["key"].clone();
    assert_eq!((&key, &given["gifts"][0]["quantity"]), (&json!("1/0"), &json!(1)));
    assert_eq!(
        (&given["lines"][0]["total"], &given["totals"]["discount"]),
        (&json!("60.00"), &json!("0.00"))
    );
    let body = json!({"cart": with(cart, json!({"refused_gifts": [key]})), "include": ["trace"]});
    let refused = evaluate(&app, body).await;
    assert_eq!((&refused["gifts"], &refused["applied"]), (&json!([]), &json!([])));
    let outcome = &refused["outcomes"][0];
    assert_eq!(
        (&outcome["reason"], &outcome["message"]),
        (&json!("gift_refused"), &json!("The gift was declined."))
    );
}

#[tokio::test]
async fn store_credit_pays_what_is_left_and_never_more() {
    let app = TestApp::start().await;
    create(&app, promotion("Ten", off_the_order(json!({"percentage_amount": "10"})), json!({}))).await;
    for (credit, paid, due) in [
        ("5.00", "5.00", "94.00"),
        ("99", "99.00", "0.00"),
        ("250.00", "99.00", "0.00"),
        ("0", "0.00", "99.00"),
    ] {
        let shipping = json!({"cost": "9.00"});
        let cart = with(one_line("100.00"), json!({"store_credit": credit, "shipping": shipping}));
        let totals = evaluate(&app, json!({"cart": cart})).await["totals"].clone();
        let found = (&totals["total"], &totals["store_credit"], &totals["due"]);
        assert_eq!(found, (&json!("99.00"), &json!(paid), &json!(due)), "{credit}");
    }
}

#[tokio::test]
async fn the_trace_has_exactly_one_outcome_for_every_active_promotion() {
    let app = TestApp::start().await;
    let rule = || off_the_order(json!({"percentage_amount": "10"}));
    let dear = json!({"condition": {"cart": {"minimum_spend": "500.00"}}, "action": rule()["action"]});
    let many = json!({"condition": {"cart": {"items": {"products": [101]}, "minimum_quantity": 3}},
                      "action": rule()["action"]});
    let mut expected = BTreeMap::new();
    for (name, rule, fields, reason) in [
        ("first", rule(), json!({}), None),
        ("later", rule(), json!({"start_date": "2026-04-01T00:00:00Z"}), Some("not_started")),
        ("elsewhere", rule(), json!({"channels": [{"id": 5}]}), Some("channel")),
        ("euros", rule(), json!({"currency_code": "EUR"}), Some("currency")),
        ("others", rule(), json!({"customer": {"group_ids": [3]}}), Some("customer_group")),
        ("coupon", rule(), json!({"redemption_type": "COUPON"}), Some("code_required")),
        ("dear", dear, json!({}), Some("minimum_spend")),
        ("many", many, json!({}), Some("minimum_quantity")),
        ("nothing", percent_off("10", json!({"brands": [5]})), json!({}), Some("no_effect")),
        ("stop", rule(), json!({"stop": true, "priority": 1}), None),
        ("stopped", rule(), json!({"priority": 2}), Some("stopped")),
    ] {
        expected.insert(create(&app, promotion(name, rule, fields)).await, reason);
    }
    for status in ["draft", "paused", "archived"] {
        create(&app, promotion(status, rule(), json!({"status": status}))).await;
    }
    let outcomes = async |include: Value| {
        let priced = evaluate(&app, json!({"cart": one_line("100.00"), "include": include})).await;
        (priced["outcomes"].as_array().unwrap().clone(), priced["nudges"].as_array().unwrap().clone())
    };
    let id = |outcome: &Value| outcome["promotion_id"].as_u64().unwrap();
    let (trace, nudges) = outcomes(json!(["trace"])).await;
    let found: BTreeMap<u64, Option<&str>> = trace.iter().map(|it| (id(it), it["reason"].as_str())).collect();
    assert_eq!((trace.len(), &found, nudges.len()), (expected.len(), &expected, 0));

    // Without it only those are told that stood at their conditions or lost to another promotion.
    let (near, nudges) = outcomes(json!(["nudges"])).await;
    let names: Vec<Option<&str>> = near.iter().map(|it| it["reason"].as_str()).collect();
    assert_eq!(names, [Some("minimum_spend"), Some("minimum_quantity"), Some("stopped")]);
    let told =
        |it: &Value| (it["kind"].as_str().unwrap().to_owned(), it["missing"].as_str().unwrap().to_owned());
    let told: Vec<(String, String)> = nudges.iter().map(told).collect();
    let pair = |kind: &str, missing: &str| (kind.to_owned(), missing.to_owned());
    // Four more of the line unlock "many" too, which any goods for 400.00 would not.
    assert_eq!(told, [pair("quantity", "2"), pair("quantity", "4")], "the cheapest first");
}

#[tokio::test]
async fn a_cart_is_priced_as_of_another_instant_for_a_secret_key() {
    let app = TestApp::start().await;
    for (name, start, end) in [
        ("last month", "2026-02-01T00:00:00Z", Some("2026-03-01T00:00:00Z")),
        ("next month", "2026-04-01T00:00:00Z", None),
    ] {
        let window = json!({"start_date": start, "end_date": end});
        create(&app, promotion(name, off_the_order(json!({"percentage_amount": "10"})), window)).await;
    }
    for (at, expected) in [
        (json!("2026-01-31T23:59:59Z"), vec![]),
        (json!("2026-02-01T00:00:00Z"), vec!["last month"]),
        (json!("2026-02-28T23:59:59.999999999Z"), vec!["last month"]),
        (json!("2026-03-01T01:00:00+01:00"), vec![]),
        (Value::Null, vec![]),
        (json!("2026-04-01T00:00:00Z"), vec!["next month"]),
    ] {
        let priced = evaluate(&app, json!({"cart": one_line("100.00"), "at": at})).await;
        let applied = priced["applied"].as_array().unwrap();
        let names: Vec<&str> = applied.iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{at}");
    }
}

#[tokio::test]
async fn evaluating_has_no_effect_and_is_the_same_for_both_keys() {
    let app = TestApp::start().await;
    let limited = json!({"max_uses": 1});
    create(&app, promotion("Once", off_the_order(json!({"percentage_amount": "10"})), limited)).await;
    let body = json!({"cart": one_line("100.00"), "include": ["trace"]});
    let mut answers = Vec::new();
    for key in [Key::Secret, Key::Publishable, Key::Secret] {
        let answer = app.send(Method::POST, "/v1/evaluate", key, Some(body.clone())).await;
        let mut answer = answer.expect(200);
        assert_ne!(answer["evaluation_id"].take(), Value::Null);
        answers.push(answer);
    }
    assert_eq!((&answers[0], &answers[0]), (&answers[1], &answers[2]));
    assert_eq!(answers[0]["totals"]["total"], "90.00");
    assert_eq!(app.get("/v1/promotions/1").await.expect(200)["current_uses"], 0);
}

#[tokio::test]
async fn amounts_have_the_decimals_of_the_cart_s_currency() {
    let app = TestApp::start().await;
    let any = json!({"currency_code": "*"});
    create(&app, promotion("Third", off_the_order(json!({"percentage_amount": "33.3333"})), any)).await;
    for (currency, price, discount) in
        [("USD", "10.00", "3.33"), ("JPY", "1000", "333"), ("KWD", "10.000", "3.333")]
    {
        let cart = with(one_line(price), json!({"currency": currency}));
        let priced = evaluate(&app, json!({"cart": cart})).await;
        assert_eq!(
            (&priced["currency"], &priced["totals"]["discount"]),
            (&json!(currency), &json!(discount))
        );
    }
}

#[tokio::test]
async fn the_smallest_and_the_largest_carts_are_priced() {
    let app = TestApp::start().await;
    create(&app, promotion("Half", off_the_order(json!({"percentage_amount": "50"})), json!({}))).await;
    let empty = evaluate(&app, json!({"cart": cart(json!([]))})).await;
    assert_eq!((&empty["totals"]["total"], &empty["shipping"]), (&json!("0.00"), &Value::Null));
    let line = |id: u64| json!({"product_id": id, "quantity": 1_000_000, "price": "180143.98"});
    let lines: Vec<Value> = (1..=500).map(line).collect();
    let full = evaluate(&app, json!({"cart": cart(json!(lines))})).await;
    assert_eq!(full["totals"]["subtotal"], "90071990000000.00");
    assert_eq!(
        (&full["totals"]["discount"], &full["lines"][499]["total"]),
        (&json!("45035995000000.00"), &json!("90071990000.00"))
    );
}

//! What a return of a recorded evaluation would refund.

use axum::http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Key, TestApp};

async fn create(app: &TestApp, rule: Value) {
    let document = json!({"name": "Offer", "redemption_type": "AUTOMATIC", "rules": [rule]});
    app.post("/v1/promotions", document).await.expect(201);
}

/// Records a cart with these lines, as `(quantity, price)`, and these fields; gives the address of its quotes.
async fn committed(app: &TestApp, lines: &[(u32, &str)], fields: Value) -> String {
    let line = |(index, (quantity, price)): (usize, &(u32, &str))| json!({"id": (index + 1).to_string(), "product_id": index + 1, "quantity": quantity, "price": price});
    let lines: Vec<Value> = lines.iter().enumerate().map(line).collect();
    let mut cart = json!({"currency": "USD", "lines": lines});
    cart.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let answer = app.post("/v1/evaluate", json!({"cart": cart, "record": true})).await.expect(200);
    format!("/v1/evaluations/{}/return-quote", answer["evaluation_id"].as_str().unwrap())
}

fn off_the_order(discount: Value) -> Value {
    json!({"action": {"cart_value": {"discount": discount}}})
}

/// From 100.00 on a fifth is taken off.
fn fifth_from_100() -> Value {
    json!({"condition": {"cart": {"minimum_spend": "100.00"}},
           "action": {"cart_value": {"discount": {"percentage_amount": "20"}}}})
}

fn of(id: &str, quantity: u32) -> Value {
    json!([{"id": id, "quantity": quantity}])
}

#[tokio::test]
async fn kept_lines_keep_their_price_when_one_is_cancelled() {
    let app = TestApp::start().await;
    create(&app, off_the_order(json!({"fixed_amount": "60.00"}))).await;
    let address = committed(&app, &[(1, "100.00"), (1, "100.00"), (1, "100.00")], json!({})).await;
    let before = app.state.db.statistics();
    let quote = app.post(&address, json!({"lines": of("2", 1)})).await.expect(200);
    let expected = json!({
        "currency": "USD", "policy": "keep",
        "lines": [{"id": "2", "quantity": 1, "amount": "80.00", "tax": null}],
        "shipping": "0.00", "clawed_back": "0.00", "restored": "0.00", "refund": "80.00",
        "kept": [{"id": "1", "quantity": 1, "amount": "80.00"}, {"id": "3", "quantity": 1, "amount": "80.00"}],
        "kept_total": "160.00", "message": null,
    });
    assert_eq!(quote, expected);
    assert_eq!(app.state.db.statistics(), before, "a quote stores nothing");
}

#[tokio::test]
async fn repriced_goods_are_clawed_back_by_the_rules_of_then_and_restored_with_the_last() {
    let app = TestApp::start().await;
    create(&app, fifth_from_100()).await;
    let address = committed(&app, &[(1, "60.00"), (1, "60.00")], json!({})).await;
    app.patch("/v1/promotions/1", json!({"rules": [off_the_order(json!({"fixed_amount": "50"}))]}))
        .await
        .expect(200);
    app.patch("/v1/promotions/1", json!({"status": "archived"})).await.expect(200);
    let asked = json!({"lines": of("1", 1), "policy": "reprice"});
    let quote = app.post(&address, asked).await.expect(200);
    let amounts =
        ["clawed_back", "refund", "kept_total", "kept_total_repriced"].map(|name| quote[name].clone());
    assert_eq!(amounts, ["12.00", "36.00", "48.00", "60.00"].map(Value::from), "{quote}");
    assert_eq!(
        quote["message"],
        "Without what is returned, the kept goods cost 60.00 USD instead of 48.00 USD: 12.00 USD is held back."
    );
    let returned = json!([{"lines": of("1", 1), "refunded": "36.00"}]);
    let asked = json!({"lines": of("2", 1), "policy": "reprice", "returned": returned});
    let quote = app.post(&address, asked).await.expect(200);
    assert_eq!((&quote["restored"], &quote["refund"]), (&json!("12.00"), &json!("60.00")));
    assert_eq!(quote["message"], "12.00 USD that earlier returns held back is refunded now.");
    assert_eq!(quote["kept"], json!([]));
}

/// From 15.00 on, the product 9 comes as a gift.
async fn gift_from_15(app: &TestApp) -> String {
    let gift = json!({"condition": {"cart": {"minimum_spend": "15.00"}},
                      "action": {"gift_item": {"product_id": 9, "quantity": 1}}});
    create(app, gift).await;
    committed(app, &[(2, "10.00")], json!({})).await
}

#[tokio::test]
async fn a_gift_that_is_no_longer_earned_is_paid_for_at_its_price_of_then() {
    let app = TestApp::start().await;
    app.put("/v1/products", json!({"items": [{"id": 9, "name": "Cup", "price": "4.00"}]})).await.expect(200);
    let address = gift_from_15(&app).await;
    app.put("/v1/products", json!({"items": [{"id": 9, "name": "Cup", "price": "8.00"}]})).await.expect(200);
    let ask = async |body: Value| app.post(&address, body).await.expect(200);
    let quote = ask(json!({"lines": of("1", 1), "policy": "forfeit_gifts"})).await;
    assert_eq!((&quote["clawed_back"], &quote["refund"]), (&json!("4.00"), &json!("6.00")));
    let told = quote["message"].as_str().unwrap();
    assert!(told.contains("which are not given back: `1/0`. 4.00 USD is held back"), "{told}");
    let with_gift = ask(json!({"lines": of("1", 1), "gifts": ["1/0"], "policy": "forfeit_gifts"})).await;
    assert_eq!((&with_gift["refund"], &with_gift["message"]), (&json!("10.00"), &Value::Null));
    let returned = json!([{"lines": of("1", 1), "refunded": "6.00"}]);
    let rest = ask(json!({"lines": of("1", 1), "policy": "forfeit_gifts", "returned": returned})).await;
    assert_eq!(rest["refund"], "10.00", "it is deducted once");
    let returned = json!([{"lines": of("1", 1), "gifts": ["1/0"], "refunded": "10.00"}]);
    let rest = ask(json!({"lines": of("1", 1), "policy": "forfeit_gifts", "returned": returned})).await;
    assert_eq!(rest["refund"], "10.00");
}

#[tokio::test]
async fn a_gift_without_a_price_needs_a_value_when_it_is_forfeited() {
    let app = TestApp::start().await;
    let address = gift_from_15(&app).await;
    let asked = json!({"lines": of("1", 1), "policy": "forfeit_gifts"});
    let message = app.post(&address, asked).await.expect_invalid("/gift_values/1~10", "required");
    assert!(message.contains("the catalog had no price"), "{message}");
    let asked = json!({"lines": of("1", 1), "policy": "forfeit_gifts", "gift_values": {"1/0": "3.00"}});
    assert_eq!(app.post(&address, asked).await.expect(200)["refund"], "7.00");
    let asked = json!({"lines": of("1", 1), "gift_values": {"1/0": "-3"}});
    app.post(&address, asked).await.expect_invalid("/gift_values/1~10", "out_of_range");
    let asked = json!({"lines": of("1", 1), "gift_values": {"7/0": "3.00"}});
    app.post(&address, asked).await.expect_invalid("/gift_values/7~10", "unknown_gift");
}

#[tokio::test]
async fn tax_and_shipping_come_back_with_the_units_and_sum_to_what_was_paid() {
    let app = TestApp::start().await;
    let line = json!({"id": "1", "product_id": 1, "quantity": 3, "price": "5.01", "tax_rate": "19"});
    let shipping = json!({"cost": "10.00", "tax_rate": "19"});
    let cart = json!({"currency": "USD", "lines": [line], "shipping": shipping});
    let answer = app.post("/v1/evaluate", json!({"cart": cart, "record": true})).await.expect(200);
    assert_eq!(answer["totals"]["total"], "29.79");
    let address = format!("/v1/evaluations/{}/return-quote", answer["evaluation_id"].as_str().unwrap());
    let mut returned = Vec::new();
    let mut refunds = Vec::new();
    for _ in 0..3 {
        let asked = json!({"lines": of("1", 1), "shipping": true, "returned": returned});
        let quote = app.post(&address, asked).await.expect(200);
        refunds.push((
            quote["refund"].as_str().unwrap().to_owned(),
            quote["shipping"].as_str().unwrap().to_owned(),
        ));
        returned
            .push(json!({"lines": of("1", 1), "refunded": quote["refund"], "shipping": quote["shipping"]}));
    }
    let refunds: Vec<(&str, &str)> =
        refunds.iter().map(|(all, part)| (all.as_str(), part.as_str())).collect();
    assert_eq!(refunds, [("9.92", "3.96"), ("9.94", "3.97"), ("9.93", "3.97")]);
}

#[tokio::test]
async fn what_cannot_be_returned_is_refused_with_its_place() {
    let app = TestApp::start().await;
    create(&app, fifth_from_100()).await;
    let address = committed(&app, &[(2, "60.00"), (1, "5.00")], json!({})).await;
    let one = of("1", 1);
    let earlier = |fields: Value| {
        let mut earlier = json!({"lines": of("1", 2), "refunded": "0"});
        earlier.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json!({"lines": of("2", 1), "returned": [{"refunded": "1"}, earlier]})
    };
    let rows = [
        (json!({}), "/lines", "empty", "name a line"),
        (json!({"lines": []}), "/lines", "empty", "name a line"),
        (json!({"lines": of("1", 0)}), "/lines/0/quantity", "out_of_range", "at least one unit"),
        (
            json!({"lines": [{"id": "1", "quantity": -1}]}),
            "/lines/0/quantity",
            "out_of_range",
            "not negative",
        ),
        (
            json!({"lines": of("1", 3)}),
            "/lines/0/quantity",
            "out_of_range",
            "only 2 units of line `1` are left",
        ),
        (json!({"lines": of("9", 1)}), "/lines/0/id", "unknown_line", "no line `9`"),
        (json!({"lines": [one[0], one[0]]}), "/lines/1/id", "duplicate", "stands here twice"),
        (json!({"lines": one, "gifts": ["1/0"]}), "/gifts/0", "unknown_gift", "no gift `1/0`"),
        (
            json!({"lines": one, "policy": "KEEP"}),
            "/policy",
            "unknown_value",
            "`keep`, `reprice`, `forfeit_gifts`",
        ),
        (json!({"lines": one, "order": 1}), "/order", "unknown_field", "`lines`"),
        (json!({"lines": [{"id": "1"}]}), "/lines/0/quantity", "required", "is required"),
        (
            json!({"lines": one, "returned": [{"lines": one}]}),
            "/returned/0/refunded",
            "required",
            "is required",
        ),
        (
            earlier(json!({"lines": of("1", 3)})),
            "/returned/1/lines/0/quantity",
            "out_of_range",
            "only 2 units",
        ),
        (earlier(json!({"lines": of("9", 1)})), "/returned/1/lines/0/id", "unknown_line", "no line `9`"),
        (earlier(json!({"gifts": ["1/0"]})), "/returned/1/gifts/0", "unknown_gift", "no gift"),
        (earlier(json!({"refunded": "-1"})), "/returned/1/refunded", "out_of_range", "negative"),
        (earlier(json!({"refunded": "1.001"})), "/returned/1/refunded", "out_of_range", "decimals"),
        (earlier(json!({"shipping": "1"})), "/returned/1/shipping", "conflict", "must not exceed"),
    ];
    for (body, pointer, code, words) in rows {
        let message = app.post(&address, body).await.expect_invalid(pointer, code);
        assert!(message.contains(words), "{pointer}: {message}");
    }
    let twice = json!({"lines": of("1", 1), "returned": [{"lines": of("1", 2), "refunded": "96.00"}]});
    let message = app.post(&address, twice).await.expect_invalid("/lines/0/quantity", "out_of_range");
    assert!(message.contains("only 0 units of line `1` are left to return, not 1"), "{message}");
}

#[tokio::test]
async fn a_quote_needs_a_secret_key_and_an_evaluation_that_was_kept() {
    let app = TestApp::start().await;
    let address = committed(&app, &[(1, "5.00")], json!({})).await;
    let asked = || Some(json!({"lines": of("1", 1)}));
    let ask = async |key: Key<'_>, path: &str| -> Answer { app.send(Method::POST, path, key, asked()).await };
    ask(Key::Publishable, &address).await.expect_problem(403, "forbidden");
    ask(Key::None, &address).await.expect_problem(401, "unauthorized");
    ask(Key::Secret, "/v1/evaluations/0/return-quote").await.expect_problem(404, "not_found");
}

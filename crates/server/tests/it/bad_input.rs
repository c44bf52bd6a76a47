//! What cannot be right is refused: with the place, with the remedy, and without a trace in the database.

mod tables;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

/// One bad request, and what must be answered.
#[derive(Debug)]
struct Row {
    name: String,
    /// `METHOD path`, or the name of a frequent one, and headers after commas.
    request: String,
    body: String,
    status: u16,
    code: String,
    pointer: String,
    words: String,
}

impl Row {
    fn new(
        name: &str,
        request: &str,
        body: String,
        (status, code, pointer): (u16, &str, &str),
        words: &str,
    ) -> Self {
        let [name, request, code, pointer, words] = [name, request, code, pointer, words].map(str::to_owned);
        Self { name, request, body, status, code, pointer, words }
    }

    fn read(line: &str) -> Self {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [name, request, body, expected, words] = cells[..] else { panic!("five cells: {line}") };
        let mut expected = expected.split(' ');
        let status = expected.next().unwrap().parse().unwrap();
        let (code, pointer) = (expected.next().unwrap(), expected.next().unwrap_or_default());
        let pointer = pointer.replace("\\0", "\0");
        Self::new(name, request, body_of(body), (status, code, &pointer), words)
    }

    fn request(&self, app: &TestApp) -> Request<Body> {
        let mut parts = self.request.split(", ");
        let address = match parts.next().unwrap() {
            "price" => "POST /v1/evaluate",
            "create" => "POST /v1/promotions",
            "change" => "PATCH /v1/promotions/1",
            "code" => "POST /v1/promotions/2/codes",
            "settings" => "PATCH /v1/settings",
            "products" => "PUT /v1/products",
            address => address,
        };
        let (method, path) = address.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(path);
        let headers = request.headers_mut().unwrap();
        headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
        headers.insert(AUTHORIZATION, format!("Bearer {}", app.secret).parse().unwrap());
        for (name, value) in parts.map(|header| header.split_once(": ").unwrap()) {
            let value = match value {
                "publishable" => format!("Bearer {}", app.publishable),
                value => value.to_owned(),
            };
            let name: axum::http::HeaderName = name.parse().unwrap();
            if value == "none" {
                headers.remove(name)
            } else {
                headers.insert(name, value.parse().unwrap())
            };
        }
        request.body(Body::from(self.body.clone())).unwrap()
    }

    /// What is wrong with the answer.
    fn fault(&self, answer: &Answer) -> Option<String> {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let errors = body["errors"].as_array().map_or(&[][..], Vec::as_slice);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (code, pointer, message) = match errors {
            [] => (text(&body["code"]), String::new(), text(&body["detail"])),
            [error] => (text(&error["code"]), text(&error["pointer"]), text(&error["message"])),
            _ => (format!("{} errors", errors.len()), String::new(), body.to_string()),
        };
        let is_problem = answer.header("content-type") == "application/problem+json";
        let is_told = body["type"] == format!("/docs/errors/{}", text(&body["code"]));
        let found = (answer.status.as_u16(), code.as_str(), pointer.as_str());
        let expected = (self.status, self.code.as_str(), self.pointer.as_str());
        let is_right = found == expected && message.contains(&self.words) && is_problem && is_told;
        (!is_right).then(|| {
            format!(
                "{}\n  expected {expected:?}, `{}`\n  found {found:?}, `{message}`",
                self.name, self.words
            )
        })
    }
}

/// The rows of a table; indented lines belong to the row before them.
fn rows(table: &str) -> Vec<Row> {
    let mut lines: Vec<String> = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty()) {
        match lines.last_mut() {
            Some(row) if line.starts_with(' ') => row.push_str(line),
            _ => lines.push(line.to_owned()),
        }
    }
    lines.iter().map(|line| Row::read(line)).collect()
}

/// The document with the fields of `fields` in it.
fn laid_over(mut document: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!("fields: {fields}") };
    document.as_object_mut().unwrap().extend(fields);
    document
}

fn cart() -> Value {
    json!({"currency": "USD", "lines": [line()]})
}

fn line() -> Value {
    json!({"id": "1", "product_id": 101, "quantity": 2, "price": "20.00"})
}

fn rule(action: Value) -> Value {
    json!({"action": action})
}

fn ten_percent() -> Value {
    rule(json!({"cart_value": {"discount": {"percentage_amount": "10"}}}))
}

fn promotion(redemption_type: &str, rule: Value) -> Value {
    json!({"name": "Ten percent", "redemption_type": redemption_type, "rules": [rule]})
}

/// The text of a body: `raw` text, or fields laid over a sound document of the named kind.
fn body_of(cell: &str) -> String {
    let (kind, text) = cell.split_once(' ').unwrap_or((cell, ""));
    if kind == "raw" || kind.is_empty() {
        return text.to_owned();
    }
    let fields: Value = serde_json::from_str(text).unwrap();
    let automatic = |rule: Value| promotion("AUTOMATIC", rule);
    let body = match kind {
        "request" => laid_over(json!({"cart": cart()}), fields),
        "cart" => json!({"cart": laid_over(cart(), fields)}),
        "line" => json!({"cart": laid_over(cart(), json!({"lines": [laid_over(line(), fields)]}))}),
        "promotion" => laid_over(automatic(ten_percent()), fields),
        "coupon" => laid_over(promotion("COUPON", ten_percent()), fields),
        "schedule" => {
            let sound = json!({"week_frequency": 1, "week_days": ["Friday"], "daily_start_time": "18:00:00",
                               "daily_end_time": "23:00:00"});
            laid_over(automatic(ten_percent()), json!({"schedule": laid_over(sound, fields)}))
        }
        "rule" => automatic(laid_over(ten_percent(), fields)),
        "action" => automatic(rule(fields)),
        "order_discount" => automatic(rule(json!({"cart_value": {"discount": fields}}))),
        "items" => {
            let sound = json!({"discount": {"percentage_amount": "10"}});
            automatic(rule(json!({"cart_items": laid_over(sound, fields)})))
        }
        "condition" => automatic(laid_over(ten_percent(), json!({"condition": fields}))),
        other => panic!("no kind of body: {other}"),
    };
    body.to_string()
}

/// Rows whose bodies are too large to be written down.
fn large() -> Vec<Row> {
    let cart = |fields: Value| json!({"cart": laid_over(cart(), fields)}).to_string();
    let lines: Vec<Value> = (0..501).map(|id| laid_over(line(), json!({"id": id.to_string()}))).collect();
    let codes: Vec<String> = (0..101).map(|number| format!("CODE{number}")).collect();
    let not = |depth: usize| {
        let inner = json!({"cart": {"minimum_spend": "1"}});
        (0..depth).fold(inner, |inner, _| json!({"not": inner}))
    };
    let condition = |condition: Value| {
        promotion("AUTOMATIC", laid_over(ten_percent(), json!({"condition": condition}))).to_string()
    };
    let named =
        |name: String| laid_over(promotion("AUTOMATIC", ten_percent()), json!({"name": name})).to_string();
    let rules = laid_over(promotion("AUTOMATIC", json!({})), json!({"rules": vec![ten_percent(); 101]}));
    let deepest = format!("/rules/0/condition{}", "/not".repeat(16));
    let name = named("é".repeat(251));
    vec![
        Row::new(
            "501 lines",
            "price",
            cart(json!({"lines": lines})),
            (422, "out_of_range", "/cart/lines"),
            "at most 500",
        ),
        Row::new(
            "101 codes",
            "price",
            cart(json!({"codes": codes})),
            (422, "out_of_range", "/cart/codes"),
            "at most 100",
        ),
        Row::new("long name", "create", name.clone(), (422, "out_of_range", "/name"), "1 to 250 characters"),
        Row::new(
            "101 rules",
            "create",
            rules.to_string(),
            (422, "out_of_range", "/rules"),
            "at most 100 rules",
        ),
        Row::new("17 deep", "create", condition(not(16)), (422, "too_deep", &deepest), "more than 16 levels"),
        Row::new(
            "100 deep",
            "create",
            condition(not(100)),
            (400, "too_deep", ""),
            "more than 64 levels deep",
        ),
        Row::new(
            "100,000 deep",
            "price",
            "[".repeat(100_000),
            (400, "too_deep", ""),
            "more than 64 levels deep",
        ),
        Row::new("over 1 MiB", "create", named("x".repeat(1 << 20)), (413, "body_too_large", ""), "split it"),
    ]
}

/// One automatic promotion, one with the code SAVE10, an archived one, one for many codes: ids 1 to 4.
async fn stock(app: &TestApp) {
    let coupon = |fields: Value| laid_over(promotion("COUPON", ten_percent()), fields);
    for (id, document) in [
        (1, promotion("AUTOMATIC", ten_percent())),
        (2, coupon(json!({}))),
        (3, coupon(json!({"status": "archived"}))),
        (4, coupon(json!({"coupon_type": "BULK"}))),
    ] {
        assert_eq!(app.post("/v1/promotions", document).await.expect(201)["id"], id);
    }
    app.post("/v1/promotions/2/codes", json!({"code": "SAVE10"})).await.expect(201);
}

/// Everything that bad input might have changed.
async fn everything(app: &TestApp) -> Vec<Value> {
    let mut found = Vec::new();
    for path in [
        "promotions",
        "promotions?status=archived",
        "promotions/2/codes",
        "promotions/4/codes",
        "settings",
        "products",
        "categories",
        "customers",
    ] {
        found.push(app.get(&format!("/v1/{path}")).await.expect(200));
    }
    found
}

#[tokio::test]
async fn bad_input_is_refused_with_its_place_and_remedy_and_nothing_is_kept() {
    let app = TestApp::start().await;
    stock(&app).await;
    let before = everything(&app).await;
    let mut faults = Vec::new();
    let tables = [
        tables::EVALUATE,
        tables::PROMOTIONS,
        tables::RULES,
        tables::CODES,
        tables::SETTINGS,
        tables::CATALOG,
        tables::HTTP,
    ];
    let all: Vec<Row> = tables.into_iter().flat_map(rows).chain(large()).collect();
    for row in &all {
        faults.extend(row.fault(&app.call(row.request(&app)).await));
    }
    assert!(faults.is_empty(), "{} of {} rows:\n{}", faults.len(), all.len(), faults.join("\n"));
    assert_eq!(everything(&app).await, before);
}

#[tokio::test]
async fn every_problem_of_a_document_is_told_at_once() {
    let app = TestApp::start().await;
    let rule = json!({"action": {"cart_value": {"discount": {"percentage_amount": "101"}}}});
    let document = json!({"redemption_type": "MAGIC", "max_uses": 0, "colour": "red", "rules": [rule, {}]});
    let problem = app.post("/v1/promotions", document).await.expect_problem(422, "invalid");
    let mut places: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    places.sort_unstable();
    let percentage = "/rules/0/action/cart_value/discount/percentage_amount";
    assert_eq!(places, ["/colour", "/max_uses", "/name", "/redemption_type", percentage, "/rules/1/action"]);
    assert_eq!(problem["detail"], "6 places are not as they must be; see `errors`");
    assert_eq!(app.get("/v1/promotions").await.expect(200)["data"], json!([]));
}

//! The same cases over REST and over the graph, each on a server of its own: equal results, equal codes, equal places.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Map, Value, json};

use super::cases::{Case, codes, gift_cards, orders, promotions};
use super::whole::{Graph, Outcome, without_nulls};
use crate::harness::{Answer, Key, TestApp};

/// How the fields end that marketplaces know promotions by: they are made from the document, beside it.
const MADE_FOR_MARKETPLACES: [&str; 6] =
    ["_included", "_excluded", "_spend", "discount_type", "discount_amount", "_shipping"];

async fn over_rest(app: &TestApp, case: &Case) -> Answer {
    let (method, path) = case.rest.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    request = request
        .header(AUTHORIZATION, format!("Bearer {}", app.secret))
        .header(CONTENT_TYPE, "application/json");
    if let Some(key) = case.arguments["idempotencyKey"].as_str() {
        request = request.header("idempotency-key", key);
    }
    if let Some(revision) = case.arguments["revision"].as_i64() {
        request = request.header("if-match", format!("\"{revision}\""));
    }
    let body = if case.body.is_null() { Body::empty() } else { Body::from(case.body.to_string()) };
    app.call(request.body(body).unwrap()).await
}

async fn over_graph(app: &TestApp, graph: &Graph, case: &Case) -> Outcome {
    let mut arguments = case.arguments.clone();
    match case.field {
        "promotionCreate" | "promotionUpdate" | "promotionLint" => {
            arguments["definition"] = case.body.clone()
        }
        "giftCardBulkCreate" => {
            arguments.as_object_mut().unwrap().extend(case.body.as_object().unwrap().clone())
        }
        _ if case.body.is_null() => {}
        _ => arguments["input"] = case.body.clone(),
    }
    graph.call(app, Key::Secret, case.field, &arguments).await
}

/// What was told, without what chance decides, and in one form: the page of a list as the list of its objects.
fn plain(told: &Value) -> Value {
    match told {
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => {
            if let Some(nodes) = fields.get("nodes").or(fields.get("data")) {
                return plain(nodes);
            }
            let mut plain_fields: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect();
            plain_fields.remove("store_hash");
            if fields.contains_key("last_four") {
                plain_fields.remove("last_four");
                plain_fields.remove("code");
            }
            // The graph tells where it stands under the name of its stored status, which is in the definition.
            if fields.contains_key("redemption_type") {
                plain_fields.remove("status");
                plain_fields.remove("state");
                plain_fields.remove("definition");
                plain_fields.remove("suspended");
                plain_fields.retain(|name, _| !MADE_FOR_MARKETPLACES.iter().any(|end| name.ends_with(end)));
            }
            Value::Object(plain_fields)
        }
        // Constants of the graph are in capitals.
        Value::String(text) => text.to_lowercase().into(),
        other => other.clone(),
    }
}

/// What is different; nothing when both say the same.
fn difference(case: &Case, rest: &Answer, graph: &Outcome) -> Option<String> {
    let body = rest.json();
    let code = body["code"].as_str().filter(|_| !rest.status.is_success()).unwrap_or_default();
    if case.code != "?" && code != case.code {
        return Some(format!("REST answers `{code}`: {body}"));
    }
    match graph {
        Outcome::Refused(told, places) => {
            let errors = body["errors"].as_array().into_iter().flatten();
            let of_rest: BTreeSet<(String, String)> = errors
                .map(|it| (it["pointer"].as_str().unwrap(), it["code"].as_str().unwrap().to_owned()))
                .map(|(pointer, rule)| {
                    (pointer.trim_start_matches(['/', '?']).replace("limit", "first"), rule)
                })
                .collect();
            let of_graph = places.iter().cloned().collect();
            (told != code || of_rest != of_graph).then(|| format!("{told} {of_graph:?}\n  {body}"))
        }
        Outcome::Done(Value::Null) => (code != "not_found").then(|| format!("null\n  {body}")),
        Outcome::Done(told) => {
            let told = told.as_object().unwrap();
            let result = match told.get("user_errors") {
                Some(_) => told
                    .iter()
                    .find(|(name, _)| *name != "user_errors")
                    .map_or(json!({}), |(_, it)| it.clone()),
                None => Value::Object(told.clone()),
            };
            let body = if body.is_null() { json!({}) } else { body.clone() };
            let (of_graph, of_rest) = (plain(&without_nulls(&result)), plain(&without_nulls(&body)));
            (!code.is_empty() || of_graph != of_rest).then(|| format!("{of_graph}\n  {of_rest}"))
        }
    }
}

#[tokio::test]
async fn rest_and_graph_say_the_same() {
    let (rest, graphed) = (TestApp::start().await, TestApp::start().await);
    let graph = Graph::of(&graphed).await;
    let cases: Vec<Case> = [promotions(), codes(), gift_cards(), orders()].into_iter().flatten().collect();
    assert!(cases.len() >= 50);
    let mut faults = Vec::new();
    for case in &cases {
        let answer = over_rest(&rest, case).await;
        let outcome = over_graph(&graphed, &graph, case).await;
        if let Some(difference) = difference(case, &answer, &outcome) {
            faults.push(format!("{} / {}: {difference}", case.rest, case.field));
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
}

//! The OpenAPI document as it is kept beside the code: what changes in the interface shows in a review.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use axum::http::Method;
use serde_json::Value;
use server::platform::http::Code;

use crate::harness::{Key, TestApp};

const KEPT: &str = "../../docs/openapi.json";

async fn served(app: &TestApp) -> Value {
    app.send(Method::GET, "/openapi.json", Key::None, None).await.expect(200)
}

/// Every value in the document, with the document itself.
fn values<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    found.push(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| values(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| values(field, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_served_document_is_the_one_that_is_kept() {
    let app = TestApp::start().await;
    let text = serde_json::to_string_pretty(&served(&app).await).unwrap() + "\n";
    let kept = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(KEPT)).unwrap_or_default();
    if text != kept {
        let differs = text.lines().zip(kept.lines()).position(|(now, before)| now != before);
        let line = differs.unwrap_or_else(|| text.lines().count().min(kept.lines().count())) + 1;
        panic!(
            "docs/openapi.json differs from the interface, first in line {line}; look at the change and keep \
             it with\ncargo run -p server --bin largesse -- openapi > docs/openapi.json"
        );
    }
}

#[tokio::test]
async fn every_reference_leads_to_something() {
    let app = TestApp::start().await;
    let document = served(&app).await;
    let mut all = Vec::new();
    values(&document, &mut all);
    let references: BTreeSet<&str> = all.iter().filter_map(|value| value.get("$ref")?.as_str()).collect();
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn operations_have_names_of_their_own_and_declare_what_stands_in_their_paths() {
    let app = TestApp::start().await;
    let document = served(&app).await;
    let mut names = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let in_path: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        for (method, operation) in operations.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "{name} stands twice");
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let declared: BTreeSet<&str> =
                parameters.filter(|it| it["in"] == "path").map(|it| it["name"].as_str().unwrap()).collect();
            assert_eq!(declared, in_path, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_error_code_is_explained_where_problems_point_to() {
    let app = TestApp::start().await;
    let list = app.send(Method::GET, "/docs/errors", Key::None, None).await.expect(200);
    assert_eq!(list.as_array().unwrap().len(), Code::ALL.len());
    for code in Code::ALL {
        let explanation = app.send(Method::GET, &code.address(), Key::None, None).await.expect(200);
        assert_eq!(
            (&explanation["code"], &explanation["status"], &explanation["retryable"]),
            (&code.name().into(), &code.status().as_u16().into(), &code.is_retryable().into())
        );
        assert!(list.as_array().unwrap().contains(&explanation), "{explanation}");
    }
}

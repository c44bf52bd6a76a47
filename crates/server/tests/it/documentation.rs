//! The OpenAPI document tells the truth about the routes, and about the keys that they demand.

use std::collections::BTreeSet;
use std::path::Path;

use axum::http::Method;
use serde_json::{Value, json};
use server::access::service::role::BUILT_IN;
use server::access::{Permission, Permissions};
use server::app;

use crate::harness::{Key, TestApp};

/// Method, a path that fits the template, and the names of the keys that open it.
fn operations(document: &Value) -> Vec<(Method, String, BTreeSet<String>)> {
    let mut operations = Vec::new();
    for (template, methods) in document["paths"].as_object().unwrap() {
        let parts = template.split('/').map(|part| match part {
            "{code}" => "not_found",
            part if part.starts_with('{') => "1",
            part => part,
        });
        let path = parts.collect::<Vec<_>>().join("/");
        for (method, operation) in methods.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            let keys = operation["security"].as_array().into_iter().flatten();
            let keys = keys.flat_map(|key| key.as_object().unwrap().keys().cloned()).collect();
            operations.push((method, path.clone(), keys));
        }
    }
    operations
}

#[tokio::test]
async fn the_document_is_openapi_3_1_and_names_every_route() {
    let app = TestApp::start().await;
    let document = app.send(Method::GET, "/openapi.json", Key::None, None).await.expect(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for feature in app::features() {
        for path in feature.paths {
            assert!(document["paths"][path].is_object(), "`{path}` of {} is not documented", feature.name);
        }
    }
}

#[tokio::test]
async fn every_documented_operation_exists_and_demands_the_key_that_it_names() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.expect(200);
    for (method, path, keys) in operations(&document) {
        let body = (method != Method::GET).then(|| json!({}));
        let anonymous = app.send(method.clone(), &path, Key::None, body.clone()).await;
        if keys.is_empty() {
            // What signing in needs stands in its body.
            let is_let_in = anonymous.status.is_success() || anonymous.status == 422;
            assert!(is_let_in, "{method} {path}: {anonymous:?}");
            continue;
        }
        assert_eq!(anonymous.status, 401, "{method} {path}");
        if keys.contains("secret_key") && !keys.contains("publishable_key") {
            let shopper = app.send(method.clone(), &path, Key::Publishable, body).await;
            assert_eq!(shopper.status, 403, "{method} {path}");
        }
    }
}

/// By itself, by what it refers to, or by what its alternatives or items are.
fn is_described(field: &Value) -> bool {
    let alternatives = field["oneOf"].as_array().into_iter().flatten();
    !field["description"].is_null()
        || !field["$ref"].is_null()
        || alternatives.chain(field.get("items")).any(is_described)
}

#[tokio::test]
async fn every_field_is_described() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.expect(200);
    let mut silent = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let fields = schema["properties"].as_object().into_iter().flatten();
        silent.extend(
            fields.filter(|(_, field)| !is_described(field)).map(|(field, _)| format!("{name}.{field}")),
        );
    }
    assert!(silent.is_empty(), "{silent:?}");
}

/// The page is made from the document: `UPDATE_DOCS=1 cargo test -p server --test it documentation`.
#[tokio::test]
async fn the_page_of_permissions_says_what_operations_need() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.expect(200);
    let mut page = "# Who may do what\n\n\
        Every operation needs one permission. API keys have them as `scopes`, users and tokens by their role. Who lacks \
        one is answered 403 `forbidden`, with its name.\n\n\
        | Permission | What it allows |\n|---|---|\n"
        .to_owned();
    for permission in Permission::ALL {
        page.push_str(&format!("| `{permission}` | {} |\n", permission.text()));
    }
    page.push_str("\n| Role | Its permissions |\n|---|---|\n");
    for role in BUILT_IN {
        let is_all = role.permissions == Permissions::ALL;
        let permissions = if is_all { "all".to_owned() } else { role.permissions.to_string() };
        page.push_str(&format!("| {} (`{}`) | {permissions} |\n", role.title, role.name));
    }
    page.push_str(
        "\nBeside permissions, operations ask for `any_key` (a publishable one is enough), `staff` (a secret key; which \
         permission, depends on what it is about), `signed_in` (a session), `platform` (a platform key), or nothing \
         (`public`).\n\n\
         | Operation | Needs |\n|---|---|\n",
    );
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let needs = operation["x-permission"].as_str().unwrap();
            page.push_str(&format!("| `{} {path}` | `{needs}` |\n", method.to_uppercase()));
        }
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/permissions.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&kept, &page).unwrap();
    }
    let is_right = std::fs::read_to_string(&kept).is_ok_and(|kept| kept == page);
    assert!(is_right, "out of date: UPDATE_DOCS=1 cargo test -p server --test it documentation");
}

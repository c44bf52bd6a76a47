//! Every operation of the OpenAPI document beside every sort of caller: who gets in is what its `x-permission` says.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request};
use server::access::service::{NewKey, create_key};
use server::access::{Kind, Permission, Permissions};

use crate::harness::{Answer, Key, STORE, TestApp};

/// An operation, with a path that fits its template and names nothing that exists.
#[derive(Debug)]
struct Operation {
    method: Method,
    template: String,
    path: String,
    /// What it says that it needs.
    demand: String,
}

/// What an operation may answer a caller before it has looked at anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// Nobody knows who it is.
    Unknown,
    /// It may not.
    Closed,
    /// It may: whatever else is answered is about the request.
    Open,
}

/// Somebody who calls: what they send, and what they may.
struct Caller {
    name: String,
    key: Option<String>,
    permissions: Permissions,
    is_shopper: bool,
}

impl Operation {
    fn request(&self, key: Option<&str>) -> Request<Body> {
        let mut request = Request::builder().method(self.method.clone()).uri(&self.path);
        if let Some(key) = key {
            request = request.header(AUTHORIZATION, format!("Bearer {key}")).header("x-auth-token", key);
        }
        let has_body = self.method != Method::GET && self.method != Method::DELETE;
        let body = if has_body { Body::from("{}") } else { Body::empty() };
        request.header(CONTENT_TYPE, "application/json").body(body).unwrap()
    }

    fn door_for(&self, caller: &Caller) -> Door {
        let is_open = match self.demand.as_str() {
            "public" => return Door::Open,
            _ if caller.key.is_none() => return Door::Unknown,
            "any_key" => true,
            "staff" => !caller.is_shopper,
            name => caller.permissions.iter().any(|permission| permission.name() == name),
        };
        if is_open { Door::Open } else { Door::Closed }
    }
}

/// Which door an answer shows, as far as the caller is concerned.
fn door_of(answer: &Answer) -> Door {
    match answer.status.as_u16() {
        401 => Door::Unknown,
        403 => Door::Closed,
        _ => Door::Open,
    }
}

async fn operations(app: &TestApp) -> Vec<Operation> {
    let document = app.send(Method::GET, "/openapi.json", Key::None, None).await.expect(200);
    let mut operations = Vec::new();
    for (template, methods) in document["paths"].as_object().unwrap() {
        let path: Vec<&str> = template
            .split('/')
            .map(|part| match part {
                "{hash}" => app.store_hash.as_str(),
                "{code}" => "not_found",
                part if part.starts_with('{') => "987654321",
                part => part,
            })
            .collect();
        for (method, operation) in methods.as_object().unwrap() {
            let demand = &operation["x-permission"];
            let demand = demand.as_str().unwrap_or_else(|| {
                panic!("`{method} {template}` does not say who may: annotate it with `security(…)`, or `security(())`")
            });
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                template: template.clone(),
                path: path.join("/"),
                demand: demand.to_owned(),
            });
        }
    }
    operations
}

/// Nobody, a shopper's browser, and servers with no scope, with each scope alone, and with all.
async fn callers(app: &TestApp) -> Vec<Caller> {
    let caller = |name: &str, key: Option<&str>, permissions, is_shopper| Caller {
        name: name.to_owned(),
        key: key.map(str::to_owned),
        permissions,
        is_shopper,
    };
    let mut callers = vec![
        caller("nobody", None, Permissions::NONE, true),
        caller("publishable key", Some(&app.publishable), Permissions::NONE, true),
        caller("secret key", Some(&app.secret), Permissions::ALL, false),
    ];
    let alone = Permission::ALL.iter().map(|permission| Permissions::of(&[*permission]));
    for scopes in alone.chain([Permissions::NONE]) {
        let name = format!("secret key for [{scopes}]");
        let new = NewKey { scopes: Some(scopes), ..NewKey::named(Kind::Secret, &name) };
        let key = create_key(&app.state.db, app.clock.now(), STORE, new).await.unwrap();
        callers.push(caller(&name, Some(key.reveal()), scopes, false));
    }
    callers
}

#[tokio::test]
async fn every_operation_opens_for_those_whom_it_names_and_for_nobody_else() {
    let app = TestApp::start().await;
    let (operations, callers) = (operations(&app).await, callers(&app).await);
    assert!(operations.len() > 80 && callers.len() > 20);
    let mut wrong = Vec::new();
    for operation in &operations {
        for caller in &callers {
            let answer = app.call(operation.request(caller.key.as_deref())).await;
            let (expected, found) = (operation.door_for(caller), door_of(&answer));
            let text = String::from_utf8_lossy(&answer.body);
            // Who is told that a permission is missing is told which.
            let is_named = found != Door::Closed || caller.is_shopper || text.contains(&operation.demand);
            if found != expected || !is_named || answer.status.as_u16() == 500 {
                let Operation { method, template, demand, .. } = operation;
                wrong.push(format!(
                    "{method} {template} ({demand}), {}: {expected:?} expected, {found:?} found: {text}",
                    caller.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What one store has is not there for another, whatever its address is called.
#[tokio::test]
async fn a_store_hash_opens_only_to_keys_of_that_store() {
    let app = TestApp::start().await;
    let elsewhere = operations(&app).await.into_iter().filter(|it| it.template.contains("{hash}"));
    let mut count = 0;
    for operation in elsewhere {
        let path = operation.path.replace(&app.store_hash, "0000000000");
        let answer = app.call(Operation { path, ..operation }.request(Some(&app.secret))).await;
        assert_eq!(answer.status, 404, "{answer:?}");
        count += 1;
    }
    assert!(count > 10);
}

#[tokio::test]
async fn permissions_of_operations_are_those_that_there_are() {
    let app = TestApp::start().await;
    let others = ["public", "any_key", "staff"];
    for operation in operations(&app).await {
        let is_known = Permission::ALL.iter().any(|permission| permission.name() == operation.demand);
        assert!(is_known || others.contains(&operation.demand.as_str()), "{operation:?}");
        // Only what tells nothing about a store is for everybody.
        if operation.demand == "public" {
            let is_about_none =
                !operation.path.starts_with("/v1/") && !operation.path.starts_with("/stores/");
            assert!(is_about_none, "{operation:?}");
        }
    }
}

//! Every operation of the OpenAPI document beside every sort of caller: who gets in is what its `x-permission` says.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request};
use server::access::service::role::BUILT_IN;
use server::access::service::shop::create_platform_key;
use server::access::service::{NewKey, create_key};
use server::access::{Kind, Permission, Permissions};

use crate::harness::{Answer, Key, STORE, TestApp};
use crate::users::Browser;

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

/// What somebody shows.
enum Shown {
    Nothing,
    Key(String),
    Token(String),
    Platform(String),
    Session(Browser),
}

/// Somebody who calls: what they show, and what they may.
struct Caller {
    name: String,
    shown: Shown,
    permissions: Permissions,
    is_shopper: bool,
    is_seller: bool,
}

impl Operation {
    fn request(&self, shown: &Shown) -> Request<Body> {
        let mut request = Request::builder().method(self.method.clone()).uri(&self.path);
        request = match shown {
            Shown::Nothing => request,
            Shown::Key(text) | Shown::Token(text) | Shown::Platform(text) => {
                request.header(AUTHORIZATION, format!("Bearer {text}")).header("x-auth-token", text)
            }
            Shown::Session(browser) => {
                request.header("cookie", &browser.cookie).header("x-csrf-token", &browser.csrf)
            }
        };
        let has_body = self.method != Method::GET && self.method != Method::DELETE;
        let body = if has_body { Body::from("{}") } else { Body::empty() };
        request.header(CONTENT_TYPE, "application/json").body(body).unwrap()
    }

    /// Whether the compatible surface is asked, which knows keys of stores only.
    fn is_compatible(&self) -> bool {
        self.template.starts_with("/stores/")
    }

    fn door_for(&self, caller: &Caller) -> Door {
        if self.demand == "public" {
            return Door::Open;
        }
        let is_unknown = match caller.shown {
            Shown::Nothing => true,
            Shown::Key(_) => false,
            _ => self.is_compatible(),
        };
        if is_unknown {
            return Door::Unknown;
        }
        let is_platform = matches!(caller.shown, Shown::Platform(_));
        let is_open = match self.demand.as_str() {
            "platform" => is_platform,
            _ if is_platform => false,
            "signed_in" => matches!(caller.shown, Shown::Session(_)),
            "any_key" => true,
            _ if caller.is_seller => false,
            "staff" => !caller.is_shopper,
            name => caller.permissions.iter().any(|permission| permission.name() == name),
        };
        if is_open { Door::Open } else { Door::Closed }
    }

    /// Whether who is closed out is told the permission that they lack.
    fn names_permission_to(&self, caller: &Caller) -> bool {
        let is_permission = Permission::ALL.iter().any(|permission| permission.name() == self.demand);
        is_permission && !caller.is_seller && !matches!(caller.shown, Shown::Platform(_))
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

fn caller(name: &str, shown: Shown, permissions: Permissions) -> Caller {
    let is_shopper = matches!(shown, Shown::Nothing) || name == "publishable key";
    Caller { name: name.to_owned(), shown, permissions, is_shopper, is_seller: name.contains("seller") }
}

/// Nobody, a shopper's browser, servers with no scope, with each scope alone, and with all, a server of another store, a
/// platform, and each role as somebody who is signed in and as a token.
async fn callers(app: &TestApp) -> Vec<Caller> {
    let (_, foreign) = crate::stores::another(app).await;
    let (_, platform) = create_platform_key(&app.state.db, "Provisioning", app.clock.now()).await.unwrap();
    let mut callers = vec![
        caller("nobody", Shown::Nothing, Permissions::NONE),
        caller("publishable key", Shown::Key(app.publishable.clone()), Permissions::NONE),
        caller("secret key", Shown::Key(app.secret.clone()), Permissions::ALL),
        caller("secret key of another store", Shown::Key(foreign), Permissions::ALL),
        caller("platform key", Shown::Platform(platform.reveal().to_owned()), Permissions::NONE),
    ];
    let alone = Permission::ALL.iter().map(|permission| Permissions::of(&[*permission]));
    for scopes in alone.chain([Permissions::NONE]) {
        let name = format!("secret key for [{scopes}]");
        let new = NewKey { scopes: Some(scopes), ..NewKey::named(Kind::Secret, &name) };
        let key = create_key(&app.state.db, app.clock.now(), STORE, new).await.unwrap();
        callers.push(caller(&name, Shown::Key(key.reveal().to_owned()), scopes));
    }
    crate::tokens::take_shared(app).await;
    for role in BUILT_IN {
        let seller = (role.name == "seller").then_some(7);
        let email = format!("{}@example.com", role.name);
        crate::users::invite(app, &email, role.name, seller).await;
        let browser = crate::users::sign_in(app, &email).await;
        callers.push(caller(&format!("{} signed in", role.name), Shown::Session(browser), role.permissions));
        let token = crate::tokens::shared(app, role.name, seller);
        callers.push(caller(&format!("{} by token", role.name), Shown::Token(token), role.permissions));
    }
    callers
}

#[tokio::test]
async fn every_operation_opens_for_those_whom_it_names_and_for_nobody_else() {
    let app = TestApp::start().await;
    let (operations, callers) = (operations(&app).await, callers(&app).await);
    assert!(operations.len() > 100 && callers.len() > 30);
    let mut wrong = Vec::new();
    for operation in &operations {
        for caller in &callers {
            // It would end the session that the others need; `users.rs` has it.
            if operation.template == "/v1/sessions/current" && matches!(caller.shown, Shown::Session(_)) {
                continue;
            }
            let answer = app.call(operation.request(&caller.shown)).await;
            if operation.template == "/v1/settings/jwt" && operation.method == Method::DELETE {
                crate::tokens::take_shared(&app).await;
            }
            let (expected, found) = (operation.door_for(caller), door_of(&answer));
            let text = String::from_utf8_lossy(&answer.body);
            // Who is told that a permission is missing is told which.
            let is_told = operation.names_permission_to(caller);
            let is_named = found != Door::Closed || !is_told || text.contains(&operation.demand);
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
        let answer = app.call(Operation { path, ..operation }.request(&Shown::Key(app.secret.clone()))).await;
        assert_eq!(answer.status, 404, "{answer:?}");
        count += 1;
    }
    assert!(count > 10);
}

#[tokio::test]
async fn permissions_of_operations_are_those_that_there_are() {
    let app = TestApp::start().await;
    let others = ["public", "any_key", "staff", "signed_in", "platform"];
    let ways_in = ["/v1/setup", "/v1/sessions"];
    for operation in operations(&app).await {
        let is_known = Permission::ALL.iter().any(|permission| permission.name() == operation.demand);
        assert!(is_known || others.contains(&operation.demand.as_str()), "{operation:?}");
        // Only what tells nothing about a store is for everybody.
        if operation.demand == "public" {
            let is_about_store = operation.path.starts_with("/v1/") || operation.path.starts_with("/stores/");
            assert!(!is_about_store || ways_in.contains(&operation.path.as_str()), "{operation:?}");
        }
    }
}

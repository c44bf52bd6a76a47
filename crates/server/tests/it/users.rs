//! People: the link by which they choose a password, signing in, sessions, second factors, roles.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, Request};
use jiff::ToSpan as _;
use serde_json::{Value, json};
use server::access::service::user::first_link;

use crate::gift_cards::Log;
use crate::harness::{Answer, Key, STORE, TestApp};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A browser that is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

impl Browser {
    async fn send(&self, app: &TestApp, method: Method, path: &str, body: Option<Value>) -> Answer {
        app.call(self.request(method, path, body, &[("x-csrf-token", &self.csrf)])).await
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path).header("cookie", &self.cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        request.header(CONTENT_TYPE, "application/json").body(body).unwrap()
    }

    async fn get(&self, app: &TestApp, path: &str) -> Answer {
        self.send(app, Method::GET, path, None).await
    }

    async fn post(&self, app: &TestApp, path: &str, body: Value) -> Answer {
        self.send(app, Method::POST, path, Some(body)).await
    }
}

async fn anonymous(app: &TestApp, path: &str, body: Value) -> Answer {
    app.send(Method::POST, path, Key::None, Some(body)).await
}

/// Invites a user who chooses [`PASSWORD`], and gives the id.
pub(crate) async fn invite(app: &TestApp, email: &str, role: &str, seller: Option<i64>) -> i64 {
    let new = json!({"email": email, "name": "Ada", "role": role, "seller_id": seller});
    let invited = app.post("/v1/users", new).await.expect(201);
    set_up(app, invited["setup_url"].as_str().unwrap()).await;
    invited["user"]["id"].as_i64().unwrap()
}

async fn set_up(app: &TestApp, url: &str) {
    let token = url.strip_prefix("/setup/").unwrap();
    anonymous(app, "/v1/setup", json!({"token": token, "password": PASSWORD})).await.expect(200);
}

async fn try_to_sign_in(app: &TestApp, email: &str, password: &str, totp: Option<&str>) -> Answer {
    anonymous(app, "/v1/sessions", json!({"email": email, "password": password, "totp": totp})).await
}

pub(crate) async fn sign_in(app: &TestApp, email: &str) -> Browser {
    browser(try_to_sign_in(app, email, PASSWORD, None).await)
}

fn browser(answer: Answer) -> Browser {
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    let me = answer.expect(201);
    Browser { cookie, csrf: me["csrf_token"].as_str().unwrap().to_owned() }
}

/// A problem without what differs from request to request.
fn told(answer: Answer, status: u16) -> Value {
    let mut body = answer.expect(status);
    body.as_object_mut().unwrap().remove("request_id");
    body
}

#[tokio::test]
async fn the_first_user_chooses_a_password_by_a_link_that_works_once() {
    let app = TestApp::start().await;
    let replaced = first_link(&app.state.db, STORE, app.clock.now()).await.unwrap().unwrap();
    let link = first_link(&app.state.db, STORE, app.clock.now()).await.unwrap().unwrap();
    let setup = |token: &str, password: &str, email: Option<&str>| {
        anonymous(&app, "/v1/setup", json!({"token": token, "password": password, "email": email}))
    };
    let token = link.reveal();
    setup(token, PASSWORD, None).await.expect_invalid("/email", "required");
    setup(token, PASSWORD, Some("nobody")).await.expect_invalid("/email", "invalid");
    setup(token, "Password1!", Some("ada@example.com")).await.expect_invalid("/password", "too_common");
    setup(token, "short", Some("ada@example.com")).await.expect_invalid("/password", "out_of_range");
    setup(replaced.reveal(), PASSWORD, Some("a@b.c")).await.expect_problem(404, "link_not_usable");
    app.clock.set(app.clock.now() + 31.minutes());
    setup(token, PASSWORD, Some("ada@example.com")).await.expect_problem(404, "link_not_usable");

    let link = first_link(&app.state.db, STORE, app.clock.now()).await.unwrap().unwrap();
    let user = setup(link.reveal(), PASSWORD, Some(" Ada@Example.com ")).await.expect(200);
    assert_eq!((&user["email"], &user["role"]), (&json!("ada@example.com"), &json!("system_admin")));
    setup(link.reveal(), PASSWORD, Some("eve@example.com")).await.expect_problem(404, "link_not_usable");
    assert!(first_link(&app.state.db, STORE, app.clock.now()).await.unwrap().is_none());
    let ada = sign_in(&app, "ADA@example.com").await;
    assert_eq!(ada.get(&app, "/v1/me").await.expect(200)["permissions"].as_array().unwrap().len(), 18);
}

#[tokio::test]
async fn a_session_is_a_cookie_that_only_our_own_pages_can_use() {
    let app = TestApp::start().await;
    invite(&app, "ada@example.com", "system_admin", None).await;
    let answer = try_to_sign_in(&app, "ada@example.com", PASSWORD, None).await;
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-largesse=") && cookie.len() < 4096, "{cookie}");
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
    let ada = browser(answer);
    ada.get(&app, "/v1/promotions").await.expect(200);
    let patch = json!({"name": "Boots"});
    let change = Some(patch.clone());
    ada.send(&app, Method::PATCH, "/v1/settings", change.clone()).await.expect(200);

    let csrf = ("x-csrf-token", ada.csrf.as_str());
    let forged: [&[(&str, &str)]; 7] = [
        &[],
        &[("x-csrf-token", "0000")],
        &[("sec-fetch-site", "same-origin")],
        &[csrf, ("sec-fetch-site", "cross-site")],
        &[csrf, ("sec-fetch-site", "same-site")],
        &[csrf, ("host", "shop.example.com"), ("origin", "https://evil.example")],
        &[csrf, ("host", "shop.example.com"), ("origin", "null")],
    ];
    for headers in forged {
        let request = ada.request(Method::PATCH, "/v1/settings", change.clone(), headers);
        let answer = app.call(request).await;
        assert_eq!(answer.status, 403, "{headers:?}: {answer:?}");
        answer.expect_problem(403, "cross_site");
    }
    let ours = [csrf, ("sec-fetch-site", "same-origin"), ("host", "shop.example.com")];
    app.call(ada.request(Method::PATCH, "/v1/settings", change.clone(), &ours)).await.expect(200);
    // Keys are not sent by browsers on their own, so nobody can have them sent.
    app.patch("/v1/settings", patch).await.expect(200);
    // Nor may another site sign anybody in.
    let body = Body::from(json!({"email": "ada@example.com", "password": PASSWORD}).to_string());
    let request = Request::post("/v1/sessions").header("sec-fetch-site", "cross-site");
    let request = request.header(CONTENT_TYPE, "application/json").body(body).unwrap();
    app.call(request).await.expect_problem(403, "cross_site");

    let gone = ada.send(&app, Method::DELETE, "/v1/sessions/current", None).await;
    assert!(gone.header("set-cookie").contains("Max-Age=0"));
    gone.expect(204);
    ada.get(&app, "/v1/me").await.expect_problem(401, "unauthorized");
    app.get("/v1/me").await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn who_guesses_learns_nothing_and_is_slowed_down() {
    let app = TestApp::start().await;
    invite(&app, "ada@example.com", "viewer", None).await;
    let attempt = |email: &'static str| try_to_sign_in(&app, email, "a wrong password", None);
    let wrong = told(attempt("ada@example.com").await, 401);
    assert_eq!(wrong["code"], "sign_in_failed");
    assert_eq!(told(attempt("eve@example.com").await, 401), wrong);
    // One that was right does not count.
    sign_in(&app, "ada@example.com").await;
    for _ in 0..4 {
        attempt("ada@example.com").await.expect_problem(401, "sign_in_failed");
        attempt("eve@example.com").await.expect_problem(401, "sign_in_failed");
    }
    let refused = attempt("ada@example.com").await;
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 800);
    let refused = told(refused, 429);
    assert_eq!(told(attempt("eve@example.com").await, 429), refused);
    try_to_sign_in(&app, "ada@example.com", PASSWORD, None).await.expect_problem(429, "too_many_requests");
}

#[tokio::test]
async fn sessions_end_when_idle_when_old_and_when_the_password_changes() {
    let app = TestApp::start().await;
    invite(&app, "ada@example.com", "viewer", None).await;
    let (first, second) = (sign_in(&app, "ada@example.com").await, sign_in(&app, "ada@example.com").await);
    assert_ne!(first.cookie, second.cookie);
    let start = app.clock.now();
    app.clock.set(start + 59.minutes());
    first.get(&app, "/v1/me").await.expect(200);
    app.clock.set(start + 60.minutes());
    second.get(&app, "/v1/me").await.expect_problem(401, "unauthorized");
    for step in 1..=13_i64 {
        app.clock.set(start + (59 + 50 * step).minutes());
        first.get(&app, "/v1/me").await.expect(200);
    }
    app.clock.set(start + 12.hours());
    first.get(&app, "/v1/me").await.expect_problem(401, "unauthorized");

    let (here, there) = (sign_in(&app, "ada@example.com").await, sign_in(&app, "ada@example.com").await);
    let sessions = here.get(&app, "/v1/sessions").await.expect(200);
    assert_eq!(sessions["data"].as_array().unwrap().len(), 2);
    let change = |password: &str, new: &str| json!({"password": password, "new_password": new});
    let path = "/v1/me/password";
    here.post(&app, path, change("wrong", "another fine one"))
        .await
        .expect_invalid("/password", "wrong_password");
    here.post(&app, path, change(PASSWORD, "12345678")).await.expect_invalid("/new_password", "too_common");
    here.post(&app, path, change(PASSWORD, "another fine one")).await.expect(204);
    here.get(&app, "/v1/me").await.expect(200);
    there.get(&app, "/v1/me").await.expect_problem(401, "unauthorized");
    try_to_sign_in(&app, "ada@example.com", PASSWORD, None).await.expect_problem(401, "sign_in_failed");

    let other = browser(try_to_sign_in(&app, "ada@example.com", "another fine one", None).await);
    let id = other.get(&app, "/v1/me").await.expect(200)["session"]["id"].as_i64().unwrap();
    here.send(&app, Method::DELETE, &format!("/v1/sessions/{id}"), None).await.expect(204);
    other.get(&app, "/v1/me").await.expect_problem(401, "unauthorized");
    here.send(&app, Method::DELETE, &format!("/v1/sessions/{id}"), None)
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn nobody_gives_more_than_they_have_nor_takes_from_those_who_have_more() {
    let app = TestApp::start().await;
    let admin = invite(&app, "root@example.com", "system_admin", None).await;
    let made = app
        .post("/v1/roles", json!({"name": "people", "permissions": ["manage_users", "manage_promotions"]}));
    let people = made.await.expect(201)["id"].as_i64().unwrap();
    invite(&app, "ada@example.com", "people", None).await;
    let ada = sign_in(&app, "ada@example.com").await;
    let new = |role: &str| json!({"email": "eve@example.com", "name": "Eve", "role": role});
    ada.post(&app, "/v1/users", new("system_admin")).await.expect_problem(403, "forbidden");
    ada.post(&app, "/v1/users", new("viewer")).await.expect_problem(403, "forbidden");
    let eve = ada.post(&app, "/v1/users", new("people")).await.expect(201)["user"]["id"].as_i64().unwrap();
    ada.post(&app, "/v1/users", new("people")).await.expect_problem(409, "user_exists");
    let change = |id: i64, body: Value| {
        let (ada, app) = (ada.clone(), &app);
        async move { ada.send(app, Method::PATCH, &format!("/v1/users/{id}"), Some(body)).await }
    };
    change(eve, json!({"role": "marketer"})).await.expect_problem(403, "forbidden");
    change(admin, json!({"is_active": false})).await.expect_problem(403, "forbidden");
    ada.post(&app, &format!("/v1/users/{admin}/setup-link"), json!({}))
        .await
        .expect_problem(403, "forbidden");
    let more = json!({"permissions": ["manage_users", "manage_promotions", "manage_orders"]});
    let path = format!("/v1/roles/{people}");
    ada.send(&app, Method::PATCH, &path, Some(more)).await.expect_problem(403, "forbidden");
    let key = json!({"kind": "secret", "name": "More", "scopes": ["manage_orders"]});
    ada.post(&app, "/v1/api-keys", key).await.expect_problem(403, "forbidden");
    let jwt = json!({"issuer": "i", "audience": "a", "algorithm": "HS256", "secret": "x".repeat(32)});
    ada.send(&app, Method::PUT, "/v1/settings/jwt", Some(jwt)).await.expect_problem(403, "forbidden");
    app.send(Method::DELETE, &path, Key::Secret, None).await.expect_problem(409, "role_in_use");
    app.post("/v1/roles", json!({"name": "viewer", "permissions": []}))
        .await
        .expect_problem(409, "role_exists");
    app.post("/v1/users", new("pirate")).await.expect_invalid("/role", "unknown_role");
    app.post("/v1/users", new("seller")).await.expect_invalid("/seller_id", "not_allowed");
}

#[tokio::test]
async fn what_a_user_may_changes_with_the_next_request() {
    let app = TestApp::start().await;
    let role = json!({"name": "Buyers", "permissions": ["manage_orders"]});
    let role = app.post("/v1/roles", role).await.expect(201)["id"].as_i64().unwrap();
    let id = invite(&app, "ada@example.com", "Buyers", None).await;
    let ada = sign_in(&app, "ada@example.com").await;
    ada.get(&app, "/v1/orders").await.expect(200);
    app.patch(&format!("/v1/roles/{role}"), json!({"permissions": ["manage_promotions"]})).await.expect(200);
    ada.get(&app, "/v1/orders").await.expect_problem(403, "forbidden");
    ada.get(&app, "/v1/promotions").await.expect(200);
    let path = format!("/v1/users/{id}");
    app.patch(&path, json!({"role": "seller", "seller_id": 7})).await.expect(200);
    let refused = ada.get(&app, "/v1/promotions").await.expect_problem(403, "forbidden");
    assert!(refused["detail"].as_str().unwrap().contains("not for a seller"), "{refused}");
    app.patch(&path, json!({"role": "viewer"})).await.expect_invalid("/seller_id", "not_allowed");
    app.patch(&path, json!({"role": "viewer", "seller_id": null})).await.expect(200);
    app.send(Method::DELETE, &format!("/v1/roles/{role}"), Key::Secret, None).await.expect(204);
    ada.get(&app, "/v1/promotions").await.expect(200);
    assert_eq!(app.patch(&path, json!({"is_active": false})).await.expect(200)["status"], "disabled");
    ada.get(&app, "/v1/promotions").await.expect_problem(401, "unauthorized");
    try_to_sign_in(&app, "ada@example.com", PASSWORD, None).await.expect_problem(401, "sign_in_failed");
    app.patch(&path, json!({"is_active": true})).await.expect(200);
    ada.get(&app, "/v1/promotions").await.expect_problem(401, "unauthorized");
    sign_in(&app, "ada@example.com").await;
}

/// The code that an app shows at an instant: RFC 6238, written here once more.
fn code(secret: &str, second: i64) -> String {
    let mut bits = String::new();
    for letter in secret.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap();
        bits.push_str(&format!("{value:05b}"));
    }
    let bytes: Vec<u8> =
        (0..bits.len() / 8).map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).unwrap()).collect();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = ring::hmac::sign(&key, &(second / 30).to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_each_code_works_once() {
    let app = TestApp::start().await;
    invite(&app, "ada@example.com", "viewer", None).await;
    let ada = sign_in(&app, "ada@example.com").await;
    let begin = |password: &str| ada.post(&app, "/v1/me/totp", json!({"password": password}));
    let begun = begin(PASSWORD).await.expect(200);
    let secret = begun["secret"].as_str().unwrap();
    assert!(
        begun["uri"].as_str().unwrap().starts_with("otpauth://totp/My%20store:ada%40example.com?secret=")
    );
    let now = || app.clock.now().as_second();
    let confirm = |code: String| ada.post(&app, "/v1/me/totp/confirm", json!({"code": code}));
    // Not confirmed, it is not asked for.
    sign_in(&app, "ada@example.com").await;
    confirm(code(secret, now() + 600)).await.expect_invalid("/code", "wrong_code");
    let recovery = confirm(code(secret, now())).await.expect(200);
    let recovery: Vec<&str> =
        recovery["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert_eq!(recovery.len(), 10);
    begin(PASSWORD).await.expect_problem(409, "second_factor_exists");

    let enter = |code: Option<String>| {
        let app = &app;
        async move { try_to_sign_in(app, "ada@example.com", PASSWORD, code.as_deref()).await }
    };
    enter(None).await.expect_problem(401, "second_factor_required");
    // The code by which it was confirmed was used.
    enter(Some(code(secret, now()))).await.expect_problem(401, "sign_in_failed");
    app.clock.set(app.clock.now() + 30.seconds());
    enter(Some(code(secret, now()))).await.expect(201);
    enter(Some(code(secret, now()))).await.expect_problem(401, "sign_in_failed");
    enter(Some(recovery[0].to_lowercase())).await.expect(201);
    enter(Some(recovery[0].to_owned())).await.expect_problem(401, "sign_in_failed");
    let remove = |code: &str| ada.send(&app, Method::DELETE, "/v1/me/totp", Some(json!({"code": code})));
    remove("000000").await.expect_invalid("/code", "wrong_code");
    remove(recovery[1]).await.expect(204);
    enter(None).await.expect(201);
}

#[tokio::test]
async fn what_people_do_about_their_own_access_is_in_the_log() {
    let app = TestApp::start().await;
    let id = invite(&app, "ada@example.com", "viewer", None).await;
    let ada = sign_in(&app, "ada@example.com").await;
    let begun = ada.post(&app, "/v1/me/totp", json!({"password": PASSWORD})).await.expect(200);
    let code = code(begun["secret"].as_str().unwrap(), app.clock.now().as_second());
    let confirmed = ada.post(&app, "/v1/me/totp/confirm", json!({"code": code})).await.expect(200);
    let recovery = json!({"code": confirmed["recovery_codes"][0]});
    ada.send(&app, Method::DELETE, "/v1/me/totp", Some(recovery)).await.expect(204);
    let page = app.get(&format!("/v1/activity?object_kind=user&object_id={id}")).await.expect(200);
    let rows = page["data"].as_array().unwrap();
    let told: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row["action"].as_str().unwrap(), row["actor"]["name"].as_str().unwrap()))
        .collect();
    let expected =
        [("updated", "Ada"), ("updated", "Ada"), ("password_chosen", "Ada"), ("created", "First secret key")];
    assert_eq!(told, expected);
    assert_eq!(rows[0]["changes"], json!([{"field": "/has_totp", "before": true, "after": false}]));
    assert_eq!(rows[1]["changes"], json!([{"field": "/has_totp", "before": false, "after": true}]));
    assert_eq!(rows[2]["changes"][0], json!({"field": "/has_password", "before": false, "after": true}));
    let all = page.to_string();
    for secret in [begun["secret"].as_str().unwrap(), PASSWORD, "argon2"] {
        assert!(!all.contains(secret), "{all}");
    }
}

#[tokio::test]
async fn one_address_can_be_a_user_of_several_stores() {
    let app = TestApp::start().await;
    let (hash, key) = crate::stores::another(&app).await;
    invite(&app, "ada@example.com", "viewer", None).await;
    let new = json!({"email": "ada@example.com", "name": "Ada", "role": "marketer"});
    let invited = app.send(Method::POST, "/v1/users", Key::Text(&key), Some(new)).await.expect(201);
    set_up(&app, invited["setup_url"].as_str().unwrap()).await;
    try_to_sign_in(&app, "ada@example.com", PASSWORD, None).await.expect_problem(401, "sign_in_failed");
    for (store, role) in [(app.store_hash.as_str(), "viewer"), (hash.as_str(), "marketer")] {
        let body = json!({"email": "ada@example.com", "password": PASSWORD, "store": store});
        let me = anonymous(&app, "/v1/sessions", body).await.expect(201);
        assert_eq!((&me["store_hash"], &me["user"]["role"]), (&json!(store), &json!(role)));
    }
    let theirs = app.send(Method::GET, "/v1/users", Key::Text(&key), None).await.expect(200);
    let id = theirs["data"][0]["id"].as_i64().unwrap();
    assert_eq!(theirs["data"].as_array().unwrap().len(), 1);
    invite(&app, "eve@example.com", "viewer", None).await;
    let foreign = format!("/v1/users/{}", id + 1);
    app.send(Method::GET, &foreign, Key::Text(&key), None).await.expect_problem(404, "not_found");
    app.get(&foreign).await.expect(200);
}

#[tokio::test]
async fn passwords_links_and_cookies_are_in_no_log_line() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // As long as there is only one subscriber, what other tests log first is never asked of this one.
    let _other = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(subscriber);
    let app = TestApp::start().await;
    let link = first_link(&app.state.db, STORE, app.clock.now()).await.unwrap().unwrap();
    let setup = json!({"token": link.reveal(), "password": PASSWORD, "email": "ada@example.com"});
    anonymous(&app, "/v1/setup", setup).await.expect(200);
    try_to_sign_in(&app, "ada@example.com", "a wrong password", None).await.expect(401);
    let ada = sign_in(&app, "ada@example.com").await;
    let key = json!({"kind": "secret", "name": "Logged"});
    let key = ada.post(&app, "/v1/api-keys", key).await.expect(201);
    let totp = ada.post(&app, "/v1/me/totp", json!({"password": PASSWORD})).await.expect(200);
    let shared = "0123456789abcdef0123456789abcdef";
    let jwt = json!({"issuer": "i", "audience": "a", "algorithm": "HS256", "secret": shared});
    ada.send(&app, Method::PUT, "/v1/settings/jwt", Some(jwt)).await.expect(200);
    app.send(Method::GET, "/v1/me", Key::Text("eyJhbGciOi.eyJzZWNyZXQ.c2lnbmF0dXJl"), None).await.expect(401);
    let written = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(written.contains("answered"), "{written}");
    let cookie = ada.cookie.split_once('=').unwrap().1;
    for secret in [
        PASSWORD,
        "a wrong password",
        link.reveal(),
        cookie,
        &ada.csrf,
        key["key"].as_str().unwrap(),
        totp["secret"].as_str().unwrap(),
        shared,
        "c2lnbmF0dXJl",
    ] {
        assert!(!written.contains(secret), "{secret} in {written}");
    }
}

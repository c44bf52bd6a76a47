//! What every test starts from: an application on an empty database with one store, and callers with keys.

use std::env;

use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use serde_json::Value;
use server::access::service::create_first_store;
use server::app::{self, AppState};
use server::platform::clock::{Clock, from_milliseconds};
use server::platform::db::{Db, Location, Options, migrate};
use server::platform::ids::StoreId;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tower::ServiceExt as _;
use uuid::Uuid;

/// The store that every test has.
pub(crate) const STORE: StoreId = StoreId::FIRST;

/// A database that nobody else uses, gone when this is dropped.
pub(crate) struct TestDatabase {
    pub(crate) options: Options,
    place: Place,
}

enum Place {
    Folder {
        _kept: TempDir,
    },
    /// A schema of the server at this URL.
    Schema {
        url: String,
        name: String,
    },
    /// A database of its own on the server at this URL.
    Server {
        url: String,
        name: String,
    },
}

impl TestDatabase {
    /// An empty file, or an empty schema of the server that `LARGESSE_TEST_DATABASE_URL` names.
    pub(crate) async fn create() -> Self {
        match env::var("LARGESSE_TEST_DATABASE_URL") {
            Ok(url) if !url.is_empty() => Self::schema(url).await,
            _ => Self::file(),
        }
    }

    /// An empty file, whatever the environment says.
    pub(crate) fn file() -> Self {
        let folder = TempDir::new().unwrap();
        let location = Location::Sqlite(folder.path().join("largesse.db"));
        Self { options: Options { location, connections: 1 }, place: Place::Folder { _kept: folder } }
    }

    async fn schema(url: String) -> Self {
        let name = format!("test_{}", Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(&url).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {name}"))).await.unwrap();
        connection.close().await.unwrap();
        let separator = if url.contains('?') { '&' } else { '?' };
        let location = format!("{url}{separator}options=-csearch_path%3D{name}").parse().unwrap();
        Self { options: Options { location, connections: 8 }, place: Place::Schema { url, name } }
    }

    /// A database of its own on the server that `LARGESSE_TEST_DATABASE_URL` names, if it does: its sessions can be
    /// told from those of other tests.
    pub(crate) async fn own_server_database() -> Option<Self> {
        let url = env::var("LARGESSE_TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())?;
        let name = format!("test_{}", Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(&url).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        connection.close().await.unwrap();
        let address: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
        let location = Location::Postgres(Box::new(address.database(&name)));
        Some(Self { options: Options { location, connections: 8 }, place: Place::Server { url, name } })
    }

    /// Opens it and brings it to the newest schema.
    pub(crate) async fn open(&self) -> Db {
        let db = Db::open(&self.options).await.unwrap();
        migrate::run(&db).await.unwrap();
        db
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (url, drop) = match &self.place {
            Place::Folder { .. } => return,
            Place::Schema { url, name } => (url.clone(), format!("DROP SCHEMA {name} CASCADE")),
            Place::Server { url, name } => (url.clone(), format!("DROP DATABASE {name} WITH (FORCE)")),
        };
        // Dropping cannot wait inside the test's runtime, so a thread with its own does.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&url).await?;
                connection.execute(sqlx::AssertSqlSafe(drop)).await
            })
        });
        let _ = dropped.join();
    }
}

/// The application, its store's keys, and a clock that stands still.
pub(crate) struct TestApp {
    pub(crate) state: AppState,
    pub(crate) router: Router,
    pub(crate) clock: Clock,
    pub(crate) secret: String,
    pub(crate) publishable: String,
    pub(crate) store_hash: String,
    _database: TestDatabase,
}

/// By which key a request is made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key<'text> {
    None,
    Secret,
    Publishable,
    Text(&'text str),
}

impl TestApp {
    /// An application at the first second of March 2026.
    pub(crate) async fn start() -> Self {
        Self::start_at("2026-03-01T00:00:00Z".parse().unwrap()).await
    }

    pub(crate) async fn start_at(now: Timestamp) -> Self {
        Self::start_with(now, |state| state).await
    }

    /// On a database of choice.
    pub(crate) async fn start_on(database: TestDatabase) -> Self {
        Self::start_on_with(database, "2026-03-01T00:00:00Z".parse().unwrap(), |state| state).await
    }

    /// An application whose state is changed before it starts.
    pub(crate) async fn start_with(now: Timestamp, change: impl FnOnce(AppState) -> AppState) -> Self {
        Self::start_on_with(TestDatabase::create().await, now, change).await
    }

    async fn start_on_with(
        database: TestDatabase,
        now: Timestamp,
        change: impl FnOnce(AppState) -> AppState,
    ) -> Self {
        let db = database.open().await;
        let clock = Clock::fixed(from_milliseconds(now.as_millisecond()));
        let store = create_first_store(&db, now).await.unwrap().unwrap();
        let state = change(AppState::new(db, clock.clone()));
        Self {
            router: app::router(state.clone()),
            state,
            clock,
            secret: store.secret.reveal().to_owned(),
            publishable: store.publishable.reveal().to_owned(),
            store_hash: store.hash,
            _database: database,
        }
    }

    /// Asks with the secret key.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Key::Secret, None).await
    }

    /// Posts with the secret key.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Key::Secret, Some(body)).await
    }

    /// Posts with the secret key what is to happen once, under a new idempotency key.
    pub(crate) async fn once(&self, path: &str, body: Value) -> Answer {
        self.once_as(&Uuid::now_v7().to_string(), path, body).await
    }

    /// Posts with the secret key, under this idempotency key.
    pub(crate) async fn once_as(&self, key: &str, path: &str, body: Value) -> Answer {
        let request = Request::post(path)
            .header(AUTHORIZATION, format!("Bearer {}", self.secret))
            .header(CONTENT_TYPE, "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string()));
        self.call(request.unwrap()).await
    }

    /// Puts with the secret key.
    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Key::Secret, Some(body)).await
    }

    /// Patches with the secret key.
    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Key::Secret, Some(body)).await
    }

    /// Deletes with the secret key.
    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, Key::Secret, None).await
    }

    /// Sends JSON, or nothing, with a key of choice.
    pub(crate) async fn send(&self, method: Method, path: &str, key: Key<'_>, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        let key = match key {
            Key::None => None,
            Key::Secret => Some(self.secret.as_str()),
            Key::Publishable => Some(self.publishable.as_str()),
            Key::Text(text) => Some(text),
        };
        if let Some(key) = key {
            request = request.header(AUTHORIZATION, format!("Bearer {key}"));
        }
        let request = match body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.call(request.unwrap()).await
    }

    /// Sends exactly this request.
    pub(crate) async fn call(&self, request: Request<Body>) -> Answer {
        Answer::from(self.router.clone().oneshot(request).await.unwrap()).await
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn from(response: axum::response::Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Self { status: parts.status, headers: parts.headers, body }
    }

    /// The body as JSON; `null` when it is empty.
    pub(crate) fn json(&self) -> Value {
        if self.body.is_empty() { Value::Null } else { serde_json::from_slice(&self.body).unwrap() }
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// Checks that this is a problem with this status and code, and returns its body.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, code: &str) -> Value {
        let kind = self.header("content-type").to_owned();
        let body = self.expect(status);
        assert_eq!(
            (kind.as_str(), body["code"].as_str()),
            ("application/problem+json", Some(code)),
            "{body}"
        );
        body
    }

    /// Checks that this is a 422 whose only error is `code` at `pointer`, and returns its message.
    #[track_caller]
    pub(crate) fn expect_invalid(self, pointer: &str, code: &str) -> String {
        let body = self.expect_problem(422, "invalid");
        let errors = body["errors"].as_array().unwrap();
        let places: Vec<_> =
            errors.iter().map(|error| (error["pointer"].as_str(), error["code"].as_str())).collect();
        assert_eq!(places, [(Some(pointer), Some(code))], "{body}");
        errors[0]["message"].as_str().unwrap().to_owned()
    }

    /// A header as text; empty when it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

//! The `Idempotency-Key` of a request, and answers that say whether they were given before.

use axum::body::{Bytes, HttpBody as _};
use axum::extract::FromRequest;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::service::{self, Underway};
use crate::access::Caller;
use crate::app::AppState;
use crate::platform::db::{Transaction, WriteError};
use crate::platform::http::{Code, Problem, read_json};
use crate::platform::secret::ServerSecret;

/// The longest key.
const KEY_MAX: usize = 255;

/// A request that is made once however often it is sent: its body, its key, and a hash of all of it.
#[derive(Clone, Debug)]
pub struct Once<T> {
    /// The body.
    pub body: T,
    /// How it is known.
    pub request: Request,
}

/// How a request is known when it comes again.
#[derive(Clone, Debug)]
pub struct Request {
    /// The caller's own name for it.
    pub key: String,
    /// A hash of method, path and body.
    pub fingerprint: String,
}

impl<T: DeserializeOwned> FromRequest<AppState> for Once<T> {
    type Rejection = Problem;

    async fn from_request(request: axum::extract::Request, state: &AppState) -> Result<Self, Problem> {
        let key = key(request.headers())?;
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        // Where everything may be left out, so may the body.
        let bytes = match request.body().size_hint().exact() == Some(0) {
            true => Bytes::from_static(b"{}"),
            false => crate::platform::http::json_body(request, state).await?,
        };
        let fingerprint = service::fingerprint(method.as_str(), &path, &bytes);
        Ok(Self { body: read_json(&bytes)?, request: Request { key, fingerprint } })
    }
}

fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let missing = "send the header `Idempotency-Key` with a text of your own, such as a UUID, that names this \
                   request: sent again, it happens once";
    let Some(value) = headers.get("idempotency-key") else {
        return Err(Problem::new(Code::IdempotencyKeyRequired, missing));
    };
    let is_fine = |key: &&str| {
        (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| (0x20..0x7f).contains(&byte))
    };
    match value.to_str().ok().filter(is_fine) {
        Some(key) if !key.trim().is_empty() => Ok(key.to_owned()),
        _ => {
            let detail = format!("the `Idempotency-Key` must have 1 to {KEY_MAX} printable ASCII characters");
            Err(Problem::new(Code::IdempotencyKeyRequired, detail))
        }
    }
}

impl Request {
    /// What is answered where something stands in the way: what was done before is answered as it was then, whatever has
    /// changed since.
    pub async fn or_before(
        &self,
        app: &AppState,
        caller: &Caller,
        problem: Problem,
    ) -> Result<Response, Problem> {
        let (db, store) = (app.db.read(), caller.store_id);
        // Who waits for an answer that is being made gets it when it is there.
        if problem.code() == Code::InProgress {
            return Err(problem);
        }
        let before = service::recall(db, store, caller.id, &self.key, &self.fingerprint).await?;
        before.map(|(status, body)| answered(status, body, true)).ok_or(problem)
    }

    /// Does `work` once, as [`Request::once`] does, and answers 200 with what it gives.
    pub async fn answer<A, F>(&self, app: &AppState, caller: &Caller, work: F) -> Result<Response, Problem>
    where
        A: Serialize + 'static,
        F: for<'tx> FnOnce(&'tx Transaction) -> Working<'tx, A> + Clone + Send + 'static,
    {
        self.once(app, caller, move |tx| {
            let work = work(tx);
            Box::pin(async move {
                let answer = serde_json::to_string(&work.await?).map_err(Problem::internal)?;
                Ok((StatusCode::OK, answer))
            })
        })
        .await
    }

    /// Does `work` in one transaction with keeping its answer, or gives the answer of before.
    ///
    /// Errors: those of `work`, and then nothing is kept; the key was used for something else; it is under way.
    pub async fn once<F>(&self, app: &AppState, caller: &Caller, work: F) -> Result<Response, Problem>
    where
        F: for<'tx> FnOnce(&'tx Transaction) -> Working<'tx> + Clone + Send + 'static,
    {
        self.done(app, caller, work, false).await
    }

    /// The same for an answer that holds what the database must not know, such as a code: it is kept sealed.
    pub async fn once_sealed<F>(&self, app: &AppState, caller: &Caller, work: F) -> Result<Response, Problem>
    where
        F: for<'tx> FnOnce(&'tx Transaction) -> Working<'tx> + Clone + Send + 'static,
    {
        self.done(app, caller, work, true).await
    }

    async fn done<F>(
        &self,
        app: &AppState,
        caller: &Caller,
        work: F,
        is_sealed: bool,
    ) -> Result<Response, Problem>
    where
        F: for<'tx> FnOnce(&'tx Transaction) -> Working<'tx> + Clone + Send + 'static,
    {
        // Only this server and its nodes open it, and only under the key that it was kept under.
        let place = format!("answer/{}/{}/{}", caller.store_id, caller.id, self.key);
        let (store, key_id) = (caller.store_id, caller.id);
        let _underway: Underway = app.in_flight.begin(store, key_id, &self.key)?;
        let (request, now) = (self.clone(), app.clock.now());
        let mut tries = 0;
        loop {
            let (request, work) = (request.clone(), work.clone());
            let sealing = is_sealed.then(|| (app.secret.clone(), place.clone()));
            let done = app.db.write(move |tx| {
                Box::pin(async move {
                    let before =
                        service::recall(tx, store, key_id, &request.key, &request.fingerprint).await?;
                    if let Some((status, body)) = before {
                        return Ok((status, opened(sealing.as_ref(), body)?, true));
                    }
                    let (status, body) = work(tx).await?;
                    let remembered = service::Remembered {
                        caller: key_id,
                        key: request.key,
                        fingerprint: request.fingerprint,
                        status: status.as_u16(),
                        body: sealed(sealing.as_ref(), &body)?,
                    };
                    service::keep(tx, store, vec![remembered], now).await.map_err(WriteError::from)?;
                    Ok::<_, Problem>((status.as_u16(), body, false))
                })
            });
            match done.await {
                Ok((status, body, is_repeated)) => return Ok(answered(status, body, is_repeated)),
                // Another process took the same key at the same moment: its answer is there now.
                Err(problem) if problem.code() == Code::Conflict && tries < 2 => tries += 1,
                Err(problem) => return Err(problem),
            }
        }
    }
}

/// What is done once, under way: it gives the answer, or its status and its body.
pub type Working<'tx, A = (StatusCode, String)> =
    std::pin::Pin<Box<dyn Future<Output = Result<A, Problem>> + Send + 'tx>>;

/// An answer as it is kept.
fn sealed(sealing: Option<&(ServerSecret, String)>, body: &str) -> Result<String, Problem> {
    let Some((secret, place)) = sealing else { return Ok(body.to_owned()) };
    secret.seal(place, body).ok_or_else(|| Problem::internal("an answer was not sealed"))
}

/// An answer that was kept, as it was given.
fn opened(sealing: Option<&(ServerSecret, String)>, kept: String) -> Result<String, Problem> {
    let Some((secret, place)) = sealing else { return Ok(kept) };
    let opened = secret.open(place, &kept);
    opened.ok_or_else(|| Problem::internal("an answer was sealed with another secret of the server"))
}

/// An answer as JSON text, and whether it was given before.
pub(super) fn answered(status: u16, body: String, is_repeated: bool) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if is_repeated {
        headers.insert(HeaderName::from_static("idempotent-replayed"), HeaderValue::from_static("true"));
    }
    response
}

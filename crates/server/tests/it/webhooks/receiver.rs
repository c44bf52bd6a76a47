//! A system that is told what happens: it keeps what it gets, and answers as it is told to. And a small verifier of
//! Standard Webhooks that shares no code with the server.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

/// Something that came.
#[derive(Clone, Debug)]
pub(super) struct Message {
    headers: HeaderMap,
    body: String,
    pub(super) json: Value,
}

impl Message {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn with_body(&self, body: &str) -> Self {
        Self { body: body.to_owned(), ..self.clone() }
    }
}

#[derive(Debug, Default)]
struct Inner {
    got: Vec<Message>,
    next: VecDeque<u16>,
    always: Option<u16>,
    redirect: Option<String>,
}

/// A receiver on a port of its own.
#[derive(Clone, Debug)]
pub(super) struct Receiver {
    pub(super) url: String,
    inner: Arc<Mutex<Inner>>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks?from=largesse", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner::default()));
        let router = Router::new().fallback(receive).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    pub(super) fn got(&self) -> Vec<Message> {
        self.inner.lock().unwrap().got.clone()
    }

    pub(super) fn forget(&self) {
        self.inner.lock().unwrap().got.clear();
    }

    pub(super) fn answer_next(&self, statuses: &[u16]) {
        self.inner.lock().unwrap().next.extend(statuses);
    }

    pub(super) fn answer_always(&self, status: u16) {
        self.inner.lock().unwrap().always = Some(status);
    }

    pub(super) fn redirect_to(&self, url: &str) {
        self.inner.lock().unwrap().redirect = Some(url.to_owned());
    }
}

async fn receive(State(inner): State<Arc<Mutex<Inner>>>, headers: HeaderMap, body: String) -> Response {
    let mut inner = inner.lock().unwrap();
    let json = serde_json::from_str(&body).unwrap_or_default();
    inner.got.push(Message { headers, body, json });
    if let Some(url) = inner.redirect.clone() {
        return (StatusCode::FOUND, [("location", url)]).into_response();
    }
    let status = inner.next.pop_front().or(inner.always).unwrap_or(200);
    StatusCode::from_u16(status).unwrap().into_response()
}

/// Whether a message is signed with this secret, and not older or newer than five minutes.
pub(super) fn is_signed(message: &Message, secret: &str, now: i64) -> bool {
    let timestamp = message.header("webhook-timestamp");
    if (timestamp.parse::<i64>().unwrap() - now).abs() > 300 {
        return false;
    }
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let signed = format!("{}.{timestamp}.{}", message.header("webhook-id"), message.body);
    let expected = format!("v1,{}", STANDARD.encode(hmac(&key, signed.as_bytes())));
    message.header("webhook-signature").split(' ').any(|signature| signature == expected)
}

/// HMAC-SHA256 as RFC 2104 says, for keys of at most a block.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let pad = |with: u8| -> Vec<u8> {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block.to_vec()
    };
    let inner = Sha256::digest([pad(0x36), text.to_vec()].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

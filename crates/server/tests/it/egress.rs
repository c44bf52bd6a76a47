//! The way out: where it leads and where it does not, whatever addresses look like and names resolve to.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, Method};
use serde_json::json;
use server::platform::egress::{Egress, Outgoing, Refused, Resolve, Resolving, SendError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::harness::TestApp;

/// Gives one address after the other, as who rebinds a name does; the last one again and again.
#[derive(Debug)]
struct Rebinding {
    addresses: Vec<IpAddr>,
    asked: AtomicUsize,
}

impl Rebinding {
    fn to(addresses: &[&str]) -> Arc<Self> {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self { addresses, asked: AtomicUsize::new(0) })
    }
}

impl Resolve for Rebinding {
    fn resolve<'name>(&'name self, _: &'name str) -> Resolving<'name> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let address = self.addresses[asked.min(self.addresses.len() - 1)];
        Box::pin(async move { Ok(vec![address]) })
    }
}

fn post(url: &str) -> Outgoing {
    Outgoing { method: Method::POST, url: url.to_owned(), headers: HeaderMap::new(), body: "{}".to_owned() }
}

/// Addresses that lead into networks, in all their spellings.
const PRIVATE: [&str; 26] = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fd00::1]/",
    "https://[fe80::1]/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.0.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://localhost/",
    "https://localhost./",
    "https://LocalHost/",
    "https://metadata.google.internal/",
    "https://metadata/",
    "https://printer.local/",
];

#[tokio::test]
async fn a_webhook_that_leads_into_a_network_is_refused_when_it_is_saved() {
    let app = TestApp::start().await;
    let others = [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://a@127.0.0.1/",
        "https://user:password@example.com/",
        "https://example.com:22/",
        "https://example.com:6379/",
        "example.com",
        "https://",
        "",
    ];
    for url in PRIVATE.into_iter().chain(others) {
        let answer = app.post("/v1/webhooks", json!({"url": url, "events": ["*"]})).await;
        answer.expect_invalid("/url", "blocked_address");
    }
    assert_eq!(app.get("/v1/webhooks").await.expect(200)["data"], json!([]));
    app.post("/v1/webhooks", json!({"url": "https://example.com:8443/a?b=c", "events": ["*"]}))
        .await
        .expect(201);
    let change = app.patch("/v1/webhooks/1", json!({"url": "https://10.0.0.1/"})).await;
    change.expect_invalid("/url", "blocked_address");
}

/// Whatever was saved, by an earlier version or by hand in the database, is looked at again.
#[tokio::test]
async fn an_address_inside_is_not_gone_to_even_if_it_was_saved() {
    let egress = Egress::guarded();
    for url in PRIVATE {
        let sent = egress.send(post(url), 1024).await;
        assert!(matches!(sent, Err(SendError::Refused(Refused::Blocked))), "{url}: {sent:?}");
    }
}

#[tokio::test]
async fn a_name_that_turns_to_a_private_address_is_not_followed_there() {
    let inside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // Looked up once for each request: what is checked is what is connected to.
    let resolver = Rebinding::to(&["10.0.0.7", "127.0.0.1", "169.254.169.254", "::1"]);
    let egress = Egress::guarded().with_resolver(resolver.clone());
    for round in 1..=4 {
        let sent = egress.send(post("https://hooks.example.com/"), 1024).await;
        assert!(matches!(sent, Err(SendError::Refused(Refused::Blocked))), "{sent:?}");
        assert_eq!(resolver.asked.load(Ordering::SeqCst), round);
    }
    let nobody = tokio::time::timeout(Duration::from_millis(50), inside.accept()).await;
    assert!(nobody.is_err(), "somebody came");
}

/// Answers every request with these bytes, and then with noise for ever if told.
async fn server(answer: &'static str, is_endless: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let mut sent = stream.write_all(answer.as_bytes()).await;
                while is_endless && sent.is_ok() {
                    sent = stream.write_all(&[b'x'; 16 * 1024]).await;
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn an_answer_without_an_end_is_read_only_so_far_and_a_packed_one_stays_packed() {
    let endless = server("HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n", true).await;
    let reply = Egress::open().send(post(&endless), 1024).await.unwrap();
    assert_eq!((reply.status, reply.body.len()), (200, 1024));
    let packed = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nBOMB";
    let reply = Egress::open().send(post(&server(packed, false).await), 1024).await.unwrap();
    assert_eq!(reply.body, b"BOMB");
}

#[tokio::test]
async fn what_is_not_http_and_who_is_not_there_are_told_apart() {
    let noise = server("SSH-2.0-OpenSSH_9.2\r\n", false).await;
    let sent = Egress::open().send(post(&noise), 1024).await;
    assert!(matches!(sent, Err(SendError::Protocol(_))), "{sent:?}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let sent = Egress::open().send(post(&gone), 1024).await;
    assert!(matches!(sent, Err(SendError::Connect(_))), "{sent:?}");
}

#[tokio::test]
async fn who_does_not_answer_is_not_waited_for_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}/", listener.local_addr().unwrap());
    let egress = Egress::open().with_patience(Duration::from_millis(100));
    let sent = egress.send(post(&silent), 1024).await;
    assert!(matches!(sent, Err(SendError::TimedOut)), "{sent:?}");
    // One who begins and does not end is no better.
    let slow = server("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx", false).await;
    let sent = egress.send(post(&slow), 1024).await;
    assert!(sent.is_err(), "{sent:?}");
}

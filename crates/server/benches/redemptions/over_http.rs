//! Whole orders over HTTP, with a code whose promotion may be used a billion times: one process serves, this one asks
//! over many connections, on the same processors.

use std::env::current_exe;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;
use server::access::service::create_first_store;
use server::app::{self, AppState};
use server::platform::clock::Clock;
use server::platform::db::{Db, Location, Options, migrate};
use server::platform::http::shutdown::{self, Signals};
use server::platform::telemetry;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::sample;

/// As first argument: be the process that serves.
pub(crate) const WORD: &str = "serve";

const WARM: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(6);
const THREADS: usize = 2;
/// Of each thread.
const CONNECTIONS: usize = 128;

pub(crate) static NEXT: AtomicU64 = AtomicU64::new(1);

/// Serves as the product does, on the database in a folder; prints its address and the secret key.
pub(crate) fn serve(folder: &Path) {
    telemetry::start("warn").unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let location = Location::Sqlite(folder.join("largesse.db"));
        let db = Db::open(&Options { location, connections: 1 }).await.unwrap();
        migrate::run(&db).await.unwrap();
        let store = create_first_store(&db, Timestamp::now()).await.unwrap().unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        println!("{}\n{}", listener.local_addr().unwrap(), store.secret.reveal());
        let state = AppState::new(db, Clock::system());
        let (stopping, signals) = (state.stopping.clone(), Signals::catch().unwrap());
        shutdown::serve(listener, app::router(state), stopping, signals).await.unwrap();
    });
}

/// The process that serves.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
}

impl Server {
    pub(crate) fn start(folder: &Path) -> Self {
        let mut command = Command::new(current_exe().unwrap());
        command.args([WORD.as_ref(), folder.as_os_str()]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().expect("the server says where it is").unwrap();
        let address = line().parse().unwrap();
        let key = line();
        Self { child, address, key }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn measure() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path());
    let (address, key) = (server.address, server.key.as_str());
    let body = shop(address, key);
    let begun = Instant::now();
    let waited: Vec<Duration> = thread::scope(|scope| {
        let load = || load(address, key, &body, begun);
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(load)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    sample::print("http-orders", THREADS * CONNECTIONS, waited, MEASURED);
}

/// Makes the promotion and its code; gives the body of an order.
pub(crate) fn shop(address: SocketAddr, key: &str) -> String {
    let mut client = Connection::open(address);
    let rule = json!({"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}});
    let promotion = json!({"name": "Ten", "redemption_type": "COUPON", "coupon_type": "SINGLE",
                           "max_uses": 1_000_000_000, "rules": [rule]});
    client.ask(key, "/v1/promotions", &promotion.to_string());
    client.ask(key, "/v1/promotions/1/codes", &json!({"code": "TEN"}).to_string());
    let lines = json!([{"id": "1", "product_id": 1, "quantity": 2, "price": "50.00", "category_ids": [7],
                        "brand_id": 1, "options": {}, "custom_fields": {}, "gift_card": false}]);
    json!({"cart": {"currency": "USD", "codes": ["TEN"], "lines": lines}}).to_string()
}

/// Asks over all connections at once, and again when all have answered.
fn load(address: SocketAddr, key: &str, body: &str, begun: Instant) -> Vec<Duration> {
    let mut connections: Vec<Connection> = (0..CONNECTIONS).map(|_| Connection::open(address)).collect();
    let mut waited = Vec::new();
    while begun.elapsed() < WARM + MEASURED {
        let is_measured = begun.elapsed() >= WARM;
        for connection in &mut connections {
            connection.send(key, "/v1/orders", body);
        }
        for connection in &mut connections {
            connection.receive();
            if is_measured {
                waited.push(connection.sent.elapsed());
            }
        }
    }
    waited
}

/// A connection that is kept.
struct Connection {
    stream: BufReader<TcpStream>,
    sent: Instant,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let stream = BufReader::with_capacity(16 * 1024, stream);
        Self { stream, sent: Instant::now(), line: String::new(), body: Vec::new() }
    }

    fn send(&mut self, key: &str, path: &str, body: &str) {
        let (number, length) = (NEXT.fetch_add(1, Ordering::Relaxed), body.len());
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nIdempotency-Key: {number}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.sent = Instant::now();
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
    }

    fn receive(&mut self) {
        self.line.clear();
        self.stream.read_line(&mut self.line).unwrap();
        let is_success = self.line.starts_with("HTTP/1.1 2");
        let mut length = 0;
        loop {
            self.line.clear();
            self.stream.read_line(&mut self.line).unwrap();
            let Some((name, value)) = self.line.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap();
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).unwrap();
        assert!(is_success, "{}", String::from_utf8_lossy(&self.body));
    }

    fn ask(&mut self, key: &str, path: &str, body: &str) {
        self.send(key, path, body);
        self.receive();
    }
}

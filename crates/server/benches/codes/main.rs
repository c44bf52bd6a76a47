//! Codes by the million: `cargo bench -p server --bench codes [-- NUMBER]`.
//!
//! A job makes so many codes, one million unless told, on a SQLite file with every promise of durability kept, while
//! another writer keeps writing; then all are exported, and single ones looked up. Prints lines of curve, series, size,
//! two times in nanoseconds and how many there were; for memory, bytes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a measurement that fails has said why"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request};
use axum::response::Response;
use axum::{Router, http};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use server::access::service::create_first_store;
use server::app::{self, AppState};
use server::coupon;
use server::job::jobs::work_off;
use server::platform::clock::Clock;
use server::platform::db::{Db, Location, Options, migrate};
use server::platform::http::Problem;
use server::platform::ids::{StoreId, next_id};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// The most that one job makes.
const JOB_MAX: u64 = 10_000_000;
/// Codes that are looked up.
const LOOKUPS: usize = 5000;

#[tokio::main]
async fn main() {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with('-'));
    let count: u64 = words.next().map_or(1_000_000, |word| word.parse().unwrap());
    let folder = TempDir::new().unwrap();
    let shop = Shop::open(&folder).await;
    let before = resident();
    generate(&shop, count.min(JOB_MAX)).await;
    let codes = export(&shop, count).await;
    let peak = peak() - before;
    println!("codes\tmemory\t{count}\t{peak}\t{peak}\t1");
    look_up(&shop, count, &codes).await;
    shop.state.db.close().await;
}

struct Shop {
    state: AppState,
    router: Router,
    key: String,
}

impl Shop {
    async fn open(folder: &TempDir) -> Self {
        let location = Location::Sqlite(folder.path().join("largesse.db"));
        let db = Db::open(&Options { location, connections: 1 }).await.unwrap();
        migrate::run(&db).await.unwrap();
        let store = create_first_store(&db, Timestamp::now()).await.unwrap().unwrap();
        let state = AppState::new(db, Clock::system());
        let shop = Self { router: app::router(state.clone()), state, key: store.secret.reveal().to_owned() };
        let promotion = json!({
            "name": "Ten", "redemption_type": "COUPON", "coupon_type": "BULK",
            "rules": [{"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}}],
        });
        shop.ask(Method::POST, "/v1/promotions", Some(promotion)).await;
        shop
    }

    async fn ask(&self, method: http::Method, path: &str, body: Option<Value>) -> Response {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(AUTHORIZATION, format!("Bearer {}", self.key));
        let request = request.header(CONTENT_TYPE, "application/json");
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        let answer = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        answer
    }
}

/// How long the job takes, and how long another writer waits meanwhile.
async fn generate(shop: &Shop, count: u64) {
    let request = json!({"count": count, "prefix": "BF26", "delimiter": "-"});
    let is_done = Arc::new(AtomicBool::new(false));
    let other = tokio::spawn(write_meanwhile(shop.state.db.clone(), Arc::clone(&is_done)));
    let begun = Instant::now();
    shop.ask(Method::POST, "/v1/promotions/1/codes/generate", Some(request)).await;
    work_off(&shop.state, &app::job_kinds()).await.unwrap();
    let took = begun.elapsed().as_nanos();
    is_done.store(true, Ordering::Relaxed);
    println!("codes\tgenerate\t{count}\t{took}\t{took}\t1");
    let mut waited = other.await.unwrap();
    tell("other-writer", count, &mut waited);
    let job = shop.ask(Method::GET, "/v1/jobs/1", None).await.into_body().collect().await.unwrap().to_bytes();
    let job: Value = serde_json::from_slice(&job).unwrap();
    assert_eq!((&job["state"], &job["done"]), (&json!("done"), &json!(count)), "{job}");
}

async fn write_meanwhile(db: Db, is_done: Arc<AtomicBool>) -> Vec<Duration> {
    let mut waited = Vec::new();
    while !is_done.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let write = db.write::<_, Problem, _>(|tx| {
            Box::pin(async move { Ok(next_id(tx, StoreId::FIRST, "bench", 1).await?) })
        });
        write.await.unwrap();
        waited.push(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    waited
}

/// How long the whole file takes; gives some of its codes, from everywhere in it.
async fn export(shop: &Shop, count: u64) -> Vec<String> {
    let every = usize::try_from(count).unwrap() / LOOKUPS;
    let begun = Instant::now();
    let mut body = shop.ask(Method::GET, "/v1/promotions/1/codes.csv", None).await.into_body();
    let (mut lines, mut codes) = (0_usize, Vec::new());
    while let Some(piece) = body.frame().await {
        // Every piece ends with a line.
        let piece = piece.unwrap().into_data().unwrap();
        for line in piece.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            lines += 1;
            if lines % every == 0 {
                let cell = line.split(|byte| *byte == b',').nth(1).unwrap();
                codes.push(String::from_utf8(cell.to_vec()).unwrap());
            }
        }
    }
    let took = begun.elapsed().as_nanos();
    println!("codes\texport\t{count}\t{took}\t{took}\t1");
    assert_eq!(lines as u64, count + 1);
    codes
}

/// How long it takes to find a code, one that nobody made, and one that is mistyped.
async fn look_up(shop: &Shop, count: u64, codes: &[String]) {
    let loose: Vec<String> = codes.iter().map(|code| code.replace('-', " ").to_lowercase()).collect();
    let unknown: Vec<String> = codes.iter().map(|code| code.replace("BF26-", "NOT-")).collect();
    let mistyped: Vec<String> = codes
        .iter()
        .map(|code| format!("{}{}", &code[..code.len() - 1], if code.ends_with('X') { 'Y' } else { 'X' }))
        .collect();
    let all = [("lookup", codes, true), ("lookup-loose", &loose, true)];
    let none = [("lookup-unknown", unknown.as_slice(), false), ("lookup-mistyped", &mistyped, false)];
    for (series, codes, is_known) in all.into_iter().chain(none) {
        let mut waited = Vec::with_capacity(codes.len());
        // In an order in which no page helps the next.
        for code in codes.iter().enumerate().map(|(index, _)| &codes[index * 1009 % codes.len()]) {
            let begun = Instant::now();
            let found = coupon::service::find(&shop.state, StoreId::FIRST, code).await.unwrap();
            waited.push(begun.elapsed());
            assert_eq!(found.is_some(), is_known, "{code}");
        }
        tell(series, count, &mut waited);
    }
}

fn tell(series: &str, count: u64, waited: &mut [Duration]) {
    waited.sort();
    let percentile = |percent: usize| waited[(waited.len() * percent).div_ceil(100).max(1) - 1].as_nanos();
    println!("codes\t{series}\t{count}\t{}\t{}\t{}", percentile(50), percentile(99), waited.len());
}

/// Bytes in memory now.
fn resident() -> u64 {
    status("VmRSS:")
}

/// The most bytes that were in memory at once.
fn peak() -> u64 {
    status("VmHWM:")
}

fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
}

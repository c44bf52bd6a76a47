//! How many redemptions a second, each on the disk before it is answered: `cargo bench -p server --bench redemptions`.
//!
//! On SQLite, and on PostgreSQL when `LARGESSE_TEST_DATABASE_URL` says where one is: 64 callers at the desk, beside one
//! transaction for each redemption on the same disk in the same run, and what the disk takes for one flush. Then over
//! HTTP, whole orders, with the load on the same processors; and ten times as many as can be served. Prints lines of curve, series, size, two times in
//! nanoseconds and a number: median and 99th percentile of how long callers waited, and how many were done in a second.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a measurement that fails has said why"
)]

mod desk;
mod disk;
mod one_by_one;
mod over_http;
mod overload;
mod place;
mod sample;

use std::env::args;
use std::path::Path;

use place::Place;

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let words: Vec<String> = args().skip(1).filter(|word| word != "--bench").collect();
    if let [word, folder] = words.as_slice()
        && word == over_http::WORD
    {
        return over_http::serve(Path::new(folder));
    }
    let is_asked = |what: &str| words.is_empty() || words.iter().any(|word| word == what);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if is_asked("sqlite") {
        disk::measure();
        runtime.block_on(compare("sqlite", &Place::file()));
    }
    if is_asked("http") {
        over_http::measure();
    }
    if is_asked("overload") {
        overload::measure();
    }
    if is_asked("postgres")
        && let Some(place) = runtime.block_on(Place::schema())
    {
        runtime.block_on(compare("postgres", &place));
    }
}

async fn compare(series: &str, place: &Place) {
    one_by_one::measure(series, place).await;
    desk::measure(series, place).await;
}

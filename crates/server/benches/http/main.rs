//! What a request costs beyond HTTP and JSON: `cargo bench -p server --bench http`.
//!
//! One process serves the application and, beside it, an endpoint that reads and writes the same without pricing; this
//! one asks, over one connection on loopback. Prints lines of curve, series, size, two times in nanoseconds and the
//! number of requests: processor time of the server for each request twice, or median and 99th percentile of how long
//! the client waited.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a measurement that fails has said why"
)]

mod client;
mod load;
mod serving;
mod stored;

use std::path::Path;

use client::Client;
use load::Load;
use serde_json::json;
use serving::Server;
use tempfile::TempDir;
use testkit::wire;
use testkit::workload::{Workload, shapes};

/// Where what the other endpoint answers is put down.
const ANSWER: &str = "answer.json";

const EVALUATE: &str = "/v1/evaluate";
const ECHO: &str = "/echo";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.as_slice() {
        [word, folder] if word == serving::WORD => serving::serve(Path::new(folder)),
        _ => {
            [20, 1000].into_iter().for_each(compare);
            stored::compare();
        }
    }
}

/// Pricing beside reading and writing, with so many promotions of which 20 match.
fn compare(size: u32) {
    let (folder, workload) = (TempDir::new().unwrap(), shapes::fixed(size));
    let server = Server::start(folder.path(), None);
    let mut client = server.client();
    fill(&mut client, &workload);
    let requests = requests(&workload);
    let answer = client.post(EVALUATE, &requests[0]);
    std::fs::write(folder.path().join(ANSWER), answer).unwrap();
    for (series, path) in [("evaluate", EVALUATE), ("echo", ECHO)] {
        let Load { processor, median, slow, count } = Load::put(&server, &mut client, path, &requests);
        println!("http\t{series}-processor\t{size}\t{processor}\t{processor}\t{count}");
        println!("http\t{series}-latency\t{size}\t{median}\t{slow}\t{count}");
    }
}

/// Makes the promotions, one by one, as a merchant would.
fn fill(client: &mut Client, workload: &Workload) {
    for document in workload.documents() {
        client.post("/v1/promotions", &document.to_string());
    }
}

/// The bodies that price the carts.
fn requests(workload: &Workload) -> Vec<String> {
    let body = |cart: &_| json!({"cart": wire::cart(cart, &[])}).to_string();
    workload.engine_carts().iter().map(body).collect()
}

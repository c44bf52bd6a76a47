//! What pricing a cart over HTTP costs, beside an endpoint that reads the same request and writes the same answer.
//!
//! `cargo bench -p server --bench http`, on Linux, whose `/proc` tells the CPU time of a process. Arguments are
//! numbers of promotions. The server is a process of its own, so that the client's work is not counted.

#[path = "http/client.rs"]
mod client;
#[path = "http/served.rs"]
mod served;
#[path = "http/shop.rs"]
mod shop;

use std::env;

use client::Client;

/// Requests that are counted, after a twentieth of them to warm up.
const REQUESTS: u32 = 20_000;

fn main() -> anyhow::Result<()> {
    if let Ok(promotions) = env::var(client::SERVE) {
        return served::run(promotions.parse()?);
    }
    let mut sizes: Vec<u32> = env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![0, 200, 10_000];
    }
    println!("CPU per request in microseconds, a cart of 20 lines, one connection that is kept");
    println!("promotions  evaluate      echo     ratio   evaluations per core and second");
    for promotions in sizes {
        let mut server = Client::start(promotions)?;
        let evaluate = server.cost("/v1/evaluate", REQUESTS)?;
        let echo = server.cost("/bench/echo", REQUESTS)?;
        let (ratio, rate) = (evaluate / echo, 1e6 / evaluate);
        println!("{promotions:>10} {evaluate:>9.1} {echo:>9.1} {ratio:>9.2} {rate:>9.0}");
    }
    Ok(())
}

//! A bounded load: one request after the other, for a few seconds.

use std::time::{Duration, Instant};

use super::client::Client;
use super::serving::Server;

const WARM: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(4);

/// What it cost. Times are nanoseconds.
#[derive(Debug)]
pub(crate) struct Load {
    /// Of the server, for each request.
    pub(crate) processor: u64,
    /// How long the client waited for half of the answers.
    pub(crate) median: u128,
    /// And for 99 in a hundred.
    pub(crate) slow: u128,
    pub(crate) count: u64,
}

impl Load {
    pub(crate) fn put(server: &Server, client: &mut Client, path: &str, requests: &[String]) -> Self {
        ask(client, path, requests, WARM);
        let before = server.processor_time();
        let mut waited = ask(client, path, requests, MEASURED);
        let used = server.processor_time() - before;
        waited.sort();
        let percentile =
            |percent: usize| waited[(waited.len() * percent).div_ceil(100).max(1) - 1].as_nanos();
        let count = waited.len() as u64;
        Self { processor: used / count, median: percentile(50), slow: percentile(99), count }
    }
}

fn ask(client: &mut Client, path: &str, requests: &[String], during: Duration) -> Vec<Duration> {
    let begun = Instant::now();
    let mut waited = Vec::new();
    for request in requests.iter().cycle().take_while(|_| begun.elapsed() < during) {
        let sent = Instant::now();
        client.post(path, request);
        waited.push(sent.elapsed());
    }
    waited
}

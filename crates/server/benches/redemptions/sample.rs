//! How long callers waited, and how many were served.

use std::time::Duration;

/// Prints what was measured.
pub(crate) fn print(series: &str, size: usize, mut waited: Vec<Duration>, during: Duration) {
    waited.sort();
    let percentile = |percent: usize| waited[(waited.len() * percent).div_ceil(100).max(1) - 1].as_nanos();
    let a_second = (waited.len() as f64 / during.as_secs_f64()).round();
    println!("redemptions\t{series}\t{size}\t{}\t{}\t{a_second}", percentile(50), percentile(99));
}

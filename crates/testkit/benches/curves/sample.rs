//! How long something takes: as often as fits into a budget, each time measured alone.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// What was measured.
#[derive(Debug)]
pub(crate) struct Samples {
    pub(crate) count: usize,
    /// The time within which half were done.
    pub(crate) median: Duration,
    /// The time within which 99 of a hundred were done.
    pub(crate) slow: Duration,
}

impl Samples {
    /// Times `work` on one input after the other until the budget is used up; at least once. The answer is thrown away
    /// within the time, as a caller would.
    pub(crate) fn take<I, O>(budget: Duration, inputs: &[I], mut work: impl FnMut(&I) -> O) -> Self {
        let started = Instant::now();
        let mut sorted = Vec::new();
        let warm = inputs.first().map(|input| time(|| work(input))).unwrap_or_default();
        // What takes long is warm soon; the first time counts then.
        if warm * 20 > budget {
            sorted.push(warm);
        }
        for input in inputs.iter().cycle() {
            if started.elapsed() >= budget && !sorted.is_empty() {
                break;
            }
            sorted.push(time(|| work(input)));
        }
        sorted.sort();
        let percentile = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1];
        Self { count: sorted.len(), median: percentile(50), slow: percentile(99) }
    }
}

fn time<O>(work: impl FnOnce() -> O) -> Duration {
    let started = Instant::now();
    drop(black_box(work()));
    started.elapsed()
}

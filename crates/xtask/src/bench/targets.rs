//! What we promise ourselves, and whether a run kept it.

use super::figures::{count, time, times};
use super::points::Points;

/// A row of the page's first table.
pub(super) struct Target {
    pub(super) what: &'static str,
    pub(super) asked: &'static str,
    /// None when it was not measured.
    pub(super) found: Option<Found>,
    pub(super) command: &'static str,
}

pub(super) struct Found {
    pub(super) words: String,
    pub(super) is_met: bool,
}

const MILLISECOND: u64 = 1_000_000;

const EVALUATE: &str = "cargo xtask bench evaluate";
const REDEMPTIONS: &str = "cargo xtask bench redemptions";
const CODES: &str = "cargo xtask bench codes";
const HTTP: &str = "cargo xtask bench http";

pub(super) fn all(points: &Points) -> Vec<Target> {
    of_pricing(points).into_iter().chain(of_redemptions(points)).chain(of_codes(points)).collect()
}

fn target(what: &'static str, asked: &'static str, found: Option<Found>, command: &'static str) -> Target {
    Target { what, asked, found, command }
}

fn of_redemptions(points: &Points) -> Vec<Target> {
    let rate = |series: &str, callers| points.find("redemptions", series, callers).map(|point| point.samples);
    let ratio = |series: &str, one_by_one, callers, least: f64| {
        let desk = rate(&format!("{series}-desk"), callers)?;
        let one = rate(&format!("{series}-one-by-one"), one_by_one)?;
        let found = desk as f64 / one.max(1) as f64;
        Some(Found { words: times(found), is_met: found >= least })
    };
    let over_http = rate("http-orders", 256)
        .map(|found| Found { words: format!("{} a second", count(found)), is_met: found >= 10_000 });
    vec![
        target(
            "Redemptions on SQLite, 64 callers, each on the disk, beside a transaction for each",
            "at least 50x",
            ratio("sqlite", 1, 64, 50.0),
            REDEMPTIONS,
        ),
        target(
            "The same, 512 callers",
            "our bound: at least 20x",
            ratio("sqlite", 1, 512, 20.0),
            REDEMPTIONS,
        ),
        target(
            "Redemptions on one hot row of PostgreSQL, 64 callers",
            "at least 10x",
            ratio("postgres", 64, 64, 10.0),
            REDEMPTIONS,
        ),
        target(
            "Whole orders over HTTP, the load on the same processors",
            "at least 10,000 a second",
            over_http,
            REDEMPTIONS,
        ),
    ]
}

fn of_codes(points: &Points) -> Vec<Target> {
    vec![
        target(
            "1,000,000 codes with check characters, made by a job and stored",
            "under 10 s",
            within(points, ("codes", "generate", 1_000_000), 10_000 * MILLISECOND),
            CODES,
        ),
        target(
            "The same 1,000,000 codes, exported as one file",
            "our bound: under 5 s",
            within(points, ("codes", "export", 1_000_000), 5000 * MILLISECOND),
            CODES,
        ),
        target(
            "A lookup among 10,000,000 stored codes",
            "p99 under 1 ms",
            within(points, ("codes", "lookup", 10_000_000), MILLISECOND),
            "cargo xtask bench codes --ten-million",
        ),
    ]
}

fn of_pricing(points: &Points) -> Vec<Target> {
    vec![
        target(
            "Evaluate, in process: a cart of 20 lines, 10,000 promotions of 10 rules, 5 % of them relevant",
            "p99 under 1 ms; at least 10x our naive evaluator",
            sparse(points),
            EVALUATE,
        ),
        target(
            "The same cart with 100 to 10,000 promotions of which 20 match",
            "grows by less than 1.3x",
            growth(points, ("fixed", "engine"), [100, 10_000], 1.3),
            EVALUATE,
        ),
        target(
            "1,000,000 stored promotions of which 200 are active: processor time of a request",
            "as with 200; our bound: at most 1.3x",
            growth(points, ("stored", "request"), [200, 1_000_000], 1.3),
            HTTP,
        ),
        target(
            "Dense stacking: promotions that all match, 1,000 to 10,000",
            "linear; our bound, as caches are left: at most 15x for 10x",
            growth(points, ("dense", "engine"), [1000, 10_000], 15.0),
            EVALUATE,
        ),
        target(
            "A cart of 500 lines and 10,000 units, buy two get one",
            "p99 under 10 ms",
            within(points, ("wholesale", "engine", 500), 10 * MILLISECOND),
            EVALUATE,
        ),
        target(
            "Compile 10,000 promotions of 10 rules",
            "p99 under 300 ms",
            within(points, ("compile", "compile", 10_000), 300 * MILLISECOND),
            EVALUATE,
        ),
        target(
            "Change one of 10,000 promotions (`Ruleset::with`)",
            "p99 under 5 ms",
            within(points, ("compile", "with", 10_000), 5 * MILLISECOND),
            EVALUATE,
        ),
        target("Memory of a compiled rule", "under 1 KiB", memory(points), EVALUATE),
        target(
            "`POST /v1/evaluate`: processor time of a request, beside an endpoint that reads and writes the same JSON",
            "at most 2x",
            http(points),
            HTTP,
        ),
        target(
            "A year of a grocery chain: all baskets with all 27 campaigns, after loading",
            "under 5 s on one core",
            within(points, ("replay", "baskets", 27), 5000 * MILLISECOND),
            "cargo xtask bench replay",
        ),
    ]
}

fn sparse(points: &Points) -> Option<Found> {
    let engine = points.find("sparse", "engine", 10_000)?;
    let naive = points.find("sparse", "naive", 10_000)?;
    let ratio = naive.median as f64 / engine.median as f64;
    let words = format!(
        "p50 {}, p99 {}; {} our naive evaluator",
        time(engine.median),
        time(engine.slow),
        times(ratio)
    );
    Some(Found { words, is_met: engine.slow < MILLISECOND && ratio >= 10.0 })
}

fn growth(points: &Points, (curve, series): (&str, &str), sizes: [u64; 2], most: f64) -> Option<Found> {
    let [small, large] = sizes.map(|size| points.find(curve, series, size));
    let (small, large) = (small?, large?);
    let ratio = large.median as f64 / small.median as f64;
    let words = format!("{}: {} to {}", times(ratio), time(small.median), time(large.median));
    Some(Found { words, is_met: ratio <= most })
}

fn within(points: &Points, (curve, series, size): (&str, &str, u64), most: u64) -> Option<Found> {
    let point = points.find(curve, series, size)?;
    let words = if point.samples == 1 {
        time(point.median)
    } else {
        format!("p50 {}, p99 {}", time(point.median), time(point.slow))
    };
    Some(Found { words, is_met: point.slow < most })
}

fn memory(points: &Points) -> Option<Found> {
    let bytes = points.find("memory", "rule", 10_000)?.median;
    Some(Found { words: format!("{} bytes", count(bytes)), is_met: bytes < 1024 })
}

fn http(points: &Points) -> Option<Found> {
    let evaluate = points.find("http", "evaluate-processor", 1000)?.median;
    let echo = points.find("http", "echo-processor", 1000)?.median;
    let ratio = evaluate as f64 / echo as f64;
    let words = format!(
        "{}: {} beside {}; {} requests a second and core",
        times(ratio),
        time(evaluate),
        time(echo),
        count(1_000_000_000 / evaluate.max(1))
    );
    Some(Found { words, is_met: ratio <= 2.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lines: &str, what: &str) -> (String, bool) {
        let targets = all(&Points::read(&lines.replace(' ', "\t")));
        let target = targets.into_iter().find(|target| target.what.contains(what)).unwrap();
        let found = target.found.unwrap();
        (found.words, found.is_met)
    }

    #[test]
    fn a_target_that_is_missed_says_so() {
        let dense = "dense engine 1000 14000000 15000000 70\ndense engine 10000 1750000000 1750000000 1\n";
        assert_eq!(found(dense, "Dense"), ("125x: 14.0 ms to 1.75 s".to_owned(), false));
        let change = "compile with 10000 368899 417973 2690";
        assert_eq!(found(change, "Change one"), ("p50 369 µs, p99 418 µs".to_owned(), true));
    }

    #[test]
    fn what_was_not_measured_is_not_judged() {
        assert!(all(&Points::default()).iter().all(|target| target.found.is_none()));
    }
}

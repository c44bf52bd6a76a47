//! `cargo xtask bench`: measures, counts, and writes `docs/performance.md` with its charts.

mod charts;
mod elsewhere;
mod figures;
pub(crate) mod instructions;
mod machine;
mod page;
mod plot;
mod points;
mod targets;

use std::fs;
use std::process::{Command, ExitCode};

use crate::command::Finished;
use crate::console::Console;
use crate::postgres::{self, Durability};
use crate::repository;
use crate::step::{Outcome, Progress, Steps};
use crate::toolchain;
use instructions::Purpose;
use points::Points;

const PAGE: &str = "docs/performance.md";
const FOLDER: &str = "docs/performance";
/// The last run: a line about the machine, then all points.
const MEASURED: &str = "docs/performance/measured.tsv";
const REPLAY: &str = "examples/complete-journey/run";

/// Where benchmarks find PostgreSQL.
const DATABASE: &str = "LARGESSE_TEST_DATABASE_URL";

/// What is measured.
#[derive(Debug, PartialEq)]
pub(crate) enum Bench {
    /// Everything, and the page is written; the replay only when asked, for it downloads its data.
    All {
        has_replay: bool,
    },
    Evaluate,
    Http,
    Redemptions,
    /// A million codes, or ten.
    Codes {
        is_ten_million: bool,
    },
    Replay,
    Counts(Purpose),
    /// The page anew from the last run, after its words have changed.
    Page,
    /// The workloads as files.
    Generate {
        folder: String,
    },
}

pub(crate) fn run(console: &Console, bench: &Bench) -> ExitCode {
    let mut steps = Steps::new(console);
    let mut points = Points::default();
    let mut after = String::new();
    match bench {
        Bench::All { has_replay } => after = run_all(&mut steps, *has_replay),
        Bench::Evaluate => evaluate(&mut steps, &mut points),
        Bench::Http => http(&mut steps, &mut points),
        Bench::Redemptions => redemptions(&mut steps, &mut points),
        Bench::Codes { is_ten_million } => codes(&mut steps, &mut points, *is_ten_million),
        Bench::Replay => replay(&mut steps, &mut points),
        Bench::Counts(purpose) => {
            steps.run("instruction counts", |progress| {
                let (outcome, table) = instructions::run(progress, *purpose);
                after = table;
                outcome
            });
        }
        Bench::Page => {
            steps.run("page", |_| write_page_again());
        }
        Bench::Generate { folder } => {
            steps.run("workloads", |progress| generate(progress, folder));
        }
    }
    if !points.is_empty() {
        after = in_words(&points);
    }
    let code = steps.finish();
    if !after.is_empty() {
        console.say(&format!("\n{}", after.trim_end()));
    }
    code
}

fn run_all(steps: &mut Steps<'_>, has_replay: bool) -> String {
    let mut points = Points::default();
    evaluate(steps, &mut points);
    http(steps, &mut points);
    redemptions(steps, &mut points);
    codes(steps, &mut points, false);
    if has_replay {
        replay(steps, &mut points);
    } else {
        steps.skip("replay", "asked for with --replay; downloads 32 MB");
    }
    steps.run("instruction counts", |progress| {
        instructions::count_all(progress).map_or_else(Outcome::failure, |counts| {
            points.add(instructions::as_points(&counts));
            Outcome::of_check(true, String::new())
        })
    });
    steps.run("page", |_| {
        let machine = machine::describe();
        write_page(&machine, &points)
    });
    in_words(&points)
}

fn evaluate(steps: &mut Steps<'_>, points: &mut Points) {
    steps.run("curves", |progress| measure(progress, points, &["-p", "testkit", "--bench", "curves"]));
    steps.run("memory", |progress| measure(progress, points, &["-p", "testkit", "--bench", "memory"]));
}

fn http(steps: &mut Steps<'_>, points: &mut Points) {
    steps.run("http", |progress| measure(progress, points, &["-p", "server", "--bench", "http"]));
}

fn redemptions(steps: &mut Steps<'_>, points: &mut Points) {
    let target = |part| ["-p", "server", "--bench", "redemptions", "--", part];
    steps.run("redemptions on SQLite", |progress| measure(progress, points, &target("sqlite")));
    steps.run("orders over HTTP", |progress| measure(progress, points, &target("http")));
    steps.run("more orders than can be served", |progress| measure(progress, points, &target("overload")));
    steps.run("redemptions on PostgreSQL", |progress| match postgres::start(progress, Durability::Full) {
        Ok(cluster) => {
            let mut cargo = toolchain::cargo();
            cargo.env(DATABASE, cluster.url()).arg("bench").args(target("postgres"));
            take(toolchain::run(&mut cargo, progress), points)
        }
        Err(problem) => Outcome::failure(problem),
    });
}

fn codes(steps: &mut Steps<'_>, points: &mut Points, is_ten_million: bool) {
    let target =
        ["-p", "server", "--bench", "codes", "--", if is_ten_million { "10000000" } else { "1000000" }];
    steps.run("codes", |progress| measure(progress, points, &target));
}

/// Runs a benchmark that prints points.
fn measure(progress: &Progress<'_>, points: &mut Points, target: &[&str]) -> Outcome {
    let mut cargo = toolchain::cargo();
    let finished = toolchain::run(cargo.arg("bench").args(target), progress);
    take(finished, points)
}

fn take(finished: Finished, points: &mut Points) -> Outcome {
    let found = Points::read(&finished.output);
    if finished.success && found.is_empty() {
        return Outcome::failure(format!("nothing was measured\n{}", finished.output));
    }
    points.add(found);
    Outcome::of_finished(finished)
}

/// The example says how long it took to price all baskets, after loading.
fn replay(steps: &mut Steps<'_>, points: &mut Points) {
    steps.run("replay", |progress| {
        let finished = progress.run(Command::new(repository::root().join(REPLAY)).arg("--no-checks"));
        match replay_seconds(&finished.output) {
            Some(seconds) if finished.success => {
                let nanoseconds = (seconds * 1e9) as u64;
                points.add(Points::read(&format!("replay\tbaskets\t27\t{nanoseconds}\t{nanoseconds}\t1\n")));
                Outcome::of_finished(finished)
            }
            _ => Outcome::failure(finished.output),
        }
    });
}

/// Of a line like `Priced 140,339 baskets with 1,459,155 lines in 4.2 s: …`.
fn replay_seconds(output: &str) -> Option<f64> {
    let line = output.lines().find(|line| line.starts_with("Priced "))?;
    line.split_once(" in ")?.1.split(' ').next()?.parse().ok()
}

fn generate(progress: &Progress<'_>, folder: &str) -> Outcome {
    let mut cargo = toolchain::cargo();
    cargo.args(["run", "--release", "-p", "testkit", "--example", "generate", "--", folder]);
    Outcome::of_finished(toolchain::run(&mut cargo, progress))
}

fn write_page(machine: &str, points: &Points) -> Outcome {
    let write = || -> std::io::Result<()> {
        let root = repository::root();
        fs::create_dir_all(root.join(FOLDER))?;
        for drawing in charts::all(points) {
            fs::write(root.join(FOLDER).join(drawing.file), drawing.svg)?;
        }
        fs::write(root.join(MEASURED), format!("{machine}\n{}", points.text()))?;
        fs::write(root.join(PAGE), page::write(machine, points))
    };
    let written = write();
    Outcome::of_check(written.is_ok(), written.err().map_or(String::new(), |error| error.to_string()))
}

fn write_page_again() -> Outcome {
    let Ok(measured) = fs::read_to_string(repository::root().join(MEASURED)) else {
        return Outcome::failure(format!("there is no {MEASURED} yet: `cargo xtask bench all` writes it"));
    };
    write_page(measured.lines().next().unwrap_or_default(), &Points::read(&measured))
}

/// What was measured, as a table for a terminal.
fn in_words(points: &Points) -> String {
    let mut table = format!("{:<14}{:<22}{:>10}{:>14}{:>14}\n", "curve", "series", "size", "p50", "p99");
    for point in points.iter() {
        let [median, slow] = match point.curve.as_str() {
            _ if point.series == "memory" => {
                [point.median, point.slow].map(|bytes| format!("{} bytes", figures::count(bytes)))
            }
            "memory" => [point.median, point.slow].map(|bytes| format!("{} bytes", figures::count(bytes))),
            "instructions" => [point.median, point.slow].map(figures::count),
            _ => [point.median, point.slow].map(figures::time),
        };
        let (curve, series, size) = (&point.curve, &point.series, figures::count(point.size));
        table.push_str(&format!("{curve:<14}{series:<22}{size:>10}{median:>14}{slow:>14}\n"));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seconds_of_the_replay_are_found() {
        let output = "Loaded\nPriced 1,402 baskets with 9 lines in 4.2 s: 90 baskets per second\n";
        assert_eq!(replay_seconds(output), Some(4.2));
        assert_eq!(replay_seconds("no such line"), None);
    }
}

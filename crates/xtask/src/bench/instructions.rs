//! Instructions of the hot paths, counted by callgrind: without noise, so that any machine can compare them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::figures;
use super::points::Points;
use crate::command::run_quietly;
use crate::repository;
use crate::step::{Outcome, Progress};
use crate::{debian, toolchain};

/// What was accepted, by name.
const ACCEPTED: &str = "crates/testkit/benches/counts.toml";

/// A path may grow by half before it is a failure: compilers and C libraries differ, quadratic steps differ more.
const MOST: f64 = 1.5;

const HEAD: &str = "\
# Instructions of one call of each hot path, as accepted: `cargo xtask bench counts --accept` writes this file,
# `cargo xtask test` fails when one grows by half.
";

/// Cargo starts programs through this when it is told to.
const RUNNER: &str = "target.\"cfg(all())\".runner=[\"valgrind\", \"--tool=callgrind\", \
    \"--callgrind-out-file=/dev/null\", \"--toggle-collect=*counted_*\"]";

pub(super) type Counts = BTreeMap<String, u64>;

/// What is done with the counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Purpose {
    Show,
    Check,
    Accept,
}

/// Whether valgrind is there, or could be installed just now.
pub(crate) fn can_count() -> bool {
    has_valgrind() || debian::try_install("valgrind")
}

fn has_valgrind() -> bool {
    run_quietly(Command::new("valgrind").arg("--version")).success
}

/// Counts, and shows, checks or accepts what it found; the words are the table.
pub(crate) fn run(progress: &Progress<'_>, purpose: Purpose) -> (Outcome, String) {
    let found = match count_all(progress) {
        Ok(found) => found,
        Err(problem) => return (Outcome::failure(problem), String::new()),
    };
    let accepted = accepted();
    let table = table(&found, &accepted);
    let outcome = match purpose {
        Purpose::Show => Outcome::of_check(true, String::new()),
        Purpose::Check => check(&found, &accepted),
        Purpose::Accept => match fs::write(path(), write(&found)) {
            Ok(()) => Outcome::of_check(true, String::new()),
            Err(error) => Outcome::failure(format!("cannot write {ACCEPTED}: {error}")),
        },
    };
    (outcome, table)
}

/// Instructions by name.
///
/// Errors: how to install valgrind, or what a program printed that failed.
pub(super) fn count_all(progress: &Progress<'_>) -> Result<Counts, String> {
    if !has_valgrind() {
        debian::install(&["valgrind"], progress)?;
    }
    let bench = |words: &[&str]| {
        let mut cargo = toolchain::cargo();
        cargo.args(["bench", "--quiet", "-p", "testkit", "--bench", "counts"]).args(words);
        toolchain::run(&mut cargo, progress).or_output()
    };
    let names = bench(&[])?;
    let mut counts = Counts::new();
    for name in names.lines().filter(|line| !line.contains(char::is_whitespace) && !line.is_empty()) {
        progress.show(name);
        let output = bench(&["--config", RUNNER, "--", name])?;
        counts.insert(name.to_owned(), collected(&output).ok_or(output)?);
    }
    Ok(counts)
}

/// What the last line like `==18095== Collected : 10740149` says.
fn collected(output: &str) -> Option<u64> {
    output.lines().rev().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

/// For the page.
pub(super) fn as_points(counts: &Counts) -> Points {
    let line = |(name, number)| format!("instructions\t{name}\t1\t{number}\t{number}\t1\n");
    Points::read(&counts.iter().map(line).collect::<String>())
}

fn path() -> PathBuf {
    repository::root().join(ACCEPTED)
}

fn accepted() -> Counts {
    read(&fs::read_to_string(path()).unwrap_or_default())
}

fn read(text: &str) -> Counts {
    let pair = |line: &str| {
        let (name, number) = line.split_once('=')?;
        Some((name.trim().to_owned(), number.trim().replace('_', "").parse().ok()?))
    };
    text.lines().filter_map(pair).collect()
}

fn write(counts: &Counts) -> String {
    let line = |(name, number): (&String, &u64)| format!("{name} = {number}\n");
    HEAD.to_owned() + &counts.iter().map(line).collect::<String>()
}

fn check(found: &Counts, accepted: &Counts) -> Outcome {
    let mut problems = String::new();
    for (name, now) in found {
        let Some(before) = accepted.get(name) else {
            problems.push_str(&format!("`{name}` has no accepted count\n"));
            continue;
        };
        if *now as f64 > *before as f64 * MOST {
            problems.push_str(&format!("`{name}` went from {before} to {now} instructions\n"));
        }
    }
    if !problems.is_empty() {
        problems
            .push_str("if that is meant: `cargo xtask bench counts --accept`, and say why in the commit\n");
    }
    Outcome::of_check(problems.is_empty(), problems)
}

/// Found beside accepted, as Markdown that is read on a terminal too.
fn table(found: &Counts, accepted: &Counts) -> String {
    let mut table = format!("| {:<20} | {:>14} | {:>14} |\n", "path", "instructions", "accepted");
    table.push_str(&format!("|{:-<22}|{:->15}:|{:->15}:|\n", "", "", ""));
    for (name, now) in found {
        let before = accepted.get(name).map_or("none".to_owned(), |before| figures::count(*before));
        table.push_str(&format!("| {name:<20} | {:>14} | {before:>14} |\n", figures::count(*now)));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_what_callgrind_prints() {
        let output = "==18095== Events    : Ir\n==18095== Collected : 10740149\n==18095==\n";
        assert_eq!(collected(output), Some(10_740_149));
        assert_eq!(collected("valgrind: not found\n"), None);
    }

    #[test]
    fn what_is_accepted_is_read_as_it_was_written() {
        let counts = Counts::from([("compile".to_owned(), 54_219_361), ("with".to_owned(), 7)]);
        assert_eq!(read(&write(&counts)), counts);
    }

    #[test]
    fn only_growth_by_half_fails() {
        let counts = |number| Counts::from([("with".to_owned(), number)]);
        assert!(check(&counts(150), &counts(100)).is_success());
        assert!(!check(&counts(151), &counts(100)).is_success());
        assert!(!check(&counts(1), &Counts::new()).is_success());
    }
}

//! rustfmt over every file, because `cargo fmt` misses those that build scripts list.

use std::collections::BTreeSet;
use std::process::Command;

use crate::repository;
use crate::step::{Outcome, Progress};
use crate::toolchain;

/// Keeps the command line far below what systems allow.
const BATCH: usize = 200;

/// Finds files that are not formatted; formats them when `fix`.
pub(crate) fn run(progress: &Progress<'_>, fix: bool) -> Outcome {
    match try_run(progress, fix) {
        Ok(findings) => {
            let output = findings.iter().flat_map(|finding| [finding.as_str(), "\n"]).collect();
            Outcome::of_check(findings.is_empty(), output)
        }
        Err(problem) => Outcome::failure(problem),
    }
}

fn try_run(progress: &Progress<'_>, fix: bool) -> Result<BTreeSet<String>, String> {
    toolchain::require("rustfmt", &mut Command::new("rustfmt"), progress)?;
    let files: Vec<String> = repository::files()?.into_iter().filter(|file| file.ends_with(".rs")).collect();
    let mut findings = BTreeSet::new();
    for batch in files.chunks(BATCH) {
        let mut rustfmt = Command::new("rustfmt");
        rustfmt.args(["--edition", "2024"]).current_dir(repository::root());
        if !fix {
            rustfmt.args(["--check", "--files-with-diff"]);
        }
        let finished = progress.run(rustfmt.args(batch));
        if !finished.success {
            findings.extend(lines_of(&finished.output));
        }
    }
    Ok(findings)
}

/// A line for every file that rustfmt named: a module comes again with every file above it, hence the set.
/// What else it printed (a file it cannot read) is kept as it is.
fn lines_of(output: &str) -> BTreeSet<String> {
    let root = format!("{}/", repository::root().display());
    let line = |line: &str| match line.strip_prefix(&root) {
        Some(file) if file.ends_with(".rs") => {
            format!("{file}: is not formatted; `cargo xtask check --fix` does it")
        }
        _ => line.to_owned(),
    };
    output.lines().map(line).collect()
}

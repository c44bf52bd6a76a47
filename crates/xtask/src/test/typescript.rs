//! Our own client, tried against our program: `clients/typescript`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::run_quietly;
use crate::counts::Counts;
use crate::step::{Outcome, Progress};
use crate::{debian, repository};

/// The first version with everything that the client uses.
const NODE: (u32, u32) = (20, 3);
/// Among what was installed: what it was installed for.
const STAMP: &str = "node_modules/.made-for";

/// Whether there is a Node that is new enough, if need be after installing one.
pub(super) fn can_run() -> bool {
    has_node() || (!exists("node") && debian::try_install("npm") && has_node())
}

/// Why not, and how to mend it.
pub(super) const MISSING: &str =
    "Node 20.3 or later with npm is missing and could not be installed: https://nodejs.org";

pub(super) fn run(progress: &Progress<'_>, binary: &Path) -> Outcome {
    if let Err(problem) = install(progress) {
        return Outcome::failure(problem);
    }
    let mut npm = npm();
    // Colours would stand before the numbers.
    npm.args(["test", "--silent"])
        .env("LARGESSE_BINARY", binary)
        .env_remove("FORCE_COLOR")
        .env("NO_COLOR", "1");
    let finished = progress.run(&mut npm);
    match Counts::of_node_summary(&finished.output) {
        Some(counts) => Outcome::of_tests(finished.success, counts, finished.output),
        None => Outcome::failure(format!("{}\nit did not say how many tests passed", finished.output)),
    }
}

/// Installs what the lock file names, unless that was done before.
fn install(progress: &Progress<'_>) -> Result<(), String> {
    let (lock, stamp) = (folder().join("package-lock.json"), folder().join(STAMP));
    let wanted =
        fs::read_to_string(&lock).map_err(|error| format!("cannot read {}: {error}", lock.display()))?;
    if fs::read_to_string(&stamp).is_ok_and(|made_for| made_for == wanted) {
        return Ok(());
    }
    progress.show("installing the compiler");
    progress.run(npm().args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])).or_output()?;
    fs::write(&stamp, wanted).map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}

fn folder() -> PathBuf {
    repository::root().join("clients/typescript")
}

fn npm() -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(folder());
    npm
}

fn exists(program: &str) -> bool {
    run_quietly(Command::new(program).arg("--version")).success
}

fn has_node() -> bool {
    let node = run_quietly(Command::new("node").arg("--version"));
    exists("npm") && node.success && version(&node.output).is_some_and(|version| version >= NODE)
}

/// Of a line like `v20.20.2`.
fn version(line: &str) -> Option<(u32, u32)> {
    let mut numbers = line.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("v20.20.2\n").unwrap() >= NODE);
        assert!(version("v100.0.0").unwrap() >= NODE);
        assert!(version("v20.2.9").unwrap() < NODE);
        assert!(version("v18.20.4").unwrap() < NODE);
        assert_eq!(version("command not found"), None);
    }
}

//! `cargo xtask check`: what can be said about the code without running it.

use std::process::ExitCode;

use crate::console::Console;
use crate::step::{Outcome, Progress, Steps};
use crate::{format, tidy, toolchain};

pub(crate) fn run(console: &Console, fix: bool) -> ExitCode {
    let mut steps = Steps::new(console);
    run_steps(&mut steps, fix);
    steps.finish()
}

/// Runs the checks as steps, those first that answer in a second.
pub(crate) fn run_steps(steps: &mut Steps<'_>, fix: bool) {
    steps.run("format", |progress| format::run(progress, fix));
    steps.run("tidy", |_| tidy::run());
    steps.run("clippy", clippy);
}

fn clippy(progress: &Progress<'_>) -> Outcome {
    if let Err(problem) = toolchain::require("clippy", toolchain::cargo().arg("clippy"), progress) {
        return Outcome::failure(problem);
    }
    let mut cargo = toolchain::cargo();
    cargo.args(["clippy", "--workspace", "--all-targets", "--color", progress.colour_choice()]);
    Outcome::of_finished(toolchain::run(cargo.args(["--", "-D", "warnings"]), progress))
}

//! Cargo and its companions, started so that nothing is built twice.

use std::env;
use std::process::Command;

use crate::command::{Finished, run_quietly};
use crate::console::without_colours;
use crate::repository;
use crate::step::Progress;

/// What cargo's lines about its work begin with.
const PROGRESS: [&str; 11] = [
    "Blocking",
    "Checking",
    "Compiling",
    "Documenting",
    "Downloaded",
    "Downloading",
    "Finished",
    "Fresh",
    "Generated",
    "Locking",
    "Updating",
];

/// Cargo in the root of the workspace.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(repository::root());
    forget_own_package(&mut command);
    command
}

/// Runs cargo; what it says about a failure is kept without the list of what it did before.
pub(crate) fn run(cargo: &mut Command, progress: &Progress<'_>) -> Finished {
    let mut finished = progress.run(cargo);
    let lines = finished.output.lines().filter(|line| !is_progress(line));
    finished.output = lines.flat_map(|line| [line, "\n"]).collect();
    finished
}

/// Lines like `   Compiling serde v1.0.0`, whose first word may be coloured.
fn is_progress(line: &str) -> bool {
    let plain = without_colours(line);
    PROGRESS.contains(&plain.split_whitespace().next().unwrap_or_default())
}

/// Takes away what cargo told us about our package. Passed on, it looks to some build scripts (`ring`) like a
/// change, and half of the server would be built anew.
pub(crate) fn forget_own_package(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
}

/// Makes sure that a companion answers, with the help of rustup where it is.
///
/// Errors: how to install it.
pub(crate) fn require(component: &str, program: &mut Command, progress: &Progress<'_>) -> Result<(), String> {
    if run_quietly(program.arg("--version")).success {
        return Ok(());
    }
    progress.show(&format!("adding {component} to the toolchain"));
    run_quietly(Command::new("rustup").args(["component", "add", component]))
        .or_output()
        .map(|_| ())
        .map_err(|output| format!("needs {component}: run `rustup component add {component}`\n{output}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_does_is_told_from_what_it_found() {
        assert!(is_progress("   Compiling serde v1.0.0"));
        assert!(is_progress("\x1b[1m\x1b[92m    Checking\x1b[0m serde v1.0.0"));
        assert!(!is_progress("\x1b[1m\x1b[91merror\x1b[0m: Compiling is hard"));
        assert!(!is_progress(""));
    }
}

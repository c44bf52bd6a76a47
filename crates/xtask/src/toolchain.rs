//! Cargo and its companions, started so that nothing is built twice.

use std::env;
use std::process::Command;

use crate::command::run_quietly;
use crate::repository;
use crate::step::Progress;

/// Cargo in the root of the workspace.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(repository::root());
    forget_own_package(&mut command);
    command
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

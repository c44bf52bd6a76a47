//! The clients of other people, tried against our program: `tests/clients/run.py`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::run_quietly;
use crate::counts::Counts;
use crate::step::{Outcome, Progress};
use crate::{debian, repository};

const FOLDER: &str = "tests/clients";
/// Beside the environment: what it was made for.
const STAMP: &str = "made-for.txt";

pub(super) fn exist() -> bool {
    repository::root().join(FOLDER).is_dir()
}

pub(super) fn run(progress: &Progress<'_>, binary: &Path) -> Outcome {
    let python = match prepare(progress) {
        Ok(python) => python,
        Err(problem) => return Outcome::failure(problem),
    };
    let mut script = Command::new(python);
    script.arg(format!("{FOLDER}/run.py")).arg("--binary").arg(binary).current_dir(repository::root());
    let finished = progress.run(&mut script);
    match Counts::of_summary(&finished.output) {
        Some(counts) => Outcome::of_tests(finished.success, counts, finished.output),
        None => Outcome::failure(format!("{}\nit did not say how many checks passed", finished.output)),
    }
}

/// Makes a Python environment with what the scripts require, unless the last one fits; gives its Python.
fn prepare(progress: &Progress<'_>) -> Result<PathBuf, String> {
    let requirements = repository::root().join(FOLDER).join("requirements.txt");
    let wanted = fs::read_to_string(&requirements)
        .map_err(|error| format!("cannot read {}: {error}", requirements.display()))?;
    let environment = repository::target_folder().join("clients-venv");
    let (python, stamp) = (environment.join("bin/python"), environment.join(STAMP));
    let fits = fs::read_to_string(&stamp).is_ok_and(|made_for| made_for == wanted);
    if fits && run_quietly(Command::new(&python).arg("--version")).success {
        return require_openssl(progress).map(|()| python);
    }
    require_python(progress)?;
    require_openssl(progress)?;
    progress.show("making the Python environment");
    let mut venv = Command::new("python3");
    progress.run(venv.args(["-m", "venv", "--clear"]).arg(&environment)).or_output()?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--requirement"]);
    progress.run(pip.arg(&requirements)).or_output()?;
    fs::write(&stamp, wanted).map_err(|error| format!("cannot write {}: {error}", stamp.display()))?;
    Ok(python)
}

/// Debian's `python3` alone lacks what makes environments.
fn require_python(progress: &Progress<'_>) -> Result<(), String> {
    if run_quietly(Command::new("python3").args(["-c", "import ensurepip, venv"])).success {
        return Ok(());
    }
    debian::install(&["python3", "python3-venv"], progress)
}

/// The scripts make themselves a certificate with it.
fn require_openssl(progress: &Progress<'_>) -> Result<(), String> {
    if run_quietly(Command::new("openssl").arg("version")).success {
        return Ok(());
    }
    debian::install(&["openssl"], progress)
}

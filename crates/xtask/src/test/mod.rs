//! `cargo xtask test`: everything that must hold before a change is merged, and what it needs.

mod artifacts;
mod clients;

use std::process::{Command, ExitCode};

use crate::bench::instructions::{self, Purpose};
use crate::command::Finished;
use crate::console::Console;
use crate::counts::Counts;
use crate::postgres::Cluster;
use crate::step::{Outcome, Progress, Steps};
use crate::{check, postgres, repository, toolchain};
use artifacts::{Artifacts, TestProgram};

/// The tests of this package need a database, and run on both.
const SERVER: &str = "server";
const BINARY: &str = "largesse";
/// Where the server's tests look for PostgreSQL.
const DATABASE: &str = "LARGESSE_TEST_DATABASE_URL";
/// Where they find the programs of a server that they may kill, and as whom those run when not as who we are.
const PROGRAMS: &str = "LARGESSE_TEST_POSTGRES_PROGRAMS";
const ACCOUNT: &str = "LARGESSE_TEST_POSTGRES_ACCOUNT";

const ENGINE_TESTS: &str = "engine tests";
const DOCUMENTATION_TESTS: &str = "documentation tests";
const SQLITE_TESTS: &str = "server tests on SQLite";
const POSTGRES_TESTS: &str = "server tests on PostgreSQL";
const CLIENT_TESTS: &str = "client tests";
const COUNTS: &str = "instruction counts";

/// Runs every step, or only the tests whose names contain one of the filters.
pub(crate) fn run(console: &Console, filters: &[String]) -> ExitCode {
    let mut steps = Steps::new(console);
    if filters.is_empty() {
        check::run_steps(&mut steps, false);
        steps.run("documentation", documentation);
    }
    match build(&mut steps) {
        Some(artifacts) if filters.is_empty() => run_all(&mut steps, &artifacts),
        Some(artifacts) => run_matching(&mut steps, &artifacts, filters),
        None => {
            let names =
                [ENGINE_TESTS, DOCUMENTATION_TESTS, SQLITE_TESTS, POSTGRES_TESTS, CLIENT_TESTS, COUNTS];
            names.iter().for_each(|name| steps.skip(name, "the build failed"));
        }
    }
    steps.finish()
}

fn run_all(steps: &mut Steps<'_>, artifacts: &Artifacts) {
    run_rust(steps, artifacts, &[]);
    steps.run(POSTGRES_TESTS, |progress| on_postgres(progress, artifacts, &[]));
    if clients::exist() {
        steps.run(CLIENT_TESTS, |progress| match artifacts.binary(BINARY) {
            Some(binary) => clients::run(progress, binary),
            None => Outcome::failure(format!("the workspace builds no program `{BINARY}`")),
        });
    } else {
        steps.skip(CLIENT_TESTS, "there is no tests/clients");
    }
    count_instructions(steps);
}

fn count_instructions(steps: &mut Steps<'_>) {
    if instructions::can_count() {
        steps.run(COUNTS, |progress| instructions::run(progress, Purpose::Check).0);
    } else {
        steps.skip(COUNTS, "valgrind is missing and could not be installed: `sudo apt-get install valgrind`");
    }
}

fn run_matching(steps: &mut Steps<'_>, artifacts: &Artifacts, filters: &[String]) {
    let server = run_rust(steps, artifacts, filters);
    // Starting PostgreSQL takes longer than most single tests.
    if server != Counts::default() {
        steps.run(POSTGRES_TESTS, |progress| on_postgres(progress, artifacts, filters));
    }
    if steps.sum() == Counts::default() {
        let names = filters.iter().map(|filter| format!("`{filter}`")).collect::<Vec<_>>().join(" or ");
        steps.run("matching tests", |_| Outcome::failure(format!("no test has {names} in its name")));
    }
}

/// Runs the tests that need no server beside them; gives the counts of those that can run on PostgreSQL too.
fn run_rust(steps: &mut Steps<'_>, artifacts: &Artifacts, filters: &[String]) -> Counts {
    steps.run(ENGINE_TESTS, |progress| {
        run_programs(progress, artifacts.tests().filter(|test| test.package != SERVER), filters, None)
    });
    steps.run(DOCUMENTATION_TESTS, |progress| documentation_tests(progress, filters));
    steps.run(SQLITE_TESTS, |progress| run_programs(progress, server_tests(artifacts), filters, None))
}

fn server_tests(artifacts: &Artifacts) -> impl Iterator<Item = &TestProgram> {
    artifacts.tests().filter(|test| test.package == SERVER)
}

fn documentation(progress: &Progress<'_>) -> Outcome {
    let mut cargo = toolchain::cargo();
    cargo.args(["doc", "--workspace", "--no-deps", "--document-private-items"]);
    cargo.args(["--color", progress.colour_choice()]);
    Outcome::of_finished(toolchain::run(cargo.env("RUSTDOCFLAGS", "-D warnings"), progress))
}

/// Builds all that is run later, at once: one package alone would ask for fewer features of what it depends
/// on, and have it compiled again.
fn build(steps: &mut Steps<'_>) -> Option<Artifacts> {
    let mut artifacts = None;
    steps.run("build", |progress| {
        let mut cargo = toolchain::cargo();
        cargo.args(["build", "--workspace", "--all-targets", "--color", progress.colour_choice()]);
        let mut finished = toolchain::run(&mut cargo, progress);
        if finished.success {
            match Artifacts::list() {
                Ok(listed) => artifacts = Some(listed),
                Err(output) => finished = Finished { success: false, output },
            }
        }
        Outcome::of_preparation(finished)
    });
    artifacts
}

fn documentation_tests(progress: &Progress<'_>, filters: &[String]) -> Outcome {
    let mut cargo = toolchain::cargo();
    cargo.args(["test", "--workspace", "--doc", "--color", "never", "--"]).args(filters);
    let finished = toolchain::run(&mut cargo, progress);
    Outcome::of_tests(finished.success, Counts::of_test_results(&finished.output), finished.output)
}

fn on_postgres(progress: &Progress<'_>, artifacts: &Artifacts, filters: &[String]) -> Outcome {
    match postgres::start(progress, postgres::Durability::None) {
        Ok(cluster) => run_programs(progress, server_tests(artifacts), filters, Some(&cluster)),
        Err(problem) => Outcome::failure(problem),
    }
}

fn run_programs<'a>(
    progress: &Progress<'_>,
    tests: impl Iterator<Item = &'a TestProgram>,
    filters: &[String],
    database: Option<&Cluster>,
) -> Outcome {
    let (mut success, mut counts, mut output) = (true, Counts::default(), String::new());
    for test in tests {
        let mut command = Command::new(&test.executable);
        toolchain::forget_own_package(&mut command);
        command.args(filters).current_dir(&test.folder).env("CARGO_MANIFEST_DIR", &test.folder);
        for name in [DATABASE, PROGRAMS, ACCOUNT] {
            command.env_remove(name);
        }
        if let Some(cluster) = database {
            command.env(DATABASE, cluster.url()).env(PROGRAMS, cluster.programs());
            command.envs(cluster.account().map(|account| (ACCOUNT, account)));
        }
        let finished = progress.run(&mut command);
        counts += Counts::of_test_results(&finished.output);
        if !finished.success {
            success = false;
            let name = test.executable.strip_prefix(repository::root()).unwrap_or(&test.executable);
            output.push_str(&format!("{} ({})\n{}", test.package, name.display(), finished.output));
        }
    }
    Outcome::of_tests(success, counts, output)
}

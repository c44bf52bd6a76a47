//! Every scenario comes out on the engine as its file says, and every kind has its file.

use std::path::{Path, PathBuf};

use engine::promotion::{actions, conditions, matchers};
use testkit::scenario;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

#[test]
fn every_scenario_comes_out_as_its_file_says() {
    let cases = scenario::load(&folder()).unwrap_or_else(|problem| panic!("{problem}"));
    assert!(!cases.is_empty());
    let failures: Vec<String> = cases.iter().filter_map(|case| case.run_on_engine().err()).collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases failed:\n\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

#[test]
fn every_kind_has_a_file_of_scenarios() {
    let conditions = conditions::kinds().map(|kind| kind.code);
    let kinds = conditions
        .chain(actions::kinds().map(|kind| kind.code))
        .chain(matchers::kinds().map(|kind| kind.code));
    for kind in kinds {
        let file = folder().join("promotion").join(format!("{kind}.toml"));
        assert!(file.exists(), "{} is missing", file.display());
    }
}

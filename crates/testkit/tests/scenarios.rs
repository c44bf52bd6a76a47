//! Every scenario comes out on the engine as its file says, every kind has its file, and what the documentation
//! names is there.

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

#[test]
fn every_scenario_that_the_coverage_names_exists() {
    let docs = folder().join("../docs");
    let text = std::fs::read_to_string(docs.join("coverage.md")).unwrap();
    let links: Vec<&str> =
        text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap_or_default()).collect();
    assert!(links.iter().any(|link| link.starts_with("../scenarios/")), "docs/coverage.md names no scenario");
    let missing: Vec<&&str> = links.iter().filter(|link| !docs.join(link).is_file()).collect();
    assert!(missing.is_empty(), "docs/coverage.md names files that are not there: {missing:#?}");
}

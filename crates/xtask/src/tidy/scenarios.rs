//! Every kind of condition, action and matcher is shown at work by a scenario of its name.

use super::{File, Finding};

const FOLDERS: [&str; 3] = [
    "crates/engine/src/promotion/conditions/",
    "crates/engine/src/promotion/actions/",
    "crates/engine/src/promotion/matchers/",
];

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let Some(code) = FOLDERS.iter().find_map(|folder| kind_in(&file.path, folder)) else { continue };
        let scenario = format!("scenarios/promotion/{code}.toml");
        if !files.iter().any(|file| file.path == scenario) {
            findings.push(file.finding(1, format!("has no scenario: write {scenario}")));
        }
    }
    findings
}

fn kind_in<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    path.strip_prefix(folder)?.strip_suffix(".rs").filter(|code| *code != "mod" && !code.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_without_a_scenario_is_found() {
        let paths = [
            "crates/engine/src/promotion/conditions/mod.rs",
            "crates/engine/src/promotion/conditions/cart.rs",
            "crates/engine/src/promotion/actions/shipping.rs",
            "scenarios/promotion/cart.toml",
        ];
        let findings = check(&paths.map(|path| File::new(path, "")));
        let found: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(found, ["has no scenario: write scenarios/promotion/shipping.toml"]);
    }
}

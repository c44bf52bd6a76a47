//! Every feature of the server has the same few files, and only its store speaks to the database.

use std::collections::BTreeSet;

use super::{File, Finding, contains_word, imports};

const SOURCES: &str = "crates/server/src/";
/// Folders that are no features.
const OTHER_FOLDERS: [&str; 4] = ["platform", "commands", "bigcommerce", "graphql"];
/// What a feature may hold, as files, or as folders once a file has grown too long.
const NAMES: [&str; 7] = ["mod", "service", "store", "rest", "graphql", "admin", "jobs"];
/// What statements begin with.
const STATEMENTS: [&str; 10] = [
    "SELECT ",
    "INSERT INTO ",
    "UPDATE ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE INDEX ",
    "ALTER TABLE ",
    "DROP TABLE ",
    "PRAGMA ",
    "BEGIN ",
];

/// SQL and its libraries stay in stores and in `platform/db`.
pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (Some(rust), Some(path)) = (&file.rust, file.path.strip_prefix(SOURCES)) else { return findings };
    if path.starts_with("platform/db/") || path.split(['/', '.']).any(|part| part == "store") {
        return findings;
    }
    let message =
        "belongs in a `store.rs` or in `platform/db`: ask the store; name connections through `platform::db`";
    for import in imports::of(&rust.code).iter().filter(|import| import.path.starts_with("sea_orm")) {
        findings.push(file.finding(import.line, format!("`sea_orm` {message}")));
    }
    for (line, text) in (1..).zip(rust.code.lines()) {
        if contains_word(text, "sea_orm::") {
            findings.push(file.finding(line, format!("`sea_orm` {message}")));
        }
    }
    for literal in &rust.literals {
        let text = literal.text.trim_start();
        if STATEMENTS.iter().any(|statement| text.starts_with(statement)) {
            findings.push(file.finding(literal.line, format!("SQL {message}")));
        }
    }
    findings
}

/// A feature is a folder with a `mod.rs`.
pub(super) fn check_folders(files: &[File]) -> Vec<Finding> {
    let inside = |file: &File| -> Option<(String, String)> {
        let (folder, rest) = file.path.strip_prefix(SOURCES)?.split_once('/')?;
        Some((folder.to_owned(), rest.to_owned()))
    };
    let features: BTreeSet<String> = files
        .iter()
        .filter_map(inside)
        .filter(|(folder, rest)| rest == "mod.rs" && !OTHER_FOLDERS.contains(&folder.as_str()))
        .map(|(folder, _)| folder)
        .collect();
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.rust.is_some()) {
        let Some((folder, rest)) = inside(file).filter(|(folder, _)| features.contains(folder)) else {
            continue;
        };
        let name = rest.split(['/', '.']).next().unwrap_or_default();
        if !NAMES.contains(&name) {
            let message =
                format!("feature `{folder}` holds only {}: move `{name}` into one of them", NAMES.join(", "));
            findings.push(file.finding(1, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let mut findings = check(&File::new(path, text));
        findings.dedup();
        findings.into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn only_stores_speak_to_the_database() {
        let text = "use sea_orm::Value;\nfn f() {\n    query(\"\n        SELECT 1\")\n}\n";
        assert_eq!(lines("crates/server/src/coupon/service.rs", text), [1, 3]);
        for path in ["coupon/store.rs", "coupon/store/codes.rs", "platform/db/open.rs"] {
            assert_eq!(lines(&format!("crates/server/src/{path}"), text), [] as [usize; 0], "{path}");
        }
        assert_eq!(lines("crates/server/tests/it/main.rs", text), [] as [usize; 0]);
    }

    #[test]
    fn words_of_sql_in_a_sentence_are_no_sql() {
        let text = "// SELECT x\nlet a = \"cannot UPDATE it\"; let b = \"SELECTED\";\n";
        assert_eq!(lines("crates/server/src/coupon/rest.rs", text), [] as [usize; 0]);
    }

    #[test]
    fn features_hold_the_files_that_everybody_expects() {
        let paths = [
            "coupon/mod.rs",
            "coupon/service.rs",
            "coupon/codes.rs",
            "coupon/admin/list.rs",
            "platform/mod.rs",
            "platform/clock.rs",
            "demo/other.rs",
            "app.rs",
        ];
        let files = paths.map(|path| File::new(format!("{SOURCES}{path}"), "//! A.\n"));
        let findings = check_folders(&files);
        let found: Vec<&str> = findings.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(found, ["crates/server/src/coupon/codes.rs"]);
    }
}

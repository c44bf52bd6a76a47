//! The engine is pure: it touches neither clock, dice, environment nor disk, and depends on little.

use super::{File, Finding, contains_word, imports};

const SOURCES: &str = "crates/engine/src/";
const MANIFEST: &str = "crates/engine/Cargo.toml";

/// Parts of paths that would let the world in, and what to do instead.
const FORBIDDEN: [(&str, &str); 15] = [
    ("std::time::SystemTime", "let the instant arrive as an argument"),
    ("std::time::Instant", "let the instant arrive as an argument"),
    ("Timestamp::now", "let the instant arrive as an argument"),
    ("Zoned::now", "let the instant arrive as an argument"),
    ("std::fs", "let the server read it and pass it on"),
    ("std::env", "let the server read it and pass it on"),
    ("std::net", "let the server ask and pass the answer on"),
    ("std::thread", "stay synchronous"),
    ("rand", "let the dice arrive as an argument"),
    ("tokio", "stay synchronous"),
    ("sqlx", "let the server load it and pass it on"),
    ("tracing", "return what is worth knowing"),
    ("println!", "return what is worth knowing"),
    ("eprintln!", "return what is worth knowing"),
    ("print!", "return what is worth knowing"),
];
/// Names of crates are forbidden only where a path begins with them.
const CRATES: [&str; 4] = ["rand", "tokio", "sqlx", "tracing"];
const RANDOM_ORDER: [&str; 2] = ["HashMap", "HashSet"];
/// Each is defended in a decision record.
const DEPENDENCIES: [&str; 7] =
    ["iso_currency", "jiff", "serde_json", "siphasher", "smallvec", "unicode-normalization", "fixedbitset"];

pub(super) fn check(file: &File) -> Vec<Finding> {
    match &file.rust {
        Some(rust) if file.path.starts_with(SOURCES) => check_source(file, &rust.code),
        None if file.path == MANIFEST => check_manifest(file),
        _ => Vec::new(),
    }
}

fn check_source(file: &File, code: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut refuse = |line, found: &str, instead: &str| {
        findings.push(file.finding(line, format!("`{found}` has no place in the engine: {instead}")));
    };
    for import in imports::of(code) {
        for (path, instead) in FORBIDDEN {
            let is_below =
                import.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
            if is_below {
                refuse(import.line, path, instead);
            }
        }
    }
    for (line, text) in (1..).zip(code.lines()) {
        for (path, instead) in FORBIDDEN {
            let found = if CRATES.contains(&path) {
                contains_word(text, &format!("{path}::"))
            } else {
                contains_word(text, path)
            };
            if found {
                refuse(line, path, instead);
            }
        }
        // Its order is drawn by lot at every start, unless a hasher is named.
        let is_random = !text.trim_start().starts_with("use ") && !text.contains("Hasher");
        if let Some(found) = RANDOM_ORDER.iter().find(|name| is_random && contains_word(text, name)) {
            refuse(line, found, "its order is random; use the BTree one, or name a hasher");
        }
    }
    findings
}

fn check_manifest(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut section = String::new();
    for (line, text) in (1..).zip(file.text.lines()) {
        let text = text.trim();
        let name = if let Some(header) = text.strip_prefix('[') {
            section = header.trim_end_matches(']').to_owned();
            section.rsplit_once("dependencies.").filter(|(before, _)| is_ours(before)).map(|(_, name)| name)
        } else if section.strip_suffix("dependencies").is_some_and(is_ours) && !text.starts_with('#') {
            text.split(['=', '.', ' ']).next()
        } else {
            None
        };
        if let Some(name) = name.filter(|name| !name.is_empty() && !DEPENDENCIES.contains(name)) {
            let message =
                format!("the engine may not depend on `{name}`: do without, or write a decision record");
            findings.push(file.finding(line, message));
        }
    }
    findings
}

/// Whether what stands before `dependencies` leaves them those of the engine itself: tests may use more.
fn is_ours(before: &str) -> bool {
    before.is_empty() || before.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let mut findings = check(&File::new("crates/engine/src/a.rs", text));
        findings.sort();
        findings.dedup();
        findings.into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn the_world_stays_outside() {
        assert_eq!(lines("use std::{env, fmt};\nlet x = std::fs::read(y);\n"), [1, 2]);
        assert_eq!(lines("let now = jiff::Timestamp::now();\ntracing::info!(1);\nprintln!(1);\n"), [1, 2, 3]);
        assert_eq!(lines("use rand::Rng;\nuse sqlx;\n"), [1, 2]);
    }

    #[test]
    fn similar_names_and_words_in_texts_may_stay() {
        assert_eq!(lines("let operand = env!(\"A\"); // std::fs\nlet tokio = rand;\n"), [] as [usize; 0]);
        let elsewhere = File::new("crates/server/src/a.rs", "use std::fs;");
        assert_eq!(check(&elsewhere), []);
    }

    #[test]
    fn maps_need_an_order() {
        assert_eq!(lines("use std::collections::HashMap;\nlet x = HashMap::new();\n"), [2]);
        assert_eq!(lines("type Index = HashMap<u64, u32, BuildHasherDefault<Fast>>;\n"), [] as [usize; 0]);
    }

    #[test]
    fn dependencies_are_those_that_were_decided() {
        let manifest = "[package]\nname = \"engine\"\n[dependencies]\n# why\njiff.workspace = true\nserde = \"1\"\n\
            [dev-dependencies]\nproptest = \"1\"\n[dependencies.rayon]\nversion = \"1\"\n";
        let findings = check(&File::new(MANIFEST, manifest));
        let found: Vec<usize> = findings.iter().map(|finding| finding.line).collect();
        assert_eq!(found, [6, 9]);
    }
}

//! House rules that no other tool knows; `docs/` and the rules' own files say why they hold.

mod engine;
mod glossary;
mod imports;
mod lexer;
mod machine;
mod rust;
mod scenarios;
mod server;
mod unfinished;

use std::fs;

use crate::repository;
use crate::step::Outcome;
use glossary::Glossary;
use lexer::Lexed;

/// This crate names what it forbids, so the rules about words leave it alone.
const OWN_FOLDER: &str = "crates/xtask/";

/// A file of text with what the rules ask about it.
struct File {
    /// Relative to the root, with slashes.
    path: String,
    text: String,
    /// Its parts, of a Rust file.
    rust: Option<Lexed>,
}

impl File {
    fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let rust = path.ends_with(".rs").then(|| Lexed::new(&text));
        Self { path, text, rust }
    }

    /// None for what is no text.
    fn read(path: &str) -> Option<Self> {
        let text = String::from_utf8(fs::read(repository::root().join(path)).ok()?).ok()?;
        (!text.contains('\0')).then(|| Self::new(path, text))
    }

    fn ending(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, ending)| ending)
    }

    fn is_own(&self) -> bool {
        self.path.starts_with(OWN_FOLDER)
    }

    /// Something to mend in this file; lines count from 1.
    fn finding(&self, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, message: message.into() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    /// What is wrong and how to mend it.
    message: String,
}

pub(crate) fn run() -> Outcome {
    let findings = match repository::files() {
        Ok(files) => check(&files.iter().filter_map(|file| File::read(file)).collect::<Vec<_>>()),
        Err(problem) => return Outcome::failure(problem),
    };
    let line = |Finding { path, line, message }: &Finding| format!("{path}:{line}: {message}\n");
    Outcome::of_check(findings.is_empty(), findings.iter().map(line).collect())
}

fn check(files: &[File]) -> Vec<Finding> {
    let glossary = Glossary::of(files);
    let mut findings = glossary.problems();
    for file in files {
        findings.extend(rust::check(file));
        findings.extend(engine::check(file));
        findings.extend(server::check(file));
        if !file.is_own() {
            findings.extend(unfinished::check(file));
            findings.extend(machine::check(file));
            findings.extend(glossary.check(file));
        }
    }
    findings.extend(server::check_folders(files));
    findings.extend(scenarios::check(files));
    findings.sort();
    findings.dedup();
    findings
}

/// Where a word stands in a line as a whole: not as part of a longer identifier.
fn contains_word(line: &str, word: &str) -> bool {
    let is_part = |each: char| each.is_alphanumeric() || each == '_';
    let open_end = !word.ends_with(is_part);
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_part) && (open_end || !after.is_some_and(is_part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole() {
        assert!(contains_word("let x = rand::rng();", "rand::"));
        assert!(!contains_word("let x = operand::get();", "rand::"));
        assert!(contains_word("use sqlx;", "sqlx") && !contains_word("sqlx_like", "sqlx"));
        assert!(!contains_word("", "sqlx"));
    }

    #[test]
    fn findings_come_in_order_and_once() {
        let files = [
            File::new("crates/server/src/b.rs", "fn b() {}\n"),
            File::new("crates/engine/src/a.rs", "//! A.\n\nuse std::fs;\n"),
        ];
        let findings = check(&files);
        let places: Vec<_> = findings.iter().map(|finding| (&*finding.path, finding.line)).collect();
        assert_eq!(places, [("crates/engine/src/a.rs", 3), ("crates/server/src/b.rs", 1)]);
    }
}

//! Traces of work that is not done: notes to oneself, placeholders, tests that do not run.

use super::{File, Finding, contains_word};

const NOTES: [&str; 3] = ["FIXME", "TODO", "XXX"];
const PLACEHOLDERS: [&str; 4] = ["todo!", "unimplemented!", "dbg!", "#[ignore"];
/// Files that we write by hand; data may hold any word.
const ENDINGS: [&str; 14] =
    ["sql", "toml", "py", "sh", "mjs", "js", "ts", "css", "html", "yml", "yaml", "graphql", "txt", "md"];

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(rust) = &file.rust {
        notes(file, &rust.comments, &mut findings);
        notes(file, &rust.code, &mut findings);
        for (line, text) in (1..).zip(rust.code.lines()) {
            if let Some(found) = PLACEHOLDERS.iter().find(|placeholder| contains_word(text, placeholder)) {
                let found = found.trim_start_matches("#[");
                findings.push(
                    file.finding(line, format!("`{found}` is unfinished work: finish it, or leave it out")),
                );
            }
        }
    } else if file.ending() == "md" {
        notes(file, &outside_backticks(&file.text), &mut findings);
    } else if ENDINGS.contains(&file.ending()) {
        notes(file, &file.text, &mut findings);
    }
    findings
}

fn notes(file: &File, text: &str, findings: &mut Vec<Finding>) {
    for (line, text) in (1..).zip(text.lines()) {
        if let Some(found) = NOTES.iter().find(|note| contains_word(text, note)) {
            findings.push(
                file.finding(line, format!("`{found}` is a note to oneself: do it now, or open an issue")),
            );
        }
    }
}

/// Text about a word quotes it.
pub(super) fn outside_backticks(text: &str) -> String {
    let outside = |line: &str| line.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    text.lines().map(|line| outside(line) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&File::new(path, text)).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn notes_and_placeholders_are_found_in_rust() {
        assert_eq!(lines("a.rs", "// TODO: later\nfn f() {\n    todo!()\n}\n"), [1, 3]);
        assert_eq!(lines("a.rs", "#[ignore]\n#[ignore = \"slow\"]\nlet x = dbg!(1);\n"), [1, 2, 3]);
    }

    #[test]
    fn longer_words_and_quoted_ones_are_something_else() {
        assert_eq!(lines("a.rs", "// MASTODON XXXL\nlet s = \"TODO\"; debug_dbg!(1);\n"), [] as [usize; 0]);
        assert_eq!(lines("a.md", "leave no `FIXME` here\nFIXME\n"), [2]);
    }

    #[test]
    fn other_files_count_when_they_are_written_by_hand() {
        assert_eq!(lines("migrations/0001_a.sql", "-- FIXME\n"), [1]);
        assert_eq!(lines("data.json", "\"XXX\"\n"), [] as [usize; 0]);
    }
}

//! What holds for every Rust file: its size, its first line, its name.

use super::{File, Finding};

const LINES: usize = 600;
/// Names that say nothing, and so collect everything.
const EMPTY_NAMES: [&str; 4] = ["utils", "helpers", "common", "types"];

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.rust.is_none() {
        return findings;
    }
    let lines = file.text.lines().count();
    if lines > LINES {
        let message = format!("has {lines} lines, more than {LINES}: split it, one concept per file");
        findings.push(file.finding(LINES + 1, message));
    }
    if !file.text.starts_with("//! ") {
        findings.push(file.finding(1, "does not say what it is: begin with a line `//! …`"));
    }
    let stem = file.path.strip_suffix(".rs").unwrap_or(&file.path);
    if let Some(name) = stem.split('/').find(|part| EMPTY_NAMES.contains(part)) {
        findings.push(file.finding(1, format!("`{name}` is no concept: name it after what it holds")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<String> {
        check(&File::new(path, text)).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_file_says_what_it_is() {
        assert_eq!(messages("crates/server/src/lib.rs", "//! A server.\n"), [] as [&str; 0]);
        assert_eq!(messages("a.rs", "use b;\n//! Too late.\n").len(), 1);
        assert_eq!(messages("a.rs", "").len(), 1);
        assert_eq!(messages("a.py", ""), [] as [&str; 0]);
    }

    #[test]
    fn a_file_is_not_too_long() {
        assert_eq!(messages("a.rs", &"//! A.\n".repeat(LINES)), [] as [&str; 0]);
        assert_eq!(
            messages("a.rs", &"//! A.\n".repeat(LINES + 1)),
            ["has 601 lines, more than 600: split it, one concept per file"]
        );
    }

    #[test]
    fn files_and_folders_are_named_after_what_they_hold() {
        let message = "`utils` is no concept: name it after what it holds";
        assert_eq!(messages("crates/engine/src/utils.rs", "//! A.\n"), [message]);
        assert_eq!(messages("crates/engine/src/utils/mod.rs", "//! A.\n"), [message]);
        assert_eq!(messages("crates/engine/src/condition_types.rs", "//! A.\n"), [] as [&str; 0]);
    }
}

//! Paths of the machine that something was written on; they mean nothing on another.

use std::sync::LazyLock;

use super::{File, Finding};
use crate::repository;

/// Where this checkout and its owner's home are, which is what strays into files.
static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let home = std::env::var("HOME").unwrap_or_default();
    paths(&[&repository::root().to_string_lossy(), &home])
});

pub(super) fn check(file: &File) -> Vec<Finding> {
    check_for(file, &PATHS)
}

/// Folders as they stand at the beginning of a path; the root of all is none of one machine.
fn paths(folders: &[&str]) -> Vec<String> {
    let folders = folders.iter().map(|folder| folder.trim_end_matches('/'));
    folders.filter(|folder| folder.starts_with('/')).map(|folder| format!("{folder}/")).collect()
}

fn check_for(file: &File, paths: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, text) in (1..).zip(file.text.lines()) {
        if let Some(found) = paths.iter().find(|path| has_path(text, path)) {
            findings
                .push(file.finding(line, format!("`{found}` is a path of one machine: make it relative")));
        }
    }
    findings
}

/// Whether an absolute path starts so; inside a relative one the same letters are innocent.
fn has_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|before| before.is_alphanumeric() || "_-.~$*?)]}".contains(before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(line: &str) -> usize {
        check_for(&File::new("a.md", line), &paths(&["/build/checkout", "/home/ada/", "/", ""])).len()
    }

    #[test]
    fn absolute_paths_are_found() {
        for line in [
            "see /build/checkout/a",
            "path=\"/home/ada/.cargo\"",
            "file:///home/ada/x",
            "`/build/checkout/x`",
        ] {
            assert_eq!(count(line), 1, "{line}");
        }
    }

    #[test]
    fn the_same_letters_in_another_path_are_innocent() {
        for line in
            ["examples/home/ada/a.csv", "$HOME/home/ada/x", "./build/checkout/x", "/home/adam/x", "/v1/x"]
        {
            assert_eq!(count(line), 0, "{line}");
        }
    }
}

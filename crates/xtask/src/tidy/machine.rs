//! Paths of the machine that something was written on; they mean nothing on another.

use super::{File, Finding};

const PATHS: [&str; 3] = ["/work/", "/root/", "/tmp/plan"];

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, text) in (1..).zip(file.text.lines()) {
        if let Some(found) = PATHS.iter().find(|path| has_path(text, path)) {
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

    #[test]
    fn absolute_paths_are_found() {
        for line in ["see /work/main", "path=\"/root/.cargo\"", "file:///work/x", "`/tmp/plan`"] {
            assert_eq!(check(&File::new("a.md", line)).len(), 1, "{line}");
        }
    }

    #[test]
    fn the_same_letters_in_a_relative_path_are_innocent() {
        for line in
            ["examples/journey/work/a.csv", "$HOME/work/x", "./work/x", "{folder}/root/x", "/tmp/planet2"]
        {
            let expected = usize::from(line.starts_with("/tmp/plan"));
            assert_eq!(check(&File::new("a.md", line)).len(), expected, "{line}");
        }
    }
}

//! Where the repository is and which files belong to it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// The folder that holds the workspace: the one whose cargo runs us. Two checkouts that share a target folder
/// share this program too, so where it was compiled does not tell.
pub(crate) fn root() -> PathBuf {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let own = Path::new(&own);
    own.ancestors().nth(2).unwrap_or(own).to_owned()
}

/// The folder for what is built and can be thrown away.
pub(crate) fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |set| root().join(set))
}

/// Every file that is committed or could be, relative to the root, sorted.
///
/// Errors: the folder cannot be read.
pub(crate) fn files() -> Result<Vec<String>, String> {
    let root = root();
    // A machine without git, or an unpacked archive, must be able to run the tests too.
    let listed = match git_files(&root) {
        Some(listed) => listed,
        None => walk(&root).map_err(|error| format!("cannot list the files of the repository: {error}"))?,
    };
    // Git also lists what was deleted and not yet committed.
    Ok(listed.into_iter().filter(|file| root.join(file).is_file()).collect())
}

fn git_files(root: &Path) -> Option<BTreeSet<String>> {
    let listing = Command::new("git")
        // In a container the checkout often belongs to another user, which git refuses otherwise.
        .args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .ok()?;
    let files: BTreeSet<String> =
        String::from_utf8_lossy(&listing.stdout).split_terminator('\0').map(str::to_owned).collect();
    (listing.status.success() && !files.is_empty()).then_some(files)
}

fn walk(root: &Path) -> io::Result<BTreeSet<String>> {
    let ignored = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
    let mut files = BTreeSet::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if name == ".git" || is_ignored(&ignored, &path, &name) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                files.insert(path);
            }
        }
    }
    Ok(files)
}

/// Whether one of the few forms of pattern that our `.gitignore` uses fits: `/path`, `*.ending`, `name`.
fn is_ignored(patterns: &str, path: &str, name: &str) -> bool {
    let patterns = patterns.lines().map(|line| line.trim().trim_end_matches('/'));
    patterns.filter(|pattern| !pattern.is_empty() && !pattern.starts_with('#')).any(|pattern| {
        if let Some(anchored) = pattern.strip_prefix('/') {
            path == anchored
        } else if let Some(ending) = pattern.strip_prefix('*') {
            name.ends_with(ending)
        } else {
            name == pattern
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_repository_are_listed_without_what_is_built() {
        let files = files().unwrap();
        assert!(files.iter().any(|file| file == "crates/xtask/src/repository.rs"));
        assert!(!files.iter().any(|file| file.starts_with("target/")));
    }

    #[test]
    fn without_git_the_folder_is_walked() {
        let files = walk(&root()).unwrap();
        assert!(files.contains("crates/xtask/src/repository.rs"));
        assert!(!files.iter().any(|file| file.starts_with("target/") || file.starts_with(".git/")));
    }

    #[test]
    fn the_patterns_of_gitignore_fit_as_in_git() {
        let patterns = "# built\n/target\n*.snap.new\n__pycache__/\n";
        let ignored = |path: &str| is_ignored(patterns, path, path.rsplit('/').next().unwrap());
        assert!(ignored("target") && ignored("a/b.snap.new") && ignored("tests/__pycache__"));
        assert!(!ignored("crates/target") && !ignored("a/b.snap") && !ignored("built"));
    }
}

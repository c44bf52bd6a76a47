//! Where the programs of PostgreSQL are.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::command::run_quietly;

/// Where Debian puts them, outside of PATH: one folder per version.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";

/// A folder with `initdb`, `pg_ctl` and `postgres` of one version.
pub(super) struct Binaries {
    folder: PathBuf,
    version: Vec<u32>,
}

impl Binaries {
    /// The newest on this machine.
    pub(super) fn find() -> Option<Self> {
        candidates().into_iter().filter_map(Self::of_folder).max_by(|a, b| a.version.cmp(&b.version))
    }

    fn of_folder(folder: PathBuf) -> Option<Self> {
        if ["initdb", "pg_ctl", "postgres"].iter().any(|name| !is_program(&folder.join(name))) {
            return None;
        }
        let printed = run_quietly(Command::new(folder.join("pg_ctl")).arg("--version")).output;
        Some(Self { version: version_in(&printed)?, folder })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn version(&self) -> String {
        self.version.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
    }
}

/// Debian's folders and those in PATH, behind their links: a link in `/usr/local/bin` and its target are one.
fn candidates() -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    for entry in fs::read_dir(DEBIAN_FOLDER).into_iter().flatten().flatten() {
        folders.insert(entry.path().join("bin"));
    }
    for folder in env::split_paths(&env::var_os("PATH").unwrap_or_default()) {
        if let Some(behind) = fs::canonicalize(folder.join("pg_ctl")).ok().and_then(|file| parent(&file)) {
            folders.insert(behind);
        }
    }
    folders
}

fn parent(file: &Path) -> Option<PathBuf> {
    file.parent().map(Path::to_owned)
}

/// A script is a wrapper with ideas of its own about clusters and users.
fn is_program(file: &Path) -> bool {
    let mut start = [0; 2];
    File::open(file).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start != *b"#!"
}

/// `pg_ctl (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` is version 15.18, `… 19beta2` is 19.
fn version_in(printed: &str) -> Option<Vec<u32>> {
    let text =
        printed.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    let number = |part: &str| {
        let digits = part.find(|each: char| !each.is_ascii_digit()).unwrap_or(part.len());
        part.get(..digits)?.parse().ok()
    };
    Some(text.split('.').map_while(number).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared_as_numbers() {
        assert_eq!(version_in("pg_ctl (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(vec![15, 18]));
        assert_eq!(version_in("pg_ctl (PostgreSQL) 19beta2"), Some(vec![19]));
        assert_eq!(version_in("bash: pg_ctl: not found"), None);
        assert!(version_in("PostgreSQL 9.6.1") < version_in("PostgreSQL 10.0"));
    }

    #[test]
    fn scripts_and_folders_are_no_programs() {
        assert!(is_program(Path::new("/bin/sh")));
        assert!(!is_program(&crate::repository::root().join(".ci/run")));
        assert!(!is_program(Path::new("/")) && !is_program(Path::new("/no/such/file")));
    }
}

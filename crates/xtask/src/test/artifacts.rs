//! The programs that cargo built: the tests of every package, and the binary.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::toolchain;

pub(super) struct TestProgram {
    pub(super) package: String,
    /// The folder of the package, where cargo would run it.
    pub(super) folder: PathBuf,
    pub(super) executable: PathBuf,
}

pub(super) struct Artifacts {
    tests: Vec<TestProgram>,
    binaries: Vec<(String, PathBuf)>,
}

impl Artifacts {
    /// What a build that has just been made consists of; cargo knows without building again.
    ///
    /// Errors: cargo does not answer.
    pub(super) fn list() -> Result<Self, String> {
        let mut cargo = toolchain::cargo();
        cargo.args(["build", "--workspace", "--all-targets", "--message-format=json"]);
        let listing =
            cargo.stderr(Stdio::null()).output().map_err(|error| format!("cannot run cargo: {error}"))?;
        if !listing.status.success() {
            return Err("cargo built everything, then could not list it".to_owned());
        }
        Ok(Self::read(&String::from_utf8_lossy(&listing.stdout)))
    }

    /// Of lines that are JSON objects, those that tell of an executable.
    fn read(messages: &str) -> Self {
        let mut artifacts = Self { tests: Vec::new(), binaries: Vec::new() };
        for message in messages.lines() {
            if let Some(artifact) = Artifact::read(message) {
                artifacts.add(artifact);
            }
        }
        artifacts
    }

    fn add(&mut self, artifact: Artifact) {
        let Artifact { kind, name, manifest, executable, is_test } = artifact;
        match (kind.as_str(), is_test) {
            // Benchmarks are not tests, even where cargo would run them as such.
            ("bench", _) => {}
            (_, true) => {
                let folder = manifest.parent().unwrap_or(&manifest).to_owned();
                let package = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
                self.tests.push(TestProgram { package, folder, executable });
            }
            ("bin", false) => self.binaries.push((name, executable)),
            _ => {}
        }
    }

    pub(super) fn tests(&self) -> impl Iterator<Item = &TestProgram> {
        self.tests.iter()
    }

    pub(super) fn binary(&self, name: &str) -> Option<&Path> {
        self.binaries.iter().find(|(known, _)| known == name).map(|(_, path)| path.as_path())
    }
}

struct Artifact {
    kind: String,
    name: String,
    manifest: PathBuf,
    executable: PathBuf,
    is_test: bool,
}

impl Artifact {
    fn read(message: &str) -> Option<Self> {
        if !message.starts_with(r#"{"reason":"compiler-artifact""#) {
            return None;
        }
        // Targets say that they can be tested; only the profile says that this is their test.
        let profile = after(message, r#""profile":{"#)?.split('}').next()?;
        let target = after(message, r#""target":{"#)?;
        Some(Self {
            kind: string(target, r#""kind":["#)?,
            name: string(target, r#""name":"#)?,
            manifest: PathBuf::from(string(message, r#""manifest_path":"#)?),
            executable: PathBuf::from(string(message, r#""executable":"#)?),
            is_test: profile.contains(r#""test":true"#),
        })
    }
}

fn after<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.split_once(key).map(|(_, after)| after)
}

/// The JSON string right after a key; none if there is something else.
fn string(text: &str, key: &str) -> Option<String> {
    let mut characters = after(text, key)?.strip_prefix('"')?.chars();
    let mut value = String::new();
    loop {
        match characters.next()? {
            '"' => return Some(value),
            // Paths have no control characters, so what follows a backslash is meant as it is.
            '\\' => value.push(characters.next()?),
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: &str, name: &str, is_test: bool, executable: &str) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","package_id":"path+file:///w/crates/engine#0.1.0","manifest_path":"/w/crates/engine/Cargo.toml","target":{{"kind":["{kind}"],"crate_types":["lib"],"name":"{name}","src_path":"/w/crates/engine/src/lib.rs","edition":"2024","doc":true,"doctest":true,"test":true}},"profile":{{"opt_level":"0","debuginfo":1,"debug_assertions":true,"overflow_checks":true,"test":{is_test}}},"features":[],"filenames":[],"executable":{executable},"fresh":true}}"#
        )
    }

    #[test]
    fn tests_and_binaries_are_told_apart() {
        let messages = [
            message("lib", "engine", true, r#""/w/target/debug/deps/engine-1""#),
            message("lib", "engine", false, "null"),
            message("bin", "largesse", false, r#""/w/target/a \"b\"/largesse""#),
            message("bench", "carts", true, r#""/w/target/debug/deps/carts-1""#),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
        ];
        let artifacts = Artifacts::read(&messages.join("\n"));
        let tests: Vec<_> = artifacts.tests().map(|test| (&*test.package, &*test.folder)).collect();
        assert_eq!(tests, [("engine", Path::new("/w/crates/engine"))]);
        assert_eq!(artifacts.binary("largesse"), Some(Path::new("/w/target/a \"b\"/largesse")));
        assert_eq!(artifacts.binary("engine"), None);
    }
}

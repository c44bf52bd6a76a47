//! Lists the folders of conditions, actions and matchers, so that a new kind is one new file.

#![expect(clippy::disallowed_methods, reason = "the engine is pure; its build script must look at folders")]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let kinds = [("conditions", "ConditionKind"), ("actions", "ActionKind"), ("matchers", "MatcherKind")];
    for (folder, kind) in kinds {
        let path = Path::new(&root).join("src/promotion").join(folder);
        println!("cargo::rerun-if-changed={}", path.display());
        let listing = list(&path, kind)?;
        fs::write(Path::new(&out).join(format!("{folder}.rs")), listing)?;
    }
    Ok(())
}

/// A module for every file of the folder but `mod.rs`, and the table of what they declare, sorted by name.
fn list(folder: &Path, kind: &str) -> io::Result<String> {
    let mut files: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files.retain(|file| file.file_stem().is_some_and(|stem| stem != "mod"));
    files.sort();
    let (mut modules, mut table) = (String::new(), String::new());
    for file in &files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        writeln!(modules, "#[path = {:?}]\nmod {name};", file.display()).map_err(io::Error::other)?;
        writeln!(table, "    &{name}::KIND,").map_err(io::Error::other)?;
    }
    Ok(format!("{modules}\npub(super) static KINDS: &[&{kind}] = &[\n{table}];\n"))
}

//! Lists `migrations/` into a table that the binary carries, so that a migration is one new file.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../migrations");
    println!("cargo::rerun-if-changed={}", folder.display());
    let table = Path::new(&env::var("OUT_DIR")?).join("migrations.rs");
    fs::write(table, render(&file_names(&folder)?)?)?;
    Ok(())
}

/// The names of the SQL files, in order.
fn file_names(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".sql") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// `(version, description, SQL)` of each file, as a Rust slice.
fn render(names: &[String]) -> Result<String, Box<dyn Error>> {
    let mut source = String::from("&[\n");
    for (position, name) in names.iter().enumerate() {
        let (number, description) = name
            .strip_suffix(".sql")
            .and_then(|stem| stem.split_once('_'))
            .ok_or_else(|| format!("`{name}` is not named like `0001_what_it_brings.sql`"))?;
        let version: usize = number.parse()?;
        // Two branches that both added the next number must be noticed here, not on a customer's database.
        if version != position + 1 {
            return Err(format!("`{name}` should have number {:04}", position + 1).into());
        }
        let description = description.replace('_', " ");
        writeln!(
            source,
            "    ({version}, {description:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../../migrations/{name}\"))),"
        )?;
    }
    source.push_str("]\n");
    Ok(source)
}

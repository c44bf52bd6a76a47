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

/// `(version, description, SQL for SQLite, SQL for PostgreSQL)` of each migration, as a Rust slice.
fn render(names: &[String]) -> Result<String, Box<dyn Error>> {
    let mut source = String::from("&[\n");
    let mut before = 0;
    for migration in &migrations(names)? {
        let Migration { stem, sqlite, postgres } = migration;
        let (number, description) = stem
            .split_once('_')
            .ok_or_else(|| format!("`{sqlite}` is not named like `0001_what_it_brings.sql`"))?;
        let version: usize = number.parse()?;
        // Two branches that both took one number must be noticed here, not on a customer's database. Gaps are numbers
        // that a branch kept for itself and did not need.
        if version <= before {
            return Err(format!("`{sqlite}` has a number that another migration has").into());
        }
        before = version;
        let description = description.replace('_', " ");
        writeln!(source, "    ({version}, {description:?}, {}, {}),", include(sqlite), include(postgres))?;
    }
    source.push_str("]\n");
    Ok(source)
}

/// A migration: one file for both databases, or one for each.
struct Migration<'names> {
    stem: &'names str,
    sqlite: &'names str,
    postgres: &'names str,
}

/// The migrations in these files, in order.
fn migrations(names: &[String]) -> Result<Vec<Migration<'_>>, Box<dyn Error>> {
    let mut found = Vec::new();
    for name in names {
        let stem = name.strip_suffix(".sql").unwrap_or(name);
        if let Some(stem) = stem.strip_suffix(".sqlite") {
            let other = format!("{stem}.postgres.sql");
            let postgres = names.iter().find(|name| **name == other);
            let postgres = postgres.ok_or_else(|| format!("`{name}` needs `{other}` beside it"))?;
            found.push(Migration { stem, sqlite: name, postgres });
        } else if let Some(stem) = stem.strip_suffix(".postgres") {
            let other = format!("{stem}.sqlite.sql");
            if !names.contains(&other) {
                return Err(format!("`{name}` needs `{other}` beside it").into());
            }
        } else {
            found.push(Migration { stem, sqlite: name, postgres: name });
        }
    }
    Ok(found)
}

fn include(name: &str) -> String {
    format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../../migrations/{name}\"))")
}

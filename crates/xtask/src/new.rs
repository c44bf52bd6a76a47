//! `cargo xtask new condition <code>`: a condition that compiles, and a test that fails until it is done.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::command::run_quietly;
use crate::console::{Colour, Console};
use crate::repository;

const CONDITIONS: &str = "crates/engine/src/promotion/conditions";
const SCENARIOS: &str = "scenarios/promotion";
const CONDITION: &str = include_str!("templates/condition.rs.txt");
const SCENARIO: &str = include_str!("templates/condition.toml.txt");

/// What the language of rules or Rust itself already means something by.
const TAKEN: [&str; 34] = [
    "and", "or", "not", "mod", "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else",
    "enum", "extern", "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "move", "pub", "ref",
    "return", "self", "static", "struct", "super", "true", "type",
];

pub(crate) fn condition(console: &Console, code: &str) -> ExitCode {
    match write(&repository::root(), code) {
        Ok(written) => {
            for file in written {
                console.say(&format!("{} {file}", console.paint(Colour::Green, "wrote")));
            }
            console.say(&format!("\nnext: fill both in until `cargo xtask test {code} scenario` passes"));
            ExitCode::SUCCESS
        }
        Err(problem) => {
            console.say(&format!("{} {problem}", console.paint(Colour::Red, "nothing written:")));
            ExitCode::FAILURE
        }
    }
}

/// Gives the files that it wrote.
fn write(root: &Path, code: &str) -> Result<[String; 2], String> {
    check_code(code)?;
    let source = format!("{CONDITIONS}/{code}.rs");
    let scenario = format!("{SCENARIOS}/{code}.toml");
    if let Some(existing) = [&source, &scenario].into_iter().find(|file| root.join(file).exists()) {
        return Err(format!("{existing} exists already"));
    }
    let save = |file: &str, template: &str| {
        save_new(&root.join(file), &fill(template, code))
            .map_err(|error| format!("cannot write {file}: {error}"))
    };
    save(&source, CONDITION)?;
    save(&scenario, SCENARIO)?;
    // A long code makes lines longer than allowed; without rustfmt the next check will say so.
    run_quietly(Command::new("rustfmt").args(["--edition", "2024", &source]).current_dir(root));
    Ok([source, scenario])
}

fn check_code(code: &str) -> Result<(), String> {
    let mut parts = code.split('_');
    let is_snake_case = code.starts_with(|first: char| first.is_ascii_lowercase())
        && parts.all(|part| {
            !part.is_empty() && part.chars().all(|each| each.is_ascii_lowercase() || each.is_ascii_digit())
        });
    if !is_snake_case {
        return Err(format!("`{code}` is not snake case: write it like `order_number`"));
    }
    if TAKEN.contains(&code) {
        return Err(format!("`{code}` already means something else: find a noun for what is asked"));
    }
    Ok(())
}

fn fill(template: &str, code: &str) -> String {
    let label = capitalised(&code.replace('_', " "));
    let of_type: String = code.split('_').map(capitalised).collect();
    template
        .replace("{code}", code)
        .replace("{CODE}", &code.to_uppercase())
        .replace("{Label}", &label)
        .replace("{Type}", &of_type)
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}

fn save_new(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::File::create_new(file)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_snake_case_and_free() {
        for good in ["visits", "order_number", "top_10"] {
            assert_eq!(check_code(good), Ok(()), "{good}");
        }
        for bad in
            ["", "OrderNumber", "order-number", "_a", "a_", "a__b", "1a", "é", "../a", "and", "mod", "type"]
        {
            assert!(check_code(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn templates_are_filled_completely() {
        let source = fill(CONDITION, "order_number");
        assert!(source.contains("struct OrderNumber {") && source.contains("static ORDER_NUMBER: "));
        assert!(source.contains("code: \"order_number\"") && source.contains("label: \"Order number\""));
        for text in [source, fill(SCENARIO, "order_number")] {
            for placeholder in ["{code}", "{CODE}", "{Type}", "{Label}"] {
                assert!(!text.contains(placeholder), "{placeholder}");
            }
        }
    }

    #[test]
    fn files_are_written_once() {
        let root = std::env::temp_dir().join(format!("largesse-new-{}", std::process::id()));
        let written = write(&root, "visits").unwrap();
        assert!(written.iter().all(|file| root.join(file).is_file()));
        let again = write(&root, "visits");
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(again, Err("crates/engine/src/promotion/conditions/visits.rs exists already".to_owned()));
    }
}

//! What was typed after `cargo xtask`.

use crate::bench::Bench;
use crate::bench::instructions::Purpose;

pub(crate) const USAGE: &str = "\
usage: cargo xtask <command> [--verbose]

  check [--fix]          format, tidy and clippy; --fix formats in place
  test [name…]           everything that CI runs; with names, only the tests whose names contain one of them
  bench [all]            measures everything and writes docs/performance.md; --replay also the example's year
  bench evaluate|http|replay
                         measures one part and shows it
  bench redemptions      redemptions and orders a second, on SQLite and PostgreSQL
  bench codes            makes, exports and looks up a million codes; --ten-million as many
  bench counts           instructions of hot paths; --check fails when one grew, --accept takes them as they are
  bench page             writes docs/performance.md anew from the last run
  bench generate <folder>
                         writes the workloads as JSON, to feed other engines with
  new condition <code>   a kind of condition with its scenario, and a test that fails until it is filled in

  --verbose              shows all that the tools print, not only when a step fails";

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Help,
    Check { fix: bool },
    Test { filters: Vec<String> },
    Bench(Bench),
    NewCondition { code: String },
}

#[derive(Debug, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) command: Command,
    pub(crate) verbose: bool,
}

impl Arguments {
    /// Errors: what is wrong with the words.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let (flags, words): (Vec<String>, Vec<String>) =
            words.into_iter().partition(|word| word.starts_with('-'));
        let has = |name: &str| flags.iter().any(|flag| flag == name);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let command = match words.as_slice() {
            _ if has("--help") || has("-h") => Command::Help,
            [] | ["help"] => Command::Help,
            ["check"] => Command::Check { fix: has("--fix") },
            ["test", filters @ ..] => {
                Command::Test { filters: filters.iter().map(|&filter| filter.to_owned()).collect() }
            }
            ["bench", rest @ ..] => Command::Bench(Self::bench(rest, &has)?),
            ["new", "condition", code] => Command::NewCondition { code: (*code).to_owned() },
            ["new", ..] => return Err("say what is new: `new condition <code>`".to_owned()),
            ["check", extra, ..] => return Err(format!("`check` takes no `{extra}`")),
            [other, ..] => return Err(format!("there is no command `{other}`")),
        };
        let known = |flag: &str| match flag {
            "--verbose" | "-v" | "--help" | "-h" => true,
            "--fix" => matches!(command, Command::Check { .. }),
            "--ten-million" => matches!(command, Command::Bench(Bench::Codes { .. })),
            "--replay" => matches!(command, Command::Bench(Bench::All { .. })),
            "--check" | "--accept" => matches!(command, Command::Bench(Bench::Counts(_))),
            _ => false,
        };
        if let Some(unknown) = flags.iter().find(|flag| !known(flag)) {
            return Err(format!("there is no option `{unknown}` here"));
        }
        Ok(Self { command, verbose: has("--verbose") || has("-v") })
    }

    fn bench(words: &[&str], has: &dyn Fn(&str) -> bool) -> Result<Bench, String> {
        Ok(match words {
            [] | ["all"] => Bench::All { has_replay: has("--replay") },
            ["evaluate"] => Bench::Evaluate,
            ["http"] => Bench::Http,
            ["redemptions"] => Bench::Redemptions,
            ["codes"] => Bench::Codes { is_ten_million: has("--ten-million") },
            ["replay"] => Bench::Replay,
            ["counts"] if has("--accept") && has("--check") => {
                return Err(
                    "either `--check` or `--accept`: what was just accepted needs no check".to_owned()
                );
            }
            ["counts"] if has("--accept") => Bench::Counts(Purpose::Accept),
            ["counts"] if has("--check") => Bench::Counts(Purpose::Check),
            ["counts"] => Bench::Counts(Purpose::Show),
            ["page"] => Bench::Page,
            ["generate", folder] => Bench::Generate { folder: (*folder).to_owned() },
            ["generate", ..] => return Err("say where to: `bench generate <folder>`".to_owned()),
            [other, ..] => return Err(format!("there is nothing to measure called `{other}`")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned)).map(|arguments| arguments.command)
    }

    #[test]
    fn commands_and_their_options_are_understood() {
        assert_eq!(parse(""), Ok(Command::Help));
        assert_eq!(parse("test --help"), Ok(Command::Help));
        assert_eq!(parse("check --fix"), Ok(Command::Check { fix: true }));
        let filters = vec!["coupon".to_owned(), "money".to_owned()];
        assert_eq!(parse("test coupon -v money"), Ok(Command::Test { filters }));
        assert_eq!(parse("bench --replay"), Ok(Command::Bench(Bench::All { has_replay: true })));
        assert_eq!(parse("bench counts --check"), Ok(Command::Bench(Bench::Counts(Purpose::Check))));
        let is_ten_million = true;
        assert_eq!(parse("bench codes --ten-million"), Ok(Command::Bench(Bench::Codes { is_ten_million })));
        assert_eq!(parse("new condition visits"), Ok(Command::NewCondition { code: "visits".to_owned() }));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert!(parse("bench counts --check --accept").is_err());
        assert_eq!(parse("tset"), Err("there is no command `tset`".to_owned()));
        assert_eq!(parse("test --fix"), Err("there is no option `--fix` here".to_owned()));
        assert_eq!(parse("bench http --accept"), Err("there is no option `--accept` here".to_owned()));
        assert_eq!(parse("bench generate"), Err("say where to: `bench generate <folder>`".to_owned()));
        assert_eq!(parse("check engine"), Err("`check` takes no `engine`".to_owned()));
        assert_eq!(parse("new"), Err("say what is new: `new condition <code>`".to_owned()));
    }
}

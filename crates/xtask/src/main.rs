//! The project's own commands: `cargo xtask <command>`.

mod arguments;
mod bench;
mod check;
mod command;
mod console;
mod counts;
mod debian;
mod format;
mod new;
mod postgres;
mod repository;
mod step;
mod test;
mod tidy;
mod toolchain;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use console::Console;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\n\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    let console = Console::new(arguments.verbose);
    match arguments.command {
        Command::Help => {
            console.say(arguments::USAGE);
            ExitCode::SUCCESS
        }
        Command::Check { fix } => check::run(&console, fix),
        Command::Test { filters } => test::run(&console, &filters),
        Command::Bench(bench) => bench::run(&console, &bench),
        Command::NewCondition { code } => new::condition(&console, &code),
    }
}

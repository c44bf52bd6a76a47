//! The binary `largesse`: reads the command line and runs the command.

use std::process::ExitCode;

use clap::Parser as _;
use server::commands::{self, CommandLine, Misuse};

/// Requests are thousands of small texts that live for a millisecond, made on one thread and dropped on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let line = CommandLine::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("largesse: the system gave no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(commands::run(line)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("largesse: {error:#}");
            if error.is::<Misuse>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

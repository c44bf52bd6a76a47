//! The commands of the binary: one file each.

mod backup;
pub mod code;
mod demo;
mod doctor;
mod keys;
mod migrate;
mod openapi;
mod replay;
mod restore;
mod schema;
mod serve;
mod stores;
mod webhooks;

use std::fmt;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::access::service::NewStore;
use crate::platform::config::{DatabaseArguments, LogArguments};
use crate::platform::db::{self, Db};
use crate::platform::http::Problem;
use crate::platform::telemetry;

/// Promotions for any storefront: prices every cart, and says why.
#[derive(Debug, Parser)]
#[command(name = "largesse", version, max_term_width = 100)]
#[command(after_help = "Example:\n  largesse serve --data-dir ./data --port 8080")]
pub struct CommandLine {
    #[command(flatten)]
    log: LogArguments,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Serve(serve::Arguments),
    Replay(replay::Arguments),
    Migrate(migrate::Arguments),
    Doctor(doctor::Arguments),
    Backup(backup::Arguments),
    Restore(restore::Arguments),
    Export(code::ExportArguments),
    Validate(code::ValidateArguments),
    Plan(code::PlanArguments),
    Apply(code::ApplyArguments),
    Import(code::ImportArguments),
    #[command(subcommand)]
    Store(stores::Command),
    #[command(subcommand)]
    Key(keys::Command),
    Webhooks(webhooks::Arguments),
    Openapi(openapi::Arguments),
    Schema(schema::Arguments),
}

/// What the person who called the command can put right; the process exits with 2, as for an unknown flag.
#[derive(Debug)]
pub struct Misuse(String);

impl fmt::Display for Misuse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}

/// Runs the command to its end; what it exits with when it does not fail.
pub async fn run(line: CommandLine) -> anyhow::Result<ExitCode> {
    telemetry::start(&line.log.filter)
        .map_err(|error| Misuse(format!("`--log {}` cannot be read: {error}", line.log.filter)))?;
    match line.command {
        Command::Demo(arguments) => demo::run(arguments).await?,
        Command::Serve(arguments) => serve::run(arguments).await?,
        Command::Replay(arguments) => replay::run(arguments).await?,
        Command::Migrate(arguments) => migrate::run(arguments).await?,
        Command::Doctor(arguments) => doctor::run(arguments).await?,
        Command::Backup(arguments) => backup::run(arguments).await?,
        Command::Restore(arguments) => restore::run(arguments).await?,
        Command::Export(arguments) => code::export(arguments).await?,
        Command::Validate(arguments) => code::validate(&arguments)?,
        Command::Plan(arguments) => return code::plan(arguments).await,
        Command::Apply(arguments) => code::apply(arguments).await?,
        Command::Import(arguments) => code::import(&arguments)?,
        Command::Store(command) => stores::run(command).await?,
        Command::Key(command) => keys::run(command).await?,
        Command::Webhooks(arguments) => webhooks::run(arguments).await?,
        Command::Openapi(arguments) => openapi::run(&arguments)?,
        Command::Schema(arguments) => schema::run(&arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the database, with whatever schema it has.
async fn open(arguments: &DatabaseArguments) -> anyhow::Result<Db> {
    let options = arguments.options().map_err(|error| Misuse(error.to_string()))?;
    Ok(Db::open(&options).await?)
}

/// Opens the database and brings it to the newest schema.
async fn open_migrated(arguments: &DatabaseArguments) -> anyhow::Result<Db> {
    let db = open(arguments).await?;
    db::migrate::run(&db).await?;
    Ok(db)
}

/// Why a command for the embedded database does nothing about a server.
fn failed_on_server(instead: &str) -> anyhow::Error {
    Misuse(format!("a PostgreSQL server has its own tools for that: `{instead}`")).into()
}

/// A problem as the failure of a command.
fn failure(problem: Problem) -> anyhow::Error {
    problem.log();
    anyhow::anyhow!("{}", problem.detail())
}

/// The keys of a new store, for the standard output: they are the one thing that must not go into a log.
fn keys_of(store: &NewStore) -> String {
    let (secret, publishable) = (store.secret.reveal(), store.publishable.reveal());
    let hash = &store.hash;
    format!("  secret key       {secret}\n  publishable key  {publishable}\n  store hash       {hash}")
}

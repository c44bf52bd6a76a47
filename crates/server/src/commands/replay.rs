//! `largesse replay`: prices again what was priced before, recorded baskets or one kept evaluation.

mod baskets;
mod evaluation;
mod input;
mod report;

use std::path::PathBuf;

use clap::Args;

use crate::platform::config::DatabaseArguments;

/// Price recorded baskets, or one kept evaluation, again
///
/// Of a folder: reports what promotions would have given. It holds settings.json, catalog.ndjson,
/// promotions.ndjson, codes.ndjson and baskets.ndjson; each basket is the body of an evaluate request with `at`.
/// Every basket's result is checked: parts sum to totals, nothing is below zero, every promotion has exactly one
/// outcome, and looking at every promotion gives the same as looking only at those that the index finds.
///
/// Of an evaluation that was kept with `record`: prints the answer that this binary gives by the rules and facts of
/// then. When it is not byte for byte the answer that was kept, tells the differences and fails. The embedded
/// database must not be in use by another process.
///
/// Nothing is stored.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  largesse replay examples/complete-journey/sample
  largesse replay --evaluation 5f0c5d1be9a94a0c8d1f3f6f1c0a7b21")]
pub(super) struct Arguments {
    /// Folder with the five files
    #[arg(required_unless_present = "evaluation")]
    folder: Option<PathBuf>,

    /// Promotions to list in the report, by discount given
    #[arg(long, default_value_t = 10, value_name = "NUMBER")]
    top: usize,

    /// Leave the checks out, to see how fast it prices
    #[arg(long, conflicts_with = "evaluation")]
    no_checks: bool,

    /// The `evaluation_id` of a kept evaluation
    #[arg(long, value_name = "ID", conflicts_with_all = ["folder", "top"])]
    evaluation: Option<String>,

    /// The hash of the store that kept it, when several stores did
    #[arg(long, value_name = "HASH", requires = "evaluation")]
    store: Option<String>,

    #[command(flatten)]
    database: DatabaseArguments,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { folder, top, no_checks, evaluation, store, database } = arguments;
    match (evaluation, folder) {
        (Some(id), _) => evaluation::run(&database, &id, store.as_deref()).await,
        (None, Some(folder)) => baskets::run(&folder, top, !no_checks),
        // The command line demands one of them.
        (None, None) => Ok(()),
    }
}

//! `largesse openapi`: prints the OpenAPI document.

use clap::Args;

use crate::app;
use crate::platform::http::openapi;

/// Print the OpenAPI 3.1 document of the HTTP interface
#[derive(Args, Debug)]
#[command(after_help = "Example:
  largesse openapi > openapi.json")]
pub(super) struct Arguments {}

pub(super) fn run(_arguments: &Arguments) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(&openapi::written(&app::documentation()))?);
    Ok(())
}

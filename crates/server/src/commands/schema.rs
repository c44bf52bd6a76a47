//! `largesse schema`: prints the GraphQL schema.

use clap::Args;

use crate::graphql;

/// Print the GraphQL schema, with every type and field described
#[derive(Args, Debug)]
#[command(after_help = "Example:
  largesse schema > schema.graphql")]
pub(super) struct Arguments {}

pub(super) fn run(_arguments: &Arguments) -> anyhow::Result<()> {
    print!("{}", graphql::sdl().map_err(anyhow::Error::msg)?);
    Ok(())
}

//! `largesse demo`: a sample shop to look at, in a folder that is thrown away.

mod shop;
mod show;

use std::time::Instant;

use clap::Args;
use tempfile::TempDir;

use super::serve::{announce_listening, listen, serve_with_jobs};
use super::{failure, keys_of, open_migrated};
use crate::access::service::{NewStore, create_first_store};
use crate::app::AppState;
use crate::platform::clock::Clock;
use crate::platform::config::{DatabaseArguments, ListenArguments};
use crate::platform::http::shutdown::Signals;
use crate::platform::terminal::{Tone, toned};

/// Try it: a sample shop, a priced cart, keys and curl lines to paste
///
/// Everything is made in a temporary folder, which goes when the command ends.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  largesse demo
  largesse demo --port 9000")]
pub(super) struct Arguments {
    #[command(flatten)]
    listen: ListenArguments,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let started = Instant::now();
    let signals = Signals::catch()?;
    // The port comes first: when it is taken, nothing has been made yet.
    let listener = listen(&arguments.listen).await?;
    let address = listener.local_addr()?;
    let folder = TempDir::with_prefix("largesse-demo-")?;
    let database =
        DatabaseArguments { data_dir: folder.path().to_owned(), database_url: None, database_connections: 1 };
    let db = open_migrated(&database).await?;
    let clock = Clock::system();
    let store = create_first_store(&db, clock.now()).await.map_err(failure)?;
    let Some(store) = store else { anyhow::bail!("the temporary folder is not empty") };
    let state = AppState::new(db.clone(), clock);
    let counts = shop::seed(&state, store.store_id).await?;
    show::cart(&state, store.store_id).await?;
    let took = started.elapsed().as_secs_f64();
    println!("{}", toned(Tone::Bold, &format!("Ready in {took:.1} s")));
    println!("  {counts}\n  in {}, which goes when this ends (ctrl-c)\n", folder.path().display());
    println!("{}", instructions(&format!("http://{address}"), &store));
    announce_listening(address, &database.options()?.location);
    serve_with_jobs(listener, state, signals).await?;
    db.close().await;
    Ok(())
}

/// Addresses, keys, and lines to paste.
fn instructions(base: &str, store: &NewStore) -> String {
    let (secret, publishable) = (store.secret.reveal(), store.publishable.reveal());
    let hash = &store.hash;
    let heading = |text: &str| toned(Tone::Bold, text);
    format!(
        "{heading}
{keys}

{addresses}
  API description     {base}/openapi.json
  BigCommerce v3      {base}/stores/{hash}/v3/promotions
  Is it well?         {base}/readyz

{price}
  curl -s {base}/v1/evaluate \\
    -H 'Authorization: Bearer {publishable}' -H 'Content-Type: application/json' \\
    -d '{{\"cart\": {{\"currency\": \"USD\", \"codes\": [\"HILLS-XW4TRB\"],
         \"lines\": [{{\"id\": \"1\", \"product_id\": 101, \"variant_id\": 1013, \"quantity\": 1}},
                   {{\"id\": \"2\", \"product_id\": 113, \"variant_id\": 1132, \"quantity\": 3}}]}},
        \"include\": [\"trace\", \"nudges\"]}}'

{make}
  curl -s {base}/v1/promotions \\
    -H 'Authorization: Bearer {secret}' -H 'Content-Type: application/json' \\
    -d '{{\"name\": \"5 off from 50\", \"redemption_type\": \"AUTOMATIC\",
        \"rules\": [{{\"condition\": {{\"cart\": {{\"minimum_spend\": \"50.00\"}}}},
                   \"action\": {{\"cart_value\": {{\"discount\": {{\"fixed_amount\": \"5.00\"}}}}}}}}]}}'

{list}
  curl -s '{base}/stores/{hash}/v3/promotions?limit=2' -H 'X-Auth-Token: {secret}'
",
        heading = heading("Keys"),
        keys = keys_of(store),
        addresses = heading("Addresses"),
        price = heading("Price a cart"),
        make = heading("Make a promotion"),
        list = heading("List promotions as a BigCommerce client does"),
    )
}

//! `largesse serve`: answers requests until it is told to stop.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::process::exit;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;

use super::{Misuse, failure, keys_of, open_migrated};
use crate::access::jobs::note_uses;
use crate::access::service::create_first_store;
use crate::access::service::user::first_link;
use crate::app::{self, AppState};
use crate::gift_card::jobs::sweep_expired;
use crate::gift_card::service::{made_with_another, note_secret};
use crate::idempotency::jobs::forget_old_answers;
use crate::job::jobs::work;
use crate::mail::Mailer;
use crate::mail::jobs::send_mail;
use crate::platform::clock::Clock;
use crate::platform::config::{DatabaseArguments, ListenArguments, MailArguments, given_secret};
use crate::platform::db::{Db, Location};
use crate::platform::http::address::TrustedProxies;
use crate::platform::http::shutdown::{self, Signals};
use crate::platform::ids::StoreId;
use crate::platform::secret::{FILE as SECRET_FILE, FoundSecret, SecretError, ServerSecret};
use crate::redemption::jobs::sweep_reservations;
use crate::ruleset::jobs::follow_changes;

/// How long a process that ends by itself still answers that it does.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Answer requests until told to stop (ctrl-c or SIGTERM)
///
/// On an empty database it makes a store and prints its keys, once.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  largesse serve
  largesse serve --port 9000 --data-dir /var/lib/largesse
  DATABASE_URL=postgres://largesse:secret@db.internal/largesse largesse serve --host 0.0.0.0")]
pub(super) struct Arguments {
    #[command(flatten)]
    listen: ListenArguments,
    #[command(flatten)]
    database: DatabaseArguments,
    #[command(flatten)]
    mail: MailArguments,

    /// Take the secret at hand although codes of gift cards were made with another: nobody knows those codes any more
    #[arg(long)]
    new_secret: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mailer = mailer(&arguments.mail)?;
    // The port comes first: when it is taken, nothing has been made yet.
    let listener = listen(&arguments.listen).await?;
    let address = listener.local_addr()?;
    let db = open_migrated(&arguments.database).await?;
    let clock = Clock::system();
    if let Some(store) = create_first_store(&db, clock.now()).await.map_err(failure)? {
        println!(
            "\nA new store was made, with USD and UTC; change both at /v1/settings.\n\n{}\n",
            keys_of(&store)
        );
        println!("Write the keys down now: they are not shown again.\n");
    }
    if let Some(link) = first_link(&db, StoreId::FIRST, clock.now()).await.map_err(failure)? {
        let base = arguments.listen.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        println!("Nobody can sign in yet. The first user chooses a password here, within 30 minutes:\n");
        println!("  {}/setup/{}\n", base.trim_end_matches('/'), link.reveal());
    }
    let public_url = arguments.listen.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
    let state = AppState {
        public_url: public_url.into(),
        secret: secret(&db, &arguments.database, arguments.new_secret).await?,
        mailer,
        proxies: TrustedProxies::new(arguments.listen.trusted_proxies.clone()),
        ..AppState::new(db.clone(), clock)
    };
    let signals = Signals::catch()?;
    tokio::spawn(follow_changes(state.rulesets.clone(), db.clone()));
    announce_listening(address, &arguments.database.options()?.location);
    serve_with_jobs(listener, state, signals).await?;
    db.close().await;
    Ok(())
}

/// Answers requests and works jobs off, until a signal comes; then both finish what they are at.
pub(super) async fn serve_with_jobs(
    listener: TcpListener,
    state: AppState,
    signals: Signals,
) -> anyhow::Result<()> {
    let worker = tokio::spawn(work(state.clone(), app::job_kinds()));
    tokio::spawn(end_after_failed_flush(state.db.clone()));
    // A kill between two of their writes loses nothing, so nobody waits for these to end.
    tokio::spawn(send_mail(state.clone(), app::mail_kinds()));
    tokio::spawn(sweep_expired(state.clone()));
    tokio::spawn(sweep_reservations(state.clone()));
    tokio::spawn(note_uses(state.keys.clone()));
    tokio::spawn(forget_old_answers(state.db.clone(), state.clock.clone()));
    let served = shutdown::serve(listener, app::router(state.clone()), state.stopping.clone(), signals).await;
    state.stopping.begin();
    state.jobs.ring();
    // A worker that panicked has nothing left to finish.
    let _ = worker.await;
    Ok(served?)
}

/// Ends the process when a flush to the disk has failed, so that whoever runs it starts another, which reads what is
/// really there. Nothing is closed in an orderly way: that would write.
async fn end_after_failed_flush(db: Db) {
    db.failed_flush().await;
    // Those who wait are told, and `/readyz` is seen.
    tokio::time::sleep(LAST_WORDS).await;
    eprintln!(
        "largesse: a flush of the database to the disk failed. Nobody knows what is on the disk until it is read again, so \
         this process ends; start it again, and look at the disk"
    );
    exit(1);
}

/// How mail is sent: not at all without a server.
fn mailer(arguments: &MailArguments) -> anyhow::Result<Mailer> {
    let Some(url) = arguments.smtp_url.as_deref().filter(|url| !url.is_empty()) else {
        return Ok(Mailer::default());
    };
    let from = arguments.mail_from.as_deref().unwrap_or_default();
    Ok(Mailer::smtp(url, from).map_err(|error| Misuse(error.to_string()))?)
}

/// The secret that codes are hashed and sealed with; made when there is none yet.
///
/// Errors: codes were made with another, unless that is to be.
async fn secret(db: &Db, database: &DatabaseArguments, is_new: bool) -> anyhow::Result<ServerSecret> {
    let misuse = |error: SecretError| Misuse(error.to_string());
    let folder = &database.data_dir;
    let found = FoundSecret::find(given_secret().as_deref(), folder).map_err(misuse)?;
    if !is_new {
        must_fit(db, found.as_ref(), folder).await?;
    }
    let found = match found {
        Some(found) => found,
        None => FoundSecret::make(folder).map_err(misuse)?,
    };
    note_secret(db, &found.secret).await.map_err(failure)?;
    // Another node may have noted its own in between.
    must_fit(db, Some(&found), folder).await?;
    if found.is_file && matches!(database.options()?.location, Location::Postgres(_)) {
        tracing::warn!(
            folder = %database.data_dir.display(),
            "the secret is that of this machine's data folder; several nodes on one database need the same \
             LARGESSE_SECRET, or codes that one makes are unknown to the others"
        );
    }
    Ok(found.secret)
}

/// Checks that a secret is the one that codes were made with.
///
/// Errors: a [`Misuse`] that says what to do.
async fn must_fit(db: &Db, found: Option<&FoundSecret>, folder: &Path) -> anyhow::Result<()> {
    let others = made_with_another(db.read(), found.map(|found| &found.secret)).await.map_err(failure)?;
    if others.is_empty() {
        return Ok(());
    }
    let here =
        if found.is_some() { "another secret than the one at hand" } else { "a secret that is not here" };
    let detail = format!(
        "the codes of gift cards were made with {here}, and none of them would be known: put the `{SECRET_FILE}` of \
         then into {}, or give it as LARGESSE_SECRET; `--new-secret` gives those codes up",
        folder.display()
    );
    Err(Misuse(detail).into())
}

/// Says where the server listens.
pub(super) fn announce_listening(address: SocketAddr, location: &Location) {
    println!("Listening on http://{address}, {location}");
}

/// Takes the port.
///
/// Errors: a [`Misuse`] that names the flag which changes it.
pub(super) async fn listen(arguments: &ListenArguments) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::new(arguments.host, arguments.port);
    TcpListener::bind(address).await.map_err(|error| {
        let reason = match error.kind() {
            ErrorKind::AddrInUse => {
                format!("port {} is taken; choose another with --port, or 0 for any free one", address.port())
            }
            ErrorKind::PermissionDenied => {
                format!(
                    "port {} may not be used by this user; choose one above 1023 with --port",
                    address.port()
                )
            }
            ErrorKind::AddrNotAvailable => {
                format!("`{}` is not an address of this machine; choose another with --host", address.ip())
            }
            _ => format!("{address} cannot be listened on: {error}"),
        };
        Misuse(reason).into()
    })
}

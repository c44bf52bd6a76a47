//! What can be done with mail: put it into the outbox, tell what became of it, send it.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;

use jiff::Timestamp;
use lettre::message::header::MessageId;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{Address, AsyncTransport as _, Message, Tokio1Executor};

use super::store::{self, MailRow};
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::db::{Connection, Transaction};
use crate::platform::http::Problem;
use crate::platform::ids::{StoreId, next_id};

const MINUTE_MS: i64 = 60_000;
/// For how long other nodes leave a mail alone that one is sending.
const LEASE_MS: i64 = 5 * MINUTE_MS;
/// How long a mail is tried that a server does not take for the moment.
const PATIENCE_MS: i64 = 48 * 60 * MINUTE_MS;
/// The longest pause between two attempts.
const PAUSE_MAX_MS: i64 = 4 * 60 * MINUTE_MS;

/// The text of a mail.
#[derive(Clone)]
pub struct Letter {
    /// Who it is from, as people read it.
    pub sender_name: String,
    /// The subject.
    pub subject: String,
    /// The text for readers without HTML.
    pub text: String,
    /// The text in HTML.
    pub html: String,
}

impl fmt::Debug for Letter {
    /// Without its texts: codes stand in them.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Letter").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// What [`Kind::write`] gives: the letter, or why it is not to be sent any more.
pub type Written = Pin<Box<dyn Future<Output = Result<Result<Letter, String>, Problem>> + Send>>;

/// A sort of mail.
#[derive(Clone, Copy)]
pub struct Kind {
    /// Its name in the database, which never changes.
    pub name: &'static str,
    /// Writes the letter about this subject.
    pub write: fn(AppState, StoreId, i64) -> Written,
}

impl fmt::Debug for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Kind").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A mail to send.
#[derive(Clone, Debug)]
pub struct NewMail {
    /// The name of its [`Kind`].
    pub kind: &'static str,
    /// What it is about: an id that the kind understands.
    pub subject: i64,
    /// The address; checked with [`check_address`].
    pub recipient: String,
    /// Not before this.
    pub send_at: Timestamp,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Where it stands.
    pub state: DeliveryState,
    /// When it is to be sent, if not at once.
    pub send_at: Timestamp,
    /// When the server took it.
    pub sent: Option<Timestamp>,
    /// Why it was not sent, or not yet.
    pub error: Option<String>,
}

/// Where a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It waits for its time, for a server, or for the next attempt.
    Waiting,
    /// A server has taken it.
    Sent,
    /// It was given up.
    Failed,
}

/// How mail is sent: by an SMTP server, or not at all.
#[derive(Clone, Debug, Default)]
pub struct Mailer(Option<Smtp>);

#[derive(Clone, Debug)]
struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Address,
}

/// Why mail cannot be sent as configured. Neither message repeats the URL, which may hold a password.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MailerError {
    /// The URL cannot be read.
    #[error("the SMTP URL cannot be read; write `smtps://user:password@host:465`, or `smtp://host:25`")]
    Url,
    /// There is no address to send from, or it is none.
    #[error("MAIL_FROM must be the address that mail is sent from, such as `cards@example.com`")]
    From,
}

impl Mailer {
    /// Sends by the server at this URL, from this address.
    pub fn smtp(url: &str, from: &str) -> Result<Self, MailerError> {
        let from = from.parse().map_err(|_| MailerError::From)?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| MailerError::Url)?;
        Ok(Self(Some(Smtp { transport: builder.build(), from })))
    }

    /// Whether there is a server to send by.
    pub fn is_configured(&self) -> bool {
        self.0.is_some()
    }
}

/// Whether a text can be an address. What is one, only sending to it can tell.
pub fn check_address(text: &str) -> Result<(), String> {
    let message = || format!("must be an e-mail address such as `a@example.com`, is `{text}`");
    text.parse::<Address>().map(|_| ()).map_err(|_| message())
}

/// Puts a mail into the outbox.
pub async fn enqueue(
    tx: &Transaction,
    store_id: StoreId,
    new: NewMail,
    now: Timestamp,
) -> Result<(), Problem> {
    let row = MailRow {
        store_id,
        id: next_id(tx, store_id, "mail", 1).await?,
        kind: new.kind.to_owned(),
        subject_id: new.subject,
        recipient: new.recipient,
        state: "waiting".to_owned(),
        send_at: new.send_at.as_millisecond(),
        attempts: 0,
        next_attempt_at: new.send_at.as_millisecond(),
        sent_at: None,
        error: None,
        created_at: now.as_millisecond(),
    };
    Ok(store::insert(tx, row).await?)
}

/// What became of the newest mail about each of these subjects.
pub async fn deliveries<C: Connection>(
    db: &C,
    store: StoreId,
    kind: &str,
    subjects: &[i64],
) -> Result<HashMap<i64, Delivery>, Problem> {
    let rows = store::about(db, store, kind, subjects).await?;
    Ok(rows.into_iter().map(|row| (row.subject_id, delivery(row))).collect())
}

fn delivery(row: MailRow) -> Delivery {
    let state = match row.state.as_str() {
        "sent" => DeliveryState::Sent,
        "failed" => DeliveryState::Failed,
        _ => DeliveryState::Waiting,
    };
    Delivery {
        state,
        send_at: from_milliseconds(row.send_at),
        sent: row.sent_at.map(from_milliseconds),
        error: row.error,
    }
}

/// Sends what is due, and tells how many mails were looked at.
///
/// Errors: the database's. That a mail could not be sent is noted with it.
pub async fn send_due(app: &AppState, kinds: &[Kind]) -> Result<usize, Problem> {
    const AT_ONCE: u64 = 50;
    let Some(smtp) = &app.mailer.0 else { return Ok(0) };
    let due = store::due(app.db.read(), app.clock.now().as_millisecond(), AT_ONCE).await?;
    let count = due.len();
    for row in due {
        if let Some(claimed) = claim(app, row).await? {
            send(app, smtp, kinds, claimed).await?;
        }
    }
    Ok(count)
}

/// Takes a mail for this node, for one attempt; `None` when another was quicker.
async fn claim(app: &AppState, row: MailRow) -> Result<Option<MailRow>, Problem> {
    let next_attempt_at = app.clock.now().as_millisecond() + LEASE_MS;
    let claimed = MailRow { attempts: row.attempts + 1, next_attempt_at, ..row.clone() };
    Ok(keep(app, row, claimed.clone()).await?.then_some(claimed))
}

async fn keep(app: &AppState, before: MailRow, changed: MailRow) -> Result<bool, Problem> {
    app.db.write(move |tx| Box::pin(async move { Ok(store::update(tx, &before, changed).await?) })).await
}

async fn send(app: &AppState, smtp: &Smtp, kinds: &[Kind], row: MailRow) -> Result<(), Problem> {
    let result = attempt(app, smtp, kinds, &row).await;
    let now = app.clock.now().as_millisecond();
    let (id, store) = (row.id, row.store_id.0);
    let changed = match result {
        Ok(()) => MailRow { state: "sent".to_owned(), sent_at: Some(now), error: None, ..row.clone() },
        Err(failure) => {
            let is_over = failure.is_final || now - row.send_at > PATIENCE_MS;
            let state = if is_over { "failed" } else { "waiting" };
            let error = failure.what;
            tracing::warn!(mail = id, store, kind = row.kind, error, state, "a mail could not be sent");
            let pause = (MINUTE_MS << (row.attempts - 1).clamp(0, 10)).min(PAUSE_MAX_MS);
            MailRow {
                state: state.to_owned(),
                next_attempt_at: now + pause,
                error: Some(error),
                ..row.clone()
            }
        }
    };
    keep(app, row, changed).await.map(|_| ())
}

/// Why an attempt failed.
struct Failure {
    what: String,
    /// Whether trying again is of no use.
    is_final: bool,
}

async fn attempt(app: &AppState, smtp: &Smtp, kinds: &[Kind], row: &MailRow) -> Result<(), Failure> {
    let last = |what: String| Failure { what, is_final: true };
    let kind = kinds.iter().find(|kind| kind.name == row.kind);
    let kind = kind.ok_or_else(|| last(format!("no mail of kind `{}` is known", row.kind)))?;
    let written = (kind.write)(app.clone(), row.store_id, row.subject_id).await;
    let letter = written
        .map_err(|problem| {
            problem.log();
            Failure { what: problem.detail().to_owned(), is_final: false }
        })?
        .map_err(last)?;
    let message = message(smtp, row, letter).map_err(|error| last(error.to_string()))?;
    smtp.transport
        .send(message)
        .await
        .map(|_| ())
        .map_err(|error| Failure { what: error.to_string(), is_final: error.is_permanent() })
}

/// The mail as it goes over the wire. Its id follows from its row, so that readers drop a second copy after a crash.
fn message(smtp: &Smtp, row: &MailRow, letter: Letter) -> Result<Message, lettre::error::Error> {
    let to: Address = row.recipient.parse().map_err(|_| lettre::error::Error::MissingTo)?;
    let id = format!("<{}.{}.{}@{}>", row.kind, row.store_id, row.id, smtp.from.domain());
    Message::builder()
        .from(Mailbox::new(Some(letter.sender_name), smtp.from.clone()))
        .to(Mailbox::new(None, to))
        .subject(letter.subject)
        .header(MessageId::from(id))
        .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))
}

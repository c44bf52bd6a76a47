//! Keeping answers, and giving them again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::store::{self, AnswerRow};
use crate::platform::db::bulk::{self, Answer, Question, Rows};
use crate::platform::db::{Connection, DbErr, Transaction};
use crate::platform::http::{Code, Problem};
use crate::platform::ids::StoreId;
use crate::ruleset::sha256;

/// An answer, and the key under which it is given again.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// The API key that asked: keys of different callers are different.
    pub caller: i64,
    /// The caller's own name for the request.
    pub key: String,
    /// A hash of what was asked.
    pub fingerprint: String,
    /// The status of the answer.
    pub status: u16,
    /// The answer.
    pub body: String,
}

/// A hash of what was asked: another request under the same key is a mistake that must be told.
pub fn fingerprint(method: &str, path: &str, body: &[u8]) -> String {
    let mut text = Vec::with_capacity(method.len() + path.len() + body.len() + 2);
    for part in [method.as_bytes(), path.as_bytes()] {
        text.extend_from_slice(part);
        text.push(b'\n');
    }
    text.extend_from_slice(body);
    sha256(&text)
}

/// What a key is told that was used for something else.
pub fn mismatch() -> Problem {
    Problem::new(
        Code::IdempotencyMismatch,
        "this `Idempotency-Key` was sent before with another request; send a new key with a new request",
    )
}

/// The answer that was given under this key.
///
/// Errors: the key was used for something else.
pub async fn recall<C: Connection>(
    db: &C,
    store: StoreId,
    caller: i64,
    key: &str,
    fingerprint: &str,
) -> Result<Option<(u16, String)>, Problem> {
    let rows = store::find(db, store, caller, key).await?;
    match rows.into_iter().find(|row| row.caller == caller && row.key == key) {
        None => Ok(None),
        Some(row) if row.fingerprint == fingerprint => Ok(Some((status(row.status), row.body))),
        Some(_) => Err(mismatch()),
    }
}

/// Asks for the answers that were given under these keys.
pub fn ask<C: Connection>(db: &C, store: StoreId, keys: &[(i64, &str)]) -> Question {
    let mut callers: Vec<i64> = keys.iter().map(|(caller, _)| *caller).collect();
    callers.sort_unstable();
    callers.dedup();
    let keys: Vec<&str> = keys.iter().map(|(_, key)| *key).collect();
    store::ask(db, store, &callers, &keys)
}

/// What [`ask`] was told.
pub fn told(answer: &Answer) -> Result<Vec<Remembered>, DbErr> {
    let remembered = |row: AnswerRow| Remembered {
        caller: row.caller,
        key: row.key,
        fingerprint: row.fingerprint,
        status: status(row.status),
        body: row.body,
    };
    Ok(bulk::rows(answer)?.into_iter().map(remembered).collect())
}

/// Keeps answers with what they tell.
pub async fn keep(
    tx: &Transaction,
    store: StoreId,
    answers: Vec<Remembered>,
    now: Timestamp,
) -> Result<(), DbErr> {
    bulk::insert(tx, vec![rows(store, answers, now)]).await
}

/// Answers, as they are kept.
pub fn rows(store: StoreId, answers: Vec<Remembered>, now: Timestamp) -> Rows {
    let row = |answer: Remembered| AnswerRow {
        caller: answer.caller,
        key: answer.key,
        fingerprint: answer.fingerprint,
        status: i64::from(answer.status),
        body: answer.body,
    };
    store::answer_rows(store, answers.into_iter().map(row), now.as_millisecond())
}

/// Forgets answers from before an instant, a part of them; tells how many.
pub(super) async fn forget(tx: &Transaction, before: Timestamp, limit: u64) -> Result<u64, DbErr> {
    store::forget(tx, before.as_millisecond(), limit).await
}

/// What is wrong with the answers that are kept for a store, in words; nothing when each can be given again.
pub async fn verify<C: Connection>(db: &C, store: StoreId) -> Result<Vec<String>, Problem> {
    const AT_ONCE: u64 = 5000;
    let (mut wrong, mut after) = (Vec::new(), (i64::MIN, String::new()));
    loop {
        let rows = store::page(db, store, &after, AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(wrong) };
        after = (last.caller, last.key.clone());
        let can_be_given = |row: &AnswerRow| {
            (200..600).contains(&row.status)
                && row.fingerprint.len() == 64
                && (serde_json::from_str::<serde::de::IgnoredAny>(&row.body).is_ok() || is_sealed(&row.body))
        };
        let bad = rows.iter().filter(|row| !can_be_given(row));
        wrong.extend(bad.map(|row| {
            format!(
                "idempotency: the answer under the key `{}` of caller {} cannot be given",
                row.key, row.caller
            )
        }));
    }
}

/// Whether a body is one that only this server can open: what is sealed is written in letters of base64.
fn is_sealed(body: &str) -> bool {
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_=.".contains(&byte))
}

fn status(status: i64) -> u16 {
    u16::try_from(status).unwrap_or(500)
}

/// The keys whose requests are under way in this process.
#[derive(Clone, Debug, Default)]
pub struct InFlight(Arc<Mutex<HashSet<(StoreId, i64, String)>>>);

/// A key whose request is under way, until this is dropped.
#[derive(Debug)]
pub struct Underway {
    of: InFlight,
    key: (StoreId, i64, String),
}

impl InFlight {
    /// From now on the key's request is under way.
    ///
    /// Errors: it is already.
    pub fn begin(&self, store: StoreId, caller: i64, key: &str) -> Result<Underway, Problem> {
        let key = (store, caller, key.to_owned());
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !keys.insert(key.clone()) {
            let detail =
                "a request with this `Idempotency-Key` is under way; its answer is given when it is done";
            return Err(Problem::new(Code::InProgress, detail));
        }
        Ok(Underway { of: self.clone(), key })
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.of.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// An answer as JSON text, and whether it was given before.
pub fn answered(status: u16, body: String, is_repeated: bool) -> axum::response::Response {
    super::rest::answered(status, body, is_repeated)
}

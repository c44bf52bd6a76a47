//! Codes by the million: drawn from a space, block by block, in the steps of a job.

use engine::coupon::{CodeWindow, Shape, loose};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::store::bulk::{self, Common};
use super::memory::BlockKey;
use super::space::{self, Space};
use super::{CodeTerms, bulk_promotion, limit, log, loose_code, milliseconds};
use crate::activity::{self, Action, Author};
use crate::app::AppState;
use crate::evaluation::service::elsewhere;
use crate::job::{self, Job, NewJob, Progress};
use crate::platform::http::{FieldError, Problem};
use crate::platform::ids::next_id;
use crate::promotion;

/// The name of such jobs.
pub const KIND: &str = "generate_codes";

/// Places drawn at once. Their codes are kept in order, so that each step writes to a small part of the indexes.
const BLOCK: u64 = 1_000_000;
/// Codes kept in one step: longer steps hold up other writers.
const CHUNK: usize = 15_000;
/// Codes with fewer bits of chance are made only when it is said that they may be guessed.
const BITS_MIN: u32 = 50;

/// Codes to make by a job.
#[derive(Clone, Debug)]
pub struct GenerateMany {
    /// How many.
    pub count: u64,
    /// Their shape.
    pub shape: Shape,
    /// What the request calls that which makes codes longer, for errors.
    pub length_pointer: &'static str,
    /// How often and when each may be used.
    pub terms: CodeTerms,
    /// Whether codes may be so short that they can be guessed.
    pub accepts_guessable: bool,
}

/// What the steps of such a job read.
#[derive(Debug, Deserialize, Serialize)]
struct Request {
    promotion: i64,
    space: i64,
    uses: u64,
    uses_per_customer: u64,
    #[serde(default)]
    starts_at: Option<Timestamp>,
    #[serde(default)]
    ends_at: Option<Timestamp>,
}

/// Where a job is in the block that it drew last.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
struct Cursor {
    start: i64,
    length: u64,
    at: usize,
}

/// Begins to make exactly so many codes for a coupon promotion with many codes.
///
/// Errors: no such promotion, one with a single code, codes that would be easy to guess, or that would be taken for
/// mistyped ones of another shape.
pub async fn begin_generating(
    app: &AppState,
    author: &Author,
    promotion: i64,
    wanted: GenerateMany,
) -> Result<Job, Problem> {
    let (store, author) = (author.store, author.clone());
    bulk_promotion(app, store, promotion).await?;
    let (key, now) = (rand::random::<[u8; 16]>(), author.now);
    let begun = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let guards = space::guards_of(tx, store).await?;
                let space = space::of_shape(tx, store, &wanted.shape, key, now).await?;
                check_room(&wanted, &space)?;
                if guards.iter().any(|guard| space::refuses_codes_of(guard, &space.shape)) {
                    return Err(invalid(wanted.length_pointer, "check_character", LIKE_OTHERS));
                }
                let CodeTerms { uses, uses_per_customer, window } = wanted.terms;
                let CodeWindow { start: starts_at, end: ends_at } = window;
                let space_id = space.id;
                let request =
                    Request { promotion, space: space_id, uses, uses_per_customer, starts_at, ends_at };
                let new =
                    NewJob { kind: KIND, total: wanted.count, request: job::service::request(&request)? };
                let id = job::service::take_id(tx, store).await?;
                let odds = wanted.shape.tries_to_guess(u128::from(space.drawn) + u128::from(wanted.count));
                let result = json!({"generated": 0, "skipped": 0, "guess_odds": format!("1 in {odds}")});
                let job = job::service::begin_telling(tx, (store, id), new, &result, now).await?;
                let change = log::many(Action::Generated, promotion, wanted.count, Some(id));
                activity::record(tx, &author, change).await?;
                Ok(job)
            })
        })
        .await?;
    app.codes.forget_guards(store);
    app.jobs.ring();
    Ok(begun)
}

const LIKE_OTHERS: &str = "makes codes that would be taken for mistyped ones of those made before; use the same \
                           settings as for those, or another prefix or length";

fn check_room(wanted: &GenerateMany, space: &Space) -> Result<(), Problem> {
    let (shape, codes) = (&wanted.shape, u128::from(space.drawn) + u128::from(wanted.count));
    if !shape.has_room_for(codes) {
        let message = format!(
            "there are {} such codes, too few to hide {codes} among; make them longer or exclude less",
            shape.capacity()
        );
        return Err(invalid(wanted.length_pointer, "out_of_range", &message));
    }
    if shape.random_bits() < BITS_MIN && !wanted.accepts_guessable {
        let (tries, bits) = (shape.tries_to_guess(codes), shape.random_bits());
        let message = format!(
            "one of {tries} tries finds one of these codes, as they have {bits} bits of chance; make them longer, or \
             send `\"accept_guessable\": true`"
        );
        return Err(invalid(wanted.length_pointer, "guessable", &message));
    }
    Ok(())
}

fn invalid(pointer: &str, code: &'static str, message: &str) -> Problem {
    Problem::invalid([FieldError::new(pointer, code, message)])
}

/// Draws a block, or keeps the next codes of the one that is drawn.
pub async fn generate_step(app: AppState, job: Job) -> Result<(), Problem> {
    let request: Request = job.request()?;
    let cursor: Cursor = match job.cursor() {
        "" => Cursor::default(),
        cursor => serde_json::from_str(cursor).map_err(Problem::internal)?,
    };
    if usize::try_from(cursor.length).is_ok_and(|length| cursor.at < length) {
        keep_chunk(app, job, request, cursor).await
    } else {
        draw_block(app, job, request).await
    }
}

async fn draw_block(app: AppState, job: Job, request: Request) -> Result<(), Problem> {
    // A promotion that is gone ends the job.
    promotion::service::get(app.db.read(), job.store(), request.promotion).await?;
    let length = BLOCK.min(job.total().saturating_sub(job.done()));
    let (now, result) = (app.clock.now(), job.result()?);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let start = space::draw(tx, job.store(), request.space, length).await?;
                let cursor = written(&Cursor { start, length, at: 0 })?;
                let progress = Progress { done: job.done(), cursor, result, is_finished: length == 0 };
                job::service::advance(tx, &job, progress, now).await
            })
        })
        .await
}

async fn keep_chunk(app: AppState, job: Job, request: Request, cursor: Cursor) -> Result<(), Problem> {
    let store = job.store();
    let key: BlockKey = (store, request.space, cursor.start);
    let chunk = chunk(&app, key, cursor).await?;
    let mut result: serde_json::Value = job.result()?;
    let (now, before) = (app.clock.now(), app.codes.clone());
    let at = cursor.at + chunk.taken;
    let is_block_done = at as u64 >= cursor.length;
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let count = u32::try_from(chunk.count).unwrap_or(u32::MAX);
                let common = Common {
                    store,
                    promotion: request.promotion,
                    first_id: next_id(tx, store, "coupon_code", count).await?,
                    max_uses: limit(request.uses),
                    max_uses_per_customer: limit(request.uses_per_customer),
                    is_generated: true,
                    created_at: now.as_millisecond(),
                    starts_at: milliseconds(request.starts_at),
                    ends_at: milliseconds(request.ends_at),
                };
                let kept = bulk::insert(tx, common, chunk.codes).await?;
                let done = job.done() + kept;
                // Codes that exist already, made by hand or imported, are made up for by the next block.
                let skipped = result.get("skipped").and_then(serde_json::Value::as_u64).unwrap_or(0);
                if let Some(told) = result.as_object_mut() {
                    told.insert("generated".to_owned(), done.into());
                    told.insert("skipped".to_owned(), (skipped + chunk.taken as u64 - kept).into());
                }
                let cursor = written(&Cursor { at, ..cursor })?;
                let progress = Progress { done, cursor, result, is_finished: done >= job.total() };
                job::service::advance(tx, &job, progress, now).await
            })
        })
        .await?;
    if is_block_done {
        before.forget_block(key);
    }
    Ok(())
}

fn written(cursor: &Cursor) -> Result<String, Problem> {
    serde_json::to_string(cursor).map_err(Problem::internal)
}

/// Codes to keep in one step.
#[derive(Clone, Debug)]
struct Chunk {
    /// As the store takes them.
    codes: String,
    count: usize,
    /// How many places of the block they used up.
    taken: usize,
}

/// The next codes of a block, worked out on a thread that no request waits for.
async fn chunk(app: &AppState, key: BlockKey, cursor: Cursor) -> Result<Chunk, Problem> {
    let (store, space, _) = key;
    let space = space::find(app.db.read(), store, space).await?;
    let guards = space::guards_of(app.db.read(), store).await?;
    let memory = app.codes.clone();
    elsewhere(move || {
        let numbers = memory.block(key).unwrap_or_else(|| {
            let (order, start) = (space.order(), u128::try_from(cursor.start).unwrap_or(0));
            let mut numbers: Vec<u128> =
                (0..u128::from(cursor.length)).map(|place| order.at(start + place)).collect();
            numbers.sort_unstable();
            let numbers = std::sync::Arc::new(numbers);
            memory.keep_block(key, std::sync::Arc::clone(&numbers));
            numbers
        });
        let these = numbers.iter().skip(cursor.at).take(CHUNK);
        let (mut rows, mut taken) = (Vec::with_capacity(CHUNK), 0);
        for number in these {
            taken += 1;
            let code = space.shape.code(*number);
            let loose_form = loose(&code);
            if !guards.iter().any(|guard| guard.refuses(&loose_form)) {
                let loose = loose_code(&code);
                rows.push((code, None::<String>, loose, None::<u64>, None::<u64>));
            }
        }
        let codes = serde_json::to_string(&rows).map_err(Problem::internal)?;
        Ok(Chunk { codes, count: rows.len(), taken })
    })
    .await?
}

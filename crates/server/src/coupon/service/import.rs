//! Codes that another system made: every row is looked at first, and a job keeps them.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use engine::coupon::{CodeWindow, Guard, loose, normalise};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::store::bulk::{self, Common};
use super::space::guards_of;
use super::{
    LOOKS_MISTYPED, check_window, code_instant, count_change, coupon_promotion, log, loose_code, milliseconds,
};
use crate::activity::{self, Action, Author};
use crate::app::AppState;
use crate::job::{self, Job, NewJob, Progress};
use crate::platform::db::{Connection, Transaction};
use crate::platform::http::{Code, Problem};
use crate::platform::ids::{StoreId, next_id};

/// The name of such jobs.
pub const KIND: &str = "import_codes";

/// Rows that one file may have.
const ROWS_MAX: u64 = 1_000_000;
/// Rows kept in one step.
pub const PART: usize = 10_000;
/// Rows whose errors are told; the others are only counted.
const ERRORS_MAX: usize = 1000;
const USES_MAX: i64 = 1_000_000_000;

/// What becomes of the good rows when others are bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// They are kept.
    Skip,
    /// Nothing is.
    Refuse,
}

/// A row of the file, or why it cannot be read.
#[derive(Clone, Debug)]
pub struct ImportRow {
    /// Its row in the file, from 1; the first names the columns, and blank ones do not count.
    pub row: u64,
    /// Its cells.
    pub cells: Result<ImportCells, String>,
}

/// The cells of a row, as texts.
#[derive(Clone, Debug, Default)]
pub struct ImportCells {
    /// The code.
    pub code: String,
    /// How often it may be used; empty or 0 is without limit.
    pub max_uses: String,
    /// How often one customer may use it; empty or 0 is without limit.
    pub max_uses_per_customer: String,
    /// From when on it can be used; empty for always.
    pub starts_at: String,
    /// From when on it cannot be used; empty for never.
    pub ends_at: String,
}

/// Why a row is not taken in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RowError {
    /// Its row in the file, from 1; the first names the columns, and blank ones do not count.
    pub row: u64,
    /// The column that is wrong; empty when it is the row.
    pub column: String,
    /// The rule that is broken.
    pub code: String,
    /// What is expected there.
    pub message: String,
}

/// What a file holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Rows below the names of the columns.
    pub rows: u64,
    /// Rows that can be taken in.
    pub valid: u64,
    /// Rows that cannot.
    pub invalid: u64,
    /// Why not, of the first 1000 of them.
    pub errors: Vec<RowError>,
}

impl Report {
    fn refuse(&mut self, error: RowError) {
        self.invalid += 1;
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(error);
        }
    }
}

/// What came of a file.
#[derive(Debug)]
pub enum Imported {
    /// It was only looked at, or is refused as a whole.
    Report(Report),
    /// A job keeps its good rows.
    Begun(Box<Job>),
}

/// A row as steps keep it: code, normal form, loose form, both limits, row, start and end in milliseconds. The last two
/// are missing in files that were taken in before codes had them.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct StoredRow(
    String,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<i64>,
    u64,
    #[serde(default)] Option<i64>,
    #[serde(default)] Option<i64>,
);

/// A file that is being read, part by part.
#[derive(Debug)]
pub struct Importing {
    store: StoreId,
    promotion: i64,
    on_error: OnError,
    guards: Vec<Guard>,
    seen: Seen,
    report: Report,
    now: Timestamp,
    /// Under which the parts are kept, unless the file is only looked at.
    job: Option<i64>,
    parts: i64,
}

/// Codes that stood in the file before, by 128 bits of each: a million of them take 40 megabytes less than their texts,
/// and that two have the same bits does not happen.
#[derive(Debug, Default)]
struct Seen {
    hashers: [RandomState; 2],
    found: HashSet<[u64; 2]>,
}

impl Seen {
    /// Notes a code; `false` when it was there.
    fn insert(&mut self, normal_code: &str) -> bool {
        let bits = self.hashers.each_ref().map(|hasher| hasher.hash_one(normal_code));
        self.found.insert(bits)
    }
}

impl Importing {
    /// Begins to read a file of codes for a coupon promotion; a dry run keeps nothing.
    ///
    /// Errors: no such promotion, one without codes.
    pub async fn begin(
        app: &AppState,
        (store, promotion): (StoreId, i64),
        on_error: OnError,
        is_dry_run: bool,
    ) -> Result<Self, Problem> {
        coupon_promotion(app, store, promotion).await?;
        let job = match is_dry_run {
            true => None,
            false => {
                let id =
                    app.db.write(move |tx| Box::pin(async move { job::service::take_id(tx, store).await }));
                Some(id.await?)
            }
        };
        Ok(Self {
            store,
            promotion,
            on_error,
            guards: guards_of(app.db.read(), store).await?,
            seen: Seen::default(),
            report: Report::default(),
            now: app.clock.now(),
            job,
            parts: 0,
        })
    }

    /// Looks at the next rows, at most [`PART`] of them.
    ///
    /// Errors: too many rows.
    pub async fn take(&mut self, app: &AppState, rows: Vec<ImportRow>) -> Result<(), Problem> {
        self.report.rows += rows.len() as u64;
        if self.report.rows > ROWS_MAX {
            let detail = format!("the file has more than {ROWS_MAX} rows; split it");
            return Err(Problem::new(Code::BodyTooLarge, detail));
        }
        let mut good = Vec::with_capacity(rows.len());
        for row in rows {
            match self.look_at(row) {
                Ok(row) => good.push(row),
                Err(error) => self.report.refuse(error),
            }
        }
        let good = self.without_taken(app, good).await?;
        self.report.valid += good.len() as u64;
        let Some(job) = self.job.filter(|_| !good.is_empty()) else { return Ok(()) };
        let content = serde_json::to_string(&good).map_err(Problem::internal)?;
        let (key, part, now) = ((self.store, job), self.parts, self.now);
        self.parts += 1;
        app.db
            .write(move |tx| {
                Box::pin(async move { job::service::add_part(tx, key, part, content, now).await })
            })
            .await
    }

    /// Looks at one row alone.
    fn look_at(&mut self, row: ImportRow) -> Result<StoredRow, RowError> {
        let error = |column: &str, code: &str, message: String| RowError {
            row: row.row,
            column: column.to_owned(),
            code: code.to_owned(),
            message,
        };
        let cells = row.cells.map_err(|message| error("", "type", message))?;
        // Our own files, and those of others who care, keep spreadsheets from taking a code for a formula.
        let text = cells.code.trim().trim_start_matches('\'');
        let normal = normalise(text).map_err(|reason| error("code", "out_of_range", reason.to_string()))?;
        if self.guards.iter().any(|guard| guard.refuses(&loose(&normal))) {
            return Err(error("code", "check_character", LOOKS_MISTYPED.to_owned()));
        }
        let uses = |column: &str, text: &str| {
            limit_of(text).map_err(|message| error(column, "out_of_range", message))
        };
        let max_uses = uses("max_uses", &cells.max_uses)?;
        let max_uses_per_customer = uses("max_uses_per_customer", &cells.max_uses_per_customer)?;
        let instant = |column: &str, text: &str| {
            let read = Some(text).filter(|text| !text.trim().is_empty()).map(code_instant).transpose();
            read.map_err(|message| error(column, "invalid", message.to_owned()))
        };
        let start = instant("starts_at", &cells.starts_at)?;
        let end = instant("ends_at", &cells.ends_at)?;
        check_window(CodeWindow { start, end })
            .map_err(|message| error("ends_at", "out_of_range", message.to_owned()))?;
        if !self.seen.insert(&normal) {
            let message = format!("`{text}` stands in the file twice, without letter case and blanks");
            return Err(error("code", "duplicate", message));
        }
        let code = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let loose = loose_code(&normal);
        let normal = Some(normal).filter(|normal| *normal != code);
        let (starts, ends) = (milliseconds(start), milliseconds(end));
        Ok(StoredRow(code, normal, loose, max_uses, max_uses_per_customer, row.row, starts, ends))
    }

    /// Leaves the rows out whose codes exist already.
    async fn without_taken(
        &mut self,
        app: &AppState,
        rows: Vec<StoredRow>,
    ) -> Result<Vec<StoredRow>, Problem> {
        let taken = holders_of(app.db.read(), self.store, &rows).await?;
        let mut free = Vec::with_capacity(rows.len());
        for row in rows {
            match taken.get(normal_of(&row)) {
                Some((_, promotion)) => self.report.refuse(taken_error(&row, *promotion)),
                None => free.push(row),
            }
        }
        Ok(free)
    }

    /// The whole file has been read: tells what it holds, or begins to keep its good rows.
    pub async fn finish(self, app: &AppState, author: &Author) -> Result<Imported, Problem> {
        let Self { store, promotion, on_error, report, now, job, parts, .. } = self;
        let is_refused = on_error == OnError::Refuse && report.invalid > 0;
        let Some(id) = job.filter(|_| !is_refused) else {
            if let Some(id) = job {
                drop_parts(app, store, id).await?;
            }
            return Ok(Imported::Report(report));
        };
        let request = Request { promotion, parts, on_error };
        let new = NewJob { kind: KIND, total: report.valid, request: job::service::request(&request)? };
        let (invalid, rows) = (report.invalid, report.rows);
        let result = json!({"rows": rows, "added": 0, "invalid": invalid, "errors": report.errors});
        let author = author.clone();
        let begun = app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let count = new.total;
                    let job = job::service::begin_telling(tx, (store, id), new, &result, now).await?;
                    let change = log::many(Action::Imported, promotion, count, Some(id));
                    activity::record(tx, &author, change).await?;
                    Ok::<_, Problem>(job)
                })
            })
            .await?;
        app.jobs.ring();
        Ok(Imported::Begun(Box::new(begun)))
    }

    /// The file could not be read to its end: nothing of it is kept.
    pub async fn give_up(self, app: &AppState) -> Result<(), Problem> {
        match self.job {
            Some(id) => drop_parts(app, self.store, id).await,
            None => Ok(()),
        }
    }
}

async fn drop_parts(app: &AppState, store: StoreId, job: i64) -> Result<(), Problem> {
    app.db.write(move |tx| Box::pin(async move { job::service::drop_parts(tx, store, job).await })).await
}

/// A limit as it is stored: `None` is without.
fn limit_of(text: &str) -> Result<Option<i64>, String> {
    match text.trim() {
        "" => Ok(None),
        text => match text.parse::<i64>() {
            Ok(0) => Ok(None),
            Ok(uses) if (1..=USES_MAX).contains(&uses) => Ok(Some(uses)),
            _ => Err(format!("must be a whole number from 0, without limit, to {USES_MAX}, is `{text:.40}`")),
        },
    }
}

fn normal_of(row: &StoredRow) -> &str {
    row.1.as_deref().unwrap_or(&row.0)
}

fn taken_error(row: &StoredRow, promotion: i64) -> RowError {
    let message = format!("the code `{}` exists already, in the promotion {promotion}", row.0);
    RowError { row: row.5, column: "code".to_owned(), code: "code_exists".to_owned(), message }
}

/// By normal form: id and promotion of those of these codes that exist.
async fn holders_of<C: Connection>(
    db: &C,
    store: StoreId,
    rows: &[StoredRow],
) -> Result<BTreeMap<String, (i64, i64)>, Problem> {
    let normal: Vec<&str> = rows.iter().map(normal_of).collect();
    let normal = serde_json::to_string(&normal).map_err(Problem::internal)?;
    let held = bulk::holders(db, store, normal).await?;
    Ok(held.into_iter().map(|held| (held.normal_code, (held.id, held.promotion_id))).collect())
}

/// What the steps of such a job read.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct Request {
    promotion: i64,
    parts: i64,
    on_error: OnError,
}

/// Where a job is.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Cursor {
    part: i64,
    /// First and last ids of what was added, to take it back.
    added: Vec<(i64, i64)>,
}

/// What came of a job so far.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Outcome {
    rows: u64,
    added: u64,
    invalid: u64,
    errors: Vec<RowError>,
}

/// Keeps the next part of a file.
pub async fn import_step(app: AppState, job: Job) -> Result<(), Problem> {
    let request: Request = job.request()?;
    let cursor: Cursor = match job.cursor() {
        "" => Cursor::default(),
        cursor => serde_json::from_str(cursor).map_err(Problem::internal)?,
    };
    let now = app.clock.now();
    if request.parts == 0 {
        let progress = Progress { done: 0, cursor: String::new(), result: job.result()?, is_finished: true };
        return app
            .db
            .write(move |tx| Box::pin(async move { job::service::advance(tx, &job, progress, now).await }))
            .await;
    }
    coupon_promotion(&app, job.store(), request.promotion).await?;
    let part = job::service::part(app.db.read(), &job, cursor.part).await?;
    let (store, on_error) = (job.store(), request.on_error);
    app.db
        .write(move |tx| Box::pin(async move { keep_part(tx, &job, (request, cursor), part, now).await }))
        .await?;
    if on_error == OnError::Refuse {
        // Codes that were taken back must not be remembered.
        app.rulesets.refresh(&app.db, store).await?;
    }
    Ok(())
}

async fn keep_part(
    tx: &Transaction,
    job: &Job,
    (request, cursor): (Request, Cursor),
    part: String,
    now: Timestamp,
) -> Result<(), Problem> {
    let mut outcome: Outcome = job.result()?;
    let rows: Vec<StoredRow> = serde_json::from_str(&part).map_err(Problem::internal)?;
    let store = job.store();
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let first_id = next_id(tx, store, "coupon_code", count).await?;
    let last_id = first_id + i64::from(count) - 1;
    let guards = guards_of(tx, store).await?;
    let looks_mistyped = |row: &StoredRow| guards.iter().any(|guard| guard.refuses(&loose(normal_of(row))));
    let (bad, good): (Vec<StoredRow>, Vec<StoredRow>) = rows.iter().cloned().partition(looks_mistyped);
    let part = if bad.is_empty() { part } else { serde_json::to_string(&good).map_err(Problem::internal)? };
    let common = Common {
        store,
        promotion: request.promotion,
        first_id,
        max_uses: None,
        max_uses_per_customer: None,
        is_generated: false,
        created_at: now.as_millisecond(),
        starts_at: None,
        ends_at: None,
    };
    let kept = bulk::insert(tx, common, part).await?;
    let mut errors: Vec<RowError> = bad.iter().map(mistyped_error).collect();
    if kept < good.len() as u64 {
        // Someone else made them since the file was looked at.
        let held = holders_of(tx, store, &good).await?;
        let elsewhere = |row: &&StoredRow| {
            held.get(normal_of(row)).is_some_and(|(id, _)| !(first_id..=last_id).contains(id))
        };
        let promotion = |row: &StoredRow| held.get(normal_of(row)).map_or(0, |(_, promotion)| *promotion);
        errors.extend(good.iter().filter(elsewhere).map(|row| taken_error(row, promotion(row))));
    }
    if let Some(error) = errors.first().filter(|_| request.on_error == OnError::Refuse) {
        let message = format!("row {}: {}; nothing of the file was kept", error.row, error.message);
        return take_back(tx, job, (request.promotion, &cursor), (message, (first_id, last_id)), now).await;
    }
    outcome.added += kept;
    outcome.invalid += errors.len() as u64;
    outcome.errors.extend(errors);
    outcome.errors.truncate(ERRORS_MAX);
    let next = Cursor { part: cursor.part + 1, added: extended(cursor.added, (first_id, last_id)) };
    let progress = Progress {
        done: job.done() + u64::from(count),
        is_finished: next.part >= request.parts,
        cursor: serde_json::to_string(&next).map_err(Problem::internal)?,
        result: serde_json::to_value(outcome).map_err(Problem::internal)?,
    };
    job::service::advance(tx, job, progress, now).await
}

fn mistyped_error(row: &StoredRow) -> RowError {
    let (column, code) = ("code".to_owned(), "check_character".to_owned());
    RowError { row: row.5, column, code, message: LOOKS_MISTYPED.to_owned() }
}

/// Ids as few ranges: parts mostly follow one another.
fn extended(mut ranges: Vec<(i64, i64)>, (first, last): (i64, i64)) -> Vec<(i64, i64)> {
    match ranges.last_mut() {
        Some(range) if range.1 + 1 == first => range.1 = last,
        _ => ranges.push((first, last)),
    }
    ranges
}

/// All or nothing was asked for, and it is not all.
async fn take_back(
    tx: &Transaction,
    job: &Job,
    (promotion, cursor): (i64, &Cursor),
    (message, this): (String, (i64, i64)),
    now: Timestamp,
) -> Result<(), Problem> {
    for range in cursor.added.iter().copied().chain([this]) {
        bulk::delete_range(tx, (job.store(), promotion), range).await?;
    }
    count_change(tx, job.store()).await?;
    let outcome: Outcome = job.result()?;
    let result = serde_json::to_value(Outcome { added: 0, ..outcome }).map_err(Problem::internal)?;
    job::service::give_up(tx, job, (message, result), now).await
}

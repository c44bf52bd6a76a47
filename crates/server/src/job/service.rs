//! Use cases of jobs: begun, moved on by the worker, paused, resumed and cancelled by people.

mod kind;
mod state;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::store::{self, Filter, JobRow, PartRow};
use crate::activity::{self, Author, Object};
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::db::{Connection, Transaction};
use crate::platform::http::{Code, Problem};
use crate::platform::ids::{StoreId, next_id};

pub use kind::{Bell, Kind, Step};
pub use state::State;
use state::Wish;

/// A job, as it was when it was read.
#[derive(Clone, Debug)]
pub struct Job {
    row: JobRow,
}

/// A job to begin.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// The name of its [`Kind`].
    pub kind: &'static str,
    /// How much there is to do, in whatever its progress is counted.
    pub total: u64,
    /// What is to be done, as JSON for the steps.
    pub request: String,
}

/// How far a job is after a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// How much is done, of the job's total.
    pub done: u64,
    /// Where the next step goes on; whatever the kind makes of it.
    pub cursor: String,
    /// What came of it so far, as JSON for whoever asked for it.
    pub result: serde_json::Value,
    /// Whether nothing is left to do.
    pub is_finished: bool,
}

impl Job {
    /// The store that it is of.
    pub fn store(&self) -> StoreId {
        StoreId(self.row.store_id)
    }

    /// Its id.
    pub fn id(&self) -> i64 {
        self.row.id
    }

    /// The name of its kind.
    pub fn kind(&self) -> &str {
        &self.row.kind
    }

    /// What is to be done.
    ///
    /// Errors: the request was written by another version, which is a bug.
    pub fn request<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_str(&self.row.request).map_err(Problem::internal)
    }

    /// Where it goes on; empty before its first step.
    pub fn cursor(&self) -> &str {
        &self.row.cursor
    }

    /// What came of it so far.
    ///
    /// Errors: it was written by another version, which is a bug.
    pub fn result<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_str(&self.row.result).map_err(Problem::internal)
    }

    /// How much is done.
    pub fn done(&self) -> u64 {
        u64::try_from(self.row.done).unwrap_or(0)
    }

    /// How much there is to do.
    pub fn total(&self) -> u64 {
        u64::try_from(self.row.total).unwrap_or(0)
    }

    /// What it does.
    pub fn state(&self) -> State {
        State::read(&self.row.state)
    }

    /// Why it failed, when it did.
    pub fn error(&self) -> Option<&str> {
        self.row.error.as_deref()
    }

    /// When it was begun.
    pub fn created(&self) -> Timestamp {
        from_milliseconds(self.row.created_at)
    }

    /// When it last moved.
    pub fn updated(&self) -> Timestamp {
        from_milliseconds(self.row.updated_at)
    }

    /// When it ended.
    pub fn finished(&self) -> Option<Timestamp> {
        self.row.finished_at.map(from_milliseconds)
    }
}

/// Begins a job; ring [`AppState::jobs`] once the transaction is kept.
pub async fn begin(tx: &Transaction, store: StoreId, new: NewJob, now: Timestamp) -> Result<Job, Problem> {
    let id = take_id(tx, store).await?;
    begin_as(tx, store, id, new, now).await
}

/// Begins a job of which there is something to tell before its first step.
pub async fn begin_telling(
    tx: &Transaction,
    (store, id): (StoreId, i64),
    new: NewJob,
    result: &serde_json::Value,
    now: Timestamp,
) -> Result<Job, Problem> {
    let row = JobRow { result: result.to_string(), ..row(store, id, new, now) };
    store::insert(tx, row.clone()).await?;
    Ok(Job { row })
}

/// Takes the id of a job that is begun later, with [`begin_as`], once all its parts are kept.
pub async fn take_id(tx: &Transaction, store: StoreId) -> Result<i64, Problem> {
    Ok(next_id(tx, store, "job", 1).await?)
}

/// Begins a job under an id that was taken before.
pub async fn begin_as(
    tx: &Transaction,
    store: StoreId,
    id: i64,
    new: NewJob,
    now: Timestamp,
) -> Result<Job, Problem> {
    let row = row(store, id, new, now);
    store::insert(tx, row.clone()).await?;
    Ok(Job { row })
}

fn row(store: StoreId, id: i64, new: NewJob, now: Timestamp) -> JobRow {
    let now = now.as_millisecond();
    JobRow {
        store_id: store.0,
        id,
        kind: new.kind.to_owned(),
        state: State::Waiting.name().to_owned(),
        done: 0,
        total: i64::try_from(new.total).unwrap_or(i64::MAX),
        request: new.request,
        cursor: String::new(),
        result: "{}".to_owned(),
        error: None,
        steps: 0,
        failures: 0,
        due_at: now,
        leased_by: String::new(),
        leased_until: 0,
        created_at: now,
        updated_at: now,
        finished_at: None,
    }
}

/// Keeps a part of what a job will work on, numbered from 0.
pub async fn add_part(
    tx: &Transaction,
    (store, job): (StoreId, i64),
    part: i64,
    content: String,
    now: Timestamp,
) -> Result<(), Problem> {
    let row = PartRow { store_id: store.0, job_id: job, part, content, created_at: now.as_millisecond() };
    Ok(store::insert_part(tx, row).await?)
}

/// Removes the parts of a job that is not begun after all.
pub async fn drop_parts(tx: &Transaction, store: StoreId, job: i64) -> Result<(), Problem> {
    Ok(store::delete_parts(tx, store.0, job).await?)
}

/// A part of what a job works on.
///
/// Errors: it is not there, which is a bug.
pub async fn part<C: Connection>(db: &C, job: &Job, number: i64) -> Result<String, Problem> {
    let found = store::part(db, job.store(), job.id(), number).await?;
    found.ok_or_else(|| Problem::internal(format!("part {number} of job {} is missing", job.id())))
}

/// Moves a job on inside the write that keeps what its step made.
///
/// Errors: `Conflict` when the job is no longer as the step read it, because someone paused it or another node made
/// the step. The write must fail with it.
pub async fn advance(tx: &Transaction, job: &Job, progress: Progress, now: Timestamp) -> Result<(), Problem> {
    let now = now.as_millisecond();
    let before = &job.row;
    let mut changed = JobRow {
        done: i64::try_from(progress.done).unwrap_or(i64::MAX),
        cursor: progress.cursor,
        result: progress.result.to_string(),
        steps: before.steps + 1,
        failures: 0,
        error: None,
        due_at: now,
        leased_until: now + LEASE_MS,
        updated_at: now,
        ..before.clone()
    };
    if progress.is_finished {
        end(&mut changed, State::Done, now);
        store::delete_parts(tx, before.store_id, before.id).await?;
    }
    keep(tx, before, changed).await
}

/// Gives a job up inside the write that takes back what it made; it can no longer be resumed.
///
/// Errors: as of [`advance`].
pub async fn give_up(
    tx: &Transaction,
    job: &Job,
    (error, result): (String, serde_json::Value),
    now: Timestamp,
) -> Result<(), Problem> {
    let now = now.as_millisecond();
    let before = &job.row;
    let mut changed = JobRow {
        done: 0,
        result: result.to_string(),
        error: Some(error),
        steps: before.steps + 1,
        updated_at: now,
        ..before.clone()
    };
    end(&mut changed, State::Failed, now);
    store::delete_parts(tx, before.store_id, before.id).await?;
    keep(tx, before, changed).await
}

/// For how long other nodes leave a job to the one that steps it; every step renews it.
pub(super) const LEASE_MS: i64 = 15_000;

/// Takes a job for this node, for its next step.
///
/// Errors: `Conflict` when another was quicker.
pub(super) async fn lease(app: &AppState, job: Job, node: &str) -> Result<Job, Problem> {
    let now = app.clock.now().as_millisecond();
    if job.row.leased_by == node && job.row.leased_until > now && job.state() == State::Running {
        return Ok(job);
    }
    let leased = JobRow {
        state: State::Running.name().to_owned(),
        leased_by: node.to_owned(),
        leased_until: now + LEASE_MS,
        ..job.row.clone()
    };
    change(app, job.row, leased).await
}

/// Notes that a step failed: it is tried again a little later each time, or given up.
pub(super) async fn fail(app: &AppState, job: Job, error: String, is_final: bool) -> Result<Job, Problem> {
    const FAILURES_MAX: i64 = 5;
    let now = app.clock.now().as_millisecond();
    let failures = job.row.failures + 1;
    let mut failed = JobRow {
        failures,
        error: Some(error),
        due_at: now + (1000 << failures.clamp(0, FAILURES_MAX)),
        leased_until: now + LEASE_MS,
        updated_at: now,
        ..job.row.clone()
    };
    if is_final || failures >= FAILURES_MAX {
        failed.state = State::Failed.name().to_owned();
        failed.finished_at = Some(now);
        failed.leased_by = String::new();
        failed.leased_until = 0;
    }
    change(app, job.row, failed).await
}

/// The job that this node should step next, of any store.
pub(super) async fn next_due(app: &AppState, kinds: &[Kind], node: &str) -> Result<Option<Job>, Problem> {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
    let now = app.clock.now().as_millisecond();
    let row = store::next_due(app.db.read(), &names, node, now).await?;
    Ok(row.map(|row| Job { row }))
}

/// Frees what a process before this one left behind: leases when no other process can have any, and parts of jobs that
/// were never begun.
pub(super) async fn clean_up(app: &AppState) -> Result<(), Problem> {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let before = app.clock.now().as_millisecond() - DAY_MS;
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if store::has_one_node(tx) {
                    store::release(tx, None).await?;
                }
                Ok(store::delete_orphans(tx, before).await?)
            })
        })
        .await
}

/// Leaves the jobs of this node to others.
pub(super) async fn release(app: &AppState, node: &str) -> Result<(), Problem> {
    let node = node.to_owned();
    app.db.write(move |tx| Box::pin(async move { Ok(store::release(tx, Some(&node)).await?) })).await
}

/// The job with this id.
pub async fn get<C: Connection>(db: &C, store: StoreId, id: i64) -> Result<Job, Problem> {
    let row = store::find(db, store, id).await?;
    row.map(|row| Job { row }).ok_or_else(|| Problem::not_found("job", id))
}

/// The newest jobs of a store, those before this id when given.
pub async fn list<C: Connection>(
    db: &C,
    store: StoreId,
    (kinds, state): (Option<Vec<String>>, Option<State>),
    before: Option<i64>,
    fetch: u64,
) -> Result<Vec<Job>, Problem> {
    let filter = Filter { kinds, state: state.map(State::name) };
    let rows = store::list(db, store, &filter, before, fetch).await?;
    Ok(rows.into_iter().map(|row| Job { row }).collect())
}

/// Makes no more steps of a job until it is resumed.
///
/// Errors: no such job, one that has ended.
pub async fn pause(app: &AppState, author: &Author, id: i64) -> Result<Job, Problem> {
    wish(app, author, id, Wish::Pause).await
}

/// Goes on with a job that was paused, or that failed for a reason that is mended.
///
/// Errors: no such job, one that has ended.
pub async fn resume(app: &AppState, author: &Author, id: i64) -> Result<Job, Problem> {
    let job = wish(app, author, id, Wish::Resume).await?;
    app.jobs.ring();
    Ok(job)
}

/// Ends a job; what it has made stays.
///
/// Errors: no such job, one that is done.
pub async fn cancel(app: &AppState, author: &Author, id: i64) -> Result<Job, Problem> {
    wish(app, author, id, Wish::Cancel).await
}

async fn wish(app: &AppState, author: &Author, id: i64, wish: Wish) -> Result<Job, Problem> {
    let (store, now, author) = (author.store, author.now.as_millisecond(), author.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let job = get(tx, store, id).await?;
                if wish == Wish::Resume && job.state() == State::Failed && job.row.request.is_empty() {
                    let detail =
                        "the job was given up for good; what it had made is taken back: begin a new one";
                    return Err(Problem::new(Code::JobEnded, detail));
                }
                let Some(state) = wish.of(job.state())? else { return Ok(job) };
                let mut changed = JobRow {
                    state: state.name().to_owned(),
                    failures: 0,
                    error: None,
                    due_at: now,
                    leased_by: String::new(),
                    leased_until: 0,
                    updated_at: now,
                    finished_at: None,
                    ..job.row.clone()
                };
                if state == State::Cancelled {
                    end(&mut changed, state, now);
                    store::delete_parts(tx, store.0, id).await?;
                }
                keep(tx, &job.row, changed.clone()).await?;
                let change = activity::Change::new(Object::one(activity::Kind::Job, id), wish.action());
                let state = |row: &JobRow| json!({"kind": row.kind, "state": row.state});
                activity::record(tx, &author, change.from(state(&job.row)).to(state(&changed))).await?;
                Ok(Job { row: changed })
            })
        })
        .await
}

/// What a job that ends is left with: requests may hold what should not be kept longer than it is needed.
fn end(row: &mut JobRow, state: State, now: i64) {
    row.state = state.name().to_owned();
    row.finished_at = Some(now);
    row.request = String::new();
    row.leased_by = String::new();
    row.leased_until = 0;
}

async fn change(app: &AppState, before: JobRow, changed: JobRow) -> Result<Job, Problem> {
    app.db
        .write(move |tx| {
            Box::pin(async move {
                keep(tx, &before, changed.clone()).await?;
                Ok(Job { row: changed })
            })
        })
        .await
}

async fn keep(tx: &Transaction, before: &JobRow, changed: JobRow) -> Result<(), Problem> {
    match store::update(tx, before, changed).await? {
        true => Ok(()),
        false => Err(Problem::new(Code::Conflict, "the job has moved meanwhile; look at it again")),
    }
}

/// What a kind writes down as its request.
pub fn request<T: Serialize>(request: &T) -> Result<String, Problem> {
    serde_json::to_string(request).map_err(Problem::internal)
}

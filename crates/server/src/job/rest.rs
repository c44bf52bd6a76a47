//! `/v1/jobs`: how far jobs are; pausing, resuming and cancelling them.

use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::service::{self, Job, State};
use crate::access::{Caller, Permissions, Staff};
use crate::activity::Author;
use crate::app::{AppState, job_kinds};
use crate::platform::http::{Code, Feature, Json, List, Page, Path, Problem, Query};

/// Work that goes on after the request that asked for it was answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobOut {
    /// Its id.
    id: i64,
    /// What sort of work it is.
    #[schema(example = "generate_codes")]
    kind: String,
    /// What it does now.
    state: StateOut,
    /// How much of `total` is done.
    done: u64,
    /// How much there is to do: codes, rows, or whatever this kind of job counts.
    total: u64,
    /// What came of it so far; which fields it has depends on the kind.
    #[schema(value_type = Object)]
    result: Value,
    /// Why it failed, or why its last step will be tried again; `null` otherwise.
    error: Option<String>,
    /// When it was begun.
    created_at: String,
    /// When it last moved.
    updated_at: String,
    /// When it ended; `null` while it has not.
    finished_at: Option<String>,
}

/// What a job does.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JobState)]
pub(super) enum StateOut {
    /// It has not begun, or not again.
    Waiting,
    /// It works.
    Running,
    /// It was paused, and can be resumed.
    Paused,
    /// It has come to its end.
    Done,
    /// It was given up; `error` says why. It can be resumed when that is mended.
    Failed,
    /// It was cancelled; what it had made stays.
    Cancelled,
}

/// Which jobs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// How many to return, 1 to 250; 50 unless told.
    #[param(minimum = 1, maximum = 250, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// Only jobs of this kind.
    kind: Option<String>,
    /// Only jobs in this state.
    state: Option<StateOut>,
}

#[derive(OpenApi)]
#[openapi(
    paths(list, show, pause, resume, cancel),
    components(schemas(JobOut, StateOut)),
    tags((name = "jobs", description = "Work that goes on after the request that asked for it was answered."))
)]
struct Documentation;

/// The job feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("job", Documentation::openapi())
        .route("/v1/jobs", get(list))
        .route("/v1/jobs/{id}", get(show))
        .route("/v1/jobs/{id}/pause", post(pause))
        .route("/v1/jobs/{id}/resume", post(resume))
        .route("/v1/jobs/{id}/cancel", post(cancel))
}

impl JobOut {
    /// The answer to a request that began a job: 202, and where to ask how far it is.
    pub fn begun(job: Job) -> Response {
        let location = format!("/v1/jobs/{}", job.id());
        (StatusCode::ACCEPTED, [(LOCATION, location)], Json(Self::from(job))).into_response()
    }
}

impl From<Job> for JobOut {
    fn from(job: Job) -> Self {
        Self {
            id: job.id(),
            kind: job.kind().to_owned(),
            state: job.state().into(),
            done: job.done(),
            total: job.total(),
            result: job.result().unwrap_or_default(),
            error: job.error().map(str::to_owned),
            created_at: job.created().to_string(),
            updated_at: job.updated().to_string(),
            finished_at: job.finished().map(|instant| instant.to_string()),
        }
    }
}

impl From<State> for StateOut {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Running => Self::Running,
            State::Paused => Self::Paused,
            State::Done => Self::Done,
            State::Failed => Self::Failed,
            State::Cancelled => Self::Cancelled,
        }
    }
}

impl From<StateOut> for State {
    fn from(state: StateOut) -> Self {
        match state {
            StateOut::Waiting => Self::Waiting,
            StateOut::Running => Self::Running,
            StateOut::Paused => Self::Paused,
            StateOut::Done => Self::Done,
            StateOut::Failed => Self::Failed,
            StateOut::Cancelled => Self::Cancelled,
        }
    }
}

/// The store's jobs, the newest first.
#[utoipa::path(get, path = "/v1/jobs", tag = "jobs", operation_id = "listJobs",
    security(("secret_key" = [])), params(ListQuery),
    responses((status = 200, description = "A page of jobs.", body = inline(List<JobOut>))))]
async fn list(
    caller: Staff,
    Shared(app): Shared<AppState>,
    Query(query): Query<ListQuery>,
) -> Result<Json<List<JobOut>>, Problem> {
    let page: Page<i64> = Page::new(query.limit, query.after.as_deref())?;
    // PostgreSQL cannot even be asked about U+0000; the query refuses it.
    let kinds = match (kinds_of(&caller), query.kind) {
        (Some(theirs), Some(asked)) => Some(theirs.into_iter().filter(|kind| *kind == asked).collect()),
        (theirs, asked) => asked.map(|kind| vec![kind]).or(theirs),
    };
    let filter = (kinds, query.state.map(State::from));
    let jobs = service::list(app.db.read(), caller.store_id, filter, page.after, page.fetch()).await?;
    Ok(Json(page.list(jobs, Job::id, JobOut::from)))
}

/// How far a job is.
#[utoipa::path(get, path = "/v1/jobs/{id}", tag = "jobs", operation_id = "getJob",
    security(("secret_key" = [])), params(("id" = i64, Path, description = "The job's id.")),
    responses((status = 200, description = "The job.", body = JobOut),
              (status = 404, description = "There is no such job.")))]
async fn show(
    caller: Staff,
    Shared(app): Shared<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<JobOut>, Problem> {
    Ok(Json(find(&app, &caller, id).await?.into()))
}

/// The job with this id.
///
/// Errors: there is none; the caller lacks the permission for its kind.
async fn find(app: &AppState, caller: &Caller, id: i64) -> Result<Job, Problem> {
    let job = service::get(app.db.read(), caller.store_id, id).await?;
    match kinds_of(caller) {
        Some(kinds) if !kinds.iter().any(|kind| kind == job.kind()) => {
            let needed = job_kinds().into_iter().find(|kind| kind.name == job.kind());
            let needed =
                needed.map_or_else(|| Permissions::ALL.to_string(), |kind| kind.permission.to_string());
            let detail = format!("jobs of the kind `{}` need the permission `{needed}`", job.kind());
            Err(Problem::new(Code::Forbidden, detail))
        }
        _ => Ok(job),
    }
}

/// The kinds of jobs that somebody may see and steer; `None` for all that there are or ever were.
fn kinds_of(caller: &Caller) -> Option<Vec<String>> {
    let theirs = || job_kinds().into_iter().filter(|kind| caller.may(kind.permission));
    (caller.permissions != Permissions::ALL).then(|| theirs().map(|kind| kind.name.to_owned()).collect())
}

/// Pauses a job: what it has made stays, and it goes on when it is resumed.
#[utoipa::path(post, path = "/v1/jobs/{id}/pause", tag = "jobs", operation_id = "pauseJob",
    security(("secret_key" = [])), params(("id" = i64, Path, description = "The job's id.")),
    responses((status = 200, description = "The job, which is paused.", body = JobOut),
              (status = 404, description = "There is no such job."),
              (status = 409, description = "It has ended.")))]
async fn pause(
    caller: Staff,
    Shared(app): Shared<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<JobOut>, Problem> {
    find(&app, &caller, id).await?;
    let author = Author::of(&caller, app.clock.now());
    Ok(Json(service::pause(&app, &author, id).await?.into()))
}

/// Resumes a job that was paused, or that failed for a reason that is mended.
#[utoipa::path(post, path = "/v1/jobs/{id}/resume", tag = "jobs", operation_id = "resumeJob",
    security(("secret_key" = [])), params(("id" = i64, Path, description = "The job's id.")),
    responses((status = 200, description = "The job, which goes on.", body = JobOut),
              (status = 404, description = "There is no such job."),
              (status = 409, description = "It has ended.")))]
async fn resume(
    caller: Staff,
    Shared(app): Shared<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<JobOut>, Problem> {
    find(&app, &caller, id).await?;
    let author = Author::of(&caller, app.clock.now());
    Ok(Json(service::resume(&app, &author, id).await?.into()))
}

/// Cancels a job: what it has made stays, and nothing is added to it.
#[utoipa::path(post, path = "/v1/jobs/{id}/cancel", tag = "jobs", operation_id = "cancelJob",
    security(("secret_key" = [])), params(("id" = i64, Path, description = "The job's id.")),
    responses((status = 200, description = "The job, which has ended.", body = JobOut),
              (status = 404, description = "There is no such job."),
              (status = 409, description = "It is done.")))]
async fn cancel(
    caller: Staff,
    Shared(app): Shared<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<JobOut>, Problem> {
    find(&app, &caller, id).await?;
    let author = Author::of(&caller, app.clock.now());
    Ok(Json(service::cancel(&app, &author, id).await?.into()))
}

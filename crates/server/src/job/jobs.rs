//! The worker: makes the steps of jobs, one after the other, until it is told to stop.

use std::time::Duration;

use uuid::Uuid;

use super::service::{self, Job, Kind};
use crate::app::AppState;
use crate::platform::http::{Code, Problem};

/// How often is looked for jobs that other nodes were given, or whose node has gone.
const PERIOD: Duration = Duration::from_millis(500);

/// Makes the steps of these kinds until the process stops; jobs take turns, step by step.
pub async fn work(app: AppState, kinds: Vec<Kind>) {
    let node = Uuid::now_v7().to_string();
    let bell = app.jobs.clone();
    if let Err(problem) = service::clean_up(&app).await {
        problem.log();
    }
    while !app.stopping.is_stopping() {
        let has_worked = match make_step(&app, &kinds, &node).await {
            Ok(has_worked) => has_worked,
            Err(problem) => {
                problem.log();
                false
            }
        };
        if !has_worked {
            tokio::select! {
                () = bell.heard() => {}
                () = tokio::time::sleep(PERIOD) => {}
            }
        }
    }
    if let Err(problem) = service::release(&app, &node).await {
        problem.log();
    }
}

/// Makes steps until nothing is due, and tells how many: for those who cannot wait for the worker.
///
/// Errors: the database's.
pub async fn work_off(app: &AppState, kinds: &[Kind]) -> Result<u64, Problem> {
    let node = Uuid::now_v7().to_string();
    let mut steps = 0;
    while make_step(app, kinds, &node).await? {
        steps += 1;
    }
    Ok(steps)
}

/// Makes one step of whichever job has waited longest; `false` when none is due.
pub async fn make_step(app: &AppState, kinds: &[Kind], node: &str) -> Result<bool, Problem> {
    let Some(job) = service::next_due(app, kinds, node).await? else { return Ok(false) };
    let Some(kind) = kinds.iter().find(|kind| kind.name == job.kind()) else { return Ok(false) };
    let job = match service::lease(app, job, node).await {
        Ok(job) => job,
        Err(problem) => return moved_meanwhile(problem),
    };
    match caught(app, kind, &job).await {
        Ok(()) => Ok(true),
        Err(problem) => {
            problem.log();
            // What the request itself rules out will not become possible.
            let is_final = problem.status().is_client_error() && problem.code() != Code::Conflict;
            let error = problem.detail().to_owned();
            let (id, store) = (job.id(), job.store().0);
            match service::fail(app, job, error.clone(), is_final).await {
                Ok(_) => {
                    tracing::warn!(job = id, store, kind = kind.name, error, "a step failed");
                    Ok(true)
                }
                Err(problem) => moved_meanwhile(problem),
            }
        }
    }
}

/// Someone paused or cancelled the job, or another node stepped it: it is looked at again.
fn moved_meanwhile(problem: Problem) -> Result<bool, Problem> {
    if problem.code() == Code::Conflict { Ok(true) } else { Err(problem) }
}

/// Makes a step on a task of its own, so that its panic is a failure of that job and not the end of all.
async fn caught(app: &AppState, kind: &Kind, job: &Job) -> Result<(), Problem> {
    let (step, app, job) = (kind.step, app.clone(), job.clone());
    match tokio::spawn(async move { step(app, job).await }).await {
        Ok(result) => result,
        Err(panic) => Err(Problem::internal(format!("a step panicked: {panic}"))),
    }
}

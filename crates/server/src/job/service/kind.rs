//! What a feature declares of its jobs, and how the worker hears of new ones.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Notify;

use super::Job;
use crate::access::Permission;
use crate::app::AppState;
use crate::platform::http::Problem;

/// One step of a job: a chunk of its work, kept in one write with the job's progress.
pub type Step = Pin<Box<dyn Future<Output = Result<(), Problem>> + Send>>;

/// A sort of job.
#[derive(Clone, Copy)]
pub struct Kind {
    /// Its name in answers and in the database, which never changes.
    pub name: &'static str,
    /// What is needed to see and steer its jobs.
    pub permission: Permission,
    /// Makes the next step. A step takes a tenth of a second or so: longer ones hold other writers up.
    pub step: fn(AppState, Job) -> Step,
}

impl fmt::Debug for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Kind").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Wakes the worker of this process; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// There may be something to do.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits for it to ring; if it rang since the last wait, not at all.
    pub(in crate::job) async fn heard(&self) {
        self.0.notified().await;
    }
}

//! What a job will work on, kept part by part before it begins.

use jiff::Timestamp;
use serde::Serialize;

use super::{Job, NewJob, begin_telling, take_id};
use crate::activity::{self, Author, Change};
use crate::app::AppState;
use crate::job::store::{self, PartRow};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// Parts of a job that has not begun.
#[derive(Debug)]
pub struct Parts {
    store: StoreId,
    job: i64,
    count: i64,
    now: Timestamp,
}

impl Parts {
    /// None yet.
    pub async fn begin(app: &AppState, store: StoreId) -> Result<Self, Problem> {
        let job = app.db.write(move |tx| Box::pin(async move { take_id(tx, store).await })).await?;
        Ok(Self { store, job, count: 0, now: app.clock.now() })
    }

    /// The id that the job will have.
    pub fn job(&self) -> i64 {
        self.job
    }

    /// How many there are; they are numbered from 0.
    pub fn count(&self) -> i64 {
        self.count
    }

    /// Keeps one more.
    pub async fn add(&mut self, app: &AppState, content: &impl Serialize) -> Result<(), Problem> {
        let content = serde_json::to_string(content).map_err(Problem::internal)?;
        let (store_id, job_id, part) = (self.store.0, self.job, self.count);
        let row = PartRow { store_id, job_id, part, content, created_at: self.now.as_millisecond() };
        self.count += 1;
        app.db.write(move |tx| Box::pin(async move { Ok(store::insert_part(tx, row).await?) })).await
    }

    /// Begins the job that works on them, of which there is something to tell before its first step, and records that.
    pub async fn work(
        self,
        app: &AppState,
        author: &Author,
        (new, result): (NewJob, serde_json::Value),
        change: Change,
    ) -> Result<Job, Problem> {
        let Self { store, job, now, .. } = self;
        let author = author.clone();
        let begun = app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let begun = begin_telling(tx, (store, job), new, &result, now).await?;
                    activity::record(tx, &author, change).await?;
                    Ok::<_, Problem>(begun)
                })
            })
            .await?;
        app.jobs.ring();
        Ok(begun)
    }

    /// Nothing will work on them.
    pub async fn drop(self, app: &AppState) -> Result<(), Problem> {
        let Self { store, job, .. } = self;
        app.db
            .write(move |tx| Box::pin(async move { Ok(store::delete_parts(tx, store.0, job).await?) }))
            .await
    }
}

//! Jobs: work that goes on after the request that asked for it was answered, and survives the end of the process.
//!
//! A feature that has such work declares a [`Kind`] in its `jobs.rs` and adds it to the list in `app.rs`. It begins a
//! job with [`service::begin`] in the same write that notes whatever else belongs to the request. The worker then calls
//! the kind's step again and again. A step reads where the job is, works a chunk out, and keeps the chunk and the
//! job's new [`Progress`] in one write:
//!
//! ```text
//! fn step(app: AppState, job: Job) -> Step {
//!     Box::pin(async move {
//!         let request: Request = job.request()?;
//!         let rows = next_rows(&request, job.cursor());
//!         let (progress, now) = (progress_after(&job, &rows), app.clock.now());
//!         app.db.write(move |tx| Box::pin(async move {
//!             store::insert(tx, rows).await?;
//!             job::service::advance(tx, &job, progress, now).await
//!         })).await
//!     })
//! }
//! ```
//!
//! Killed between two steps, the job goes on after the last that was kept. Made twice, by two nodes, a step is kept
//! once: `advance` fails for the other, and its write is undone with it.

pub(crate) mod graphql;
pub mod jobs;
mod rest;
pub mod service;
mod store;

pub use rest::{JobOut, feature};
pub use service::{Bell, Job, Kind, NewJob, Parts, Progress, State, Step};

//! The worker that tells other systems what happened.

use std::time::Duration;

use tokio::task::JoinSet;

use super::service;
use crate::app::AppState;
use crate::platform::http::Problem;

/// How often is looked for what there is to tell.
const PERIOD: Duration = Duration::from_millis(500);
/// After so many looks, what is old is forgotten: about once an hour.
const LOOKS: u32 = 7_200;
/// Batches of deliveries that are under way together: receivers that are slow hold up those of one batch.
const BATCHES: usize = 8;

/// Delivers events when they are due, until the process stops.
pub async fn deliver_webhooks(app: AppState) {
    let mut batches = JoinSet::new();
    let mut looks = 0;
    while !app.stopping.is_stopping() {
        if looks == 0 {
            log(service::clean_up(&app).await);
        }
        looks = (looks + 1) % LOOKS;
        log(service::hand_on(&app).await);
        while batches.try_join_next().is_some() {}
        if batches.len() < BATCHES {
            let app = app.clone();
            batches.spawn(async move {
                // Until nothing is due any more: after a batch that came through quickly, the next needs not wait.
                while service::deliver_due(&app).await.is_ok_and(|count| count > 0) {}
            });
        }
        tokio::time::sleep(PERIOD).await;
    }
}

fn log<T>(done: Result<T, Problem>) {
    if let Err(problem) = done {
        problem.log();
    }
}

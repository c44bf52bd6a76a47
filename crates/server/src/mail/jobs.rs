//! The worker that sends mail.

use std::time::Duration;

use super::service::{self, Kind};
use crate::app::AppState;

/// How often is looked for mail that is due.
const PERIOD: Duration = Duration::from_secs(1);

/// Sends mail when it is due, until the process stops.
pub async fn send_mail(app: AppState, kinds: Vec<Kind>) {
    while !app.stopping.is_stopping() {
        match service::send_due(&app, &kinds).await {
            Ok(0) => tokio::time::sleep(PERIOD).await,
            Ok(_) => {}
            Err(problem) => {
                problem.log();
                tokio::time::sleep(PERIOD).await;
            }
        }
    }
}

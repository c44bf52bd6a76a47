//! Keeping up with what other processes change.

use std::time::Duration;

use super::service::Rulesets;
use crate::platform::db::Db;

/// How long a change by another process may go unnoticed.
const PERIOD: Duration = Duration::from_secs(1);

/// Loads anew, for ever, what other processes have changed. On SQLite there are none.
pub async fn follow_changes(rulesets: Rulesets, db: Db) {
    loop {
        tokio::time::sleep(PERIOD).await;
        if let Err(problem) = rulesets.refresh_changed(&db).await {
            problem.log();
        }
    }
}

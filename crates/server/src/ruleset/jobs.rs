//! Keeping up with what other processes change, and with the clock.

use std::time::Duration;

use super::service::Rulesets;
use crate::platform::db::Db;

/// How often is asked what changed: a change by another process goes unnoticed for less than a second, and windows are
/// looked at cart by cart for no longer after one of them has opened or closed.
const PERIOD: Duration = Duration::from_millis(500);

/// Learns, for ever, what other processes have changed, and which promotions the clock turned on or off.
pub async fn follow_changes(rulesets: Rulesets, db: Db) {
    loop {
        tokio::time::sleep(PERIOD).await;
        if let Err(problem) = rulesets.refresh_changed(&db).await {
            problem.log();
        }
    }
}

//! Keeping up with what other processes change, and with the clock.

use std::time::Duration;

use tokio::sync::Notify;

use super::service::Rulesets;
use crate::platform::db::{Db, news};

/// How often is asked what changed, heard or not: windows are looked at cart by cart for no longer after one of them has
/// opened or closed, and a change by another process whose news was lost goes unnoticed for less than a second.
const PERIOD: Duration = Duration::from_millis(500);

/// Learns, for ever, what other processes have changed, and which promotions the clock turned on or off.
pub async fn follow_changes(rulesets: Rulesets, db: Db) {
    let bell = Notify::new();
    let look = async {
        loop {
            // Whether it rang or not, it is time to look.
            let _ = tokio::time::timeout(PERIOD, bell.notified()).await;
            if let Err(problem) = rulesets.refresh_changed(&db).await {
                problem.log();
            }
        }
    };
    let ((), ()) = tokio::join!(news::listen(&db, || bell.notify_one()), look);
}

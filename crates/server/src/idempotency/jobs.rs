//! Forgetting answers that nobody will ask for again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::service::forget;
use crate::platform::clock::Clock;
use crate::platform::db::{Db, WriteError};

/// How long answers are kept: whoever repeats a request later is told by the natural key that it was done.
const KEPT: SignedDuration = SignedDuration::from_hours(48);
const PERIOD: Duration = Duration::from_secs(60);
/// Answers that are forgotten in one transaction, so that other writes hardly wait.
const AT_ONCE: u64 = 2000;

/// Forgets old answers, for ever.
pub async fn forget_old_answers(db: Db, clock: Clock) {
    loop {
        tokio::time::sleep(PERIOD).await;
        let before = clock.now().checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        loop {
            let forgotten = db.write(move |tx| {
                Box::pin(async move { Ok::<_, WriteError>(forget(tx, before, AT_ONCE).await?) })
            });
            match forgotten.await {
                Ok(AT_ONCE) => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "old answers could not be forgotten");
                    break;
                }
            }
        }
    }
}

//! Giving back what reservations hold whose time is over.

use std::time::Duration;

use super::service::reservation::{stores_with_expired, sweep};
use crate::app::AppState;

/// How often is looked. Who orders does not wait for it: every decision first gives back what is over.
const PERIOD: Duration = Duration::from_secs(1);

/// Gives back, for ever.
pub async fn sweep_reservations(app: AppState) {
    loop {
        tokio::time::sleep(PERIOD).await;
        let stores = match stores_with_expired(&app).await {
            Ok(stores) => stores,
            Err(problem) => {
                problem.log();
                continue;
            }
        };
        for store in stores {
            if let Err(error) = sweep(&app, store).await {
                tracing::warn!(%error, store = store.0, "reservations could not be swept");
            }
        }
    }
}

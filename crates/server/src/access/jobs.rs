//! Keeping when keys were last used.

use std::time::Duration;

use super::Keys;

/// How exactly it is known when a key was last used.
const PERIOD: Duration = Duration::from_secs(60);

/// Keeps when keys were last used, for ever.
pub async fn note_uses(keys: Keys) {
    loop {
        tokio::time::sleep(PERIOD).await;
        if let Err(error) = keys.note_uses().await {
            tracing::warn!(%error, "when keys were last used could not be kept");
        }
    }
}

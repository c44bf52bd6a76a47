//! Whether the secret at hand is the one that codes were made with: with another, no code of a card is known any more.

use crate::gift_card::store;
use crate::platform::db::{Connection, Db};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::platform::secret::ServerSecret;
use crate::settings;

/// The stores with gift cards whose codes were made with another secret; when there is none, all whose codes were made
/// with any. Where several nodes share a database, another node's secret is another also before there is a card.
pub async fn made_with_another<C: Connection>(
    db: &C,
    secret: Option<&ServerSecret>,
) -> Result<Vec<StoreId>, Problem> {
    let mut others = Vec::new();
    for (store, noted) in settings::service::secret_fingerprints(db).await? {
        let Some(noted) = noted else { continue };
        let is_same = secret.is_some_and(|secret| secret.fingerprint(store) == noted);
        if !is_same && (store::has_several_writers(db) || store::any(db, store).await?) {
            others.push(store);
        }
    }
    Ok(others)
}

/// Notes that codes are made with this secret from now on, unless another node notes its own at the same moment.
pub async fn note_secret(db: &Db, secret: &ServerSecret) -> Result<(), Problem> {
    for (store, noted) in settings::service::secret_fingerprints(db.read()).await? {
        let fingerprint = secret.fingerprint(store);
        if noted.as_ref() != Some(&fingerprint) {
            settings::service::note_secret_fingerprint(db, store, noted, fingerprint).await?;
        }
    }
    Ok(())
}

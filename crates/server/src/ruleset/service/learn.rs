//! Learning what changed: only that is read, compiled and hashed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::promotion::{Broken, Promotion, Ruleset, Status};
use jiff::Timestamp;

use super::StoreRules;
use super::load::{broken, record};
use super::name::{self, Hash, Parts};
use super::snapshot::PromotionRecord;
use crate::channel::Channels;
use crate::platform::db::Db;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::promotion;
use crate::promotion::service::{Stored, Unread};
use crate::settings;

/// Changes that are learnt one by one; to compile everything at once is less work than more of them.
const CHANGES_MAX: u64 = 100;

/// What the known rules have become by `now`; `None` when everything is to be loaded anew: other settings, too many
/// changes, or changes that do not say what they changed.
pub(super) async fn learn(
    db: &Db,
    store: StoreId,
    known: Arc<StoreRules>,
    now: Timestamp,
) -> Result<Option<Arc<StoreRules>>, Problem> {
    // The version is read first: a change that comes in between is learnt once too often, never missed.
    let settings = settings::service::get(db.read(), store).await?;
    let same_settings = name::of_settings(&settings.pricing)? == known.parts.settings;
    if settings.unmarked_changes != known.unmarked_changes || !same_settings {
        return Ok(None);
    }
    let changed = promotion::service::changed_after(db.read(), store, known.version, CHANGES_MAX + 1).await?;
    if changed.len() as u64 > CHANGES_MAX {
        return Ok(None);
    }
    let channels = Arc::new(Channels::of(db.read(), store).await?);
    let learning = tokio::task::spawn_blocking(move || {
        let mut rules = Learning::of(&known);
        rules.forget_ended(now);
        for promotion in changed {
            rules.learn(promotion, now)?;
        }
        Ok::<_, Problem>(Arc::new(rules.finish(&known, channels, settings.version).lined_up(now)))
    });
    learning.await.map_err(Problem::internal)?.map(Some)
}

/// Rules on the way from one version to another.
struct Learning {
    ruleset: Arc<Ruleset>,
    parts: Parts,
    broken: Vec<Broken>,
    as_of: Timestamp,
}

impl Learning {
    fn of(known: &StoreRules) -> Self {
        Self {
            ruleset: Arc::clone(&known.ruleset),
            parts: known.parts.clone(),
            broken: known.broken.clone(),
            as_of: known.as_of,
        }
    }

    /// What has ended does not become known by a change, but is no part of the rules from then on either.
    fn forget_ended(&mut self, now: Timestamp) {
        let end = |promotion: &Promotion| promotion.window.end.filter(|end| *end <= now);
        let ended = self.ruleset.iter().filter_map(|(id, promotion)| Some((id, end(promotion)?)));
        let ended: BTreeMap<u64, Timestamp> = ended.collect();
        self.as_of = self.as_of.max(ended.values().copied().max().unwrap_or(self.as_of));
        self.forget(ended.into_keys());
    }

    fn learn(&mut self, promotion: Unread, now: Timestamp) -> Result<(), Problem> {
        let id = promotion.id();
        let stored: Stored = match promotion.read() {
            Ok(stored) => stored,
            Err(problem) => {
                self.forget([id]);
                self.broken.push(broken(id, &problem));
                return Ok(());
            }
        };
        let is_live = stored.is_live(now);
        if let (Status::Active, false, Some(end)) = (stored.status, is_live, stored.end) {
            self.as_of = self.as_of.max(end);
        }
        let record = record(stored);
        let hash = name::of_promotion(&record)?;
        if is_live && self.parts.promotions.get(&record.id) == Some(&hash) {
            return Ok(());
        }
        if is_live {
            self.take(&record, hash)
        } else {
            self.forget([record.id])
        }
        Ok(())
    }

    fn take(&mut self, record: &PromotionRecord, hash: Hash) {
        match self.ruleset.with(&record.definition()) {
            Ok(ruleset) => {
                self.ruleset = Arc::new(ruleset);
                self.broken.retain(|broken| broken.id != record.id);
                self.parts.promotions.insert(record.id, hash);
            }
            Err(problems) => {
                self.forget([record.id]);
                self.broken.push(Broken { id: record.id, problems });
            }
        }
    }

    fn forget(&mut self, ids: impl IntoIterator<Item = u64>) {
        let ids: BTreeSet<u64> = ids.into_iter().collect();
        self.broken.retain(|broken| !ids.contains(&broken.id));
        let known: Vec<u64> =
            ids.iter().copied().filter(|id| self.parts.promotions.remove(id).is_some()).collect();
        match known.as_slice() {
            [] => {}
            [id] => self.ruleset = Arc::new(self.ruleset.without(*id)),
            // To make the index anew is less work than to take many out, one after the other.
            _ => self.ruleset = Arc::new(self.ruleset.only(|id| !ids.contains(&id))),
        }
    }

    fn finish(self, known: &StoreRules, channels: Arc<Channels>, version: i64) -> StoreRules {
        let Self { ruleset, parts, broken, as_of } = self;
        let hash = if parts == known.parts { known.hash.clone() } else { parts.name() };
        let unmarked_changes = known.unmarked_changes;
        let pace = Arc::clone(&known.pace);
        StoreRules { version, hash, ruleset, channels, broken, as_of, pace, parts, unmarked_changes }
    }
}

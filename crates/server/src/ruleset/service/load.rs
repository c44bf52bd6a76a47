//! Loading and compiling all rules of a store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::document::Invalid;
use engine::promotion::{Broken, Definition, Ruleset};
use engine::settings::Settings;
use jiff::Timestamp;
use serde_json::Value;

use super::StoreRules;
use super::name::Parts;
use super::pace::Pace;
use super::snapshot::PromotionRecord;
use crate::channel::Channels;
use crate::platform::db::Db;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::promotion;
use crate::promotion::service::{Stored, Unread};
use crate::settings;

/// The rules as they matter at `now` and later, compiled where nobody waits for it but the caller.
pub(super) async fn load(db: &Db, store: StoreId, now: Timestamp) -> Result<StoreRules, Problem> {
    // The version is read first: a change that comes in between is loaded once too often, never missed.
    let settings = settings::service::get(db.read(), store).await?;
    let channels = Arc::new(Channels::of(db.read(), store).await?);
    let promotions = promotion::service::live(db.read(), store, now).await?;
    let last_end = promotion::service::last_end(db.read(), store, now).await?;
    let (version, unmarked_changes) = (settings.version, settings.unmarked_changes);
    let compiling = tokio::task::spawn_blocking(move || compile(settings.pricing, promotions, now));
    let rules = compiling.await.map_err(Problem::internal)??;
    let as_of = last_end.unwrap_or(Timestamp::MIN);
    Ok(StoreRules { version, unmarked_changes, as_of, channels, ..rules })
}

fn compile(settings: Settings, promotions: Vec<Unread>, now: Timestamp) -> Result<StoreRules, Problem> {
    let mut records = BTreeMap::new();
    let mut unreadable = Vec::new();
    for promotion in promotions {
        let id = promotion.id();
        match promotion.read() {
            Ok(stored) => {
                // One that changed between two queries may come twice.
                records.insert(id, record(stored));
            }
            Err(problem) => unreadable.push(broken(id, &problem)),
        }
    }
    let mut rules = assemble(settings, records.into_values().collect())?;
    rules.broken.append(&mut unreadable);
    Ok(rules.lined_up(now))
}

/// A promotion whose row cannot be read: it costs a store that one promotion.
pub(super) fn broken(id: u64, problem: &Problem) -> Broken {
    problem.log();
    let message = format!("cannot be read from the database: {}", problem.detail());
    Broken { id, problems: vec![Invalid { pointer: String::new(), code: "type", message }] }
}

/// What of a promotion belongs to the rules.
pub(super) fn record(stored: Stored) -> PromotionRecord {
    let id = u64::try_from(stored.id).unwrap_or(0);
    PromotionRecord { id, created: stored.created, document: Value::Object(stored.document) }
}

/// Compiles rules and names them. A promotion that is left out because it is broken is no part of their name.
pub(super) fn assemble(settings: Settings, mut records: Vec<PromotionRecord>) -> Result<StoreRules, Problem> {
    let definitions: Vec<Definition<'_>> = records.iter().map(PromotionRecord::definition).collect();
    let (ruleset, broken) = Ruleset::compile(settings, &definitions);
    let left_out: BTreeSet<u64> = broken.iter().map(|broken| broken.id).collect();
    records.retain(|record| !left_out.contains(&record.id));
    let parts = Parts::of(ruleset.settings(), &records)?;
    let pace = Arc::new(Pace::guess(ruleset.len()));
    Ok(StoreRules {
        version: 0,
        hash: parts.name(),
        ruleset: Arc::new(ruleset),
        channels: Arc::default(),
        broken,
        as_of: Timestamp::MIN,
        pace,
        parts,
        unmarked_changes: 0,
    })
}

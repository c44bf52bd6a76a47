//! The rules of stores in memory, swapped whole when something changed.

mod keep;
mod learn;
mod load;
mod name;
mod pace;
mod snapshot;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;
use engine::promotion::{Broken, Ruleset};
use jiff::Timestamp;
use tokio::sync::Mutex as Turn;

use self::name::Parts;
use crate::channel::Channels;
use crate::platform::clock::Clock;
use crate::platform::db::Db;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::settings;

pub use self::keep::{Text, keep, kept, text_to_keep};
pub use self::name::sha256;
pub use self::pace::Pace;

/// The rules of one store as they were at one version.
#[derive(Debug)]
pub struct StoreRules {
    /// Counts the changes to what evaluation sees.
    pub version: i64,
    /// Names the rules by what they are, in 64 hexadecimal digits. Equal rules have equal names everywhere.
    pub hash: String,
    /// The compiled promotions, with the settings they go by.
    pub ruleset: Arc<Ruleset>,
    /// From which channels carts may come, and in which currencies.
    pub channels: Arc<Channels>,
    /// Promotions that could not be compiled; they are left out and named in the log.
    pub broken: Vec<Broken>,
    /// The instant from which on the rules are complete: the latest end of a promotion that is not among them because
    /// it is over.
    pub as_of: Timestamp,
    /// How long carts take by them.
    pub pace: Arc<Pace>,
    /// Of which `hash` is made.
    parts: Parts,
    /// Changes until `version` that do not say what they changed.
    unmarked_changes: i64,
}

impl StoreRules {
    /// Whether loading at `at` would give the same promotions.
    fn are_those_of(&self, at: Timestamp) -> bool {
        let has_ended = self.ruleset.iter().any(|(_, it)| it.window.end.is_some_and(|end| end <= at));
        self.as_of <= at && !has_ended
    }

    /// The same, with it worked out which promotions are on at `now`, and until when that stays so.
    fn lined_up(self, now: Timestamp) -> Self {
        if self.ruleset.is_lined_up_for(now) {
            return self;
        }
        let ruleset = Arc::new(Ruleset::clone(&self.ruleset).lined_up(now));
        Self { ruleset, ..self }
    }
}

/// The rules of all stores that were asked for, shared by all requests.
#[derive(Clone, Debug)]
pub struct Rulesets {
    clock: Clock,
    by_store: Arc<ArcSwap<HashMap<StoreId, Arc<StoreRules>>>>,
    turns: Arc<Mutex<HashMap<StoreId, Arc<Turn<()>>>>>,
    /// Held while rules of the past are loaded: one store's at a time.
    past: Arc<Turn<Past>>,
}

/// The rules of an instant that is over, as they were last asked for.
type Past = Option<(StoreId, Arc<StoreRules>)>;

impl Rulesets {
    /// No rules yet; each store's are loaded when they are first asked for.
    pub fn new(clock: Clock) -> Self {
        Self { clock, by_store: Arc::default(), turns: Arc::default(), past: Arc::default() }
    }

    /// The rules of a store.
    pub async fn of(&self, db: &Db, store: StoreId) -> Result<Arc<StoreRules>, Problem> {
        if let Some(rules) = self.in_memory(store) {
            return Ok(rules);
        }
        let turn = self.turn(store);
        let _held = turn.lock().await;
        match self.in_memory(store) {
            Some(rules) => Ok(rules),
            None => self.renew(db, store).await,
        }
    }

    /// The rules of a store as they matter at `at`: those in memory, or for an instant before one of those ended that
    /// are no part of them any more, fresh ones.
    pub async fn of_instant(
        &self,
        db: &Db,
        store: StoreId,
        at: Timestamp,
    ) -> Result<Arc<StoreRules>, Problem> {
        let rules = self.of(db, store).await?;
        if rules.as_of <= at {
            return Ok(rules);
        }
        let mut past = self.past.lock().await;
        if let Some((of, known)) = past.as_ref()
            && (*of, known.version) == (store, rules.version)
            && known.are_those_of(at)
        {
            return Ok(Arc::clone(known));
        }
        let loaded = Arc::new(load::load(db, store, at).await?);
        *past = Some((store, Arc::clone(&loaded)));
        Ok(loaded)
    }

    /// Brings the rules of a store up to date. Every change calls it before it is answered, so that whoever made the
    /// change sees it at once. Others are priced by the rules in memory in the meantime.
    pub async fn refresh(&self, db: &Db, store: StoreId) -> Result<Arc<StoreRules>, Problem> {
        let turn = self.turn(store);
        let _held = turn.lock().await;
        self.renew(db, store).await
    }

    /// Brings up to date what other processes have changed, and what promotions begin or end by the clock.
    ///
    /// Errors: the first of a store that could not be brought up to date; the others are.
    pub async fn refresh_changed(&self, db: &Db) -> Result<(), Problem> {
        let now = self.clock.now();
        let state = |(store, rules): (&StoreId, &Arc<StoreRules>)| {
            (*store, rules.version, rules.ruleset.is_lined_up_for(now))
        };
        let known: Vec<_> = self.by_store.load().iter().map(state).collect();
        let stores: Vec<StoreId> = known.iter().map(|(store, ..)| *store).collect();
        let versions = settings::service::versions(db.read(), &stores).await?;
        let mut problem = None;
        for (store, version, is_lined_up) in known {
            if !is_lined_up || versions.get(&store) != Some(&version) {
                problem = problem.or(self.refresh(db, store).await.err());
            }
        }
        problem.map_or(Ok(()), Err)
    }

    fn in_memory(&self, store: StoreId) -> Option<Arc<StoreRules>> {
        self.by_store.load().get(&store).cloned()
    }

    /// Held while the rules of a store are loaded: many who want them at once wait for one.
    fn turn(&self, store: StoreId) -> Arc<Turn<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(store).or_default())
    }

    /// Learns what changed, or loads everything when that is less work or cannot be told, and swaps.
    async fn renew(&self, db: &Db, store: StoreId) -> Result<Arc<StoreRules>, Problem> {
        let (now, started) = (self.clock.now(), Instant::now());
        let learnt = match self.in_memory(store) {
            // What cannot be learnt may still be loaded.
            Some(known) => learn::learn(db, store, known, now).await.unwrap_or_else(|problem| {
                problem.log();
                None
            }),
            None => None,
        };
        let (how, renewed) = match learnt {
            Some(learnt) => ("learnt", learnt),
            None => ("loaded", Arc::new(load::load(db, store, now).await?)),
        };
        log_broken(store, &renewed);
        self.by_store.rcu(|current| {
            let mut next = HashMap::clone(current);
            next.insert(store, Arc::clone(&renewed));
            next
        });
        let (promotions, ms) = (renewed.ruleset.len(), started.elapsed().as_secs_f64() * 1000.0);
        tracing::debug!(store = store.0, version = renewed.version, promotions, ms, "rules were {how}");
        Ok(renewed)
    }
}

fn log_broken(store: StoreId, rules: &StoreRules) {
    for broken in &rules.broken {
        tracing::error!(store = store.0, promotion = broken.id, problems = ?broken.problems,
            "a promotion cannot be compiled and is left out");
    }
}

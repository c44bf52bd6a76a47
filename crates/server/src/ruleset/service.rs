//! Loading a store's rules, and swapping them whole when something changed.

mod snapshot;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arc_swap::ArcSwap;
use engine::promotion::{Broken, Definition, Ruleset, Uses};
use engine::settings::Settings;
use jiff::Timestamp;
use serde_json::Value;

use self::snapshot::PromotionRecord;
use super::store::{self, SnapshotRow};
use crate::platform::clock::Clock;
use crate::platform::db::{Connection, Db, Transaction};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::promotion;
use crate::settings;

pub use self::snapshot::sha256;

/// The rules of one store as they were at one version.
#[derive(Debug)]
pub struct StoreRules {
    /// Counts the changes to what evaluation sees.
    pub version: i64,
    /// Names the rules by what they are: SHA-256 of `text`, in hexadecimal. Equal rules have equal names everywhere.
    pub hash: String,
    /// Settings and promotions as they are kept with an evaluation; `ruleset` is compiled from them.
    pub text: String,
    /// The compiled promotions, with the settings they go by.
    pub ruleset: Ruleset,
    /// How often promotions with a limit have been used.
    pub uses: BTreeMap<u64, Uses>,
    /// Names of promotions, by id.
    pub names: BTreeMap<u64, String>,
    /// Promotions that could not be compiled; they are left out and named in the log.
    pub broken: Vec<Broken>,
    /// The instant up to which the rules are complete: a promotion that ended before it is not among them.
    pub as_of: Timestamp,
}

/// The rules of all stores that were asked for, shared by all requests.
#[derive(Clone, Debug)]
pub struct Rulesets {
    clock: Clock,
    by_store: Arc<ArcSwap<HashMap<StoreId, Arc<StoreRules>>>>,
}

impl Rulesets {
    /// No rules yet; each store's are loaded when they are first asked for.
    pub fn new(clock: Clock) -> Self {
        Self { clock, by_store: Arc::default() }
    }

    /// The rules of a store.
    pub async fn of(&self, db: &Db, store: StoreId) -> Result<Arc<StoreRules>, Problem> {
        if let Some(rules) = self.by_store.load().get(&store) {
            return Ok(Arc::clone(rules));
        }
        self.refresh(db, store).await
    }

    /// The rules of a store as they matter at `at`: those in memory, or for an instant before they were loaded,
    /// which promotions that have ended since may concern, fresh ones.
    pub async fn of_instant(
        &self,
        db: &Db,
        store: StoreId,
        at: Timestamp,
    ) -> Result<Arc<StoreRules>, Problem> {
        let rules = self.of(db, store).await?;
        if rules.as_of <= at { Ok(rules) } else { Ok(Arc::new(load(db, store, at).await?)) }
    }

    /// Loads the rules of a store anew. Every change calls it before it is answered, so that whoever made the
    /// change sees it at once.
    pub async fn refresh(&self, db: &Db, store: StoreId) -> Result<Arc<StoreRules>, Problem> {
        let loaded = Arc::new(load(db, store, self.clock.now()).await?);
        log_broken(store, &loaded);
        // Of two changes at once, the one that loaded more recent rules wins, whichever comes last.
        self.by_store.rcu(|current| {
            let mut next = HashMap::clone(current);
            let is_newer = next.get(&store).is_none_or(|kept| kept.version <= loaded.version);
            if is_newer {
                next.insert(store, Arc::clone(&loaded));
            }
            next
        });
        Ok(loaded)
    }

    /// Loads anew what other processes have changed.
    pub async fn refresh_changed(&self, db: &Db) -> Result<(), Problem> {
        let known: Vec<(StoreId, i64)> =
            self.by_store.load().iter().map(|(store, rules)| (*store, rules.version)).collect();
        for (store, version) in known {
            if settings::service::get(db.read(), store).await?.version != version {
                self.refresh(db, store).await?;
            }
        }
        Ok(())
    }
}

/// Keeps the rules with this transaction, unless they are kept already.
pub async fn keep(
    tx: &Transaction,
    store: StoreId,
    rules: &StoreRules,
    now: Timestamp,
) -> Result<(), Problem> {
    let row = SnapshotRow {
        store_id: store.0,
        hash: rules.hash.clone(),
        rules: rules.text.clone(),
        created_at: now.as_millisecond(),
    };
    Ok(store::insert(tx, row).await?)
}

/// The kept rules with this hash, compiled anew; without uses, which belong to an evaluation.
pub async fn kept<C: Connection>(db: &C, store: StoreId, hash: &str) -> Result<StoreRules, Problem> {
    let row = store::find(db, store, hash).await?.ok_or_else(|| Problem::not_found("ruleset", hash))?;
    if sha256(row.rules.as_bytes()) != row.hash {
        return Err(Problem::internal(format!("the kept rules `{hash}` are not those that were kept")));
    }
    let (settings, promotions) = snapshot::read(&row.rules)?;
    let rules = assemble(settings, promotions)?;
    log_broken(store, &rules);
    Ok(rules)
}

fn log_broken(store: StoreId, rules: &StoreRules) {
    for broken in &rules.broken {
        tracing::error!(store = store.0, promotion = broken.id, problems = ?broken.problems,
            "a promotion cannot be compiled and is left out");
    }
}

async fn load(db: &Db, store: StoreId, now: Timestamp) -> Result<StoreRules, Problem> {
    // The version is read first: a change that comes in between is loaded once too often, never missed.
    let settings = settings::service::get(db.read(), store).await?;
    let promotions = promotion::service::live(db.read(), store, now).await?;
    let mut uses = BTreeMap::new();
    let mut records = Vec::with_capacity(promotions.len());
    for stored in promotions {
        let id = u64::try_from(stored.id).unwrap_or(0);
        uses.insert(id, Uses { total: stored.current_uses, ..Uses::default() });
        let document = Value::Object(stored.document);
        records.push(PromotionRecord { id, created: stored.created, document });
    }
    let rules = assemble(settings.pricing, records)?;
    Ok(StoreRules { version: settings.version, uses, as_of: now, ..rules })
}

/// Compiles rules and names them. A promotion that is left out because it is broken is no part of their name.
fn assemble(settings: Settings, mut records: Vec<PromotionRecord>) -> Result<StoreRules, Problem> {
    let definitions: Vec<Definition<'_>> = records
        .iter()
        .map(|it| Definition { id: it.id, created: it.created, document: &it.document })
        .collect();
    let (ruleset, broken) = Ruleset::compile(settings, &definitions);
    let left_out: BTreeSet<u64> = broken.iter().map(|broken| broken.id).collect();
    let name = |document: &Value| document.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let names = records.iter().map(|record| (record.id, name(&record.document))).collect();
    records.retain(|record| !left_out.contains(&record.id));
    let text = snapshot::write(ruleset.settings(), &records)?;
    Ok(StoreRules {
        version: 0,
        hash: sha256(text.as_bytes()),
        text,
        ruleset,
        uses: BTreeMap::new(),
        names,
        broken,
        as_of: Timestamp::MIN,
    })
}

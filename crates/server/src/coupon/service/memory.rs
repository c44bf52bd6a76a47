//! What a node remembers of codes: the guards of each store, and numbers that are about to become codes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use engine::coupon::{Guard, normalise};

use super::super::store::CodeRow;
use super::space::guards_of;
use crate::app::AppState;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// Guards only save lookups, so that those that another node made may come late.
const GUARDS_KEPT: Duration = Duration::from_secs(5);
/// Blocks of numbers kept, each of 16 megabytes: as many jobs take turns without working theirs out again.
const BLOCKS_KEPT: usize = 6;

/// A block of numbers: of which store and space, and its first place.
pub(super) type BlockKey = (StoreId, i64, i64);
type Guards = Arc<[Guard]>;
type Numbers = Arc<Vec<u128>>;

/// A handle to what is remembered; clones share it.
#[derive(Clone, Debug, Default)]
pub struct CodeMemory(Arc<Inner>);

/// The most codes remembered of a store.
const CODES_KEPT: usize = 10_000;

/// Codes that were looked up, by their normal forms, as they were at a version of the store: every change of a code
/// counts as one.
#[derive(Debug, Default)]
struct Codes {
    version: i64,
    by_form: BTreeMap<String, CodeRow>,
}

#[derive(Debug, Default)]
struct Inner {
    codes: Mutex<BTreeMap<StoreId, Codes>>,
    guards: Mutex<BTreeMap<StoreId, (Instant, Guards)>>,
    blocks: Mutex<VecDeque<(BlockKey, Numbers)>>,
}

impl CodeMemory {
    /// What tells mistyped codes of a store.
    pub(super) async fn guards(&self, app: &AppState, store: StoreId) -> Result<Guards, Problem> {
        if let Some((read, guards)) = lock(&self.0.guards).get(&store)
            && read.elapsed() < GUARDS_KEPT
        {
            return Ok(Arc::clone(guards));
        }
        let guards: Guards = guards_of(app.db.read(), store).await?.into();
        lock(&self.0.guards).insert(store, (Instant::now(), Arc::clone(&guards)));
        Ok(guards)
    }

    /// The rows of these codes, when all of them were looked up at this version of the store.
    pub(super) fn known(
        &self,
        store: StoreId,
        version: i64,
        texts: &[String],
    ) -> Option<Vec<Option<CodeRow>>> {
        let stores = lock(&self.0.codes);
        let codes = stores.get(&store).filter(|codes| codes.version == version)?;
        texts.iter().map(|text| codes.by_form.get(&normalise(text).ok()?).cloned().map(Some)).collect()
    }

    /// Remembers codes that were found by their normal forms at this version of the store. That one is not there is not
    /// remembered: the next moment it may be.
    pub(super) fn remember(&self, store: StoreId, version: i64, texts: &[String], rows: &[Option<CodeRow>]) {
        let mut stores = lock(&self.0.codes);
        let codes = stores.entry(store).or_default();
        if codes.version != version || codes.by_form.len() >= CODES_KEPT {
            *codes = Codes { version, by_form: BTreeMap::new() };
        }
        for (text, row) in texts.iter().zip(rows) {
            if let (Ok(form), Some(row)) = (normalise(text), row)
                && row.normal_code == form
            {
                codes.by_form.insert(form, row.clone());
            }
        }
    }

    /// The guards of a store have changed.
    pub(super) fn forget_guards(&self, store: StoreId) {
        lock(&self.0.guards).remove(&store);
    }

    /// The numbers of a block, if they are still known.
    pub(super) fn block(&self, key: BlockKey) -> Option<Numbers> {
        let blocks = lock(&self.0.blocks);
        blocks.iter().find(|(known, _)| *known == key).map(|(_, numbers)| Arc::clone(numbers))
    }

    /// Remembers the numbers of a block, and forgets the oldest of too many.
    pub(super) fn keep_block(&self, key: BlockKey, numbers: Numbers) {
        let mut blocks = lock(&self.0.blocks);
        blocks.push_back((key, numbers));
        while blocks.len() > BLOCKS_KEPT {
            blocks.pop_front();
        }
    }

    /// All numbers of a block have become codes.
    pub(super) fn forget_block(&self, key: BlockKey) {
        lock(&self.0.blocks).retain(|(known, _)| *known != key);
    }
}

/// Nothing is left half done while it is locked, whatever panics.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Names for sentences: exactly those that the sentences ask for, in one query for each kind of thing.
//!
//! ```text
//! let asked = Asked::default();
//! summary(&promotion, &Language { names: &asked, currency, zone });
//! let names = names_asked(db.read(), store, &asked).await?;
//! let sentence = summary(&promotion, &Language { names: &names, currency, zone });
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use engine::promotion::{Named, Names};

use crate::catalog::store::{brand, category, product, variant};
use crate::platform::db::{Connection, rows};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::{customer, seller};

/// Knows no names, but remembers which were asked for: a first telling of the sentences that nobody reads.
#[derive(Debug, Default)]
pub struct Asked {
    things: Mutex<BTreeSet<(Named, u64)>>,
}

impl Names for Asked {
    fn name(&self, named: Named, id: u64) -> Option<&str> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner).insert((named, id));
        None
    }
}

impl Asked {
    /// What was asked for.
    pub fn things(&self) -> BTreeSet<(Named, u64)> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ids(&self, wanted: Named) -> Vec<i64> {
        let things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        let ids = things.iter().filter(|(named, _)| *named == wanted);
        ids.filter_map(|(_, id)| i64::try_from(*id).ok()).collect()
    }
}

/// Names of things of one store.
#[derive(Clone, Debug, Default)]
pub struct StoreNames {
    names: BTreeMap<(Named, u64), String>,
}

impl Names for StoreNames {
    fn name(&self, named: Named, id: u64) -> Option<&str> {
        self.names.get(&(named, id)).map(String::as_str)
    }
}

impl StoreNames {
    fn learn(&mut self, named: Named, names: impl IntoIterator<Item = (i64, String)>) {
        self.names.extend(names.into_iter().map(|(id, name)| ((named, id.unsigned_abs()), name)));
    }
}

/// The names that were asked for, as far as the store has told them. A variant is called by its SKU.
pub async fn names_asked(db: &impl Connection, store: StoreId, asked: &Asked) -> Result<StoreNames, Problem> {
    let mut known = StoreNames::default();
    let rows = rows::by_ids::<product::Entity>(db, store, asked.ids(Named::Product)).await?;
    known.learn(Named::Product, rows.into_iter().map(|row| (row.id, row.name)));
    let rows = rows::by_ids::<variant::Entity>(db, store, asked.ids(Named::Variant)).await?;
    known.learn(Named::Variant, rows.into_iter().filter_map(|row| Some((row.id, row.sku?))));
    let rows = rows::by_ids::<category::Entity>(db, store, asked.ids(Named::Category)).await?;
    known.learn(Named::Category, rows.into_iter().map(|row| (row.id, row.name)));
    let rows = rows::by_ids::<brand::Entity>(db, store, asked.ids(Named::Brand)).await?;
    known.learn(Named::Brand, rows.into_iter().map(|row| (row.id, row.name)));
    let groups = customer::service::group_names(db, store, asked.ids(Named::CustomerGroup)).await?;
    known.learn(Named::CustomerGroup, groups);
    known.learn(Named::Seller, seller::service::names(db, store, asked.ids(Named::Seller)).await?);
    Ok(known)
}

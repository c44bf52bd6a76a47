//! What lint asks about goods: looked up in one go, after a first telling that only remembers what was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use engine::money::{Currency, Minor};
use engine::promotion::{Shelf, ShelfProduct};

use crate::catalog::store::{self, product, variant};
use crate::platform::db::{Connection, rows};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// Knows no goods, but remembers which were asked for.
#[derive(Debug, Default)]
pub struct AskedShelf {
    asked: Mutex<Goods>,
}

#[derive(Debug, Default)]
struct Goods {
    products: BTreeSet<u64>,
    variants: BTreeSet<u64>,
    categories: BTreeSet<u64>,
}

impl AskedShelf {
    fn remember(&self, id: u64, of: impl FnOnce(&mut Goods) -> &mut BTreeSet<u64>) {
        of(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner)).insert(id);
    }
}

impl Shelf for AskedShelf {
    /// As if there were some, so that everything is asked for.
    fn has_products(&self) -> bool {
        true
    }

    fn product(&self, id: u64) -> Option<ShelfProduct> {
        self.remember(id, |goods| &mut goods.products);
        None
    }

    fn product_of(&self, variant: u64) -> Option<u64> {
        self.remember(variant, |goods| &mut goods.variants);
        None
    }

    fn category_is_empty(&self, id: u64) -> Option<bool> {
        self.remember(id, |goods| &mut goods.categories);
        None
    }
}

/// What the catalog of a store knows of the goods that were asked for.
#[derive(Debug, Default)]
pub struct StoreShelf {
    has_products: bool,
    products: BTreeMap<u64, ShelfProduct>,
    product_of: BTreeMap<u64, u64>,
    empty: BTreeMap<u64, bool>,
}

impl Shelf for StoreShelf {
    fn has_products(&self) -> bool {
        self.has_products
    }

    fn product(&self, id: u64) -> Option<ShelfProduct> {
        self.products.get(&id).cloned()
    }

    fn product_of(&self, variant: u64) -> Option<u64> {
        self.product_of.get(&variant).copied()
    }

    fn category_is_empty(&self, id: u64) -> Option<bool> {
        self.empty.get(&id).copied()
    }
}

/// What the catalog knows of the goods that were asked for. One without any products knows nothing.
pub async fn shelf_asked(
    db: &impl Connection,
    store: StoreId,
    currency: Currency,
    asked: AskedShelf,
) -> Result<StoreShelf, Problem> {
    let asked = asked.asked.into_inner().unwrap_or_else(PoisonError::into_inner);
    let ids =
        |ids: &BTreeSet<u64>| -> Vec<i64> { ids.iter().filter_map(|id| i64::try_from(*id).ok()).collect() };
    let has_products = !rows::page::<product::Entity>(db, store, None, 1).await?.is_empty();
    if !has_products {
        return Ok(StoreShelf::default());
    }
    let mut shelf = StoreShelf { has_products, ..StoreShelf::default() };
    for row in rows::by_ids::<variant::Entity>(db, store, ids(&asked.variants)).await? {
        shelf.product_of.insert(row.id.unsigned_abs(), row.product_id.unsigned_abs());
    }
    let mut products = asked.products.clone();
    products.extend(shelf.product_of.values());
    let mut variants: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
    for row in store::variants_of(db, store, &ids(&products)).await? {
        shelf.product_of.insert(row.id.unsigned_abs(), row.product_id.unsigned_abs());
        variants.entry(row.product_id).or_default().push(row.id.unsigned_abs());
    }
    for row in rows::by_ids::<product::Entity>(db, store, ids(&products)).await? {
        let known = ShelfProduct {
            variants: variants.remove(&row.id).unwrap_or_default(),
            has_required_modifiers: row.has_required_modifiers,
            price: row.price.and_then(|text| Minor::parse(&text, currency).ok()),
        };
        shelf.products.insert(row.id.unsigned_abs(), known);
    }
    let categories = ids(&asked.categories);
    let occupied: BTreeSet<i64> = store::occupied(db, store, &categories).await?.into_iter().collect();
    shelf.empty = categories.iter().map(|id| (id.unsigned_abs(), !occupied.contains(id))).collect();
    Ok(shelf)
}

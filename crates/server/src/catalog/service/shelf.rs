//! What lint asks about goods: looked up in one go.

use std::collections::{BTreeMap, BTreeSet};

use engine::money::{Currency, Minor};
use engine::promotion::{Shelf, ShelfProduct};
use serde_json::Value;

use crate::catalog::store::{self, product, variant};
use crate::platform::db::{Connection, rows};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// Products, variants and categories by id.
#[derive(Debug, Default)]
pub struct Goods {
    products: BTreeSet<u64>,
    variants: BTreeSet<u64>,
    categories: BTreeSet<u64>,
}

impl Goods {
    /// What a promotion's document names, wherever it does.
    pub fn named_in(document: &Value) -> Self {
        let mut goods = Self::default();
        goods.collect(document);
        goods
    }

    fn collect(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.collect(value)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let of_name = match name.as_str() {
                        "products" | "product_id" => Some(&mut self.products),
                        "variants" | "variant_id" => Some(&mut self.variants),
                        "categories" => Some(&mut self.categories),
                        _ => None,
                    };
                    match of_name {
                        Some(ids) => ids.extend(ids_in(value)),
                        None => self.collect(value),
                    }
                }
            }
            _ => {}
        }
    }
}

/// One id, or a list of them.
fn ids_in(value: &Value) -> Vec<u64> {
    let ids = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
    ids.iter().filter_map(Value::as_u64).collect()
}

/// What the catalog of a store knows of some goods.
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

/// What the catalog knows of some goods. One without any products knows nothing.
pub async fn shelf_of(
    db: &impl Connection,
    store: StoreId,
    currency: Currency,
    asked: &Goods,
) -> Result<StoreShelf, Problem> {
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

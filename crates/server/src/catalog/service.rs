//! What the catalog can do: take the storefront's objects, show them, and give facts and names about them.

mod delete;
mod facts;
mod many;
mod names;
mod offers;
mod prices;
mod shelf;
mod tree;
mod upsert;

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::rest::{Brand, Product, ShownCategory, Variant};
use super::store::{self, brand, category, product};
use crate::platform::db::{Connection, Db, rows};
use crate::platform::http::{List, Page, Problem};
use crate::platform::ids::StoreId;

use tree::Tree;

pub use delete::{delete_brand, delete_category, delete_product, delete_variant, products_of_seller};
pub use facts::{Facts, facts};
pub use many::{brands_by_ids, categories_by_ids, products_by_ids, variants_by_ids};
pub use names::{Asked, StoreNames, names_asked};
pub use offers::offers;
pub use shelf::{Goods, StoreShelf, shelf_of};
pub use tree::{Place, circles};
pub use upsert::{
    keep_brands, keep_categories, keep_products, keep_variants, products_among, upsert_brands,
    upsert_categories, upsert_products,
};

pub(super) use prices::{OwnPrices, Prices, check_price, stored_price};

/// A page of the categories, each with its place in the tree.
pub async fn categories(db: &Db, store: StoreId, page: &Page<i64>) -> Result<List<ShownCategory>, Problem> {
    let rows = rows::page::<category::Entity>(db.read(), store, page.after, page.fetch()).await?;
    let List { data, next_cursor } = page.list(rows, |row| row.id, |row| row);
    Ok(List { data: placed(db.read(), store, data).await?, next_cursor })
}

/// One category, with its place in the tree.
pub async fn category(db: &Db, store: StoreId, id: i64) -> Result<ShownCategory, Problem> {
    let row = rows::by_id::<category::Entity>(db.read(), store, id).await?;
    let shown = placed(db.read(), store, row.into_iter().collect()).await?;
    shown.into_iter().next().ok_or_else(|| Problem::not_found("category", id))
}

async fn placed(
    db: &impl Connection,
    store: StoreId,
    rows: Vec<category::Model>,
) -> Result<Vec<ShownCategory>, Problem> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let tree = Tree::around(db, store, &ids).await?;
    Ok(rows.into_iter().map(|row| ShownCategory::new(tree.place(row.id), row)).collect())
}

/// A page of the brands.
pub async fn brands(db: &Db, store: StoreId, page: &Page<i64>) -> Result<List<Brand>, Problem> {
    let rows = rows::page::<brand::Entity>(db.read(), store, page.after, page.fetch()).await?;
    Ok(page.list(rows, |row| row.id, Brand::from))
}

/// One brand.
pub async fn brand(db: &Db, store: StoreId, id: i64) -> Result<Brand, Problem> {
    let row = rows::by_id::<brand::Entity>(db.read(), store, id).await?;
    row.map(Brand::from).ok_or_else(|| Problem::not_found("brand", id))
}

/// A page of the products, with their variants.
pub async fn products(db: &Db, store: StoreId, page: &Page<i64>) -> Result<List<Product>, Problem> {
    let rows = rows::page::<product::Entity>(db.read(), store, page.after, page.fetch()).await?;
    let List { data, next_cursor } = page.list(rows, |row| row.id, |row| row);
    Ok(List { data: with_variants(db.read(), store, data).await?, next_cursor })
}

/// One product, with its variants.
pub async fn product(db: &Db, store: StoreId, id: i64) -> Result<Product, Problem> {
    let row = rows::by_id::<product::Entity>(db.read(), store, id).await?;
    let products = with_variants(db.read(), store, row.into_iter().collect()).await?;
    products.into_iter().next().ok_or_else(|| Problem::not_found("product", id))
}

async fn with_variants(
    db: &impl Connection,
    store: StoreId,
    products: Vec<product::Model>,
) -> Result<Vec<Product>, Problem> {
    let ids: Vec<i64> = products.iter().map(|product| product.id).collect();
    let mut variants: HashMap<i64, Vec<Variant>> = HashMap::new();
    for row in store::variants_of(db, store, &ids).await? {
        variants.entry(row.product_id).or_default().push(Variant::from_row(row)?);
    }
    let show = |row: product::Model| {
        let own = variants.remove(&row.id).unwrap_or_default();
        Product::from_row(row, own)
    };
    products.into_iter().map(show).collect()
}

/// A list or map as a column holds it.
pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(Problem::internal)
}

/// What [`to_json`] wrote.
pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(Problem::internal)
}

/// Named texts, such as options.
pub(super) type Texts = BTreeMap<String, String>;

//! Things of the catalog by their ids, for who wants many at once.

use super::{placed, rows, with_variants};
use crate::catalog::rest::{Brand, Product, ShownCategory, Variant};
use crate::catalog::store::{brand, category, product, variant};
use crate::platform::db::Connection;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// The products with these ids, in no order; those that do not exist are left out.
pub async fn products_by_ids<C: Connection>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<Vec<Product>, Problem> {
    let rows = rows::by_ids::<product::Entity>(db, store, ids.iter().copied()).await?;
    with_variants(db, store, rows).await
}

/// The same for variants.
pub async fn variants_by_ids<C: Connection>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<Vec<Variant>, Problem> {
    let rows = rows::by_ids::<variant::Entity>(db, store, ids.iter().copied()).await?;
    rows.into_iter().map(Variant::from_row).collect()
}

/// The same for categories, each with its place in the tree.
pub async fn categories_by_ids<C: Connection>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<Vec<ShownCategory>, Problem> {
    let rows = rows::by_ids::<category::Entity>(db, store, ids.iter().copied()).await?;
    placed(db, store, rows).await
}

/// The same for brands.
pub async fn brands_by_ids<C: Connection>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<Vec<Brand>, Problem> {
    let rows = rows::by_ids::<brand::Entity>(db, store, ids.iter().copied()).await?;
    Ok(rows.into_iter().map(Brand::from).collect())
}

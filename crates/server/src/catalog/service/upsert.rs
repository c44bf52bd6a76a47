//! Takes the storefront's objects: adds them, or puts them in the place of those with the same ids.

use std::collections::{BTreeSet, HashSet};

use engine::money::Currency;
use jiff::Timestamp;

use super::tree::circles;
use crate::activity::{self, Author, Change, Kind};
use crate::catalog::rest::{Brand, Category, Product, Variant};
use crate::catalog::store::{self, brand, category, product, product_category, variant};
use crate::platform::db::{Connection, Db, Transaction, rows, turn};
use crate::platform::http::{Errors, Problem, check_bulk};
use crate::platform::ids::StoreId;

/// Adds or replaces categories; returns how many.
pub async fn upsert_categories(db: &Db, author: &Author, items: Vec<Category>) -> Result<usize, Problem> {
    let (store, author) = (author.store, author.clone());
    let mut errors = Errors::default();
    check_bulk(&items, |item| item.id, &mut errors);
    for (index, item) in items.iter().enumerate() {
        item.check(&format!("/items/{index}"), &mut errors);
    }
    errors.finish()?;
    let count = items.len();
    let ids: Vec<i64> = items.iter().map(|item| item.id).collect();
    db.write(move |tx| {
        Box::pin(async move {
            turn::alone(tx, store).await?;
            let mut errors = Errors::default();
            for (index, message) in circles(tx, store, &items).await? {
                errors.report(format!("/items/{index}/parent_id"), "circle", message);
            }
            errors.finish()?;
            keep_categories(tx, store, items).await?;
            activity::record(tx, &author, Change::upserted(Kind::Category, &ids)).await
        })
    })
    .await?;
    Ok(count)
}

/// Keeps checked categories that make no circle.
pub async fn keep_categories(tx: &Transaction, store: StoreId, items: Vec<Category>) -> Result<(), Problem> {
    let rows: Vec<category::Model> = items.into_iter().map(|item| item.into_row(store)).collect();
    Ok(rows::upsert::<category::ActiveModel>(tx, rows).await?)
}

/// Adds or replaces brands; returns how many.
pub async fn upsert_brands(db: &Db, author: &Author, items: Vec<Brand>) -> Result<usize, Problem> {
    let (store, author) = (author.store, author.clone());
    let mut errors = Errors::default();
    check_bulk(&items, |item| item.id, &mut errors);
    for (index, item) in items.iter().enumerate() {
        item.check(&format!("/items/{index}"), &mut errors);
    }
    errors.finish()?;
    let count = items.len();
    let ids: Vec<i64> = items.iter().map(|item| item.id).collect();
    db.write(move |tx| {
        Box::pin(async move {
            keep_brands(tx, store, items).await?;
            activity::record(tx, &author, Change::upserted(Kind::Brand, &ids)).await
        })
    })
    .await?;
    Ok(count)
}

/// Keeps checked brands.
pub async fn keep_brands(tx: &Transaction, store: StoreId, items: Vec<Brand>) -> Result<(), Problem> {
    let rows: Vec<brand::Model> = items.into_iter().map(|item| item.into_row(store)).collect();
    Ok(rows::upsert::<brand::ActiveModel>(tx, rows).await?)
}

/// Adds or replaces products; returns how many. Where an item brings variants, they replace those that the product
/// had. Prices are in `currency`, the store's own.
pub async fn upsert_products(
    db: &Db,
    author: &Author,
    currency: Currency,
    items: Vec<Product>,
) -> Result<usize, Problem> {
    let (store, author) = (author.store, author.clone());
    check_products(&items, currency)?;
    let count = items.len();
    let ids: Vec<i64> = items.iter().map(|item| item.id).collect();
    db.write(move |tx| {
        Box::pin(async move {
            keep_products(tx, store, author.now, currency, items).await?;
            activity::record(tx, &author, Change::upserted(Kind::Product, &ids)).await
        })
    })
    .await?;
    Ok(count)
}

/// Keeps checked products, each id once.
pub async fn keep_products(
    tx: &Transaction,
    store: StoreId,
    now: Timestamp,
    currency: Currency,
    items: Vec<Product>,
) -> Result<(), Problem> {
    let mut products = Vec::with_capacity(items.len());
    let (mut replaced, mut variants, mut places) = (Vec::new(), Vec::new(), Vec::new());
    let ids: Vec<i64> = items.iter().map(|item| item.id).collect();
    for mut item in items {
        let categories: BTreeSet<i64> = item.category_ids.iter().copied().collect();
        let place =
            |category_id| product_category::Model { store_id: store, category_id, product_id: item.id };
        places.extend(categories.into_iter().map(place));
        if let Some(own) = item.variants.take() {
            replaced.push(item.id);
            for variant in own {
                variants.push(variant.into_row(store, item.id, currency)?);
            }
        }
        products.push(item.into_row(store, now, currency)?);
    }
    rows::upsert::<product::ActiveModel>(tx, products).await?;
    store::set_categories(tx, store, &ids, places).await?;
    store::delete_variants_of(tx, store, &replaced).await?;
    Ok(rows::upsert::<variant::ActiveModel>(tx, variants).await?)
}

/// Keeps checked variants of products that exist, each id once; the products' others stay.
pub async fn keep_variants(
    tx: &Transaction,
    store: StoreId,
    currency: Currency,
    items: Vec<(i64, Variant)>,
) -> Result<(), Problem> {
    let rows = items.into_iter().map(|(product, item)| item.into_row(store, product, currency));
    let rows: Vec<variant::Model> = rows.collect::<Result<_, Problem>>()?;
    Ok(rows::upsert::<variant::ActiveModel>(tx, rows).await?)
}

/// Those of these products that exist.
pub async fn products_among(
    db: &impl Connection,
    store: StoreId,
    ids: impl IntoIterator<Item = i64>,
) -> Result<HashSet<i64>, Problem> {
    let rows = rows::by_ids::<product::Entity>(db, store, ids).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

fn check_products(items: &[Product], currency: Currency) -> Result<(), Problem> {
    let mut errors = Errors::default();
    check_bulk(items, |item| item.id, &mut errors);
    let mut variant_ids = HashSet::new();
    for (index, item) in items.iter().enumerate() {
        let at = format!("/items/{index}");
        item.check(&at, currency, &mut errors);
        for (position, variant) in item.variants.iter().flatten().enumerate() {
            let at = format!("{at}/variants/{position}");
            variant.check(&at, currency, &mut errors);
            if !variant_ids.insert(variant.id) {
                let message = format!("`{}` stands in the list twice; send each id once", variant.id);
                errors.report(format!("{at}/id"), "duplicate", message);
            }
        }
    }
    errors.finish()
}

//! What the catalog can do: take the storefront's objects, show them, and give facts and names about them.

mod facts;
mod many;
mod names;
mod offers;
mod shelf;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use engine::money::{Currency, Minor};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::rest::{Brand, Category, Product, Variant};
use super::store::{self, brand, category, product, product_category, variant};
use crate::activity::{self, Author, Change, Kind};
use crate::platform::db::{Connection, Db, rows};
use crate::platform::http::{Errors, List, Page, Problem, check_bulk};
use crate::platform::ids::StoreId;

pub use facts::{Facts, facts};
pub use many::{brands_by_ids, categories_by_ids, products_by_ids, variants_by_ids};
pub use names::{Asked, StoreNames, names_asked};
pub use offers::offers;
pub use shelf::{Goods, StoreShelf, shelf_of};

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
    let rows: Vec<category::Model> = items.into_iter().map(|item| item.into_row(store)).collect();
    db.write(move |tx| {
        Box::pin(async move {
            rows::upsert::<category::ActiveModel>(tx, rows).await?;
            activity::record(tx, &author, Change::upserted(Kind::Category, &ids)).await
        })
    })
    .await?;
    Ok(count)
}

/// Adds or replaces brands; returns how many.
pub async fn upsert_brands(db: &Db, author: &Author, items: Vec<Brand>) -> Result<usize, Problem> {
    let (store, author) = (author.store, author.clone());
    let mut errors = Errors::default();
    check_bulk(&items, |item| item.id, &mut errors);
    for (index, item) in items.iter().enumerate() {
        errors.text(format_args!("/items/{index}/name"), &item.name);
    }
    errors.finish()?;
    let count = items.len();
    let ids: Vec<i64> = items.iter().map(|item| item.id).collect();
    let rows: Vec<brand::Model> = items.into_iter().map(|item| item.into_row(store)).collect();
    db.write(move |tx| {
        Box::pin(async move {
            rows::upsert::<brand::ActiveModel>(tx, rows).await?;
            activity::record(tx, &author, Change::upserted(Kind::Brand, &ids)).await
        })
    })
    .await?;
    Ok(count)
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
    let mut products = Vec::with_capacity(count);
    let mut replaced = Vec::new();
    let mut variants = Vec::new();
    let mut places = Vec::new();
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
        products.push(item.into_row(store, author.now, currency)?);
    }
    db.write(move |tx| {
        Box::pin(async move {
            rows::upsert::<product::ActiveModel>(tx, products).await?;
            store::set_categories(tx, store, &ids, places).await?;
            store::delete_variants_of(tx, store, &replaced).await?;
            rows::upsert::<variant::ActiveModel>(tx, variants).await?;
            activity::record(tx, &author, Change::upserted(Kind::Product, &ids)).await
        })
    })
    .await?;
    Ok(count)
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

/// A page of the categories.
pub async fn categories(db: &Db, store: StoreId, page: &Page<i64>) -> Result<List<Category>, Problem> {
    let rows = rows::page::<category::Entity>(db.read(), store, page.after, page.fetch()).await?;
    Ok(page.list(rows, |row| row.id, Category::from))
}

/// One category.
pub async fn category(db: &Db, store: StoreId, id: i64) -> Result<Category, Problem> {
    let row = rows::by_id::<category::Entity>(db.read(), store, id).await?;
    row.map(Category::from).ok_or_else(|| Problem::not_found("category", id))
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

/// Checks that an optional price can be read in `currency`.
pub(super) fn check_price(at: &str, price: Option<&str>, currency: Currency, errors: &mut Errors) {
    if let Some(Err(error)) = price.map(|text| Minor::parse(text, currency)) {
        errors.report(at, "out_of_range", format!("{error}; prices are in {currency}, the store's currency"));
    }
}

/// A checked price as it is stored: with exactly the decimals of the currency.
pub(super) fn stored_price(price: Option<&str>, currency: Currency) -> Option<String> {
    let amount = Minor::parse(price?, currency).ok()?;
    Some(amount.to_decimal(currency))
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

//! What the catalog knows about the products of a cart, in one query for each kind of row.

use std::collections::HashMap;

use engine::money::Currency;

use super::{Prices, Texts, from_json};
use crate::catalog::store::{self, product, variant};
use crate::evaluation::rest::{Catalog, Known};
use crate::platform::db::{Connection, rows};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// What the catalog knows about some products and variants.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    products: HashMap<u64, ProductFacts>,
    variants: HashMap<u64, VariantFacts>,
}

#[derive(Clone, Debug)]
struct ProductFacts {
    price: Option<String>,
    list_price: Option<String>,
    cost: Option<String>,
    floor_price: Option<String>,
    brand: Option<u64>,
    seller: Option<u64>,
    categories: Vec<u64>,
    options: Texts,
    custom_fields: Texts,
    is_gift_card: bool,
}

#[derive(Clone, Debug)]
struct VariantFacts {
    product: u64,
    price: Option<String>,
    list_price: Option<String>,
    options: Texts,
}

impl Catalog for Facts {
    /// A variant of another product is not believed; one without a price or options of its own has the product's.
    fn known(&self, product_id: u64, variant_id: Option<u64>) -> Known<'_> {
        let Some(product) = self.products.get(&product_id) else { return Known::default() };
        let variant =
            variant_id.and_then(|id| self.variants.get(&id)).filter(|own| own.product == product_id);
        let price = variant.and_then(|own| own.price.as_deref()).or(product.price.as_deref());
        let list_price = variant.and_then(|own| own.list_price.as_deref()).or(product.list_price.as_deref());
        let options = variant.map(|own| &own.options).filter(|own| !own.is_empty());
        Known {
            price,
            list_price,
            cost: product.cost.as_deref(),
            floor_price: product.floor_price.as_deref(),
            brand_id: product.brand,
            seller_id: product.seller,
            category_ids: &product.categories,
            options: Some(options.unwrap_or(&product.options)),
            custom_fields: Some(&product.custom_fields),
            gift_card: product.is_gift_card,
        }
    }
}

/// What the catalog knows about these products and variants; of those that it does not have, nothing. Prices are in
/// the store's own currency, or in `other`; costs and floors are told only in the store's own.
pub async fn facts(
    db: &impl Connection,
    store: StoreId,
    products: Vec<u64>,
    variants: Vec<Option<u64>>,
    other: Option<Currency>,
) -> Result<Facts, Problem> {
    let mut facts = Facts::default();
    if products.is_empty() {
        return Ok(facts);
    }
    // What does not fit is no id of anything.
    let products = products.into_iter().filter_map(|id| i64::try_from(id).ok());
    let variants = variants.into_iter().flatten().filter_map(|id| i64::try_from(id).ok());
    let products = rows::by_ids::<product::Entity>(db, store, products).await?;
    if products.is_empty() {
        // A storefront that syncs no catalog pays for one look-up only.
        return Ok(facts);
    }
    let variants = rows::by_ids::<variant::Entity>(db, store, variants).await?;
    for row in products {
        facts.products.insert(row.id.unsigned_abs(), product_facts(row, other)?);
    }
    for row in variants {
        facts.variants.insert(row.id.unsigned_abs(), variant_facts(row, other)?);
    }
    add_ancestors(db, store, &mut facts).await?;
    Ok(facts)
}

/// A product in "Winter boots" is in "Boots" too.
async fn add_ancestors(db: &impl Connection, store: StoreId, facts: &mut Facts) -> Result<(), Problem> {
    let own = facts.products.values().flat_map(|product| &product.categories);
    let mut own: Vec<i64> = own.filter_map(|id| i64::try_from(*id).ok()).collect();
    own.sort_unstable();
    own.dedup();
    let mut ancestors: HashMap<u64, Vec<u64>> = HashMap::new();
    for found in store::ancestries(db, store, &own).await? {
        let (category, ancestor) = (found.category_id.unsigned_abs(), found.ancestor_id.unsigned_abs());
        ancestors.entry(category).or_default().push(ancestor);
    }
    if ancestors.is_empty() {
        return Ok(());
    }
    for product in facts.products.values_mut() {
        let found: Vec<u64> =
            product.categories.iter().filter_map(|id| ancestors.get(id)).flatten().copied().collect();
        product.categories.extend(found);
        product.categories.sort_unstable();
        product.categories.dedup();
    }
    Ok(())
}

fn product_facts(row: product::Model, other: Option<Currency>) -> Result<ProductFacts, Problem> {
    let own = |amount: Option<String>| amount.filter(|_| other.is_none());
    Ok(ProductFacts {
        price: price_in(other, row.price, &row.prices)?,
        list_price: price_in(other, row.list_price, &row.list_prices)?,
        cost: own(row.cost),
        floor_price: own(row.floor_price),
        brand: row.brand_id.map(i64::unsigned_abs),
        seller: row.seller_id.map(i64::unsigned_abs),
        categories: from_json(&row.category_ids)?,
        options: from_json(&row.options)?,
        custom_fields: from_json(&row.custom_fields)?,
        is_gift_card: row.gift_card,
    })
}

fn variant_facts(row: variant::Model, other: Option<Currency>) -> Result<VariantFacts, Problem> {
    Ok(VariantFacts {
        product: row.product_id.unsigned_abs(),
        price: price_in(other, row.price, &row.prices)?,
        list_price: price_in(other, row.list_price, &row.list_prices)?,
        options: from_json(&row.options)?,
    })
}

/// The price in the store's own currency, or the one of `prices` in another.
fn price_in(other: Option<Currency>, own: Option<String>, prices: &str) -> Result<Option<String>, Problem> {
    let Some(other) = other else { return Ok(own) };
    Ok(from_json::<Prices>(prices)?.remove(other.code()))
}

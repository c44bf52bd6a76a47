//! Goods that nudges may offer: the cheapest of what promotions name.

use std::collections::BTreeSet;

use engine::money::Currency;
use engine::promotion::Named;

use super::facts::{Facts, facts};
use crate::catalog::store::{self, variant};
use crate::platform::db::{Connection, rows};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// How many products of one category, brand or seller are offered: the cheapest.
const EACH_MAX: u64 = 3;

/// How many variants of one product are offered.
const VARIANTS_MAX: usize = 5;

/// The goods that could be offered of what is named, as products with variants, and what the catalog knows of them.
///
/// A product that is sold in variants is offered as the first few of them; of categories (with those below them) and
/// brands the products are offered that cost least in the store's own currency. Prices are in that, or in `other`.
pub async fn offers(
    db: &impl Connection,
    store: StoreId,
    named: &BTreeSet<(Named, u64)>,
    other: Option<Currency>,
) -> Result<(Vec<(u64, Option<u64>)>, Facts), Problem> {
    let ids = |wanted: Named| -> Vec<i64> {
        let ids = named.iter().filter(|(named, _)| *named == wanted);
        ids.filter_map(|(_, id)| i64::try_from(*id).ok()).collect()
    };
    let mut products: BTreeSet<i64> = ids(Named::Product).into_iter().collect();
    for category in ids(Named::Category) {
        products.extend(store::cheapest_of_category(db, store, category, EACH_MAX).await?);
    }
    for brand in ids(Named::Brand) {
        products.extend(store::cheapest_of_brand(db, store, brand, EACH_MAX).await?);
    }
    let asked = rows::by_ids::<variant::Entity>(db, store, ids(Named::Variant)).await?;
    let mut goods: BTreeSet<(u64, Option<u64>)> =
        asked.iter().map(|row| (row.product_id.unsigned_abs(), Some(row.id.unsigned_abs()))).collect();
    let products: Vec<i64> = products.into_iter().collect();
    let variants = store::variants_of(db, store, &products).await?;
    for product in products {
        let own = variants.iter().filter(|row| row.product_id == product).take(VARIANTS_MAX);
        let mut own = own.map(|row| Some(row.id.unsigned_abs())).peekable();
        let is_single = own.peek().is_none();
        let forms = own.chain(is_single.then_some(None));
        goods.extend(forms.map(|variant| (product.unsigned_abs(), variant)));
    }
    let goods: Vec<(u64, Option<u64>)> = goods.into_iter().collect();
    let (products, variants) = goods.iter().copied().unzip();
    let facts = facts(db, store, products, variants, other).await?;
    Ok((goods, facts))
}

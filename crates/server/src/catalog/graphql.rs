//! The catalog in the graph.

use super::service;
use crate::access::Permission;
use crate::app::AppState;
use crate::graphql::{Loading, Node, Part, as_told, list, query};
use crate::platform::ids::StoreId;

/// What the catalog adds to the graph.
pub(crate) fn part() -> Part {
    let node = |kind, load| Node { kind, permission: Permission::ManageProducts, load };
    Part {
        operations: vec![
            query("product", "getProduct"),
            list("products", "listProducts", "Product"),
            query("category", "getCategory"),
            list("categories", "listCategories", "Category"),
            query("brand", "getBrand"),
            list("brands", "listBrands", "Brand"),
        ],
        nodes: vec![
            node("Product", products),
            node("Variant", variants),
            node("Category", categories),
            node("Brand", brands),
        ],
        ..Part::default()
    }
}

fn products<'a>(app: &'a AppState, store: StoreId, ids: &'a [i64]) -> Loading<'a> {
    Box::pin(async move { as_told(service::products_by_ids(app.db.read(), store, ids).await?) })
}

fn variants<'a>(app: &'a AppState, store: StoreId, ids: &'a [i64]) -> Loading<'a> {
    Box::pin(async move { as_told(service::variants_by_ids(app.db.read(), store, ids).await?) })
}

fn categories<'a>(app: &'a AppState, store: StoreId, ids: &'a [i64]) -> Loading<'a> {
    Box::pin(async move { as_told(service::categories_by_ids(app.db.read(), store, ids).await?) })
}

fn brands<'a>(app: &'a AppState, store: StoreId, ids: &'a [i64]) -> Loading<'a> {
    Box::pin(async move { as_told(service::brands_by_ids(app.db.read(), store, ids).await?) })
}

//! The catalog in the graph.

use async_graphql::dynamic::{Field, FieldFuture, Object, TypeRef};
use async_graphql::{Context, Value};
use serde_json::Value as Json;

use super::service;
use crate::access::Permission;
use crate::app::AppState;
use crate::graphql::{Loading, Node, Part, as_told, json_field, list, many, query};
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
        // Clients of marketplaces know products as adverts with descriptions, and categories by the way to them.
        replaced: vec![("Product", "description"), ("Category", "display_name")],
        extended: vec![("Product", product), ("Category", category)],
        ..Part::default()
    }
}

fn product(product: Object) -> Object {
    let description = json_field("description", TypeRef::named(TypeRef::STRING), |product| {
        Some(Value::from(product.get("name")?.as_str()?))
    });
    product.field(
        description.description("What it is, in words: its name, of which the catalog has no longer form."),
    )
}

fn category(category: Object) -> Object {
    let name = Field::new("displayName", TypeRef::named(TypeRef::STRING), |context| {
        FieldFuture::new(async move {
            let category: &Json = context.parent_value.try_downcast_ref()?;
            Ok(Some(Value::from(display_name(context.ctx, category).await?)))
        })
    });
    category
        .field(name.description("Its name after those of the categories that contain it: `Shoes > Boots`."))
}

/// The names on the way to a category; those of a list are loaded together, level by level.
async fn display_name(context: &Context<'_>, category: &Json) -> async_graphql::Result<String> {
    const TIERS_MAX: usize = 10;
    let name = |category: &Json| category.get("name").and_then(Json::as_str).unwrap_or_default().to_owned();
    let mut names = vec![name(category)];
    let mut next = category.get("parent_id").and_then(Json::as_i64);
    while let Some(parent) = next.filter(|_| names.len() < TIERS_MAX) {
        let Some(parent) = many(context, "Category", vec![parent]).await?.pop() else { break };
        names.push(name(&parent));
        next = parent.get("parent_id").and_then(Json::as_i64);
    }
    names.reverse();
    Ok(names.join(" > "))
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

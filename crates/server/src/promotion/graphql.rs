//! Promotions in the graph.

mod marketplace;
mod offer;

use async_graphql::Value;
use async_graphql::dynamic::{Object, TypeRef};
use serde_json::Value as Json;

use super::rest;
use crate::access::Permission;
use crate::app::AppState;
use crate::graphql::{Loading, Node, Part, global, json_field, list, mutation, query};
use crate::platform::ids::StoreId;

/// What the server sets itself, and a definition does not have.
const SET_BY_SERVER: [&str; 9] = [
    "id",
    "summary",
    "state",
    "current_uses",
    "created_from",
    "revision",
    "created_at",
    "updated_at",
    "warnings",
];

/// What promotions add to the graph.
pub(crate) fn part() -> Part {
    Part {
        operations: vec![
            query("promotion", "getPromotion"),
            list("promotions", "listPromotions", "Promotion").words(&["status"]),
            query("promotionLint", "lintPromotion"),
            mutation("promotionCreate", "createPromotion"),
            mutation("promotionUpdate", "changePromotion"),
            mutation("promotionActivate", "activatePromotion"),
            mutation("promotionPause", "pausePromotion"),
            mutation("promotionArchive", "archivePromotion"),
            mutation("promotionDuplicate", "duplicatePromotion"),
            query("promotionCounts", "countPromotions"),
        ],
        nodes: vec![Node { kind: "Promotion", permission: Permission::ManagePromotions, load }],
        replaced: vec![("Promotion", "status"), ("Promotion", "state")],
        extended: vec![("Promotion", extend), ("Promotion", marketplace::extend)],
        objects: vec![seller()],
        whole: vec!["Brand", "Category", "Product", "Variant"],
        ..Part::default()
    }
}

fn load<'a>(app: &'a AppState, store: StoreId, ids: &'a [i64]) -> Loading<'a> {
    Box::pin(rest::documents(app, store, ids))
}

/// A seller: only its number is known here.
fn seller() -> Object {
    let text = |name: &'static str, tell: fn(&Json) -> Option<Value>, description: &str| {
        json_field(name, TypeRef::named(TypeRef::STRING), tell).description(description)
    };
    let id = json_field("id", TypeRef::named_nn(TypeRef::ID), |seller| {
        Some(Value::from(global("Seller", seller.get("id")?.as_i64()?)))
    });
    Object::new("Seller")
        .description("Who sells, in a marketplace.")
        .field(id.description("Its id."))
        .field(text(
            "businessName",
            |seller| Some(Value::from(seller.get("business_name")?.as_str()?)),
            "The name of the business; null as long as the store has not told of it.",
        ))
        .field(text(
            "emailAddress",
            |seller| Some(Value::from(seller.get("email")?.as_str()?)),
            "The e-mail address; null as long as the store has not told of it.",
        ))
}

fn extend(promotion: Object) -> Object {
    let status = json_field("status", TypeRef::named_nn(TypeRef::STRING), |promotion| {
        Some(Value::from(promotion.get("state")?.as_str()?))
    });
    let definition = json_field("definition", TypeRef::named_nn("JSON"), |promotion| {
        let mut document = promotion.as_object()?.clone();
        document.retain(|name, _| !SET_BY_SERVER.contains(&name.as_str()));
        Value::from_json(Json::Object(document)).ok()
    });
    promotion
        .field(status.description(
            "Where it stands now, dates considered: `draft`, `scheduled`, `active`, `paused`, `expired` or `archived`.",
        ))
        .field(definition.description(
            "The whole document, in the language of promotions: what `promotionCreate` and `promotionUpdate` take.",
        ))
}

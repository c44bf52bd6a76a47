//! Things that have a name in the whole graph, and that are loaded for all who ask together.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::dynamic::{
    Field, FieldFuture, FieldValue, InputValue, Interface, InterfaceField, TypeRef,
};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::asked::Loaders;
use super::id;
use super::problem::failed;
use crate::access::{Caller, Permission};
use crate::app::AppState;
use crate::platform::http::{Code, Problem};
use crate::platform::ids::StoreId;

/// The interface of things with a name in the whole graph.
pub(super) const NODE: &str = "Node";

/// Types of which only the number is known, as long as no feature loads them.
pub(super) const BARE: [&str; 1] = ["Seller"];

/// Things that are loaded: as REST tells each of them, with its `id`.
pub(crate) type Loading<'a> = Pin<Box<dyn Future<Output = Result<Vec<Json>, Problem>> + Send + 'a>>;

/// A type of which each object has a name in the whole graph.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    /// The type.
    pub(crate) kind: &'static str,
    /// What one must be allowed to see any.
    pub(crate) permission: Permission,
    /// Loads those of these ids that there are, in no order.
    pub(crate) load: for<'a> fn(&'a AppState, StoreId, &'a [i64]) -> Loading<'a>,
}

/// All of them.
#[derive(Clone, Debug)]
pub(crate) struct Nodes(pub(super) Arc<[Node]>);

/// One thing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeKey {
    kind: &'static str,
    id: i64,
}

impl fmt::Debug for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Node").field(&self.kind).field(&self.permission).finish()
    }
}

impl Nodes {
    pub(super) fn find(&self, kind: &str) -> Option<&Node> {
        self.0.iter().find(|node| node.kind == kind)
    }
}

impl Loader<NodeKey> for Loaders {
    type Value = Arc<Json>;
    type Error = Arc<Problem>;

    async fn load(&self, keys: &[NodeKey]) -> Result<HashMap<NodeKey, Arc<Json>>, Arc<Problem>> {
        let mut found = HashMap::new();
        for node in self.nodes.0.iter() {
            let mine = keys.iter().filter(|key| key.kind == node.kind);
            let ids: Vec<i64> = mine.map(|key| key.id).collect();
            if ids.is_empty() {
                continue;
            }
            let loaded = (node.load)(&self.app, self.caller.store_id, &ids).await.map_err(Arc::new)?;
            found.extend(loaded.into_iter().filter_map(|object| {
                let id = object.get("id")?.as_i64()?;
                Some((NodeKey { kind: node.kind, id }, Arc::new(object)))
            }));
        }
        Ok(found)
    }
}

/// Whether somebody may see things of a kind.
///
/// Errors: forbidden, with what is missing.
pub(super) fn check(caller: &Caller, kind: &str, permission: Permission) -> Result<(), Problem> {
    if caller.may(permission) && caller.seller.is_none() {
        return Ok(());
    }
    let detail = format!("a {kind} is seen only with the permission `{permission}` for the whole store");
    Err(Problem::new(Code::Forbidden, detail))
}

/// The thing of this type and number, if there is one.
pub(super) async fn load<'a>(
    context: &async_graphql::Context<'a>,
    kind: &str,
    id: i64,
) -> async_graphql::Result<Option<Json>> {
    let loaders = Loaders::of(context)?;
    let Some(node) = loaders.loader().nodes.find(kind) else {
        return Ok(BARE.contains(&kind).then(|| json!({ "id": id })));
    };
    check(&loaders.loader().caller, kind, node.permission).map_err(|problem| failed(&problem))?;
    let found = loaders.load_one(NodeKey { kind: node.kind, id }).await;
    let found = found.map_err(|problem| failed(&problem))?;
    Ok(found.map(Arc::unwrap_or_clone))
}

/// The interface.
pub(super) fn interface() -> Interface {
    let id = InterfaceField::new("id", TypeRef::named_nn(TypeRef::ID));
    Interface::new(NODE)
        .description("A thing that has a name in the whole graph.")
        .field(id.description("Its name: the base64 of its type and number, such as `Promotion-62`."))
}

/// `node(id)`: the thing of a name.
pub(super) fn field() -> Field {
    let field = Field::new("node", TypeRef::named(NODE), |context| {
        FieldFuture::new(async move {
            let given = context.args.try_get("id")?;
            let parsed = given.string().ok().and_then(id::parse);
            let Some((kind, id)) = parsed.filter(|(kind, _)| !BARE.contains(&kind.as_str())) else {
                return Ok(None);
            };
            let found = load(context.ctx, &kind, id).await?;
            Ok(found.map(|object| FieldValue::owned_any(object).with_type(kind)))
        })
    });
    field
        .description("The thing of a global id, whatever its type; null when this store has none.")
        .argument(InputValue::new("id", TypeRef::named_nn(TypeRef::ID)).description("Its global id."))
}

/// A field that leads from an object to the thing whose number it holds.
pub(super) fn link(name: String, wire: String, kind: String, description: String) -> Field {
    Field::new(name, TypeRef::named(kind.clone()), move |context| {
        let (wire, kind) = (wire.clone(), kind.clone());
        FieldFuture::new(async move {
            let object: &Json = context.parent_value.try_downcast_ref()?;
            let Some(id) = object.get(&wire).and_then(Json::as_i64) else { return Ok(None) };
            Ok(load(context.ctx, &kind, id).await?.map(FieldValue::owned_any))
        })
    })
    .description(description)
}

/// The same for several.
pub(super) fn links(name: String, wire: String, kind: String, description: String) -> Field {
    Field::new(name, TypeRef::named_nn_list(kind.clone()), move |context| {
        let (wire, kind) = (wire.clone(), kind.clone());
        FieldFuture::new(async move {
            let object: &Json = context.parent_value.try_downcast_ref()?;
            let ids =
                object.get(&wire).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_i64);
            Ok(Some(FieldValue::list(
                many(context.ctx, &kind, ids.collect()).await?.into_iter().map(FieldValue::owned_any),
            )))
        })
    })
    .description(description)
}

/// Things as REST tells them.
///
/// Errors: one cannot be told as JSON, which is a bug.
pub(crate) fn as_told<T: Serialize>(things: Vec<T>) -> Result<Vec<Json>, Problem> {
    things.into_iter().map(|thing| serde_json::to_value(thing).map_err(Problem::internal)).collect()
}

/// The things of this type and these numbers that there are, in this order.
pub(crate) async fn many<'a>(
    context: &async_graphql::Context<'a>,
    kind: &str,
    ids: Vec<i64>,
) -> async_graphql::Result<Vec<Json>> {
    let loaders = Loaders::of(context)?;
    let Some(node) = loaders.loader().nodes.find(kind) else { return Ok(Vec::new()) };
    check(&loaders.loader().caller, kind, node.permission).map_err(|problem| failed(&problem))?;
    let key = |id: &i64| NodeKey { kind: node.kind, id: *id };
    let mut found = loaders.load_many(ids.iter().map(key)).await.map_err(|problem| failed(&problem))?;
    Ok(ids.iter().filter_map(|id| found.remove(&key(id))).map(Arc::unwrap_or_clone).collect())
}

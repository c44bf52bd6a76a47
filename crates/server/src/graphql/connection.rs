//! Lists in pages, as Relay knows them: edges with cursors, nodes, and what is before and after.

use async_graphql::Value;
use async_graphql::dynamic::{Field, FieldFuture, FieldValue, InputValue, Object, ResolverContext, TypeRef};
use serde_json::Value as Json;

use crate::platform::http::List;

/// The type of what is told of a page.
pub(super) const PAGE_INFO: &str = "PageInfo";

/// A page of a list.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    edges: Vec<Edge>,
    has_previous: bool,
    has_next: bool,
}

#[derive(Debug)]
struct Edge {
    cursor: String,
    node: Json,
}

impl Connection {
    /// Of these objects and the cursor of each; `has_next` when more follow.
    pub(crate) fn new(nodes: Vec<Json>, cursors: Vec<String>, has_previous: bool, has_next: bool) -> Self {
        let edges = nodes.into_iter().zip(cursors).map(|(node, cursor)| Edge { cursor, node }).collect();
        Self { edges, has_previous, has_next }
    }

    /// Of all objects that there are, which is no page of more: cursors are their places.
    pub(crate) fn whole(nodes: Vec<Json>) -> Self {
        let cursors = (1..=nodes.len()).map(|place| place.to_string()).collect();
        Self::new(nodes, cursors, false, false)
    }
}

/// The arguments of a list: `first` and `after`.
pub(crate) fn page_arguments() -> [InputValue; 2] {
    [
        InputValue::new("first", TypeRef::named(TypeRef::INT))
            .description("How many to return, 1 to 250; 50 unless told."),
        InputValue::new("after", TypeRef::named(TypeRef::STRING))
            .description("The `endCursor` of the page before, or the `cursor` of any edge."),
    ]
}

/// The arguments `first` and `after` of a field.
pub(crate) fn page_of(context: &ResolverContext<'_>) -> (Option<u32>, Option<String>) {
    let first = context.args.get("first").and_then(|first| first.u64().ok());
    let after = context.args.get("after").and_then(|after| after.string().ok().map(str::to_owned));
    // What is no number of objects is refused as too many, before anything is asked.
    (first.map(|first| u32::try_from(first).unwrap_or(u32::MAX)), after)
}

/// The name of the type of pages of these.
pub(super) fn type_name(node: &str) -> String {
    format!("{node}Connection")
}

/// The types of pages of objects of a type.
pub(super) fn objects(node: &str) -> [Object; 2] {
    let (connection, edge) = (type_name(node), format!("{node}Edge"));
    let edges = Field::new("edges", TypeRef::named_nn_list_nn(&edge), |context| {
        of(context, |page: &Connection| {
            Some(FieldValue::list(page.edges.iter().map(|edge| FieldValue::borrowed_any(edge))))
        })
    });
    let nodes = Field::new("nodes", TypeRef::named_nn_list_nn(node), |context| {
        of(context, |page: &Connection| {
            Some(FieldValue::list(page.edges.iter().map(|edge| FieldValue::borrowed_any(&edge.node))))
        })
    });
    let info = Field::new("pageInfo", TypeRef::named_nn(PAGE_INFO), |context| {
        of(context, |page: &Connection| Some(FieldValue::borrowed_any(page)))
    });
    let cursor = Field::new("cursor", TypeRef::named_nn(TypeRef::STRING), |context| {
        of(context, |edge: &Edge| Some(FieldValue::value(edge.cursor.clone())))
    });
    let object = Field::new("node", TypeRef::named_nn(node), |context| {
        of(context, |edge: &Edge| Some(FieldValue::borrowed_any(&edge.node)))
    });
    [
        Object::new(connection)
            .description(format!("A page of a list of objects of the type {node}."))
            .field(edges.description("The objects of this page in order, each with its cursor."))
            .field(nodes.description("The objects of this page in order."))
            .field(info.description("What is before and after this page.")),
        Object::new(edge)
            .description(format!("An object of the type {node} and its place in a list."))
            .field(cursor.description("Send it as `after` to get what follows this object."))
            .field(object.description("The object.")),
    ]
}

/// The type of what is told of a page.
pub(super) fn page_info() -> Object {
    let truth = |name: &str, tell: fn(&Connection) -> bool| {
        Field::new(name, TypeRef::named_nn(TypeRef::BOOLEAN), move |context| {
            of(context, move |page: &Connection| Some(FieldValue::value(tell(page))))
        })
    };
    let cursor = |name: &str, tell: fn(&Connection) -> Option<&Edge>| {
        Field::new(name, TypeRef::named(TypeRef::STRING), move |context| {
            of(context, move |page: &Connection| {
                tell(page).map(|edge| FieldValue::value(Value::from(edge.cursor.as_str())))
            })
        })
    };
    Object::new(PAGE_INFO)
        .description("What is before and after a page of a list.")
        .field(truth("hasNextPage", |page| page.has_next).description("Whether more follow."))
        .field(truth("hasPreviousPage", |page| page.has_previous).description("Whether some were before."))
        .field(
            cursor("startCursor", |page| page.edges.first()).description("The cursor of the first object."),
        )
        .field(
            cursor("endCursor", |page| page.edges.last())
                .description("The cursor of the last object: send it as `after` to get the next page."),
        )
}

/// Tells a field of an object that is a `T`.
fn of<'a, T: 'static>(
    context: ResolverContext<'a>,
    tell: impl FnOnce(&'a T) -> Option<FieldValue<'a>> + Send + 'a,
) -> FieldFuture<'a> {
    FieldFuture::new(async move { Ok(tell(context.parent_value.try_downcast_ref()?)) })
}

impl From<(List<Json>, Vec<String>, bool)> for Connection {
    fn from((list, cursors, has_previous): (List<Json>, Vec<String>, bool)) -> Self {
        Self::new(list.data, cursors, has_previous, list.next_cursor.is_some())
    }
}

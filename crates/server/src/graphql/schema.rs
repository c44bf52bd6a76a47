//! The schema: what all features add, and what is made of the REST API's types.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use async_graphql::dynamic::{
    Enum, EnumItem, Field, FieldFuture, InputObject, InputValue, Object, Scalar, Schema, SchemaError, TypeRef,
};
use serde_json::Value as Json;

use super::contract::{Contract, Described, Property};
use super::failures::Collecting;
use super::node::{self, BARE, NODE, Nodes};
use super::operation::{Bound, USER_ERROR};
use super::shape::{JSON, Shape};
use super::{Part, connection};
use crate::app;

/// The graph, made once for the process.
static GRAPH: LazyLock<Result<Graph, String>> =
    LazyLock::new(|| build(app::graph()).map_err(|error| error.to_string()));

/// The schema, and what else must be known to answer by it.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    pub(super) schema: Schema,
    /// What can be loaded.
    pub(super) nodes: Nodes,
    /// The names of the fields that give pages.
    pub(super) paged: BTreeSet<&'static str>,
}

/// The graph.
///
/// Errors: what features add does not fit together, which a test notices.
pub(super) fn graph() -> Result<Graph, String> {
    GRAPH.clone()
}

/// The schema in its own language, with every type and field described.
///
/// Errors: what features add does not fit together.
pub fn sdl() -> Result<String, String> {
    let text = graph()?.schema.sdl();
    // What is never written twice needs no blank lines at its end.
    Ok(text.trim_end().to_owned() + "\n")
}

fn build(parts: Vec<Part>) -> Result<Graph, SchemaError> {
    let document = serde_json::to_value(app::documentation()).unwrap_or_default();
    let mut contract = Contract::new(document);
    let (mut operations, mut nodes, mut extended, mut whole) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut objects, mut inputs, mut pages, mut replaced) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for part in parts {
        operations.extend(part.operations);
        nodes.extend(part.nodes);
        replaced.extend(part.replaced);
        extended.extend(part.extended);
        objects.extend(part.objects);
        inputs.extend(part.inputs);
        pages.extend(part.pages);
        whole.extend(part.whole);
    }
    let mut bound = Vec::new();
    for operation in operations {
        pages.extend(operation.paged());
        let name = operation.field_name();
        let known = Bound::new(operation, &mut contract);
        bound.push(Arc::new(known.ok_or_else(|| SchemaError(format!("`{name}` is no operation")))?));
    }
    contract.outputs.extend(bound.iter().filter_map(|bound| bound.payload()));
    contract.outputs.insert(USER_ERROR.to_owned(), user_error());
    for (name, wire) in replaced {
        if let Some(described) = contract.outputs.get_mut(name) {
            described.properties.retain(|property| property.wire != wire);
        }
    }
    contract.forget_document();
    let (contract, nodes) = (Arc::new(contract), Nodes(nodes.into()));
    let mut builder = Schema::build("Query", Some("Mutation"), None)
        .disable_suggestions()
        .extension(Collecting)
        .register(json())
        .register(node::interface())
        .register(connection::page_info());
    let (queries, mutations): (Vec<_>, Vec<_>) = bound.into_iter().partition(|bound| bound.is_query());
    let with = |root: Object, fields: Vec<Arc<Bound>>| {
        fields.into_iter().map(|bound| bound.field(Arc::clone(&contract))).fold(root, Object::field)
    };
    objects.push(with(root("Query").field(node::field()), queries));
    objects.push(with(root("Mutation"), mutations));
    objects.extend(contract.outputs.iter().map(|(name, described)| object(name, described, &nodes)));
    let types: BTreeSet<&str> = pages.iter().map(|(_, of)| *of).chain(whole).collect();
    objects.extend(types.into_iter().flat_map(connection::objects));
    for mut object in objects {
        for (name, extend) in &extended {
            if *name == object.type_name() {
                object = extend(object);
            }
        }
        builder = builder.register(object);
    }
    for (name, described) in &contract.inputs {
        builder = builder.register(input(name, described));
    }
    builder = inputs.into_iter().fold(builder, |builder, input| builder.register(input));
    for (name, enumerated) in &contract.enums {
        let items = enumerated
            .words
            .iter()
            .map(|(constant, word)| EnumItem::new(constant).description(format!("`{word}` over REST.")));
        builder = builder.register(Enum::new(name).description(&enumerated.description).items(items));
    }
    let paged = pages.into_iter().map(|(field, _)| field).collect();
    Ok(Graph { schema: builder.finish()?, nodes, paged })
}

fn root(name: &str) -> Object {
    let description = match name {
        "Query" => {
            "What can be looked at. Every field is an operation of the REST API, and needs its permission."
        }
        _ => "What can be done. At most five of these in one request; they are done one after the other.",
    };
    Object::new(name).description(description)
}

fn json() -> Scalar {
    let description =
        "Any JSON: documents that have a language of their own. Keys are those of the REST API.";
    Scalar::new(JSON).description(description)
}

/// What was wrong with what was asked for.
fn user_error() -> Described {
    let property = |name: &str, shape: Shape, is_required: bool, description: &str| Property {
        name: name.to_owned(),
        wire: name.to_owned(),
        shape,
        is_required,
        description: description.to_owned(),
    };
    let path = Shape::List(Box::new(Shape::Text));
    Described {
        description: "Something that was wrong with what was asked for; nothing was done.".to_owned(),
        properties: vec![
            property(
                "code",
                Shape::Text,
                true,
                "The code, the same as over REST; `/docs/errors/{code}` explains it.",
            ),
            property(
                "rule",
                Shape::Text,
                false,
                "Of the code `invalid`, which rule is broken, such as `required`.",
            ),
            property("message", Shape::Text, true, "What is wrong, and how to mend it."),
            property(
                "field",
                path,
                false,
                "The argument, and the way to the place in it; null for the whole.",
            ),
        ],
    }
}

fn object(name: &str, described: &Described, nodes: &Nodes) -> Object {
    let mut object = Object::new(name).description(&described.description);
    if nodes.find(name).is_some() {
        object = object.implement(NODE);
    }
    let is_linked = |kind: &str| nodes.find(kind).is_some() || BARE.contains(&kind);
    let is_taken = |name: &str| described.properties.iter().any(|property| property.name == name);
    for property in &described.properties {
        object = object.field(field(property));
        let (kind, is_list) = match &property.shape {
            Shape::Id(kind) => (kind, false),
            Shape::List(of) => match &**of {
                Shape::Id(kind) => (kind, true),
                _ => continue,
            },
            _ => continue,
        };
        let Some(link) = link_name(&property.name).filter(|link| is_linked(kind) && !is_taken(link)) else {
            continue;
        };
        let (wire, kind, description) = (property.wire.clone(), kind.clone(), property.description.clone());
        object = object.field(match is_list {
            false => node::link(link, wire, kind, description),
            true => node::links(link, wire, kind, description),
        });
    }
    object
}

/// What leads to the thing itself is called as its number, without the end.
fn link_name(name: &str) -> Option<String> {
    if let Some(one) = name.strip_suffix("Id").filter(|one| !one.is_empty()) {
        return Some(one.to_owned());
    }
    match name.strip_suffix("yIds") {
        Some(many) => Some(format!("{many}ies")),
        None => name.strip_suffix("Ids").map(|many| format!("{many}s")),
    }
}

fn field(property: &Property) -> Field {
    let (wire, shape) = (property.wire.clone(), property.shape.clone());
    let field = Field::new(&property.name, shape.type_ref(property.is_required), move |context| {
        let object = context.parent_value.try_downcast_ref::<Json>();
        let value = object.map(|object| object.get(&wire).and_then(|value| shape.tell(value)));
        FieldFuture::new(async move { value })
    });
    field.description(&property.description)
}

fn input(name: &str, described: &Described) -> InputObject {
    let value = |property: &Property| {
        InputValue::new(&property.name, property.shape.type_ref(property.is_required))
            .description(&property.description)
    };
    let object = InputObject::new(name).description(&described.description);
    described.properties.iter().map(value).fold(object, InputObject::field)
}

/// A field of an object that another feature adds, by what REST calls it.
pub(crate) fn json_field(
    name: &'static str,
    kind: TypeRef,
    tell: fn(&Json) -> Option<async_graphql::Value>,
) -> Field {
    Field::new(name, kind, move |context| {
        let object = context.parent_value.try_downcast_ref::<Json>();
        let value = object.map(&tell);
        FieldFuture::new(async move { value })
    })
}

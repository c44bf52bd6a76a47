//! What a feature adds to the graph.

use async_graphql::dynamic::{InputObject, Object};

use super::{Node, Operation};

/// The name of a type, and what is done to it.
pub(crate) type Extension = (&'static str, fn(Object) -> Object);

/// What a feature adds to the graph; `app.rs` lists all of them.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// The operations of the REST API that are fields of the roots.
    pub(crate) operations: Vec<Operation>,
    /// The types of which each object has a name in the whole graph.
    pub(crate) nodes: Vec<Node>,
    /// Properties that REST tells and the graph does not, because a field of that name tells it better: the type and the
    /// property.
    pub(crate) replaced: Vec<(&'static str, &'static str)>,
    /// What is added to types.
    pub(crate) extended: Vec<Extension>,
    /// Types that no operation of the REST API has.
    pub(crate) objects: Vec<Object>,
    /// Types of arguments that no operation of the REST API has.
    pub(crate) inputs: Vec<InputObject>,
    /// Fields of types that give pages, and of what.
    pub(crate) pages: Vec<(&'static str, &'static str)>,
    /// Types of which fields give all that there are as one page.
    pub(crate) whole: Vec<&'static str>,
}

//! GraphQL at `/graphql`: the operations of the REST API as one graph.
//!
//! Nothing is done twice. A feature's `graphql.rs` names the operations that it offers by their ids in the OpenAPI
//! document; arguments, types, descriptions and permissions come from there (`contract`), and a field that is asked for
//! is answered by the very handler that answers over REST (`operation`). What a graph has beside that, a feature adds
//! to its types itself: links from one thing to another, which are loaded for all that ask together (`node`).

mod argument;
mod asked;
mod connection;
mod contract;
mod door;
mod explorer;
mod failures;
mod id;
mod limits;
mod node;
mod operation;
mod part;
mod problem;
mod schema;
mod shape;

pub use door::{documentation, router};
pub use schema::sdl;

pub(crate) use asked::Loaders;
pub(crate) use connection::{Connection, page_arguments, page_of};
pub(crate) use id::global;
pub(crate) use node::{Loading, Node, as_told, many};
pub(crate) use operation::{Operation, list, mutation, query};
pub(crate) use part::Part;
pub(crate) use problem::failed;
pub(crate) use schema::json_field;

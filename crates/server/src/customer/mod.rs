//! Customer: a mirror of the storefront's customers, their groups and segments, so that carts can name a customer by id.

pub(crate) mod graphql;
mod rest;
pub mod service;
mod store;

pub(crate) use rest::feature;
pub use rest::{Customer, CustomerGroup, Segment};

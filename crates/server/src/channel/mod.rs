//! Channels: the storefronts of a store, and in which currencies they sell.

pub(crate) mod graphql;
pub mod rest;
pub mod service;
mod store;

pub use rest::feature;
pub use service::Channels;

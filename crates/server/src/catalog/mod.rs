//! Catalog: a mirror of the storefront's categories, brands, products and variants, kept up to date by the storefront.
//!
//! Carts may then name products without their facts, and sentences name things instead of their ids. Prices in it are
//! in the store's own currency; beside them, products and variants have prices in others.

pub(crate) mod graphql;
mod rest;
pub mod service;
mod store;

pub(crate) use rest::feature;
pub use rest::{Brand, Category, Product, ShownCategory, Variant};

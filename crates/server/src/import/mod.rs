//! Files of the storefront's objects: products, variants, categories, brands, customers, groups, segments, sellers.

pub mod jobs;
mod rest;
pub mod service;

pub use rest::feature;

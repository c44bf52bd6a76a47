//! Sellers of a marketplace: who they are, and whether the operator lets them make promotions.

mod rest;
pub mod service;
mod store;

pub use rest::{Seller, feature};

//! What is known of the goods for sale: asked by lint and witness carts, answered by whoever has a catalog.

use std::fmt::Debug;

use crate::money::Minor;

/// Knows the goods for sale.
pub trait Shelf: Debug {
    /// Whether products are known at all; when not, an unknown product is no finding.
    fn has_products(&self) -> bool;

    /// What is known of a product; `None` when it is not known.
    fn product(&self, id: u64) -> Option<ShelfProduct>;

    /// The product that a variant is of, when that is known.
    fn product_of(&self, variant: u64) -> Option<u64>;

    /// Whether no product is in a category; `None` when that is not known.
    fn category_is_empty(&self, id: u64) -> Option<bool>;
}

/// What is known of a product for sale.
#[derive(Clone, Debug, Default)]
pub struct ShelfProduct {
    /// Its variants; at most one when there is nothing to choose.
    pub variants: Vec<u64>,
    /// Whether shoppers must choose something before it can be bought.
    pub has_required_modifiers: bool,
    /// What one unit costs, in the store's own currency.
    pub price: Option<Minor>,
}

/// Knows nothing, so nothing is found out about single products.
#[derive(Clone, Copy, Debug)]
pub struct NoShelf;

impl Shelf for NoShelf {
    fn has_products(&self) -> bool {
        false
    }

    fn product(&self, _: u64) -> Option<ShelfProduct> {
        None
    }

    fn product_of(&self, _: u64) -> Option<u64> {
        None
    }

    fn category_is_empty(&self, _: u64) -> Option<bool> {
        None
    }
}

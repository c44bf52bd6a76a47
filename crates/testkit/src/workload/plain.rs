//! Promotions, products and carts in a form that any engine can be fed with: ids, cents, whole percents.
//!
//! The order of fields is part of the format: files are compared by their hash.

use serde::Serialize;

/// Something for sale.
#[derive(Clone, Debug, Serialize)]
pub struct Product {
    /// Its id, from 1.
    pub id: u32,
    /// The categories it is in.
    pub categories: Vec<u32>,
    /// Its brand.
    pub brand: u32,
    /// What one costs.
    pub price_cents: i64,
}

/// A cart.
#[derive(Clone, Debug, Serialize)]
pub struct Cart {
    /// Its id, from 1.
    pub id: u32,
    /// The code of its currency.
    pub currency: &'static str,
    /// What is bought.
    pub lines: Vec<CartLine>,
}

/// Units of one product.
#[derive(Clone, Debug, Serialize)]
pub struct CartLine {
    /// Its place in the cart, from 1.
    pub line: u32,
    /// The product.
    pub product_id: u32,
    /// The categories the product is in.
    pub categories: Vec<u32>,
    /// The product's brand.
    pub brand: u32,
    /// What one unit costs.
    pub price_cents: i64,
    /// How many units.
    pub quantity: u32,
}

/// An automatic promotion without dates or limits that goes together with all others.
#[derive(Clone, Debug, Serialize)]
pub struct Promotion {
    /// Its id, from 1.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Whether it applies by itself; always.
    pub automatic: bool,
    /// Its place in the order, lower first.
    pub priority: u32,
    /// Its rules; each that holds gives its own reward.
    pub rules: Vec<Rule>,
}

/// A condition with its reward.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Rule {
    /// With `min_quantity` units of a category, `percent` off those goods.
    BuyCategory {
        /// The category.
        category: u32,
        /// Units needed.
        min_quantity: u32,
        /// How much.
        percent: u32,
    },
    /// With `min_subtotal_cents` in the cart, `percent` off the order.
    Spend {
        /// The subtotal needed.
        min_subtotal_cents: i64,
        /// How much.
        percent: u32,
    },
    /// With one unit of a category, `cents` off each unit of it.
    TakeCents {
        /// The category.
        category: u32,
        /// How much off each unit.
        cents: i64,
    },
    /// For every `buy` units of a category, `percent` off `get` further, the cheapest first.
    BuyGet {
        /// The category.
        category: u32,
        /// Units that are paid in full.
        buy: u32,
        /// Units that are discounted.
        get: u32,
        /// How much.
        percent: u32,
    },
}

/// An automatic promotion.
pub(super) fn promotion(id: u32, rules: Vec<Rule>) -> Promotion {
    Promotion { id, name: format!("promo-{id}"), automatic: true, priority: id, rules }
}

/// Units of a product as line of a cart.
pub(super) fn line(at: usize, product: &Product, quantity: u32) -> CartLine {
    CartLine {
        line: at as u32 + 1,
        product_id: product.id,
        categories: product.categories.clone(),
        brand: product.brand,
        price_cents: product.price_cents,
        quantity,
    }
}

/// A cart in US dollars.
pub(super) fn cart(id: u32, lines: Vec<CartLine>) -> Cart {
    Cart { id, currency: "USD", lines }
}

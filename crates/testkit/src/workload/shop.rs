//! A shop's goods and the carts that shoppers fill with them.

use super::dice::Dice;
use super::plain::{Cart, Product, cart, line};

/// Each product is in so many categories.
const CATEGORIES_OF_A_PRODUCT: usize = 3;

/// How many of what a shop has.
#[derive(Clone, Copy, Debug)]
pub struct Shop {
    /// Categories, with ids from 1.
    pub categories: u32,
    /// Brands, with ids from 1.
    pub brands: u32,
    /// Products, with ids from 1.
    pub products: u32,
}

impl Shop {
    /// Its products, at 1.99 to 99.98.
    pub fn products(self) -> Vec<Product> {
        let mut dice = Dice::new(1001);
        let product = |id| {
            let mut categories = Vec::new();
            while categories.len() < CATEGORIES_OF_A_PRODUCT {
                let category = dice.up_to(self.categories);
                if !categories.contains(&category) {
                    categories.push(category);
                }
            }
            let brand = dice.up_to(self.brands);
            Product { id, categories, brand, price_cents: 199 + i64::from(dice.below(9800)) }
        };
        (1..=self.products).map(product).collect()
    }

    /// Carts of so many different products, one to three units each.
    pub fn carts(self, count: u32, lines: usize) -> Vec<Cart> {
        let products = self.products();
        let mut dice = Dice::new(2002);
        let mut fill = |id| {
            let mut filled: Vec<_> = Vec::new();
            let mut seen = Vec::new();
            while filled.len() < lines {
                let product = &products[dice.below(self.products) as usize];
                if !seen.contains(&product.id) {
                    seen.push(product.id);
                    filled.push(line(filled.len(), product, dice.up_to(3)));
                }
            }
            cart(id, filled)
        };
        (1..=count).map(&mut fill).collect()
    }
}

//! The workload with which engines are compared: automatic promotions "buy q of a category, get p % of it off".
//!
//! Every twentieth promotion is about the whole order instead, "spend x, get p % off the order". The numbers of each
//! set come from its size, so that a set is no part of a larger one and each has its 5 % exactly.

use super::Workload;
use super::dice::Dice;
use super::plain::{Promotion, Rule, promotion};
use super::shop::Shop;

/// The shop: 500 categories, so that a cart of 20 lines touches about every ninth.
pub const SHOP: Shop = Shop { categories: 500, brands: 200, products: 5000 };

/// How many carts there are.
pub const CARTS: u32 = 200;

/// How many lines a cart has.
pub const LINES: usize = 20;

/// So many promotions of so many rules, and the carts.
pub fn workload(count: u32, rules: u32) -> Workload {
    Workload { promotions: promotions(count, rules), carts: SHOP.carts(CARTS, LINES) }
}

/// So many promotions of so many rules.
pub fn promotions(count: u32, rules: u32) -> Vec<Promotion> {
    let mut dice = Dice::new(3003 + count * 31 + rules);
    let mut rule = |is_about_order: bool| {
        if is_about_order {
            let min_subtotal_cents = 50_000 + 100 * i64::from(dice.below(3000));
            Rule::Spend { min_subtotal_cents, percent: dice.up_to(10) }
        } else {
            let category = dice.up_to(SHOP.categories);
            let min_quantity = dice.up_to(3);
            Rule::BuyCategory { category, min_quantity, percent: 5 + dice.below(26) }
        }
    };
    let mut make = |id| {
        // The smallest set has one too.
        let is_about_order = id % 20 == 0 || (count < 20 && id == count);
        promotion(id, (0..rules).map(|_| rule(is_about_order)).collect())
    };
    (1..=count).map(&mut make).collect()
}

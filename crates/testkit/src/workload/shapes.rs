//! Workloads of one shape each: what grows is the one thing whose cost is asked.

use super::Workload;
use super::dice::Dice;
use super::plain::{Cart, Product, Promotion, Rule, cart, line, promotion};
use super::shop::Shop;

/// A big shop: 12,000 categories, of which a cart of 20 lines touches 60.
pub const BIG_SHOP: Shop = Shop { categories: 12_000, brands: 2000, products: 60_000 };

/// How many promotions match in [`fixed`].
pub const MATCHING: u32 = 20;

const CARTS: u32 = 100;
const LINES: u32 = 20;
const RULES: u32 = 10;

/// Promotions of ten rules for goods of a big shop: about 5 % of them are about something in a cart.
pub fn sparse(count: u32) -> Workload {
    let mut dice = Dice::new(7007 + count);
    let mut rule = || Rule::BuyCategory {
        category: dice.up_to(BIG_SHOP.categories),
        min_quantity: dice.up_to(3),
        percent: dice.up_to(5),
    };
    let mut make = |id| promotion(id, (0..RULES).map(|_| rule()).collect());
    let promotions = (1..=count).map(&mut make).collect();
    Workload { promotions, carts: BIG_SHOP.carts(CARTS, LINES as usize) }
}

/// Promotions of one rule, of which 20 match every cart, spread evenly over all; the others are for other goods.
pub fn fixed(count: u32) -> Workload {
    let mut dice = Dice::new(4004 + count);
    let step = count / MATCHING;
    let make = |id: u32| {
        let category =
            if id.is_multiple_of(step) { id / step } else { MATCHING + dice.up_to(BIG_SHOP.categories) };
        let min_quantity = if category <= MATCHING { 1 } else { dice.up_to(3) };
        promotion(id, vec![Rule::BuyCategory { category, min_quantity, percent: dice.up_to(5) }])
    };
    Workload { promotions: (1..=count).map(make).collect(), carts: carts_of_shelves(LINES) }
}

/// Promotions that all match every cart, each taking one cent off each unit of a dear line: all have an effect.
pub fn dense(count: u32) -> Workload {
    let make = |id: u32| promotion(id, vec![Rule::TakeCents { category: 1 + id % LINES, cents: 1 }]);
    Workload { promotions: (1..=count).map(make).collect(), carts: carts_of_shelves(LINES) }
}

/// "Buy two, get the third at half price, as often as it fits" on a cart of so many lines of 20 units.
pub fn wholesale(lines: u32) -> Workload {
    let mut dice = Dice::new(5005 + lines);
    let line = |at: u32| line(at as usize, &shelf_product(at, 1, 199 + i64::from(dice.below(9800))), 20);
    let cart = cart(1, (0..lines).map(line).collect());
    Workload {
        promotions: vec![promotion(1, vec![Rule::BuyGet { category: 1, buy: 2, get: 1, percent: 50 }])],
        carts: vec![cart],
    }
}

/// A promotion like those of [`sparse`] that is not among them.
pub fn one_more() -> Promotion {
    let rule = |category| Rule::BuyCategory { category, min_quantity: 2, percent: 7 };
    promotion(1_000_000, (1..=RULES).map(rule).collect())
}

/// Carts with one line of each category from 1, one to three units each, at 1,000.00 to 2,000.00.
fn carts_of_shelves(lines: u32) -> Vec<Cart> {
    let mut dice = Dice::new(6006);
    let mut fill = |id| {
        let mut line = |at: u32| {
            let price_cents = 100_000 + i64::from(dice.below(100_001));
            line(at as usize, &shelf_product(at, 1 + at, price_cents), dice.up_to(3))
        };
        cart(id, (0..lines).map(&mut line).collect())
    };
    (1..=CARTS).map(&mut fill).collect()
}

fn shelf_product(at: u32, category: u32, price_cents: i64) -> Product {
    Product { id: 1 + at, categories: vec![category], brand: 1, price_cents }
}

//! The least work that could be done: a loop over all conditions, without prices, order or money.
//!
//! No engine answers less than this, so it tells how far from the ground the others are.

use super::plain::{Cart, Promotion, Rule};

/// The promotions with a rule whose condition holds.
pub fn qualifying(promotions: &[Promotion], cart: &Cart) -> Vec<u32> {
    let categories = cart.lines.iter().flat_map(|line| &line.categories);
    let mut units = vec![0; 1 + categories.max().copied().unwrap_or(0) as usize];
    let mut subtotal = 0;
    for line in &cart.lines {
        subtotal += line.price_cents * i64::from(line.quantity);
        for category in &line.categories {
            units[*category as usize] += line.quantity;
        }
    }
    let holds = |rule: &Rule| holds(rule, subtotal, &units);
    promotions.iter().filter(|promotion| promotion.rules.iter().any(holds)).map(|it| it.id).collect()
}

fn holds(rule: &Rule, subtotal: i64, units: &[u32]) -> bool {
    let units = |category: u32| units.get(category as usize).copied().unwrap_or(0);
    match *rule {
        Rule::BuyCategory { category, min_quantity, .. } => units(category) >= min_quantity,
        Rule::Spend { min_subtotal_cents, .. } => subtotal >= min_subtotal_cents,
        Rule::TakeCents { category, .. } => units(category) >= 1,
        Rule::BuyGet { category, buy, get, .. } => units(category) >= buy + get,
    }
}

//! Guardrails: what lines never cost less than.

use serde_json::Value;

use super::Offer;
use super::goods::{Basket, decimal, split};

impl Basket<'_> {
    /// Gives back what takes a line below its floor.
    pub(super) fn give_back(&mut self, offers: &[&Offer]) {
        for line in 0..self.cart.lines.len() {
            let units = self.units_of(line);
            let mut missing = self.floor(line, offers) - self.cost(&units);
            if missing <= 0 {
                continue;
            }
            let cost = self.cost(&units) + missing;
            for effect in self.effects.iter_mut().rev() {
                let back = missing.min(effect.lines[line]);
                effect.lines[line] -= back;
                missing -= back;
            }
            let costs = split(cost, &vec![1; units.len()]);
            units.into_iter().zip(costs).for_each(|(unit, cost)| self.units[unit].cost = cost);
        }
    }

    fn floor(&self, at: usize, offers: &[&Offer]) -> i64 {
        let (line, settings) = (&self.cart.lines[at], self.settings);
        let (price, cost) = (line.price.get(), line.cost.map(|cost| cost.get()));
        let margin = |rate: i64| cost.map_or(0, |cost| part_up(cost, 1_000_000 + rate));
        let rate =
            |rate: Option<engine::money::Rate>| rate.map(|rate| parts(&Value::from(rate.to_percent())));
        let mut floors = vec![line.floor_price.map_or(0, |floor| floor.get())];
        floors.extend(rate(settings.minimum_margin).map(margin));
        floors.extend(rate(settings.maximum_discount).map(|rate| part_up(price, 1_000_000 - rate)));
        for effect in self.effects.iter().filter(|effect| effect.lines[at] > 0) {
            let floor = &offers[effect.promotion].document["price_floor"];
            floors.extend(decimal(&floor["fixed_amount"], self.cart.currency.exponent() as usize));
            if !floor["percentage_of_price"].is_null() {
                floors.push(part_up(price, parts(&floor["percentage_of_price"])));
            }
            if !floor["margin_percentage"].is_null() {
                floors.push(margin(parts(&floor["margin_percentage"])));
            }
        }
        floors.into_iter().max().unwrap_or(0).min(price) * i64::from(line.quantity)
    }
}

/// A percentage in parts per million.
fn parts(percent: &Value) -> i64 {
    decimal(percent, 4).unwrap()
}

/// So many parts per million of an amount, rounded up.
fn part_up(amount: i64, parts: i64) -> i64 {
    i64::try_from((i128::from(amount) * i128::from(parts) + 999_999) / 1_000_000).unwrap()
}

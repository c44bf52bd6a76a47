//! Guardrails: what lines never cost less than.

use serde_json::Value;

use super::Offer;
use super::goods::{Basket, decimal, split};

impl Basket<'_> {
    /// Gives back what takes a line below the floor that binds everybody, then what takes it below that of a
    /// promotion.
    pub(super) fn give_back(&mut self, offers: &[&Offer]) {
        for line in 0..self.cart.lines.len() {
            self.give_back_to(self.floor(line), line, |_| true);
            for (at, offer) in offers.iter().enumerate() {
                let floor = self.own_floor(line, &offer.document["price_floor"]);
                self.give_back_to(floor, line, |promotion| promotion == at);
            }
        }
    }

    /// Gives back what some promotions took off a line, as far as it costs less than this each.
    fn give_back_to(&mut self, floor: i64, line: usize, is_bound: impl Fn(usize) -> bool) {
        let (units, in_all) = (self.units_of(line), &self.cart.lines[line]);
        let before = self.cost(&units);
        let floor = floor.min(in_all.price.get()) * i64::from(in_all.quantity);
        let mut cost = before;
        for effect in self.effects.iter_mut().rev().filter(|effect| is_bound(effect.promotion)) {
            let back = (floor - cost).clamp(0, effect.lines[line]);
            effect.lines[line] -= back;
            cost += back;
        }
        if cost > before {
            let costs = split(cost, &vec![1; units.len()]);
            units.into_iter().zip(costs).for_each(|(unit, cost)| self.units[unit].cost = cost);
        }
    }

    /// What each unit of a line must cost at least, whoever discounts it.
    fn floor(&self, at: usize) -> i64 {
        let (line, settings) = (&self.cart.lines[at], self.settings);
        let rate =
            |rate: Option<engine::money::Rate>| rate.map(|rate| parts(&Value::from(rate.to_percent())));
        let mut floors = vec![line.floor_price.map_or(0, |floor| floor.get())];
        floors.extend(rate(settings.minimum_margin).map(|rate| self.with_margin(at, rate)));
        let rest = rate(settings.maximum_discount).map(|rate| 1_000_000 - rate);
        floors.extend(rest.map(|rate| part_up(line.price.get(), rate)));
        floors.into_iter().max().unwrap()
    }

    /// What each unit of a line must cost at least for a promotion with such a floor.
    fn own_floor(&self, at: usize, floor: &Value) -> i64 {
        let amount = decimal(&floor["fixed_amount"], self.cart.currency.exponent() as usize);
        let part = decimal(&floor["percentage_of_price"], 4);
        let part = part.map(|rate| part_up(self.cart.lines[at].price.get(), rate));
        let margin = decimal(&floor["margin_percentage"], 4).map(|rate| self.with_margin(at, rate));
        amount.or(part).or(margin).unwrap_or(0)
    }

    /// The cost of one unit of a line and a margin, nothing when the cost is not known.
    fn with_margin(&self, at: usize, rate: i64) -> i64 {
        self.cart.lines[at].cost.map_or(0, |cost| part_up(cost.get(), 1_000_000 + rate))
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

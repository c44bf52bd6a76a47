//! Which units form a bundle.

use std::cmp::Reverse;

use serde_json::Value;

use super::goods::Basket;
use super::rules::{Counts, Rule};

impl Rule<'_> {
    /// The units of the next bundle, when these are its triggers.
    pub(super) fn choose_bundle(
        &self,
        triggers: &Counts,
        basket: &Basket<'_>,
    ) -> Result<Vec<usize>, &'static str> {
        let fields = self.action().1;
        let seats = seats(&fields["parts"]);
        let sign = if fields["strategy"] == "MOST_EXPENSIVE" { -1 } else { 1 };
        let mut units = self.not_in_bundles(basket);
        units.retain(|unit| basket.units[*unit].cost > 0 && !self.rewarded.contains(unit));
        units.sort_by_key(|unit| {
            let (base, cost) = (self.base(*unit, basket), basket.units[*unit].cost);
            (sign * base, sign * cost, basket.line(*unit).product, basket.line(*unit).variant)
        });
        let fits = |unit: usize, seat: usize| self.may_reward(basket.units[unit].line, seats[seat], basket);
        let mut chosen: Vec<usize> = Vec::new();
        for unit in units {
            let line = basket.units[unit].line;
            let of_line = chosen.iter().filter(|other| basket.units[**other].line == line).count() as u32;
            let is_free = of_line + triggers.get(&line).unwrap_or(&0) < self.unused(line, basket);
            // Whatever can be seated at once is part of some complete bundle when there is one at all.
            chosen.push(unit);
            if !is_free || !can_be_seated(&chosen, seats.len(), fits) {
                chosen.pop();
            }
        }
        if chosen.len() < seats.len() {
            return Err("bundle_incomplete");
        }
        if self.gain(&chosen, basket) > 0 { Ok(chosen) } else { Err("no_effect") }
    }

    /// All units but, of each line, as many as are in bundles, those that cost least.
    fn not_in_bundles(&self, basket: &Basket<'_>) -> Vec<usize> {
        let of_line = |line: usize| {
            let mut units = basket.units_of(line);
            units.sort_by_key(|unit| Reverse(basket.units[*unit].cost));
            units.truncate(units.len() - basket.bundled[line].min(units.len()));
            units
        };
        (0..basket.cart.lines.len()).flat_map(of_line).collect()
    }
}

/// One seat for each unit of a bundle: the items of its part.
fn seats(parts: &Value) -> Vec<&Value> {
    let seats = |part| {
        let part: &Value = part;
        vec![&part["items"]; part["quantity"].as_u64().unwrap() as usize]
    };
    parts.as_array().unwrap().iter().flat_map(seats).collect()
}

/// Whether all units find a seat of their own.
fn can_be_seated(units: &[usize], seats: usize, fits: impl Fn(usize, usize) -> bool) -> bool {
    let mut taken: Vec<Option<usize>> = vec![None; seats];
    units.iter().all(|unit| sit(*unit, &mut vec![false; seats], &mut taken, &fits))
}

/// Seats a unit, moving others when that helps.
fn sit(
    unit: usize,
    tried: &mut Vec<bool>,
    taken: &mut Vec<Option<usize>>,
    fits: &impl Fn(usize, usize) -> bool,
) -> bool {
    for seat in 0..taken.len() {
        if tried[seat] || !fits(unit, seat) {
            continue;
        }
        tried[seat] = true;
        if taken[seat].is_none_or(|other| sit(other, tried, taken, fits)) {
            taken[seat] = Some(unit);
            return true;
        }
    }
    false
}

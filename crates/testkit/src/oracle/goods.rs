//! Single units, who matches them, and how cents are split over them.

use std::collections::BTreeMap;

use engine::cart::{Cart, Line};
use engine::settings::Settings;
use serde_json::Value;

/// One unit of a line.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) line: usize,
    /// What promotions have left of its price.
    pub(super) cost: i64,
}

/// A cart taken apart into units, and what promotions did to it so far.
#[derive(Clone, Debug)]
pub(super) struct Basket<'a> {
    pub(super) settings: &'a Settings,
    pub(super) cart: &'a Cart,
    pub(super) units: Vec<Unit>,
    pub(super) shipping: Option<i64>,
    pub(super) gifts: BTreeMap<(String, String), u64>,
    pub(super) item_discount: i64,
    pub(super) order_discount: i64,
}

impl<'a> Basket<'a> {
    pub(super) fn of(settings: &'a Settings, cart: &'a Cart) -> Self {
        let lines = cart.lines.iter().enumerate();
        let units = lines.flat_map(|(at, line)| {
            (0..line.quantity).map(move |_| Unit { line: at, cost: line.price.get() })
        });
        let shipping = cart.shipping.as_ref().and_then(|shipping| shipping.cost).map(|cost| cost.get());
        let (units, gifts) = (units.collect(), BTreeMap::new());
        Self { settings, cart, units, shipping, gifts, item_discount: 0, order_discount: 0 }
    }

    pub(super) fn line(&self, unit: usize) -> &'a Line {
        &self.cart.lines[self.units[unit].line]
    }

    /// Gift cards never take part, overridden prices only if the store says so.
    pub(super) fn takes_part(&self, line: &Line) -> bool {
        !line.is_gift_card && (!line.is_price_overridden || self.settings.applies_to_overridden_price)
    }

    /// The units of all lines that take part.
    pub(super) fn playing(&self) -> Vec<usize> {
        (0..self.units.len()).filter(|unit| self.takes_part(self.line(*unit))).collect()
    }

    /// What each line costs now.
    pub(super) fn amounts(&self) -> Vec<i64> {
        let mut amounts = vec![0; self.cart.lines.len()];
        self.units.iter().for_each(|unit| amounts[unit.line] += unit.cost);
        amounts
    }

    pub(super) fn cost(&self, units: &[usize]) -> i64 {
        units.iter().map(|unit| self.units[*unit].cost).sum()
    }

    /// Takes amounts off groups of units. Units of a line that cost the same are equals: each amount is split
    /// over equals by what they cost together, and what falls on equals over all of them that are in the
    /// groups, evenly.
    /// What is kept `apart` is split apart first, though equal.
    pub(super) fn take_off(&mut self, groups: &[(i64, Vec<usize>)], apart: impl Fn(usize) -> usize) {
        let mut off_equals: BTreeMap<(usize, i64), (i64, Vec<usize>)> = BTreeMap::new();
        for (amount, units) in groups {
            let equals = grouped(units, |unit| (self.units[unit].line, self.units[unit].cost, apart(unit)));
            let costs: Vec<i64> = equals.iter().map(|units| self.cost(units)).collect();
            for (units, part) in equals.into_iter().zip(split(*amount, &costs)) {
                let unit = &self.units[units[0]];
                let off = off_equals.entry((unit.line, unit.cost)).or_default();
                off.0 += part;
                off.1.extend(units);
            }
        }
        for (amount, units) in off_equals.into_values() {
            for (unit, part) in units.iter().zip(split(amount, &vec![1; units.len()])) {
                self.units[*unit].cost -= part;
            }
        }
    }
}

/// Units that have something in common, in the order in which their first comes.
pub(super) fn grouped<Key: PartialEq>(units: &[usize], common: impl Fn(usize) -> Key) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for unit in units {
        match groups.iter_mut().find(|group| common(group[0]) == common(*unit)) {
            Some(group) => group.push(*unit),
            None => groups.push(vec![*unit]),
        }
    }
    groups
}

/// Units grouped by their line.
pub(super) fn by_line(basket: &Basket<'_>, units: &[usize]) -> Vec<Vec<usize>> {
    grouped(units, |unit| basket.units[unit].line)
}

/// Whether a tree of matchers chooses a line; everything when there is none.
pub(super) fn matches(items: &Value, line: &Line) -> bool {
    let Some((kind, inner)) = only_entry(items) else { return true };
    let is_listed = |id: Option<u64>| id.is_some_and(|id| ids(inner).contains(&id));
    let has_pair = |pairs: &[(String, String)]| {
        let values = inner["values"].as_array().unwrap();
        pairs.iter().any(|(name, value)| inner["name"] == **name && values.iter().any(|it| *it == **value))
    };
    match kind {
        "and" => inner.as_array().unwrap().iter().all(|items| matches(items, line)),
        "or" => inner.as_array().unwrap().iter().any(|items| matches(items, line)),
        "not" => !matches(inner, line),
        "products" => is_listed(Some(line.product)),
        "variants" => is_listed(line.variant),
        "brands" => is_listed(line.brand),
        "sellers" => is_listed(line.seller),
        "categories" => line.categories.iter().any(|category| is_listed(Some(*category))),
        "product_option" => has_pair(&line.options),
        "product_custom_field" => has_pair(&line.custom_fields),
        other => unreachable!("a matcher `{other}` that the naive evaluator does not know"),
    }
}

/// The name and value of an object that has one field.
pub(super) fn only_entry(value: &Value) -> Option<(&str, &Value)> {
    value.as_object()?.iter().next().map(|(name, inner)| (name.as_str(), inner))
}

/// The ids in a list.
pub(super) fn ids(value: &Value) -> Vec<u64> {
    value.as_array().map(|ids| ids.iter().filter_map(Value::as_u64).collect()).unwrap_or_default()
}

/// A decimal text times ten to the power of `places`.
pub(super) fn decimal(value: &Value, places: usize) -> Option<i64> {
    let text = value.as_str()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    Some(format!("{whole}{fraction:0<places$}").parse().unwrap())
}

/// A fraction of integers that are not negative, rounded half up.
pub(super) fn half_up(numerator: i128, denominator: i128) -> i64 {
    i64::try_from((2 * numerator + denominator) / (2 * denominator)).unwrap()
}

/// Splits by largest remainder, ties to the earlier.
pub(super) fn split(amount: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: &i64| i128::from(amount) * i128::from(*weight);
    let mut parts: Vec<i64> = weights.iter().map(|weight| (exact(weight) / sum) as i64).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(exact(&weights[*at]) % sum));
    let left = amount - parts.iter().sum::<i64>();
    order.iter().take(left as usize).for_each(|at| parts[*at] += 1);
    parts
}

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
    /// When it was discounted last, in steps.
    discounted: usize,
}

/// What a rule took off, and has left of it after the guardrails.
#[derive(Clone, Debug)]
pub(super) struct Effect {
    /// The promotion, by its position in the order of evaluation.
    pub(super) promotion: usize,
    /// The rule, by its position in the promotion.
    pub(super) rule: usize,
    /// Whether the discount is the order's instead of the lines' own.
    pub(super) is_order: bool,
    /// By line.
    pub(super) lines: Vec<i64>,
    pub(super) shipping: i64,
    pub(super) is_gift: bool,
}

impl Effect {
    /// Whether it takes something off, or gives a gift.
    pub(super) fn is_something(&self) -> bool {
        self.off() > 0 || self.is_gift
    }

    /// What it takes off goods and shipping.
    pub(super) fn off(&self) -> i64 {
        self.lines.iter().sum::<i64>() + self.shipping
    }
}

/// A cart taken apart into units, and what promotions did to it so far.
#[derive(Clone, Debug)]
pub(super) struct Basket<'a> {
    pub(super) settings: &'a Settings,
    pub(super) cart: &'a Cart,
    pub(super) units: Vec<Unit>,
    pub(super) shipping: Option<i64>,
    pub(super) gifts: BTreeMap<(String, String), u64>,
    /// In the order in which rules had their turn.
    pub(super) effects: Vec<Effect>,
    /// By line, how many of its units are in bundles.
    pub(super) bundled: Vec<usize>,
    steps: usize,
}

impl<'a> Basket<'a> {
    pub(super) fn of(settings: &'a Settings, cart: &'a Cart) -> Self {
        let lines = cart.lines.iter().enumerate();
        let units = lines.flat_map(|(at, line)| {
            (0..line.quantity).map(move |_| Unit { line: at, cost: line.price.get(), discounted: 0 })
        });
        let shipping = cart.shipping.as_ref().and_then(|shipping| shipping.cost).map(|cost| cost.get());
        let (units, bundled) = (units.collect(), vec![0; cart.lines.len()]);
        Self {
            settings,
            cart,
            units,
            shipping,
            gifts: BTreeMap::new(),
            effects: Vec::new(),
            bundled,
            steps: 0,
        }
    }

    pub(super) fn line(&self, unit: usize) -> &'a Line {
        &self.cart.lines[self.units[unit].line]
    }

    /// Gift cards never take part, overridden prices only if the store says so.
    pub(super) fn takes_part(&self, line: &Line) -> bool {
        !line.is_gift_card && (!line.is_price_overridden || self.settings.applies_to_overridden_price)
    }

    /// What promotions took off goods, by themselves or off the order.
    pub(super) fn off_goods(&self, is_order: bool) -> i64 {
        let effects = self.effects.iter().filter(|effect| effect.is_order == is_order);
        effects.flat_map(|effect| &effect.lines).sum()
    }

    pub(super) fn off_shipping(&self) -> i64 {
        self.effects.iter().map(|effect| effect.shipping).sum()
    }

    /// What a promotion took off in all.
    pub(super) fn off_of(&self, promotion: usize) -> i64 {
        self.effects.iter().filter(|effect| effect.promotion == promotion).map(Effect::off).sum()
    }

    /// The units of a line.
    pub(super) fn units_of(&self, line: usize) -> Vec<usize> {
        (0..self.units.len()).filter(|unit| self.units[*unit].line == line).collect()
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

    /// Splits amounts off groups of units over equals, by what they cost together: units of a line that cost the
    /// same.
    pub(super) fn over_equals(&self, groups: &[(i64, Vec<usize>)]) -> Vec<(i64, Vec<usize>)> {
        let key = |unit: usize| (self.units[unit].line, self.units[unit].cost);
        let mut parts: Vec<(i64, Vec<usize>)> = Vec::new();
        for (amount, units) in groups {
            let equals = grouped(units, key);
            let costs: Vec<i64> = equals.iter().map(|units| self.cost(units)).collect();
            for (units, off) in equals.into_iter().zip(split(*amount, &costs)) {
                match parts.iter_mut().find(|(_, others)| key(others[0]) == key(units[0])) {
                    Some(part) => {
                        part.0 += off;
                        part.1.extend(units);
                    }
                    None => parts.push((off, units)),
                }
            }
        }
        parts
    }

    /// Parts off the same equals as one.
    pub(super) fn merged(&self, parts: &[(i64, Vec<usize>)]) -> Vec<(i64, Vec<usize>)> {
        let key = |unit: usize| (self.units[unit].line, self.units[unit].cost);
        let mut merged: Vec<(i64, Vec<usize>)> = Vec::new();
        for (amount, units) in parts {
            match merged.iter_mut().find(|(_, others)| key(others[0]) == key(units[0])) {
                Some(part) => {
                    part.0 += amount;
                    part.1.extend(units);
                }
                None => merged.push((*amount, units.clone())),
            }
        }
        merged
    }

    /// Takes amounts off equals, off all of them evenly.
    pub(super) fn take_off(&mut self, parts: &[(i64, Vec<usize>)]) {
        for (amount, units) in &self.merged(parts) {
            self.steps += 1;
            for (unit, part) in units.iter().zip(split(*amount, &vec![1; units.len()])) {
                self.units[*unit].cost -= part;
                self.units[*unit].discounted = self.steps;
            }
        }
    }

    /// Puts units of one line into the order in which cents are split over them when no rule chose it: those
    /// discounted longest ago first, then the dearest.
    pub(super) fn in_order(&self, units: &mut [usize]) {
        let key =
            |unit: &usize| (self.units[*unit].line, self.units[*unit].discounted, -self.units[*unit].cost);
        units.sort_by_key(key);
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

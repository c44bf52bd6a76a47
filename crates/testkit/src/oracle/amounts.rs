//! What the applications of a rule take off.

use serde_json::Value;

use super::goods::{Basket, Effect, by_line, decimal, half_up, split};
use super::rules::Rule;

/// What a rule takes off, before it does.
#[derive(Default)]
pub(super) struct Off {
    /// Amounts off some units together.
    groups: Vec<(i64, Vec<usize>)>,
    shipping: i64,
    /// What is given, and how often.
    gift: Option<(String, u64)>,
    is_order: bool,
    is_bundle: bool,
}

impl Off {
    fn amount(&self) -> i64 {
        self.groups.iter().map(|(amount, _)| amount).sum::<i64>() + self.shipping
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.amount() == 0 && self.gift.is_none()
    }

    /// Cut to what is left of a budget.
    pub(super) fn within(mut self, budget: Option<i64>, basket: &Basket<'_>) -> Self {
        let Some(left) = budget.filter(|left| *left < self.amount()) else { return self };
        // What is off the order falls on lines, what is off items on equals.
        if !self.is_order {
            self.groups = basket.merged(&basket.over_equals(&self.groups));
        }
        let parts = self.groups.iter().map(|(amount, _)| *amount).chain([self.shipping]);
        let mut cut = split(left, &parts.collect::<Vec<i64>>());
        self.shipping = cut.pop().unwrap();
        self.groups.iter_mut().zip(cut).for_each(|((amount, _), part)| *amount = part);
        self
    }

    pub(super) fn take_from(self, basket: &mut Basket<'_>, (promotion, rule): (usize, usize), key: String) {
        let before = basket.amounts();
        let parts = basket.over_equals(&self.groups);
        basket.take_off(&parts);
        basket.shipping = basket.shipping.map(|cost| cost - self.shipping);
        if self.is_bundle {
            let units = self.groups.iter().flat_map(|(_, units)| units);
            units.for_each(|unit| basket.bundled[basket.units[*unit].line] += 1);
        }
        let is_gift = self.gift.is_some();
        if let Some((given, quantity)) = self.gift {
            basket.gifts.insert((key, given), quantity);
        }
        let lines = before.iter().zip(basket.amounts()).map(|(before, after)| before - after).collect();
        let (is_order, shipping) = (self.is_order, self.shipping);
        basket.effects.push(Effect { promotion, rule, is_order, lines, shipping, is_gift });
    }
}

/// A percentage of an amount, in parts per million.
pub(super) fn percentage(rate: i64, base: i64, rounds_price: bool) -> i64 {
    let of = |rate: i64| half_up(i128::from(base) * i128::from(rate), 1_000_000);
    if rounds_price { base - of(1_000_000 - rate) } else { of(rate) }
}

impl Rule<'_> {
    /// The percentage of `base`, or the amount.
    fn discount_on(&self, base: i64, basket: &Basket<'_>) -> i64 {
        let discount = &self.action().1["discount"];
        let amount = self.money(&discount["fixed_amount"], basket);
        let rate = decimal(&discount["percentage_amount"], 4).unwrap_or(0);
        amount.unwrap_or_else(|| percentage(rate, base, basket.settings.rounds_price))
    }

    pub(super) fn act(&self, basket: &Basket<'_>, applications: &[Vec<usize>]) -> Off {
        if let Some((given, quantity)) = self.gift() {
            return Off { gift: Some((given, quantity * applications.len() as u64)), ..Off::default() };
        }
        match self.action().0 {
            "cart_items" => self.discount_items(basket, applications),
            "fixed_price_set" | "bundle" => self.discount_sets(basket, applications),
            "cart_value" => self.discount_order(basket, applications),
            "shipping" => Off { shipping: self.off_shipping(basket), ..Off::default() },
            other => unreachable!("an action `{other}` that the naive evaluator does not know"),
        }
    }

    /// The most that may be taken off, in the cart's currency.
    fn cap(&self, name: &str, basket: &Basket<'_>) -> i64 {
        let cap = decimal(&self.action().1[name], 4);
        let unit = i128::from(basket.cart.currency.unit());
        cap.map_or(i64::MAX, |cap| half_up(i128::from(cap) * unit, 10_000))
    }

    fn whole_cap(&self, basket: &Basket<'_>) -> i64 {
        self.cap("maximum_allowed_discount_amount", basket)
    }

    fn discount_items(&self, basket: &Basket<'_>, applications: &[Vec<usize>]) -> Off {
        let fields = self.action().1;
        let is_amount = !fields["discount"]["fixed_amount"].is_null();
        let limited =
            |units: &[usize]| self.discount_on(self.bases(units, basket), basket).min(basket.cost(units));
        // What forms one amount: the units of an application, the units of a line, or each unit.
        let mut off: Vec<(i64, Vec<usize>)> = Vec::new();
        if fields["as_total"] == true {
            off.extend(applications.iter().map(|units| (limited(units), units.clone())));
        } else {
            for units in by_line(basket, &applications.concat()) {
                let most = self.line_cap(units.len(), basket);
                let singles: Vec<(i64, Vec<usize>)> =
                    units.iter().map(|unit| (limited(&[*unit]), vec![*unit])).collect();
                let sum: i64 = singles.iter().map(|(amount, _)| amount).sum();
                match is_amount && fields["amount_per"] != "LINE" {
                    true if sum <= most => off.extend(singles),
                    true => off.push((most, units)),
                    false => off.push((limited(&units).min(most), units)),
                }
            }
        }
        let mut cap = self.whole_cap(basket);
        for (amount, _) in &mut off {
            *amount = cap.min(*amount);
            cap -= *amount;
        }
        Off { groups: off, ..Off::default() }
    }

    /// The most that so many units of a line lose together.
    fn line_cap(&self, units: usize, basket: &Basket<'_>) -> i64 {
        let each = self.cap("maximum_discount_per_unit", basket);
        each.saturating_mul(units as i64).min(self.cap("maximum_discount_per_line", basket))
    }

    fn discount_sets(&self, basket: &Basket<'_>, applications: &[Vec<usize>]) -> Off {
        let gain = |set: &Vec<usize>| (self.gain(set, basket), set.clone());
        let is_bundle = self.action().0 == "bundle";
        Off { groups: applications.iter().map(gain).collect(), is_bundle, ..Off::default() }
    }

    /// What a set or bundle takes off; nothing or less when it would not gain.
    pub(super) fn gain(&self, set: &[usize], basket: &Basket<'_>) -> i64 {
        let base = self.bases(set, basket);
        let price: &Value = &self.action().1["fixed_price"];
        let wanted =
            self.money(price, basket).map_or_else(|| self.discount_on(base, basket), |price| base - price);
        wanted.min(basket.cost(set))
    }

    /// What all applications take off together is split once.
    fn discount_order(&self, basket: &Basket<'_>, applications: &[Vec<usize>]) -> Off {
        let may = |unit: &usize| {
            let line = basket.units[*unit].line;
            self.turn.playing[line] && !self.turn.kept[line]
        };
        let mut units: Vec<usize> = (0..basket.units.len()).filter(may).collect();
        basket.in_order(&mut units);
        let (most, bases) = (self.whole_cap(basket).min(basket.cost(&units)), self.bases(&units, basket));
        let mut off = 0;
        for _ in applications {
            let left = if self.turn.from_price { 0 } else { off };
            let wanted = self.discount_on(bases - left, basket);
            off += wanted.min(most - off);
        }
        let lines = by_line(basket, &units);
        let costs: Vec<i64> = lines.iter().map(|units| basket.cost(units)).collect();
        Off { groups: split(off, &costs).into_iter().zip(lines).collect(), is_order: true, ..Off::default() }
    }

    fn off_shipping(&self, basket: &Basket<'_>) -> i64 {
        let (fields, left) = (self.action().1, basket.shipping.unwrap());
        let before = basket.cart.shipping.as_ref().and_then(|shipping| shipping.cost).unwrap().get();
        let base = if self.turn.from_price { before } else { left };
        let wanted = match self.money(&fields["flat_price"], basket) {
            Some(price) => left - price,
            None if fields["discount"].is_null() => left,
            None => self.discount_on(base, basket),
        };
        wanted.clamp(0, left).min(self.whole_cap(basket))
    }
}

//! What the applications of a rule take off.

use super::goods::{Basket, by_line, decimal, half_up, split};
use super::rules::Rule;

impl Rule<'_> {
    /// The percentage of `base`, or the amount.
    fn discount_on(&self, base: i64, basket: &Basket<'_>) -> i64 {
        let discount = &self.action().1["discount"];
        let amount = self.money(&discount["fixed_amount"], basket);
        let rate = decimal(&discount["percentage_amount"], 4).unwrap_or(0);
        amount.unwrap_or_else(|| half_up(i128::from(base) * i128::from(rate), 1_000_000))
    }

    pub(super) fn act(&self, basket: &mut Basket<'_>, applications: &[Vec<usize>]) {
        if let Some((given, quantity)) = self.gift() {
            basket.gifts.insert((self.key.clone(), given), quantity * applications.len() as u64);
            return;
        }
        let before = basket.amounts().iter().sum::<i64>();
        match self.action().0 {
            "cart_items" => self.discount_items(basket, applications),
            "fixed_price_set" => self.form_sets(basket, applications),
            "cart_value" => self.discount_order(basket, applications),
            "shipping" => basket.shipping = Some(0),
            other => unreachable!("an action `{other}` that the naive evaluator does not know"),
        }
        let off = before - basket.amounts().iter().sum::<i64>();
        if self.action().0 == "cart_value" {
            basket.order_discount += off
        } else {
            basket.item_discount += off
        }
    }

    /// The most that may be taken off, in the cart's currency.
    fn cap(&self, basket: &Basket<'_>) -> i64 {
        let cap = decimal(&self.action().1["maximum_allowed_discount_amount"], 4);
        let unit = i128::from(basket.cart.currency.unit());
        cap.map_or(i64::MAX, |cap| half_up(i128::from(cap) * unit, 10_000))
    }

    fn discount_items(&self, basket: &mut Basket<'_>, applications: &[Vec<usize>]) {
        let fields = self.action().1;
        let all: Vec<usize> = applications.concat();
        // What forms one amount: the units of an application, the units of a line, or each unit.
        let groups: Vec<Vec<usize>> = if fields["as_total"] == true {
            applications.to_vec()
        } else if fields["discount"]["fixed_amount"].is_null() {
            by_line(basket, &all)
        } else {
            by_line(basket, &all).concat().into_iter().map(|unit| vec![unit]).collect()
        };
        let mut cap = self.cap(basket);
        let mut off = Vec::new();
        for group in groups {
            let wanted = self.discount_on(self.bases(&group, basket), basket);
            let amount = wanted.min(basket.cost(&group)).min(cap);
            off.push((amount, group));
            cap -= amount;
        }
        // Disagreement 4: the engine splits apart what different applications rewarded.
        let application =
            |unit: usize| applications.iter().position(|units| units.contains(&unit)).unwrap_or(0);
        basket.take_off(&off, application);
    }

    fn form_sets(&self, basket: &mut Basket<'_>, applications: &[Vec<usize>]) {
        let price = self.money(&self.action().1["fixed_price"], basket).unwrap();
        let gain = |set: &Vec<usize>| (self.bases(set, basket) - price).min(basket.cost(set));
        let off: Vec<(i64, Vec<usize>)> = applications.iter().map(|set| (gain(set), set.clone())).collect();
        basket.take_off(&off, |_| 0);
    }

    /// What all applications take off together is split once.
    fn discount_order(&self, basket: &mut Basket<'_>, applications: &[Vec<usize>]) {
        let units = basket.playing();
        let (most, bases) = (self.cap(basket).min(basket.cost(&units)), self.bases(&units, basket));
        let mut off = 0;
        for _ in applications {
            let left = if self.from_price { 0 } else { off };
            let wanted = self.discount_on(bases - left, basket);
            off += wanted.min(most - off);
        }
        let lines = by_line(basket, &units);
        let costs: Vec<i64> = lines.iter().map(|units| basket.cost(units)).collect();
        let off: Vec<(i64, Vec<usize>)> = split(off, &costs).into_iter().zip(lines).collect();
        basket.take_off(&off, |_| 0);
    }
}

//! What follows promotions: manual discounts, tax, and what single units cost.

use engine::cart::{ManualDiscount, TaxRounding};
use engine::gift_card::CardFact;
use engine::money::Rate;
use engine::promotion::Discount;
use serde_json::Value;

use super::amounts::percentage;
use super::goods::{Basket, decimal, half_up, split};

impl Basket<'_> {
    /// Takes off what staff give; gives how much that is.
    pub(super) fn take_off_manual(&mut self) -> i64 {
        let cart = self.cart;
        cart.manual_discounts.iter().map(|manual| self.take_off_one(manual)).sum()
    }

    fn take_off_one(&mut self, manual: &ManualDiscount) -> i64 {
        let lines: Vec<usize> = (0..self.cart.lines.len())
            .filter(|at| manual.line.is_none_or(|line| line == *at) && !self.cart.lines[*at].is_gift_card)
            .collect();
        let amounts = self.amounts();
        let mut costs: Vec<i64> = lines.iter().map(|line| amounts[*line]).collect();
        let shipping = self.shipping.filter(|_| manual.includes_shipping).unwrap_or(0);
        costs.push(shipping);
        let sum: i64 = costs.iter().sum();
        let off = match manual.discount {
            Discount::Percentage(rate) => percentage(in_parts(rate), sum, self.settings.rounds_price),
            Discount::Amount(amount) => amount.get(),
        };
        let off = off.min(sum);
        let parts = split(off, &costs);
        for (line, part) in lines.into_iter().zip(&parts) {
            let mut units = self.units_of(line);
            self.in_order(&mut units);
            let parts = self.over_equals(&[(*part, units)]);
            self.take_off(&parts);
        }
        self.shipping = self.shipping.map(|cost| cost - parts.last().unwrap());
        off
    }

    /// The tax on lines and shipping, when something has a rate.
    pub(super) fn tax(&self) -> Option<i64> {
        let lines = (0..self.cart.lines.len()).map(|at| self.tax_of_line(at));
        let shipping = self.cart.shipping.as_ref().and_then(|shipping| shipping.tax_rate);
        let shipping = shipping.and_then(|rate| Some(self.tax_on(self.shipping?, in_parts(rate))));
        let known: Vec<i64> = lines.chain([shipping]).flatten().collect();
        if known.is_empty() { None } else { Some(known.into_iter().sum()) }
    }

    fn tax_of_line(&self, at: usize) -> Option<i64> {
        let by_unit = self.cart.tax.rounding == TaxRounding::Unit;
        let (rate, units) = (in_parts(self.cart.lines[at].tax_rate?), self.units_of(at));
        let costs = units.iter().map(|unit| self.units[*unit].cost);
        let taxed = if by_unit { costs.collect() } else { vec![costs.sum()] };
        Some(taxed.into_iter().map(|cost| self.tax_on(cost, rate)).sum())
    }

    /// What gift cards pay: all that is on them, but no more than what is due without the gift cards that are bought.
    pub(super) fn paid_by_card(&self, total: i64, cards: &[CardFact]) -> i64 {
        let amounts = self.amounts();
        let is_kept_out =
            |at: &usize| self.cart.lines[*at].is_gift_card && !self.settings.gift_cards_buy_gift_cards;
        let of_gift_cards = (0..self.cart.lines.len()).filter(is_kept_out);
        let added =
            |at: usize| if self.cart.tax.prices_include_tax { 0 } else { self.tax_of_line(at).unwrap_or(0) };
        let bought: i64 = of_gift_cards.map(|at| amounts[at] + added(at)).sum();
        let usable = cards.iter().filter_map(|card| card.known.ok());
        let usable = usable.filter(|card| card.currency == self.cart.currency);
        // In which order the cards pay does not matter to how much they pay together.
        usable.map(|card| card.available.get()).sum::<i64>().min(total - bought)
    }

    fn tax_on(&self, amount: i64, rate: i64) -> i64 {
        let whole = if self.cart.tax.prices_include_tax { 1_000_000 + rate } else { 1_000_000 };
        half_up(i128::from(amount) * i128::from(rate), i128::from(whole))
    }

    /// By line, what its units cost, dearest first.
    pub(super) fn unit_prices(&self) -> Vec<Vec<i64>> {
        let of_line = |line| {
            let mut costs: Vec<i64> =
                self.units_of(line).into_iter().map(|unit| self.units[unit].cost).collect();
            costs.sort_by_key(|cost| -cost);
            costs
        };
        (0..self.cart.lines.len()).map(of_line).collect()
    }
}

/// A rate in parts per million.
fn in_parts(rate: Rate) -> i64 {
    decimal(&Value::from(rate.to_percent()), 4).unwrap()
}

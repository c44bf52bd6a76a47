//! Pricing a cart once, with some promotions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::combine::{Judge, Why};
use super::gates::budget_left;
use super::goods::{Basket, only_entry};
use super::rounds::LeftOut;
use super::rules::{Rule, Turn};

/// A cart priced once with some promotions.
pub(super) struct Pass<'a> {
    pub(super) basket: Basket<'a>,
    /// The promotions that applied and have something left, or give a gift.
    pub(super) applied: BTreeSet<usize>,
    /// By promotion, why the first of its rules that failed, in the order of evaluation, did.
    failed: BTreeMap<usize, Why>,
    /// Promotions that lost.
    pub(super) losers: BTreeMap<usize, Why>,
}

impl Pass<'_> {
    pub(super) fn reason(&self, position: usize) -> Why {
        let first = self.failed.get(&position).copied();
        self.losers.get(&position).copied().or(first).unwrap_or(Why::plain("no_effect"))
    }

    pub(super) fn off_goods(&self) -> i64 {
        self.basket.off_goods(false) + self.basket.off_goods(true)
    }

    /// The promotion whose rule applied first, of the rules that have something left.
    pub(super) fn first(&self) -> Option<usize> {
        let mut effects = self.basket.effects.iter().filter(|effect| effect.is_something());
        effects.next().map(|effect| effect.promotion)
    }

    /// What the shopper saves in all.
    pub(super) fn saved(&self) -> i64 {
        self.off_goods() + self.basket.off_shipping()
    }

    /// Whether a promotion had an effect, whatever is left of it.
    pub(super) fn has_acted(&self, position: usize) -> bool {
        self.basket.effects.iter().any(|effect| effect.promotion == position)
    }

    /// Whether a rule applied and has something left.
    pub(super) fn has_applied(&self, position: usize, rule: usize) -> bool {
        let mut effects = self.basket.effects.iter().filter(|effect| effect.is_something());
        effects.any(|effect| (effect.promotion, effect.rule) == (position, rule))
    }
}

impl<'a> Judge<'a> {
    /// Prices the cart once, phase by phase.
    pub(super) fn price(&self, automatic: &[usize], coupons: &[usize], left_out: &LeftOut) -> Pass<'a> {
        let left = |all: &[usize]| -> Vec<usize> {
            all.iter().copied().filter(|at| !left_out.promotions.contains_key(at)).collect()
        };
        let (automatic, coupons) = (left(automatic), left(coupons));
        let mut pass = Pass {
            basket: Basket::of(self.settings, self.cart),
            applied: BTreeSet::new(),
            failed: BTreeMap::new(),
            losers: BTreeMap::new(),
        };
        for phase in ["item", "order"] {
            let start = pass.basket.amounts();
            automatic.iter().for_each(|at| self.run(&mut pass, *at, phase, &start, left_out));
        }
        let start = pass.basket.amounts();
        for at in &coupons {
            self.run(&mut pass, *at, "item", &start, left_out);
            self.run(&mut pass, *at, "order", &start, left_out);
        }
        let start = pass.basket.amounts();
        automatic
            .iter()
            .chain(&coupons)
            .for_each(|at| self.run(&mut pass, *at, "shipping", &start, left_out));
        pass.basket.give_back(&self.offers);
        let effects = pass.basket.effects.iter().filter(|effect| effect.is_something());
        pass.applied = effects.map(|effect| effect.promotion).collect();
        pass
    }

    /// Applies the rules of one promotion that belong to a phase.
    fn run(&self, pass: &mut Pass<'a>, position: usize, phase: &str, start: &[i64], left_out: &LeftOut) {
        let rules = self.offers[position].document["rules"].as_array().unwrap();
        for (index, document) in rules.iter().enumerate().filter(|(_, rule)| phase_of(rule) == phase) {
            let own = pass.basket.effects.iter().filter(|effect| effect.promotion == position);
            let is_stopped = own.into_iter().any(|it| it.rule < index && self.stops_rules(position, it.rule));
            if is_stopped || left_out.is_silent(position, index, self.rules_with_chances(position)) {
                continue;
            }
            let key = format!("{}/{index}", self.offers[position].id);
            let kept = self.kept(position, &pass.basket);
            let turn = self.turn(position, start, &kept, &pass.basket);
            match Rule::new(document, key.clone(), &turn).apply(&pass.basket) {
                Ok(off) => {
                    off.take_from(&mut pass.basket, (position, index), key);
                }
                Err(reason) => {
                    let rule = Rule::new(document, key, &turn);
                    let wanted = |line: usize| rule.would_reward(line, &pass.basket);
                    let mut locks = kept.into_iter().enumerate().filter(|(line, _)| wanted(*line));
                    let lock = locks.find_map(|(_, why)| why).filter(|_| reason == "no_effect");
                    pass.failed.entry(position).or_insert(lock.unwrap_or(Why::plain(reason)));
                }
            }
        }
    }

    fn turn<'b>(
        &self,
        position: usize,
        start: &'b [i64],
        kept: &[Option<Why>],
        basket: &Basket<'_>,
    ) -> Turn<'b> {
        let document = &self.offers[position].document;
        let left =
            if document["budget"]["on_short"] == "PARTIAL" { self.budget_left(position) } else { None };
        Turn {
            start,
            from_price: self.settings.applies_to_original_price && !self.is_coupon(position),
            playing: (0..kept.len()).map(|line| self.is_playing(position, line, basket)).collect(),
            kept: kept.iter().map(Option::is_some).collect(),
            seller: document["seller_id"].as_u64(),
            budget: left.map(|left| left - basket.off_of(position)),
        }
    }

    pub(super) fn budget_left(&self, position: usize) -> Option<i64> {
        let offer = self.offers[position];
        let uses = self.facts.uses.get(&offer.id).copied().unwrap_or_default();
        budget_left(&offer.document, uses, self.cart)
    }

    /// Whether a line takes part in a promotion.
    fn is_playing(&self, position: usize, line: usize, basket: &Basket<'_>) -> bool {
        let (document, line) = (&self.offers[position].document, &self.cart.lines[line]);
        let seller = document["seller_id"].as_u64();
        basket.takes_part(line)
            && (seller.is_none() || line.seller == seller)
            && !(document["exclude_sale_items"] == true && line.is_on_sale())
    }

    /// By line, why a promotion may not discount it although it takes part.
    fn kept(&self, position: usize, basket: &Basket<'_>) -> Vec<Option<Why>> {
        let reason = |line: usize| {
            let others = basket.effects.iter().filter(|effect| effect.promotion != position);
            let earlier: Vec<usize> =
                others.filter(|effect| effect.lines[line] > 0).map(|effect| effect.promotion).collect();
            let why = |code: &'static str, winner: usize| Some(Why { code, winner: Some(winner) });
            let claimed = earlier.iter().find_map(|other| match *other {
                other if self.is_exclusive(other, "LINE") => why("not_combinable", other),
                other if self.stops(other, "LINE") => why("stopped", other),
                _ => None,
            });
            let is_exclusive = self.is_exclusive(position, "LINE");
            let shared = earlier.first().filter(|_| is_exclusive);
            claimed.or_else(|| why("not_combinable", *shared?))
        };
        let playing = |line: &usize| self.is_playing(position, *line, basket);
        (0..self.cart.lines.len()).map(|line| Some(line).filter(playing).and_then(reason)).collect()
    }
}

fn phase_of(rule: &Value) -> &'static str {
    match only_entry(&rule["action"]) {
        Some(("cart_value", _)) => "order",
        Some(("shipping", _)) => "shipping",
        _ => "item",
    }
}

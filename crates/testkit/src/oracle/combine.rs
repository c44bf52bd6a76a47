//! Phases, and which promotions stand together.

use std::collections::{BTreeMap, BTreeSet};

use engine::cart::Cart;
use engine::promotion::{CodeFact, EnteredCode, Facts, Inactive};
use engine::settings::Settings;
use jiff::Timestamp;
use serde_json::Value;

use super::goods::{Basket, only_entry};
use super::rules::Rule;
use super::{Answer, Offer, gates};

/// Everything that is judged. Promotions are named by their position in the order of evaluation.
pub(super) struct Judge<'a> {
    pub(super) settings: &'a Settings,
    pub(super) offers: Vec<&'a Offer>,
    pub(super) cart: &'a Cart,
    pub(super) facts: &'a Facts,
    pub(super) now: Timestamp,
}

/// A cart priced once with some promotions.
struct Pass<'a> {
    basket: Basket<'a>,
    applied: BTreeSet<usize>,
    /// By promotion, why the first of its rules that failed, in the order of evaluation, did.
    failed: BTreeMap<usize, &'static str>,
    /// By promotion, the rule that applied and stops those after it.
    stopped_at: BTreeMap<usize, usize>,
    /// Promotions that lost to one before them.
    losers: BTreeMap<usize, &'static str>,
}

/// Which codes take part.
#[derive(Default)]
struct Entered {
    /// Their promotions, in the order entered.
    coupons: Vec<usize>,
    /// By code, the reason why it is refused.
    refused: BTreeMap<usize, &'static str>,
    /// Promotions that a coupon took the place of.
    overridden: BTreeSet<usize>,
    /// Why the other automatic promotions had not applied; set once a coupon stands alone.
    alone: Option<BTreeMap<usize, &'static str>>,
}

impl Pass<'_> {
    fn reason(&self, position: usize) -> &'static str {
        let first = self.failed.get(&position).copied();
        self.losers.get(&position).copied().or(first).unwrap_or("no_effect")
    }

    fn off_goods(&self) -> i64 {
        self.basket.item_discount + self.basket.order_discount
    }
}

impl<'a> Judge<'a> {
    fn is(&self, position: usize, field: &str) -> bool {
        self.offers[position].document[field] == true
    }

    fn is_coupon(&self, position: usize) -> bool {
        self.offers[position].document["redemption_type"] == "COUPON"
    }

    fn is_exclusive(&self, position: usize) -> bool {
        !self.is(position, "can_be_used_with_other_promotions")
    }

    fn gate(&self, position: usize) -> Result<(), &'static str> {
        gates::check(self.offers[position], self.settings, self.cart, self.facts, self.now)
    }

    /// The automatic promotions that passed their gates.
    fn automatic(&self) -> Vec<usize> {
        (0..self.offers.len()).filter(|at| !self.is_coupon(*at) && self.gate(*at).is_ok()).collect()
    }

    /// Prices the cart once, phase by phase.
    fn price(&self, automatic: &[usize], coupons: &[usize]) -> Pass<'a> {
        let basket = Basket::of(self.settings, self.cart);
        let (applied, losers) = (BTreeSet::new(), BTreeMap::new());
        let mut pass = Pass { basket, applied, failed: BTreeMap::new(), stopped_at: BTreeMap::new(), losers };
        for phase in ["item", "order"] {
            let start = pass.basket.amounts();
            automatic.iter().for_each(|at| self.run(&mut pass, *at, phase, &start));
        }
        let start = pass.basket.amounts();
        for at in coupons {
            self.run(&mut pass, *at, "item", &start);
            self.run(&mut pass, *at, "order", &start);
        }
        let start = pass.basket.amounts();
        automatic.iter().chain(coupons).for_each(|at| self.run(&mut pass, *at, "shipping", &start));
        pass
    }

    /// Applies the rules of one promotion that belong to a phase.
    fn run(&self, pass: &mut Pass<'a>, position: usize, phase: &str, start: &[i64]) {
        let from_price = self.settings.applies_to_original_price && !self.is_coupon(position);
        let rules = self.offers[position].document["rules"].as_array().unwrap();
        for (index, document) in rules.iter().enumerate().filter(|(_, rule)| phase_of(rule) == phase) {
            if pass.stopped_at.get(&position).is_some_and(|stop| index > *stop) {
                continue;
            }
            let key = format!("{}/{index}", self.offers[position].id);
            let rule = Rule::new(document, key, start, from_price);
            match rule.apply(&mut pass.basket) {
                Err(reason) => {
                    pass.failed.entry(position).or_insert(reason);
                }
                Ok(()) => {
                    pass.applied.insert(position);
                    if document["stop"] == true {
                        pass.stopped_at.entry(position).or_insert(index);
                    }
                }
            }
        }
    }

    /// Prices again and again, each time without those that lost to one before them. What lost to one that goes
    /// comes back, and so does, once, what lost to one that no longer applies.
    fn settle(&self, automatic: &[usize], coupons: &[usize]) -> Pass<'a> {
        let mut losers: BTreeMap<usize, (&'static str, usize)> = BTreeMap::new();
        let mut given_back = BTreeSet::new();
        loop {
            let left =
                |all: &[usize]| all.iter().copied().filter(|at| !losers.contains_key(at)).collect::<Vec<_>>();
            let (automatic, coupons) = (left(automatic), left(coupons));
            let mut pass = self.price(&automatic, &coupons);
            let mut winners: Vec<usize> = Vec::new();
            let mut lost = BTreeMap::new();
            for at in automatic.into_iter().chain(coupons).filter(|at| pass.applied.contains(at)) {
                let beaten = winners.iter().find_map(|winner| Some((self.beats(*winner, at)?, *winner)));
                match beaten {
                    Some(beaten) => drop(lost.insert(at, beaten)),
                    None => winners.push(at),
                }
            }
            if !lost.is_empty() {
                losers.retain(|_, (_, winner)| !lost.contains_key(winner));
                losers.extend(lost);
                continue;
            }
            let is_orphan =
                |at: &usize, winner: &usize| !pass.applied.contains(winner) && !given_back.contains(at);
            let orphans: Vec<usize> =
                losers.iter().filter(|(at, (_, winner))| is_orphan(at, winner)).map(|(at, _)| *at).collect();
            if orphans.is_empty() {
                pass.losers = losers.into_iter().map(|(at, (reason, _))| (at, reason)).collect();
                return pass;
            }
            losers.retain(|at, _| !orphans.contains(at));
            given_back.extend(orphans);
        }
    }

    /// Why a promotion that applied keeps one after it from applying.
    fn beats(&self, winner: usize, later: usize) -> Option<&'static str> {
        if self.is_exclusive(winner) || self.is_exclusive(later) {
            return Some("not_combinable");
        }
        (self.is(winner, "stop") && self.is_coupon(winner) == self.is_coupon(later)).then_some("stopped")
    }

    /// The promotion of a code that can be used.
    fn check_code(&self, code: &EnteredCode) -> Result<usize, &'static str> {
        let CodeFact::Known { promotion, inactive, is_used_up } = &code.fact else {
            return Err("unknown_code");
        };
        match inactive {
            Some(Inactive::Draft) => return Err("draft"),
            Some(Inactive::Paused) => return Err("paused"),
            Some(Inactive::Archived) => return Err("archived"),
            Some(Inactive::Ended(_)) => return Err("ended"),
            None if *is_used_up => return Err("code_limit_reached"),
            None => {}
        }
        self.offers.iter().position(|offer| offer.id == *promotion).ok_or("unknown_code")
    }

    /// Lets codes take part one after the other.
    fn enter_codes(&self) -> Entered {
        let mut entered = Entered::default();
        for (index, code) in self.facts.codes.iter().enumerate() {
            if let Err(reason) = self.enter_code(index, code, &mut entered) {
                entered.refused.insert(index, reason);
            }
        }
        entered
    }

    fn enter_code(
        &self,
        index: usize,
        code: &EnteredCode,
        entered: &mut Entered,
    ) -> Result<(), &'static str> {
        let position = self.check_code(code)?;
        if entered.coupons.contains(&position) {
            return Err("already_applied");
        }
        self.gate(position)?;
        if entered.alone.is_some() {
            return Err("not_combinable");
        }
        if self.is_exclusive(position) {
            self.stand_alone(index, position, entered)?;
        } else if entered.coupons.len() >= self.settings.coupons_allowed as usize {
            return Err("too_many_codes");
        } else {
            let beside: Vec<usize> = entered.coupons.iter().copied().chain([position]).collect();
            let pass = self.settle(&self.automatic(), &beside);
            if !pass.applied.contains(&position) {
                return Err(pass.reason(position));
            }
        }
        entered.coupons.push(position);
        Ok(())
    }

    /// Lets an exclusive coupon take the place of what already applies, if it may.
    fn stand_alone(&self, index: usize, position: usize, entered: &mut Entered) -> Result<(), &'static str> {
        let always = self.is(position, "coupon_overrides_other_promotions");
        let if_better = self.is(position, "coupon_overrides_automatic_when_offering_higher_discounts");
        let standing = self.settle(&self.automatic(), &entered.coupons);
        let alone = self.settle(&[], &[position]);
        if !alone.applied.contains(&position) {
            return Err(alone.reason(position));
        }
        let saves_more = standing.off_goods() == 0 || alone.off_goods() > standing.off_goods();
        if !standing.applied.is_empty() && !always && !if_better {
            return Err("not_combinable");
        }
        if !standing.applied.is_empty() && !always && !saves_more {
            return Err("offers_less");
        }
        let reasons = self.automatic().into_iter().map(|at| (at, standing.reason(at)));
        entered.alone = Some(reasons.filter(|(at, _)| !standing.applied.contains(at)).collect());
        entered.overridden = standing.applied.into_iter().chain(standing.losers.into_keys()).collect();
        entered.coupons.clear();
        for index in 0..index {
            entered.refused.entry(index).or_insert("overridden");
        }
        Ok(())
    }

    pub(super) fn answer(&self) -> Answer {
        let entered = self.enter_codes();
        let automatic = if entered.alone.is_some() { Vec::new() } else { self.automatic() };
        let pass = self.settle(&automatic, &entered.coupons);
        let basket = &pass.basket;
        let lines = self.cart.lines.iter().zip(basket.amounts());
        let lines: Vec<i64> = lines.map(|(line, amount)| line.subtotal().get() - amount).collect();
        let shipping = Basket::of(self.settings, self.cart).shipping.unwrap_or(0);
        let total = basket.amounts().iter().sum::<i64>() + basket.shipping.unwrap_or(0);
        Answer {
            lines,
            gifts: basket.gifts.clone(),
            item_discount: basket.item_discount,
            order_discount: basket.order_discount,
            shipping_discount: shipping - basket.shipping.unwrap_or(0),
            total,
            due: total - self.cart.store_credit.get().min(total),
            outcomes: (0..self.offers.len())
                .map(|at| (self.offers[at].id, self.outcome(at, &entered, &pass).to_owned()))
                .collect(),
            codes: (0..self.facts.codes.len())
                .map(|at| self.code_result(at, &entered, &pass).to_owned())
                .collect(),
        }
    }

    fn outcome(&self, position: usize, entered: &Entered, pass: &Pass<'_>) -> &'static str {
        if pass.applied.contains(&position) {
            return "applied";
        }
        if let Err(reason) = self.gate(position) {
            return reason;
        }
        if entered.overridden.contains(&position) && !self.is_coupon(position) {
            return "overridden";
        }
        if let Some(reason) = entered.alone.as_ref().and_then(|alone| alone.get(&position)) {
            return reason;
        }
        if self.is_coupon(position) && !entered.coupons.contains(&position) {
            let id = self.offers[position].id;
            let mut refused =
                entered.refused.iter().filter(|(index, _)| self.promotion_of(**index) == Some(id));
            return refused.next().map_or("code_required", |(_, reason)| *reason);
        }
        pass.reason(position)
    }

    fn promotion_of(&self, index: usize) -> Option<u64> {
        match self.facts.codes[index].fact {
            CodeFact::Known { promotion, .. } => Some(promotion),
            CodeFact::Unknown => None,
        }
    }

    fn code_result(&self, index: usize, entered: &Entered, pass: &Pass<'_>) -> &'static str {
        if let Some(reason) = entered.refused.get(&index) {
            return reason;
        }
        let id = self.promotion_of(index);
        let position = self.offers.iter().position(|offer| Some(offer.id) == id).unwrap();
        if pass.applied.contains(&position) {
            return "applied";
        }
        pass.reason(position)
    }
}

fn phase_of(rule: &Value) -> &'static str {
    match only_entry(&rule["action"]) {
        Some(("cart_value", _)) => "order",
        Some(("shipping", _)) => "shipping",
        _ => "item",
    }
}

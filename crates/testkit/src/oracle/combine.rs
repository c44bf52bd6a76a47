//! Which codes take part, and the answer.

use std::collections::BTreeMap;

use engine::cart::Cart;
use engine::promotion::{CodeFact, EnteredCode, Facts, Inactive, UsedUp};
use engine::settings::Settings;
use jiff::Timestamp;

use super::goods::{Basket, split};
use super::settle::Pass;
use super::{Answer, Offer, gates};

/// Everything that is judged. Promotions are named by their position in the order of evaluation.
pub(super) struct Judge<'a> {
    pub(super) settings: &'a Settings,
    pub(super) offers: Vec<&'a Offer>,
    pub(super) cart: &'a Cart,
    pub(super) facts: &'a Facts,
    pub(super) now: Timestamp,
}

/// Why something did not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Why {
    pub(super) code: &'static str,
    /// The promotion that it lost to.
    pub(super) winner: Option<usize>,
}

impl Why {
    pub(super) fn plain(code: &'static str) -> Self {
        Self { code, winner: None }
    }

    /// Lost to another.
    pub(super) fn lost(code: &'static str, winner: Option<usize>) -> Self {
        Self { code, winner }
    }
}

/// Which codes take part.
#[derive(Default)]
struct Entered {
    /// Their promotions, in the order entered.
    coupons: Vec<usize>,
    /// By promotion, its code that took part last.
    indexes: BTreeMap<usize, usize>,
    /// By code, the reason why it is refused.
    refused: BTreeMap<usize, Why>,
    /// The coupon that stands alone, and why automatic promotions that it did not take the place of had not
    /// applied.
    alone: Option<(usize, BTreeMap<usize, Why>)>,
}

impl Entered {
    /// Refuses the codes that no longer apply beside one that was accepted.
    fn refuse_others(&mut self, pass: &Pass<'_>) {
        let gone: Vec<usize> = self.coupons.extract_if(.., |at| !pass.applied.contains(at)).collect();
        self.refused.extend(gone.into_iter().map(|at| (self.indexes[&at], pass.reason(at))));
    }
}

impl<'a> Judge<'a> {
    fn is(&self, position: usize, field: &str) -> bool {
        self.offers[position].document[field] == true
    }

    pub(super) fn is_coupon(&self, position: usize) -> bool {
        self.offers[position].document["redemption_type"] == "COUPON"
    }

    pub(super) fn is_exclusive(&self, position: usize, scope: &str) -> bool {
        let document = &self.offers[position].document;
        document["can_be_used_with_other_promotions"] == false && document["exclusivity_scope"] == scope
    }

    pub(super) fn stops(&self, position: usize, scope: &str) -> bool {
        self.is(position, "stop") && self.offers[position].document["exclusivity_scope"] == scope
    }

    fn gate(&self, position: usize) -> Result<(), &'static str> {
        gates::check(self.offers[position], self.settings, self.cart, self.facts, self.now)
    }

    /// The automatic promotions that passed their gates.
    fn automatic(&self) -> Vec<usize> {
        (0..self.offers.len()).filter(|at| !self.is_coupon(*at) && self.gate(*at).is_ok()).collect()
    }

    /// The promotion of a code that can be used.
    fn check_code(&self, code: &EnteredCode) -> Result<usize, &'static str> {
        let (promotion, inactive, used_up, window) = match &code.fact {
            CodeFact::Unknown => return Err("unknown_code"),
            CodeFact::Untried => return Err("too_many_attempts"),
            CodeFact::Known { promotion, inactive, used_up, window } => {
                (promotion, inactive, used_up, window)
            }
        };
        match inactive {
            Some(Inactive::Draft) => return Err("draft"),
            Some(Inactive::Paused) => return Err("paused"),
            Some(Inactive::Archived) => return Err("archived"),
            Some(Inactive::Ended(_)) => return Err("ended"),
            None => {}
        }
        if window.start.is_some_and(|start| self.now < start) {
            return Err("not_started");
        }
        if window.end.is_some_and(|end| self.now >= end) {
            return Err("expired");
        }
        match used_up {
            Some(UsedUp::ByAll) => return Err("code_limit_reached"),
            Some(UsedUp::ByCustomer) => return Err("code_customer_limit_reached"),
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

    fn enter_code(&self, index: usize, code: &EnteredCode, entered: &mut Entered) -> Result<(), Why> {
        let position = self.check_code(code).map_err(Why::plain)?;
        if entered.coupons.contains(&position) {
            return Err(Why::plain("already_applied"));
        }
        self.gate(position).map_err(Why::plain)?;
        if let Some((alone, _)) = entered.alone {
            return Err(Why::lost("not_combinable", Some(alone)));
        }
        if self.is_exclusive(position, "ORDER") {
            self.stand_alone(index, position, entered)?;
        } else if entered.coupons.len() >= self.settings.coupons_allowed as usize {
            return Err(Why::plain("too_many_codes"));
        } else {
            let beside: Vec<usize> = entered.coupons.iter().copied().chain([position]).collect();
            let pass = self.settle(&self.automatic(), &beside);
            if !pass.applied.contains(&position) {
                return Err(pass.reason(position));
            }
            entered.refuse_others(&pass);
        }
        entered.coupons.push(position);
        entered.indexes.insert(position, index);
        Ok(())
    }

    /// Lets an exclusive coupon take the place of what already applies, if it may.
    fn stand_alone(&self, index: usize, position: usize, entered: &mut Entered) -> Result<(), Why> {
        let always = self.is(position, "coupon_overrides_other_promotions");
        let if_better = self.is(position, "coupon_overrides_automatic_when_offering_higher_discounts");
        let standing = self.settle(&self.automatic(), &entered.coupons);
        let alone = self.settle(&[], &[position]);
        if !alone.applied.contains(&position) {
            return Err(alone.reason(position));
        }
        let saves_more = standing.off_goods() == 0 || alone.off_goods() > standing.off_goods();
        if !standing.applied.is_empty() && !always && !if_better {
            return Err(Why::lost("not_combinable", standing.first()));
        }
        if !standing.applied.is_empty() && !always && !saves_more {
            return Err(Why::lost("offers_less", standing.first()));
        }
        let reasons = self.automatic().into_iter().map(|at| (at, standing.reason(at)));
        let kept = reasons.filter(|(at, why)| !standing.applied.contains(at) && why.winner.is_none());
        entered.alone = Some((position, kept.collect()));
        entered.coupons.clear();
        for index in 0..index {
            entered.refused.entry(index).or_insert(Why::lost("overridden", Some(position)));
        }
        Ok(())
    }

    pub(super) fn answer(&self) -> Answer {
        let entered = self.enter_codes();
        let automatic = if entered.alone.is_some() { Vec::new() } else { self.automatic() };
        let mut pass = self.settle(&automatic, &entered.coupons);
        let manual_discount = pass.basket.take_off_manual();
        let basket = &pass.basket;
        let lines = self.cart.lines.iter().zip(basket.amounts());
        let tax = basket.tax();
        let added = tax.filter(|_| !self.cart.tax.prices_include_tax).unwrap_or(0);
        let total = basket.amounts().iter().sum::<i64>() + basket.shipping.unwrap_or(0) + added;
        let gift_card = basket.paid_by_card(total, &self.facts.gift_cards);
        let verdicts = (0..self.offers.len()).map(|at| (at, self.outcome(at, &entered, &pass)));
        let verdicts: BTreeMap<usize, Why> = verdicts.collect();
        let told: Vec<(usize, Why)> =
            verdicts.iter().map(|(at, why)| (*at, told_in_the_end(*why, &verdicts))).collect();
        let id = |at: usize| self.offers[at].id;
        Answer {
            lines: lines.map(|(line, amount)| line.subtotal().get() - amount).collect(),
            units: basket.unit_prices(),
            gifts: basket.gifts.clone(),
            item_discount: basket.off_goods(false),
            order_discount: basket.off_goods(true),
            shipping_discount: basket.off_shipping(),
            manual_discount,
            tax,
            total,
            gift_card,
            due: total - gift_card - self.cart.store_credit.get().min(total - gift_card),
            outcomes: told.iter().map(|(at, why)| (id(*at), why.code.to_owned())).collect(),
            winners: told.iter().filter_map(|(at, why)| Some((id(*at), id(why.winner?)))).collect(),
            funding: pass.applied.iter().map(|at| (id(*at), self.funding(*at, basket))).collect(),
            codes: (0..self.facts.codes.len())
                .map(|at| told_in_the_end(self.code_result(at, &entered, &pass), &verdicts).code.to_owned())
                .collect(),
        }
    }

    /// Who pays how much of what a promotion takes off.
    fn funding(&self, position: usize, basket: &Basket<'_>) -> Vec<(String, i64)> {
        let funders = self.offers[position].document["funding"].as_array().unwrap();
        let parts: Vec<i64> = funders.iter().map(|it| it["basis_points"].as_i64().unwrap()).collect();
        let names = funders.iter().map(|it| it["funder"].as_str().unwrap().to_owned());
        names.zip(split(basket.off_of(position), &parts)).collect()
    }

    fn outcome(&self, position: usize, entered: &Entered, pass: &Pass<'_>) -> Why {
        if pass.applied.contains(&position) {
            return Why::plain("applied");
        }
        if let Err(reason) = self.gate(position) {
            return Why::plain(reason);
        }
        if let Some((alone, reasons)) = entered.alone.as_ref().filter(|_| !self.is_coupon(position)) {
            let overridden = Why::lost("overridden", Some(*alone));
            return reasons.get(&position).copied().unwrap_or(overridden);
        }
        if self.is_coupon(position) && !entered.coupons.contains(&position) {
            let id = self.offers[position].id;
            let mut refused =
                entered.refused.iter().filter(|(index, _)| self.promotion_of(**index) == Some(id));
            return refused.next().map_or(Why::plain("code_required"), |(_, reason)| *reason);
        }
        pass.reason(position)
    }

    fn promotion_of(&self, index: usize) -> Option<u64> {
        match self.facts.codes[index].fact {
            CodeFact::Known { promotion, .. } => Some(promotion),
            CodeFact::Unknown | CodeFact::Untried => None,
        }
    }

    fn code_result(&self, index: usize, entered: &Entered, pass: &Pass<'_>) -> Why {
        if let Some(reason) = entered.refused.get(&index) {
            return *reason;
        }
        let id = self.promotion_of(index);
        let position = self.offers.iter().position(|offer| Some(offer.id) == id).unwrap();
        if pass.applied.contains(&position) {
            return Why::plain("applied");
        }
        pass.reason(position)
    }
}

/// A reason whose winner does not apply in the end names the one that this lost to, and so on.
fn told_in_the_end(why: Why, verdicts: &BTreeMap<usize, Why>) -> Why {
    let lost_to = |winner: &usize| verdicts[winner].winner;
    let mut winners = std::iter::successors(why.winner, lost_to).take(verdicts.len() + 1);
    match winners.position(|winner| verdicts[&winner].code == "applied") {
        Some(0) => why,
        Some(steps) => Why::lost("not_combinable", std::iter::successors(why.winner, lost_to).nth(steps)),
        None => Why::plain(why.code),
    }
}

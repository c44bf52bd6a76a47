//! The answer: what every line, gift and shipping cost now, and the outcome of every promotion and code.

use std::collections::BTreeMap;

use super::combine::Settled;
use super::coupons::Plan;
use super::effect::Scope;
use super::gates::Gates;
use super::ledger::Ledger;
use super::manual::{self, Manual};
use super::pass::{Applied, gift_key};
use super::tax;
use super::turn::Scene;
use super::{CodeFact, Facts};
use crate::money::Minor;
use crate::promotion::language::Named;
use crate::promotion::reason::{CODE_REQUIRED, Fact, NOT_COMBINABLE, Reason};
use crate::promotion::ruleset::Ruleset;
use crate::promotion::{Promotion, RedemptionType, funding};

/// What promotions do to a cart, and why. Units: minor units of the cart's currency.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The lines, in the order of the cart.
    pub lines: Vec<LineResult>,
    /// Gifts to add to the cart.
    pub gifts: Vec<Gift>,
    /// Shipping, once a method is chosen.
    pub shipping: Option<ShippingResult>,
    /// The sums.
    pub totals: Totals,
    /// The entered codes, in the order entered.
    pub codes: Vec<CodeResult>,
    /// Exactly one outcome for every promotion of the ruleset, in the order of evaluation.
    pub outcomes: Vec<PromotionOutcome>,
}

/// What became of one line.
#[derive(Clone, Debug)]
pub struct LineResult {
    /// Before promotions.
    pub subtotal: Minor,
    /// What is taken off: the sum of its shares and what staff take off.
    pub discount: Minor,
    /// After all discounts.
    pub total: Minor,
    /// Its shares of what promotions take off, in the order applied.
    pub shares: Vec<Share>,
    /// What staff take off.
    pub manual_discount: Minor,
    /// What its single units cost after all discounts, dearest first: a refund is a sum of these.
    pub units: Vec<UnitPrice>,
    /// The tax on it, part of `total` when prices include tax; `None` when its rate is not known.
    pub tax: Option<Minor>,
}

/// Units of a line that cost the same in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitPrice {
    /// What each costs after all discounts.
    pub price: Minor,
    /// How many.
    pub units: u32,
}

/// A line's share of what one rule takes off.
#[derive(Clone, Debug)]
pub struct Share {
    /// The promotion.
    pub promotion: u64,
    /// The rule's position in the promotion.
    pub rule: usize,
    /// The position of the code that brought the promotion in.
    pub code: Option<usize>,
    /// Whether the discount is the line's own or the order's.
    pub scope: Scope,
    /// How much.
    pub amount: Minor,
    /// Over how many units of the line it is spread.
    pub units: u32,
}

/// A gift to add to the cart; units that were bought are never turned into gifts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gift {
    /// Names the gift while its promotion gives it; list it in the cart's refused gifts to decline it.
    pub key: String,
    /// The promotion.
    pub promotion: u64,
    /// The product, unless a variant is given.
    pub product: Option<u64>,
    /// The variant, unless a product is given.
    pub variant: Option<u64>,
    /// How many units.
    pub quantity: u64,
}

/// What became of shipping.
#[derive(Clone, Debug)]
pub struct ShippingResult {
    /// Before promotions.
    pub cost: Minor,
    /// What promotions take off.
    pub discount: Minor,
    /// After promotions.
    pub total: Minor,
    /// What each promotion takes off.
    pub shares: Vec<(u64, Minor)>,
    /// What staff take off; part of `discount`.
    pub manual_discount: Minor,
    /// The tax on it; `None` when its rate is not known.
    pub tax: Option<Minor>,
}

/// The sums of an evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All lines before promotions.
    pub subtotal: Minor,
    /// Discounts on single lines.
    pub item_discount: Minor,
    /// Discounts on the order.
    pub order_discount: Minor,
    /// What promotions take off shipping.
    pub shipping_discount: Minor,
    /// What staff take off lines and shipping.
    pub manual_discount: Minor,
    /// All discounts.
    pub discount: Minor,
    /// The tax on lines and shipping; `None` when no rate is known.
    pub tax: Option<Minor>,
    /// Lines and shipping after all discounts, with tax.
    pub total: Minor,
    /// Paid by store credit.
    pub store_credit: Minor,
    /// Left to pay.
    pub due: Minor,
}

/// What became of an entered code.
#[derive(Clone, Debug)]
pub struct CodeResult {
    /// As entered.
    pub text: String,
    /// The promotion it applied, or why it is refused.
    pub result: Result<u64, Reason>,
}

/// The one outcome of a promotion.
#[derive(Clone, Debug)]
pub struct PromotionOutcome {
    /// The promotion.
    pub promotion: u64,
    /// Its outcome.
    pub outcome: Outcome,
}

/// Whether a promotion applied.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It did.
    Applied {
        /// The position of the code that brought it in.
        code: Option<usize>,
        /// What it takes off lines and shipping; nothing when all it does is add a gift.
        discount: Minor,
        /// Who pays how much of it, as the promotion says.
        funding: Vec<(String, Minor)>,
    },
    /// It did not, for this reason.
    NotApplied(Reason),
}

/// Puts the answer together.
pub(crate) fn conclude(
    ruleset: &Ruleset,
    scene: &Scene<'_>,
    gates: &Gates,
    facts: &Facts,
    plan: Plan,
    settled: Settled<'_>,
) -> Evaluation {
    let applied = &settled.pass.applied;
    let mut ledger = settled.pass.ledger.clone();
    let manual = manual::take_off(scene, &mut ledger, settled.pass.shipping);
    let lines = lines(ruleset, scene, applied, &ledger, &manual);
    let shipping = shipping(ruleset, scene, applied, &manual);
    let standing = Standing { ruleset, settled: &settled, lost: lost(ruleset, facts, &plan, &settled) };
    let outcomes = outcomes(ruleset, gates, facts, &plan, &standing);
    let codes = codes(ruleset, facts, &plan, &standing);
    let gifts = applied.iter().filter_map(|applied| gift(ruleset, applied)).collect();
    let totals = totals(scene, applied, &lines, shipping.as_ref());
    Evaluation { lines, gifts, shipping, totals, codes, outcomes }
}

fn id_of(ruleset: &Ruleset, position: usize) -> u64 {
    ruleset.at(position).map_or(0, |compiled| compiled.id)
}

fn lines(
    ruleset: &Ruleset,
    scene: &Scene<'_>,
    applied: &[Applied],
    ledger: &Ledger,
    manual: &Manual,
) -> Vec<LineResult> {
    let result = |(index, line): (usize, &crate::cart::Line)| {
        let subtotal = line.subtotal();
        let manual_discount = manual.lines.get(index).copied().unwrap_or(Minor::ZERO);
        LineResult {
            subtotal,
            discount: manual_discount,
            total: subtotal - manual_discount,
            shares: Vec::new(),
            manual_discount,
            units: unit_prices(ledger, index),
            tax: tax::of_line(scene.cart, ledger, index),
        }
    };
    let mut lines: Vec<LineResult> = scene.cart.lines.iter().enumerate().map(result).collect();
    for Applied { promotion, rule, code, effect } in applied {
        let (promotion, rule, code, scope) = (id_of(ruleset, *promotion), *rule, *code, effect.scope);
        for reduction in &effect.reductions {
            let Some(line) = lines.get_mut(reduction.line) else { continue };
            let (amount, units) = (reduction.amount, reduction.units);
            line.discount += amount;
            line.total -= amount;
            match line.shares.last_mut().filter(|last| (last.promotion, last.rule) == (promotion, rule)) {
                Some(same) => {
                    same.amount += amount;
                    same.units += units;
                }
                None => line.shares.push(Share { promotion, rule, code, scope, amount, units }),
            }
        }
    }
    lines
}

fn unit_prices(ledger: &Ledger, line: usize) -> Vec<UnitPrice> {
    let parcels = ledger.parcels(line).iter();
    let mut units: Vec<UnitPrice> =
        parcels.map(|parcel| UnitPrice { price: parcel.payable, units: parcel.units }).collect();
    units.sort_by_key(|unit| std::cmp::Reverse(unit.price));
    units
}

fn shipping(
    ruleset: &Ruleset,
    scene: &Scene<'_>,
    applied: &[Applied],
    manual: &Manual,
) -> Option<ShippingResult> {
    let cost = scene.cart.shipping.as_ref()?.cost?;
    let reducing = applied.iter().filter(|applied| !applied.effect.shipping.is_zero());
    let shares: Vec<(u64, Minor)> =
        reducing.map(|applied| (id_of(ruleset, applied.promotion), applied.effect.shipping)).collect();
    let discount = shares.iter().map(|(_, amount)| *amount).sum::<Minor>() + manual.shipping;
    let total = cost - discount;
    let tax = tax::of_shipping(scene.cart, total);
    Some(ShippingResult { cost, discount, total, shares, manual_discount: manual.shipping, tax })
}

fn gift(ruleset: &Ruleset, applied: &Applied) -> Option<Gift> {
    let (named, id, quantity) = applied.effect.gift?;
    let promotion = id_of(ruleset, applied.promotion);
    let key = gift_key(promotion, applied.rule);
    let (product, variant) = if named == Named::Variant { (None, Some(id)) } else { (Some(id), None) };
    Some(Gift { key, promotion, product, variant, quantity })
}

fn totals(
    scene: &Scene<'_>,
    applied: &[Applied],
    lines: &[LineResult],
    shipping: Option<&ShippingResult>,
) -> Totals {
    let of_scope = |scope| {
        let applied = applied.iter().filter(|applied| applied.effect.scope == scope);
        applied.map(|applied| applied.effect.discount()).sum::<Minor>()
    };
    let (item_discount, order_discount) = (of_scope(Scope::Item), of_scope(Scope::Order));
    let of_shipping = |amount: fn(&ShippingResult) -> Minor| shipping.map_or(Minor::ZERO, amount);
    let shipping_discount = of_shipping(|shipping| shipping.discount - shipping.manual_discount);
    let manual_of_lines = lines.iter().map(|line| line.manual_discount).sum::<Minor>();
    let manual_discount = manual_of_lines + of_shipping(|shipping| shipping.manual_discount);
    let taxes = lines.iter().map(|line| line.tax).chain([shipping.and_then(|shipping| shipping.tax)]);
    let tax = taxes.flatten().reduce(|one, other| one + other);
    let added_tax = tax.filter(|_| !scene.cart.tax.prices_include_tax).unwrap_or(Minor::ZERO);
    let goods = lines.iter().map(|line| line.total).sum::<Minor>();
    let total = goods + of_shipping(|shipping| shipping.total) + added_tax;
    let store_credit = scene.cart.store_credit.min(total);
    Totals {
        subtotal: lines.iter().map(|line| line.subtotal).sum(),
        item_discount,
        order_discount,
        shipping_discount,
        manual_discount,
        discount: item_discount + order_discount + shipping_discount + manual_discount,
        tax,
        total,
        store_credit,
        due: total - store_credit,
    }
}

fn outcomes(
    ruleset: &Ruleset,
    gates: &Gates,
    facts: &Facts,
    plan: &Plan,
    standing: &Standing<'_>,
) -> Vec<PromotionOutcome> {
    let settled = standing.settled;
    let mut by_promotion: BTreeMap<usize, (Option<usize>, Minor)> = BTreeMap::new();
    for applied in &settled.pass.applied {
        let sum = by_promotion.entry(applied.promotion).or_insert((applied.code, Minor::ZERO));
        sum.1 += applied.effect.discount() + applied.effect.shipping;
    }
    let displaced: BTreeMap<usize, &Reason> =
        plan.displaced.iter().map(|(at, reason)| (*at, reason)).collect();
    let refused = refused_by_promotion(ruleset, facts, plan);
    let outcome = |position: usize, promotion: &Promotion| {
        if let Some((code, discount)) = by_promotion.get(&position) {
            let funding = funding::split(&promotion.funding, *discount);
            return Outcome::Applied { code: *code, discount: *discount, funding };
        }
        let is_entered = plan.selected.coupons.iter().any(|coupon| coupon.promotion == position);
        let needs_code = promotion.redemption_type == RedemptionType::Coupon && !is_entered;
        let reason = match gates.reason(position) {
            Some(closed) => closed.clone(),
            None if needs_code => refused
                .get(&position)
                .map_or_else(|| Reason::plain(&CODE_REQUIRED), |reason| (*reason).clone()),
            None => displaced
                .get(&position)
                .copied()
                .or(settled.losers.get(&position))
                .cloned()
                .unwrap_or_else(|| settled.pass.reason(position)),
        };
        Outcome::NotApplied(standing.judge(reason))
    };
    let promotions = ruleset.iter().enumerate();
    promotions.map(|(at, (id, it))| PromotionOutcome { promotion: id, outcome: outcome(at, it) }).collect()
}

/// What stands in the end: a promotion that won may itself have lost its place to a later code.
struct Standing<'a> {
    ruleset: &'a Ruleset,
    settled: &'a Settled<'a>,
    /// By promotion that lost, the id of the one that it lost to.
    lost: BTreeMap<u64, u64>,
}

impl Standing<'_> {
    /// The reason with the promotion that stands where the winner stood: losers never name one that does not apply.
    fn judge(&self, reason: Reason) -> Reason {
        let Some(winner) = reason.winner else { return reason };
        let mut standing = Some(winner);
        for _ in 0..=self.lost.len() {
            match standing {
                Some(id) if !self.applies(id) => standing = self.lost.get(&id).copied(),
                _ => break,
            }
        }
        match standing.filter(|id| self.applies(*id)) {
            Some(id) if id == winner => reason,
            Some(id) => Reason::lost_to(&NOT_COMBINABLE, id),
            None => Reason { winner: None, ..reason },
        }
    }

    fn applies(&self, id: u64) -> bool {
        self.ruleset.position(id).is_some_and(|position| self.settled.pass.has_applied(position))
    }
}

/// By promotion that lost in any way, the id of the one that it lost to.
fn lost(ruleset: &Ruleset, facts: &Facts, plan: &Plan, settled: &Settled<'_>) -> BTreeMap<u64, u64> {
    let displaced = plan.displaced.iter().map(|(position, reason)| (*position, reason));
    let losers = settled.losers.iter().map(|(position, reason)| (*position, reason));
    let refused = refused_by_promotion(ruleset, facts, plan);
    let lost = settled.pass.reasons().chain(refused).chain(displaced).chain(losers);
    lost.filter_map(|(position, reason)| Some((id_of(ruleset, position), reason.winner?))).collect()
}

/// Why codes are refused, by promotion: the reason of the first of its codes.
fn refused_by_promotion<'p>(ruleset: &Ruleset, facts: &Facts, plan: &'p Plan) -> BTreeMap<usize, &'p Reason> {
    let mut reasons = BTreeMap::new();
    for (code, refused) in facts.codes.iter().zip(&plan.refused) {
        let CodeFact::Known { promotion, .. } = code.fact else { continue };
        if let (Some(position), Some(reason)) = (ruleset.position(promotion), refused) {
            reasons.entry(position).or_insert(reason);
        }
    }
    reasons
}

fn codes(ruleset: &Ruleset, facts: &Facts, plan: &Plan, standing: &Standing<'_>) -> Vec<CodeResult> {
    let settled = standing.settled;
    let result = |index: usize| {
        if let Some(Some(refused)) = plan.refused.get(index) {
            return Err(standing.judge(refused.clone()));
        }
        let coupon = plan.selected.coupons.iter().find(|coupon| coupon.code == index);
        let position = coupon.map(|coupon| coupon.promotion).unwrap_or(usize::MAX);
        if settled.pass.has_applied(position) {
            return Ok(id_of(ruleset, position));
        }
        let lost = settled.losers.get(&position).cloned();
        Err(standing.judge(lost.unwrap_or_else(|| settled.pass.reason(position))))
    };
    let entered = facts.codes.iter().enumerate();
    entered.map(|(index, code)| CodeResult { text: code.text.clone(), result: result(index) }).collect()
}

impl PromotionOutcome {
    /// Whether what is missing is goods: so much money, or so many units.
    pub fn missing(&self) -> Option<&Reason> {
        match &self.outcome {
            Outcome::NotApplied(reason)
                if matches!(reason.needed, Fact::Money(_) | Fact::Count(_))
                    && matches!(reason.kind.code, "minimum_spend" | "minimum_quantity") =>
            {
                Some(reason)
            }
            _ => None,
        }
    }
}

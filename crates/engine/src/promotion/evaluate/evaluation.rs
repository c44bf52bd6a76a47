//! The answer: what every line, gift and shipping cost now, and the outcome of every promotion and code.

use super::combine::Settled;
use super::coupons::Plan;
use super::effect::Scope;
use super::ledger::Ledger;
use super::manual::{self, Manual};
use super::outcomes::Standing;
use super::pass::{Applied, gift_key};
use super::stage::Stage;
use super::tax;
use super::turn::Scene;
use crate::cart::Line;
use crate::gift_card::{self, CardResult};
use crate::money::Minor;
use crate::promotion::evaluate::Facts;
use crate::promotion::language::Named;
use crate::promotion::reason::{Fact, Reason};

/// What promotions do to a cart, and why. Units: minor units of the cart's currency.
#[derive(Clone, Debug, PartialEq)]
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
    /// The gift cards on the cart, in the order entered.
    pub gift_cards: Vec<CardResult>,
    /// The outcomes that are told, at most one of each promotion, in the order of evaluation.
    pub outcomes: Vec<PromotionOutcome>,
}

/// What became of one line.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
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
    /// Paid by gift cards.
    pub gift_card: Minor,
    /// Paid by store credit.
    pub store_credit: Minor,
    /// Left to pay.
    pub due: Minor,
}

/// What became of an entered code.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeResult {
    /// As entered.
    pub text: String,
    /// The promotion it applied, or why it is refused.
    pub result: Result<u64, Reason>,
}

/// The one outcome of a promotion.
#[derive(Clone, Debug, PartialEq)]
pub struct PromotionOutcome {
    /// The promotion.
    pub promotion: u64,
    /// Its outcome.
    pub outcome: Outcome,
}

/// Whether a promotion applied.
#[derive(Clone, Debug, PartialEq)]
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
pub(crate) fn conclude<'a>(stage: &'a Stage<'a>, plan: Plan, settled: Settled<'a>) -> Evaluation {
    let applied = &settled.pass.applied;
    let mut ledger = settled.pass.ledger.clone();
    let manual = manual::take_off(&stage.scene, &mut ledger, settled.pass.shipping);
    let lines = lines(stage, applied, &ledger, &manual);
    let shipping = shipping(stage, applied, &manual);
    let standing = Standing::of(stage, &plan, &settled);
    let outcomes = standing.outcomes();
    let codes = standing.codes();
    let gifts = applied.iter().filter_map(|applied| gift(stage, applied)).collect();
    let totals = totals(&stage.scene, applied, &lines, shipping.as_ref());
    let (totals, gift_cards) = pay_by_card(&stage.scene, stage.scene.facts, totals, &lines);
    Evaluation { lines, gifts, shipping, totals, codes, gift_cards, outcomes }
}

fn lines(stage: &Stage<'_>, applied: &[Applied], ledger: &Ledger, manual: &Manual) -> Vec<LineResult> {
    let cart = stage.scene.cart;
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
            tax: tax::of_line(cart, ledger, index),
        }
    };
    let mut lines: Vec<LineResult> = cart.lines.iter().enumerate().map(result).collect();
    for Applied { promotion, rule, code, effect } in applied {
        let (promotion, rule, code, scope) = (stage.id_of(*promotion), *rule, *code, effect.scope);
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

fn shipping(stage: &Stage<'_>, applied: &[Applied], manual: &Manual) -> Option<ShippingResult> {
    let scene = &stage.scene;
    let cost = scene.cart.shipping.as_ref()?.cost?;
    let reducing = applied.iter().filter(|applied| !applied.effect.shipping.is_zero());
    let shares: Vec<(u64, Minor)> =
        reducing.map(|applied| (stage.id_of(applied.promotion), applied.effect.shipping)).collect();
    let discount = shares.iter().map(|(_, amount)| *amount).sum::<Minor>() + manual.shipping;
    let total = cost - discount;
    let tax = tax::of_shipping(scene.cart, total);
    Some(ShippingResult { cost, discount, total, shares, manual_discount: manual.shipping, tax })
}

fn gift(stage: &Stage<'_>, applied: &Applied) -> Option<Gift> {
    let (named, id, quantity) = applied.effect.gift?;
    let promotion = stage.id_of(applied.promotion);
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
    Totals {
        subtotal: lines.iter().map(|line| line.subtotal).sum(),
        item_discount,
        order_discount,
        shipping_discount,
        manual_discount,
        discount: item_discount + order_discount + shipping_discount + manual_discount,
        tax,
        total,
        gift_card: Minor::ZERO,
        store_credit: Minor::ZERO,
        due: total,
    }
}

/// Pays with gift cards, then with store credit. A gift card buys no gift cards, unless the store says so: stolen money
/// would be washed so.
fn pay_by_card(
    scene: &Scene<'_>,
    facts: &Facts,
    totals: Totals,
    lines: &[LineResult],
) -> (Totals, Vec<CardResult>) {
    let cart = scene.cart;
    let is_left_out = |line: &Line| line.is_gift_card && !scene.settings.gift_cards_buy_gift_cards;
    let bought = cart.lines.iter().zip(lines).filter(|(line, _)| is_left_out(line));
    let cost_of = |(_, result): (_, &LineResult)| {
        let added_tax = result.tax.filter(|_| !cart.tax.prices_include_tax).unwrap_or(Minor::ZERO);
        result.total + added_tax
    };
    let payable = totals.total - bought.map(cost_of).sum::<Minor>();
    let gift_cards = gift_card::pay(&facts.gift_cards, payable, cart.currency);
    let gift_card =
        gift_cards.iter().filter_map(|card| card.result.ok()).map(|paid| paid.amount).sum::<Minor>();
    let store_credit = cart.store_credit.min(totals.total - gift_card);
    (Totals { gift_card, store_credit, due: totals.total - gift_card - store_credit, ..totals }, gift_cards)
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

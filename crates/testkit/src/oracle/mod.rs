//! A second evaluator, naive on purpose: what the engine's is compared with.
//!
//! It is written from docs/semantics.md alone, works on the normal form of promotions and on single units,
//! and shares no line with the engine's evaluator. Where the two differ, one of them or that page is wrong.

mod after;
mod amounts;
mod best_deal;
mod bundles;
mod combine;
mod floors;
mod gates;
mod goods;
mod rounds;
mod rules;
mod settle;

use std::collections::BTreeMap;

use engine::cart::Cart;
use engine::promotion::{Evaluation, Facts, LineResult, Outcome, PromotionOutcome};
use engine::settings::Settings;
use jiff::Timestamp;
use serde_json::Value;

/// A promotion as the naive evaluator reads it.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Its id.
    pub id: u64,
    /// When it was created.
    pub created: Timestamp,
    /// Its document in normal form.
    pub document: Value,
}

/// What both evaluators must agree on. Amounts are minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// What is taken off every line.
    pub lines: Vec<i64>,
    /// What the single units of every line cost, dearest first.
    pub units: Vec<Vec<i64>>,
    /// Quantities of gifts by key and by what is given, such as `product 7`.
    pub gifts: BTreeMap<(String, String), u64>,
    /// Discounts on single lines.
    pub item_discount: i64,
    /// Discounts on the order.
    pub order_discount: i64,
    /// Discounts on shipping.
    pub shipping_discount: i64,
    /// What staff take off.
    pub manual_discount: i64,
    /// The tax on lines and shipping, when a rate is known.
    pub tax: Option<i64>,
    /// Lines and shipping after all discounts, with tax.
    pub total: i64,
    /// Paid by gift cards.
    pub gift_card: i64,
    /// Left to pay after gift cards and store credit.
    pub due: i64,
    /// By promotion, `applied` or the reason why not.
    pub outcomes: BTreeMap<u64, String>,
    /// By promotion that lost to another, that one.
    pub winners: BTreeMap<u64, u64>,
    /// By promotion that applied, who pays how much of what it takes off.
    pub funding: BTreeMap<u64, Vec<(String, i64)>>,
    /// By code as entered, `applied` or the reason why not.
    pub codes: Vec<String>,
}

/// Applies promotions to a cart, slowly.
pub fn evaluate(settings: &Settings, offers: &[Offer], cart: &Cart, facts: &Facts, now: Timestamp) -> Answer {
    let mut offers: Vec<&Offer> = offers.iter().collect();
    offers.sort_by_key(|offer| (offer.document["priority"].as_i64(), offer.created, offer.id));
    combine::Judge { settings, offers, cart, facts, now }.answer()
}

impl Answer {
    /// The same of the engine's answer.
    pub fn of(evaluation: &Evaluation) -> Self {
        let word = |outcome: &Outcome| match outcome {
            Outcome::Applied { .. } => "applied".to_owned(),
            Outcome::NotApplied(reason) => reason.kind.code.to_owned(),
        };
        let gift = |gift: &engine::promotion::Gift| {
            let given = match (gift.product, gift.variant) {
                (Some(product), _) => format!("product {product}"),
                (None, variant) => format!("variant {}", variant.unwrap_or(0)),
            };
            ((gift.key.clone(), given), gift.quantity)
        };
        let totals = &evaluation.totals;
        Self {
            lines: evaluation.lines.iter().map(|line| line.discount.get()).collect(),
            units: evaluation.lines.iter().map(unit_prices).collect(),
            gifts: evaluation.gifts.iter().map(gift).collect(),
            item_discount: totals.item_discount.get(),
            order_discount: totals.order_discount.get(),
            shipping_discount: totals.shipping_discount.get(),
            manual_discount: totals.manual_discount.get(),
            tax: totals.tax.map(|tax| tax.get()),
            total: totals.total.get(),
            gift_card: totals.gift_card.get(),
            due: totals.due.get(),
            outcomes: evaluation.outcomes.iter().map(|it| (it.promotion, word(&it.outcome))).collect(),
            winners: evaluation.outcomes.iter().filter_map(winner).collect(),
            funding: evaluation.outcomes.iter().filter_map(funding).collect(),
            codes: evaluation
                .codes
                .iter()
                .map(|code| {
                    code.result.as_ref().map_or_else(|reason| reason.kind.code, |_| "applied").to_owned()
                })
                .collect(),
        }
    }

    /// Everything that is taken off.
    pub fn discount(&self) -> i64 {
        self.item_discount + self.order_discount + self.shipping_discount + self.manual_discount
    }
}

fn unit_prices(line: &LineResult) -> Vec<i64> {
    line.units.iter().flat_map(|unit| vec![unit.price.get(); unit.units as usize]).collect()
}

fn winner(outcome: &PromotionOutcome) -> Option<(u64, u64)> {
    match &outcome.outcome {
        Outcome::NotApplied(reason) => Some((outcome.promotion, reason.winner?)),
        Outcome::Applied { .. } => None,
    }
}

fn funding(outcome: &PromotionOutcome) -> Option<(u64, Vec<(String, i64)>)> {
    let Outcome::Applied { funding, .. } = &outcome.outcome else { return None };
    let parts = funding.iter().map(|(name, amount)| (name.clone(), amount.get()));
    Some((outcome.promotion, parts.collect()))
}

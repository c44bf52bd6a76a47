//! An evaluation as it is told.

use engine::cart::Cart;
use engine::gift_card::{CardRefusal, CardResult};
use engine::money::{Currency, Minor};
use engine::promotion::reason::{Reason, Telling};
use engine::promotion::{
    Change, CodeResult, Evaluation, Gift, LineResult, Nudge, Outcome, PromotionOutcome, Scope, Share,
    UnitPrice,
};

use super::{
    AddOut, AppliedOut, CardOut, CodeOut, DiscountOut, EvaluationOut, FundingOut, GiftOut, LineOut, NudgeOut,
    OutcomeOut, ShippingDiscountOut, ShippingOut, TotalsOut, UnitPriceOut,
};
use crate::evaluation::rest::amount::Amount;
use crate::evaluation::rest::{Include, Wanted};
use crate::evaluation::service::Priced;

/// The answer to a request, for the evaluation of this name.
pub(in crate::evaluation::rest) fn show<'a>(
    cart: &'a Cart,
    wanted: &'a Wanted,
    priced: &'a Priced,
    id: &'a str,
) -> EvaluationOut<'a> {
    let show = Show { currency: cart.currency, priced };
    let Evaluation { lines, gifts, shipping, codes, gift_cards, outcomes, .. } = &priced.evaluation;
    let with_trace = wanted.includes(Include::Trace);
    let is_told = |outcome: &&PromotionOutcome| {
        with_trace || wanted.trace_of.contains(&outcome.promotion) || is_near(outcome)
    };
    EvaluationOut {
        currency: cart.currency.code(),
        at: priced.at.to_string(),
        lines: cart.lines.iter().zip(lines).map(|(line, result)| show.line(line, result)).collect(),
        gifts: gifts.iter().map(GiftOut::of).collect(),
        shipping: shipping.as_ref().map(|shipping| show.shipping(shipping)),
        totals: show.totals(),
        codes: codes.iter().map(|code| show.code(code)).collect(),
        gift_cards: gift_cards.iter().map(|card| show.card(card)).collect(),
        applied: outcomes.iter().filter_map(|outcome| show.applied(outcome)).collect(),
        outcomes: outcomes.iter().filter(is_told).map(|outcome| show.outcome(outcome)).collect(),
        nudges: priced.nudges.iter().map(|nudge| show.nudge(cart, nudge)).collect(),
        ruleset: &priced.rules.hash,
        evaluation_id: id,
    }
}

/// Whether a promotion lost to another, or stood at its conditions where the engine told such ones: what a shopper may
/// want to hear without asking.
fn is_near(outcome: &PromotionOutcome) -> bool {
    match &outcome.outcome {
        Outcome::Applied { .. } => false,
        Outcome::NotApplied(reason) => outcome.missing().is_some() || reason.winner.is_some(),
    }
}

struct Show<'a> {
    currency: Currency,
    priced: &'a Priced,
}

impl<'a> Show<'a> {
    fn money(&self, amount: Minor) -> Amount {
        Amount::new(amount, self.currency)
    }

    fn telling(&self) -> Telling<'_> {
        Telling { currency: self.currency, zone: &self.priced.rules.ruleset.settings().time_zone }
    }

    fn code_at(&self, position: Option<usize>) -> Option<&'a str> {
        position.and_then(|at| self.priced.code_at(at))
    }

    fn name(&self, promotion: u64) -> &'a str {
        self.priced.rules.ruleset.get(promotion).map_or("", |promotion| promotion.name.as_str())
    }

    fn line(&self, line: &'a engine::cart::Line, result: &'a LineResult) -> LineOut<'a> {
        let discount = |share: &Share| DiscountOut {
            promotion_id: share.promotion,
            rule: share.rule,
            code: self.code_at(share.code),
            scope: match share.scope {
                Scope::Item => "item",
                Scope::Order => "order",
            },
            amount: self.money(share.amount),
            units: share.units,
        };
        let unit = |unit: &UnitPrice| UnitPriceOut { quantity: unit.units, price: self.money(unit.price) };
        LineOut {
            id: &line.id,
            quantity: line.quantity,
            subtotal: self.money(result.subtotal),
            discount: self.money(result.discount),
            total: self.money(result.total),
            discounts: result.shares.iter().map(discount).collect(),
            manual_discount: self.money(result.manual_discount),
            units: result.units.iter().map(unit).collect(),
            tax: result.tax.map(|tax| self.money(tax)),
        }
    }

    fn shipping(&self, shipping: &engine::promotion::ShippingResult) -> ShippingOut {
        let discount = |(promotion, amount): &(u64, Minor)| ShippingDiscountOut {
            promotion_id: *promotion,
            amount: self.money(*amount),
        };
        ShippingOut {
            cost: self.money(shipping.cost),
            discount: self.money(shipping.discount),
            total: self.money(shipping.total),
            discounts: shipping.shares.iter().map(discount).collect(),
            manual_discount: self.money(shipping.manual_discount),
            tax: shipping.tax.map(|tax| self.money(tax)),
        }
    }

    fn totals(&self) -> TotalsOut {
        let totals = &self.priced.evaluation.totals;
        TotalsOut {
            subtotal: self.money(totals.subtotal),
            item_discount: self.money(totals.item_discount),
            order_discount: self.money(totals.order_discount),
            shipping_discount: self.money(totals.shipping_discount),
            manual_discount: self.money(totals.manual_discount),
            discount: self.money(totals.discount),
            tax: totals.tax.map(|tax| self.money(tax)),
            total: self.money(totals.total),
            gift_card: self.money(totals.gift_card),
            store_credit: self.money(totals.store_credit),
            due: self.money(totals.due),
        }
    }

    fn code(&self, code: &'a CodeResult) -> CodeOut<'a> {
        let (status, promotion_id, reason) = match &code.result {
            Ok(promotion) => ("applied", Some(*promotion), None),
            Err(reason) => ("refused", None, Some(reason)),
        };
        CodeOut {
            code: &code.text,
            status,
            promotion_id,
            reason: reason.map(|reason| reason.kind.code),
            message: reason.map(|reason| reason.message(&self.telling())),
        }
    }

    fn card(&self, card: &'a CardResult) -> CardOut<'a> {
        let (paid, refusal) = (card.result.ok(), card.result.err());
        CardOut {
            last_four: &card.last_four,
            status: if paid.is_some() { "applied" } else { "refused" },
            amount: paid.map(|paid| self.money(paid.amount)),
            remaining: paid.map(|paid| self.money(paid.remaining)),
            reason: refusal.map(CardRefusal::code),
            message: refusal.map(|refusal| refusal.to_string()),
        }
    }

    fn applied(&self, outcome: &'a PromotionOutcome) -> Option<AppliedOut<'a>> {
        let Outcome::Applied { code, discount, funding } = &outcome.outcome else { return None };
        Some(AppliedOut {
            promotion_id: outcome.promotion,
            name: self.name(outcome.promotion),
            code: self.code_at(*code),
            discount: self.money(*discount),
            funding: funding
                .iter()
                .map(|(funder, amount)| FundingOut { funder, amount: self.money(*amount) })
                .collect(),
        })
    }

    fn outcome(&self, outcome: &PromotionOutcome) -> OutcomeOut {
        let reason: Option<&Reason> = match &outcome.outcome {
            Outcome::Applied { .. } => None,
            Outcome::NotApplied(reason) => Some(reason),
        };
        OutcomeOut {
            promotion_id: outcome.promotion,
            outcome: if reason.is_some() { "not_applied" } else { "applied" },
            reason: reason.map(|reason| reason.kind.code),
            needed: reason.and_then(|reason| reason.needed.to_text(self.currency)),
            found: reason.and_then(|reason| reason.found.to_text(self.currency)),
            winner_id: reason.and_then(|reason| reason.winner),
            message: reason.map(|reason| reason.message(&self.telling())),
        }
    }

    fn nudge(&self, cart: &'a Cart, nudge: &'a Nudge) -> NudgeOut<'a> {
        let (kind, missing, add) = match nudge.change {
            Change::Spend { amount } => ("spend", amount.to_decimal(self.currency), None),
            Change::Add { line, product, variant, units } => {
                let line_id = line.and_then(|line| cart.lines.get(line)).map(|line| line.id.as_str());
                let add = AddOut { line_id, product_id: product, variant_id: variant, quantity: units };
                ("quantity", units.to_string(), Some(add))
            }
        };
        NudgeOut {
            promotion_id: nudge.promotion,
            name: self.name(nudge.promotion),
            kind,
            missing,
            add,
            cost: self.money(nudge.cost),
            saving: self.money(nudge.saving),
            gift: nudge.gift.as_ref().map(GiftOut::of),
            reason: nudge.reason.kind.code,
            message: nudge.message(&self.telling(), self.priced),
        }
    }
}

impl<'a> GiftOut<'a> {
    fn of(gift: &'a Gift) -> Self {
        Self {
            key: &gift.key,
            promotion_id: gift.promotion,
            product_id: gift.product,
            variant_id: gift.variant,
            quantity: gift.quantity,
        }
    }
}

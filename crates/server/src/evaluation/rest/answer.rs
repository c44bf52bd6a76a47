//! A priced cart on the wire.

use engine::cart::Cart;
use engine::money::{Currency, Minor};
use engine::promotion::reason::{Reason, Telling};
use engine::promotion::{
    Change, CodeResult, Evaluation, Gift, LineResult, Nudge, Outcome, PromotionOutcome, Scope, Share,
    UnitPrice,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{EvaluateRequest, Include};
use crate::evaluation::service::Priced;

/// A priced cart. Amounts are decimals in `currency`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Evaluation)]
pub struct EvaluationOut {
    /// The currency of every amount.
    currency: &'static str,
    /// The instant as of which the cart is priced.
    at: String,
    /// The lines, in the order of the cart.
    lines: Vec<LineOut>,
    /// Gifts to add to the cart.
    gifts: Vec<GiftOut>,
    /// Shipping; null while no method is chosen.
    shipping: Option<ShippingOut>,
    /// The sums.
    totals: TotalsOut,
    /// What became of the codes, in the order entered.
    codes: Vec<CodeOut>,
    /// The promotions that applied, in the order of evaluation.
    applied: Vec<AppliedOut>,
    /// Why promotions did not apply: those that stood at their conditions or lost to others; with `trace`, every
    /// promotion, applied ones included.
    outcomes: Vec<OutcomeOut>,
    /// The cheapest changes to the cart that unlock promotions and pay, at most 10, cheapest first; only with
    /// `nudges`. What may be added comes from the cart itself and the catalog.
    nudges: Vec<NudgeOut>,
    /// Names the rules that the cart was priced by: SHA-256, in hexadecimal, of settings and promotions. Equal rules
    /// have equal names.
    ruleset: String,
    /// Names this evaluation: 32 hexadecimal digits, of a hash of the rules, the completed cart, codes, uses and the
    /// instant. The same evaluation has the same name everywhere.
    evaluation_id: String,
}

/// A priced line.
#[derive(Debug, Serialize, ToSchema)]
struct LineOut {
    /// The line's id in the cart.
    id: String,
    /// How many units.
    quantity: u32,
    /// Before promotions.
    subtotal: String,
    /// What is taken off.
    discount: String,
    /// After all discounts.
    total: String,
    /// What each promotion takes off; together with `manual_discount` the sum is `discount`.
    discounts: Vec<DiscountOut>,
    /// What staff take off.
    manual_discount: String,
    /// What its single units cost after all discounts, dearest first: a refund is a sum of these.
    units: Vec<UnitPriceOut>,
    /// The tax on it; part of `total` when prices include tax. Null when no `tax_rate` is known.
    tax: Option<String>,
}

/// Units of a line that cost the same in the end.
#[derive(Debug, Serialize, ToSchema)]
struct UnitPriceOut {
    /// How many.
    quantity: u32,
    /// What each costs.
    price: String,
}

/// What a promotion takes off a line.
#[derive(Debug, Serialize, ToSchema)]
struct DiscountOut {
    /// The promotion.
    promotion_id: u64,
    /// The rule's position in the promotion.
    rule: usize,
    /// The code that brought the promotion in.
    code: Option<String>,
    /// `item`: the line's own discount; `order`: its share of a discount on the order.
    scope: &'static str,
    /// How much.
    amount: String,
    /// Over how many units of the line it is spread.
    units: u32,
}

/// A gift to add to the cart.
#[derive(Debug, Serialize, ToSchema)]
struct GiftOut {
    /// Names the gift; send it in `refused_gifts` to decline it.
    key: String,
    /// The promotion that gives it.
    promotion_id: u64,
    /// The product, unless a variant is given.
    product_id: Option<u64>,
    /// The variant, unless a product is given.
    variant_id: Option<u64>,
    /// How many units.
    quantity: u64,
}

/// Priced shipping.
#[derive(Debug, Serialize, ToSchema)]
struct ShippingOut {
    /// Before promotions.
    cost: String,
    /// What promotions take off.
    discount: String,
    /// After promotions.
    total: String,
    /// What each promotion takes off.
    discounts: Vec<ShippingDiscountOut>,
    /// What staff take off; part of `discount`.
    manual_discount: String,
    /// The tax on it. Null when no `tax_rate` is known.
    tax: Option<String>,
}

/// What a promotion takes off shipping.
#[derive(Debug, Serialize, ToSchema)]
struct ShippingDiscountOut {
    /// The promotion.
    promotion_id: u64,
    /// How much.
    amount: String,
}

/// The sums of a priced cart.
#[derive(Debug, Serialize, ToSchema)]
struct TotalsOut {
    /// All lines before promotions.
    subtotal: String,
    /// Discounts on single lines.
    item_discount: String,
    /// Discounts on the order.
    order_discount: String,
    /// What promotions take off shipping.
    shipping_discount: String,
    /// What staff take off lines and shipping.
    manual_discount: String,
    /// All discounts.
    discount: String,
    /// The tax on lines and shipping. Null when no `tax_rate` is known.
    tax: Option<String>,
    /// Lines and shipping after all discounts, with tax.
    total: String,
    /// Paid by gift cards.
    gift_card: String,
    /// Paid by store credit.
    store_credit: String,
    /// Left to pay.
    due: String,
}

/// What became of a code.
#[derive(Debug, Serialize, ToSchema)]
struct CodeOut {
    /// As entered.
    code: String,
    /// `applied` or `refused`.
    status: &'static str,
    /// The promotion that it applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion_id: Option<u64>,
    /// Why it is refused: a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// Why it is refused, for the shopper.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// A promotion that applied.
#[derive(Debug, Serialize, ToSchema)]
struct AppliedOut {
    /// The promotion.
    promotion_id: u64,
    /// Its name.
    name: String,
    /// The code that brought it in.
    code: Option<String>,
    /// What it takes off lines and shipping.
    discount: String,
    /// Who pays how much of it; empty when the promotion does not say.
    funding: Vec<FundingOut>,
}

/// Who pays a part of a discount.
#[derive(Debug, Serialize, ToSchema)]
struct FundingOut {
    /// The merchant's name for them.
    funder: String,
    /// How much.
    amount: String,
}

/// The one outcome of a promotion.
#[derive(Debug, Serialize, ToSchema)]
struct OutcomeOut {
    /// The promotion.
    promotion_id: u64,
    /// `applied` or `not_applied`.
    outcome: &'static str,
    /// Why not: a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What would have been needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    needed: Option<String>,
    /// What was there instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<String>,
    /// The promotion that it lost to.
    #[serde(skip_serializing_if = "Option::is_none")]
    winner_id: Option<u64>,
    /// Why not, for the shopper.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// What is missing for a promotion that is near.
#[derive(Debug, Serialize, ToSchema)]
struct NudgeOut {
    /// The promotion.
    promotion_id: u64,
    /// Its name.
    name: String,
    /// `spend`: goods worth so much are to be added, whatever they are; `quantity`: so many units of `add` are.
    kind: &'static str,
    /// How much or how many.
    missing: String,
    /// What is to be added, when it is something in particular.
    add: Option<AddOut>,
    /// What is more to pay in all then; below zero when the cart becomes cheaper.
    cost: String,
    /// What all discounts take off then more than they do now.
    saving: String,
    /// What is added for nothing then.
    gift: Option<GiftOut>,
    /// Why the promotion does not apply (any further) now: a stable code.
    reason: &'static str,
    /// What to do and what it brings, for the shopper.
    message: String,
}

/// Units to add to a cart.
#[derive(Debug, Serialize, ToSchema)]
struct AddOut {
    /// The line of which there are more then; a new line when null.
    line_id: Option<String>,
    /// The product.
    product_id: u64,
    /// The variant, when the product has several.
    variant_id: Option<u64>,
    /// How many units more.
    quantity: u32,
}

/// The answer to a request, for the evaluation of this name.
pub(super) fn show(cart: &Cart, request: &EvaluateRequest, priced: &Priced, id: String) -> EvaluationOut {
    let show = Show { currency: cart.currency, codes: &request.cart.codes, priced };
    let Evaluation { lines, gifts, shipping, codes, outcomes, .. } = &priced.evaluation;
    let with_trace = request.include.contains(&Include::Trace);
    let near = |outcome: &&PromotionOutcome| with_trace || is_near(outcome);
    EvaluationOut {
        currency: cart.currency.code(),
        at: priced.at.to_string(),
        lines: cart.lines.iter().zip(lines).map(|(line, result)| show.line(line, result)).collect(),
        gifts: gifts.iter().map(GiftOut::of).collect(),
        shipping: shipping.as_ref().map(|shipping| show.shipping(shipping)),
        totals: show.totals(),
        codes: codes.iter().map(|code| show.code(code)).collect(),
        applied: outcomes.iter().filter_map(|outcome| show.applied(outcome)).collect(),
        outcomes: outcomes.iter().filter(near).map(|outcome| show.outcome(outcome)).collect(),
        nudges: priced.nudges.iter().map(|nudge| show.nudge(cart, nudge)).collect(),
        ruleset: priced.rules.hash.clone(),
        evaluation_id: id,
    }
}

/// Whether a promotion stood at its conditions or lost to another: what a shopper may want to hear without asking.
fn is_near(outcome: &PromotionOutcome) -> bool {
    match &outcome.outcome {
        Outcome::Applied { .. } => false,
        Outcome::NotApplied(reason) => outcome.missing().is_some() || reason.winner.is_some(),
    }
}

struct Show<'a> {
    currency: Currency,
    codes: &'a [String],
    priced: &'a Priced,
}

impl Show<'_> {
    fn money(&self, amount: Minor) -> String {
        amount.to_decimal(self.currency)
    }

    fn telling(&self) -> Telling<'_> {
        Telling { currency: self.currency, zone: &self.priced.rules.ruleset.settings().time_zone }
    }

    fn code_at(&self, position: Option<usize>) -> Option<String> {
        position.and_then(|at| self.codes.get(at)).cloned()
    }

    fn name(&self, promotion: u64) -> String {
        self.priced.rules.names.get(&promotion).cloned().unwrap_or_default()
    }

    fn line(&self, line: &engine::cart::Line, result: &LineResult) -> LineOut {
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
            id: line.id.clone(),
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
            gift_card: self.money(Minor::ZERO),
            store_credit: self.money(totals.store_credit),
            due: self.money(totals.due),
        }
    }

    fn code(&self, code: &CodeResult) -> CodeOut {
        let (status, promotion_id, reason) = match &code.result {
            Ok(promotion) => ("applied", Some(*promotion), None),
            Err(reason) => ("refused", None, Some(reason)),
        };
        CodeOut {
            code: code.text.clone(),
            status,
            promotion_id,
            reason: reason.map(|reason| reason.kind.code),
            message: reason.map(|reason| reason.message(&self.telling())),
        }
    }

    fn applied(&self, outcome: &PromotionOutcome) -> Option<AppliedOut> {
        let Outcome::Applied { code, discount, funding } = &outcome.outcome else { return None };
        Some(AppliedOut {
            promotion_id: outcome.promotion,
            name: self.name(outcome.promotion),
            code: self.code_at(*code),
            discount: self.money(*discount),
            funding: funding
                .iter()
                .map(|(funder, amount)| FundingOut { funder: funder.clone(), amount: self.money(*amount) })
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

    fn nudge(&self, cart: &Cart, nudge: &Nudge) -> NudgeOut {
        let (kind, missing, add) = match nudge.change {
            Change::Spend { amount } => ("spend", self.money(amount), None),
            Change::Add { line, product, variant, units } => {
                let line_id = line.and_then(|line| cart.lines.get(line)).map(|line| line.id.clone());
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

impl GiftOut {
    fn of(gift: &Gift) -> Self {
        Self {
            key: gift.key.clone(),
            promotion_id: gift.promotion,
            product_id: gift.product,
            variant_id: gift.variant,
            quantity: gift.quantity,
        }
    }
}

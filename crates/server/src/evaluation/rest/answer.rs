//! A priced cart on the wire.

mod show;

use serde::Serialize;
use utoipa::ToSchema;

use super::amount::Amount;

pub(super) use show::show;

/// A priced cart. Amounts are decimals in `currency`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Evaluation)]
pub struct EvaluationOut<'a> {
    /// The currency of every amount.
    currency: &'static str,
    /// The instant as of which the cart is priced.
    at: String,
    /// The lines, in the order of the cart.
    lines: Vec<LineOut<'a>>,
    /// Gifts to add to the cart.
    gifts: Vec<GiftOut<'a>>,
    /// Shipping; null while no method is chosen.
    shipping: Option<ShippingOut>,
    /// The sums.
    totals: TotalsOut,
    /// What became of the codes, in the order entered.
    codes: Vec<CodeOut<'a>>,
    /// What became of the gift cards, in the order entered; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gift_cards: Vec<CardOut<'a>>,
    /// The promotions that applied, in the order of evaluation.
    applied: Vec<AppliedOut<'a>>,
    /// Why promotions did not apply: those that lost to others; with `nudges`, those that stood at their conditions
    /// too; those in `trace_of`, and with `trace` every promotion, whatever became of them.
    outcomes: Vec<OutcomeOut>,
    /// The cheapest changes to the cart that unlock promotions and pay, at most 10, cheapest first; only with
    /// `nudges`. What may be added comes from the cart itself and the catalog.
    nudges: Vec<NudgeOut<'a>>,
    /// Names the rules that the cart was priced by: SHA-256, in hexadecimal, of settings and promotions. Equal rules
    /// have equal names.
    ruleset: &'a str,
    /// Names this evaluation: 32 hexadecimal digits, of a hash of the rules, the completed cart, codes, uses and the
    /// instant. The same evaluation has the same name everywhere.
    evaluation_id: &'a str,
}

/// A priced line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvaluationLine)]
struct LineOut<'a> {
    /// The line's id in the cart.
    id: &'a str,
    /// How many units.
    quantity: u32,
    /// Before promotions.
    #[schema(value_type = String)]
    subtotal: Amount,
    /// What is taken off.
    #[schema(value_type = String)]
    discount: Amount,
    /// After all discounts.
    #[schema(value_type = String)]
    total: Amount,
    /// What each promotion takes off; together with `manual_discount` the sum is `discount`.
    discounts: Vec<DiscountOut<'a>>,
    /// What staff take off.
    #[schema(value_type = String)]
    manual_discount: Amount,
    /// What its single units cost after all discounts, dearest first: a refund is a sum of these.
    units: Vec<UnitPriceOut>,
    /// The tax on it; part of `total` when prices include tax. Null when no `tax_rate` is known.
    #[schema(value_type = Option<String>)]
    tax: Option<Amount>,
}

/// Units of a line that cost the same in the end.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvaluationUnits)]
struct UnitPriceOut {
    /// How many.
    quantity: u32,
    /// What each costs.
    #[schema(value_type = String)]
    price: Amount,
}

/// What a promotion takes off a line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvaluationDiscount)]
struct DiscountOut<'a> {
    /// The promotion.
    promotion_id: u64,
    /// The rule's position in the promotion.
    rule: usize,
    /// The code that brought the promotion in, as the merchant wrote it.
    code: Option<&'a str>,
    /// `item`: the line's own discount; `order`: its share of a discount on the order.
    scope: &'static str,
    /// How much.
    #[schema(value_type = String)]
    amount: Amount,
    /// Over how many units of the line it is spread.
    units: u32,
}

/// A gift to add to the cart.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvaluationGift)]
struct GiftOut<'a> {
    /// Names the gift; send it in `refused_gifts` to decline it.
    key: &'a str,
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
#[schema(as = EvaluationShipping)]
struct ShippingOut {
    /// Before promotions.
    #[schema(value_type = String)]
    cost: Amount,
    /// What promotions take off.
    #[schema(value_type = String)]
    discount: Amount,
    /// After promotions.
    #[schema(value_type = String)]
    total: Amount,
    /// What each promotion takes off.
    discounts: Vec<ShippingDiscountOut>,
    /// What staff take off; part of `discount`.
    #[schema(value_type = String)]
    manual_discount: Amount,
    /// The tax on it. Null when no `tax_rate` is known.
    #[schema(value_type = Option<String>)]
    tax: Option<Amount>,
}

/// What a promotion takes off shipping.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvaluationShippingDiscount)]
struct ShippingDiscountOut {
    /// The promotion.
    promotion_id: u64,
    /// How much.
    #[schema(value_type = String)]
    amount: Amount,
}

/// The sums of a priced cart.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvaluationTotals)]
struct TotalsOut {
    /// All lines before promotions.
    #[schema(value_type = String)]
    subtotal: Amount,
    /// Discounts on single lines.
    #[schema(value_type = String)]
    item_discount: Amount,
    /// Discounts on the order.
    #[schema(value_type = String)]
    order_discount: Amount,
    /// What promotions take off shipping.
    #[schema(value_type = String)]
    shipping_discount: Amount,
    /// What staff take off lines and shipping.
    #[schema(value_type = String)]
    manual_discount: Amount,
    /// All discounts.
    #[schema(value_type = String)]
    discount: Amount,
    /// The tax on lines and shipping. Null when no `tax_rate` is known.
    #[schema(value_type = Option<String>)]
    tax: Option<Amount>,
    /// Lines and shipping after all discounts, with tax.
    #[schema(value_type = String)]
    total: Amount,
    /// Paid by gift cards.
    #[schema(value_type = String)]
    gift_card: Amount,
    /// Paid by store credit.
    #[schema(value_type = String)]
    store_credit: Amount,
    /// Left to pay.
    #[schema(value_type = String)]
    due: Amount,
}

/// What became of a gift card.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvaluationGiftCard)]
struct CardOut<'a> {
    /// The last four symbols of the code that was entered.
    last_four: &'a str,
    /// `applied` or `refused`.
    status: &'static str,
    /// What it pays.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    /// What is left on it.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<Amount>,
    /// Why it is refused: a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// Why it is refused, for the shopper.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// What became of a code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvaluationCode)]
struct CodeOut<'a> {
    /// As entered.
    code: &'a str,
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
#[schema(as = EvaluationApplied)]
struct AppliedOut<'a> {
    /// The promotion.
    promotion_id: u64,
    /// Its name.
    name: &'a str,
    /// The code that brought it in, as the merchant wrote it.
    code: Option<&'a str>,
    /// What it takes off lines and shipping.
    #[schema(value_type = String)]
    discount: Amount,
    /// Who pays how much of it; empty when the promotion does not say.
    funding: Vec<FundingOut<'a>>,
}

/// Who pays a part of a discount.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvaluationFunding)]
struct FundingOut<'a> {
    /// The merchant's name for them.
    funder: &'a str,
    /// How much.
    #[schema(value_type = String)]
    amount: Amount,
}

/// The one outcome of a promotion.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvaluationOutcome)]
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
#[schema(as = EvaluationNudge)]
struct NudgeOut<'a> {
    /// The promotion.
    promotion_id: u64,
    /// Its name.
    name: &'a str,
    /// `spend`: goods worth so much are to be added, whatever they are; `quantity`: so many units of `add` are.
    kind: &'static str,
    /// How much or how many.
    missing: String,
    /// What is to be added, when it is something in particular.
    add: Option<AddOut<'a>>,
    /// What is more to pay in all then; below zero when the cart becomes cheaper.
    #[schema(value_type = String)]
    cost: Amount,
    /// What all discounts take off then more than they do now.
    #[schema(value_type = String)]
    saving: Amount,
    /// What is added for nothing then.
    gift: Option<GiftOut<'a>>,
    /// Why the promotion does not apply (any further) now: a stable code.
    reason: &'static str,
    /// What to do and what it brings, for the shopper.
    message: String,
}

/// Units to add to a cart.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvaluationAddition)]
struct AddOut<'a> {
    /// The line of which there are more then; a new line when null.
    line_id: Option<&'a str>,
    /// The product.
    product_id: u64,
    /// The variant, when the product has several.
    variant_id: Option<u64>,
    /// How many units more.
    quantity: u32,
}

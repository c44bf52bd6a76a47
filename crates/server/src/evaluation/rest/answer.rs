//! A priced cart on the wire.

mod show;

use serde::Serialize;
use utoipa::ToSchema;

pub(super) use show::show;

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

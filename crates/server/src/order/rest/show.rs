//! An order on the wire.

use engine::money::{Currency, Minor};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::evaluation::rest::EvaluationOut;
use crate::order::store::{DiscountRow, LineRow, OrderRow, OrderRows, RefundRow, TenderRow};
use crate::platform::clock::from_milliseconds;
use crate::platform::http::Problem;

/// An order. Amounts are decimals in `currency`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Order)]
pub(super) struct OrderOut {
    /// Its id.
    id: i64,
    /// The storefront's own name for it.
    reference: Option<String>,
    /// Shared by the orders that one checkout was split into.
    group: Option<String>,
    /// The cart that it was.
    cart_id: Option<String>,
    /// `created`, `awaiting_fulfilment`, `fulfilled`, `cancelled` or `refunded`.
    status: String,
    /// The currency of every amount.
    currency: &'static str,
    /// The storefront in which it was placed.
    channel_id: Option<i64>,
    /// The customer's id.
    customer_id: Option<i64>,
    /// The customer's e-mail address.
    customer_email: Option<String>,
    /// The lines, in the order of the cart.
    lines: Vec<LineOut>,
    /// What promotions took off shipping.
    shipping_discounts: Vec<DiscountOut>,
    /// Gifts that came with it.
    gifts: Vec<GiftOut>,
    /// What each seller sold; 0 is the store itself. Empty when no line has a seller.
    sellers: Vec<SellerOut>,
    /// By what it was paid.
    tenders: Vec<TenderOut>,
    /// What was paid back.
    refunds: Vec<RefundOut>,
    /// The sums.
    totals: OrderTotalsOut,
    /// How what is due is paid.
    payment: PaymentOut,
    /// When it was placed.
    placed_at: String,
    /// When it last changed.
    updated_at: String,
    /// When it was sent.
    fulfilled_at: Option<String>,
    /// When it was cancelled.
    cancelled_at: Option<String>,
    /// When the last of it was paid back.
    refunded_at: Option<String>,
    /// Counts its changes, from 1.
    revision: i64,
    /// Names the rules by which it was priced.
    ruleset: String,
    /// Names the evaluation by which it was priced.
    evaluation_id: String,
    /// The evaluation by which it was priced; only in the answer that placed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<EvaluationOut>)]
    evaluation: Option<Box<RawValue>>,
}

/// A line of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderLine)]
struct LineOut {
    /// The storefront's own name for it.
    id: String,
    /// The product.
    product_id: i64,
    /// The variant.
    variant_id: Option<i64>,
    /// The seller.
    seller_id: Option<i64>,
    /// How many units.
    quantity: i64,
    /// How many of them came back.
    returned: i64,
    /// What one unit cost before promotions.
    price: String,
    /// Before promotions.
    subtotal: String,
    /// What was taken off.
    discount: String,
    /// What staff took off; part of `discount`.
    manual_discount: String,
    /// After all discounts.
    total: String,
    /// The tax on it; null when it was not told.
    tax: Option<String>,
    /// What single units cost in the end, dearest first: a refund is a sum of these.
    units: Vec<UnitsOut>,
    /// What each rule took off it.
    discounts: Vec<DiscountOut>,
}

/// Units of a line that cost the same in the end.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderUnits)]
struct UnitsOut {
    /// How many.
    quantity: u32,
    /// What each cost.
    price: String,
}

/// What a rule took off.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderDiscount)]
struct DiscountOut {
    /// The promotion.
    promotion_id: i64,
    /// The rule's position in the promotion; null for shipping.
    rule: Option<i64>,
    /// The code that brought it in, as the merchant wrote it.
    code: Option<String>,
    /// `item`, `order` or `shipping`.
    scope: String,
    /// How much.
    amount: String,
    /// Over how many units of the line it is spread.
    units: i64,
}

/// A gift that came with an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderGift)]
struct GiftOut {
    /// Names the gift.
    key: String,
    /// The promotion that gave it.
    promotion_id: i64,
    /// The product, unless a variant is given.
    product_id: Option<i64>,
    /// The variant, unless a product is given.
    variant_id: Option<i64>,
    /// How many units.
    quantity: i64,
}

/// An order as one seller sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderSeller)]
struct SellerOut {
    /// The seller; 0 is the store itself.
    seller_id: i64,
    /// How many lines.
    lines: i64,
    /// Before promotions.
    subtotal: String,
    /// What was taken off.
    discount: String,
    /// After all discounts.
    total: String,
}

/// By what an order was paid.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderTender)]
struct TenderOut {
    /// `gift_card`, `store_credit` or `primary`.
    kind: String,
    /// The last characters of a gift card's code.
    last_four: Option<String>,
    /// How much.
    amount: String,
    /// How much of it was paid back.
    refunded: String,
}

/// What was paid back at once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderRefund)]
struct RefundOut {
    /// Its id.
    id: i64,
    /// How much in all.
    amount: String,
    /// How much of it for shipping.
    shipping: String,
    /// Units that came back.
    #[schema(value_type = Vec<Object>)]
    lines: Box<RawValue>,
    /// By which tenders: their positions, kinds and amounts; `forfeited` where the gift card that had paid was voided
    /// since, so that it went nowhere.
    #[schema(value_type = Vec<Object>)]
    tenders: Box<RawValue>,
    /// Why, in words.
    reason: Option<String>,
    /// When.
    created_at: String,
}

/// The sums of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderTotals)]
struct OrderTotalsOut {
    /// All lines before promotions.
    subtotal: String,
    /// Discounts on single lines.
    item_discount: String,
    /// Discounts on the order.
    order_discount: String,
    /// What promotions took off shipping.
    shipping_discount: String,
    /// What staff took off.
    manual_discount: String,
    /// All discounts.
    discount: String,
    /// What shipping cost before promotions.
    shipping: String,
    /// The tax on lines and shipping; null when it was not told.
    tax: Option<String>,
    /// Lines and shipping after all discounts, with tax.
    total: String,
    /// Paid by gift cards.
    gift_card: String,
    /// Paid by store credit.
    store_credit: String,
    /// Left to the primary payment.
    due: String,
    /// What was paid back in all.
    refunded: String,
}

/// How what is due is paid.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderPayment)]
struct PaymentOut {
    /// The method, in the storefront's words.
    method: Option<String>,
    /// The terms.
    terms: Option<String>,
    /// The date until which it is to be paid, in the store's zone.
    due_date: Option<String>,
}

/// Writes amounts of one order.
#[derive(Clone, Copy)]
struct Money(Currency);

impl Money {
    fn show(self, minor: i64) -> String {
        Minor::new(minor).to_decimal(self.0)
    }
}

impl OrderOut {
    /// The order as it is shown.
    pub(super) fn of(rows: &OrderRows, evaluation: Option<Box<RawValue>>) -> Result<Self, Problem> {
        let order = &rows.order;
        let unknown = || Problem::internal(format!("`{}` is no currency of an order", order.currency));
        let currency = Currency::parse(&order.currency).ok_or_else(unknown)?;
        let money = Money(currency);
        let instant = |at: i64| from_milliseconds(at).to_string();
        let lines = rows.lines.iter().map(|line| line_out(line, &rows.discounts, money));
        let of_shipping = rows.discounts.iter().filter(|discount| discount.line_position.is_none());
        Ok(Self {
            id: order.id,
            reference: order.reference.clone(),
            group: order.group_key.clone(),
            cart_id: order.cart_id.clone(),
            status: order.status.clone(),
            currency: currency.code(),
            channel_id: order.channel_id,
            customer_id: order.customer_id,
            customer_email: order.customer_email.clone(),
            lines: lines.collect::<Result<_, Problem>>()?,
            shipping_discounts: of_shipping.map(|discount| discount_out(discount, money)).collect(),
            gifts: gifts(rows),
            sellers: sellers(rows, money),
            tenders: rows.tenders.iter().map(|tender| tender_out(tender, money)).collect(),
            refunds: rows.refunds.iter().map(|it| refund_out(it, money)).collect::<Result<_, Problem>>()?,
            totals: totals(order, money),
            payment: PaymentOut {
                method: order.payment_method.clone(),
                terms: order.payment_terms.clone(),
                due_date: order.due_date.clone(),
            },
            placed_at: instant(order.placed_at),
            updated_at: instant(order.updated_at),
            fulfilled_at: order.fulfilled_at.map(instant),
            cancelled_at: order.cancelled_at.map(instant),
            refunded_at: order.refunded_at.map(instant),
            revision: order.rev,
            ruleset: order.ruleset.clone(),
            evaluation_id: order.evaluation_id.clone(),
            evaluation,
        })
    }
}

fn line_out(line: &LineRow, discounts: &[DiscountRow], money: Money) -> Result<LineOut, Problem> {
    let units: Vec<(i64, u32)> = serde_json::from_str(&line.units).map_err(Problem::internal)?;
    let own = discounts.iter().filter(|discount| discount.line_position == Some(line.position));
    Ok(LineOut {
        id: line.line_id.clone(),
        product_id: line.product_id,
        variant_id: line.variant_id,
        seller_id: line.seller_id,
        quantity: line.quantity,
        returned: line.returned,
        price: money.show(line.price),
        subtotal: money.show(line.subtotal),
        discount: money.show(line.discount),
        manual_discount: money.show(line.manual_discount),
        total: money.show(line.total),
        tax: line.tax.map(|tax| money.show(tax)),
        units: units
            .into_iter()
            .map(|(price, quantity)| UnitsOut { quantity, price: money.show(price) })
            .collect(),
        discounts: own.map(|discount| discount_out(discount, money)).collect(),
    })
}

fn discount_out(discount: &DiscountRow, money: Money) -> DiscountOut {
    DiscountOut {
        promotion_id: discount.promotion_id,
        rule: discount.rule,
        code: discount.code.clone(),
        scope: discount.scope.clone(),
        amount: money.show(discount.amount),
        units: discount.units,
    }
}

fn gifts(rows: &OrderRows) -> Vec<GiftOut> {
    let gift = |row: &crate::order::store::GiftRow| GiftOut {
        key: row.key.clone(),
        promotion_id: row.promotion_id,
        product_id: row.product_id,
        variant_id: row.variant_id,
        quantity: row.quantity,
    };
    rows.gifts.iter().map(gift).collect()
}

fn sellers(rows: &OrderRows, money: Money) -> Vec<SellerOut> {
    let seller = |row: &crate::order::store::PartRow| SellerOut {
        seller_id: row.seller_id,
        lines: row.lines,
        subtotal: money.show(row.subtotal),
        discount: money.show(row.discount),
        total: money.show(row.total),
    };
    rows.parts.iter().map(seller).collect()
}

fn tender_out(tender: &TenderRow, money: Money) -> TenderOut {
    TenderOut {
        kind: tender.kind.clone(),
        last_four: tender.last_four.clone(),
        amount: money.show(tender.amount),
        refunded: money.show(tender.refunded),
    }
}

fn refund_out(refund: &RefundRow, money: Money) -> Result<RefundOut, Problem> {
    let raw = |text: &String| RawValue::from_string(text.clone()).map_err(Problem::internal);
    Ok(RefundOut {
        id: refund.id,
        amount: money.show(refund.goods + refund.shipping),
        shipping: money.show(refund.shipping),
        lines: raw(&refund.lines)?,
        tenders: raw(&refund.tenders)?,
        reason: refund.reason.clone(),
        created_at: from_milliseconds(refund.created_at).to_string(),
    })
}

fn totals(order: &OrderRow, money: Money) -> OrderTotalsOut {
    let discount =
        order.item_discount + order.order_discount + order.shipping_discount + order.manual_discount;
    OrderTotalsOut {
        subtotal: money.show(order.subtotal),
        item_discount: money.show(order.item_discount),
        order_discount: money.show(order.order_discount),
        shipping_discount: money.show(order.shipping_discount),
        manual_discount: money.show(order.manual_discount),
        discount: money.show(discount),
        shipping: money.show(order.shipping_cost),
        tax: order.tax.map(|tax| money.show(tax)),
        total: money.show(order.total),
        gift_card: money.show(order.gift_card),
        store_credit: money.show(order.store_credit),
        due: money.show(order.due),
        refunded: money.show(order.goods_refunded + order.shipping_refunded),
    }
}

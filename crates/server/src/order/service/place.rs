//! Placing an order: price the cart, claim what it gets, keep it.

use std::collections::BTreeMap;

use engine::cart::{Cart, Line};
use engine::money::Minor;
use engine::promotion::{LineResult, Scope};
use jiff::civil::Date;

use crate::evaluation::service::Priced;
use crate::order::store::{DiscountRow, GiftRow, LineRow, OrderRow, OrderRows, PartRow, TenderRow};
use crate::platform::http::Problem;
use crate::redemption::service::Charge;

/// What is asked for beside the cart.
#[derive(Clone, Debug, Default)]
pub(in crate::order) struct NewOrder {
    pub(in crate::order) reference: Option<String>,
    pub(in crate::order) group: Option<String>,
    pub(in crate::order) cart_id: Option<String>,
    pub(in crate::order) fingerprint: String,
    pub(in crate::order) payment_method: Option<String>,
    pub(in crate::order) payment_terms: Option<String>,
    pub(in crate::order) due_date: Option<Date>,
}

/// The rows of an order at this price.
pub(in crate::order) fn place(
    id: i64,
    new: &NewOrder,
    cart: &Cart,
    priced: &Priced,
    charges: &[Charge],
    evaluation_id: &str,
) -> Result<OrderRows, Problem> {
    let lines: Vec<LineRow> = cart
        .lines
        .iter()
        .zip(&priced.evaluation.lines)
        .zip(0..)
        .map(|((line, result), position)| line_row(id, position, line, result))
        .collect::<Result<_, Problem>>()?;
    Ok(OrderRows {
        order: order_row(id, new, cart, priced, evaluation_id),
        discounts: discount_rows(id, priced),
        gifts: gift_rows(id, priced),
        parts: part_rows(id, &lines),
        tenders: tender_rows(id, priced, charges),
        refunds: Vec::new(),
        lines,
    })
}

fn id_column(id: Option<u64>) -> Option<i64> {
    id.and_then(|id| i64::try_from(id).ok())
}

fn order_row(id: i64, new: &NewOrder, cart: &Cart, priced: &Priced, evaluation_id: &str) -> OrderRow {
    let totals = &priced.evaluation.totals;
    let now = priced.at.as_millisecond();
    let customer = cart.customer.as_ref();
    let shipping = priced.evaluation.shipping.as_ref();
    let added_tax = shipping.and_then(|it| it.tax).filter(|_| !cart.tax.prices_include_tax);
    let shipping_paid = shipping.map_or(Minor::ZERO, |it| it.total) + added_tax.unwrap_or(Minor::ZERO);
    OrderRow {
        id,
        reference: new.reference.clone(),
        group_key: new.group.clone(),
        cart_id: new.cart_id.clone(),
        fingerprint: new.fingerprint.clone(),
        status: super::Status::Created.word().to_owned(),
        channel_id: id_column(cart.channel),
        customer_id: id_column(customer.and_then(|customer| customer.id)),
        customer_email: customer.and_then(|customer| customer.email.clone()),
        currency: cart.currency.code().to_owned(),
        subtotal: totals.subtotal.get(),
        item_discount: totals.item_discount.get(),
        order_discount: totals.order_discount.get(),
        shipping_discount: totals.shipping_discount.get(),
        manual_discount: totals.manual_discount.get(),
        shipping_cost: shipping.map_or(0, |it| it.cost.get()),
        shipping_paid: shipping_paid.get(),
        tax: totals.tax.map(Minor::get),
        prices_include_tax: cart.tax.prices_include_tax,
        total: totals.total.get(),
        gift_card: totals.gift_card.get(),
        store_credit: totals.store_credit.get(),
        due: totals.due.get(),
        goods_refunded: 0,
        shipping_refunded: 0,
        payment_method: new.payment_method.clone(),
        payment_terms: new.payment_terms.clone(),
        due_date: new.due_date.map(|date| date.to_string()),
        day: priced.day().to_string(),
        ruleset: priced.rules.hash.clone(),
        evaluation_id: evaluation_id.to_owned(),
        rev: 1,
        placed_at: now,
        updated_at: now,
        fulfilled_at: None,
        cancelled_at: None,
        refunded_at: None,
    }
}

fn line_row(id: i64, position: i64, line: &Line, result: &LineResult) -> Result<LineRow, Problem> {
    let units: Vec<(i64, u32)> = result.units.iter().map(|unit| (unit.price.get(), unit.units)).collect();
    Ok(LineRow {
        order_id: id,
        position,
        line_id: line.id.clone(),
        product_id: id_column(Some(line.product)).unwrap_or(0),
        variant_id: id_column(line.variant),
        brand_id: id_column(line.brand),
        seller_id: id_column(line.seller),
        category_ids: serde_json::to_string(&line.categories).map_err(Problem::internal)?,
        is_gift_card: line.is_gift_card,
        quantity: i64::from(line.quantity),
        price: line.price.get(),
        subtotal: result.subtotal.get(),
        discount: result.discount.get(),
        manual_discount: result.manual_discount.get(),
        total: result.total.get(),
        tax: result.tax.map(Minor::get),
        cost: line.cost.map(Minor::get),
        units: serde_json::to_string(&units).map_err(Problem::internal)?,
        returned: 0,
    })
}

fn discount_rows(id: i64, priced: &Priced) -> Vec<DiscountRow> {
    let mut rows = Vec::new();
    for (line, result) in (0..).zip(&priced.evaluation.lines) {
        for share in &result.shares {
            let code = share.code.and_then(|at| priced.code_at(at)).map(str::to_owned);
            rows.push(DiscountRow {
                order_id: id,
                position: 0,
                line_position: Some(line),
                promotion_id: id_column(Some(share.promotion)).unwrap_or(0),
                rule: i64::try_from(share.rule).ok(),
                code,
                scope: if share.scope == Scope::Item { "item" } else { "order" }.to_owned(),
                amount: share.amount.get(),
                units: i64::from(share.units),
            });
        }
    }
    let of_shipping = priced.evaluation.shipping.iter().flat_map(|shipping| &shipping.shares);
    rows.extend(of_shipping.map(|(promotion, amount)| DiscountRow {
        order_id: id,
        position: 0,
        line_position: None,
        promotion_id: id_column(Some(*promotion)).unwrap_or(0),
        rule: None,
        code: None,
        scope: "shipping".to_owned(),
        amount: amount.get(),
        units: 0,
    }));
    (0..).zip(rows).map(|(position, row)| DiscountRow { position, ..row }).collect()
}

fn gift_rows(id: i64, priced: &Priced) -> Vec<GiftRow> {
    let row = |gift: &engine::promotion::Gift| GiftRow {
        order_id: id,
        key: gift.key.clone(),
        promotion_id: id_column(Some(gift.promotion)).unwrap_or(0),
        product_id: id_column(gift.product),
        variant_id: id_column(gift.variant),
        quantity: id_column(Some(gift.quantity)).unwrap_or(0),
    };
    priced.evaluation.gifts.iter().map(row).collect()
}

/// What each seller sold; the store itself has the number 0. An order without sellers has no parts.
fn part_rows(id: i64, lines: &[LineRow]) -> Vec<PartRow> {
    if lines.iter().all(|line| line.seller_id.is_none()) {
        return Vec::new();
    }
    let mut parts: BTreeMap<i64, PartRow> = BTreeMap::new();
    for line in lines {
        let seller_id = line.seller_id.unwrap_or(0);
        let none = PartRow { order_id: id, seller_id, lines: 0, subtotal: 0, discount: 0, total: 0 };
        let part = parts.entry(seller_id).or_insert(none);
        part.lines += 1;
        part.subtotal += line.subtotal;
        part.discount += line.discount;
        part.total += line.total;
    }
    parts.into_values().collect()
}

/// By what an order is paid: gift cards, store credit, and what is left.
fn tender_rows(id: i64, priced: &Priced, charges: &[Charge]) -> Vec<TenderRow> {
    let cards = &priced.evaluation.gift_cards;
    let last_four = |account: i64| {
        let paying = cards.iter().find(|card| card.result.is_ok_and(|paid| paid.account == account));
        paying.map(|card| card.last_four.clone())
    };
    let charged = charges.iter().map(|charge| {
        let last_four = last_four(charge.account);
        let kind = if last_four.is_some() { "gift_card" } else { "store_credit" };
        (kind, Some(charge.account), last_four, charge.amount)
    });
    let due = priced.evaluation.totals.due;
    let primary = (!due.is_zero()).then(|| ("primary", None, None, due.get()));
    let tenders = charged.chain(primary).zip(0..);
    let row = |((kind, account_id, last_four, amount), position): ((&str, _, _, _), i64)| TenderRow {
        order_id: id,
        position,
        kind: kind.to_owned(),
        account_id,
        last_four,
        amount,
        refunded: 0,
    };
    tenders.map(row).collect()
}

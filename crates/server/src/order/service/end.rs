//! What becomes of an order after it was placed: sent, called off, paid back.

use engine::ledger::{Operation, Posting};
use engine::money::{Currency, Minor};
use engine::promotion::UnitPrice;
use engine::returns::{self, Order, OrderLine, Policy, Refused, Return, Returned};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::{Status, log};
use crate::activity::{Action, Author};
use crate::ledger::service::{self as ledger, By, Locked, NewPosting, refusal_problem};
use crate::order::store::{self, LineRow, OrderRows, RefundRow};
use crate::platform::db::Transaction;
use crate::platform::http::{Code, FieldError, Problem};
use crate::platform::ids::{StoreId, next_id};
use crate::redemption::service::{End, give_back};

/// What may change of an order that stands.
#[derive(Clone, Debug, Default)]
pub(in crate::order) struct Paying {
    pub(in crate::order) status: Option<Status>,
    pub(in crate::order) method: Option<String>,
    pub(in crate::order) terms: Option<String>,
    pub(in crate::order) due_date: Option<Date>,
}

/// What is to be paid back; everything that is left when it names nothing.
#[derive(Clone, Debug, Default)]
pub(in crate::order) struct Refunding {
    /// Lines by the storefront's names, and how many units of each.
    pub(in crate::order) lines: Vec<(String, u32)>,
    /// The share of shipping of everything that came back.
    pub(in crate::order) with_shipping: bool,
    /// An amount that is not for units.
    pub(in crate::order) amount: Option<String>,
    pub(in crate::order) reason: Option<String>,
}

async fn held(tx: &Transaction, store: StoreId, id: i64) -> Result<OrderRows, Problem> {
    let order = store::find(tx, store, id, true).await?;
    super::whole(tx, store, order.ok_or_else(|| Problem::not_found("order", id))?).await
}

fn status(rows: &OrderRows) -> Result<Status, Problem> {
    Status::read(&rows.order.status)
        .ok_or_else(|| Problem::internal(format!("`{}` is no status of an order", rows.order.status)))
}

fn not_in_state(rows: &OrderRows, what: &str) -> Problem {
    let (id, status) = (rows.order.id, &rows.order.status);
    Problem::new(Code::OrderState, format!("the order {id} is {status}: {what}"))
}

async fn keep(tx: &Transaction, store: StoreId, rows: &mut OrderRows, now: Timestamp) -> Result<(), Problem> {
    rows.order.rev += 1;
    rows.order.updated_at = now.as_millisecond();
    Ok(store::update(tx, store, &rows.order).await?)
}

/// Says that an order is to be sent or was sent, or how it is paid.
///
/// Errors: it was cancelled or refunded; a step back.
pub(in crate::order) async fn change(
    tx: &Transaction,
    author: &Author,
    id: i64,
    paying: Paying,
) -> Result<OrderRows, Problem> {
    let (store, now) = (author.store, author.now);
    let mut rows = held(tx, store, id).await?;
    let as_it_was = log::document(&rows);
    let before = status(&rows)?;
    if let Some(after) = paying.status {
        let is_forward = matches!(
            (before, after),
            (Status::Created, Status::AwaitingFulfilment | Status::Fulfilled)
                | (Status::AwaitingFulfilment, Status::Fulfilled)
        );
        if !is_forward && before != after {
            let what = format!("it cannot become {} from there", after.word());
            return Err(not_in_state(&rows, &what));
        }
        after.word().clone_into(&mut rows.order.status);
        if after == Status::Fulfilled && before != after {
            rows.order.fulfilled_at = Some(now.as_millisecond());
        }
    }
    rows.order.payment_method = paying.method.or(rows.order.payment_method);
    rows.order.payment_terms = paying.terms.or(rows.order.payment_terms);
    rows.order.due_date = paying.due_date.map(|date| date.to_string()).or(rows.order.due_date);
    keep(tx, store, &mut rows, now).await?;
    log::changed(tx, author, Action::Updated, as_it_was, &rows).await?;
    Ok(rows)
}

/// Calls an order off that was not sent yet: everything that it paid with goes back, and what it used up is given back
/// as its promotions say.
///
/// Errors: it was sent, called off or paid back already.
pub(in crate::order) async fn cancel(
    tx: &Transaction,
    author: &Author,
    id: i64,
    reason: Option<String>,
) -> Result<OrderRows, Problem> {
    let (store, now) = (author.store, author.now);
    let mut rows = held(tx, store, id).await?;
    let as_it_was = log::document(&rows);
    match status(&rows)? {
        Status::Created | Status::AwaitingFulfilment => {}
        Status::Fulfilled => return Err(not_in_state(&rows, "what was sent is refunded, not cancelled")),
        Status::Cancelled | Status::Refunded => {
            return Err(not_in_state(&rows, "there is nothing to cancel"));
        }
    }
    let (goods, shipping) = left(&rows);
    let accounts = lock_accounts(tx, store, &rows).await?;
    give_back(tx, store, id, End::Cancelled, now).await?;
    if goods + shipping > 0 {
        let payment = Payment { goods, shipping, lines: Vec::new(), reason };
        pay_back(tx, store, &mut rows, payment, accounts, now).await?;
    }
    Status::Cancelled.word().clone_into(&mut rows.order.status);
    rows.order.cancelled_at = Some(now.as_millisecond());
    keep(tx, store, &mut rows, now).await?;
    log::changed(tx, author, Action::Cancelled, as_it_was, &rows).await?;
    Ok(rows)
}

/// Pays back units at the prices that are stored for them, an amount, or all that is left.
///
/// Errors: more than is left; units or lines that it has not.
pub(in crate::order) async fn refund(
    tx: &Transaction,
    author: &Author,
    id: i64,
    asked: Refunding,
) -> Result<OrderRows, Problem> {
    let (store, now) = (author.store, author.now);
    let mut rows = held(tx, store, id).await?;
    let as_it_was = log::document(&rows);
    if status(&rows)? == Status::Cancelled {
        return Err(not_in_state(&rows, "everything was paid back when it was cancelled"));
    }
    let is_by_lines = !asked.lines.is_empty();
    let payment = payment(&rows, asked)?;
    let (goods, shipping) = left(&rows);
    if payment.goods + payment.shipping == 0 && payment.lines.is_empty() {
        let detail = match goods + shipping {
            0 => format!("everything that was paid for the order {id} was paid back already"),
            _ => "that comes to nothing: name lines, or an amount above zero".to_owned(),
        };
        return Err(Problem::new(Code::NothingToRefund, detail));
    }
    // Goods that cost nothing are kept until their units come back.
    let is_paid_back = payment.goods + payment.shipping == goods + shipping;
    let is_full = is_paid_back && (!is_by_lines || comes_back_whole(&rows, &payment));
    let accounts = lock_accounts(tx, store, &rows).await?;
    give_back(tx, store, id, if is_full { End::Refunded } else { End::PartlyRefunded }, now).await?;
    pay_back(tx, store, &mut rows, payment, accounts, now).await?;
    if is_full {
        Status::Refunded.word().clone_into(&mut rows.order.status);
        rows.order.refunded_at = Some(now.as_millisecond());
    }
    keep(tx, store, &mut rows, now).await?;
    log::changed(tx, author, Action::Refunded, as_it_was, &rows).await?;
    Ok(rows)
}

/// Whether every unit has come back after this payment.
fn comes_back_whole(rows: &OrderRows, payment: &Payment) -> bool {
    let now = |line: &LineRow| -> i64 {
        let same = payment.lines.iter().filter(|(name, _)| *name == line.line_id);
        same.map(|(_, units)| i64::from(*units)).sum()
    };
    rows.lines.iter().all(|line| line.returned + now(line) >= line.quantity)
}

/// Holds the accounts that paid an order. They are held before counters, as orders do that are placed.
async fn lock_accounts(
    tx: &Transaction,
    store: StoreId,
    rows: &OrderRows,
) -> Result<Option<Locked>, Problem> {
    let accounts: Vec<i64> = rows.tenders.iter().filter_map(|tender| tender.account_id).collect();
    match accounts.is_empty() {
        true => Ok(None),
        false => ledger::lock(tx, store, &accounts).await.map(Some),
    }
}

/// What was paid for goods and shipping and not paid back yet.
fn left(rows: &OrderRows) -> (i64, i64) {
    let order = &rows.order;
    let goods = order.total - order.shipping_paid;
    (goods - order.goods_refunded, order.shipping_paid - order.shipping_refunded)
}

/// What is paid back at once.
struct Payment {
    goods: i64,
    shipping: i64,
    lines: Vec<(String, u32)>,
    reason: Option<String>,
}

fn payment(rows: &OrderRows, asked: Refunding) -> Result<Payment, Problem> {
    let (goods, shipping) = left(rows);
    let Refunding { lines, with_shipping, amount, reason } = asked;
    if let Some(amount) = amount {
        let currency = currency(rows)?;
        let amount = Minor::parse(&amount, currency).map_err(|error| {
            Problem::invalid([FieldError::new("/amount", "out_of_range", error.to_string())])
        })?;
        let amount = amount.get();
        if amount > goods + shipping {
            let left = Minor::new(goods + shipping).display(currency);
            return Err(Problem::new(Code::NothingToRefund, format!("only {left} is left to refund")));
        }
        let of_goods = amount.min(goods);
        return Ok(Payment { goods: of_goods, shipping: amount - of_goods, lines, reason });
    }
    if lines.is_empty() && !with_shipping {
        let rest = |line: &LineRow| {
            let units = u32::try_from(line.quantity - line.returned).unwrap_or(0);
            (units > 0).then(|| (line.line_id.clone(), units))
        };
        let lines = rows.lines.iter().filter_map(rest).collect();
        return Ok(Payment { goods, shipping, lines, reason });
    }
    let asked = Return { lines: lines.clone(), with_shipping, gifts: Vec::new() };
    let refund = returns::refund(&paid(rows)?, &returned(rows), &asked, Policy::Keep).map_err(refused)?;
    Ok(Payment {
        goods: (refund.total - refund.shipping).get(),
        shipping: refund.shipping.get(),
        lines,
        reason,
    })
}

fn refused(refused: Refused) -> Problem {
    match refused {
        Refused::TooMany { .. } | Refused::RefundedTooMuch => {
            Problem::new(Code::NothingToRefund, refused.to_string())
        }
        other => Problem::invalid([FieldError::new("/lines", "out_of_range", other.to_string())]),
    }
}

fn currency(rows: &OrderRows) -> Result<Currency, Problem> {
    let code = &rows.order.currency;
    Currency::parse(code).ok_or_else(|| Problem::internal(format!("`{code}` is no currency of an order")))
}

/// The order as the engine knows it.
fn paid(rows: &OrderRows) -> Result<Order, Problem> {
    let line = |row: &LineRow| -> Result<OrderLine, Problem> {
        let units: Vec<(i64, u32)> = serde_json::from_str(&row.units).map_err(Problem::internal)?;
        let units = units.into_iter().map(|(price, units)| UnitPrice { price: Minor::new(price), units });
        Ok(OrderLine { id: row.line_id.clone(), units: units.collect(), tax: row.tax.map(Minor::new) })
    };
    Ok(Order {
        lines: rows.lines.iter().map(line).collect::<Result<_, Problem>>()?,
        gifts: Vec::new(),
        shipping: Minor::new(rows.order.shipping_paid),
        prices_include_tax: rows.order.prices_include_tax,
    })
}

fn returned(rows: &OrderRows) -> Returned {
    let came_back = rows.lines.iter().filter(|row| row.returned > 0);
    let units = came_back.map(|row| (row.line_id.clone(), u32::try_from(row.returned).unwrap_or(0)));
    Returned {
        units: units.collect(),
        gifts: std::collections::BTreeSet::new(),
        goods: Minor::new(rows.order.goods_refunded),
        shipping: Minor::new(rows.order.shipping_refunded),
    }
}

/// A part of a refund as it is kept.
#[derive(Serialize)]
struct TenderPart {
    position: i64,
    kind: String,
    amount: String,
    /// Whether it goes nowhere, because the gift card that paid was voided for ever.
    #[serde(rename = "forfeited", skip_serializing_if = "std::ops::Not::not")]
    is_forfeited: bool,
}

/// Units that came back as they are kept.
#[derive(Serialize)]
struct ReturnedLine<'a> {
    line_id: &'a str,
    quantity: u32,
}

/// Pays back by the tenders in their order, each at most what it paid: gift cards and store credit get theirs first,
/// the primary payment what is left.
async fn pay_back(
    tx: &Transaction,
    store: StoreId,
    rows: &mut OrderRows,
    payment: Payment,
    accounts: Option<Locked>,
    now: Timestamp,
) -> Result<(), Problem> {
    let currency = currency(rows)?;
    let id = next_id(tx, store, "order_refund", 1).await?;
    let mut left = payment.goods + payment.shipping;
    let mut parts = Vec::new();
    let mut back = Vec::new();
    for tender in &mut rows.tenders {
        let amount = left.min(tender.amount - tender.refunded);
        if amount > 0 {
            tender.refunded += amount;
            left -= amount;
            let is_voided = tender.account_id.is_some_and(|account| is_voided(accounts.as_ref(), account));
            parts.push(TenderPart {
                position: tender.position,
                kind: tender.kind.clone(),
                amount: Minor::new(amount).to_decimal(currency),
                is_forfeited: is_voided,
            });
            back.extend(tender.account_id.filter(|_| !is_voided).map(|account| (account, amount)));
            store::update_refunded(tx, store, tender).await?;
        }
    }
    if left > 0 {
        return Err(Problem::internal(format!(
            "{left} of a refund of the order {} has no tender",
            rows.order.id
        )));
    }
    if let Some(accounts) = accounts {
        credit_back(tx, accounts, rows, id, &back, now).await?;
    }
    for (name, units) in &payment.lines {
        if let Some(line) = rows.lines.iter_mut().find(|line| line.line_id == *name) {
            line.returned += i64::from(*units);
            store::update_returned(tx, store, line).await?;
        }
    }
    rows.order.goods_refunded += payment.goods;
    rows.order.shipping_refunded += payment.shipping;
    let lines: Vec<ReturnedLine<'_>> = payment
        .lines
        .iter()
        .map(|(line_id, quantity)| ReturnedLine { line_id, quantity: *quantity })
        .collect();
    let row = RefundRow {
        order_id: rows.order.id,
        id,
        goods: payment.goods,
        shipping: payment.shipping,
        lines: serde_json::to_string(&lines).map_err(Problem::internal)?,
        tenders: serde_json::to_string(&parts).map_err(Problem::internal)?,
        reason: payment.reason,
        created_at: now.as_millisecond(),
    };
    store::insert_refund(tx, store, &row).await?;
    rows.refunds.push(row);
    Ok(())
}

fn is_voided(accounts: Option<&Locked>, account: i64) -> bool {
    accounts.and_then(|accounts| accounts.get(account)).is_none_or(|account| account.is_voided)
}

/// Gives back to gift cards and store credit what they had paid.
async fn credit_back(
    tx: &Transaction,
    mut accounts: Locked,
    rows: &OrderRows,
    refund: i64,
    back: &[(i64, i64)],
    now: Timestamp,
) -> Result<(), Problem> {
    let (order, currency) = (rows.order.id, currency(rows)?);
    let posting = |(account, amount): &(i64, i64)| {
        let operation = Operation::Refund { left: Minor::ZERO };
        let posting = Posting { account: *account, operation, amount: Minor::new(*amount), currency };
        NewPosting::new(posting, format!("order/{order}/refund/{refund}/{account}"))
            .of_order(order.to_string())
    };
    let group: Vec<NewPosting> = back.iter().map(posting).collect();
    let by = By { actor: "order".to_owned(), now };
    match accounts.post_one(tx, &by, group).await? {
        Ok(_) => Ok(()),
        Err(refused) => Err(refusal_problem("what paid the order", refused.refusal, currency)),
    }
}

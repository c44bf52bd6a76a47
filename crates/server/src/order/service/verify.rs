//! Whether orders add up.

use std::collections::BTreeMap;

use engine::money::{Currency, Minor};
use serde::Deserialize;

use crate::ledger::service::{self as ledger, Moved};
use crate::order::store::{self, OrderRows, RefundRow};
use crate::platform::db::Connection;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// What is wrong with the orders of a store, in words; nothing when all is well.
pub async fn verify<C: Connection>(db: &C, store: StoreId) -> Result<Vec<String>, Problem> {
    const AT_ONCE: u64 = 500;
    let (mut wrong, mut after) = (Vec::new(), 0);
    let mut moved = ledger::moved_by_orders(db, store).await?;
    loop {
        let orders = store::page(db, store, after, AT_ONCE).await?;
        let Some(last) = orders.last() else { break };
        after = last.id;
        for rows in store::whole(db, store, orders).await? {
            let id = rows.order.id;
            let found = check(&rows).into_iter().chain(check_tenders(&rows, &mut moved));
            wrong.extend(found.map(|what| format!("order {id}: {what}")));
        }
    }
    let left = moved.into_iter().filter(|(_, moved)| *moved != Moved::default());
    wrong.extend(left.map(|((order, account), moved)| {
        let (taken, back) = (moved.taken.get(), moved.given_back.get());
        format!("order {order}: it has no tender of ledger_account {account}, where it took {taken} and gave {back} back")
    }));
    Ok(wrong)
}

/// What differs between the tenders of an order and what the ledger has of it.
fn check_tenders(rows: &OrderRows, moved: &mut BTreeMap<(i64, i64), Moved>) -> Vec<String> {
    let order = &rows.order;
    let given_back = match given_back(&order.currency, &rows.refunds) {
        Ok(given_back) => given_back,
        Err(what) => return vec![what],
    };
    let mut wrong = Vec::new();
    for tender in &rows.tenders {
        let Some(account) = tender.account_id else { continue };
        let told = Moved {
            taken: Minor::new(tender.amount),
            given_back: given_back.get(&tender.position).copied().unwrap_or(Minor::ZERO),
        };
        let found = moved.remove(&(order.id, account)).unwrap_or_default();
        for (what, told, found) in
            [("took", told.taken, found.taken), ("gave back", told.given_back, found.given_back)]
        {
            if told != found {
                let (position, told, found) = (tender.position, told.get(), found.get());
                wrong.push(format!(
                    "order_tender {position} {what} {told}, but ledger_transaction has {found} of ledger_account {account}"
                ));
            }
        }
    }
    wrong
}

/// What refunds gave back to each tender, by its position; what was forfeited went nowhere.
fn given_back(currency: &str, refunds: &[RefundRow]) -> Result<BTreeMap<i64, Minor>, String> {
    #[derive(Deserialize)]
    struct TenderPart {
        position: i64,
        amount: String,
        #[serde(default)]
        forfeited: bool,
    }
    let currency = Currency::parse(currency).ok_or_else(|| format!("`{currency}` is no currency"))?;
    let mut given_back: BTreeMap<i64, Minor> = BTreeMap::new();
    for refund in refunds {
        let unreadable =
            |what: String| format!("the tenders of order_refund {} cannot be read: {what}", refund.id);
        let parts: Vec<TenderPart> =
            serde_json::from_str(&refund.tenders).map_err(|error| unreadable(error.to_string()))?;
        for part in parts.into_iter().filter(|part| !part.forfeited) {
            let amount =
                Minor::parse(&part.amount, currency).map_err(|error| unreadable(error.to_string()))?;
            *given_back.entry(part.position).or_insert(Minor::ZERO) += amount;
        }
    }
    Ok(given_back)
}

fn check(rows: &OrderRows) -> Vec<String> {
    let order = &rows.order;
    let of_scope = |scope: &str| -> i64 {
        rows.discounts.iter().filter(|discount| discount.scope == scope).map(|discount| discount.amount).sum()
    };
    let goods: i64 = rows.lines.iter().map(|line| line.total).sum();
    let of_parts = || rows.parts.iter().map(|part| part.total).sum();
    let parts: Option<i64> = (!rows.parts.is_empty()).then(of_parts);
    let refunded: i64 = rows.refunds.iter().map(|refund| refund.goods + refund.shipping).sum();
    let sums = [
        ("its lines before promotions", rows.lines.iter().map(|line| line.subtotal).sum(), order.subtotal),
        ("discounts on lines", of_scope("item"), order.item_discount),
        ("discounts on the order", of_scope("order"), order.order_discount),
        ("discounts on shipping", of_scope("shipping"), order.shipping_discount),
        ("what its sellers sold", parts.unwrap_or(goods), goods),
        ("its tenders", rows.tenders.iter().map(|tender| tender.amount).sum(), order.total),
        ("refunds", refunded, order.goods_refunded + order.shipping_refunded),
        ("what tenders were paid back", rows.tenders.iter().map(|tender| tender.refunded).sum(), refunded),
    ];
    let mut wrong: Vec<String> = sums
        .into_iter()
        .filter(|(_, found, told)| found != told)
        .map(|(what, found, told)| format!("{what} come to {found}, not {told}"))
        .collect();
    for line in &rows.lines {
        let units: Vec<(i64, i64)> = serde_json::from_str(&line.units).unwrap_or_default();
        let sum: i64 = units.iter().map(|(price, units)| price * units).sum();
        if sum != line.total || line.subtotal - line.discount != line.total {
            wrong.push(format!("the units of its line `{}` come to {sum}, not {}", line.line_id, line.total));
        }
    }
    wrong
}

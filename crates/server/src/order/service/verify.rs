//! Whether orders add up.

use crate::order::store::{self, OrderRows};
use crate::platform::db::Connection;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// What is wrong with the orders of a store, in words; nothing when all is well.
pub async fn verify<C: Connection>(db: &C, store: StoreId) -> Result<Vec<String>, Problem> {
    const AT_ONCE: u64 = 500;
    let (mut wrong, mut after) = (Vec::new(), 0);
    loop {
        let orders = store::page(db, store, after, AT_ONCE).await?;
        let Some(last) = orders.last() else { return Ok(wrong) };
        after = last.id;
        for rows in store::whole(db, store, orders).await? {
            let id = rows.order.id;
            wrong.extend(check(&rows).into_iter().map(|what| format!("order {id}: {what}")));
        }
    }
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

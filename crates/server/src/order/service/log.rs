//! What the activity log says of orders: what staff make of them after they were placed.

use engine::money::{Currency, Minor};
use serde_json::{Value, json};

use crate::activity::{self, Action, Author, Change, Kind, Object};
use crate::order::store::OrderRows;
use crate::platform::db::Transaction;
use crate::platform::http::Problem;

/// An order as the log compares it: nothing of who bought what.
pub(super) fn document(rows: &OrderRows) -> Value {
    let order = &rows.order;
    let amount =
        |units: i64| Currency::parse(&order.currency).map(|currency| Minor::new(units).to_decimal(currency));
    let returned: i64 = rows.lines.iter().map(|line| line.returned).sum();
    json!({
        "status": order.status,
        "payment": {
            "method": order.payment_method,
            "terms": order.payment_terms,
            "due_date": order.due_date,
        },
        "refunded": amount(order.goods_refunded + order.shipping_refunded),
        "returned_units": returned,
    })
}

/// Records what was made of an order.
pub(super) async fn changed(
    tx: &Transaction,
    author: &Author,
    action: Action,
    before: Value,
    after: &OrderRows,
) -> Result<(), Problem> {
    let change = Change::new(Object::one(Kind::Order, after.order.id), action);
    activity::record(tx, author, change.from(before).to(document(after))).await
}

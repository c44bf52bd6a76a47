//! Looking at orders.

use crate::order::store::{self, OrderRow, OrderRows};
use crate::platform::db::Connection;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

pub(in crate::order) use store::Filter;

/// The order with this id, and all that belongs to it.
pub(in crate::order) async fn get<C: Connection>(
    db: &C,
    store: StoreId,
    id: i64,
) -> Result<OrderRows, Problem> {
    let order = store::find(db, store, id, false).await?;
    whole(db, store, order.ok_or_else(|| Problem::not_found("order", id))?).await
}

/// The orders with these ids, in no order, and all that belongs to them.
pub(in crate::order) async fn get_many<C: Connection>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<Vec<OrderRows>, Problem> {
    Ok(store::whole(db, store, store::find_many(db, store, ids).await?).await?)
}

/// All that belongs to an order.
pub(in crate::order) async fn whole<C: Connection>(
    db: &C,
    store: StoreId,
    order: OrderRow,
) -> Result<OrderRows, Problem> {
    let (missing, whole) =
        (Problem::not_found("order", order.id), store::whole(db, store, vec![order]).await?);
    whole.into_iter().next().ok_or(missing)
}

/// Orders with all that belongs to them, the newest first.
pub(in crate::order) async fn list<C: Connection>(
    db: &C,
    store: StoreId,
    filter: &Filter,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<OrderRows>, Problem> {
    let orders = store::list(db, store, filter, before, limit).await?;
    Ok(store::whole(db, store, orders).await?)
}

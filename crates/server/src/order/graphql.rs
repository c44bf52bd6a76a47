//! Orders in the graph.

use super::rest;
use crate::access::Permission;
use crate::app::AppState;
use crate::graphql::{Loading, Node, Part, list, mutation, query};
use crate::platform::ids::StoreId;

/// What orders add to the graph.
pub(crate) fn part() -> Part {
    Part {
        operations: vec![
            query("order", "getOrder"),
            list("orders", "listOrders", "Order"),
            mutation("orderPlace", "placeOrder"),
            mutation("orderUpdate", "changeOrder"),
            mutation("orderCancel", "cancelOrder"),
            mutation("orderRefund", "refundOrder"),
        ],
        nodes: vec![Node { kind: "Order", permission: Permission::ManageOrders, load }],
        ..Part::default()
    }
}

fn load<'a>(app: &'a AppState, store: StoreId, ids: &'a [i64]) -> Loading<'a> {
    Box::pin(rest::documents(app, store, ids))
}

//! Customers in the graph.

use super::service;
use crate::access::Permission;
use crate::app::AppState;
use crate::graphql::{Loading, Node, Part, as_told, list, query};
use crate::platform::ids::StoreId;

/// What customers add to the graph.
pub(crate) fn part() -> Part {
    Part {
        operations: vec![
            query("customer", "getCustomer"),
            list("customers", "listCustomers", "Customer"),
            query("customerGroup", "getCustomerGroup"),
            list("customerGroups", "listCustomerGroups", "CustomerGroup"),
        ],
        nodes: vec![
            Node { kind: "Customer", permission: Permission::ManageCustomers, load: customers },
            Node { kind: "CustomerGroup", permission: Permission::CustomerGroups, load: groups },
        ],
        ..Part::default()
    }
}

fn customers<'a>(app: &'a AppState, store: StoreId, ids: &'a [i64]) -> Loading<'a> {
    Box::pin(async move { as_told(service::customers_by_ids(app.db.read(), store, ids).await?) })
}

fn groups<'a>(app: &'a AppState, store: StoreId, ids: &'a [i64]) -> Loading<'a> {
    Box::pin(async move { as_told(service::groups_by_ids(app.db.read(), store, ids).await?) })
}

//! Store credit in the graph.

use crate::graphql::{Part, list, mutation, query};

/// What store credit adds to the graph.
pub(crate) fn part() -> Part {
    Part {
        operations: vec![
            query("storeCredit", "getStoreCredit").id_named("customerId"),
            list("storeCreditTransactions", "listStoreCreditTransactions", "StoreCreditTransaction")
                .id_named("customerId"),
            mutation("storeCreditAdjust", "adjustStoreCredit").id_named("customerId"),
        ],
        ..Part::default()
    }
}

//! Gift cards in the graph.

use super::rest;
use crate::access::Permission;
use crate::app::AppState;
use crate::graphql::{Loading, Node, Part, list, mutation, query};
use crate::platform::ids::StoreId;

/// What gift cards add to the graph.
pub(crate) fn part() -> Part {
    Part {
        operations: vec![
            query("giftCard", "getGiftCard"),
            list("giftCards", "listGiftCards", "GiftCard"),
            list("giftCardTransactions", "listGiftCardTransactions", "LedgerTransaction")
                .id_named("giftCardId"),
            list("giftCardRedemptions", "listGiftCardRedemptions", "GiftCardRedemption")
                .id_named("giftCardId"),
            query("giftCardBalance", "getGiftCardBalance"),
            query("giftCardLiability", "getGiftCardLiability"),
            mutation("giftCardCreate", "createGiftCard"),
            // The marketing guide that asks for it names these two arguments.
            mutation("giftCardBulkCreate", "giftCardBulkCreate").spread(),
            mutation("giftCardVoid", "voidGiftCard"),
            mutation("giftCardExtend", "extendGiftCard"),
            mutation("giftCardAdjust", "adjustGiftCard"),
            mutation("giftCardResend", "resendGiftCard"),
        ],
        nodes: vec![Node { kind: "GiftCard", permission: Permission::ManageGiftCards, load }],
        ..Part::default()
    }
}

fn load<'a>(app: &'a AppState, store: StoreId, ids: &'a [i64]) -> Loading<'a> {
    Box::pin(rest::documents(app, store, ids))
}

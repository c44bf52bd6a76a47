//! Coupon codes in the graph.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::dynamic::{Field, FieldFuture, FieldValue, Object, ResolverContext, TypeRef};
use serde_json::Value as Json;

use super::rest::CouponCode;
use super::service::{self, StoredCode};
use crate::graphql::{Connection, Loaders, Part, failed, list, mutation, page_arguments, page_of, query};
use crate::platform::http::{Page, Problem, with_cursors};

/// What coupon codes add to the graph.
pub(crate) fn part() -> Part {
    Part {
        operations: vec![
            list("couponCodes", "listCouponCodes", "CouponCode").id_named("promotionId"),
            query("couponValidate", "validateCouponCode"),
            mutation("couponCodesAdd", "addCouponCodes").id_named("promotionId").makes("codes", "CouponCode"),
            mutation("couponCodesGenerate", "generateCouponCodes").id_named("promotionId"),
            mutation("couponCodeUpdate", "changeCouponCode").id_named("promotionId"),
            mutation("couponCodeDelete", "deleteCouponCode").id_named("promotionId"),
        ],
        replaced: vec![("Promotion", "codes")],
        extended: vec![("Promotion", extend)],
        pages: vec![("codes", "CouponCode")],
        ..Part::default()
    }
}

fn extend(promotion: Object) -> Object {
    let codes = Field::new("codes", TypeRef::named("CouponCodeConnection"), |context| {
        FieldFuture::new(async move { Ok(Some(FieldValue::owned_any(codes(&context).await?))) })
    });
    let codes = codes.description(
        "The codes that unlock it, in the order in which they were made; none of an automatic one.",
    );
    promotion.field(page_arguments().into_iter().fold(codes, Field::argument))
}

/// Which codes of which promotion.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct CodesOf {
    promotion: i64,
    after: Option<i64>,
    fetch: u64,
}

impl Loader<CodesOf> for Loaders {
    type Value = Vec<StoredCode>;
    type Error = Arc<Problem>;

    /// Promotions of which the same page is wanted, as fields of a list do, are read together.
    async fn load(&self, keys: &[CodesOf]) -> Result<HashMap<CodesOf, Vec<StoredCode>>, Arc<Problem>> {
        let mut pages: HashMap<(Option<i64>, u64), Vec<i64>> = HashMap::new();
        for key in keys {
            pages.entry((key.after, key.fetch)).or_default().push(key.promotion);
        }
        let (db, store) = (self.app.db.read(), self.caller.store_id);
        let mut found = HashMap::new();
        for ((after, fetch), promotions) in pages {
            let mut codes = service::pages(db, store, &promotions, after, fetch).await.map_err(Arc::new)?;
            found.extend(promotions.into_iter().map(|promotion| {
                let key = CodesOf { promotion, after, fetch };
                (key, codes.remove(&promotion).unwrap_or_default())
            }));
        }
        Ok(found)
    }
}

async fn codes(context: &ResolverContext<'_>) -> async_graphql::Result<Connection> {
    let promotion: &Json = context.parent_value.try_downcast_ref()?;
    let promotion = promotion.get("id").and_then(Json::as_i64).unwrap_or_default();
    let (first, after) = page_of(context);
    let page: Page<i64> = Page::new(first, after.as_deref()).map_err(|problem| failed(&problem))?;
    let key = CodesOf { promotion, after: page.after, fetch: page.fetch() };
    let loaded = Loaders::of(context.ctx)?.load_one(key).await.map_err(|problem| failed(&problem))?;
    let show = |code: StoredCode| serde_json::to_value(CouponCode::from(code)).unwrap_or_default();
    let listing = async { page.list(loaded.unwrap_or_default(), |code| code.id, show) };
    let (list, cursors) = with_cursors(listing).await;
    Ok(Connection::from((list, cursors, after.is_some())))
}

//! The fields by which marketplaces' clients know a promotion, made from its document.

use async_graphql::Value;
use async_graphql::dynamic::{Field, FieldFuture, FieldValue, Object, TypeRef};
use serde_json::Value as Json;

use super::offer::{Named, Offer};
use crate::graphql::{Connection, json_field, many};

/// The ids of one kind that an offer names.
type Ids = fn(Named) -> Vec<i64>;

/// Gives promotions these fields.
pub(super) fn extend(promotion: Object) -> Object {
    let text = |name: &'static str, tell: fn(&Json) -> Option<Value>, description: &str| {
        json_field(name, TypeRef::named(TypeRef::STRING), tell).description(description)
    };
    let truth = |name: &'static str, tell: fn(&Json) -> Option<Value>, description: &str| {
        json_field(name, TypeRef::named_nn(TypeRef::BOOLEAN), tell).description(description)
    };
    let fields = [
        text(
            "minimumSpend",
            |it| Offer::of(it).minimum_spend.map(Value::from),
            "How much must be spent at least, in the promotion's currency: of the first rule's condition; null for \
             nothing in particular.",
        ),
        text(
            "maximumSpend",
            |it| Offer::of(it).maximum_spend.map(Value::from),
            "How much may be spent at most, in the promotion's currency: of the first rule's condition.",
        ),
        text(
            "discountType",
            |it| Offer::of(it).discount_type.map(Value::from),
            "`percentage` or `dollar`, of the first rule that takes a percentage or an amount off goods or the order; \
             null when none does, as of bundles, sets and gifts: see `definition`.",
        ),
        text(
            "discountAmount",
            |it| Offer::of(it).discount_amount.map(Value::from),
            "How much that is: percent, or an amount in the promotion's currency.",
        ),
        truth(
            "freeShipping",
            |it| Some(Offer::of(it).is_shipping_free.into()),
            "Whether a rule makes shipping free, to some destinations or to all.",
        ),
        truth(
            "suspended",
            |it| Some((it.get("state") == Some(&Json::from("paused"))).into()),
            "Whether it is held back: its status is `paused`.",
        ),
        truth(
            "saleItemsExcluded",
            |it| Some(it.get("exclude_sale_items").and_then(Json::as_bool).unwrap_or_default().into()),
            "Whether lines on sale take no part.",
        ),
    ];
    let promotion = fields.into_iter().fold(promotion, Object::field);
    let lists: [(&'static str, &'static str, Ids); 4] = [
        ("brands", "Brand", |named| named.brands),
        ("categories", "Category", |named| named.categories),
        ("adverts", "Product", |named| named.products),
        ("variants", "Variant", |named| named.variants),
    ];
    lists.into_iter().fold(promotion, |promotion, (name, kind, ids)| {
        promotion.field(list(format!("{name}Included"), kind, ids, |offer| offer.included)).field(list(
            format!("{name}Excluded"),
            kind,
            ids,
            |offer| offer.excluded,
        ))
    })
}

/// What the first rule's items name, of one kind.
fn list(name: String, kind: &'static str, ids: Ids, part: fn(Offer) -> Named) -> Field {
    let description = format!(
        "What `{name}` names of the catalog, in the condition or the items of the first rule; empty for no restriction. \
         How it is combined, with and, or and not, is in `definition`."
    );
    let field = Field::new(name, TypeRef::named(format!("{kind}Connection")), move |context| {
        FieldFuture::new(async move {
            let promotion: &Json = context.parent_value.try_downcast_ref()?;
            let things = many(context.ctx, kind, ids(part(Offer::of(promotion)))).await?;
            Ok(Some(FieldValue::owned_any(Connection::whole(things))))
        })
    });
    field.description(description)
}

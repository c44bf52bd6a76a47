//! Codes by the thousand: one statement and one value each time, whatever the number.

use sea_orm::entity::prelude::*;
use sea_orm::{DbBackend, FromQueryResult, Statement, Value};

use crate::platform::ids::StoreId;

/// What many new codes have in common.
#[derive(Clone, Debug)]
pub(in crate::coupon) struct Common {
    pub(in crate::coupon) store: StoreId,
    pub(in crate::coupon) promotion: i64,
    /// The id of the first; the others follow.
    pub(in crate::coupon) first_id: i64,
    /// For those that do not say it themselves.
    pub(in crate::coupon) max_uses: Option<i64>,
    /// For those that do not say it themselves.
    pub(in crate::coupon) max_uses_per_customer: Option<i64>,
    pub(in crate::coupon) is_generated: bool,
    pub(in crate::coupon) created_at: i64,
    /// For those that do not say it themselves.
    pub(in crate::coupon) starts_at: Option<i64>,
    /// For those that do not say it themselves.
    pub(in crate::coupon) ends_at: Option<i64>,
}

/// Keeps new codes, given as a list in JSON of `[code, normal form, loose form, uses, uses per customer, row, start, end]`,
/// where null or nothing stands for the same as before it, or as what they have in common. Codes that exist are left out: tells how many were
/// kept.
pub(in crate::coupon) async fn insert<C: ConnectionTrait>(
    db: &C,
    common: Common,
    codes: String,
) -> Result<u64, DbErr> {
    let values: [Value; 10] = [
        common.store.0.into(),
        common.first_id.into(),
        common.promotion.into(),
        common.max_uses.into(),
        common.max_uses_per_customer.into(),
        common.is_generated.into(),
        common.created_at.into(),
        common.starts_at.into(),
        common.ends_at.into(),
        codes.into(),
    ];
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "INSERT INTO coupon_code (store_id, id, promotion_id, max_uses, max_uses_per_customer, is_generated, \
             created_at, starts_at, ends_at, code, normal_code, loose_code) \
             SELECT $1, $2 + key, $3, COALESCE(json_extract(value, '$[3]'), $4), \
             COALESCE(json_extract(value, '$[4]'), $5), $6, $7, COALESCE(json_extract(value, '$[6]'), $8), \
             COALESCE(json_extract(value, '$[7]'), $9), json_extract(value, '$[0]'), \
             COALESCE(json_extract(value, '$[1]'), json_extract(value, '$[0]')), json_extract(value, '$[2]') \
             FROM json_each($10) WHERE TRUE ON CONFLICT (store_id, normal_code) DO NOTHING"
        }
        _ => {
            "INSERT INTO coupon_code (store_id, id, promotion_id, max_uses, max_uses_per_customer, is_generated, \
             created_at, starts_at, ends_at, code, normal_code, loose_code) \
             SELECT $1, $2 + place - 1, $3, COALESCE(CAST(value ->> 3 AS BIGINT), $4), \
             COALESCE(CAST(value ->> 4 AS BIGINT), $5), $6, $7, COALESCE(CAST(value ->> 6 AS BIGINT), $8), \
             COALESCE(CAST(value ->> 7 AS BIGINT), $9), value ->> 0, \
             COALESCE(value ->> 1, value ->> 0), value ->> 2 \
             FROM json_array_elements(CAST($10 AS json)) WITH ORDINALITY AS item (value, place) \
             ON CONFLICT (store_id, normal_code) DO NOTHING"
        }
    };
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected())
}

/// A code that exists, and whose it is.
#[derive(Clone, Debug, FromQueryResult)]
pub(in crate::coupon) struct Holder {
    pub(in crate::coupon) normal_code: String,
    pub(in crate::coupon) id: i64,
    pub(in crate::coupon) promotion_id: i64,
}

/// Those of these normal forms, given as a list in JSON, that exist.
pub(in crate::coupon) async fn holders<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    normal_codes: String,
) -> Result<Vec<Holder>, DbErr> {
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT held.normal_code, held.id, held.promotion_id FROM json_each($2) AS asked \
             CROSS JOIN coupon_code AS held WHERE held.store_id = $1 AND held.normal_code = asked.value"
        }
        _ => {
            "SELECT held.normal_code, held.id, held.promotion_id \
             FROM json_array_elements_text(CAST($2 AS json)) AS asked (value) \
             CROSS JOIN coupon_code AS held WHERE held.store_id = $1 AND held.normal_code = asked.value"
        }
    };
    let values: [Value; 2] = [store.0.into(), normal_codes.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Holder::find_by_statement(statement).all(db).await
}

/// Removes the codes of a promotion whose ids are from `first` to `last`.
pub(in crate::coupon) async fn delete_range<C: ConnectionTrait>(
    db: &C,
    (store, promotion): (StoreId, i64),
    (first, last): (i64, i64),
) -> Result<(), DbErr> {
    super::row::Entity::delete_many()
        .filter(super::row::COLUMN.store_id.eq(store.0))
        .filter(super::row::COLUMN.promotion_id.eq(promotion))
        .filter(super::row::COLUMN.id.between(first, last))
        .exec(db)
        .await?;
    Ok(())
}

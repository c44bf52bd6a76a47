//! Rows of customers, their groups and segments.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, InsertMany, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Statement,
};

use crate::platform::db::Transaction;
use crate::platform::db::bulk::without_element;
use crate::platform::ids::StoreId;

pub(super) mod customer_group {
    //! A group of customers.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_group")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod customer {
    //! A customer. The segments are a JSON list, without blanks.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) email: Option<String>,
        pub(crate) group_id: Option<i64>,
        pub(crate) segment_ids: String,
        pub(crate) order_count: i64,
        pub(crate) loyalty_tier: Option<String>,
        pub(crate) phone: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod segment {
    //! A segment of customers.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "segment")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: String,
        pub(crate) name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Removes a customer's record. Tells whether there was one.
pub(super) async fn delete_customer(tx: &Transaction, store: StoreId, id: i64) -> Result<bool, DbErr> {
    customer::Entity::delete_by_id((store, id)).exec(tx).await.map(|done| done.rows_affected > 0)
}

/// Removes a group; its customers are in none. Tells whether there was one.
pub(super) async fn delete_group(tx: &Transaction, store: StoreId, id: i64) -> Result<bool, DbErr> {
    customer::Entity::update_many()
        .col_expr(customer::Column::GroupId, Expr::value(None::<i64>))
        .filter(customer::COLUMN.store_id.eq(store))
        .filter(customer::COLUMN.group_id.eq(id))
        .exec(tx)
        .await?;
    customer_group::Entity::delete_by_id((store, id)).exec(tx).await.map(|done| done.rows_affected > 0)
}

/// Adds segments, or puts them in the place of those with the same ids.
pub(super) async fn upsert_segments(tx: &Transaction, rows: Vec<segment::Model>) -> Result<(), DbErr> {
    /// What both databases take in one statement.
    const ROWS_AT_ONCE: usize = 5000;
    let replace = OnConflict::columns([segment::Column::StoreId, segment::Column::Id])
        .update_column(segment::Column::Name)
        .to_owned();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let insert = InsertMany::<segment::ActiveModel>::many(rows.iter().cloned());
        insert.on_conflict(replace.clone()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The segments in the order of their ids, after the id `after`.
pub(super) async fn segments(
    db: &impl ConnectionTrait,
    store: StoreId,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<segment::Model>, DbErr> {
    let mut query = segment::Entity::find()
        .filter(segment::COLUMN.store_id.eq(store))
        .order_by_asc(segment::COLUMN.id)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(segment::COLUMN.id.gt(after));
    }
    query.all(db).await
}

/// The segment with this id.
pub(super) async fn segment(
    db: &impl ConnectionTrait,
    store: StoreId,
    id: String,
) -> Result<Option<segment::Model>, DbErr> {
    segment::Entity::find_by_id((store, id)).one(db).await
}

/// Removes a segment, and takes customers out of it; `id_as_json` is the id as it stands in their lists.
/// Tells whether there was one.
pub(super) async fn delete_segment(
    tx: &Transaction,
    store: StoreId,
    id: String,
    id_as_json: String,
) -> Result<bool, DbErr> {
    let without = without_element("segment_ids", "$2");
    let sql = format!(
        "UPDATE customer SET segment_ids = {without} WHERE store_id = $1 AND segment_ids <> {without}"
    );
    let values = [store.0.into(), id_as_json.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    segment::Entity::delete_by_id((store, id)).exec(tx).await.map(|done| done.rows_affected > 0)
}

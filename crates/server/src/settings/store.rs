//! Rows of stores.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{Insert, QueryOrder as _, QuerySelect as _, Statement};

use crate::platform::db::{news, turn};
use crate::platform::ids::StoreId;

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "store")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: i64,
        pub(crate) hash: String,
        pub(crate) name: String,
        pub(crate) currency: String,
        pub(crate) time_zone: String,
        pub(crate) settings: String,
        pub(crate) version: i64,
        pub(crate) created_at: i64,
        pub(crate) marked_changes: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use row::Model as StoreRow;

/// Whether there is any store.
pub(super) async fn any<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    Ok(row::Entity::find().one(db).await?.is_some())
}

/// Adds the store unless its id is taken, and tells whether it did.
pub(super) async fn insert<C: ConnectionTrait>(db: &C, added: StoreRow) -> Result<bool, DbErr> {
    let taken = OnConflict::column(row::Column::StoreId).do_nothing().to_owned();
    let inserted =
        Insert::<row::ActiveModel>::one(added).on_conflict(taken).exec_without_returning(db).await?;
    Ok(inserted > 0)
}

/// The id of the store with this hash.
pub(super) async fn by_hash<C: ConnectionTrait>(db: &C, hash: &str) -> Result<Option<i64>, DbErr> {
    let found = row::Entity::find().filter(row::COLUMN.hash.eq(hash)).one(db).await?;
    Ok(found.map(|row| row.store_id))
}

/// The stores in the order of their ids, after the id `after`.
pub(super) async fn page<C: ConnectionTrait>(
    db: &C,
    after: Option<i64>,
    fetch: u64,
) -> Result<Vec<StoreRow>, DbErr> {
    let later = row::COLUMN.store_id.gt(after.unwrap_or(0));
    row::Entity::find().filter(later).order_by_asc(row::Column::StoreId).limit(fetch).all(db).await
}

/// The highest id of a store, 0 when there is none.
pub(super) async fn highest_id<C: ConnectionTrait>(db: &C) -> Result<i64, DbErr> {
    let last = row::Entity::find().order_by_desc(row::Column::StoreId).one(db).await?;
    Ok(last.map_or(0, |row| row.store_id))
}

/// The store, if there is one with this id.
pub(super) async fn find<C: ConnectionTrait>(db: &C, store: StoreId) -> Result<Option<StoreRow>, DbErr> {
    row::Entity::find_by_id(store.0).one(db).await
}

/// The ids of all stores.
pub(super) async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<i64>, DbErr> {
    row::Entity::find().select_only().column(row::Column::StoreId).into_tuple().all(db).await
}

/// By what the secret of the codes of each store is known again.
pub(super) async fn secret_fingerprints<C: ConnectionTrait>(
    db: &C,
) -> Result<Vec<(i64, Option<String>)>, DbErr> {
    let sql = "SELECT store_id, secret_fingerprint FROM store ORDER BY store_id";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Keeps by what the secret of a store's codes is known again, in the place of what it was; of nothing when empty.
pub(super) async fn keep_secret_fingerprint<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    before: &str,
    fingerprint: &str,
) -> Result<(), DbErr> {
    let sql = "UPDATE store SET secret_fingerprint = $2 WHERE store_id = $1 \
               AND COALESCE(secret_fingerprint, '') = $3";
    let values = [store.0.into(), fingerprint.into(), before.into()];
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// The versions of these stores.
pub(super) async fn versions<C: ConnectionTrait>(
    db: &C,
    stores: &[StoreId],
) -> Result<Vec<(i64, i64)>, DbErr> {
    let these = row::COLUMN.store_id.is_in(stores.iter().map(|store| store.0));
    let found = row::Entity::find().filter(these).select_only();
    found.column(row::Column::StoreId).column(row::Column::Version).into_tuple().all(db).await
}

/// Keeps changed settings.
pub(super) async fn update<C: ConnectionTrait>(db: &C, changed: &StoreRow) -> Result<(), DbErr> {
    row::Entity::update_many()
        .col_expr(row::Column::Name, Expr::value(changed.name.clone()))
        .col_expr(row::Column::Currency, Expr::value(changed.currency.clone()))
        .col_expr(row::Column::TimeZone, Expr::value(changed.time_zone.clone()))
        .col_expr(row::Column::Settings, Expr::value(changed.settings.clone()))
        .filter(row::COLUMN.store_id.eq(changed.store_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Counts a change to what evaluation sees, so that other nodes notice it, and gives the new version.
///
/// Until the transaction ends, no other can count: what becomes visible at a version is all that has it.
pub(super) async fn bump_version<C: ConnectionTrait>(db: &C, store: StoreId) -> Result<i64, DbErr> {
    turn::alone(db, store).await?;
    let one_more = |column: row::Column| (column, Expr::col(column).add(1));
    let (version, count) = one_more(row::Column::Version);
    let (marked, marked_count) = one_more(row::Column::MarkedChanges);
    let mine = row::COLUMN.store_id.eq(store.0);
    row::Entity::update_many()
        .col_expr(version, count)
        .col_expr(marked, marked_count)
        .filter(mine)
        .exec(db)
        .await?;
    news::tell(db, store).await?;
    Ok(find(db, store).await?.map_or(0, |row| row.version))
}

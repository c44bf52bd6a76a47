//! What is done alike with every table whose primary key is `(store_id, id)`.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait, IdenStatic as _, InsertMany,
    IntoActiveModel, Iterable as _, PrimaryKeyToColumn as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::Transaction;
use crate::platform::ids::StoreId;

/// SQLite takes 32,766 values in one statement, PostgreSQL 65,535.
const VALUES_MAX: usize = 30_000;

/// The row of an entity.
type Row<E> = <E as EntityTrait>::Model;

/// The rows of a store in the order of their ids, after the id `after`.
pub async fn page<E: EntityTrait>(
    db: &impl ConnectionTrait,
    store: StoreId,
    after: Option<i64>,
    limit: u64,
) -> Result<Vec<Row<E>>, DbErr> {
    let (store_column, id_column) = key_columns::<E>()?;
    let mut query = E::find().filter(store_column.eq(store)).order_by_asc(id_column).limit(limit);
    if let Some(after) = after {
        query = query.filter(id_column.gt(after));
    }
    query.all(db).await
}

/// The row of a store with this id.
pub async fn by_id<E: EntityTrait>(
    db: &impl ConnectionTrait,
    store: StoreId,
    id: i64,
) -> Result<Option<Row<E>>, DbErr> {
    let (store_column, id_column) = key_columns::<E>()?;
    E::find().filter(store_column.eq(store)).filter(id_column.eq(id)).one(db).await
}

/// Those rows of a store that have one of these ids, in any order.
pub async fn by_ids<E: EntityTrait>(
    db: &impl ConnectionTrait,
    store: StoreId,
    ids: impl IntoIterator<Item = i64>,
) -> Result<Vec<Row<E>>, DbErr> {
    let (store_column, id_column) = key_columns::<E>()?;
    let mut ids: Vec<i64> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let mut rows = Vec::with_capacity(ids.len());
    for ids in ids.chunks(VALUES_MAX) {
        let ids = ids.iter().copied();
        rows.extend(E::find().filter(store_column.eq(store)).filter(id_column.is_in(ids)).all(db).await?);
    }
    Ok(rows)
}

/// Adds rows, or puts them in the place of those with the same key. No key may stand in `rows` twice.
pub async fn upsert<A>(transaction: &Transaction, rows: Vec<Row<A::Entity>>) -> Result<(), DbErr>
where
    A: ActiveModelTrait,
    Row<A::Entity>: IntoActiveModel<A>,
{
    let (store_column, id_column) = key_columns::<A::Entity>()?;
    let columns = || <A::Entity as EntityTrait>::Column::iter();
    let others = columns().filter(|column| column.as_str() != "store_id" && column.as_str() != "id");
    let replace = OnConflict::columns([store_column, id_column]).update_columns(others).to_owned();
    let in_one_statement = VALUES_MAX / columns().count().max(1);
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk = rows.by_ref().take(in_one_statement);
        InsertMany::<A>::many(chunk).on_conflict(replace.clone()).exec_without_returning(transaction).await?;
    }
    Ok(())
}

fn key_columns<E: EntityTrait>() -> Result<(E::Column, E::Column), DbErr> {
    let mut columns = E::PrimaryKey::iter().map(|key| key.into_column());
    match (columns.next(), columns.next(), columns.next()) {
        (Some(store), Some(id), None) => Ok((store, id)),
        _ => Err(DbErr::Custom("the primary key of this table is not (store_id, id)".to_owned())),
    }
}

//! Rows of coupon codes.

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue, Order, PaginatorTrait, QueryOrder, QuerySelect};

use crate::platform::ids::StoreId;

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "coupon_code")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) promotion_id: i64,
        pub(crate) code: String,
        pub(crate) normal_code: String,
        pub(crate) max_uses: Option<i64>,
        pub(crate) max_uses_per_customer: Option<i64>,
        pub(crate) current_uses: i64,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use row::Model as CodeRow;

/// SQLite takes 32,766 values in one statement; a row has nine.
const ROWS_IN_ONE_STATEMENT: usize = 3000;

/// Keeps new codes. A code that exists is left out: tells how many were kept.
pub(super) async fn insert<C: ConnectionTrait>(db: &C, added: Vec<CodeRow>) -> Result<u64, DbErr> {
    use sea_orm::TryInsertResult;
    use sea_orm::sea_query::OnConflict;
    let rows = added.into_iter().map(|code| row::ActiveModel {
        store_id: ActiveValue::Set(code.store_id),
        id: ActiveValue::Set(code.id),
        promotion_id: ActiveValue::Set(code.promotion_id),
        code: ActiveValue::Set(code.code),
        normal_code: ActiveValue::Set(code.normal_code),
        max_uses: ActiveValue::Set(code.max_uses),
        max_uses_per_customer: ActiveValue::Set(code.max_uses_per_customer),
        current_uses: ActiveValue::Set(code.current_uses),
        created_at: ActiveValue::Set(code.created_at),
    });
    let taken = OnConflict::columns([row::Column::StoreId, row::Column::NormalCode]).do_nothing().to_owned();
    let mut rows = rows.peekable();
    let mut kept = 0;
    while rows.peek().is_some() {
        let chunk = row::Entity::insert_many(rows.by_ref().take(ROWS_IN_ONE_STATEMENT));
        let inserted = chunk.on_conflict(taken.clone()).try_insert().exec_without_returning(db).await?;
        kept += match inserted {
            TryInsertResult::Inserted(kept) => kept,
            TryInsertResult::Empty | TryInsertResult::Conflicted => 0,
        };
    }
    Ok(kept)
}

/// The code with this normal form.
pub(super) async fn find_by_text<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    normal_code: &str,
) -> Result<Option<CodeRow>, DbErr> {
    row::Entity::find()
        .filter(row::COLUMN.store_id.eq(store.0))
        .filter(row::COLUMN.normal_code.eq(normal_code))
        .one(db)
        .await
}

/// The codes with these normal forms, in no order.
pub(super) async fn find_by_texts<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    normal_codes: Vec<String>,
) -> Result<Vec<CodeRow>, DbErr> {
    row::Entity::find()
        .filter(row::COLUMN.store_id.eq(store.0))
        .filter(row::COLUMN.normal_code.is_in(normal_codes))
        .all(db)
        .await
}

/// How many codes a promotion has, counting to two.
pub(super) async fn count_to_two<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    promotion: i64,
) -> Result<usize, DbErr> {
    let codes = of_promotion(store, promotion).limit(2).all(db).await?;
    Ok(codes.len())
}

/// How many codes a promotion has.
pub(super) async fn count<C: ConnectionTrait>(db: &C, store: StoreId, promotion: i64) -> Result<u64, DbErr> {
    of_promotion(store, promotion).count(db).await
}

/// Which part of the codes of a promotion, in order of their ids.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// From the first.
    First,
    /// Those after this id.
    After(i64),
    /// The last ones before this id.
    Before(i64),
    /// Those after so many.
    Offset(u64),
}

/// A part of the codes of a promotion, in order of their ids; only this normal form when given.
pub(super) async fn list<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    promotion: i64,
    normal_code: Option<&str>,
    part: Part,
    fetch: u64,
) -> Result<Vec<CodeRow>, DbErr> {
    let mut query = of_promotion(store, promotion);
    if let Some(normal_code) = normal_code {
        query = query.filter(row::COLUMN.normal_code.eq(normal_code));
    }
    let (query, order) = match part {
        Part::First => (query, Order::Asc),
        Part::After(id) => (query.filter(row::COLUMN.id.gt(id)), Order::Asc),
        Part::Before(id) => (query.filter(row::COLUMN.id.lt(id)), Order::Desc),
        Part::Offset(offset) => (query.offset(offset), Order::Asc),
    };
    let is_backward = matches!(part, Part::Before(_));
    let mut codes = query.order_by(row::Column::Id, order).limit(fetch).all(db).await?;
    if is_backward {
        codes.reverse();
    }
    Ok(codes)
}

/// Deletes codes of a promotion by id; those that do not exist are left out.
pub(super) async fn delete<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    promotion: i64,
    ids: &[i64],
) -> Result<(), DbErr> {
    row::Entity::delete_many()
        .filter(row::COLUMN.store_id.eq(store.0))
        .filter(row::COLUMN.promotion_id.eq(promotion))
        .filter(row::COLUMN.id.is_in(ids.iter().copied()))
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes the code with this normal form.
pub(super) async fn delete_by_text<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    normal_code: &str,
) -> Result<(), DbErr> {
    row::Entity::delete_many()
        .filter(row::COLUMN.store_id.eq(store.0))
        .filter(row::COLUMN.normal_code.eq(normal_code))
        .exec(db)
        .await?;
    Ok(())
}

fn of_promotion(store: StoreId, promotion: i64) -> Select<row::Entity> {
    let mine = row::Entity::find().filter(row::COLUMN.store_id.eq(store.0));
    mine.filter(row::COLUMN.promotion_id.eq(promotion))
}

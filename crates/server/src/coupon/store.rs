//! Rows of coupon codes.

pub(super) mod bulk;
pub(super) mod space;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Asterisk, Expr, Query, UnionType};
use sea_orm::{
    ActiveValue, FromQueryResult as _, Order, PaginatorTrait, QueryOrder, QuerySelect, QueryTrait,
};

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
        pub(crate) created_at: i64,
        pub(crate) loose_code: Option<String>,
        pub(crate) is_generated: bool,
        pub(crate) starts_at: Option<i64>,
        pub(crate) ends_at: Option<i64>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use row::Model as CodeRow;

/// SQLite takes 32,766 values in one statement; a row has thirteen.
const ROWS_IN_ONE_STATEMENT: usize = 2500;

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
        created_at: ActiveValue::Set(code.created_at),
        loose_code: ActiveValue::Set(code.loose_code),
        is_generated: ActiveValue::Set(code.is_generated),
        starts_at: ActiveValue::Set(code.starts_at),
        ends_at: ActiveValue::Set(code.ends_at),
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

/// The codes that have one of these normal forms or one of these loose forms, in no order; some may come twice.
pub(super) async fn find_by_forms<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    normal_codes: &[String],
    loose_codes: &[String],
) -> Result<Vec<CodeRow>, DbErr> {
    let mine = || row::Entity::find().filter(row::COLUMN.store_id.eq(store.0));
    // Of a code that is its own loose form, only the normal form is kept.
    let plain = normal_codes.iter().chain(loose_codes).cloned();
    let mut by_normal = mine().filter(row::COLUMN.normal_code.is_in(plain));
    let by_loose = mine().filter(row::COLUMN.loose_code.is_in(loose_codes.iter().cloned()));
    // Each half has its index; an OR would have none.
    QueryTrait::query(&mut by_normal).union(UnionType::All, by_loose.into_query());
    by_normal.all(db).await
}

/// Changes how often and when a code may be used.
pub(super) async fn update_terms<C: ConnectionTrait>(db: &C, changed: CodeRow) -> Result<(), DbErr> {
    row::Entity::update_many()
        .col_expr(row::Column::MaxUses, Expr::value(changed.max_uses))
        .col_expr(row::Column::MaxUsesPerCustomer, Expr::value(changed.max_uses_per_customer))
        .col_expr(row::Column::StartsAt, Expr::value(changed.starts_at))
        .col_expr(row::Column::EndsAt, Expr::value(changed.ends_at))
        .filter(row::COLUMN.store_id.eq(changed.store_id))
        .filter(row::COLUMN.id.eq(changed.id))
        .exec(db)
        .await?;
    Ok(())
}

/// How often codes may be used, in all and by one customer: by their ids.
pub(super) async fn limits<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<Vec<(i64, Option<i64>, Option<i64>)>, DbErr> {
    let limited = sea_orm::Condition::any()
        .add(row::COLUMN.max_uses.is_not_null())
        .add(row::COLUMN.max_uses_per_customer.is_not_null());
    let query = row::Entity::find().filter(row::COLUMN.store_id.eq(store.0));
    let query = query.filter(row::COLUMN.id.is_in(ids.iter().copied())).filter(limited).select_only();
    query
        .columns([row::Column::Id, row::Column::MaxUses, row::Column::MaxUsesPerCustomer])
        .into_tuple()
        .all(db)
        .await
}

/// A code of a promotion by its id.
pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    promotion: i64,
    id: i64,
) -> Result<Option<CodeRow>, DbErr> {
    of_promotion(store, promotion).filter(row::COLUMN.id.eq(id)).one(db).await
}

/// The codes of a promotion after this id, only what is exported of them.
pub(super) async fn export<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    promotion: i64,
    after: i64,
    fetch: u64,
) -> Result<Vec<ExportedRow>, DbErr> {
    of_promotion(store, promotion)
        .filter(row::COLUMN.id.gt(after))
        .order_by(row::Column::Id, Order::Asc)
        .limit(fetch)
        .into_partial_model()
        .all(db)
        .await
}

/// What is exported of a code.
#[derive(Clone, Debug, sea_orm::DerivePartialModel)]
#[sea_orm(entity = "row::Entity")]
pub(super) struct ExportedRow {
    pub(super) id: i64,
    pub(super) code: String,
    pub(super) max_uses: Option<i64>,
    pub(super) max_uses_per_customer: Option<i64>,
    pub(super) created_at: i64,
    pub(super) starts_at: Option<i64>,
    pub(super) ends_at: Option<i64>,
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

/// The first codes after an id of each of these promotions, in order of their ids.
pub(super) async fn pages<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    promotions: &[i64],
    after: Option<i64>,
    fetch: u64,
) -> Result<Vec<CodeRow>, DbErr> {
    let page = |promotion: &i64| {
        let mine = of_promotion(store, *promotion).filter(row::COLUMN.id.gt(after.unwrap_or(0)));
        let page = mine.order_by(row::Column::Id, Order::Asc).limit(fetch).into_query();
        // SQLite takes an order and a limit only of a whole statement, so each page is one in a FROM.
        Query::select().column(Asterisk).from_subquery(page, "page").to_owned()
    };
    let mut pages = promotions.iter().map(page);
    let Some(mut all) = pages.next() else { return Ok(Vec::new()) };
    for page in pages {
        all.union(UnionType::All, page);
    }
    let mut rows = CodeRow::find_by_statement(db.get_database_backend().build(&all)).all(db).await?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
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

fn of_promotion(store: StoreId, promotion: i64) -> Select<row::Entity> {
    let mine = row::Entity::find().filter(row::COLUMN.store_id.eq(store.0));
    mine.filter(row::COLUMN.promotion_id.eq(promotion))
}

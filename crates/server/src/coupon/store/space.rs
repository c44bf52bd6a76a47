//! Rows of code spaces.

use engine::coupon::CODE_LENGTH_MAX;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{Insert, QueryOrder as _, QuerySelect as _, Statement};

use super::row as code;
use crate::platform::ids::StoreId;

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "code_space")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) shape: String,
        pub(crate) secret_key: String,
        pub(crate) next_place: i64,
        pub(crate) is_guarded: bool,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(in crate::coupon) use row::Model as SpaceRow;

/// The space of codes of this shape.
pub(in crate::coupon) async fn of_shape<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    shape: &str,
) -> Result<Option<SpaceRow>, DbErr> {
    let mine = row::Entity::find().filter(row::COLUMN.store_id.eq(store.0));
    mine.filter(row::COLUMN.shape.eq(shape)).one(db).await
}

/// The space with this id.
pub(in crate::coupon) async fn find<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    id: i64,
) -> Result<Option<SpaceRow>, DbErr> {
    row::Entity::find_by_id((store.0, id)).one(db).await
}

/// All spaces of a store.
pub(in crate::coupon) async fn all<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
) -> Result<Vec<SpaceRow>, DbErr> {
    let mine = row::Entity::find().filter(row::COLUMN.store_id.eq(store.0));
    mine.order_by_asc(row::Column::Id).all(db).await
}

/// The shapes of which mistyped codes are refused without looking them up.
pub(in crate::coupon) async fn guarded<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
) -> Result<Vec<String>, DbErr> {
    let mine = row::Entity::find().filter(row::COLUMN.store_id.eq(store.0));
    let guarded = mine.filter(row::COLUMN.is_guarded.eq(true)).order_by_asc(row::Column::Id);
    guarded.select_only().column(row::Column::Shape).into_tuple().all(db).await
}

/// Keeps a new space.
pub(in crate::coupon) async fn insert<C: ConnectionTrait>(db: &C, added: SpaceRow) -> Result<(), DbErr> {
    Insert::<row::ActiveModel>::one(added).exec_without_returning(db).await?;
    Ok(())
}

/// Draws the next `count` places of a space and gives the first of them.
pub(in crate::coupon) async fn draw<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    id: i64,
    count: i64,
) -> Result<i64, DbErr> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "UPDATE code_space SET next_place = next_place + $3 WHERE store_id = $1 AND id = $2 RETURNING next_place",
        [store.0.into(), id.into(), count.into()],
    );
    let row = db.query_one_raw(statement).await?.ok_or(DbErr::RecordNotUpdated)?;
    let next: i64 = row.try_get_by_index(0)?;
    Ok(next - count)
}

/// Loose forms of so many characters that begin with `prefix`, at most `most` of them.
pub(in crate::coupon) async fn loose_codes_like<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    (prefix, length): (&str, i32),
    most: u64,
) -> Result<Vec<String>, DbErr> {
    // Loose forms have digits and capitals, of which every collation has Z last.
    let end = format!("{prefix}{}", "Z".repeat(CODE_LENGTH_MAX));
    let mut found = Vec::new();
    for column in [code::Column::NormalCode, code::Column::LooseCode] {
        let form = || Expr::col(column);
        let like = code::Entity::find()
            .filter(code::COLUMN.store_id.eq(store.0))
            .filter(form().gte(prefix))
            .filter(form().lte(end.clone()))
            .filter(Expr::expr(sea_orm::sea_query::Func::char_length(form())).eq(length));
        let forms = like.select_only().column(column).limit(most).into_tuple::<String>();
        found.extend(forms.all(db).await?);
    }
    Ok(found)
}

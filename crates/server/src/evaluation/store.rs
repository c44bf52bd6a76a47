//! Rows of recorded evaluations.

use sea_orm::Insert;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use crate::platform::ids::StoreId;

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "evaluation")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: String,
        pub(crate) ruleset_hash: String,
        pub(crate) input: String,
        pub(crate) answer: String,
        pub(crate) gift_values: String,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use row::Model as EvaluationRow;

/// Keeps an evaluation unless it is kept already.
pub(super) async fn insert<C: ConnectionTrait>(db: &C, added: EvaluationRow) -> Result<(), DbErr> {
    let kept = OnConflict::columns([row::Column::StoreId, row::Column::Id]).do_nothing().to_owned();
    Insert::<row::ActiveModel>::one(added).on_conflict(kept).exec_without_returning(db).await?;
    Ok(())
}

/// The evaluation with this id.
pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    id: &str,
) -> Result<Option<EvaluationRow>, DbErr> {
    row::Entity::find_by_id((store.0, id.to_owned())).one(db).await
}

/// The evaluations with this id in all stores: for the operator, who sees them all.
pub(super) async fn find_in_all_stores<C: ConnectionTrait>(
    db: &C,
    id: &str,
) -> Result<Vec<EvaluationRow>, DbErr> {
    row::Entity::find().filter(row::COLUMN.id.eq(id)).all(db).await
}

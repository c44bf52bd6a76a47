//! Rows of rules that are kept with evaluations.

use sea_orm::Insert;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use crate::platform::ids::StoreId;

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "ruleset_snapshot")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) hash: String,
        pub(crate) rules: String,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use row::Model as SnapshotRow;

/// Keeps rules unless they are kept already.
pub(super) async fn insert<C: ConnectionTrait>(db: &C, added: SnapshotRow) -> Result<(), DbErr> {
    let kept = OnConflict::columns([row::Column::StoreId, row::Column::Hash]).do_nothing().to_owned();
    Insert::<row::ActiveModel>::one(added).on_conflict(kept).exec_without_returning(db).await?;
    Ok(())
}

/// Whether rules are kept under this hash.
pub(super) async fn is_kept<C: ConnectionTrait>(db: &C, store: StoreId, hash: &str) -> Result<bool, DbErr> {
    use sea_orm::{QuerySelect as _, Select};
    let row: Select<row::Entity> = row::Entity::find_by_id((store.0, hash.to_owned()));
    let found: Option<String> = row.select_only().column(row::Column::Hash).into_tuple().one(db).await?;
    Ok(found.is_some())
}

/// The rules with this hash.
pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    hash: &str,
) -> Result<Option<SnapshotRow>, DbErr> {
    row::Entity::find_by_id((store.0, hash.to_owned())).one(db).await
}

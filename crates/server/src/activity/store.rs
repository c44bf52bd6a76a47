//! Rows of the activity log.

use sea_orm::entity::prelude::*;
use sea_orm::{Condition, Insert, IntoActiveModel as _, QueryOrder as _, QuerySelect as _};

use super::service::Wanted;
use crate::platform::db::{Connection, DbErr, Transaction};
use crate::platform::ids::StoreId;

mod row {
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "activity")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) object_kind: String,
        pub(crate) object_id: Option<i64>,
        pub(crate) action: String,
        pub(crate) actor_kind: String,
        pub(crate) actor_id: String,
        pub(crate) actor_name: String,
        pub(crate) actor_email: Option<String>,
        pub(crate) changes: String,
        pub(crate) at: i64,
        pub(crate) request_id: Option<String>,
        pub(crate) previous_hash: String,
        pub(crate) hash: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use row::Model as ActivityRow;

fn of(store: StoreId) -> Select<row::Entity> {
    row::Entity::find().filter(row::COLUMN.store_id.eq(store))
}

/// Adds a row.
pub(super) async fn insert(tx: &Transaction, row: ActivityRow) -> Result<(), DbErr> {
    Insert::one(row.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// The hash of the last row.
pub(super) async fn last_hash(tx: &Transaction, store: StoreId) -> Result<Option<String>, DbErr> {
    let last = of(store).order_by_desc(row::Column::Id).select_only().column(row::Column::Hash);
    last.limit(1).into_tuple().one(tx).await
}

/// The next rows after the one with this id, in their order.
pub(super) async fn after<C: Connection>(
    db: &C,
    store: StoreId,
    id: i64,
    limit: u64,
) -> Result<Vec<ActivityRow>, DbErr> {
    of(store).filter(row::COLUMN.id.gt(id)).order_by_asc(row::Column::Id).limit(limit).all(db).await
}

/// The newest rows that are wanted, those before this id when given.
pub(super) async fn list<C: Connection>(
    db: &C,
    store: StoreId,
    wanted: &Wanted,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<ActivityRow>, DbErr> {
    let mut all = Condition::all()
        .add_option(before.map(|id| row::COLUMN.id.lt(id)))
        .add_option(wanted.kind.map(|kind| row::COLUMN.object_kind.eq(kind.name())))
        .add_option(wanted.id.map(|id| row::COLUMN.object_id.eq(id)))
        .add_option(wanted.action.map(|action| row::COLUMN.action.eq(action.name())))
        .add_option(wanted.from.map(|from| row::COLUMN.at.gte(from.as_millisecond())))
        .add_option(wanted.to.map(|to| row::COLUMN.at.lt(to.as_millisecond())));
    if let Some((kind, id)) = &wanted.actor {
        all = all.add(row::COLUMN.actor_kind.eq(kind)).add(row::COLUMN.actor_id.eq(id));
    }
    of(store).filter(all).order_by_desc(row::Column::Id).limit(limit).all(db).await
}

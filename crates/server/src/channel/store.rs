//! Rows of channels.

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::platform::db::{Connection, Transaction, rows};
use crate::platform::ids::StoreId;

mod channel {
    //! A channel.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "channel")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) name: String,
        pub(crate) currencies: String,
        pub(crate) time_zone: Option<String>,
        pub(crate) status: String,
        pub(crate) is_assumed: bool,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use channel::Model as ChannelRow;

/// The channels of a store.
pub(super) async fn all<C: Connection>(db: &C, store: StoreId) -> Result<Vec<ChannelRow>, DbErr> {
    let theirs = channel::Entity::find().filter(Expr::col(channel::Column::StoreId).eq(store.0));
    theirs.order_by_asc(channel::Column::Id).all(db).await
}

/// The channel with this id.
pub(super) async fn find<C: Connection>(
    db: &C,
    store: StoreId,
    id: i64,
) -> Result<Option<ChannelRow>, DbErr> {
    rows::by_id::<channel::Entity>(db, store, id).await
}

/// Keeps a channel, new or changed.
pub(super) async fn put(tx: &Transaction, row: ChannelRow) -> Result<(), DbErr> {
    rows::upsert::<channel::ActiveModel>(tx, vec![row]).await
}

//! Rows of sellers.

use sea_orm::{DbErr, EntityTrait as _};

use crate::platform::db::Transaction;
use crate::platform::ids::StoreId;

pub(super) mod row {
    //! A seller.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "seller")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) business_name: String,
        pub(crate) email: Option<String>,
        pub(crate) marketing_tools: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Removes a seller; whether there was one.
pub(super) async fn delete(tx: &Transaction, store: StoreId, id: i64) -> Result<bool, DbErr> {
    row::Entity::delete_by_id((store, id)).exec(tx).await.map(|done| done.rows_affected > 0)
}

//! Rows of customers and their groups.

pub(super) mod customer_group {
    //! A group of customers.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_group")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod customer {
    //! A customer. The segments are a JSON list.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) email: Option<String>,
        pub(crate) group_id: Option<i64>,
        pub(crate) segment_ids: String,
        pub(crate) order_count: i64,
        pub(crate) loyalty_tier: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

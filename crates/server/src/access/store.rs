//! Rows of keys.

use jiff::Timestamp;
use sea_orm::{DbErr, DeriveActiveEnum, EntityTrait as _, EnumIter, Insert, QueryFilter as _};

use super::service::key::{self, Hash, Secret};
use crate::platform::db::{Db, Transaction};
use crate::platform::ids::StoreId;
use crate::settings;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Kind {
    /// Everything in its store; stays on servers.
    #[sea_orm(string_value = "secret")]
    Secret,
    /// What any shopper may do; can stand in a web page.
    #[sea_orm(string_value = "publishable")]
    Publishable,
}

pub(super) mod api_key {
    //! An API key.
    use sea_orm::entity::prelude::*;

    use super::Kind;
    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_key")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) kind: Kind,
        pub(crate) name: String,
        pub(crate) secret_hash: String,
        pub(crate) last_four: String,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The key with this hash, and the hash of its store.
pub(super) async fn find_key(db: &Db, hash: &Hash) -> Result<Option<(api_key::Model, String)>, DbErr> {
    let hash = key::hexadecimal(hash);
    let found = api_key::Entity::find().filter(api_key::COLUMN.secret_hash.eq(hash)).one(db.read()).await?;
    let Some(key) = found else { return Ok(None) };
    let hash = settings::service::hash(db.read(), key.store_id).await?;
    Ok(hash.map(|hash| (key, hash)))
}

pub(super) async fn insert_key(
    transaction: &Transaction,
    store: StoreId,
    id: i64,
    (kind, name, secret): (Kind, &str, &Secret),
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = api_key::Model {
        store_id: store,
        id,
        kind,
        name: name.to_owned(),
        secret_hash: key::hexadecimal(&secret.hash()),
        last_four: secret.last_four(),
        created_at: now.as_millisecond(),
    };
    Insert::<api_key::ActiveModel>::one(row).exec_without_returning(transaction).await.map(|_| ())
}

//! Rows of keys.

pub(super) mod platform;
pub(super) mod user;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{DbErr, DeriveActiveEnum, EntityTrait as _, EnumIter, Insert, QueryFilter as _};

use super::service::key::{self, Hash};
use crate::platform::db::{Connection, Db, Transaction, rows};
use crate::platform::ids::StoreId;
use crate::settings;

/// Where a key may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Kind {
    /// By servers only: it may do all that its scopes say.
    #[sea_orm(string_value = "secret")]
    Secret,
    /// In web pages too: it may do what any shopper may.
    #[sea_orm(string_value = "publishable")]
    Publishable,
}

impl Kind {
    /// Its name in answers and in the database.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Publishable => "publishable",
        }
    }
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
        pub(crate) scopes: Option<String>,
        pub(crate) expires_at: Option<i64>,
        pub(crate) last_used_at: Option<i64>,
        pub(crate) revoked_at: Option<i64>,
        pub(crate) created_by: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use api_key::Model as KeyRow;

/// The key with this hash, and the hash of its store.
pub(super) async fn find_key(db: &Db, hash: &Hash) -> Result<Option<(KeyRow, String)>, DbErr> {
    let hash = key::hexadecimal(hash);
    let found = api_key::Entity::find().filter(api_key::COLUMN.secret_hash.eq(hash)).one(db.read()).await?;
    let Some(key) = found else { return Ok(None) };
    let hash = settings::service::hash(db.read(), key.store_id).await?;
    Ok(hash.map(|hash| (key, hash)))
}

/// Keeps a new key.
pub(super) async fn insert_key(transaction: &Transaction, row: KeyRow) -> Result<(), DbErr> {
    Insert::<api_key::ActiveModel>::one(row).exec_without_returning(transaction).await.map(|_| ())
}

/// The key with this id.
pub(super) async fn key<C: Connection>(db: &C, store: StoreId, id: i64) -> Result<Option<KeyRow>, DbErr> {
    rows::by_id::<api_key::Entity>(db, store, id).await
}

/// The keys of a store in the order of their ids, after the id `after`.
pub(super) async fn list_keys<C: Connection>(
    db: &C,
    store: StoreId,
    after: Option<i64>,
    fetch: u64,
) -> Result<Vec<KeyRow>, DbErr> {
    rows::page::<api_key::Entity>(db, store, after, fetch).await
}

/// Marks a key as revoked, unless it is already.
pub(super) async fn revoke_key(
    transaction: &Transaction,
    store: StoreId,
    id: i64,
    now: Timestamp,
) -> Result<(), DbErr> {
    api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, Expr::value(now.as_millisecond()))
        .filter(Expr::col(api_key::Column::StoreId).eq(store.0))
        .filter(api_key::COLUMN.id.eq(id))
        .filter(Expr::col(api_key::Column::RevokedAt).is_null())
        .exec(transaction)
        .await?;
    Ok(())
}

/// Keeps when a key was last used, unless a later time is known.
pub(super) async fn note_use(
    transaction: &Transaction,
    store: StoreId,
    id: i64,
    at: Timestamp,
) -> Result<(), DbErr> {
    let at = at.as_millisecond();
    let known = Expr::col(api_key::Column::LastUsedAt);
    api_key::Entity::update_many()
        .col_expr(api_key::Column::LastUsedAt, Expr::value(at))
        .filter(Expr::col(api_key::Column::StoreId).eq(store.0))
        .filter(api_key::COLUMN.id.eq(id))
        .filter(known.clone().is_null().or(known.lt(at)))
        .exec(transaction)
        .await?;
    Ok(())
}

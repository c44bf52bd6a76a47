//! Rows of what belongs to no store: keys that make stores, and whose tokens which store takes.

use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{DbErr, EntityTrait as _, Insert, Iterable as _, QueryFilter as _};

use crate::platform::db::{Connection, Transaction, rows};
use crate::platform::ids::StoreId;

/// Under which id rows stand that are of no store.
pub(in crate::access) const NO_STORE: StoreId = StoreId(0);

pub(in crate::access) mod platform_key {
    //! A key that makes stores.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "platform_key")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) name: String,
        pub(crate) secret_hash: String,
        pub(crate) last_four: String,
        pub(crate) created_at: i64,
        pub(crate) revoked_at: Option<i64>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(in crate::access) mod token_issuer {
    //! Whose tokens a store takes.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "token_issuer")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        pub(crate) issuer: String,
        pub(crate) audience: String,
        pub(crate) algorithm: String,
        pub(crate) secret: Option<String>,
        pub(crate) jwks: Option<String>,
        pub(crate) updated_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(in crate::access) use platform_key::Model as PlatformKeyRow;
pub(in crate::access) use token_issuer::Model as IssuerRow;

/// Keeps a new platform key.
pub(in crate::access) async fn insert_platform_key(
    tx: &Transaction,
    row: PlatformKeyRow,
) -> Result<(), DbErr> {
    Insert::<platform_key::ActiveModel>::one(row).exec_without_returning(tx).await.map(|_| ())
}

/// The platform key with this hash, if it was not revoked.
pub(in crate::access) async fn platform_key<C: Connection>(
    db: &C,
    hash: &str,
) -> Result<Option<PlatformKeyRow>, DbErr> {
    platform_key::Entity::find()
        .filter(Expr::col(platform_key::Column::SecretHash).eq(hash))
        .filter(Expr::col(platform_key::Column::RevokedAt).is_null())
        .one(db)
        .await
}

/// All platform keys.
pub(in crate::access) async fn platform_keys<C: Connection>(db: &C) -> Result<Vec<PlatformKeyRow>, DbErr> {
    rows::page::<platform_key::Entity>(db, NO_STORE, None, u64::from(u32::MAX)).await
}

/// Marks a platform key as revoked; tells whether there is one that was not.
pub(in crate::access) async fn revoke_platform_key(
    tx: &Transaction,
    id: i64,
    now: i64,
) -> Result<bool, DbErr> {
    let revoked = platform_key::Entity::update_many()
        .col_expr(platform_key::Column::RevokedAt, Expr::value(now))
        .filter(Expr::col(platform_key::Column::Id).eq(id))
        .filter(Expr::col(platform_key::Column::RevokedAt).is_null())
        .exec(tx)
        .await?;
    Ok(revoked.rows_affected > 0)
}

/// Whose tokens a store takes.
pub(in crate::access) async fn issuer<C: Connection>(
    db: &C,
    store: StoreId,
) -> Result<Option<IssuerRow>, DbErr> {
    token_issuer::Entity::find_by_id(store).one(db).await
}

/// The stores that take tokens of this issuer for one of these audiences.
pub(in crate::access) async fn issuers<C: Connection>(
    db: &C,
    issuer: &str,
    audiences: &[String],
) -> Result<Vec<IssuerRow>, DbErr> {
    token_issuer::Entity::find()
        .filter(Expr::col(token_issuer::Column::Issuer).eq(issuer))
        .filter(Expr::col(token_issuer::Column::Audience).is_in(audiences.iter().cloned()))
        .all(db)
        .await
}

/// Keeps whose tokens a store takes.
pub(in crate::access) async fn put_issuer(tx: &Transaction, row: IssuerRow) -> Result<(), DbErr> {
    let others =
        token_issuer::Column::iter().filter(|column| !matches!(column, token_issuer::Column::StoreId));
    let replace = OnConflict::column(token_issuer::Column::StoreId).update_columns(others).to_owned();
    let insert = Insert::<token_issuer::ActiveModel>::one(row).on_conflict(replace);
    insert.exec_without_returning(tx).await.map(|_| ())
}

/// A store takes tokens no more.
pub(in crate::access) async fn delete_issuer(tx: &Transaction, store: StoreId) -> Result<(), DbErr> {
    token_issuer::Entity::delete_by_id(store).exec(tx).await.map(|_| ())
}

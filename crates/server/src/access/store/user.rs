//! Rows of users, their roles, links, sessions and recovery codes.

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{DbErr, EntityTrait as _, Insert, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::platform::db::{Connection, Transaction, rows};
use crate::platform::ids::StoreId;

pub(in crate::access) mod row {
    //! A user.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "store_user")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) email: String,
        pub(crate) name: String,
        pub(crate) password_hash: Option<String>,
        pub(crate) role: String,
        pub(crate) seller_id: Option<i64>,
        pub(crate) status: String,
        pub(crate) totp_secret: Option<String>,
        pub(crate) totp_confirmed_at: Option<i64>,
        pub(crate) totp_last_period: i64,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
pub(in crate::access) mod role {
    //! A role that a store made.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "role")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) name: String,
        pub(crate) permissions: String,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
pub(in crate::access) mod link {
    //! A link by which a user chooses a password.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "setup_link")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) user_id: Option<i64>,
        pub(crate) token_hash: String,
        pub(crate) expires_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
pub(in crate::access) mod session {
    //! A session.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "user_session")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) user_id: i64,
        pub(crate) token_hash: String,
        pub(crate) created_at: i64,
        pub(crate) last_seen_at: i64,
        pub(crate) address: String,
        pub(crate) agent: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod recovery_code {
    //! A code that stands in for a code of a second factor, once.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "recovery_code")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) user_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) code_hash: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(in crate::access) use link::Model as LinkRow;
pub(in crate::access) use role::Model as RoleRow;
pub(in crate::access) use row::Model as UserRow;
pub(in crate::access) use session::Model as SessionRow;

/// The user with this id.
pub(in crate::access) async fn user<C: Connection>(
    db: &C,
    store: StoreId,
    id: i64,
) -> Result<Option<UserRow>, DbErr> {
    rows::by_id::<row::Entity>(db, store, id).await
}

/// The users of a store in the order of their ids, after the id `after`.
pub(in crate::access) async fn users<C: Connection>(
    db: &C,
    store: StoreId,
    after: Option<i64>,
    fetch: u64,
) -> Result<Vec<UserRow>, DbErr> {
    rows::page::<row::Entity>(db, store, after, fetch).await
}

/// Users of any store with this address; the first few.
pub(in crate::access) async fn users_with_email<C: Connection>(
    db: &C,
    email: &str,
) -> Result<Vec<UserRow>, DbErr> {
    const FEW: u64 = 100;
    let theirs = row::Entity::find().filter(Expr::col(row::Column::Email).eq(email));
    theirs.order_by_asc(row::Column::StoreId).limit(FEW).all(db).await
}

/// The user of a store with this address.
pub(in crate::access) async fn user_with_email<C: Connection>(
    db: &C,
    store: StoreId,
    email: &str,
) -> Result<Option<UserRow>, DbErr> {
    let theirs = row::Entity::find().filter(Expr::col(row::Column::Email).eq(email));
    theirs.filter(Expr::col(row::Column::StoreId).eq(store.0)).one(db).await
}

/// Whether a user of the store has this role.
pub(in crate::access) async fn is_role_used<C: Connection>(
    db: &C,
    store: StoreId,
    role: &str,
) -> Result<bool, DbErr> {
    let theirs = row::Entity::find().filter(Expr::col(row::Column::StoreId).eq(store.0));
    Ok(theirs.filter(Expr::col(row::Column::Role).eq(role)).one(db).await?.is_some())
}

/// Keeps a user, new or changed.
pub(in crate::access) async fn put_user(tx: &Transaction, row: UserRow) -> Result<(), DbErr> {
    rows::upsert::<row::ActiveModel>(tx, vec![row]).await
}

/// Marks the period of a code as used; tells whether it was not before.
pub(in crate::access) async fn use_period(
    tx: &Transaction,
    (store, user): (StoreId, i64),
    period: i64,
) -> Result<bool, DbErr> {
    let last = Expr::col(row::Column::TotpLastPeriod);
    let used = row::Entity::update_many()
        .col_expr(row::Column::TotpLastPeriod, Expr::value(period))
        .filter(Expr::col(row::Column::StoreId).eq(store.0))
        .filter(Expr::col(row::Column::Id).eq(user))
        .filter(last.lt(period))
        .exec(tx)
        .await?;
    Ok(used.rows_affected > 0)
}

/// The roles that a store made.
pub(in crate::access) async fn roles<C: Connection>(db: &C, store: StoreId) -> Result<Vec<RoleRow>, DbErr> {
    let theirs = role::Entity::find().filter(Expr::col(role::Column::StoreId).eq(store.0));
    theirs.order_by_asc(role::Column::Id).all(db).await
}

/// Keeps a role, new or changed.
pub(in crate::access) async fn put_role(tx: &Transaction, row: RoleRow) -> Result<(), DbErr> {
    rows::upsert::<role::ActiveModel>(tx, vec![row]).await
}

/// Deletes a role.
pub(in crate::access) async fn delete_role(tx: &Transaction, store: StoreId, id: i64) -> Result<(), DbErr> {
    role::Entity::delete_by_id((store, id)).exec(tx).await.map(|_| ())
}

/// Keeps a link, in the place of those that the user (or the first user to be) had.
pub(in crate::access) async fn put_link(tx: &Transaction, row: LinkRow) -> Result<(), DbErr> {
    let user = Expr::col(link::Column::UserId);
    let same = row.user_id.map_or_else(|| user.clone().is_null(), |id| user.clone().eq(id));
    link::Entity::delete_many()
        .filter(Expr::col(link::Column::StoreId).eq(row.store_id.0))
        .filter(same)
        .exec(tx)
        .await?;
    Insert::<link::ActiveModel>::one(row).exec_without_returning(tx).await.map(|_| ())
}

/// The link with this hash of its token.
pub(in crate::access) async fn link<C: Connection>(db: &C, hash: &str) -> Result<Option<LinkRow>, DbErr> {
    link::Entity::find().filter(Expr::col(link::Column::TokenHash).eq(hash)).one(db).await
}

/// Deletes a link; tells whether it was there.
pub(in crate::access) async fn use_link(tx: &Transaction, row: &LinkRow) -> Result<bool, DbErr> {
    let gone = link::Entity::delete_by_id((row.store_id, row.id)).exec(tx).await?;
    Ok(gone.rows_affected > 0)
}

/// Keeps a new session.
pub(in crate::access) async fn insert_session(tx: &Transaction, row: SessionRow) -> Result<(), DbErr> {
    Insert::<session::ActiveModel>::one(row).exec_without_returning(tx).await.map(|_| ())
}

/// The session with this hash of its token.
pub(in crate::access) async fn session<C: Connection>(
    db: &C,
    hash: &str,
) -> Result<Option<SessionRow>, DbErr> {
    session::Entity::find().filter(Expr::col(session::Column::TokenHash).eq(hash)).one(db).await
}

/// The sessions of a user, the newest first.
pub(in crate::access) async fn sessions<C: Connection>(
    db: &C,
    (store, user): (StoreId, i64),
) -> Result<Vec<SessionRow>, DbErr> {
    session::Entity::find()
        .filter(Expr::col(session::Column::StoreId).eq(store.0))
        .filter(Expr::col(session::Column::UserId).eq(user))
        .order_by_desc(session::Column::Id)
        .all(db)
        .await
}

/// Keeps when a session was last seen.
pub(in crate::access) async fn touch_session(
    tx: &Transaction,
    (store, id): (StoreId, i64),
    now: i64,
) -> Result<(), DbErr> {
    session::Entity::update_many()
        .col_expr(session::Column::LastSeenAt, Expr::value(now))
        .filter(Expr::col(session::Column::StoreId).eq(store.0))
        .filter(Expr::col(session::Column::Id).eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Which sessions of a user end.
#[derive(Clone, Copy, Debug)]
pub(in crate::access) enum Ending {
    /// That with this id; tells whether there was one.
    One(i64),
    /// All but that with this id.
    Others(i64),
    /// All of them.
    All,
    /// Those begun before this instant.
    BegunBefore(i64),
}

/// Deletes sessions of a user, and tells how many.
pub(in crate::access) async fn end_sessions(
    tx: &Transaction,
    (store, user): (StoreId, i64),
    which: Ending,
) -> Result<u64, DbErr> {
    let id = Expr::col(session::Column::Id);
    let mut ended = session::Entity::delete_many()
        .filter(Expr::col(session::Column::StoreId).eq(store.0))
        .filter(Expr::col(session::Column::UserId).eq(user));
    ended = match which {
        Ending::One(one) => ended.filter(id.eq(one)),
        Ending::Others(mine) => ended.filter(id.ne(mine)),
        Ending::All => ended,
        Ending::BegunBefore(instant) => ended.filter(Expr::col(session::Column::CreatedAt).lt(instant)),
    };
    Ok(ended.exec(tx).await?.rows_affected)
}

/// Gives a user these recovery codes in the place of those from before.
pub(in crate::access) async fn replace_recovery_codes(
    tx: &Transaction,
    (store, user): (StoreId, i64),
    hashes: Vec<String>,
) -> Result<(), DbErr> {
    recovery_code::Entity::delete_many()
        .filter(Expr::col(recovery_code::Column::StoreId).eq(store.0))
        .filter(Expr::col(recovery_code::Column::UserId).eq(user))
        .exec(tx)
        .await?;
    for code_hash in hashes {
        let row = recovery_code::Model { store_id: store, user_id: user, code_hash };
        Insert::<recovery_code::ActiveModel>::one(row).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Uses a recovery code up; tells whether it was there.
pub(in crate::access) async fn use_recovery_code(
    tx: &Transaction,
    (store, user): (StoreId, i64),
    hash: &str,
) -> Result<bool, DbErr> {
    let key = (store, user, hash.to_owned());
    Ok(recovery_code::Entity::delete_by_id(key).exec(tx).await?.rows_affected > 0)
}

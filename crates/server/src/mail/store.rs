//! Rows of mails.

use sea_orm::QueryOrder as _;
use sea_orm::QuerySelect as _;
use sea_orm::entity::prelude::*;
use sea_orm::{Insert, IntoActiveModel as _};

use crate::platform::db::{Connection, DbErr, Transaction};
use crate::platform::ids::StoreId;

mod row {
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "mail")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) kind: String,
        pub(crate) subject_id: i64,
        pub(crate) recipient: String,
        pub(crate) state: String,
        pub(crate) send_at: i64,
        pub(crate) attempts: i64,
        pub(crate) next_attempt_at: i64,
        pub(crate) sent_at: Option<i64>,
        pub(crate) error: Option<String>,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use row::Model as MailRow;

pub(super) async fn insert(tx: &Transaction, row: MailRow) -> Result<(), DbErr> {
    Insert::one(row.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Mails of any store that wait and are due, those that have waited longest first.
pub(super) async fn due<C: Connection>(db: &C, now: i64, limit: u64) -> Result<Vec<MailRow>, DbErr> {
    row::Entity::find()
        .filter(row::COLUMN.state.eq("waiting"))
        .filter(row::COLUMN.next_attempt_at.lte(now))
        .order_by_asc(row::Column::NextAttemptAt)
        .limit(limit)
        .all(db)
        .await
}

/// Writes the changed mail if it still waits after as many attempts as `before`; tells whether it did.
pub(super) async fn update(tx: &Transaction, before: &MailRow, changed: MailRow) -> Result<bool, DbErr> {
    let updated = row::Entity::update_many()
        .set(changed.into_active_model().reset_all())
        .filter(row::COLUMN.store_id.eq(before.store_id))
        .filter(row::COLUMN.id.eq(before.id))
        .filter(row::COLUMN.state.eq("waiting"))
        .filter(row::COLUMN.attempts.eq(before.attempts))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// The mails about these subjects, the newest last.
pub(super) async fn about<C: Connection>(
    db: &C,
    store: StoreId,
    kind: &str,
    subjects: &[i64],
) -> Result<Vec<MailRow>, DbErr> {
    row::Entity::find()
        .filter(row::COLUMN.store_id.eq(store))
        .filter(row::COLUMN.kind.eq(kind))
        .filter(row::COLUMN.subject_id.is_in(subjects.iter().copied()))
        .order_by_asc(row::Column::Id)
        .all(db)
        .await
}

//! Rows of gift cards, and of exports of their codes.

use std::fmt::Write as _;

use sea_orm::entity::prelude::*;
use sea_orm::{
    Insert, InsertMany, IntoActiveModel as _, QueryOrder as _, QuerySelect as _, Statement, Value,
};

use crate::platform::db::{Connection, DbErr, Transaction};
use crate::platform::ids::StoreId;

pub(super) mod card {
    //! A gift card. Its money, expiry and voiding stand on its account in the ledger.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "gift_card")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) code_hash: String,
        pub(crate) last_four: String,
        pub(crate) code_sealed: String,
        pub(crate) pin_hash: Option<String>,
        pub(crate) kind: String,
        pub(crate) initial_amount: i64,
        pub(crate) recipient_email: Option<String>,
        pub(crate) recipient_name: Option<String>,
        pub(crate) sender_name: Option<String>,
        pub(crate) message: Option<String>,
        pub(crate) note: Option<String>,
        pub(crate) batch_id: Option<i64>,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod export {
    //! An export of codes.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "gift_card_export")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) batch_id: i64,
        pub(crate) actor: String,
        pub(crate) cards: i64,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use card::Model as CardRow;
pub(super) use export::Model as ExportRow;

/// SQLite takes 32,766 values in one statement; a card has 15.
const ROWS_IN_ONE_STATEMENT: usize = 2000;

/// What a card is, as it can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Active,
    Redeemed,
    Expired,
    Voided,
}

/// Which cards to list.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    pub(super) status: Option<Status>,
    pub(super) recipient: Option<String>,
    pub(super) last_four: Option<String>,
    pub(super) batch: Option<i64>,
    pub(super) before: Option<i64>,
}

pub(super) async fn insert(tx: &Transaction, rows: Vec<CardRow>) -> Result<(), DbErr> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk = rows.by_ref().take(ROWS_IN_ONE_STATEMENT);
        InsertMany::<card::ActiveModel>::many(chunk).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Whether several nodes may share the database.
pub(super) fn has_several_writers<C: Connection>(db: &C) -> bool {
    db.get_database_backend() == sea_orm::DbBackend::Postgres
}

/// Whether a store has any cards.
pub(super) async fn any<C: Connection>(db: &C, store: StoreId) -> Result<bool, DbErr> {
    let mine = card::Entity::find().filter(card::COLUMN.store_id.eq(store));
    Ok(mine.limit(1).one(db).await?.is_some())
}

/// The cards whose codes have these hashes, in no order.
pub(super) async fn by_hashes<C: Connection>(
    db: &C,
    store: StoreId,
    hashes: &[String],
) -> Result<Vec<CardRow>, DbErr> {
    card::Entity::find()
        .filter(card::COLUMN.store_id.eq(store))
        .filter(card::COLUMN.code_hash.is_in(hashes.iter().map(String::as_str)))
        .all(db)
        .await
}

/// The cards of a batch in the order of their ids, after this one.
pub(super) async fn of_batch<C: Connection>(
    db: &C,
    store: StoreId,
    batch: i64,
    after: i64,
    limit: u64,
) -> Result<Vec<CardRow>, DbErr> {
    card::Entity::find()
        .filter(card::COLUMN.store_id.eq(store))
        .filter(card::COLUMN.batch_id.eq(batch))
        .filter(card::COLUMN.id.gt(after))
        .order_by_asc(card::Column::Id)
        .limit(limit)
        .all(db)
        .await
}

/// The newest cards that pass the filter at `now`.
pub(super) async fn list<C: Connection>(
    db: &C,
    store: StoreId,
    filter: &Filter,
    now: i64,
    limit: u64,
) -> Result<Vec<CardRow>, DbErr> {
    let mut sql = "SELECT card.* FROM gift_card card JOIN ledger_account account \
                   ON account.store_id = card.store_id AND account.id = card.id WHERE card.store_id = $1"
        .to_owned();
    let mut values: Vec<Value> = vec![store.0.into()];
    let mut add = |condition: &str, value: Option<Value>| {
        if let Some(value) = value {
            values.push(value);
            // Writing into a String cannot fail.
            let _ = write!(sql, " AND {condition}${}", values.len());
        }
    };
    add("card.recipient_email = ", filter.recipient.clone().map(Value::from));
    add("card.last_four = ", filter.last_four.clone().map(Value::from));
    add("card.batch_id = ", filter.batch.map(Value::from));
    add("card.id < ", filter.before.map(Value::from));
    if let Some(status) = filter.status {
        sql.push_str(match status {
            Status::Voided => " AND account.voided_at IS NOT NULL",
            _ => " AND account.voided_at IS NULL",
        });
        values.push(now.into());
        let place = values.len();
        // The same as `service::status`.
        let is_expired = format!(
            "(account.expires_at IS NOT NULL AND account.expires_at <= ${place} \
             AND (account.balance > 0 OR account.expired_at IS NOT NULL))"
        );
        match status {
            Status::Voided => values.truncate(place - 1),
            Status::Expired => sql.push_str(&format!(" AND {is_expired}")),
            Status::Redeemed => sql.push_str(&format!(" AND NOT {is_expired} AND account.balance = 0")),
            Status::Active => sql.push_str(&format!(" AND NOT {is_expired} AND account.balance > 0")),
        }
    }
    values.push(Value::BigInt(i64::try_from(limit).ok()));
    let _ = write!(sql, " ORDER BY card.id DESC LIMIT ${}", values.len());
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    card::Entity::find().from_raw_sql(statement).all(db).await
}

/// Changes whom a card is for.
pub(super) async fn set_recipient(
    tx: &Transaction,
    store: StoreId,
    id: i64,
    recipient: &str,
) -> Result<(), DbErr> {
    card::Entity::update_many()
        .col_expr(card::Column::RecipientEmail, Expr::value(recipient))
        .filter(card::COLUMN.store_id.eq(store))
        .filter(card::COLUMN.id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn insert_export(tx: &Transaction, row: ExportRow) -> Result<(), DbErr> {
    Insert::one(row.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

//! Rows of endpoints, events and deliveries.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{Insert, IntoActiveModel as _, QueryOrder as _, QuerySelect as _};

use crate::platform::db::bulk::{self, Rows};
use crate::platform::db::{Connection, DbErr, Transaction};
use crate::platform::ids::StoreId;

mod webhook {
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) url: Option<String>,
        pub(crate) events: String,
        pub(crate) description: String,
        pub(crate) status: String,
        pub(crate) disabled_reason: Option<String>,
        pub(crate) failing_since: Option<i64>,
        pub(crate) secret: String,
        pub(crate) previous_secret: Option<String>,
        pub(crate) previous_until: Option<i64>,
        pub(crate) created_at: i64,
        pub(crate) updated_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod event {
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_event")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: String,
        pub(crate) kind: String,
        pub(crate) payload: String,
        pub(crate) is_handed_on: bool,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod delivery {
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_delivery")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) webhook_id: i64,
        pub(crate) event_id: String,
        pub(crate) kind: String,
        pub(crate) state: String,
        pub(crate) attempts: i64,
        pub(crate) next_attempt_at: i64,
        pub(crate) response_status: Option<i64>,
        pub(crate) response_body: Option<String>,
        pub(crate) duration_ms: Option<i64>,
        pub(crate) error: Option<String>,
        pub(crate) finished_at: Option<i64>,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use delivery::Model as DeliveryRow;
pub(super) use event::Model as EventRow;
pub(super) use webhook::Model as WebhookRow;

/// The endpoints of a store, the oldest first.
pub(super) async fn webhooks<C: Connection>(db: &C, store: StoreId) -> Result<Vec<WebhookRow>, DbErr> {
    let mine = webhook::Entity::find().filter(webhook::COLUMN.store_id.eq(store));
    mine.order_by_asc(webhook::Column::Id).all(db).await
}

/// The endpoint with this id.
pub(super) async fn webhook<C: Connection>(
    db: &C,
    store: StoreId,
    id: i64,
) -> Result<Option<WebhookRow>, DbErr> {
    webhook::Entity::find_by_id((store, id)).one(db).await
}

/// Keeps a new endpoint.
pub(super) async fn insert_webhook(tx: &Transaction, row: WebhookRow) -> Result<(), DbErr> {
    Insert::one(row.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Keeps a changed endpoint.
pub(super) async fn update_webhook(tx: &Transaction, row: WebhookRow) -> Result<(), DbErr> {
    let (store, id) = (row.store_id, row.id);
    webhook::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(webhook::COLUMN.store_id.eq(store))
        .filter(webhook::COLUMN.id.eq(id))
        .exec(tx)
        .await
        .map(|_| ())
}

/// Notes since when nothing comes through to an endpoint, or that it does.
pub(super) async fn set_failing(
    tx: &Transaction,
    store: StoreId,
    id: i64,
    since: Option<i64>,
) -> Result<(), DbErr> {
    webhook::Entity::update_many()
        .col_expr(webhook::Column::FailingSince, Expr::value(since))
        .filter(webhook::COLUMN.store_id.eq(store))
        .filter(webhook::COLUMN.id.eq(id))
        .exec(tx)
        .await
        .map(|_| ())
}

/// Removes an endpoint, and what it was told.
pub(super) async fn delete_webhook(tx: &Transaction, store: StoreId, id: i64) -> Result<(), DbErr> {
    let its = delivery::Entity::delete_many().filter(delivery::COLUMN.store_id.eq(store));
    its.filter(delivery::COLUMN.webhook_id.eq(id)).exec(tx).await?;
    webhook::Entity::delete_by_id((store, id)).exec(tx).await.map(|_| ())
}

static EVENTS: bulk::Insert = bulk::Insert {
    table: "webhook_event",
    columns: &["store_id", "id", "kind", "payload", "is_handed_on", "created_at"],
    on_conflict: "",
};

/// An event as a row to be written together with others.
pub(super) fn event_rows(row: EventRow) -> Rows {
    let EventRow { store_id, id, kind, payload, is_handed_on, created_at } = row;
    let values = vec![
        store_id.0.into(),
        id.into(),
        kind.into(),
        payload.into(),
        is_handed_on.into(),
        created_at.into(),
    ];
    (&EVENTS, vec![values])
}

/// Keeps an event.
pub(super) async fn insert_event(tx: &Transaction, row: EventRow) -> Result<(), DbErr> {
    Insert::one(row.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Events of any store whose deliveries have not been made, the oldest first.
pub(super) async fn new_events<C: Connection>(db: &C, limit: u64) -> Result<Vec<EventRow>, DbErr> {
    let new = event::Entity::find().filter(event::COLUMN.is_handed_on.eq(false));
    new.order_by_asc(event::Column::Id).limit(limit).all(db).await
}

/// Marks an event as handed on; tells whether it was not before.
pub(super) async fn hand_on(tx: &Transaction, store: StoreId, id: &str) -> Result<bool, DbErr> {
    let marked = event::Entity::update_many()
        .col_expr(event::Column::IsHandedOn, Expr::value(true))
        .filter(event::COLUMN.store_id.eq(store))
        .filter(event::COLUMN.id.eq(id))
        .filter(event::COLUMN.is_handed_on.eq(false))
        .exec(tx)
        .await?;
    Ok(marked.rows_affected == 1)
}

/// The events with these ids.
pub(super) async fn events<C: Connection>(
    db: &C,
    store: StoreId,
    ids: &[String],
) -> Result<Vec<EventRow>, DbErr> {
    let mine = event::Entity::find().filter(event::COLUMN.store_id.eq(store));
    mine.filter(event::COLUMN.id.is_in(ids.iter().cloned())).all(db).await
}

/// The event with this id.
pub(super) async fn event<C: Connection>(
    db: &C,
    store: StoreId,
    id: &str,
) -> Result<Option<EventRow>, DbErr> {
    event::Entity::find_by_id((store, id.to_owned())).one(db).await
}

/// The events of a store since an instant, the oldest first.
pub(super) async fn events_since<C: Connection>(
    db: &C,
    store: StoreId,
    since: i64,
    limit: u64,
) -> Result<Vec<EventRow>, DbErr> {
    let mine = event::Entity::find().filter(event::COLUMN.store_id.eq(store));
    let recent = mine.filter(event::COLUMN.created_at.gte(since));
    recent.order_by_asc(event::Column::Id).limit(limit).all(db).await
}

/// Keeps a new delivery.
pub(super) async fn insert_delivery(tx: &Transaction, row: DeliveryRow) -> Result<(), DbErr> {
    Insert::one(row.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Deliveries of any store that wait and are due, those that have waited longest first.
pub(super) async fn due<C: Connection>(db: &C, now: i64, limit: u64) -> Result<Vec<DeliveryRow>, DbErr> {
    delivery::Entity::find()
        .filter(delivery::COLUMN.state.eq("waiting"))
        .filter(delivery::COLUMN.next_attempt_at.lte(now))
        .order_by_asc(delivery::Column::NextAttemptAt)
        .order_by_asc(delivery::Column::Id)
        .limit(limit)
        .all(db)
        .await
}

/// Writes the changed delivery if it still waits after as many attempts as `before`; tells whether it did.
pub(super) async fn update_delivery(
    tx: &Transaction,
    before: &DeliveryRow,
    changed: DeliveryRow,
) -> Result<bool, DbErr> {
    let updated = delivery::Entity::update_many()
        .set(changed.into_active_model().reset_all())
        .filter(delivery::COLUMN.store_id.eq(before.store_id))
        .filter(delivery::COLUMN.id.eq(before.id))
        .filter(delivery::COLUMN.state.eq("waiting"))
        .filter(delivery::COLUMN.attempts.eq(before.attempts))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// The newest deliveries to an endpoint, those before this id when given, in one state when told.
pub(super) async fn deliveries<C: Connection>(
    db: &C,
    store: StoreId,
    webhook: i64,
    (state, before): (Option<&str>, Option<i64>),
    limit: u64,
) -> Result<Vec<DeliveryRow>, DbErr> {
    let mut query = delivery::Entity::find()
        .filter(delivery::COLUMN.store_id.eq(store))
        .filter(delivery::COLUMN.webhook_id.eq(webhook));
    if let Some(before) = before {
        query = query.filter(delivery::COLUMN.id.lt(before));
    }
    if let Some(state) = state {
        query = query.filter(delivery::COLUMN.state.eq(state));
    }
    query.order_by_desc(delivery::Column::Id).limit(limit).all(db).await
}

/// The oldest deliveries to an endpoint after this id.
pub(super) async fn deliveries_after<C: Connection>(
    db: &C,
    store: StoreId,
    webhook: i64,
    after: i64,
    limit: u64,
) -> Result<Vec<DeliveryRow>, DbErr> {
    delivery::Entity::find()
        .filter(delivery::COLUMN.store_id.eq(store))
        .filter(delivery::COLUMN.webhook_id.eq(webhook))
        .filter(delivery::COLUMN.id.gt(after))
        .order_by_asc(delivery::Column::Id)
        .limit(limit)
        .all(db)
        .await
}

/// The delivery with this id.
pub(super) async fn delivery<C: Connection>(
    db: &C,
    store: StoreId,
    id: i64,
) -> Result<Option<DeliveryRow>, DbErr> {
    delivery::Entity::find_by_id((store, id)).one(db).await
}

/// Removes what has ended before an instant.
pub(super) async fn prune(tx: &Transaction, store: StoreId, before: i64) -> Result<(), DbErr> {
    let old = delivery::Entity::delete_many().filter(delivery::COLUMN.store_id.eq(store));
    let old = old.filter(delivery::COLUMN.created_at.lt(before));
    old.filter(delivery::COLUMN.state.ne("waiting")).exec(tx).await?;
    let old = event::Entity::delete_many().filter(event::COLUMN.store_id.eq(store));
    let old = old.filter(event::COLUMN.created_at.lt(before));
    old.filter(event::COLUMN.is_handed_on.eq(true)).exec(tx).await.map(|_| ())
}

//! Rows of counters, redemptions and reservations.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement, Value};

use crate::platform::db::Transaction;
use crate::platform::db::bulk::{
    Insert, Question, Rows, for_share, for_update, is_one_of_numbers, with_texts,
};
use crate::platform::ids::StoreId;

static COUNTER: Insert = Insert {
    table: "use_counter",
    columns: &["store_id", "key", "slot", "committed", "held"],
    // Absolute values: whoever writes holds the row, or is the only writer.
    on_conflict: "ON CONFLICT (store_id, key, slot) DO UPDATE SET committed = excluded.committed, held = excluded.held",
};

static NEW_COUNTER: Insert = Insert {
    table: "use_counter",
    columns: &["store_id", "key", "slot", "committed", "held"],
    on_conflict: "ON CONFLICT (store_id, key, slot) DO NOTHING",
};

static REDEMPTION: Insert = Insert {
    table: "redemption",
    columns: &[
        "store_id",
        "id",
        "promotion_id",
        "code_id",
        "order_id",
        "reservation_id",
        "group_key",
        "state",
        "uses",
        "spent",
        "currency",
        "channel_id",
        "day",
        "identities",
        "slot",
        "given_back_on",
        "created_at",
        "released_at",
    ],
    on_conflict: "",
};

static RESERVATION: Insert = Insert {
    table: "reservation",
    columns: &[
        "store_id",
        "id",
        "cart_id",
        "state",
        "expires_at",
        "holds",
        "order_id",
        "created_at",
        "updated_at",
    ],
    on_conflict: "",
};

/// A counter's row.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct CounterRow {
    pub(super) key: String,
    pub(super) slot: i64,
    pub(super) committed: i64,
    pub(super) held: i64,
}

/// A redemption's row.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct RedemptionRow {
    pub(super) id: i64,
    pub(super) promotion_id: i64,
    pub(super) code_id: Option<i64>,
    pub(super) order_id: Option<i64>,
    pub(super) reservation_id: Option<i64>,
    pub(super) group_key: Option<String>,
    pub(super) uses: i64,
    pub(super) spent: i64,
    pub(super) currency: String,
    pub(super) channel_id: i64,
    pub(super) day: String,
    pub(super) identities: String,
    pub(super) slot: i64,
    pub(super) given_back_on: String,
    pub(super) created_at: i64,
}

const REDEMPTION_COLUMNS: &str = "id, promotion_id, code_id, order_id, reservation_id, group_key, uses, spent, \
     currency, channel_id, day, identities, slot, given_back_on, created_at";

/// A reservation's row.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct ReservationRow {
    pub(super) id: i64,
    pub(super) cart_id: String,
    pub(super) state: String,
    pub(super) expires_at: i64,
    pub(super) holds: String,
    pub(super) order_id: Option<i64>,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
}

const RESERVATION_COLUMNS: &str = "id, cart_id, state, expires_at, holds, order_id, created_at, updated_at";

fn json<T: serde::Serialize>(values: &[T]) -> Value {
    // Texts and numbers can always be written.
    serde_json::to_string(values).unwrap_or_default().into()
}

async fn all<T: FromQueryResult, C: ConnectionTrait>(
    db: &C,
    sql: String,
    values: Vec<Value>,
) -> Result<Vec<T>, DbErr> {
    T::find_by_statement(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).all(db).await
}

/// A store as a transaction finds it.
#[derive(Clone, Copy, Debug, Default, FromQueryResult)]
pub(super) struct StateRow {
    /// The version of what evaluation sees.
    pub(super) version: i64,
    /// 1 when there are reservations whose time is over.
    pub(super) has_expired: i64,
}

/// How a store is at an instant; once the turn is shared, its version stays as it is until the transaction ends.
pub(super) fn ask_state(tx: &Transaction, store: StoreId, now: i64) -> Question {
    let sql = format!(
        "SELECT version, CASE WHEN EXISTS (SELECT 1 FROM reservation WHERE store_id = $1 AND state = 'held' \
         AND expires_at <= $2) THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS has_expired \
         FROM store WHERE store_id = $1{}",
        for_share(tx.get_database_backend())
    );
    (sql, vec![store.0.into(), now.into()])
}

/// Rows of counters, held until the transaction ends: of `limited` keys those of all slots, of `unlimited` ones that of
/// this slot.
pub(super) async fn lock_counters(
    tx: &Transaction,
    store: StoreId,
    limited: &[&str],
    unlimited: &[&str],
    slot: i64,
) -> Result<Vec<CounterRow>, DbErr> {
    let backend = tx.get_database_backend();
    let mut rows = Vec::new();
    if !limited.is_empty() {
        let sql = format!(
            "SELECT key, slot, committed, held {} ORDER BY key, slot{}",
            with_texts(backend, "use_counter", "key", "$2", "TRUE"),
            for_update(backend)
        );
        rows.extend(all::<CounterRow, _>(tx, sql, vec![store.0.into(), json(limited)]).await?);
    }
    if !unlimited.is_empty() {
        let sql = format!(
            "SELECT key, slot, committed, held {} ORDER BY key, slot{}",
            with_texts(backend, "use_counter", "key", "$2", "slot = $3"),
            for_update(backend)
        );
        rows.extend(all::<CounterRow, _>(tx, sql, vec![store.0.into(), json(unlimited), slot.into()]).await?);
    }
    Ok(rows)
}

/// Makes counters that may not be there, so that they can be held. Needed only where there are several writers.
pub(super) async fn make_counters(
    tx: &Transaction,
    store: StoreId,
    keys: &[(&str, i64)],
) -> Result<(), DbErr> {
    let row = |(key, slot): &(&str, i64)| counter_values(store, key, *slot, 0, 0);
    NEW_COUNTER.rows(tx, keys.iter().map(row).collect()).await
}

/// Counters, whose rows the transaction holds, as they are kept.
pub(super) fn counter_rows(store: StoreId, rows: &[CounterRow]) -> Rows {
    let values = |row: &CounterRow| counter_values(store, &row.key, row.slot, row.committed, row.held);
    (&COUNTER, rows.iter().map(values).collect())
}

fn counter_values(store: StoreId, key: &str, slot: i64, committed: i64, held: i64) -> Vec<Value> {
    vec![store.0.into(), key.into(), slot.into(), committed.into(), held.into()]
}

/// What is used up of these counters, over all slots.
pub(super) async fn counters<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    keys: &[String],
) -> Result<Vec<CounterRow>, DbErr> {
    let sql = format!(
        "SELECT key, slot, committed, held {}",
        with_texts(db.get_database_backend(), "use_counter", "key", "$2", "TRUE")
    );
    all(db, sql, vec![store.0.into(), json(keys)]).await
}

/// Every counter of a store: for verification.
pub(super) async fn all_counters<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
) -> Result<Vec<CounterRow>, DbErr> {
    let sql = "SELECT key, slot, committed, held FROM use_counter WHERE store_id = $1".to_owned();
    all(db, sql, vec![store.0.into()]).await
}

/// The uses that orders of these groups have: group, promotion.
pub(super) async fn uses_of_groups(
    tx: &Transaction,
    store: StoreId,
    groups: &[&str],
) -> Result<Vec<(String, i64)>, DbErr> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let backend = tx.get_database_backend();
    let sql = format!(
        "SELECT group_key, promotion_id {}",
        with_texts(backend, "redemption", "group_key", "$2", "uses = 1 AND state = 'committed'")
    );
    let rows = tx
        .query_all_raw(Statement::from_sql_and_values(backend, sql, [store.0.into(), json(groups)]))
        .await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Redemptions that orders, or reservations which expired, have made, as they are kept.
pub(super) fn redemption_rows(store: StoreId, rows: Vec<RedemptionRow>) -> Rows {
    let values = |row: RedemptionRow| {
        vec![
            store.0.into(),
            row.id.into(),
            row.promotion_id.into(),
            row.code_id.into(),
            row.order_id.into(),
            row.reservation_id.into(),
            row.group_key.into(),
            "committed".into(),
            row.uses.into(),
            row.spent.into(),
            row.currency.into(),
            row.channel_id.into(),
            row.day.into(),
            row.identities.into(),
            row.slot.into(),
            row.given_back_on.into(),
            row.created_at.into(),
            Value::BigInt(None),
        ]
    };
    (&REDEMPTION, rows.into_iter().map(values).collect())
}

/// The committed redemptions of an order.
pub(super) async fn redemptions_of_order<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    order: i64,
) -> Result<Vec<RedemptionRow>, DbErr> {
    let sql = format!(
        "SELECT {REDEMPTION_COLUMNS} FROM redemption WHERE store_id = $1 AND order_id = $2 AND state = 'committed' \
         ORDER BY id"
    );
    all(db, sql, vec![store.0.into(), order.into()]).await
}

/// The committed redemptions of a group that have no use of their own because another order of it has.
pub(super) async fn heirs(
    tx: &Transaction,
    store: StoreId,
    group: &str,
    promotions: &[i64],
    besides: i64,
) -> Result<Vec<RedemptionRow>, DbErr> {
    let backend = tx.get_database_backend();
    let sql = format!(
        "SELECT {REDEMPTION_COLUMNS} FROM redemption WHERE store_id = $1 AND group_key = $2 AND {} \
         AND order_id <> $4 AND uses = 0 AND state = 'committed' ORDER BY id",
        is_one_of_numbers(backend, "promotion_id", "$3")
    );
    all(tx, sql, vec![store.0.into(), group.into(), json(promotions), besides.into()]).await
}

/// Gives redemptions the use that another order of their group had.
pub(super) async fn inherit(tx: &Transaction, store: StoreId, ids: &[i64]) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let sql = format!(
        "UPDATE redemption SET uses = 1 WHERE store_id = $1 AND {}",
        is_one_of_numbers(backend, "id", "$2")
    );
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, [store.0.into(), json(ids)])).await?;
    Ok(())
}

/// Marks redemptions as given back.
pub(super) async fn release_redemptions(
    tx: &Transaction,
    store: StoreId,
    ids: &[i64],
    now: i64,
) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let sql = format!(
        "UPDATE redemption SET state = 'released', released_at = $3 WHERE store_id = $1 AND {} \
         AND state = 'committed'",
        is_one_of_numbers(backend, "id", "$2")
    );
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, [store.0.into(), json(ids), now.into()]))
        .await?;
    Ok(())
}

/// Every redemption of a store that counts: for verification.
pub(super) async fn committed_redemptions<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    after: i64,
    limit: u64,
) -> Result<Vec<RedemptionRow>, DbErr> {
    let sql = format!(
        "SELECT {REDEMPTION_COLUMNS} FROM redemption WHERE store_id = $1 AND id > $2 AND state = 'committed' \
         ORDER BY id LIMIT {limit}"
    );
    all(db, sql, vec![store.0.into(), after.into()]).await
}

/// The reservations that these carts hold.
pub(super) async fn held_by_carts(
    tx: &Transaction,
    store: StoreId,
    carts: &[&str],
) -> Result<Vec<ReservationRow>, DbErr> {
    if carts.is_empty() {
        return Ok(Vec::new());
    }
    let backend = tx.get_database_backend();
    let sql = format!(
        "SELECT {RESERVATION_COLUMNS} {} ORDER BY id{}",
        with_texts(backend, "reservation", "cart_id", "$2", "state = 'held'"),
        for_update(backend)
    );
    all(tx, sql, vec![store.0.into(), json(carts)]).await
}

/// The reservation that a cart holds.
pub(super) async fn held_by_cart<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    cart: &str,
) -> Result<Option<ReservationRow>, DbErr> {
    let sql = format!(
        "SELECT {RESERVATION_COLUMNS} FROM reservation WHERE store_id = $1 AND cart_id = $2 AND state = 'held'"
    );
    Ok(all(db, sql, vec![store.0.into(), cart.into()]).await?.pop())
}

/// At most so many reservations whose time was over at `now`, those that expired first.
pub(super) async fn expired<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    now: i64,
    limit: u64,
    is_held: bool,
) -> Result<Vec<ReservationRow>, DbErr> {
    let lock = if is_held { for_update(db.get_database_backend()) } else { "" };
    let sql = format!(
        "SELECT {RESERVATION_COLUMNS} FROM reservation WHERE store_id = $1 AND state = 'held' AND expires_at <= $2 \
         ORDER BY expires_at, id LIMIT {limit}{lock}"
    );
    all(db, sql, vec![store.0.into(), now.into()]).await
}

/// The stores with reservations whose time was over at `now`.
pub(super) async fn stores_with_expired<C: ConnectionTrait>(db: &C, now: i64) -> Result<Vec<i64>, DbErr> {
    let backend = db.get_database_backend();
    let sql = "SELECT DISTINCT store_id FROM reservation WHERE state = 'held' AND expires_at <= $1";
    let rows = db.query_all_raw(Statement::from_sql_and_values(backend, sql, [now.into()])).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Every reservation of a store that holds something, those that were set aside too: for verification.
pub(super) async fn all_held<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
) -> Result<Vec<ReservationRow>, DbErr> {
    let sql = format!(
        "SELECT {RESERVATION_COLUMNS} FROM reservation WHERE store_id = $1 AND (state = 'held' OR fault IS NOT NULL) \
         ORDER BY id"
    );
    all(db, sql, vec![store.0.into()]).await
}

/// The reservations that were set aside, and why: for verification.
pub(super) async fn faults<C: ConnectionTrait>(db: &C, store: StoreId) -> Result<Vec<(i64, String)>, DbErr> {
    let sql = "SELECT id, fault FROM reservation WHERE store_id = $1 AND fault IS NOT NULL ORDER BY id";
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [store.0.into()]);
    let rows = db.query_all_raw(statement).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Ends a reservation whose holds are not let go, and says why.
pub(super) async fn set_aside(
    tx: &Transaction,
    store: StoreId,
    id: i64,
    fault: &str,
    now: i64,
) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let sql = "UPDATE reservation SET state = 'expired', fault = $3, updated_at = $4 WHERE store_id = $1 AND id = $2";
    let values = [store.0.into(), id.into(), fault.into(), now.into()];
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// The reservation with this id, held until the transaction ends when `is_held`.
pub(super) async fn reservation<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    id: i64,
    is_held: bool,
) -> Result<Option<ReservationRow>, DbErr> {
    let lock = if is_held { for_update(db.get_database_backend()) } else { "" };
    let sql = format!("SELECT {RESERVATION_COLUMNS} FROM reservation WHERE store_id = $1 AND id = $2{lock}");
    Ok(all(db, sql, vec![store.0.into(), id.into()]).await?.pop())
}

/// New reservations, as they are kept.
pub(super) fn reservation_rows(store: StoreId, rows: impl Iterator<Item = ReservationRow>) -> Rows {
    let values = |row: ReservationRow| {
        vec![
            store.0.into(),
            row.id.into(),
            row.cart_id.into(),
            row.state.into(),
            row.expires_at.into(),
            row.holds.into(),
            row.order_id.into(),
            row.created_at.into(),
            row.updated_at.into(),
        ]
    };
    (&RESERVATION, rows.map(values).collect())
}

/// Ends reservations, all in the same way.
pub(super) async fn end_reservations(
    tx: &Transaction,
    store: StoreId,
    ids: &[i64],
    state: &str,
    now: i64,
) -> Result<(), DbErr> {
    if ids.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let sql = format!(
        "UPDATE reservation SET state = $3, updated_at = $4 WHERE store_id = $1 AND {} AND state = 'held'",
        is_one_of_numbers(backend, "id", "$2")
    );
    let values = [store.0.into(), json(ids), state.into(), now.into()];
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// Names the order that a reservation became.
pub(super) async fn name_order(tx: &Transaction, store: StoreId, id: i64, order: i64) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let sql = "UPDATE reservation SET order_id = $3 WHERE store_id = $1 AND id = $2";
    let values = [store.0.into(), id.into(), order.into()];
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// Moves the end of a reservation.
pub(super) async fn renew(
    tx: &Transaction,
    store: StoreId,
    id: i64,
    expires_at: i64,
    now: i64,
) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let sql = "UPDATE reservation SET expires_at = $3, updated_at = $4 WHERE store_id = $1 AND id = $2";
    let values = [store.0.into(), id.into(), expires_at.into(), now.into()];
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// Whether several processes write at once, so that rows must be there before they can be held.
pub(super) fn has_several_writers(tx: &Transaction) -> bool {
    tx.get_database_backend() == DbBackend::Postgres
}

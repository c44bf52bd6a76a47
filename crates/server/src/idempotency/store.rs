//! Rows of answers that are given again.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};

use crate::platform::db::Transaction;
use crate::platform::db::bulk::{Insert, Question, Rows, is_one_of_numbers, with_texts};
use crate::platform::ids::StoreId;

static ANSWER: Insert = Insert {
    table: "idempotency",
    columns: &["store_id", "caller", "key", "fingerprint", "status", "body", "created_at"],
    on_conflict: "",
};

#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct AnswerRow {
    pub(super) caller: i64,
    pub(super) key: String,
    pub(super) fingerprint: String,
    pub(super) status: i64,
    pub(super) body: String,
}

/// The answers under these keys, whoever asked.
pub(super) fn ask<C: ConnectionTrait>(db: &C, store: StoreId, callers: &[i64], keys: &[&str]) -> Question {
    let backend = db.get_database_backend();
    let callers_asked = is_one_of_numbers(backend, "caller", "$2");
    let those = with_texts(backend, "idempotency", "key", "$3", &callers_asked);
    let sql = format!("SELECT caller, key, fingerprint, status, body {those}");
    let json = |text: Result<String, serde_json::Error>| Value::from(text.unwrap_or_default());
    (sql, vec![store.0.into(), json(serde_json::to_string(callers)), json(serde_json::to_string(keys))])
}

/// The answer under this key, if there is one.
pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    caller: i64,
    key: &str,
) -> Result<Vec<AnswerRow>, DbErr> {
    let (sql, values) = ask(db, store, &[caller], &[key]);
    AnswerRow::find_by_statement(Statement::from_sql_and_values(db.get_database_backend(), sql, values))
        .all(db)
        .await
}

/// Answers in the order of their keys, after one of them: for verification.
pub(super) async fn page<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    after: &(i64, String),
    limit: u64,
) -> Result<Vec<AnswerRow>, DbErr> {
    let sql = format!(
        "SELECT caller, key, fingerprint, status, body FROM idempotency WHERE store_id = $1 \
         AND (caller > $2 OR (caller = $2 AND key > $3)) ORDER BY caller, key LIMIT {limit}"
    );
    let values = [store.0.into(), after.0.into(), after.1.as_str().into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    AnswerRow::find_by_statement(statement).all(db).await
}

/// Answers, as they are kept.
pub(super) fn answer_rows(store: StoreId, rows: impl Iterator<Item = AnswerRow>, now: i64) -> Rows {
    let values = |row: AnswerRow| {
        vec![
            store.0.into(),
            row.caller.into(),
            row.key.into(),
            row.fingerprint.into(),
            row.status.into(),
            row.body.into(),
            now.into(),
        ]
    };
    (&ANSWER, rows.map(values).collect())
}

/// Forgets at most so many answers from before an instant; tells how many.
pub(super) async fn forget(tx: &Transaction, before: i64, limit: u64) -> Result<u64, DbErr> {
    let sql = format!(
        "DELETE FROM idempotency WHERE (store_id, caller, key) IN \
         (SELECT store_id, caller, key FROM idempotency WHERE created_at < $1 ORDER BY created_at LIMIT {limit})"
    );
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, [before.into()]);
    Ok(tx.execute_raw(statement).await?.rows_affected())
}

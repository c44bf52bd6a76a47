//! Many rows with few statements: what lets one transaction carry hundreds of orders.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{LazyLock, PoisonError, RwLock};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult, Statement, Value};

use super::Transaction;

/// Rows in the largest statement of SQLite: longer ones gain nothing.
const ROWS_MAX: usize = 128;

/// The values of a row, one for each column.
pub type Row = Vec<Value>;

/// Rows of one table.
pub type Rows = (&'static Insert, Vec<Row>);

/// A table as rows are added to it.
#[derive(Debug)]
pub struct Insert {
    /// The table.
    pub table: &'static str,
    /// The columns of each row, in order.
    pub columns: &'static [&'static str],
    /// What happens when the key is taken, such as `ON CONFLICT … DO NOTHING`; an error when empty.
    pub on_conflict: &'static str,
}

impl Insert {
    /// Adds rows, each with a value for every column.
    pub async fn rows(&'static self, transaction: &Transaction, rows: Vec<Row>) -> Result<(), DbErr> {
        insert(transaction, vec![(self, rows)]).await
    }
}

/// Adds rows to several tables, in their order, by as few statements as can be: on its way to the database and back one
/// takes longer than a row does.
pub async fn insert(transaction: &Transaction, mut tables: Vec<Rows>) -> Result<(), DbErr> {
    tables.retain(|(_, rows)| !rows.is_empty());
    if tables.is_empty() {
        return Ok(());
    }
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute_raw(as_documents(&tables)).await?;
        return Ok(());
    }
    let mut is_first = true;
    while !tables.is_empty() {
        let mut statement = as_values(&mut tables);
        // What does not fit into one statement goes by several, in which a row can come before the one that it is of.
        if is_first && !tables.is_empty() {
            statement.sql.insert_str(0, "PRAGMA defer_foreign_keys = ON; ");
        } else if !is_first && tables.is_empty() {
            statement.sql.push_str("; PRAGMA defer_foreign_keys = OFF");
        }
        transaction.execute_raw(statement).await?;
        is_first = false;
    }
    Ok(())
}

/// PostgreSQL gets the rows of each table as one document, so that the statement is always the same, and planned once.
fn as_documents(tables: &[Rows]) -> Statement {
    let mut inserts: Vec<String> = Vec::with_capacity(tables.len());
    let mut documents: Vec<Value> = Vec::with_capacity(tables.len());
    for (number, (insert, rows)) in (1..).zip(tables) {
        let Insert { table, columns, on_conflict } = insert;
        let columns = columns.join(", ");
        inserts.push(format!(
            "INSERT INTO {table} ({columns}) SELECT {columns} \
             FROM json_populate_recordset(NULL::{table}, ${number}::json) {on_conflict}"
        ));
        documents.push(document(insert, rows).into());
    }
    let sql = match (inserts.pop(), inserts.is_empty()) {
        (last, true) => last.unwrap_or_default(),
        (last, false) => {
            let named = (1..).zip(inserts).map(|(number, insert)| format!("i{number} AS ({insert})"));
            format!("WITH {} {}", named.collect::<Vec<_>>().join(", "), last.unwrap_or_default())
        }
    };
    Statement::from_sql_and_values(DbBackend::Postgres, sql, documents)
}

/// Rows as a JSON list of objects.
fn document(insert: &Insert, rows: &[Row]) -> String {
    let object = |row: &Row| -> serde_json::Map<String, serde_json::Value> {
        let named = insert.columns.iter().zip(row);
        named
            .map(|(column, value)| ((*column).to_owned(), sea_orm::sea_query::sea_value_to_json_value(value)))
            .collect()
    };
    let objects: Vec<_> = rows.iter().map(object).collect();
    // Texts, numbers and truths can always be written.
    serde_json::to_string(&objects).unwrap_or_default()
}

/// Takes some rows of each table for SQLite, a power of two, so that there are few different statements, which
/// connections keep prepared.
fn as_values(tables: &mut Vec<Rows>) -> Statement {
    let mut pieces = Vec::with_capacity(tables.len());
    let mut values = Vec::new();
    for (insert, rows) in tables.iter_mut() {
        let size = 1 << rows.len().clamp(1, ROWS_MAX).ilog2();
        values.extend(rows.drain(..size.min(rows.len())).flatten());
        pieces.push((*insert, size));
    }
    tables.retain(|(_, rows)| !rows.is_empty());
    Statement::from_sql_and_values(DbBackend::Sqlite, sql_for(&pieces), values)
}

/// A table, and the rows of its statement.
type Piece = (&'static Insert, usize);

/// The statements for so many rows of these tables in one text, written once.
fn sql_for(pieces: &[Piece]) -> String {
    /// Tables by their addresses.
    type Name = Vec<(usize, usize)>;
    /// Texts that are remembered.
    const MOST: usize = 1000;
    static WRITTEN: LazyLock<RwLock<HashMap<Name, String>>> = LazyLock::new(Default::default);
    let name: Name =
        pieces.iter().map(|(insert, size)| (std::ptr::from_ref(*insert).addr(), *size)).collect();
    if let Some(sql) = WRITTEN.read().unwrap_or_else(PoisonError::into_inner).get(&name) {
        return sql.clone();
    }
    let sql: Vec<String> = pieces.iter().map(|(insert, size)| insert.sql(*size)).collect();
    let sql = sql.join("; ");
    let mut written = WRITTEN.write().unwrap_or_else(PoisonError::into_inner);
    if written.len() >= MOST {
        written.clear();
    }
    written.insert(name, sql.clone());
    sql
}

impl Insert {
    /// The statement of SQLite for so many rows.
    fn sql(&self, rows: usize) -> String {
        let Self { table, columns, on_conflict } = self;
        // SQLite looks named placeholders up one by one, so that many of them take quadratic time.
        let row = format!("({})", vec!["?"; columns.len()].join(", "));
        format!(
            "INSERT INTO {table} ({}) VALUES {} {on_conflict}",
            columns.join(", "),
            vec![row; rows].join(", ")
        )
    }
}

/// A question, and the values that stand in it as `$1`, `$2`, ….
pub type Question = (String, Vec<Value>);

/// The rows that answer a question.
pub type Answer = Vec<QueryResult>;

/// The answers to these questions, asked at once where the database can.
pub async fn ask<const N: usize>(
    transaction: &Transaction,
    questions: [Question; N],
) -> Result<[Answer; N], DbErr> {
    let backend = transaction.get_database_backend();
    let mut answers = [const { Vec::new() }; N];
    if backend == DbBackend::Postgres {
        for (answer, (sql, values)) in answers.iter_mut().zip(questions) {
            let statement = Statement::from_sql_and_values(backend, sql, values);
            *answer = transaction.query_all_raw(statement).await?;
        }
        return Ok(answers);
    }
    let (mut texts, mut all) = (Vec::with_capacity(N), Vec::new());
    for (number, (sql, values)) in questions.into_iter().enumerate() {
        let sql = renumbered(&sql, all.len());
        texts.push(format!("SELECT {number} AS question, answer.* FROM ({sql}) AS answer"));
        all.extend(values);
    }
    let statement = Statement::from_sql_and_values(backend, texts.join("; "), all);
    for row in transaction.query_all_raw(statement).await? {
        let number: i64 = row.try_get("", "question")?;
        let answer = usize::try_from(number).ok().and_then(|number| answers.get_mut(number));
        answer.ok_or_else(|| DbErr::RecordNotFound(format!("question {number}")))?.push(row);
    }
    Ok(answers)
}

/// The rows of an answer.
pub fn rows<T: FromQueryResult>(answer: &Answer) -> Result<Vec<T>, DbErr> {
    answer.iter().map(|row| T::from_query_result(row, "")).collect()
}

/// A statement whose values come after so many others.
fn renumbered(sql: &str, others: usize) -> String {
    let mut parts = sql.split('$');
    let mut renumbered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|character: char| character.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        let number =
            number.parse::<usize>().map_or_else(|_| number.to_owned(), |it| (it + others).to_string());
        // Writing to a text cannot fail.
        let _ = write!(renumbered, "${number}{rest}");
    }
    renumbered
}

/// `FROM` and `WHERE` of those rows of a store, which stands at `$1`, whose `column` is one of the texts in the JSON array
/// at `placeholder`, and which are like `also`: the same statement however many there are.
pub fn with_texts(backend: DbBackend, table: &str, column: &str, placeholder: &str, also: &str) -> String {
    match backend {
        // Each is looked up by itself: left to choose, PostgreSQL compares all rows of a store with all texts as long as
        // it believes that the table is small, which it does of one that grew since it last looked.
        DbBackend::Postgres => format!(
            "FROM json_array_elements_text({placeholder}::json) AS wanted (value) CROSS JOIN LATERAL \
             (SELECT * FROM {table} WHERE store_id = $1 AND {column} = wanted.value AND {also} OFFSET 0) AS {table} \
             WHERE TRUE"
        ),
        _ => format!(
            "FROM {table} WHERE store_id = $1 AND {column} IN (SELECT value FROM json_each({placeholder})) AND {also}"
        ),
    }
}

/// A condition that a column of numbers is one of those in the JSON array that stands at `placeholder`.
pub fn is_one_of_numbers(backend: DbBackend, column: &str, placeholder: &str) -> String {
    match backend {
        DbBackend::Postgres => {
            format!("{column} = ANY(ARRAY(SELECT json_array_elements_text({placeholder}::json)::bigint))")
        }
        _ => format!("{column} IN (SELECT value FROM json_each({placeholder}))"),
    }
}

/// An expression: the JSON list of a column without the element that stands as JSON at `placeholder`.
///
/// Lists are as `serde_json` writes them, without blanks. What stands between a comma or bracket and the next is an
/// element, and never inside a text, where every quote follows a backslash. Twice, because of two that follow each other.
pub fn without_element(column: &str, placeholder: &str) -> String {
    let replace = |list: String, before: &str, after: &str, by: &str| {
        format!("REPLACE({list}, '{before}' || {placeholder} || '{after}', '{by}')")
    };
    let between = replace(replace(column.to_owned(), ",", ",", ","), ",", ",", ",");
    replace(replace(replace(between, "[", ",", "["), ",", "]", "]"), "[", "]", "[]")
}

/// What a query ends with so that nobody else changes the rows until the transaction ends. SQLite has one writer
/// anyway.
pub fn for_update(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => " FOR UPDATE",
        _ => "",
    }
}

/// The same for rows that others may go on reading and locking like this, but not change.
pub fn for_share(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => " FOR SHARE",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static ONE: Insert = Insert { table: "one", columns: &["a", "b"], on_conflict: "ON CONFLICT DO NOTHING" };
    static OTHER: Insert = Insert { table: "other", columns: &["c"], on_conflict: "" };

    fn tables() -> Vec<Rows> {
        let row = |number: i64| vec![number.into(), "x".into()];
        vec![(&ONE, vec![row(1), row(2), row(3)]), (&OTHER, vec![vec![Value::BigInt(None)]])]
    }

    #[test]
    fn rows_go_to_sqlite_in_few_different_statements() {
        let mut tables = tables();
        let first = as_values(&mut tables);
        assert_eq!(
            first.sql,
            "INSERT INTO one (a, b) VALUES (?, ?), (?, ?) ON CONFLICT DO NOTHING; INSERT INTO other (c) VALUES (?) "
        );
        assert_eq!(first.values.unwrap().0.len(), 2 * 2 + 1);
        let second = as_values(&mut tables);
        assert_eq!(second.sql, "INSERT INTO one (a, b) VALUES (?, ?) ON CONFLICT DO NOTHING");
        assert_eq!(second.values.unwrap().0, [3_i64.into(), "x".into()]);
        assert!(tables.is_empty());
    }

    #[test]
    fn questions_that_are_asked_together_keep_their_values() {
        assert_eq!(
            renumbered("SELECT 1 WHERE a = $1 AND b IN ($12)", 3),
            "SELECT 1 WHERE a = $4 AND b IN ($15)"
        );
        assert_eq!(renumbered("SELECT 1", 3), "SELECT 1");
    }

    #[test]
    fn rows_go_to_postgresql_as_documents() {
        let statement = as_documents(&tables());
        assert_eq!(
            statement.sql,
            "WITH i1 AS (INSERT INTO one (a, b) SELECT a, b FROM json_populate_recordset(NULL::one, $1::json) \
             ON CONFLICT DO NOTHING) INSERT INTO other (c) SELECT c FROM json_populate_recordset(NULL::other, $2::json) "
        );
        let values = statement.values.unwrap().0;
        assert_eq!(values[0], r#"[{"a":1,"b":"x"},{"a":2,"b":"x"},{"a":3,"b":"x"}]"#.into());
        assert_eq!(values[1], r#"[{"c":null}]"#.into());
    }
}

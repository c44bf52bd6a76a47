//! Many rows with few statements: what lets one transaction carry hundreds of orders.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{LazyLock, PoisonError, RwLock};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};

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

/// Adds rows to several tables, in their order, by one statement: on its way to the database and back it takes longer
/// than a row does.
pub async fn insert(transaction: &Transaction, mut tables: Vec<Rows>) -> Result<(), DbErr> {
    tables.retain(|(_, rows)| !rows.is_empty());
    if tables.is_empty() {
        return Ok(());
    }
    let backend = transaction.get_database_backend();
    let statement = match backend {
        DbBackend::Postgres => as_documents(&tables),
        _ => as_values(tables),
    };
    transaction.execute_raw(statement).await?;
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

/// SQLite gets a few sizes of statements, so that they stay prepared: what is too much in one is not inserted.
fn as_values(tables: Vec<Rows>) -> Statement {
    let mut pieces = Vec::with_capacity(tables.len());
    let mut values = Vec::new();
    for (insert, rows) in tables {
        let width = insert.columns.len();
        let mut left = rows.len();
        let mut rows = rows.into_iter();
        while left > 0 {
            let (taken, size) = (left.min(ROWS_MAX), size_for(left));
            let filled = values.len() + size * width;
            values.extend(rows.by_ref().take(taken).flatten());
            values.resize(filled, Value::BigInt(None));
            values.push(i64::try_from(taken).unwrap_or(i64::MAX).into());
            pieces.push((insert, size));
            left -= taken;
        }
    }
    Statement::from_sql_and_values(DbBackend::Sqlite, sql_for(&pieces), values)
}

/// The rows of the statement by which so many go.
fn size_for(rows: usize) -> usize {
    rows.clamp(1, ROWS_MAX).next_power_of_two()
}

/// A table, and the rows of its statement.
type Piece = (&'static Insert, usize);

/// The statements for so many rows of these tables in one text, written once.
fn sql_for(pieces: &[Piece]) -> String {
    /// Tables by their addresses.
    type Name = Vec<(usize, usize)>;
    static WRITTEN: LazyLock<RwLock<HashMap<Name, String>>> = LazyLock::new(Default::default);
    let name: Name =
        pieces.iter().map(|(insert, size)| (std::ptr::from_ref(*insert).addr(), *size)).collect();
    if let Some(sql) = WRITTEN.read().unwrap_or_else(PoisonError::into_inner).get(&name) {
        return sql.clone();
    }
    let mut sql = String::new();
    for (insert, size) in pieces {
        insert.write_sql(*size, &mut sql);
    }
    let mut written = WRITTEN.write().unwrap_or_else(PoisonError::into_inner);
    if written.len() >= TEXTS_MAX {
        written.clear();
    }
    written.insert(name, sql.clone());
    sql
}

/// Texts of statements that are remembered.
const TEXTS_MAX: usize = 1000;

impl Insert {
    /// Writes the statement for at most so many rows.
    fn write_sql(&self, rows: usize, sql: &mut String) {
        // SQLite looks named placeholders up one by one, so that many of them take quadratic time.
        let mut row = "(".to_owned() + &"?, ".repeat(self.columns.len());
        row.truncate(row.len() - 2);
        row.push(')');
        // Writing to a text cannot fail.
        let _ = write!(
            sql,
            "INSERT INTO {} ({}) SELECT * FROM (VALUES {row}",
            self.table,
            self.columns.join(", ")
        );
        for _ in 1..rows {
            sql.push_str(", ");
            sql.push_str(&row);
        }
        let _ = write!(sql, ") LIMIT ? {};", self.on_conflict);
    }
}

/// A condition that a column of texts is one of those in the JSON array that stands at `placeholder`: the same
/// statement however many there are.
pub fn is_one_of_texts(backend: DbBackend, column: &str, placeholder: &str) -> String {
    match backend {
        DbBackend::Postgres => {
            format!("{column} = ANY(ARRAY(SELECT json_array_elements_text({placeholder}::json)))")
        }
        _ => format!("{column} IN (SELECT value FROM json_each({placeholder}))"),
    }
}

/// The same for a column of numbers.
pub fn is_one_of_numbers(backend: DbBackend, column: &str, placeholder: &str) -> String {
    match backend {
        DbBackend::Postgres => {
            format!("{column} = ANY(ARRAY(SELECT json_array_elements_text({placeholder}::json)::bigint))")
        }
        _ => format!("{column} IN (SELECT value FROM json_each({placeholder}))"),
    }
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
        let statement = as_values(tables());
        assert_eq!(
            statement.sql,
            "INSERT INTO one (a, b) SELECT * FROM (VALUES (?, ?), (?, ?), (?, ?), (?, ?)) LIMIT ? \
             ON CONFLICT DO NOTHING;INSERT INTO other (c) SELECT * FROM (VALUES (?)) LIMIT ? ;"
        );
        let values = statement.values.unwrap().0;
        assert_eq!(values.len(), 4 * 2 + 1 + 1 + 1);
        assert_eq!(values[8], 3_i64.into());
        let sizes: Vec<usize> = [1, 2, 3, 7, 64, 100, 128, 1000].into_iter().map(size_for).collect();
        assert_eq!(sizes, [1, 2, 4, 8, 64, 128, 128, 128]);
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

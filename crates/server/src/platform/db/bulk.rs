//! Many rows with few statements: what lets one transaction carry hundreds of orders.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{LazyLock, PoisonError, RwLock};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};

use super::Transaction;

/// SQLite takes 32,766 values in one statement, PostgreSQL 65,535.
const VALUES_MAX: usize = 30_000;
/// Rows in the largest statement: longer ones gain nothing.
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
    ///
    /// More than a few rows go in groups of powers of two, so that there are few different statements, which connections
    /// keep prepared.
    pub async fn rows(&'static self, transaction: &Transaction, rows: Vec<Row>) -> Result<(), DbErr> {
        let backend = transaction.get_database_backend();
        let most = ROWS_MAX.min(VALUES_MAX / self.columns.len().max(1)).max(1);
        let mut left = rows.len();
        let mut rows = rows.into_iter();
        while left > 0 {
            let group = group_of(left.min(most));
            let values: Vec<Value> = rows.by_ref().take(group).flatten().collect();
            let statement = Statement::from_sql_and_values(backend, self.sql(backend, group), values);
            transaction.execute_raw(statement).await?;
            left -= group;
        }
        Ok(())
    }

    /// The statement for so many rows, written once.
    fn sql(&'static self, backend: DbBackend, rows: usize) -> String {
        static WRITTEN: LazyLock<RwLock<HashMap<(usize, usize), String>>> = LazyLock::new(Default::default);
        let name = (std::ptr::from_ref(self).addr(), rows);
        if let Some(sql) = WRITTEN.read().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return sql.clone();
        }
        let sql = self.write_sql(backend, rows);
        WRITTEN.write().unwrap_or_else(PoisonError::into_inner).insert(name, sql.clone());
        sql
    }

    fn write_sql(&self, backend: DbBackend, rows: usize) -> String {
        let mut sql = format!("INSERT INTO {} ({}) VALUES ", self.table, self.columns.join(", "));
        let mut number = 0;
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..self.columns.len() {
                number += 1;
                let comma = if column == 0 { "" } else { ", " };
                // SQLite looks named placeholders up one by one, so that many of them take quadratic time.
                // Writing to a text cannot fail.
                let _ = match backend {
                    DbBackend::Postgres => write!(sql, "{comma}${number}"),
                    _ => write!(sql, "{comma}?"),
                };
            }
            sql.push(')');
        }
        if !self.on_conflict.is_empty() {
            sql.push(' ');
            sql.push_str(self.on_conflict);
        }
        sql
    }
}

/// How many of so many rows go at once.
fn group_of(rows: usize) -> usize {
    /// So few are one statement, whatever their number.
    const FEW: usize = 8;
    if rows <= FEW { rows.max(1) } else { 1 << rows.ilog2() }
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

    #[test]
    fn rows_go_in_few_different_statements() {
        static TABLE: Insert =
            Insert { table: "it", columns: &["a", "b"], on_conflict: "ON CONFLICT DO NOTHING" };
        let sql = TABLE.sql(DbBackend::Postgres, 2);
        assert_eq!(sql, "INSERT INTO it (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING");
        assert_eq!(
            TABLE.write_sql(DbBackend::Sqlite, 1),
            "INSERT INTO it (a, b) VALUES (?, ?) ON CONFLICT DO NOTHING"
        );
        let sizes: Vec<usize> = [1, 2, 3, 7, 64, 100].into_iter().map(group_of).collect();
        assert_eq!(sizes, [1, 2, 3, 7, 64, 64]);
    }
}

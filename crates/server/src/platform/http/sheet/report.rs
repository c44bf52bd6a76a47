//! What a file holds, and why rows of it are not taken in.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ROWS_MAX;
use crate::platform::http::{Code, FieldError, Problem};

/// Errors of rows that are told; rows beyond are only counted.
pub const ERRORS_MAX: usize = 1000;

/// Why a row of a file is not taken in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportError)]
pub struct RowError {
    /// Its row in the file, from 1; the first names the columns, and blank ones do not count.
    pub row: u64,
    /// The column that is wrong; empty when it is the row as a whole.
    pub column: String,
    /// The rule that is broken.
    pub code: String,
    /// What is expected there.
    pub message: String,
}

impl RowError {
    /// The rule `code` is broken in this column of a row.
    pub fn new(
        row: u64,
        column: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { row, column: column.into(), code: code.into(), message: message.into() }
    }

    /// The same as an error of the request, for a file that is refused as a whole.
    fn field_error(&self) -> FieldError {
        let place = match self.column.as_str() {
            "" => format!("/rows/{}", self.row),
            column => format!("/rows/{}/{column}", self.row),
        };
        FieldError::new(place, "row", self.message.clone())
    }
}

/// What a file holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportReport)]
pub struct Report {
    /// Rows below the names of the columns.
    pub rows: u64,
    /// Rows that can be taken in.
    pub valid: u64,
    /// Rows that cannot.
    pub invalid: u64,
    /// Why not: the first 1000 errors.
    pub errors: Vec<RowError>,
}

impl Report {
    /// Counts rows that were read.
    ///
    /// Errors: there are too many.
    pub fn count(&mut self, rows: usize) -> Result<(), Problem> {
        self.rows += rows as u64;
        if self.rows > ROWS_MAX {
            let detail = format!("the file has more than {ROWS_MAX} rows; split it");
            return Err(Problem::new(Code::BodyTooLarge, detail));
        }
        Ok(())
    }

    /// One row cannot be taken in.
    pub fn refuse(&mut self, errors: impl IntoIterator<Item = RowError>) {
        self.invalid += 1;
        let room = ERRORS_MAX.saturating_sub(self.errors.len());
        self.errors.extend(errors.into_iter().take(room));
    }

    /// All or nothing was asked for, and it is not all.
    pub fn into_refusal(self) -> Problem {
        const TOLD_MAX: usize = 100;
        Problem::invalid(self.errors.iter().take(TOLD_MAX).map(RowError::field_error))
    }
}

/// What stood in the file before, by 128 bits of each: a million of them take 40 megabytes less than their texts, and
/// that two have the same bits does not happen.
#[derive(Debug, Default)]
pub struct Seen {
    hashers: [RandomState; 2],
    found: HashSet<[u64; 2]>,
}

impl Seen {
    /// Notes a key; `false` when it was there.
    pub fn insert(&mut self, key: &str) -> bool {
        let bits = self.hashers.each_ref().map(|hasher| hasher.hash_one(key));
        self.found.insert(bits)
    }
}

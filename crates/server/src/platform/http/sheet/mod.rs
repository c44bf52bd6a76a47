//! Files of spreadsheets (CSV): read while they are sent, with what is wrong told by row; and written.

mod quotes;
mod reading;
mod report;

use std::io;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Code, Problem};

pub use reading::{Cells, Row, check_head, rows};
pub use report::{ERRORS_MAX, Report, RowError, Seen};

/// Rows that one file may have.
const ROWS_MAX: u64 = 1_000_000;

/// What to do with a file.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// `true` tells what would happen, and keeps nothing.
    pub dry_run: Option<bool>,
    /// What becomes of the good rows when others are bad: `skip`, unless told, keeps them; `refuse` keeps nothing.
    pub on_error: Option<OnError>,
}

/// What becomes of the good rows when others are bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// They are kept.
    #[default]
    Skip,
    /// Nothing is.
    Refuse,
}

/// Refuses whatever is not declared as such a file.
pub fn check_is_csv(headers: &HeaderMap) -> Result<(), Problem> {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "text/csv" {
        return Ok(());
    }
    let detail = format!("the file is sent as `{sent}`; send `Content-Type: text/csv`");
    Err(Problem::new(Code::UnsupportedMediaType, detail))
}

/// What a spreadsheet would take for a formula begins with one of these.
const FORMULAS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A cell that no spreadsheet takes for a formula.
pub fn as_text(cell: String) -> String {
    if cell.starts_with(FORMULAS) { format!("'{cell}") } else { cell }
}

/// Rows as lines of a file.
///
/// Errors: never in practice; writing to memory does not fail.
pub fn lines<const CELLS: usize>(
    rows: impl IntoIterator<Item = [String; CELLS]>,
) -> Result<Bytes, io::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    let written = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    Ok(Bytes::from(written))
}

/// What ends a file that is being sent when it cannot be made any further: the head of the answer is gone already.
pub fn cut_off(problem: Problem) -> io::Error {
    problem.log();
    io::Error::other("the file could not be read to its end")
}

/// The text of a cell, without what [`as_text`] put before it.
pub fn text_of(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULAS)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cannot_become_formulas_and_are_read_back_as_they_were() {
        for cell in ["=1+1", "+1", "-10OFF", "@sum", "\tx", "\rx"] {
            let written = as_text(cell.to_owned());
            assert_eq!(written, format!("'{cell}"));
            assert_eq!(text_of(&written), cell);
        }
        assert_eq!(as_text("SAVE-10".to_owned()), "SAVE-10");
        assert_eq!(text_of("'90s boot"), "'90s boot");
    }
}

//! Answers that are files of spreadsheets, made while they are sent.

use std::io;

use axum::body::Bytes;

use super::problem::Problem;

/// Lines of cells.
///
/// Errors: never in practice; writing to memory does not fail.
pub fn lines<const COLUMNS: usize>(
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> Result<Bytes, io::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    let written = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    Ok(Bytes::from(written))
}

/// A cell that no spreadsheet takes for a formula.
pub fn as_text(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

/// The head of the answer is gone already: all that can be done is to end it before its end.
pub fn cut_off(problem: Problem) -> io::Error {
    problem.log();
    io::Error::other("the file could not be read to its end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cannot_become_formulas() {
        for cell in ["=1+1", "+1", "-10OFF", "@sum", "\tx", "\rx"] {
            assert_eq!(as_text(cell.to_owned()), format!("'{cell}"));
        }
        assert_eq!(as_text("SAVE-10".to_owned()), "SAVE-10");
    }
}

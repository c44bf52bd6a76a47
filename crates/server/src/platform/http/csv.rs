//! Lines of files for spreadsheets.

use axum::body::Bytes;

/// A cell that no spreadsheet takes for a formula.
pub fn as_text(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

/// Rows as lines of a file.
pub fn lines<const CELLS: usize>(
    rows: impl IntoIterator<Item = [String; CELLS]>,
) -> Result<Bytes, std::io::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    let written = writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(Bytes::from(written))
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

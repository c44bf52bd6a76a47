//! What commands print for people: tables, amounts, and colour where a terminal shows it.

use std::io::IsTerminal as _;

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle, presets};

/// One line under the header, none elsewhere: what has to be read are the numbers.
const UNDERLINED: TableStyle = TableStyle::new().header_separator(LineStyle::new('─', '─', '─', '─'));

/// A table with this header; the columns at `numbers` are aligned to the right.
pub fn table_with_header(
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
    numbers: &[usize],
) -> Table {
    let mut table = table(rows, numbers);
    table.load_style(UNDERLINED).set_header(header.to_vec());
    table.discover_columns();
    align(&mut table, numbers);
    table
}

/// A table without a header or any lines.
pub fn table(rows: impl IntoIterator<Item = Vec<String>>, numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).add_rows(rows);
    align(&mut table, numbers);
    table
}

/// The table without the blanks at the ends of lines, which terminals would wrap.
pub fn trimmed(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn align(table: &mut Table, numbers: &[usize]) {
    for index in numbers {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// A number with its thousands apart: `1,469,307`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A way to emphasise text.
#[derive(Clone, Copy, Debug)]
pub enum Tone {
    /// A heading.
    Bold,
    /// What matters less.
    Dim,
    /// What went well.
    Good,
    /// What did not happen.
    Muted,
    /// What is wrong.
    Bad,
}

/// The text in this tone where standard output is a terminal and `NO_COLOR` is not set; plain elsewhere.
pub fn toned(tone: Tone, text: &str) -> String {
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if is_plain || !std::io::stdout().is_terminal() {
        return text.to_owned();
    }
    let code = match tone {
        Tone::Bold => "1",
        Tone::Dim => "2",
        Tone::Good => "32",
        Tone::Muted => "33",
        Tone::Bad => "31",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1000, 1_469_307].map(grouped), ["0", "999", "1,000", "1,469,307"]);
    }
}

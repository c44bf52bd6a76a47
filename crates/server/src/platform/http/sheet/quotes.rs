//! Where quotes of a file open and close: the reader of cells takes one that is left open for a cell up to the end.

/// The longest row: longer ones are a quote that was left open.
const ROW_MAX: usize = 1024 * 1024;

/// Follows the bytes of a file beside the reader of its cells.
#[derive(Debug)]
pub(super) struct Quotes {
    delimiter: u8,
    place: Place,
    /// The row that is being read, from 1; blank lines are none.
    row: u64,
    /// Its bytes so far.
    length: usize,
}

/// Where in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before a cell's first character.
    Start,
    /// In a cell without quotes, or behind them.
    Plain,
    /// In a quoted cell.
    Quoted,
    /// Behind a quote in a quoted cell: its end, or the first of two that mean one.
    Behind,
}

impl Quotes {
    pub(super) fn new(delimiter: u8) -> Self {
        Self { delimiter, place: Place::Start, row: 1, length: 0 }
    }

    /// Goes on.
    ///
    /// Errors: a row is too long; its number.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Result<(), u64> {
        for byte in bytes {
            let ends_row = matches!(byte, b'\n' | b'\r') && self.place != Place::Quoted;
            if ends_row {
                self.row += u64::from(self.length > 0);
                (self.length, self.place) = (0, Place::Start);
                continue;
            }
            self.length += 1;
            if self.length > ROW_MAX {
                return Err(self.row);
            }
            self.place = match (self.place, *byte) {
                (Place::Start, b'"') | (Place::Behind, b'"') => Place::Quoted,
                (Place::Quoted, b'"') => Place::Behind,
                (Place::Quoted, _) => Place::Quoted,
                (_, byte) if byte == self.delimiter => Place::Start,
                _ => Place::Plain,
            };
        }
        Ok(())
    }

    /// The row whose quote is open, at the end of the file.
    pub(super) fn left_open(&self) -> Option<u64> {
        (self.place == Place::Quoted).then_some(self.row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_open(text: &str) -> Option<u64> {
        let mut quotes = Quotes::new(b',');
        quotes.follow(text.as_bytes()).unwrap();
        quotes.left_open()
    }

    #[test]
    fn a_quote_left_open_is_found_in_its_row() {
        assert_eq!(left_open("a,b\r\n1,\"two\nlines\"\r\n\r\n2,\"never\r\nclosed,1\n"), Some(3));
        assert_eq!(left_open("\"a"), Some(1));
    }

    #[test]
    fn quotes_that_close_or_mean_themselves_are_left_alone() {
        for text in ["", "a,\"b\"", "a,5\" nail\n", "a,\"say \"\"hi\"\"\"\n", "\"a\"b\",c\n", "a,\"\"\n"] {
            assert_eq!(left_open(text), None, "{text}");
        }
    }

    #[test]
    fn a_row_without_end_is_given_up() {
        let mut quotes = Quotes::new(b',');
        assert_eq!(quotes.follow(b"a\n\""), Ok(()));
        assert_eq!(quotes.follow(&vec![b'x'; ROW_MAX]), Err(2));
    }
}

//! Lines of a file as rows, read while it is sent.

use std::io::{self, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::quotes::Quotes;
use crate::platform::http::{Code, FieldError, Problem};

/// The largest file.
const BYTES_MAX: u64 = 50 * 1024 * 1024;
/// Pieces of the body that wait to be read, and parts that wait to be kept: as little as keeps both sides busy.
const WAITING: usize = 4;
/// Rows of one part.
const PART: usize = 10_000;
/// The most columns.
const COLUMNS_MAX: usize = 1000;

/// A row of a file.
#[derive(Clone, Debug)]
pub struct Row<T> {
    /// Its row in the file, from 1; the first names the columns, and blank ones do not count.
    pub row: u64,
    /// What its cells hold, or why they cannot be read.
    pub cells: Result<T, String>,
}

/// What cells may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cells {
    /// Any text.
    Text,
    /// One line. Where one has several, a quote was left open and swallowed them, and nobody can tell which of them were
    /// rows.
    Line,
}

type Part<T> = Result<Vec<Row<T>>, Problem>;

/// The rows of a file, part by part; an empty part is its end, and the first problem ends it too.
///
/// `begin` gets the names of the columns, in small letters, and gives what reads the cells of each row.
pub fn rows<T, B, R>(body: Body, cells: Cells, begin: B) -> mpsc::Receiver<Part<T>>
where
    T: Send + 'static,
    B: FnOnce(Vec<String>) -> Result<R, Problem> + Send + 'static,
    R: FnMut(Vec<&str>) -> T,
{
    let (sender, pieces) = mpsc::channel(WAITING);
    let (parts, received) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let mut body = body.into_data_stream();
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|error| io::Error::other(error.to_string()));
            if sender.send(piece).await.is_err() {
                break;
            }
        }
    });
    // Reading the lines is work, and done where no request waits for it.
    tokio::task::spawn_blocking(move || {
        let pieces = Pieces { pieces, left: Bytes::new(), read: 0 };
        if let Err(problem) = read(BufReader::new(pieces), cells, begin, &parts) {
            // Nobody may be there any more to hear of it.
            let _ = parts.blocking_send(Err(problem));
        }
    });
    received
}

/// Checks the names of the columns: those that are needed, none twice, none unknown.
pub fn check_head(
    names: &[String],
    required: &[&str],
    is_known: impl Fn(&str) -> bool,
    known: &str,
) -> Result<(), Problem> {
    let refuse = |code: &'static str, message: String| {
        Err(Problem::invalid([FieldError::new("/rows/1", code, message)]))
    };
    if let Some(missing) = required.iter().find(|name| !names.iter().any(|found| found == *name)) {
        return refuse("required", format!("the first line must name the columns, one of them `{missing}`"));
    }
    if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
        let message = format!("`{unknown:.40}` is not a column here; those known are {known}");
        return refuse("unknown_field", message);
    }
    let twice =
        names.iter().enumerate().find(|(index, name)| names.iter().take(*index).any(|it| it == *name));
    match twice {
        Some((_, name)) => refuse("duplicate", format!("the column `{name}` stands there twice")),
        None => Ok(()),
    }
}

/// The body, as something that can be read.
struct Pieces {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    left: Bytes,
    read: u64,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.left = piece?,
                None => return Ok(0),
            }
        }
        let count = self.left.len().min(buffer.len());
        let piece = self.left.split_to(count);
        buffer.iter_mut().zip(piece).for_each(|(to, from)| *to = from);
        self.read += count as u64;
        if self.read > BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is too large"));
        }
        Ok(count)
    }
}

/// The file, with an eye on its quotes.
struct Watched<F> {
    file: F,
    quotes: Arc<Mutex<Quotes>>,
}

impl<F: Read> Read for Watched<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        let mut quotes = self.quotes.lock().unwrap_or_else(PoisonError::into_inner);
        let followed = quotes.follow(buffer.get(..count).unwrap_or_default());
        followed.map_err(|row| {
            let message = format!("row {row} has more than 1 MiB: is a quote left open in it?");
            io::Error::new(io::ErrorKind::InvalidData, message)
        })?;
        Ok(count)
    }
}

fn read<T, B, R>(
    mut file: impl io::BufRead,
    cells: Cells,
    begin: B,
    parts: &mpsc::Sender<Part<T>>,
) -> Result<(), Problem>
where
    B: FnOnce(Vec<String>) -> Result<R, Problem>,
    R: FnMut(Vec<&str>) -> T,
{
    let beginning = file.fill_buf().map_err(|error| unreadable(&error.into()))?;
    check_is_text(beginning)?;
    let delimiter = delimiter_of(beginning);
    if beginning.starts_with(BYTE_ORDER_MARK) {
        file.consume(BYTE_ORDER_MARK.len());
    }
    let quotes = Arc::new(Mutex::new(Quotes::new(delimiter)));
    let watched = Watched { file, quotes: Arc::clone(&quotes) };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(true).flexible(true).from_reader(watched);
    let head = reader.byte_headers().map_err(|error| unreadable(&error))?;
    check_lines(head, 1, cells)?;
    let names = names_of(head)?;
    let count = names.len();
    let mut cells_of = begin(names)?;
    let mut part = Vec::new();
    // The reader's own lines lag behind in files of Windows.
    let mut row = 1;
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|error| unreadable(&error))? {
        row += 1;
        check_lines(&record, row, cells)?;
        part.push(Row { row, cells: texts_of(&record, count).map(&mut cells_of) });
        if part.len() == PART && parts.blocking_send(Ok(std::mem::take(&mut part))).is_err() {
            // The request is over.
            return Ok(());
        }
    }
    if let Some(row) = quotes.lock().unwrap_or_else(PoisonError::into_inner).left_open() {
        return Err(unclosed(row));
    }
    let is_heard = part.is_empty() || parts.blocking_send(Ok(part)).is_ok();
    if is_heard {
        let _ = parts.blocking_send(Ok(Vec::new()));
    }
    Ok(())
}

fn check_lines(record: &csv::ByteRecord, row: u64, cells: Cells) -> Result<(), Problem> {
    let has_lines = || record.as_slice().iter().any(|byte| matches!(byte, b'\n' | b'\r'));
    if cells == Cells::Line && has_lines() { Err(unclosed(row)) } else { Ok(()) }
}

fn unclosed(row: u64) -> Problem {
    let message = "opens a quote that is never closed, so that the lines after it would be lost; close it or take it \
                   away, nothing of the file was kept";
    Problem::invalid([FieldError::new(format!("/rows/{row}"), "unclosed_quote", message)])
}

/// What some programs write at the beginning of UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Tells what is often sent instead of text.
fn check_is_text(beginning: &[u8]) -> Result<(), Problem> {
    let is = if beginning.starts_with(b"PK\x03\x04") || beginning.starts_with(b"\x1f\x8b") {
        "an archive or a workbook such as .xlsx; save the sheet as CSV (UTF-8)"
    } else if beginning.starts_with(b"\xff\xfe") || beginning.starts_with(b"\xfe\xff") {
        "written in UTF-16; save it as CSV (UTF-8)"
    } else {
        return Ok(());
    };
    Err(Problem::invalid([FieldError::new("", "encoding", format!("the file is {is}"))]))
}

/// Spreadsheets of half the world write semicolons.
fn delimiter_of(beginning: &[u8]) -> u8 {
    let line = beginning.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if line.contains(&b';') && !line.contains(&b',') { b';' } else { b',' }
}

fn names_of(head: &csv::ByteRecord) -> Result<Vec<String>, Problem> {
    if head.len() > COLUMNS_MAX {
        let message = format!("must name at most {COLUMNS_MAX} columns, names {}", head.len());
        return Err(Problem::invalid([FieldError::new("/rows/1", "out_of_range", message)]));
    }
    Ok(head.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect())
}

fn texts_of(record: &csv::ByteRecord, count: usize) -> Result<Vec<&str>, String> {
    if record.len() != count {
        return Err(format!("must have {count} cells like the first line, has {}", record.len()));
    }
    let text = |cell| match std::str::from_utf8(cell) {
        Ok(text) if text.contains('\0') => Err("must not contain the character U+0000".to_owned()),
        Ok(text) => Ok(text),
        Err(_) => Err("must be written in UTF-8".to_owned()),
    };
    record.iter().map(text).collect()
}

fn unreadable(error: &csv::Error) -> Problem {
    match error.kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            Problem::new(Code::BodyTooLarge, "the file has more than 50 MiB; split it")
        }
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            Problem::invalid([FieldError::new("", "unclosed_quote", error.to_string())])
        }
        _ => {
            let message = format!("the file cannot be read: {error}");
            Problem::invalid([FieldError::new("", "type", message)])
        }
    }
}

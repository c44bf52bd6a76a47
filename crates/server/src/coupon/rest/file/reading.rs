//! Lines of a file as rows of codes, read while it is sent.

use std::io::{self, BufReader, Read};

use axum::body::{Body, Bytes};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::super::super::service::{ImportCells, ImportRow, PART};
use super::writing::COLUMNS;
use crate::platform::http::{Code, FieldError, Problem};

/// The largest file.
const BYTES_MAX: u64 = 50 * 1024 * 1024;
/// Pieces of the body that wait to be read, and parts that wait to be kept: as little as keeps both sides busy.
const WAITING: usize = 4;

type Part = Result<Vec<ImportRow>, Problem>;

/// The rows of a file, part by part; an empty part is its end, and the first problem ends it too.
pub(super) fn rows(body: Body) -> mpsc::Receiver<Part> {
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
        if let Err(problem) = read(BufReader::new(pieces), &parts) {
            // Nobody may be there any more to hear of it.
            let _ = parts.blocking_send(Err(problem));
        }
    });
    received
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

/// Where the cells of a row stand.
#[derive(Debug)]
struct Columns {
    code: usize,
    max_uses: Option<usize>,
    max_uses_per_customer: Option<usize>,
    starts_at: Option<usize>,
    ends_at: Option<usize>,
    count: usize,
}

fn read(mut file: impl io::BufRead, parts: &mpsc::Sender<Part>) -> Result<(), Problem> {
    let delimiter = delimiter_of(file.fill_buf().map_err(|error| unreadable(&error.into()))?);
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(true).flexible(true).from_reader(file);
    let head = reader.byte_headers().map_err(|error| unreadable(&error))?.clone();
    check_quotes(&head, 1)?;
    let columns = columns_of(&head)?;
    let mut part = Vec::with_capacity(PART);
    // The reader's own lines lag behind in files of Windows.
    let mut row = 1;
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|error| unreadable(&error))? {
        row += 1;
        check_quotes(&record, row)?;
        part.push(ImportRow { row, cells: cells_of(&record, &columns) });
        if part.len() == PART && parts.blocking_send(Ok(std::mem::take(&mut part))).is_err() {
            // The request is over.
            return Ok(());
        }
    }
    let is_heard = part.is_empty() || parts.blocking_send(Ok(part)).is_ok();
    if is_heard {
        let _ = parts.blocking_send(Ok(Vec::new()));
    }
    Ok(())
}

/// No cell of ours has several lines: where one does, a quote was left open and swallowed them, and nobody can tell which
/// of them were codes.
fn check_quotes(record: &csv::ByteRecord, row: u64) -> Result<(), Problem> {
    if !record.as_slice().iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return Ok(());
    }
    let message = "opens a quote that is not closed on its line, so that the lines after it would be lost; close it \
                   or take it away, nothing of the file was kept";
    Err(Problem::invalid([FieldError::new(format!("/rows/{row}"), "unclosed_quote", message)]))
}

/// Spreadsheets of half the world write semicolons.
fn delimiter_of(beginning: &[u8]) -> u8 {
    let line = beginning.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if line.contains(&b';') && !line.contains(&b',') { b';' } else { b',' }
}

fn columns_of(head: &csv::ByteRecord) -> Result<Columns, Problem> {
    let name =
        |cell: &[u8]| String::from_utf8_lossy(cell).trim_start_matches('\u{feff}').trim().to_lowercase();
    let names: Vec<String> = head.iter().map(name).collect();
    let position = |wanted: &str| names.iter().position(|name| name == wanted);
    let Some(code) = position("code") else {
        let message = "the first line must name the columns, one of them `code`";
        return Err(Problem::invalid([FieldError::new("/rows/1", "required", message)]));
    };
    let unknown = |name: &&String| !COLUMNS.contains(&name.as_str());
    if let Some(unknown) = names.iter().find(unknown) {
        let message = format!("`{unknown:.40}` is not a column here; those known are {}", COLUMNS.join(", "));
        return Err(Problem::invalid([FieldError::new("/rows/1", "unknown_field", message)]));
    }
    Ok(Columns {
        code,
        max_uses: position("max_uses"),
        max_uses_per_customer: position("max_uses_per_customer"),
        starts_at: position("starts_at"),
        ends_at: position("ends_at"),
        count: names.len(),
    })
}

fn cells_of(record: &csv::ByteRecord, columns: &Columns) -> Result<ImportCells, String> {
    if record.len() != columns.count {
        return Err(format!("must have {} cells like the first line, has {}", columns.count, record.len()));
    }
    let cell = |place: Option<usize>| {
        let cell = place.and_then(|place| record.get(place)).unwrap_or_default();
        std::str::from_utf8(cell).map(str::to_owned).map_err(|_| "must be written in UTF-8".to_owned())
    };
    Ok(ImportCells {
        code: cell(Some(columns.code))?,
        max_uses: cell(columns.max_uses)?,
        max_uses_per_customer: cell(columns.max_uses_per_customer)?,
        starts_at: cell(columns.starts_at)?,
        ends_at: cell(columns.ends_at)?,
    })
}

fn unreadable(error: &csv::Error) -> Problem {
    match error.kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            Problem::new(Code::BodyTooLarge, "the file has more than 50 MiB; split it")
        }
        _ => {
            let message = format!("the file cannot be read: {error}");
            Problem::invalid([FieldError::new("", "type", message)])
        }
    }
}

//! Takes in files of the storefront's objects: every row is looked at first, and a job keeps them.

mod subject;

use std::collections::{BTreeMap, HashSet};

use engine::money::Currency;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::activity::{self, Action, Author, Change};
use crate::app::AppState;
use crate::job::{self, Job, NewJob, Parts, Progress};
use crate::platform::db::{Connection, Transaction, turn};
use crate::platform::http::sheet::{ERRORS_MAX, OnError, Report, Row, RowError, Seen};
use crate::platform::http::{FieldError, Problem};
use crate::platform::ids::StoreId;
use crate::{catalog, customer, seller, settings};

use subject::VariantOfProduct;
pub use subject::{Column, Object, Subject};

/// The name of jobs that take in what is sold.
pub const CATALOG_KIND: &str = "import_catalog";
/// The name of jobs that take in who buys.
pub const CUSTOMERS_KIND: &str = "import_customers";

/// What came of a file.
#[derive(Debug)]
pub enum Imported {
    /// It was only looked at, or is refused as a whole.
    Report(Report),
    /// A job keeps its good rows.
    Begun(Box<Job>),
}

/// A row as steps keep it: its number in the file, and the object.
type StoredRow = (u64, Value);

/// A file that is being read, part by part.
#[derive(Debug)]
pub struct Importing {
    store: StoreId,
    subject: Subject,
    currency: Currency,
    on_error: OnError,
    seen: Seen,
    report: Report,
    /// The good rows, unless the file is only looked at.
    parts: Option<Parts>,
}

impl Importing {
    /// Begins to read a file; a dry run keeps nothing.
    pub async fn begin(
        app: &AppState,
        store: StoreId,
        subject: Subject,
        on_error: OnError,
        is_dry_run: bool,
    ) -> Result<Self, Problem> {
        let currency = settings::service::get(app.db.read(), store).await?.pricing.currency;
        let parts = match is_dry_run {
            true => None,
            false => Some(Parts::begin(app, store).await?),
        };
        let (seen, report) = (Seen::default(), Report::default());
        Ok(Self { store, subject, currency, on_error, seen, report, parts })
    }

    /// What its rows are.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// Looks at the next rows.
    ///
    /// Errors: too many rows.
    pub async fn take(&mut self, app: &AppState, rows: Vec<Row<Object>>) -> Result<(), Problem> {
        self.report.count(rows.len())?;
        let mut good = Vec::with_capacity(rows.len());
        for row in rows {
            let number = row.row;
            match self.look_at(row) {
                Ok(object) => good.push((number, object)),
                Err(errors) => self.report.refuse(errors.iter().map(|error| row_error(number, error))),
            }
        }
        let refused = refusals(app.db.read(), self.store, self.subject, &good).await?;
        for error in take_out(&mut good, refused).into_values() {
            self.report.refuse([error]);
        }
        self.report.valid += good.len() as u64;
        if let Some(parts) = &mut self.parts {
            for rows in good.chunks(self.subject.rows_in_step()) {
                parts.add(app, &rows).await?;
            }
        }
        Ok(())
    }

    /// Looks at one row alone.
    fn look_at(&mut self, row: Row<Object>) -> Result<Value, Vec<FieldError>> {
        let cells = row.cells.map_err(|message| vec![FieldError::new("", "type", message)])?;
        let object = Value::Object(cells?);
        let id = self.subject.check(&object, self.currency)?;
        if !self.seen.insert(&id) {
            let message = format!("`{id}` stands in the file twice; send each id once");
            return Err(vec![FieldError::new("/id", "duplicate", message)]);
        }
        Ok(object)
    }

    /// The whole file has been read: tells what it holds, or begins to keep its good rows.
    pub async fn finish(self, app: &AppState, author: &Author) -> Result<Imported, Problem> {
        let Self { subject, currency, on_error, report, parts, .. } = self;
        let Some(parts) = parts else { return Ok(Imported::Report(report)) };
        if on_error == OnError::Refuse && report.invalid > 0 {
            parts.drop(app).await?;
            return Ok(Imported::Report(report));
        }
        let request = Request { subject, parts: parts.count(), currency: currency.code().to_owned() };
        let kind = match subject {
            Subject::Customers | Subject::CustomerGroups | Subject::Segments => CUSTOMERS_KIND,
            _ => CATALOG_KIND,
        };
        let new = NewJob { kind, total: report.valid, request: job::service::request(&request)? };
        let outcome =
            Outcome { rows: report.rows, upserted: 0, invalid: report.invalid, errors: report.errors };
        let change = Change::new(activity::Object::all(subject.kind()), Action::Imported);
        let change = change.to(json!({"count": report.valid, "job_id": parts.job()}));
        Ok(Imported::Begun(Box::new(parts.work(app, author, (new, json!(outcome)), change).await?)))
    }

    /// The file could not be read to its end: nothing of it is kept.
    pub async fn give_up(self, app: &AppState) -> Result<(), Problem> {
        match self.parts {
            Some(parts) => parts.drop(app).await,
            None => Ok(()),
        }
    }
}

/// A field of an object as a column of its row.
fn row_error(row: u64, error: &FieldError) -> RowError {
    let column = error.pointer.trim_start_matches('/').replacen('/', ".", 1);
    RowError::new(row, column.replace("~1", "/").replace("~0", "~"), error.code, error.message.clone())
}

/// What the database has against rows that are right in themselves, by their positions.
async fn refusals(
    db: &impl Connection,
    store: StoreId,
    subject: Subject,
    rows: &[StoredRow],
) -> Result<BTreeMap<usize, RowError>, Problem> {
    match subject {
        Subject::Variants => orphans(db, store, rows).await,
        Subject::Categories => in_circles(db, store, rows).await,
        _ => Ok(BTreeMap::new()),
    }
}

/// Variants of products that do not exist.
async fn orphans(
    db: &impl Connection,
    store: StoreId,
    rows: &[StoredRow],
) -> Result<BTreeMap<usize, RowError>, Problem> {
    let items: Vec<VariantOfProduct> = items(rows)?;
    let ids: HashSet<i64> = items.iter().map(|item| item.product_id).collect();
    let known = catalog::service::products_among(db, store, ids).await?;
    let orphan = |(index, ((row, _), item)): (usize, (&StoredRow, &VariantOfProduct))| {
        let message = format!("there is no product `{}`; import products first", item.product_id);
        let error = RowError::new(*row, "product_id", "not_found", message);
        (!known.contains(&item.product_id)).then_some((index, error))
    };
    Ok(rows.iter().zip(&items).enumerate().filter_map(orphan).collect())
}

/// Categories that would stand below themselves.
async fn in_circles(
    db: &impl Connection,
    store: StoreId,
    rows: &[StoredRow],
) -> Result<BTreeMap<usize, RowError>, Problem> {
    let circles = catalog::service::circles(db, store, &items(rows)?).await?;
    let error = |(index, message): (usize, String)| {
        let (row, _) = rows.get(index)?;
        Some((index, RowError::new(*row, "parent_id", "circle", message)))
    };
    Ok(circles.into_iter().filter_map(error).collect())
}

/// Takes the refused rows out.
fn take_out(rows: &mut Vec<StoredRow>, refused: BTreeMap<usize, RowError>) -> BTreeMap<usize, RowError> {
    let mut position = 0;
    rows.retain(|_| {
        position += 1;
        !refused.contains_key(&(position - 1))
    });
    refused
}

fn items<T: DeserializeOwned>(rows: &[StoredRow]) -> Result<Vec<T>, Problem> {
    rows.iter().map(|(_, object)| T::deserialize(object).map_err(Problem::internal)).collect()
}

/// What the steps of such a job read.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Request {
    subject: Subject,
    parts: i64,
    /// That of prices without a currency of their own.
    currency: String,
}

/// What came of a job so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Outcome {
    rows: u64,
    upserted: u64,
    invalid: u64,
    errors: Vec<RowError>,
}

/// Keeps the next part of a file.
pub async fn import_step(app: AppState, job: Job) -> Result<(), Problem> {
    let request: Request = job.request()?;
    let part: i64 = job.cursor().parse().unwrap_or(0);
    let now = app.clock.now();
    let rows = match part < request.parts {
        true => serde_json::from_str(&job::service::part(app.db.read(), &job, part).await?),
        false => Ok(Vec::new()),
    };
    let rows: Vec<StoredRow> = rows.map_err(Problem::internal)?;
    app.db
        .write(move |tx| Box::pin(async move { keep_part(tx, &job, (request, part), rows, now).await }))
        .await
}

async fn keep_part(
    tx: &Transaction,
    job: &Job,
    (request, part): (Request, i64),
    mut rows: Vec<StoredRow>,
    now: Timestamp,
) -> Result<(), Problem> {
    let mut outcome: Outcome = job.result()?;
    let done = job.done() + rows.len() as u64;
    if request.subject == Subject::Categories {
        turn::alone(tx, job.store()).await?;
    }
    // What the file was checked against may have changed since.
    let refused = refusals(tx, job.store(), request.subject, &rows).await?;
    let refused = take_out(&mut rows, refused);
    let currency =
        Currency::parse(&request.currency).ok_or_else(|| Problem::internal("an unknown currency"))?;
    keep(tx, job.store(), request.subject, &rows, (now, currency)).await?;
    outcome.upserted += rows.len() as u64;
    outcome.invalid += refused.len() as u64;
    outcome.errors.extend(refused.into_values());
    outcome.errors.truncate(ERRORS_MAX);
    let progress = Progress {
        done,
        cursor: (part + 1).to_string(),
        result: json!(outcome),
        is_finished: part + 1 >= request.parts,
    };
    job::service::advance(tx, job, progress, now).await
}

async fn keep(
    tx: &Transaction,
    store: StoreId,
    subject: Subject,
    rows: &[StoredRow],
    (now, currency): (Timestamp, Currency),
) -> Result<(), Problem> {
    match subject {
        Subject::Products => catalog::service::keep_products(tx, store, now, currency, items(rows)?).await,
        Subject::Variants => {
            let variants: Vec<VariantOfProduct> = items(rows)?;
            let variants = variants.into_iter().map(|item| (item.product_id, item.variant)).collect();
            catalog::service::keep_variants(tx, store, currency, variants).await
        }
        Subject::Categories => catalog::service::keep_categories(tx, store, items(rows)?).await,
        Subject::Brands => catalog::service::keep_brands(tx, store, items(rows)?).await,
        Subject::Customers => customer::service::keep_customers(tx, store, items(rows)?).await,
        Subject::CustomerGroups => customer::service::keep_groups(tx, store, items(rows)?).await,
        Subject::Segments => customer::service::keep_segments(tx, store, items(rows)?).await,
        Subject::Sellers => seller::service::keep(tx, store, items(rows)?).await,
    }
}

//! `/v1/promotions/{id}/codes.csv` and `/v1/promotions/{id}/codes/import`: codes as files of spreadsheets.

mod reading;
mod writing;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::service::{self, Importing, OnError, Report};
use crate::access::May;
use crate::access::may::EditPromotions;
use crate::activity::Author;
use crate::app::AppState;
use crate::job::JobOut;
use crate::platform::http::{Code, FieldError, Json, Path, Problem, Query};
use crate::promotion;

/// What to do with a file of codes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::coupon) struct ImportQuery {
    /// `true` tells what would happen, and keeps nothing.
    dry_run: Option<bool>,
    /// What becomes of the good rows when others are bad: `skip`, unless told, keeps them; `refuse` keeps nothing.
    on_error: Option<OnErrorIn>,
}

/// What becomes of the good rows when others are bad.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OnError)]
pub(in crate::coupon) enum OnErrorIn {
    /// They are kept.
    Skip,
    /// Nothing is.
    Refuse,
}

/// What a file of codes holds.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::coupon) struct ImportReport {
    /// Rows below the names of the columns.
    rows: u64,
    /// Rows that would be taken in.
    valid: u64,
    /// Rows that cannot be.
    invalid: u64,
    /// Why not, of the first 1000 of them.
    errors: Vec<ImportError>,
}

/// Why a row of a file cannot be taken in.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::coupon) struct ImportError {
    /// Its row in the file, from 1; the first names the columns, and blank ones do not count.
    row: u64,
    /// The column that is wrong; empty when it is the row as a whole.
    column: String,
    /// The rule that is broken.
    code: String,
    /// What is expected there.
    message: String,
}

impl From<Report> for ImportReport {
    fn from(report: Report) -> Self {
        let error = |error: service::RowError| {
            let service::RowError { row, column, code, message } = error;
            ImportError { row, column, code, message }
        };
        let Report { rows, valid, invalid, errors } = report;
        Self { rows, valid, invalid, errors: errors.into_iter().map(error).collect() }
    }
}

/// All codes of a promotion as a file, in the order in which they were made.
///
/// It is made while it is sent, so that ten million codes need no more memory than ten. Cells that a spreadsheet would
/// take for a formula begin with `'`; the import takes that off again.
#[utoipa::path(get, path = "/v1/promotions/{id}/codes.csv", tag = "coupon codes",
    operation_id = "exportCouponCodes", security(("secret_key" = [EditPromotions])),
    params(("id" = i64, Path, description = "The id of the promotion.")),
    responses((status = 200, description = "Lines of code, limits, uses and instant.", body = String,
               content_type = "text/csv"),
              (status = 404, description = "There is no such promotion.")))]
pub(super) async fn export(
    caller: May<EditPromotions>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    promotion::service::get(app.db.read(), caller.store_id, id).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"codes-{id}.csv\"")),
    ];
    let body = Body::from_stream(writing::stream(app, caller.store_id, id));
    Ok((headers, body).into_response())
}

/// Takes in codes of another system, as a job.
///
/// The first line names the columns: `code`, and if they are there `max_uses`, `max_uses_per_customer`, `starts_at` and
/// `ends_at` (RFC 3339); other columns of our own files are passed over. At most 50 MiB and 1000000 rows.
#[utoipa::path(post, path = "/v1/promotions/{id}/codes/import", tag = "coupon codes",
    operation_id = "importCouponCodes", security(("secret_key" = [EditPromotions])),
    params(("id" = i64, Path, description = "The id of the promotion."), ImportQuery),
    request_body(content = String, content_type = "text/csv", description = "The file."),
    responses((status = 200, description = "What would happen, when it was a dry run.", body = ImportReport),
              (status = 202, description = "The job that keeps the codes; `Location` says where to ask how far it is. \
                Its `result` tells how many were `added`, and `errors` by row.", body = JobOut),
              (status = 409, description = "The promotion has no codes."),
              (status = 422, description = "The file cannot be read, or rows of it are bad and `on_error` is \
                `refuse`: nothing is kept.")))]
pub(super) async fn import(
    caller: May<EditPromotions>,
    State(app): State<AppState>,
    Path(promotion): Path<i64>,
    Query(query): Query<ImportQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    check_is_csv(&headers)?;
    let is_dry_run = query.dry_run.unwrap_or(false);
    let on_error = match query.on_error {
        None | Some(OnErrorIn::Skip) => OnError::Skip,
        Some(OnErrorIn::Refuse) => OnError::Refuse,
    };
    let target = (caller.store_id, promotion);
    let mut importing = Importing::begin(&app, target, on_error, is_dry_run).await?;
    if let Err(problem) = take_all(&app, &mut importing, body).await {
        importing.give_up(&app).await?;
        return Err(problem);
    }
    match importing.finish(&app, &Author::of(&caller, app.clock.now())).await? {
        service::Imported::Begun(job) => Ok(JobOut::begun(*job)),
        service::Imported::Report(report) if is_dry_run => {
            Ok(Json(ImportReport::from(report)).into_response())
        }
        service::Imported::Report(report) => Err(refused(report)),
    }
}

async fn take_all(app: &AppState, importing: &mut Importing, body: Body) -> Result<(), Problem> {
    let mut rows = reading::rows(body);
    while let Some(rows) = rows.recv().await {
        let rows = rows?;
        if rows.is_empty() {
            return Ok(());
        }
        importing.take(app, rows).await?;
    }
    Err(Problem::internal("reading the file ended before its end"))
}

fn check_is_csv(headers: &HeaderMap) -> Result<(), Problem> {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "text/csv" {
        return Ok(());
    }
    let detail = format!("the file is sent as `{sent}`; send `Content-Type: text/csv`");
    Err(Problem::new(Code::UnsupportedMediaType, detail))
}

/// All or nothing was asked for, and it is not all.
fn refused(report: Report) -> Problem {
    const TOLD_MAX: usize = 100;
    let place = |error: &service::RowError| match error.column.as_str() {
        "" => format!("/rows/{}", error.row),
        column => format!("/rows/{}/{column}", error.row),
    };
    let errors = report.errors.iter().take(TOLD_MAX);
    Problem::invalid(errors.map(|error| FieldError::new(place(error), "row", error.message.clone())))
}

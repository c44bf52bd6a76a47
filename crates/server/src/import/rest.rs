//! `/v1/imports/{subject}`: files of the storefront's objects, and templates of such files.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use utoipa::OpenApi;

use super::service::{Imported, Importing, Subject};
use crate::access::Staff;
use crate::activity::Author;
use crate::app::AppState;
use crate::job::JobOut;
use crate::platform::http::sheet::{self, Cells, ImportQuery, Report, as_text, check_is_csv};
use crate::platform::http::{Code, Feature, Json, Path, Problem, Query};

#[derive(OpenApi)]
#[openapi(
    paths(import, template),
    components(schemas(Report)),
    tags((name = "imports", description = "Files of the storefront's objects."))
)]
struct Documentation;

/// The import feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("import", Documentation::openapi())
        .route("/v1/imports/{subject}", post(import))
        .route("/v1/imports/{subject}/template.csv", get(template))
}

/// Takes in a file of objects, as a job: each row adds one, or puts it in the place of the one with its id.
///
/// The first line names the columns; the template shows those that there are. A column that is left out is like one that
/// is empty: the object has no such value afterwards. Lists are separated by `|`, as in `4|9`; what is told by name has a
/// column for each name, as in `prices.EUR`, `options.Size` and `custom_fields.Gender`. A product keeps its variants; they
/// have a file of their own. At most 50 MiB and 1000000 rows, in UTF-8, with commas or semicolons between cells.
#[utoipa::path(post, path = "/v1/imports/{subject}", tag = "imports", operation_id = "importObjects",
    security(("secret_key" = [])),
    params(("subject" = String, Path, description = "What the rows are: `products`, `variants`, `categories`, \
            `brands`, `customers`, `customer_groups`, `segments` or `sellers`."), ImportQuery),
    request_body(content = String, content_type = "text/csv", description = "The file."),
    responses((status = 200, description = "What would happen, when it was a dry run.", body = Report),
              (status = 202, description = "The job that keeps the rows; `Location` says where to ask how far it is. \
                Its `result` tells how many were `upserted`, and `errors` by row.", body = JobOut),
              (status = 403, description = "Whoever imports objects needs the permission to change them."),
              (status = 404, description = "There are no files of that."),
              (status = 413, description = "The file has more than 50 MiB or 1000000 rows."),
              (status = 422, description = "The file cannot be read, or rows of it are bad and `on_error` is \
                `refuse`: nothing is kept.")))]
async fn import(
    caller: Staff,
    State(app): State<AppState>,
    Path(subject): Path<String>,
    Query(query): Query<ImportQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let subject = Subject::named(&subject)?;
    let needed = subject.permission();
    if !caller.may(needed) {
        let detail = format!("importing {} needs the permission `{needed}`", subject.name());
        return Err(Problem::new(Code::Forbidden, detail));
    }
    check_is_csv(&headers)?;
    let is_dry_run = query.dry_run.unwrap_or(false);
    let on_error = query.on_error.unwrap_or_default();
    let mut importing = Importing::begin(&app, caller.store_id, subject, on_error, is_dry_run).await?;
    if let Err(problem) = take_all(&app, &mut importing, body).await {
        importing.give_up(&app).await?;
        return Err(problem);
    }
    match importing.finish(&app, &Author::of(&caller, app.clock.now())).await? {
        Imported::Begun(job) => Ok(JobOut::begun(*job)),
        Imported::Report(report) if is_dry_run => Ok(Json(report).into_response()),
        Imported::Report(report) => Err(report.into_refusal()),
    }
}

async fn take_all(app: &AppState, importing: &mut Importing, body: Body) -> Result<(), Problem> {
    let subject = importing.subject();
    let mut rows = sheet::rows(body, Cells::Text, move |names| {
        let names = subject.check_head(names)?;
        Ok(move |cells: Vec<&str>| subject.object(&names, &cells))
    });
    while let Some(rows) = rows.recv().await {
        let rows = rows?;
        if rows.is_empty() {
            return Ok(());
        }
        importing.take(app, rows).await?;
    }
    Err(Problem::internal("reading the file ended before its end"))
}

/// A file to begin with: the names of all columns, and one row that could be taken in.
#[utoipa::path(get, path = "/v1/imports/{subject}/template.csv", tag = "imports",
    operation_id = "getImportTemplate", security(("secret_key" = [])),
    params(("subject" = String, Path, description = "What the rows are, as of `POST /v1/imports/{subject}`.")),
    responses((status = 200, description = "Two lines.", body = String, content_type = "text/csv"),
              (status = 404, description = "There are no files of that.")))]
async fn template(_caller: Staff, Path(subject): Path<String>) -> Result<Response, Problem> {
    let subject = Subject::named(&subject)?;
    let (names, example): (Vec<&str>, Vec<String>) =
        subject.columns().iter().map(|column| (column.name, as_text(column.example.to_owned()))).unzip();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(names).map_err(Problem::internal)?;
    writer.write_record(example).map_err(Problem::internal)?;
    let file = writer.into_inner().map_err(|error| Problem::internal(error.to_string()))?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{}.csv\"", subject.name())),
    ];
    Ok((headers, file).into_response())
}

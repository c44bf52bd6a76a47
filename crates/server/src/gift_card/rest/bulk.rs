//! Many cards at once.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::card::actor;
use super::wire::TemplateIn;
use crate::access::SecretCaller;
use crate::app::AppState;
use crate::gift_card::service;
use crate::job::JobOut;
use crate::platform::http::{Json, Path, Problem, ProblemBody};

/// Cards to issue that are alike.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkGiftCards)]
pub(super) struct BulkIn {
    /// How many, 1 to 100,000.
    #[schema(minimum = 1, maximum = 100_000, example = 500)]
    count: u64,
    /// What all of them have.
    template: TemplateIn,
}

/// Begins to issue many gift cards: a job, at `/v1/jobs/{id}`. Exactly so many are made, whatever happens meanwhile.
#[utoipa::path(post, path = "/v1/gift-cards/bulk", tag = "gift cards", operation_id = "giftCardBulkCreate",
    security(("secret_key" = [])), request_body = BulkIn,
    responses((status = 202, description = "The job. Its `result` names the file with the codes.", body = JobOut),
              (status = 422, description = "No cards can be like that.", body = ProblemBody)))]
pub(super) async fn create(
    caller: SecretCaller,
    State(app): State<AppState>,
    Json(asked): Json<BulkIn>,
) -> Result<Response, Problem> {
    let BulkIn { count, template } = asked;
    let job = service::begin_bulk(&app, caller.store_id, actor(caller), count, template.into()).await?;
    let place = format!("/v1/jobs/{}", job.id());
    Ok((StatusCode::ACCEPTED, [(LOCATION, place)], Json(JobOut::from(job))).into_response())
}

/// The codes of the cards that a job has made so far. That they were taken out, and by whom, is written down.
#[utoipa::path(get, path = "/v1/gift-cards/bulk/{file}", tag = "gift cards", operation_id = "exportGiftCards",
    security(("secret_key" = [])),
    params(("file" = String, Path, description = "The id of the job, followed by `.csv`.", example = "7.csv")),
    responses((status = 200, description = "A line with the names of the columns, and one for each card.",
               content_type = "text/csv", body = String),
              (status = 404, description = "There is no such batch.", body = ProblemBody)))]
pub(super) async fn export(
    caller: SecretCaller,
    State(app): State<AppState>,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    let batch = file.strip_suffix(".csv").and_then(|id| id.parse().ok());
    let batch = batch.ok_or_else(|| Problem::not_found("batch of gift cards", &file))?;
    let export = service::export(&app, caller.store_id, actor(caller), batch).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"gift-cards-{batch}.csv\"")),
        // Whoever has a code has the money.
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, export.csv).into_response())
}

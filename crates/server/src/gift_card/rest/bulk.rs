//! Many cards at once.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::card::text;
use super::wire::TemplateIn;
use crate::access::May;
use crate::access::may::ManageGiftCards;
use crate::activity::Author;
use crate::app::AppState;
use crate::gift_card::service::{self, NewCard};
use crate::idempotency::Once;
use crate::job::JobOut;
use crate::platform::http::{Path, Problem, ProblemBody};

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
    security(("secret_key" = [ManageGiftCards])), request_body = BulkIn,
    params(("Idempotency-Key" = String, Header, description = "A text of your own that names this request.")),
    responses((status = 202, description = "The job. Its `result` names the file with the codes.", body = JobOut),
              (status = 422, description = "No cards can be like that.", body = ProblemBody)))]
pub(super) async fn create(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    once: Once<BulkIn>,
) -> Result<Response, Problem> {
    let Once { body: BulkIn { count, template }, request } = once;
    let (template, author) = (NewCard::from(template), Author::of(&caller, app.clock.now()));
    let response = request
        .once(&app, &caller, move |tx| {
            Box::pin(async move {
                let job = service::begin_bulk(tx, &author, count, template).await?;
                Ok((StatusCode::ACCEPTED, text(&JobOut::from(job))?))
            })
        })
        .await?;
    app.jobs.ring();
    Ok(response)
}

/// The codes of the cards that a job has made so far. That they were taken out, and by whom, is written down.
#[utoipa::path(get, path = "/v1/gift-cards/bulk/{file}", tag = "gift cards", operation_id = "exportGiftCards",
    security(("secret_key" = [ManageGiftCards])),
    params(("file" = String, Path, description = "The id of the job, followed by `.csv`.", example = "7.csv")),
    responses((status = 200, description = "A line with the names of the columns, and one for each card.",
               content_type = "text/csv", body = String),
              (status = 404, description = "There is no such batch.", body = ProblemBody)))]
pub(super) async fn export(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    let batch = file.strip_suffix(".csv").and_then(|id| id.parse().ok());
    let batch = batch.ok_or_else(|| Problem::not_found("batch of gift cards", &file))?;
    let export = service::export(&app, &Author::of(&caller, app.clock.now()), batch).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"gift-cards-{batch}.csv\"")),
        // Whoever has a code has the money.
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, export.csv).into_response())
}

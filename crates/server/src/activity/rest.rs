//! `/v1/activity`: who changed what.

mod file;
mod query;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::service::{self, FieldChange, Kind, Recorded, Wanted};
use crate::access::May;
use crate::access::may::{ManagePromotions, ManageUsers};
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::http::{Feature, Json, List, Page, PageQuery, Path, Problem, Query};
use crate::platform::ids::StoreId;
use crate::promotion;
use query::ListQuery;

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Activity {
    /// Its number in the store, from 1, without gaps.
    id: i64,
    /// What was changed: a kind of object, such as `promotion`.
    #[schema(example = "promotion")]
    object_kind: String,
    /// Which of them; `null` for what a store has one of, and for many at once.
    object_id: Option<i64>,
    /// What was done, such as `updated`.
    #[schema(example = "updated")]
    action: String,
    /// Who did it.
    actor: ActivityActor,
    /// What exactly was changed: every field that is different, and no other.
    changes: Vec<FieldChange>,
    /// When: RFC 3339.
    at: String,
    /// The `X-Request-Id` of the request that did it; `null` when none did.
    request_id: Option<String>,
    /// SHA-256 over this row and the hash of the one before it.
    hash: String,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
struct ActivityActor {
    /// `key`, `user`, `token` or `system`.
    #[schema(example = "user")]
    kind: String,
    /// The id among those of its kind.
    #[schema(example = "3")]
    id: String,
    /// What they were called then.
    #[schema(example = "Ada Lovelace")]
    name: String,
    /// Their e-mail address then; `null` for who has none, such as an API key.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
}

impl From<Recorded> for Activity {
    fn from(it: Recorded) -> Self {
        let (kind, id, name, email) = it.actor;
        Self {
            id: it.id,
            object_kind: it.object_kind,
            object_id: it.object_id,
            action: it.action,
            actor: ActivityActor { kind, id, name, email },
            changes: it.changes,
            at: from_milliseconds(it.at).to_string(),
            request_id: it.request_id,
            hash: it.hash,
        }
    }
}

#[derive(OpenApi)]
#[openapi(
    paths(list, of_promotion, export),
    components(schemas(Activity, FieldChange, service::Kind, service::Action)),
    tags((name = "activity", description = "Who changed what, when, and how exactly: a log that nobody can change."))
)]
struct Documentation;

/// The activity feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("activity", Documentation::openapi())
        .route("/v1/activity", get(list))
        .route("/v1/activity.csv", get(export))
        .route("/v1/promotions/{id}/activity", get(of_promotion))
}

/// Everything that was changed in the store, the newest first.
#[utoipa::path(get, path = "/v1/activity", tag = "activity", operation_id = "listActivity",
    security(("secret_key" = [ManageUsers])), params(ListQuery),
    responses((status = 200, description = "A page of the log.", body = inline(List<Activity>))))]
async fn list(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
    Query(query): Query<ListQuery>,
) -> Result<Json<List<Activity>>, Problem> {
    let page: Page<i64> = Page::new(query.limit, query.after.as_deref())?;
    page_of(&app, caller.store_id, &query.wanted()?, &page).await
}

/// Everything that was changed of a promotion, the newest first.
#[utoipa::path(get, path = "/v1/promotions/{id}/activity", tag = "activity", operation_id = "listPromotionActivity",
    security(("secret_key" = [ManagePromotions])),
    params(("id" = i64, Path, description = "The id of the promotion."), PageQuery),
    responses((status = 200, description = "A page of its log.", body = inline(List<Activity>)),
              (status = 404, description = "There is no such promotion.")))]
async fn of_promotion(
    caller: May<ManagePromotions>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<Activity>>, Problem> {
    promotion::service::get(app.db.read(), caller.store_id, id).await?;
    let wanted = Wanted { kind: Some(Kind::Promotion), id: Some(id), ..Wanted::default() };
    page_of(&app, caller.store_id, &wanted, &query.page()?).await
}

async fn page_of(
    app: &AppState,
    store: StoreId,
    wanted: &Wanted,
    page: &Page<i64>,
) -> Result<Json<List<Activity>>, Problem> {
    let found = service::list(app.db.read(), store, wanted, page.after, page.fetch()).await?;
    Ok(Json(page.list(found, |it| it.id, Activity::from)))
}

/// The log as a file, the newest first, made while it is sent. Cells that a spreadsheet would take for a formula begin
/// with `'`. It has no pages: `limit` and `after` are refused.
#[utoipa::path(get, path = "/v1/activity.csv", tag = "activity", operation_id = "exportActivity",
    security(("secret_key" = [ManageUsers])), params(ListQuery),
    responses((status = 200, description = "A line with the names of the columns, and one for each change; `changes` \
                is JSON.", body = String, content_type = "text/csv")))]
async fn export(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"activity.csv\""),
    ];
    let body = Body::from_stream(file::stream(app, caller.store_id, query.whole()?));
    Ok((headers, body).into_response())
}

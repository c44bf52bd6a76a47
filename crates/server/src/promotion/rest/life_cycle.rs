//! `/v1/promotions/{id}/activate`, `/pause`, `/archive` and `/duplicate`, and how many promotions stand where.

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use engine::promotion::Status;
use serde::Serialize;
use utoipa::ToSchema;

use super::{PromotionDocument, made, revision, saved};
use crate::access::May;
use crate::access::may::{AddPromotions, DeletePromotions, EditPromotions, ManagePromotions};
use crate::activity::Author;
use crate::app::AppState;
use crate::platform::http::{Json, Path, Problem};
use crate::promotion::service::{self, Counts};

/// How many promotions stand where now: what the tabs of a list show.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PromotionCounts {
    /// All that there are or ever were, archived ones included.
    all: u64,
    /// Those that apply now.
    active: u64,
    /// Those that will, from a later instant on.
    scheduled: u64,
    /// Those that are saved but were never activated.
    draft: u64,
    /// Those that are held back, and can be activated again.
    paused: u64,
    /// Those that are over: past their end, or archived.
    expired: u64,
    /// Those that are archived.
    archived: u64,
}

/// How many promotions stand where now: the numbers of the lists that `status` makes.
#[utoipa::path(get, path = "/v1/promotions/counts", tag = "promotions", operation_id = "countPromotions",
    security(("secret_key" = [ManagePromotions])),
    responses((status = 200, description = "The numbers.", body = PromotionCounts)))]
pub(super) async fn counts(
    caller: May<ManagePromotions>,
    Shared(app): Shared<AppState>,
) -> Result<Json<PromotionCounts>, Problem> {
    let Counts { all, active, scheduled, draft, paused, expired, archived } =
        service::counts(&app, caller.store_id).await?;
    Ok(Json(PromotionCounts { all, active, scheduled, draft, paused, expired, archived }))
}

/// Activates a draft, or a promotion that is paused: it applies to carts from the answer on, or from its start. One that is
/// active stays so.
#[utoipa::path(post, path = "/v1/promotions/{id}/activate", tag = "promotions", operation_id = "activatePromotion",
    security(("secret_key" = [EditPromotions])),
    params(("id" = i64, Path, description = "The id of the promotion."),
           ("If-Match" = Option<String>, Header, description = "The `ETag` that the change is based on.")),
    responses((status = 200, description = "The promotion, which is active.", body = PromotionDocument),
              (status = 404, description = "There is no such promotion."),
              (status = 409, description = "It is archived."),
              (status = 412, description = "It was changed since.")))]
pub(super) async fn activate(
    caller: May<EditPromotions>,
    Shared(app): Shared<AppState>,
    Path(id): Path<i64>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let author = Author::of(&caller, app.clock.now());
    let stored = service::become_status(&app, &author, id, Status::Active, revision(&headers)?).await?;
    saved(&app, caller.store_id, stored).await
}

/// Holds a promotion back: it applies to no cart from the answer on, until it is activated again. One that is paused
/// stays so.
#[utoipa::path(post, path = "/v1/promotions/{id}/pause", tag = "promotions", operation_id = "pausePromotion",
    security(("secret_key" = [EditPromotions])),
    params(("id" = i64, Path, description = "The id of the promotion."),
           ("If-Match" = Option<String>, Header, description = "The `ETag` that the change is based on.")),
    responses((status = 200, description = "The promotion, which is paused.", body = PromotionDocument),
              (status = 404, description = "There is no such promotion."),
              (status = 409, description = "It is archived."),
              (status = 412, description = "It was changed since.")))]
pub(super) async fn pause(
    caller: May<EditPromotions>,
    Shared(app): Shared<AppState>,
    Path(id): Path<i64>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let author = Author::of(&caller, app.clock.now());
    let stored = service::become_status(&app, &author, id, Status::Paused, revision(&headers)?).await?;
    saved(&app, caller.store_id, stored).await
}

/// Ends a promotion for good: it applies to no cart from the answer on, and stays as it is, for the record. One that is
/// archived stays so.
#[utoipa::path(post, path = "/v1/promotions/{id}/archive", tag = "promotions", operation_id = "archivePromotion",
    security(("secret_key" = [DeletePromotions])),
    params(("id" = i64, Path, description = "The id of the promotion."),
           ("If-Match" = Option<String>, Header, description = "The `ETag` that the change is based on.")),
    responses((status = 200, description = "The promotion, which is archived.", body = PromotionDocument),
              (status = 404, description = "There is no such promotion."),
              (status = 412, description = "It was changed since.")))]
pub(super) async fn archive(
    caller: May<DeletePromotions>,
    Shared(app): Shared<AppState>,
    Path(id): Path<i64>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let author = Author::of(&caller, app.clock.now());
    let stored = service::become_status(&app, &author, id, Status::Archived, revision(&headers)?).await?;
    saved(&app, caller.store_id, stored).await
}

/// Makes a draft that says the same as a promotion, which may be archived. Its codes and uses are not copied.
#[utoipa::path(post, path = "/v1/promotions/{id}/duplicate", tag = "promotions", operation_id = "duplicatePromotion",
    security(("secret_key" = [AddPromotions])),
    params(("id" = i64, Path, description = "The id of the promotion to copy.")),
    responses((status = 201, description = "The draft.", body = PromotionDocument),
              (status = 404, description = "There is no such promotion.")))]
pub(super) async fn duplicate(
    caller: May<AddPromotions>,
    Shared(app): Shared<AppState>,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    let author = Author::of(&caller, app.clock.now());
    let stored = service::duplicate(&app, &author, id).await?;
    made(&app, caller.store_id, stored).await
}

//! `/v1/promotions/{id}/codes/{code_id}`: one code.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::service;
use super::{CouponCode, check_uses, window};
use crate::access::May;
use crate::access::may::EditPromotions;
use crate::activity::Author;
use crate::app::AppState;
use crate::platform::http::{Errors, Json, Path, Problem, nullable};

/// What to change of a code; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::coupon) struct CodeChange {
    /// How often it may be used; 0 is without limit.
    max_uses: Option<u64>,
    /// How often one customer may use it; 0 is without limit.
    max_uses_per_customer: Option<u64>,
    /// From when on it can be used, beside its promotion's own time: RFC 3339; `null` for always.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "2026-11-27T00:00:00-05:00")]
    starts_at: Option<Option<String>>,
    /// From when on it cannot be used: RFC 3339; `null` for never.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "2026-11-30T00:00:00-05:00")]
    ends_at: Option<Option<String>>,
}

/// Changes how often and when a code may be used. A code has no revisions: of two changes of the same field, the last one
/// stands.
#[utoipa::path(patch, path = "/v1/promotions/{id}/codes/{code_id}", tag = "coupon codes",
    operation_id = "changeCouponCode", security(("secret_key" = [EditPromotions])), request_body = CodeChange,
    params(("id" = i64, Path, description = "The id of the promotion."),
           ("code_id" = i64, Path, description = "The id of the code.")),
    responses((status = 200, description = "The code as it is now.", body = CouponCode),
              (status = 404, description = "The promotion has no such code."),
              (status = 422, description = "A limit or an instant cannot be like that; nothing is changed.")))]
pub(super) async fn change(
    caller: May<EditPromotions>,
    State(app): State<AppState>,
    Path((promotion, id)): Path<(i64, i64)>,
    Json(change): Json<CodeChange>,
) -> Result<Json<CouponCode>, Problem> {
    let author = Author::of(&caller, app.clock.now());
    let changed = service::change(&app, &author, (promotion, id), change.read()?).await?;
    Ok(Json(changed.into()))
}

impl CodeChange {
    fn read(self) -> Result<service::CodeChange, Problem> {
        let Self { max_uses: uses, max_uses_per_customer: uses_per_customer, starts_at, ends_at } = self;
        check_uses(uses.unwrap_or(0), uses_per_customer.unwrap_or(0))?;
        let mut errors = Errors::default();
        let start = starts_at.map(|text| window::instant(text.as_deref(), "/starts_at", &mut errors));
        let end = ends_at.map(|text| window::instant(text.as_deref(), "/ends_at", &mut errors));
        errors.finish()?;
        Ok(service::CodeChange { uses, uses_per_customer, start, end })
    }
}

/// Deletes a code: from now on it is not known.
#[utoipa::path(delete, path = "/v1/promotions/{id}/codes/{code_id}", tag = "coupon codes",
    operation_id = "deleteCouponCode", security(("secret_key" = [EditPromotions])),
    params(("id" = i64, Path, description = "The id of the promotion."),
           ("code_id" = i64, Path, description = "The id of the code.")),
    responses((status = 204, description = "It is gone, or was never there.")))]
pub(super) async fn delete(
    caller: May<EditPromotions>,
    State(app): State<AppState>,
    Path((promotion, id)): Path<(i64, i64)>,
) -> Result<StatusCode, Problem> {
    service::delete(&app, &Author::of(&caller, app.clock.now()), promotion, vec![id]).await?;
    Ok(StatusCode::NO_CONTENT)
}

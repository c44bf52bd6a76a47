//! `/v1/promotions/{id}/codes/{code_id}`: one code.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::service;
use super::{CouponCode, checked_limits};
use crate::access::May;
use crate::access::may::EditPromotions;
use crate::activity::Author;
use crate::app::AppState;
use crate::platform::http::{Json, Path, Problem};

/// What to change of a code; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::coupon) struct CodeChange {
    /// How often it may be used; 0 is without limit.
    max_uses: Option<u64>,
    /// How often one customer may use it; 0 is without limit.
    max_uses_per_customer: Option<u64>,
}

/// Changes how often a code may be used.
#[utoipa::path(patch, path = "/v1/promotions/{id}/codes/{code_id}", tag = "coupon codes",
    operation_id = "changeCouponCode", security(("secret_key" = [EditPromotions])), request_body = CodeChange,
    params(("id" = i64, Path, description = "The id of the promotion."),
           ("code_id" = i64, Path, description = "The id of the code.")),
    responses((status = 200, description = "The code as it is now.", body = CouponCode),
              (status = 404, description = "The promotion has no such code.")))]
pub(super) async fn change(
    caller: May<EditPromotions>,
    State(app): State<AppState>,
    Path((promotion, id)): Path<(i64, i64)>,
    Json(change): Json<CodeChange>,
) -> Result<Json<CouponCode>, Problem> {
    let CodeChange { max_uses, max_uses_per_customer } = change;
    checked_limits(max_uses.unwrap_or(0), max_uses_per_customer.unwrap_or(0))?;
    let author = Author::of(&caller, app.clock.now());
    let changed =
        service::change_limits(&app, &author, (promotion, id), max_uses, max_uses_per_customer).await?;
    Ok(Json(changed.into()))
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

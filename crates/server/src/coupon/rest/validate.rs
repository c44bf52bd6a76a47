//! `POST /v1/coupons/validate`: whether a code is valid.

use std::time::Instant;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::service::{self, Asking};
use crate::access::AnyCaller;
use crate::app::AppState;
use crate::coupon::GUESSES;
use crate::evaluation::rest::CartIn;
use crate::platform::http::address::ClientAddress;
use crate::platform::http::{Code, Json, Problem, Strict};

/// A code that someone asks about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::coupon) struct ValidateRequest {
    /// The code, however it is spelled.
    #[schema(example = "SAVE10")]
    code: String,
    /// The cart as the shopper has it now: then the code must take part in pricing it, beside the cart's own codes.
    /// Without it, only whether the code could be used at all is told.
    cart: Option<CartIn>,
}

/// Whether a code is valid.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::coupon) struct Validation {
    /// Whether it can be used.
    valid: bool,
    /// Why not, as one of the stable reasons; `null` when it is valid.
    #[schema(example = "paused")]
    reason: Option<&'static str>,
    /// What the shopper reads.
    #[schema(example = "This code is paused.")]
    message: String,
    /// What a valid code unlocks; `null` when it is not valid.
    promotion: Option<Unlocked>,
}

/// The promotion that a code unlocks.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::coupon) struct Unlocked {
    /// Its id.
    id: i64,
    /// The name that shoppers read; empty when it has none.
    name: String,
}

/// Whether a code is valid. It has no effect: nothing is counted or held.
///
/// Of codes that were made at random, a publishable key hears that they are not known unless they could be used: who
/// guesses must not learn what exists.
#[utoipa::path(post, path = "/v1/coupons/validate", tag = "coupon codes", operation_id = "validateCouponCode",
    security(("secret_key" = []), ("publishable_key" = [])), request_body = ValidateRequest,
    responses((status = 200, description = "Whether it is valid, and why not.", body = Validation),
              (status = 422, description = "Everything that is wrong with the cart."),
              (status = 429, description = "A shopper tried too many codes that do not exist; see `Retry-After`."),
              (status = 503, description = "All shoppers together did.")))]
pub(super) async fn validate(
    caller: AnyCaller,
    address: ClientAddress,
    State(app): State<AppState>,
    Strict(request): Strict<ValidateRequest>,
) -> Result<Json<Validation>, Problem> {
    let has_manual = request.cart.as_ref().is_some_and(|cart| !cart.manual_discounts.is_empty());
    if !caller.is_secret && has_manual {
        let detail = "`manual_discounts` need a secret key: only staff give discounts by hand";
        return Err(Problem::new(Code::Forbidden, detail));
    }
    let asking = Asking { store: caller.store_id, is_secret: caller.is_secret, at: app.clock.now() };
    let who = (caller.store_id, address);
    if !caller.is_secret {
        GUESSES.check(&app.limiter, who, Instant::now())?;
    }
    let verdict = service::validate(&app, asking, &request.code, request.cart).await?;
    if !caller.is_secret && verdict.reason == Some("unknown_code") {
        GUESSES.miss_of(&app.limiter, who, &request.code, Instant::now());
    }
    Ok(Json(Validation {
        valid: verdict.reason.is_none(),
        reason: verdict.reason,
        message: verdict.message,
        promotion: verdict.promotion.map(|(id, name)| Unlocked { id, name }),
    }))
}

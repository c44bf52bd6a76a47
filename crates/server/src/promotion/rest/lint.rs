//! `POST /v1/promotions/lint`: what a promotion will not do as its author hopes.

use axum::extract::State as Shared;
use engine::promotion::{Finding, Witness};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::PromotionDocument;
use crate::access::May;
use crate::access::may::ManagePromotions;
use crate::app::AppState;
use crate::evaluation::rest::{CartIn, wire_form};
use crate::platform::http::{FieldError, Json, JsonValue, Problem};
use crate::promotion::service::{DRAFT, lint_draft};

/// What was found in a promotion.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LintOut {
    /// What it will not do as its author hopes; it can be saved all the same.
    warnings: Vec<WarningOut>,
}

/// Something that a promotion will not do as its author hopes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromotionWarning)]
pub(super) struct WarningOut {
    /// What kind of thing: a stable code, listed in docs/lints.md.
    #[schema(example = "rule_never_reached")]
    code: &'static str,
    /// Where in the document: a JSON pointer (RFC 6901), empty for the promotion as a whole.
    #[schema(example = "/rules/1")]
    pointer: String,
    /// What will happen and how to mend it.
    message: String,
    /// A cart that shows it: send it to `POST /v1/evaluate`. Null where none is needed.
    witness: Option<WitnessOut>,
}

/// A cart that shows what a warning says.
#[derive(Debug, Serialize, ToSchema)]
struct WitnessOut {
    /// The cart.
    #[schema(value_type = CartIn)]
    cart: Value,
    /// The coupon promotions of which a code is to be entered; null stands for the promotion itself while it has no id.
    coupon_promotion_ids: Vec<Option<u64>>,
    /// The instant as of which it is to be priced; null for now.
    at: Option<String>,
    /// What it shows, in a sentence.
    shows: String,
}

/// Looks at a promotion without saving it: rules that are never reached, windows that never open, offers that give
/// everything away, and more; with carts that show it. With `codes`, whether they can be its codes.
#[utoipa::path(post, path = "/v1/promotions/lint", tag = "promotions", operation_id = "lintPromotion",
    extensions(("x-repeatable" = json!(true))),
    security(("secret_key" = [ManagePromotions])), request_body = PromotionDocument,
    responses((status = 200, description = "What was found; nothing, when it is all right.", body = LintOut),
              (status = 422, description = "Everything for which it could not be saved.")))]
pub(super) async fn lint(
    caller: May<ManagePromotions>,
    Shared(app): Shared<AppState>,
    JsonValue(mut document): JsonValue,
) -> Result<Json<LintOut>, Problem> {
    let codes = take_codes(&mut document)?;
    let findings = lint_draft(&app, caller.store_id, &document, &codes).await?;
    Ok(Json(LintOut { warnings: warnings(findings, app.clock.now()) }))
}

/// The codes that the promotion is to have, out of the document.
fn take_codes(document: &mut Value) -> Result<Vec<String>, Problem> {
    const CODES_MAX: usize = 100;
    let codes = document.as_object_mut().and_then(|document| document.remove("codes"));
    let Some(codes) = codes.filter(|codes| !codes.is_null()) else { return Ok(Vec::new()) };
    serde_json::from_value(codes).ok().filter(|codes: &Vec<String>| codes.len() <= CODES_MAX).ok_or_else(
        || {
            let message =
                format!("must be a list of at most {CODES_MAX} texts, the codes that it is to have");
            Problem::invalid([FieldError::new("/codes", "type", message)])
        },
    )
}

/// Findings as they are told at this instant.
pub(super) fn warnings(findings: Vec<Finding>, now: Timestamp) -> Vec<WarningOut> {
    let witness = |witness: Witness| WitnessOut {
        // Writing a cart as JSON cannot fail.
        cart: serde_json::to_value(wire_form(&witness.cart, &[])).unwrap_or_default(),
        coupon_promotion_ids: witness.coupons.iter().map(|id| Some(*id).filter(|id| *id != DRAFT)).collect(),
        at: Some(witness.at).filter(|at| *at > now).map(|at| at.to_string()),
        shows: witness.shows,
    };
    let warning = |finding: Finding| WarningOut {
        code: finding.code,
        pointer: finding.pointer,
        message: finding.message,
        witness: finding.witness.map(witness),
    };
    findings.into_iter().map(warning).collect()
}

//! Voiding, extending, adjusting, and sending again.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::card::out;
use super::wire::CardOut;
use crate::access::may::ManageGiftCards;
use crate::access::{Caller, May};
use crate::activity::Author;
use crate::app::AppState;
use crate::gift_card::service::{self, Card};
use crate::idempotency::{Once, Working};
use crate::platform::db::Transaction;
use crate::platform::http::{Path, Problem, ProblemBody};

/// Why a card is voided.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VoidGiftCard)]
pub(super) struct VoidIn {
    /// Why, 1 to 250 characters; it stands in the ledger for ever.
    #[schema(example = "Stolen")]
    reason: String,
}

/// Until when a card can be used.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExtendGiftCard)]
pub(super) struct ExtendIn {
    /// From when on it cannot be used; `null` for never.
    #[serde(deserialize_with = "required")]
    #[schema(required, example = "2030-01-01T00:00:00Z")]
    expires_at: Option<String>,
}

/// What is added to or taken from a card.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdjustBalance)]
pub(super) struct AdjustIn {
    /// What is added or, with a minus, taken away, in the card's currency.
    #[schema(example = "+5.00")]
    amount: String,
    /// Why, 1 to 250 characters; it stands in the ledger for ever.
    #[schema(example = "Goodwill for a late delivery")]
    reason: String,
}

/// To whom a card is sent again.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ResendGiftCard)]
pub(super) struct ResendIn {
    /// Another address than before, which from now on is the card's.
    recipient_email: Option<String>,
}

/// Reads a field that may be `null` but not left out.
fn required<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(from)
}

/// Changes a card once, and answers with the card as it is then.
async fn changed<T, F>(app: &AppState, caller: &Caller, once: Once<T>, change: F) -> Result<Response, Problem>
where
    T: Clone + Send + 'static,
    F: for<'tx> FnOnce(&'tx Transaction, Author, T) -> Working<'tx, Card> + Clone + Send + 'static,
{
    let Once { body, request } = once;
    let (author, here) = (Author::of(caller, app.clock.now()), app.clone());
    request
        .answer(app, caller, move |tx| {
            let changing = change(tx, author, body);
            Box::pin(async move { Ok(out(&here, changing.await?)) })
        })
        .await
}

/// Takes everything off a gift card, for ever, what is held for orders under way included.
#[utoipa::path(post, path = "/v1/gift-cards/{id}/void", tag = "gift cards", operation_id = "voidGiftCard",
    security(("secret_key" = [ManageGiftCards])), request_body = VoidIn,
    params(("id" = i64, Path, description = "The card's id."),
           ("Idempotency-Key" = String, Header, description = "A text of your own that names this request.")),
    responses((status = 200, description = "The card, voided.", body = CardOut),
              (status = 404, description = "There is none with this id.", body = ProblemBody)))]
pub(super) async fn void(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    once: Once<VoidIn>,
) -> Result<Response, Problem> {
    changed(&app, &caller, once, move |tx, author, body| {
        Box::pin(async move { service::void(tx, &author, id, body.reason).await })
    })
    .await
}

/// Changes until when a gift card can be used. What had expired on it comes back.
#[utoipa::path(post, path = "/v1/gift-cards/{id}/extend", tag = "gift cards", operation_id = "extendGiftCard",
    security(("secret_key" = [ManageGiftCards])), request_body = ExtendIn,
    params(("id" = i64, Path, description = "The card's id."),
           ("Idempotency-Key" = String, Header, description = "A text of your own that names this request.")),
    responses((status = 200, description = "The card, extended.", body = CardOut),
              (status = 404, description = "There is none with this id.", body = ProblemBody),
              (status = 409, description = "It was voided.", body = ProblemBody),
              (status = 422, description = "The time has passed, or the law does not allow it.", body = ProblemBody)))]
pub(super) async fn extend(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    once: Once<ExtendIn>,
) -> Result<Response, Problem> {
    changed(&app, &caller, once, move |tx, author, body| {
        Box::pin(async move { service::extend(tx, &author, id, body.expires_at.as_deref()).await })
    })
    .await
}

/// Adds to a gift card, or takes from it what is not held.
#[utoipa::path(post, path = "/v1/gift-cards/{id}/adjust", tag = "gift cards", operation_id = "adjustGiftCard",
    security(("secret_key" = [ManageGiftCards])), request_body = AdjustIn,
    params(("id" = i64, Path, description = "The card's id."),
           ("Idempotency-Key" = String, Header, description = "A text of your own that names this request.")),
    responses((status = 200, description = "The card, adjusted.", body = CardOut),
              (status = 404, description = "There is none with this id.", body = ProblemBody),
              (status = 409, description = "Too little is on it, or it was voided or has expired.",
               body = ProblemBody)))]
pub(super) async fn adjust(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    once: Once<AdjustIn>,
) -> Result<Response, Problem> {
    changed(&app, &caller, once, move |tx, author, body| {
        Box::pin(async move { service::adjust(tx, &author, id, (&body.amount, body.reason)).await })
    })
    .await
}

/// Sends the mail with a gift card's code again: the same code.
#[utoipa::path(post, path = "/v1/gift-cards/{id}/resend", tag = "gift cards", operation_id = "resendGiftCard",
    security(("secret_key" = [ManageGiftCards])), request_body = ResendIn,
    params(("id" = i64, Path, description = "The card's id."),
           ("Idempotency-Key" = String, Header, description = "A text of your own that names this request.")),
    responses((status = 200, description = "The card; `delivery` is the new mail's.", body = CardOut),
              (status = 404, description = "There is none with this id.", body = ProblemBody),
              (status = 409, description = "It has no recipient, or was voided or has expired.", body = ProblemBody)))]
pub(super) async fn resend(
    caller: May<ManageGiftCards>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    once: Once<ResendIn>,
) -> Result<Response, Problem> {
    changed(&app, &caller, once, move |tx, author, body| {
        Box::pin(async move { service::resend(tx, &author, id, body.recipient_email).await })
    })
    .await
}

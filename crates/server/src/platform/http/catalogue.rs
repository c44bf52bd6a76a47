//! The catalogue of error codes: the one place that gives each its status, title and explanation.

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problem;
use super::{Json, Path};

/// Declares [`Code`] and everything that is known of each code.
macro_rules! catalogue {
    ($($code:ident, $name:literal, $status:ident, $title:literal, $text:literal;)+) => {
        /// A kind of error. Clients branch on its name, which never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $title] $code,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$code,)+];

            /// The name in answers, such as `not_found`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)+ }
            }

            /// The HTTP status of answers with this code.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$code => StatusCode::$status,)+ }
            }

            /// What is wrong, in a few words that are the same every time.
            pub fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)+ }
            }

            /// What it means and what to do about it.
            pub fn text(self) -> &'static str {
                match self { $(Self::$code => $text,)+ }
            }
        }
    };
}

catalogue! {
    MalformedJson, "malformed_json", BAD_REQUEST, "The body is not JSON",
        "The body could not be read as JSON. The detail gives the line and column at which reading stopped.";
    DuplicateKey, "duplicate_key", BAD_REQUEST, "A key is written twice",
        "An object in the body has the same key twice, so that it is unclear which value is meant. Remove one.";
    TooDeep, "too_deep", BAD_REQUEST, "The body is nested too deeply",
        "The body has more than 64 levels of lists and objects inside each other.";
    MalformedQuery, "malformed_query", BAD_REQUEST, "The query cannot be read",
        "The body has no `query`, or it is not written in the language of GraphQL. The detail tells where reading \
         stopped.";
    QueryTooComplex, "query_too_complex", BAD_REQUEST, "The query asks for too much at once",
        "A query has at most 32 kB, 10 levels, 15 aliases and 10 directives, and its answer at most 2,000 objects, pages \
         counted as full; a request has one operation with at most 5 mutations, and asks about at most 5 codes. Nothing \
         was done. Ask for fewer at once with `first`, or in several requests.";
    Unauthorized, "unauthorized", UNAUTHORIZED, "A valid key is needed",
        "Send a key of the store as `Authorization: Bearer sk_…` or, from a browser, `Bearer pk_…`. Keys are shown \
         once, when they are made; an unknown key has been mistyped or revoked.";
    KeyInAddress, "key_in_address", BAD_REQUEST, "A key was sent in the address",
        "Addresses are kept by logs, proxies and browsers, so that a key in one is known to others. Revoke it at \
         `/v1/api-keys`, make another, and send that as `Authorization: Bearer sk_…`.";
    Forbidden, "forbidden", FORBIDDEN, "The caller may not do that",
        "The detail names the permission that the operation needs and the caller lacks. Publishable keys (`pk_…`) have \
         none: they may only do what any shopper may. Send a secret key (`sk_…`) that has it, from a server, never \
         from a browser.";
    SignInFailed, "sign_in_failed", UNAUTHORIZED, "Signing in failed",
        "The e-mail address, the password or the code is wrong; which of them is told to nobody. Who forgot the password \
         asks somebody with the permission `manage_users` for another link.";
    SecondFactorRequired, "second_factor_required", UNAUTHORIZED, "A code is needed too",
        "The password is right. Send it again, with a code of the authenticator app, or a recovery code, as `totp`.";
    SecondFactorExists, "second_factor_exists", CONFLICT, "An authenticator app is set up",
        "Remove it first, with a code of it or a recovery code, then set up another.";
    CrossSite, "cross_site", FORBIDDEN, "The request does not come from a page of ours",
        "Requests with the cookie of a session must come from pages of this server (`Sec-Fetch-Site`, or `Origin` beside \
         `Host`) and, when they change something, send the `csrf_token` of `/v1/me` as `X-CSRF-Token`. Programs send a key \
         instead.";
    LinkNotUsable, "link_not_usable", NOT_FOUND, "The link cannot be used",
        "Set-up links work once, and for a while. Ask somebody with the permission `manage_users` for another; the first \
         user finds one where the server is started.";
    UserExists, "user_exists", CONFLICT, "The store has this user",
        "Another user of the store has the same e-mail address. Change that user, or send them another link.";
    RoleExists, "role_exists", CONFLICT, "The store has this role",
        "Another role has the same name. Choose another, or change that one.";
    RoleInUse, "role_in_use", CONFLICT, "Users have the role",
        "Give the users who have it another role, then delete it.";
    AudienceTaken, "audience_taken", CONFLICT, "Tokens for this audience are for another store",
        "A token must tell for which store of the server it is: no two stores take tokens of one issuer for the same \
         audience. Have your issuer use an audience of this store's own.";
    NotFound, "not_found", NOT_FOUND, "There is no such thing",
        "Nothing has this address, or this store has no object with this id.";
    MethodNotAllowed, "method_not_allowed", METHOD_NOT_ALLOWED, "This address does not take that method",
        "The address exists, with other methods; the `Allow` header of the answer names them.";
    Conflict, "conflict", CONFLICT, "Another change came first",
        "Another request changed the same thing at the same moment. Nothing of yours was kept; repeat it.";
    InUse, "in_use", CONFLICT, "Other things need it",
        "What was to be deleted is needed by others, which the detail names: categories below a category, products of a \
         seller. Move or delete those first.";
    CodeExists, "code_exists", CONFLICT, "The code is taken",
        "Another coupon code of this store is the same once letter case and spaces are left aside. Choose another.";
    KeyExists, "key_exists", CONFLICT, "The key is taken",
        "Another promotion of this store that is not archived has this `key`. Choose another, or change that promotion.";
    NotACoupon, "not_a_coupon", CONFLICT, "The promotion has no codes",
        "Only a promotion whose `redemption_type` is COUPON has codes; that of an existing one cannot change.";
    NotBulk, "not_bulk", CONFLICT, "The promotion has a single code",
        "Codes are made only for a promotion whose `coupon_type` is BULK. Add a single code by its text instead.";
    IdempotencyKeyRequired, "idempotency_key_required", BAD_REQUEST, "An idempotency key is needed",
        "Requests that move money or uses are named by the header `Idempotency-Key`: a text of your own, such as a \
         UUID, of 1 to 255 printable ASCII characters. The same request with the same key happens once, however often \
         it is sent, and is answered with the same bytes.";
    IdempotencyMismatch, "idempotency_mismatch", UNPROCESSABLE_ENTITY, "The idempotency key names another request",
        "The same `Idempotency-Key` was sent before with another method, address or body. Send a new key with a new \
         request.";
    InProgress, "in_progress", CONFLICT, "The same request is under way",
        "A request with the same `Idempotency-Key` has not been answered yet. Repeat it after `Retry-After` and get \
         its answer.";
    LimitReached, "redemption_limit_reached", CONFLICT, "A limit has been reached",
        "A code on the cart, or its promotion, has been used as often as it may be, or its budget is spent. `errors` \
         names each code. Nothing was ordered: take the code off, tell the shopper, and order again.";
    CodeRefused, "code_refused", CONFLICT, "A code does not apply",
        "An order is placed at the price that its codes promise: a code on the cart does not apply. `errors` names each \
         with its reason. Nothing was ordered: take the code off, tell the shopper, and order again.";
    GiftCardRefused, "gift_card_refused", CONFLICT, "A gift card cannot be used",
        "A gift card on the cart has nothing left, has expired, was voided, is in another currency, or is not known. \
         `errors` names each. Nothing was ordered: take the card off, tell the shopper, and order again.";
    PriceChanged, "price_changed", CONFLICT, "The price is another one now",
        "`expected_total` is not what the cart costs now. Nothing was ordered: show the shopper the new price and order \
         again.";
    OrderExists, "order_exists", CONFLICT, "The order was placed before",
        "An order with this `reference` exists, and was placed with another request. The detail names it.";
    OrderState, "order_state", CONFLICT, "The order is not in a state for that",
        "The detail says in which state the order is, and what can be done with it.";
    NothingToRefund, "nothing_to_refund", CONFLICT, "There is not so much left to refund",
        "All refunds of an order together never exceed what was paid for it, nor those of a line its units.";
    ReservationEnded, "reservation_ended", CONFLICT, "The reservation has ended",
        "It expired, was given up, or became an order. Make a new one.";
    Archived, "archived", CONFLICT, "The promotion is archived",
        "An archived promotion stays as it is, for the record. `POST /v1/promotions/{id}/duplicate` makes a new draft from \
         it.";
    StatusRefused, "status_refused", CONFLICT, "The promotion cannot get that status",
        "A draft becomes active, paused or archived, an active promotion paused or archived, a paused one active or \
         archived. What carts may have been priced by never becomes a draft again.";
    JobEnded, "job_ended", CONFLICT, "The job has ended",
        "A job that is done or cancelled can no longer be paused, resumed or cancelled; one that failed can be resumed \
         or cancelled. Begin a new one.";
    InsufficientBalance, "insufficient_balance", CONFLICT, "The balance is too small",
        "Less is on the gift card or store credit than was to be taken, or a part of it is held for other orders. Take \
         what is left and have the rest paid otherwise.";
    AccountVoided, "voided", CONFLICT, "It has been voided",
        "A gift card that has been voided has no money and never gets any again. Issue a new one.";
    AccountExpired, "expired", CONFLICT, "It has expired",
        "Nothing can be put on or taken from a gift card that has expired. Extend it first.";
    NotHeld, "not_held", CONFLICT, "Less is held",
        "More was to be captured or released than is held on the gift card or store credit: the hold was settled \
         before.";
    ExceedsCaptured, "exceeds_captured", CONFLICT, "More than the order took",
        "All refunds of an order to a gift card together give back at most what the order took from it.";
    CurrencyMismatch, "currency_mismatch", UNPROCESSABLE_ENTITY, "It is in another currency",
        "A gift card or store credit has one currency and pays only for orders in it.";
    AmountRefused, "amount_refused", UNPROCESSABLE_ENTITY, "The amount is not possible",
        "The amount must be above zero, and no balance may exceed 2^53 - 1 minor units.";
    GiftCardNotUsable, "gift_card_not_usable", NOT_FOUND, "This gift card cannot be used",
        "There is no such gift card, or it has expired or been voided, or its PIN is missing or wrong. Which of them is \
         not told to those who may be guessing; staff find the card at `/v1/gift-cards`.";
    NoRecipient, "no_recipient", CONFLICT, "It has no recipient",
        "A gift card without a recipient cannot be sent. Give `recipient_email`.";
    TemporarilyDisabled, "temporarily_disabled", SERVICE_UNAVAILABLE, "This is disabled for the moment",
        "So many codes were tried that did not exist that someone is probably guessing. Servers with a secret key can go \
         on; for everyone else it is closed for a minute or two.";
    Stale, "stale", PRECONDITION_FAILED, "Someone else changed it",
        "`If-Match` names an older version than the stored one. Read it again, apply your change to that, and send \
         the new `ETag`.";
    BodyTooLarge, "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large",
        "A body may have at most 1 MiB, a file 50 MiB and a million rows. Split it into several.";
    UnsupportedMediaType, "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body is not declared as JSON",
        "Send the header `Content-Type: application/json`.";
    Invalid, "invalid", UNPROCESSABLE_ENTITY, "Something in the request is not allowed",
        "The request was understood but breaks a rule. `errors` lists each place: a JSON pointer into the body, or \
         `?name` for a query parameter, with a code and what is expected there.";
    TooManyRequests, "too_many_requests", TOO_MANY_REQUESTS, "Too many requests",
        "Wait as long as `Retry-After` says, then go on more slowly.";
    Internal, "internal", INTERNAL_SERVER_ERROR, "Something went wrong on our side",
        "This is a bug. The log has the cause under the request id of the answer.";
    DatabaseBusy, "database_busy", SERVICE_UNAVAILABLE, "The database is busy",
        "Too many requests wait for the database. Nothing was kept; repeat after `Retry-After`.";
    DatabaseUnavailable, "database_unavailable", SERVICE_UNAVAILABLE, "The database cannot be reached",
        "The database does not answer, or its disk failed to flush. Nothing was kept, unless that came at the very end; \
         repeat after `Retry-After`, with the same `Idempotency-Key`.";
    StorageFull, "storage_full", SERVICE_UNAVAILABLE, "The storage is full",
        "The disk of the database is full or may not be written. Reading still works. Nothing was kept; repeat once \
         an operator has made room.";
    TimedOut, "timed_out", SERVICE_UNAVAILABLE, "It took too long",
        "The request was given up after 30 seconds, one with a file after 10 minutes. A change may still have been \
         kept: look before repeating it.";
    Overloaded, "overloaded", SERVICE_UNAVAILABLE, "Too many requests at once",
        "More requests wait than can be served in time, so this one was sent away before anything was done. Repeat it \
         after `Retry-After`, with the same `Idempotency-Key`.";
    ShuttingDown, "shutting_down", SERVICE_UNAVAILABLE, "This server is stopping",
        "Repeat the request; another server or the next start of this one will answer it.";
}

impl Code {
    /// Whether the same request can succeed a little later without being changed.
    pub fn is_retryable(self) -> bool {
        // What timed out may have been done: repeating it blindly could do it twice.
        self.status() == StatusCode::SERVICE_UNAVAILABLE && !matches!(self, Self::TimedOut)
            || matches!(self, Self::Conflict | Self::TooManyRequests | Self::InProgress)
    }

    /// Where this code is explained; also the `type` of a problem.
    pub fn address(self) -> String {
        format!("/docs/errors/{}", self.name())
    }
}

/// An error code, explained.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Explanation {
    /// The code, as problems carry it.
    code: &'static str,
    /// The HTTP status it comes with.
    status: u16,
    /// What is wrong, in a few words.
    title: &'static str,
    /// What it means and what to do about it.
    text: &'static str,
    /// Whether the same request can succeed a little later.
    retryable: bool,
}

impl From<Code> for Explanation {
    fn from(code: Code) -> Self {
        Self {
            code: code.name(),
            status: code.status().as_u16(),
            title: code.title(),
            text: code.text(),
            retryable: code.is_retryable(),
        }
    }
}

/// Every error code.
#[utoipa::path(get, path = "/docs/errors", tag = "documentation", operation_id = "listErrorCodes", security(()),
    responses((status = 200, description = "Every error code, explained.", body = [Explanation])))]
pub(super) async fn list() -> Json<Vec<Explanation>> {
    Json(Code::ALL.iter().copied().map(Explanation::from).collect())
}

/// One error code. The `type` of a problem leads here.
#[utoipa::path(get, path = "/docs/errors/{code}", tag = "documentation", operation_id = "getErrorCode", security(()),
    params(("code" = String, Path, description = "The code of a problem.")),
    responses((status = 200, description = "The code, explained.", body = Explanation)))]
pub(super) async fn get(Path(name): Path<String>) -> Result<Json<Explanation>, Problem> {
    let code = Code::ALL.iter().copied().find(|code| code.name() == name);
    code.map(|code| Json(code.into())).ok_or_else(|| Problem::not_found("error code", name))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_has_its_own_name_and_an_explanation() {
        let names: HashSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.status().is_client_error() || code.status().is_server_error(), "{code:?}");
            assert!(code.text().ends_with('.') && !code.title().ends_with('.'), "{code:?}");
        }
    }
}

//! What a request gets instead of its answer: a problem of RFC 9457.

use std::error::Error;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::catalogue::Code;
use super::request_id;
use crate::platform::db::{Cause, DbErr, JobError, WriteError};

/// Why a request failed: the error type of every service and handler.
///
/// It is made where the reason is known, and turned into an answer once: as `application/problem+json` by returning
/// it from a handler, or in the shape of a compatible surface through its accessors.
#[derive(Debug)]
pub struct Problem {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    /// After how many seconds it may be tried again, when that is known.
    retry_after: Option<u64>,
    /// For the log, never for the answer.
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// One place in a request that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// A JSON pointer into the body, such as `/items/0/price`, or `?name` for a query parameter.
    pub pointer: String,
    /// The rule that is broken, such as `required`, `unknown_field`, `type` or `out_of_range`.
    pub code: &'static str,
    /// What is expected there.
    pub message: String,
}

impl FieldError {
    /// The rule `code` is broken at `pointer`.
    pub fn new(pointer: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, message: message.into() }
    }
}

impl Problem {
    /// A problem of this kind; `detail` says what exactly is wrong this time, with what was sent in backticks.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), retry_after: None, cause: None }
    }

    /// This store has no such object: ``there is no product `7` ``.
    pub fn not_found(what: &str, id: impl Display) -> Self {
        Self::new(Code::NotFound, format!("there is no {what} `{id}`"))
    }

    /// The request breaks these rules; there is at least one.
    pub fn invalid(errors: impl IntoIterator<Item = FieldError>) -> Self {
        let errors: Vec<FieldError> = errors.into_iter().collect();
        let detail = match errors.as_slice() {
            [only] if only.pointer.is_empty() => only.message.clone(),
            [only] => format!("`{}`: {}", only.pointer, only.message),
            several => format!("{} places are not as they must be; see `errors`", several.len()),
        };
        Self { code: Code::Invalid, detail, errors, retry_after: None, cause: None }
    }

    /// A problem of this kind that lists the places it is about.
    pub fn listing(code: Code, detail: impl Into<String>, errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(code, detail) }
    }

    /// A bug, or something of ours that broke. `cause` goes to the log, the answer only tells the request id.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let detail = "the log has the cause under this request id";
        Self { cause: Some(cause.into()), ..Self::new(Code::Internal, detail) }
    }

    /// The same problem, which may be gone after so long.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        // Rounded up, so that who waits exactly as long is not told to wait again.
        Self { retry_after: Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)), ..self }
    }

    /// What kind of problem it is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The HTTP status of the answer.
    pub fn status(&self) -> StatusCode {
        self.code.status()
    }

    /// What exactly is wrong this time.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The places that it is about; empty for most codes but [`Code::Invalid`].
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Writes the cause into the log. Whoever turns a problem into an answer calls it, once.
    pub fn log(&self) {
        let Some(cause) = &self.cause else { return };
        match self.code {
            Code::Internal => tracing::error!(%cause, "request failed"),
            code => tracing::warn!(%cause, code = code.name(), "request failed"),
        }
    }
}

/// For logs: the code, what is wrong, and why.
impl std::fmt::Display for Problem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.code.name(), self.detail)?;
        self.cause.as_ref().map_or(Ok(()), |cause| write!(formatter, " ({cause})"))
    }
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        let (code, detail) = match error.cause() {
            Cause::Conflict | Cause::Duplicate => (Code::Conflict, "another request changed the same thing"),
            Cause::StorageFull => (Code::StorageFull, "the database has no room to write"),
            Cause::FlushFailed => (
                Code::DatabaseUnavailable,
                "a flush to the disk failed; this server ends and has to be started again",
            ),
            Cause::Busy => (Code::DatabaseBusy, "too many requests wait for the database"),
            Cause::Unavailable => (Code::DatabaseUnavailable, "the database does not answer"),
            Cause::Other => return Self::internal(error),
        };
        Self { cause: Some(Box::new(error)), ..Self::new(code, detail) }
    }
}

impl From<DbErr> for Problem {
    fn from(error: DbErr) -> Self {
        WriteError::from(error).into()
    }
}

impl JobError for Problem {
    fn write_error(&self) -> Option<&WriteError> {
        self.cause.as_ref()?.downcast_ref()
    }
}

/// A problem as the answer carries it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'problem> {
    /// Where the code is explained, relative to this server.
    #[serde(rename = "type")]
    kind: String,
    /// What is wrong, in a few words that are the same every time.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// The stable name of the kind of problem; branch on this.
    code: &'static str,
    /// What exactly is wrong this time.
    detail: &'problem str,
    /// Under which the server's log tells more; also in the `X-Request-Id` header.
    request_id: Option<String>,
    /// `true` when the same request can succeed a little later; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    retryable: Option<bool>,
    /// Each place that breaks a rule; absent when there is none.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'problem [FieldError],
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.log();
        let body = ProblemBody {
            kind: self.code.address(),
            title: self.code.title(),
            status: self.status().as_u16(),
            code: self.code.name(),
            detail: &self.detail,
            request_id: request_id::current(),
            retryable: self.code.is_retryable().then_some(true),
            errors: &self.errors,
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self.code {
            Code::Unauthorized => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"largesse\""));
            }
            code if code.is_retryable() => {
                headers.insert(RETRY_AFTER, HeaderValue::from(self.retry_after.unwrap_or(1)));
            }
            _ => {}
        }
        // For the addresses whose clients expect problems in another shape.
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detail_names_the_only_place_or_counts_them() {
        let error = || FieldError::new("/name", "required", "is required");
        assert_eq!(Problem::invalid([error()]).detail(), "`/name`: is required");
        assert!(Problem::invalid([error(), error()]).detail().starts_with("2 places"));
    }

    #[test]
    fn a_failure_of_the_database_is_a_problem_that_still_holds_it() {
        let problem = Problem::from(WriteError::Stopped);
        assert_eq!(problem.code(), Code::DatabaseUnavailable);
        assert!(matches!(problem.write_error(), Some(WriteError::Stopped)));
        assert!(!problem.detail().contains("writer"));
    }
}

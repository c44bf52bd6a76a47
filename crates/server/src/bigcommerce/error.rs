//! The error bodies that BigCommerce's clients read: four shapes, by status.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::platform::http::{Code, FieldError, Json, Problem};

/// A refusal in the shape that goes with its status.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Value,
}

const DOCUMENTATION: &str = "/docs/errors/";

impl Refusal {
    /// `405`: the resource does not do that.
    pub(super) fn not_allowed(title: &str) -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self { status, body: json!({"status": 405, "title": "Method not allowed", "error": title}) }
    }

    /// `422` of a bulk deletion: what failed by position, and how many did not.
    pub(super) fn bulk(failed: &[(usize, String)], total: usize) -> Self {
        let errors: serde_json::Map<String, Value> =
            failed.iter().map(|(at, message)| (format!("{at}.error"), json!(message))).collect();
        let body = json!({
            "errors": [{
                "status": 422,
                "title": "Errors occurred in bulk delete action.",
                "type": format!("{DOCUMENTATION}conflict"),
                "errors": errors,
            }],
            "meta": {"total": total, "success": total - failed.len(), "failed": failed.len()},
        });
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, body }
    }

    /// `422` of a bulk deletion that does not say what to delete.
    pub(super) fn of_bulk(problem: &Problem) -> Self {
        let mut refusal = Self::of(problem);
        if let Value::Object(body) = &mut refusal.body {
            body.insert("meta".to_owned(), json!({"total": 0, "success": 0, "failed": 0}));
        }
        refusal
    }

    /// `422` of the settings, which names fields in its own way.
    pub(super) fn of_settings(problem: &Problem) -> Self {
        let field = |error: &FieldError| {
            let name = error.pointer.trim_start_matches('/');
            json!({"field": name, "message": error.message})
        };
        match problem.status() {
            status @ StatusCode::UNPROCESSABLE_ENTITY => {
                let errors: Vec<Value> = problem.errors().iter().map(field).collect();
                let body = json!({"status": 422, "title": problem.detail(), "errors": errors});
                Self { status, body }
            }
            status @ StatusCode::BAD_REQUEST => {
                let error = json!({"message": problem.detail()});
                Self { status, body: json!({"status": 400, "title": problem.code().title(), "error": error}) }
            }
            _ => Self::of(problem),
        }
    }

    fn of(problem: &Problem) -> Self {
        // What is a conflict elsewhere is an invalid request on this surface.
        let status = match problem.status() {
            StatusCode::CONFLICT => StatusCode::UNPROCESSABLE_ENTITY,
            status => status,
        };
        let number = status.as_u16();
        let kind = format!("{DOCUMENTATION}{}", problem.code().name());
        let body = match status {
            StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => {
                let titles: Vec<String> = match problem.errors() {
                    [] => vec![problem.detail().to_owned()],
                    errors => errors.iter().map(title).collect(),
                };
                let errors: Vec<Value> = titles
                    .into_iter()
                    .map(|title| json!({"status": number, "title": title, "type": kind}))
                    .collect();
                json!({"errors": errors})
            }
            StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED => {
                json!({"status": number, "title": problem.code().title(), "error": problem.detail()})
            }
            _ => json!({
                "status": number, "title": problem.code().title(), "type": kind, "detail": problem.detail(),
            }),
        };
        Self { status, body }
    }
}

fn title(error: &FieldError) -> String {
    if error.pointer.is_empty() {
        error.message.clone()
    } else {
        format!("{}: {}", error.pointer, error.message)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        problem.log();
        Self::of(&problem)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}

/// The refusal of a key: `401`, whatever is asked for.
pub(super) fn unauthorized(detail: &str) -> Refusal {
    Refusal::of(&Problem::new(Code::Unauthorized, detail))
}

/// A problem that no handler of this surface made, such as an unknown address, in the shape that clients read.
pub(super) fn answer(problem: &Problem) -> Response {
    Refusal::of(problem).into_response()
}

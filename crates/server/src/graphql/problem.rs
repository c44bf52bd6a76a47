//! Problems in the graph: as errors beside the answer, or, of changes, as `userErrors` in it.

use async_graphql::{Error, ErrorExtensionValues, Value};
use axum::http::StatusCode;
use serde_json::{Value as Json, json};

use super::shape::camel;
use crate::platform::http::{Code, Problem, request_id};

/// By which argument a request's body is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// As the argument of this name, whose fields have the names of the graph.
    Object(&'static str),
    /// As the argument of this name, whose fields have the names of REST.
    Document(&'static str),
    /// Each of its fields as an argument.
    Fields,
}

/// A problem of what a field does itself, as an error beside the answer; its cause goes into the log.
pub(crate) fn failed(problem: &Problem) -> Error {
    problem.log();
    failed_of(problem, &Given::Fields)
}

/// The problem that an operation answered, whose body is given in this way. It is in the log already.
pub(super) fn failed_of(problem: &Problem, given: &Given) -> Error {
    let mut extensions = extensions(problem.code());
    if !problem.errors().is_empty() {
        let errors = Value::from_json(Json::Array(places(problem, given))).unwrap_or_default();
        extensions.set("errors", errors);
    }
    Error { message: problem.detail().to_owned(), source: None, extensions: Some(extensions) }
}

/// What is told of an error beside its message.
pub(super) fn extensions(code: Code) -> ErrorExtensionValues {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code.name());
    extensions.set("docs", code.address());
    if let Some(id) = request_id::current() {
        extensions.set("requestId", id);
    }
    if code.is_retryable() {
        extensions.set("retryable", true);
    }
    extensions
}

/// Whether a problem is about what was asked for, so that it is part of the answer; others are about who asks, or about
/// us.
pub(super) fn is_answer(problem: &Problem) -> bool {
    let status = problem.status();
    let of_caller =
        matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS);
    status.is_client_error() && !of_caller
}

/// A problem as `userErrors`.
pub(super) fn user_errors(problem: &Problem, given: &Given) -> Json {
    if problem.errors().is_empty() {
        return json!([{ "code": problem.code().name(), "message": problem.detail() }]);
    }
    Json::Array(places(problem, given))
}

fn places(problem: &Problem, given: &Given) -> Vec<Json> {
    let place = |error: &crate::platform::http::FieldError| {
        json!({
            "code": problem.code().name(),
            "rule": error.code,
            "message": error.message,
            "field": path(&error.pointer, given),
        })
    };
    problem.errors().iter().map(place).collect()
}

/// A pointer of REST as the path of an argument.
fn path(pointer: &str, given: &Given) -> Vec<String> {
    if let Some(parameter) = pointer.strip_prefix('?') {
        return vec![if parameter == "limit" { "first".to_owned() } else { camel(parameter) }];
    }
    if pointer == "If-Match" {
        return vec!["revision".to_owned()];
    }
    let steps = pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
    match given {
        Given::Fields => steps.map(|step| camel(&step)).collect(),
        Given::Object(name) => {
            std::iter::once((*name).to_owned()).chain(steps.map(|step| camel(&step))).collect()
        }
        Given::Document(name) => std::iter::once((*name).to_owned()).chain(steps).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_in_the_words_of_the_graph() {
        let input = Given::Object("input");
        assert_eq!(path("/cart/lines/0/product_id", &input), ["input", "cart", "lines", "0", "productId"]);
        assert_eq!(
            path("/rules/0/cart_items", &Given::Document("definition")),
            ["definition", "rules", "0", "cart_items"]
        );
        assert_eq!(path("?limit", &input), ["first"]);
        assert_eq!(path("?redemption_type", &input), ["redemptionType"]);
        assert_eq!(path("If-Match", &input), ["revision"]);
        assert_eq!(path("", &input), ["input"]);
    }

    #[test]
    fn who_asks_and_what_broke_is_not_part_of_the_answer() {
        for (code, expected) in
            [(Code::Invalid, true), (Code::NotFound, true), (Code::Forbidden, false), (Code::Internal, false)]
        {
            assert_eq!(is_answer(&Problem::new(code, "")), expected, "{code:?}");
        }
    }
}

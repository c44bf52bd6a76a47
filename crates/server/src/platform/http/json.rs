//! JSON in and out: bodies are read strictly, and what is wrong is told with its place.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::catalogue::Code;
use super::problem::Problem;
use super::{document, pointer, wording};

/// A body of a known type, as an argument of a handler; or an answer.
///
/// The type should say `#[serde(deny_unknown_fields)]`. `flatten` and `untagged` are to be avoided: with them serde
/// no longer knows the place of an error.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json<T>(pub T);

/// A body of a known type that refuses repeated keys by itself, as derived readers of structs do: it is gone through
/// once, and again only to tell what is wrong with it.
///
/// The type must say `#[serde(deny_unknown_fields)]`, and so must what is in it; maps of any names must look for
/// repeated ones.
#[derive(Clone, Copy, Debug, Default)]
pub struct Strict<T>(pub T);

/// A body of any shape, for readers that tell all that is wrong with it at once.
#[derive(Clone, Debug)]
pub struct JsonValue(pub serde_json::Value);

/// Reads a field and tells one that is null, which clears what it names, from one that is left out.
pub fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        read(&checked_body(request, state).await?).map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Strict<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        read_strict(&body(request, state).await?).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonValue {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        read(&checked_body(request, state).await?).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let mut response = body.into_response();
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                response
            }
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}

/// The whole body, declared and written as JSON without repeated keys.
async fn checked_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let body = body(request, state).await?;
    document::check(&body)?;
    Ok(body)
}

/// The whole body, declared as JSON.
async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    if !is_json(request.headers()) {
        let detail = match request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) {
            Some(sent) => format!("the body is sent as `{sent}`; send `Content-Type: application/json`"),
            None => "the request has no content type; send `Content-Type: application/json`".to_owned(),
        };
        return Err(Problem::new(Code::UnsupportedMediaType, detail));
    }
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(Code::BodyTooLarge, "the body has more than 1 MiB; split it")
        }
        _ => Problem::new(Code::MalformedJson, "the body ended before it was complete"),
    })
}

/// The whole body, declared as JSON, for readers that need its bytes too.
pub async fn json_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    body(request, state).await
}

/// Reads a body as [`Strict`] does.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    read_strict(bytes)
}

/// Reads a document into a type that refuses what is wrong with its keys by itself.
fn read_strict<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // The character U+0000 can only be written with a backslash, which is rare.
    if !bytes.contains(&b'\\')
        && let Ok(value) = serde_json::from_slice(bytes)
    {
        return Ok(value);
    }
    document::check(bytes)?;
    read(bytes)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Reads a checked document into its type.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let place = pointer::of_path(error.path());
        Problem::invalid([wording::field_error(&place, &error.inner().to_string())])
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::platform::http::FieldError;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Basket {
        #[serde(rename = "lines")]
        _lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[serde(rename = "id")]
        _id: u64,
        #[serde(default, rename = "options")]
        _options: BTreeMap<String, String>,
    }

    #[track_caller]
    fn check(document: &str, pointer: &str, code: &str) {
        let problem = read::<Basket>(document.as_bytes()).unwrap_err();
        let [FieldError { pointer: found, code: found_code, .. }] = problem.errors() else {
            panic!("{problem:?}");
        };
        assert_eq!((found.as_str(), *found_code), (pointer, code), "{document}");
    }

    #[test]
    fn every_error_of_a_type_names_its_place() {
        check(r#"{"lines":[{"id":1},{"id":"x"}]}"#, "/lines/1/id", "type");
        check(r#"{"lines":[{"id":-1}]}"#, "/lines/0/id", "out_of_range");
        check(r#"{"lines":[{"id":1.5}]}"#, "/lines/0/id", "type");
        check(r#"{"lines":[{}]}"#, "/lines/0/id", "required");
        check(r#"{"lines":[{"id":1,"colour":2}]}"#, "/lines/0/colour", "unknown_field");
        check(r#"{"lines":[{"id":1,"options":{"Size/EU":3}}]}"#, "/lines/0/options/Size~1EU", "type");
        check(r#"{"lines":{}}"#, "/lines", "type");
        check(r#"{"Lines":[]}"#, "/Lines", "unknown_field");
        check("[]", "", "type");
        check("7", "", "type");
    }

    #[test]
    fn only_json_is_json() {
        let declared = |value: &'static str| {
            is_json(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]))
        };
        assert!(declared("application/json"));
        assert!(declared("Application/JSON; charset=utf-8"));
        assert!(declared("application/merge-patch+json"));
        assert!(!declared("text/plain"));
        assert!(!is_json(&HeaderMap::new()));
    }
}

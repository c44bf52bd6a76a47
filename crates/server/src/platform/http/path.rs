//! Parts of the path. One that does not fit is an address where nothing is.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// The parts of the path, as an argument of a handler: `Path<i64>`, or a tuple when there are several.
#[derive(Clone, Copy, Debug, Default)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Path::from_request_parts(parts, state).await;
        let axum::extract::Path(value) = read.map_err(|_| Problem::not_found("address", parts.uri.path()))?;
        // PostgreSQL cannot even be asked about it.
        if parts.uri.path().contains("%00") {
            return Err(Problem::not_found("address", parts.uri.path()));
        }
        Ok(Self(value))
    }
}

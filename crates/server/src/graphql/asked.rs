//! What answers a request has at hand: who asks, the other operations, and what is loaded for many at once.

use std::sync::Arc;

use async_graphql::Context;
use async_graphql::dataloader::DataLoader;
use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, IF_MATCH};
use axum::http::{Extensions, HeaderMap, HeaderValue, Request};
use serde_json::Value as Json;
use tower::ServiceExt as _;

use super::node::Nodes;
use crate::access::Caller;
use crate::app::AppState;
use crate::platform::http::{Problem, with_cursors};

/// The most that an operation answers in one piece.
const ANSWER_MAX: usize = 64 * 1024 * 1024;

/// A request, as those who answer parts of it see it.
pub(crate) struct Asked {
    headers: HeaderMap,
    extensions: Extensions,
    inside: Router,
}

/// What loads things for all parts of a request that want them at the same moment.
pub(crate) struct Loaders {
    pub(crate) app: AppState,
    pub(crate) caller: Arc<Caller>,
    pub(super) nodes: Nodes,
}

/// A request to an operation of the REST API.
pub(super) struct Call {
    pub(super) method: String,
    pub(super) address: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Vec<u8>>,
}

/// What an operation answered.
pub(super) struct Answered {
    pub(super) body: Json,
    /// Of a list, the cursor of each of its objects.
    pub(super) cursors: Vec<String>,
}

impl Asked {
    pub(super) fn new(mut headers: HeaderMap, extensions: Extensions, inside: Router) -> Self {
        headers.remove(CONTENT_LENGTH);
        headers.remove(IF_MATCH);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { headers, extensions, inside }
    }

    /// The request that is being answered.
    pub(crate) fn of<'a>(context: &Context<'a>) -> async_graphql::Result<&'a Self> {
        context.data::<Self>()
    }

    /// Has an operation answer, as if it had been asked over REST by the same caller from the same place.
    pub(super) async fn call(&self, call: Call) -> Result<Answered, Arc<Problem>> {
        let bug = |error: axum::http::Error| Arc::new(Problem::internal(error));
        let request = Request::builder().method(call.method.as_str()).uri(&call.address);
        let mut request = request.body(call.body.map_or_else(Body::empty, Body::from)).map_err(bug)?;
        *request.headers_mut() = self.headers.clone();
        *request.extensions_mut() = self.extensions.clone();
        for (name, value) in call.headers {
            let value = HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static(""));
            request.headers_mut().insert(name, value);
        }
        let (response, cursors) = with_cursors(self.inside.clone().oneshot(request)).await;
        let Ok(response) = response;
        if let Some(problem) = response.extensions().get::<Arc<Problem>>() {
            return Err(Arc::clone(problem));
        }
        let body = axum::body::to_bytes(response.into_body(), ANSWER_MAX).await;
        let body = body.map_err(|error| Arc::new(Problem::internal(error)))?;
        let body = match body.is_empty() {
            true => Json::Null,
            false => serde_json::from_slice(&body).map_err(|error| Arc::new(Problem::internal(error)))?,
        };
        Ok(Answered { body, cursors })
    }
}

impl Loaders {
    /// Those of the request that is being answered.
    pub(crate) fn of<'a>(context: &Context<'a>) -> async_graphql::Result<&'a DataLoader<Self>> {
        context.data::<DataLoader<Self>>()
    }
}

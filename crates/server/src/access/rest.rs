//! Who calls: the argument by which a handler says who may.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::Kind;
use super::service::{Key, unauthorized};
use crate::app::AppState;
use crate::platform::http::{Code, Problem};
use crate::platform::ids::StoreId;

/// A server of the store, by its secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretCaller {
    /// The store it may do everything in.
    pub store_id: StoreId,
    /// The key it showed.
    pub key_id: i64,
}

/// A server of the store or a shopper's browser, by either kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnyCaller {
    /// The store it may ask.
    pub store_id: StoreId,
    /// Whether it showed a secret key, and so may ask for more than a shopper.
    pub is_secret: bool,
}

impl FromRequestParts<AppState> for SecretCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let key = authenticate(&parts.headers, state).await?;
        match key.kind {
            Kind::Secret => Ok(Self { store_id: key.store_id, key_id: key.key_id }),
            Kind::Publishable => {
                let detail = format!("`{} {}` needs a secret key", parts.method, parts.uri.path());
                Err(Problem::new(Code::Forbidden, detail))
            }
        }
    }
}

impl FromRequestParts<AppState> for AnyCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let key = authenticate(&parts.headers, state).await?;
        Ok(Self { store_id: key.store_id, is_secret: key.kind == Kind::Secret })
    }
}

async fn authenticate(headers: &HeaderMap, state: &AppState) -> Result<Key, Problem> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Err(unauthorized("no key was sent; send `Authorization: Bearer sk_…`"));
    };
    let bearer = value.to_str().ok().and_then(|value| value.split_once(' '));
    match bearer {
        Some((scheme, text)) if scheme.eq_ignore_ascii_case("bearer") => {
            state.keys.authenticate(text.trim()).await
        }
        _ => Err(unauthorized("the `Authorization` header is not of the form `Bearer sk_…`")),
    }
}

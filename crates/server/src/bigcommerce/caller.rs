//! Who calls this surface: a secret key in `X-Auth-Token`, for the store in the path.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use super::error::{Refusal, unauthorized};
use crate::access::Kind;
use crate::app::AppState;
use crate::platform::http::{Code, Problem};
use crate::platform::ids::StoreId;

/// A server of the store whose hash stands in the path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Merchant {
    pub(super) store: StoreId,
}

impl FromRequestParts<AppState> for Merchant {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Refusal> {
        let token = parts.headers.get("x-auth-token").and_then(|token| token.to_str().ok());
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Err(unauthorized("no key was sent; send a secret key as `X-Auth-Token: sk_…`"));
        };
        let key = app.keys.authenticate(token.trim()).await?;
        if key.kind != Kind::Secret {
            return Err(Problem::new(Code::Forbidden, "this surface needs a secret key").into());
        }
        let path = RawPathParams::from_request_parts(parts, app).await;
        let path = path.map_err(|_| Problem::not_found("address", parts.uri.path()))?;
        let hash = path.iter().find(|(name, _)| *name == "hash").map_or("", |(_, hash)| hash);
        // A key opens its own store only; whether another one exists is nobody's business.
        if *key.store_hash != *hash {
            return Err(Problem::not_found("store", hash).into());
        }
        Ok(Self { store: key.store_id })
    }
}

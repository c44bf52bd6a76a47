//! Who calls this surface: a secret key in `X-Auth-Token`, for the store in the path.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use super::error::{Refusal, unauthorized};
use crate::access::{Caller, Needed, authorize};
use crate::activity::Author;
use crate::app::AppState;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;

/// A server of the store whose hash stands in the path, with the permission `P`.
pub(super) struct Merchant<P> {
    pub(super) store: StoreId,
    caller: Arc<Caller>,
    permission: PhantomData<P>,
}

impl<P> Merchant<P> {
    /// As whose change the log shows what they do now.
    pub(super) fn author(&self, app: &AppState) -> Author {
        Author::of(&self.caller, app.clock.now())
    }
}

impl<P: Needed> fmt::Debug for Merchant<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Merchant").field(&P::PERMISSION).field(&self.caller).finish()
    }
}

impl<P: Needed> FromRequestParts<AppState> for Merchant<P> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Refusal> {
        let token = parts.headers.get("x-auth-token").and_then(|token| token.to_str().ok());
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Err(unauthorized("no key was sent; send a secret key as `X-Auth-Token: sk_…`"));
        };
        let caller = app.keys.authenticate(token.trim()).await?.caller;
        authorize::<P>(&caller, parts)?;
        let path = RawPathParams::from_request_parts(parts, app).await;
        let path = path.map_err(|_| Problem::not_found("address", parts.uri.path()))?;
        let hash = path.iter().find(|(name, _)| *name == "hash").map_or("", |(_, hash)| hash);
        // A key opens its own store only; whether another one exists is nobody's business.
        if *caller.store_hash != *hash {
            return Err(Problem::not_found("store", hash).into());
        }
        Ok(Self { store: caller.store_id, caller, permission: PhantomData })
    }
}

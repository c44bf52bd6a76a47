//! Who calls: the argument by which a handler says who may.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::cookie;
use crate::access::service::permission::Needed;
use crate::access::service::session::{self, Session};
use crate::access::service::shop::{authenticate_platform, is_platform_key};
use crate::access::service::{Actor, Caller, issuer, token, unauthorized};
use crate::app::AppState;
use crate::platform::http::{Code, Problem};
use crate::platform::ids::StoreId;

/// Parameters of addresses in which people send keys that belong into a header.
const KEY_PARAMETERS: [&str; 3] = ["key", "api_key", "access_token"];

/// Somebody who acts for the whole store and has the permission `P`.
pub struct May<P> {
    caller: Arc<Caller>,
    permission: PhantomData<P>,
}

/// Somebody who has the permission `P`, for the whole store or for one seller of it: the operation sees to it that a
/// seller finds and changes only what is their own.
pub struct SellerMay<P> {
    caller: Arc<Caller>,
    permission: PhantomData<P>,
}

/// Somebody who acts for the whole store, whatever they may do there: the operation looks at their permissions itself.
#[derive(Clone, Debug)]
pub struct Staff(Arc<Caller>);

/// Somebody who is signed in, whatever they may do: for what is about oneself.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Session);

/// Whoever runs a platform of many stores, by a platform key: makes and lists stores, and does nothing in them.
#[derive(Clone, Debug)]
pub struct Operator {
    /// Who it is.
    pub actor: Actor,
}

/// Anybody with a key of the store, a shopper's browser too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnyCaller {
    /// The store it may ask.
    pub store_id: StoreId,
    /// Whether it acts for the whole store, and so may ask for more than a shopper.
    pub is_secret: bool,
}

/// Anybody with a key of the store, and all that is known of them: for doors behind which each operation asks again what
/// it needs.
#[derive(Clone, Debug)]
pub struct Anybody(pub Arc<Caller>);

/// What callers with a permission have in common, whatever it is.
macro_rules! callers {
    ($($name:ident),+) => {$(
        impl<P> Deref for $name<P> {
            type Target = Caller;

            fn deref(&self) -> &Caller {
                &self.caller
            }
        }

        impl<P> Clone for $name<P> {
            fn clone(&self) -> Self {
                Self { caller: Arc::clone(&self.caller), permission: PhantomData }
            }
        }

        impl<P: Needed> fmt::Debug for $name<P> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let name = concat!(stringify!($name), "<_>");
                formatter.debug_tuple(name).field(&P::PERMISSION).field(&self.caller).finish()
            }
        }
    )+};
}

callers!(May, SellerMay);

impl Deref for Staff {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl<P: Needed> FromRequestParts<AppState> for May<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let caller = authenticate(parts, app).await?;
        authorize::<P>(&caller, parts)?;
        Ok(Self { caller, permission: PhantomData })
    }
}

impl<P: Needed> FromRequestParts<AppState> for SellerMay<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let caller = authenticate(parts, app).await?;
        check_permission::<P>(&caller, parts)?;
        Ok(Self { caller, permission: PhantomData })
    }
}

impl FromRequestParts<AppState> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let caller = authenticate(parts, app).await?;
        if caller.is_shopper {
            return Err(Problem::new(Code::Forbidden, format!("{} needs a secret key", operation(parts))));
        }
        check_whole_store(&caller, parts)?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<AppState> for AnyCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let caller = authenticate(parts, app).await?;
        Ok(Self { store_id: caller.store_id, is_secret: !caller.is_shopper && caller.seller.is_none() })
    }
}

impl FromRequestParts<AppState> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        Ok(Self(authenticate(parts, app).await?))
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        if parts.headers.contains_key(AUTHORIZATION) {
            authenticate(parts, app).await?;
            let detail =
                format!("{} is for people who are signed in, not for keys and tokens", operation(parts));
            return Err(Problem::new(Code::Forbidden, detail));
        }
        Ok(Self(signed_in(parts, app).await?))
    }
}

impl FromRequestParts<AppState> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        match bearer(parts)? {
            Some(text) if is_platform_key(text) => {
                Ok(Self { actor: authenticate_platform(app, text).await? })
            }
            _ => {
                authenticate(parts, app).await?;
                let detail = format!("{} needs a platform key, `op_…`", operation(parts));
                Err(Problem::new(Code::Forbidden, detail))
            }
        }
    }
}

/// Whether somebody may do what needs the permission `P`, for the whole store.
///
/// Errors: forbidden, with what is missing.
pub(crate) fn authorize<P: Needed>(caller: &Caller, parts: &Parts) -> Result<(), Problem> {
    check_permission::<P>(caller, parts)?;
    check_whole_store(caller, parts)
}

fn check_permission<P: Needed>(caller: &Caller, parts: &Parts) -> Result<(), Problem> {
    if caller.may(P::PERMISSION) {
        return Ok(());
    }
    let needed = if caller.is_shopper { "a secret key with the permission" } else { "the permission" };
    let detail = format!("{} needs {needed} `{}`", operation(parts), P::PERMISSION);
    Err(Problem::new(Code::Forbidden, detail))
}

fn check_whole_store(caller: &Caller, parts: &Parts) -> Result<(), Problem> {
    if caller.seller.is_none() {
        return Ok(());
    }
    let detail = format!("{} is about the whole store, and so not for a seller", operation(parts));
    Err(Problem::new(Code::Forbidden, detail))
}

/// An operation as problems name it.
fn operation(parts: &Parts) -> String {
    format!("`{} {}`", parts.method, parts.uri.path())
}

/// Who calls.
///
/// Errors: unauthorized, when nobody can tell; a key stands in the address, where logs and browsers keep it.
async fn authenticate(parts: &Parts, app: &AppState) -> Result<Arc<Caller>, Problem> {
    match bearer(parts)? {
        None => Ok(signed_in(parts, app).await?.caller),
        Some(text) if token::looks_like_one(text) => issuer::authenticate(app, text).await,
        Some(text) if is_platform_key(text) => {
            authenticate_platform(app, text).await?;
            let detail = format!("{} is about one store; platform keys make and list them", operation(parts));
            Err(Problem::new(Code::Forbidden, detail))
        }
        Some(text) => Ok(app.keys.authenticate(text).await?.caller),
    }
}

/// The key or token in the header, if there is one.
fn bearer(parts: &Parts) -> Result<Option<&str>, Problem> {
    refuse_key_in_address(&parts.uri)?;
    let Some(value) = parts.headers.get(AUTHORIZATION) else { return Ok(None) };
    let bearer = value.to_str().ok().and_then(|value| value.split_once(' '));
    match bearer {
        Some((scheme, text)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(text.trim())),
        _ => Err(unauthorized("the `Authorization` header is not of the form `Bearer sk_…`")),
    }
}

/// Who is signed in, by the cookie of the request.
async fn signed_in(parts: &Parts, app: &AppState) -> Result<Session, Problem> {
    let Some(token) = cookie::get(&parts.headers) else {
        return Err(unauthorized("no key was sent; send `Authorization: Bearer sk_…`, or sign in"));
    };
    let session = session::authenticate(app, token).await?;
    cookie::check_csrf(&parts.method, &parts.headers, &session)?;
    Ok(session)
}

fn refuse_key_in_address(uri: &Uri) -> Result<(), Problem> {
    let parameters = uri.query().unwrap_or_default().split('&');
    let mut names = parameters.filter_map(|parameter| parameter.split('=').next());
    match names.find(|name| KEY_PARAMETERS.contains(name)) {
        None => Ok(()),
        Some(name) => {
            let detail = format!("a key was sent as `?{name}=`; revoke it, and send another in a header");
            Err(Problem::new(Code::KeyInAddress, detail))
        }
    }
}

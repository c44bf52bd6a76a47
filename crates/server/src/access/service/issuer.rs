//! Whose tokens a store takes, and who calls with one.

use std::sync::Arc;

use super::caller::{Actor, ActorKind, Caller};
use super::key::Token;
use super::log;
use super::permission::Permissions;
use super::role::{SELLER, VIEWER};
use super::token::{self, Algorithm, Claims, Keys, SECRET_MIN};
use super::unauthorized;
use super::user::permissions_of;
use crate::access::store::platform::{self as store, IssuerRow};
use crate::activity::{self, Action, Author};
use crate::app::AppState;
use crate::platform::http::{Code, Errors, Problem};
use crate::platform::ids::{ID_MAX, StoreId};
use crate::settings;

/// Whose tokens a store is to take.
#[derive(Clone)]
pub(in crate::access) struct Issuer {
    pub(in crate::access) issuer: String,
    pub(in crate::access) audience: String,
    pub(in crate::access) algorithm: Algorithm,
    pub(in crate::access) secret: Option<String>,
    pub(in crate::access) jwks: Option<String>,
}

/// Whose tokens a store takes, if it takes any.
pub(in crate::access) async fn get(app: &AppState, store: StoreId) -> Result<IssuerRow, Problem> {
    let found = store::issuer(app.db.read(), store).await?;
    found.ok_or_else(|| Problem::new(Code::NotFound, "this store takes no tokens"))
}

/// Takes tokens of this issuer from now on, and of no other.
///
/// Errors: what is wrong with it; another store of this server takes the same; the caller lacks a permission, which
/// whoever signs tokens could then give.
pub(in crate::access) async fn set(
    app: &AppState,
    caller: &Caller,
    issuer: Issuer,
) -> Result<IssuerRow, Problem> {
    caller.check_gives(Permissions::ALL)?;
    check(&issuer)?;
    let of = caller.store_id;
    let sealed = issuer.secret.as_deref().map(|secret| app.secret.seal(&place(of), secret));
    let row = IssuerRow {
        store_id: of,
        issuer: issuer.issuer,
        audience: issuer.audience,
        algorithm: issuer.algorithm.name().to_owned(),
        secret: sealed
            .map(|sealed| sealed.ok_or_else(|| Problem::internal("a secret was not sealed")))
            .transpose()?,
        jwks: issuer.jwks,
        updated_at: app.clock.now().as_millisecond(),
    };
    let (kept, author) = (row.clone(), Author::of(caller, app.clock.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let same = store::issuers(tx, &kept.issuer, std::slice::from_ref(&kept.audience)).await?;
                if same.iter().any(|other| other.store_id != of) {
                    let detail = "tokens of this issuer for this audience are for another store of this server; give \
                                  each store an audience of its own";
                    return Err(Problem::new(Code::AudienceTaken, detail));
                }
                let before = store::issuer(tx, of).await?;
                store::put_issuer(tx, kept.clone()).await?;
                let change = log::of_issuer(Action::Updated).to(log::issuer(&kept)?);
                let change = match before {
                    Some(before) => change.from(log::issuer(&before)?),
                    None => change,
                };
                activity::record(tx, &author, change).await
            })
        })
        .await?;
    Ok(row)
}

fn check(issuer: &Issuer) -> Result<(), Problem> {
    let mut errors = Errors::default();
    errors.text("/issuer", &issuer.issuer);
    errors.text("/audience", &issuer.audience);
    let is_shared = issuer.algorithm == Algorithm::Hs256;
    match &issuer.secret {
        None if is_shared => errors.report("/secret", "required", "is required for HS256"),
        Some(_) if !is_shared => errors.report("/secret", "not_allowed", "is for HS256 only; send `jwks`"),
        Some(secret) if secret.len() < SECRET_MIN => {
            let message =
                format!("must have at least {SECRET_MIN} bytes; make one with `openssl rand -base64 32`");
            errors.report("/secret", "out_of_range", message);
        }
        _ => {}
    }
    match &issuer.jwks {
        None if !is_shared => errors.report("/jwks", "required", "is required for RS256 and ES256"),
        Some(_) if is_shared => {
            errors.report("/jwks", "not_allowed", "is for RS256 and ES256; send `secret`")
        }
        Some(jwks) => {
            if let Err(message) = token::read_set(jwks, issuer.algorithm) {
                errors.report("/jwks", "invalid", message);
            }
        }
        None => {}
    }
    errors.finish()
}

/// Takes tokens no more.
pub(in crate::access) async fn remove(app: &AppState, author: &Author) -> Result<(), Problem> {
    let (of, author) = (author.store, author.clone());
    let before = log::issuer(&get(app, of).await?)?;
    app.db
        .write(move |tx| {
            Box::pin(async move {
                store::delete_issuer(tx, of).await?;
                activity::record(tx, &author, log::of_issuer(Action::Deleted).from(before)).await
            })
        })
        .await
}

/// Where a store's secret is sealed for.
fn place(store: StoreId) -> String {
    format!("token issuer/{store}")
}

/// Who calls with a token.
///
/// Errors: unauthorized, with what is wrong with the token.
pub(in crate::access) async fn authenticate(app: &AppState, text: &str) -> Result<Arc<Caller>, Problem> {
    let unchecked = token::read(text)?;
    let db = app.db.read();
    let mut rows = store::issuers(db, unchecked.issuer(), &unchecked.audiences()).await?;
    // More than one is no store's: which of them is meant must not depend on chance.
    let row = rows.pop().filter(|_| rows.is_empty());
    let row =
        row.ok_or_else(|| unauthorized("the token is refused: no store takes its issuer for its audience"))?;
    let algorithm =
        Algorithm::parse(&row.algorithm).ok_or_else(|| Problem::internal("an unknown algorithm"))?;
    let claims = unchecked.check((algorithm, &keys(app, &row, algorithm)?), app.clock.now())?;
    tracing::Span::current().record("store", row.store_id.0);
    caller(app, row.store_id, claims).await
}

fn keys(app: &AppState, row: &IssuerRow, algorithm: Algorithm) -> Result<Keys, Problem> {
    match (&row.secret, &row.jwks) {
        (Some(sealed), _) => {
            let opened = app.secret.open(&place(row.store_id), sealed);
            let opened = opened.ok_or_else(|| Problem::internal("a secret was sealed with another one"))?;
            Ok(Keys::Secret(opened.into_bytes()))
        }
        (None, Some(jwks)) => token::read_set(jwks, algorithm).map(Keys::Set).map_err(Problem::internal),
        (None, None) => Err(Problem::internal("an issuer of tokens without keys")),
    }
}

/// What a token's claims come down to.
async fn caller(app: &AppState, store: StoreId, claims: Claims) -> Result<Arc<Caller>, Problem> {
    let role = claims.role.as_deref().unwrap_or(VIEWER);
    let permissions = permissions_of(app.db.read(), store, role).await?;
    let permissions = permissions
        .ok_or_else(|| unauthorized(format!("the token is refused: the store has no role `{role}`")))?;
    let is_seller_id = |id: i64| (1..=ID_MAX).contains(&id);
    if claims.seller_id.is_some() != (role == SELLER) || !claims.seller_id.is_none_or(is_seller_id) {
        let detail =
            format!("the token is refused: `seller_id` belongs to the role `{SELLER}`, and to no other");
        return Err(unauthorized(detail));
    }
    let hash = settings::service::hash(app.db.read(), store).await?;
    let hash = hash.ok_or_else(|| unauthorized("the token is refused: its store is gone"))?;
    Ok(Arc::new(Caller {
        store_id: store,
        store_hash: hash.into(),
        actor: Actor {
            kind: ActorKind::Token,
            id: claims.sub.as_str().into(),
            name: claims.name.as_deref().unwrap_or(&claims.sub).into(),
            email: claims.email.as_deref().map(Into::into),
        },
        id: id_of(&claims.sub),
        permissions,
        seller: claims.seller_id,
        is_shopper: false,
    }))
}

/// A number that stands for a subject, below those of all users.
fn id_of(subject: &str) -> i64 {
    let hash = Token::hash_of(subject);
    let number = hash.iter().take(8).fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
    -(number & (i64::MAX >> 2)) - ID_MAX - 1
}

//! `/v1/settings/jwt`: whose tokens a store takes.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::caller::May;
use crate::access::may::ManageUsers;
use crate::access::service::issuer::{self as service, Issuer};
use crate::access::service::token::Algorithm;
use crate::access::store::platform::IssuerRow;
use crate::activity::Author;
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::http::{Json, Problem, ProblemBody};

/// How tokens are signed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub(super) enum TokenAlgorithm {
    /// HMAC with SHA-256, by a secret that both sides have.
    HS256,
    /// RSA with SHA-256.
    RS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
}

/// Whose tokens the store takes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenSettings)]
pub(super) struct IssuerOut {
    /// What tokens must claim as `iss`.
    #[schema(example = "https://id.example.com/")]
    issuer: String,
    /// What tokens must claim as `aud`, or among it.
    #[schema(example = "largesse-boots")]
    audience: String,
    /// How tokens must be signed.
    algorithm: TokenAlgorithm,
    /// The public keys; `null` for HS256, whose secret is never shown.
    #[schema(value_type = Option<Object>)]
    jwks: Option<Value>,
    /// When this was set.
    updated_at: String,
}

/// Whose tokens the store is to take.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTokenSettings)]
pub(super) struct IssuerIn {
    /// What tokens must claim as `iss`.
    #[schema(example = "https://id.example.com/")]
    issuer: String,
    /// What tokens must claim as `aud`, or among it. It tells for which store of this server a token is, so no two stores
    /// have the same of one issuer.
    #[schema(example = "largesse-boots")]
    audience: String,
    /// How tokens must be signed.
    algorithm: TokenAlgorithm,
    /// Of HS256 the secret, at least 32 bytes. It is kept sealed, and never shown.
    secret: Option<String>,
    /// Of RS256 and ES256 the public keys: a JSON Web Key Set, such as stands at the `jwks_uri` of the issuer. While keys
    /// are changed, have the old and the new in it.
    #[schema(value_type = Option<Object>)]
    jwks: Option<Value>,
}

impl From<TokenAlgorithm> for Algorithm {
    fn from(algorithm: TokenAlgorithm) -> Self {
        match algorithm {
            TokenAlgorithm::HS256 => Self::Hs256,
            TokenAlgorithm::RS256 => Self::Rs256,
            TokenAlgorithm::ES256 => Self::Es256,
        }
    }
}

impl From<Algorithm> for TokenAlgorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Hs256 => Self::HS256,
            Algorithm::Rs256 => Self::RS256,
            Algorithm::Es256 => Self::ES256,
        }
    }
}

impl TryFrom<IssuerRow> for IssuerOut {
    type Error = Problem;

    fn try_from(row: IssuerRow) -> Result<Self, Problem> {
        let algorithm = Algorithm::parse(&row.algorithm);
        let jwks = row.jwks.as_deref().map(serde_json::from_str).transpose();
        Ok(Self {
            issuer: row.issuer,
            audience: row.audience,
            algorithm: algorithm.ok_or_else(|| Problem::internal("an unknown algorithm"))?.into(),
            jwks: jwks.map_err(Problem::internal)?,
            updated_at: from_milliseconds(row.updated_at).to_string(),
        })
    }
}

/// Whose tokens the store takes.
#[utoipa::path(get, path = "/v1/settings/jwt", tag = "access", operation_id = "getTokenSettings",
    security(("secret_key" = [ManageUsers])),
    responses((status = 200, description = "Whose, without the secret.", body = IssuerOut),
              (status = 404, description = "It takes no tokens.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn get(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
) -> Result<Json<IssuerOut>, Problem> {
    Ok(Json(service::get(&app, caller.store_id).await?.try_into()?))
}

/// Takes tokens (JWT) of this issuer from now on, and of no other.
///
/// A token is sent as `Authorization: Bearer`. It must claim `iss`, `aud`, `exp` and `sub`; `name` and `email` become
/// the actor of what it does; `role` is one of the store's roles, `viewer` when missing; `seller_id` goes with the role
/// `seller`. Whoever can sign such tokens can give any role, so this needs every permission.
#[utoipa::path(put, path = "/v1/settings/jwt", tag = "access", operation_id = "putTokenSettings",
    security(("secret_key" = [ManageUsers])), request_body = IssuerIn,
    responses((status = 200, description = "Whose, without the secret.", body = IssuerOut),
              (status = 403, description = "You lack a permission.", body = ProblemBody,
               content_type = "application/problem+json"),
              (status = 409, description = "Another store has this issuer and audience.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn put(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
    Json(body): Json<IssuerIn>,
) -> Result<Json<IssuerOut>, Problem> {
    let IssuerIn { issuer, audience, algorithm, secret, jwks } = body;
    let jwks = jwks.map(|jwks| jwks.to_string());
    let issuer = Issuer { issuer, audience, algorithm: algorithm.into(), secret, jwks };
    Ok(Json(service::set(&app, &caller, issuer).await?.try_into()?))
}

/// Takes no tokens any more.
#[utoipa::path(delete, path = "/v1/settings/jwt", tag = "access", operation_id = "deleteTokenSettings",
    security(("secret_key" = [ManageUsers])),
    responses((status = 204, description = "It takes none."),
              (status = 404, description = "It took none.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn delete(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
) -> Result<StatusCode, Problem> {
    service::remove(&app, &Author::of(&caller, app.clock.now())).await?;
    Ok(StatusCode::NO_CONTENT)
}

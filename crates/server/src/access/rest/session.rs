//! `/v1/setup`, `/v1/sessions` and `/v1/me`: choosing a password, signing in, and oneself.

use axum::extract::State;
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::SignedIn;
use super::cookie;
use super::user::UserOut;
use crate::access::service::session::{self, Session, SignIn};
use crate::access::service::totp;
use crate::access::service::user::{self, Setup};
use crate::access::store::user::SessionRow;
use crate::access::{Permission, Permissions};
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::http::address::ClientAddress;
use crate::platform::http::{Json, Path, Problem, ProblemBody};
use crate::settings;

/// A password that somebody chooses who follows a set-up link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Setup)]
pub(super) struct SetupIn {
    /// What stands at the end of the link.
    token: String,
    /// The password: 8 to 256 characters, whichever; not one of those that everybody tries first.
    password: String,
    /// What people call you, 1 to 250 characters; as you were invited when left out.
    name: Option<String>,
    /// By which you will sign in; only of the first user of a store, and required of that one.
    email: Option<String>,
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignIn)]
pub(super) struct SignInIn {
    /// The e-mail address.
    #[schema(example = "ada@example.com")]
    email: String,
    /// The password.
    password: String,
    /// A code of the authenticator app, or a recovery code; when one is set up.
    totp: Option<String>,
    /// The `store_hash` of the store; only when several have a user with this address.
    store: Option<String>,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub(super) struct MeOut {
    /// Oneself.
    user: UserOut,
    /// What one may do.
    #[schema(value_type = Vec<Permission>)]
    permissions: Permissions,
    /// By which addresses name the store.
    store_hash: String,
    /// What requests that change something must send as `X-CSRF-Token`.
    csrf_token: String,
    /// The session.
    session: SessionOut,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(super) struct SessionOut {
    /// Its id.
    id: i64,
    /// When it began. It ends 12 hours later.
    created_at: String,
    /// When it was last seen, to the minute. It ends 60 minutes later.
    last_seen_at: String,
    /// From which address it began.
    address: String,
    /// What the browser said that it is.
    agent: String,
    /// Whether it is the one that asks.
    is_current: bool,
}

/// One's sessions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Sessions {
    /// The sessions, the newest first.
    data: Vec<SessionOut>,
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordChange {
    /// The present password.
    password: String,
    /// The new one: 8 to 256 characters.
    new_password: String,
}

/// The present password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordOnly {
    /// The present password.
    password: String,
}

/// A code of the authenticator app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeOnly {
    /// The code that the app shows.
    #[schema(example = "287082")]
    code: String,
}

/// What an authenticator app needs to know.
#[derive(Serialize, ToSchema)]
pub(super) struct TotpSecret {
    /// The secret, for typing it in.
    secret: String,
    /// The same, for scanning it.
    uri: String,
}

/// Codes for the day on which the authenticator app is lost.
#[derive(Serialize, ToSchema)]
pub(super) struct RecoveryCodes {
    /// Each works once. They are shown now, and never again.
    recovery_codes: Vec<String>,
}

impl SessionOut {
    fn of(row: SessionRow, current: i64) -> Self {
        Self {
            is_current: row.id == current,
            id: row.id,
            created_at: from_milliseconds(row.created_at).to_string(),
            last_seen_at: from_milliseconds(row.last_seen_at).to_string(),
            address: row.address,
            agent: row.agent,
        }
    }
}

impl From<Session> for MeOut {
    fn from(session: Session) -> Self {
        Self {
            user: session.user.into(),
            permissions: session.caller.permissions,
            store_hash: session.caller.store_hash.to_string(),
            csrf_token: session.csrf,
            session: SessionOut { is_current: true, ..SessionOut::of(session.row, 0) },
        }
    }
}

/// Chooses the password of the user whom a set-up link is for. The link works once.
#[utoipa::path(post, path = "/v1/setup", tag = "access", operation_id = "setUp", security(()),
    request_body = SetupIn,
    responses((status = 200, description = "The user, who can sign in now.", body = UserOut),
              (status = 404, description = "The link was used, has expired, or never was one.", body = ProblemBody,
               content_type = "application/problem+json"),
              (status = 422, description = "The password is refused; the link goes on working.",
               body = ProblemBody, content_type = "application/problem+json")))]
pub(super) async fn set_up(
    State(app): State<AppState>,
    headers: HeaderMap,
    Json(body): Json<SetupIn>,
) -> Result<Json<UserOut>, Problem> {
    cookie::check_origin(&headers)?;
    let SetupIn { token, password, name, email } = body;
    Ok(Json(user::set_up(&app, Setup { token, password, name, email }).await?.into()))
}

/// Signs in: the answer sets the cookie of the session.
#[utoipa::path(post, path = "/v1/sessions", tag = "access", operation_id = "signIn", security(()),
    request_body = SignInIn,
    responses((status = 201, description = "You are signed in.", body = MeOut),
              (status = 401, description = "Address, password or code is wrong, or a code is missing.",
               body = ProblemBody, content_type = "application/problem+json"),
              (status = 429, description = "Too many failures; see `Retry-After`.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn sign_in(
    State(app): State<AppState>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Json(body): Json<SignInIn>,
) -> Result<Response, Problem> {
    cookie::check_origin(&headers)?;
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default().to_owned();
    let SignInIn { email, password, totp, store } = body;
    let (session, token) =
        session::sign_in(&app, SignIn { store, email, password, code: totp, address, agent }).await?;
    let set = [(SET_COOKIE, cookie::set(&headers, token.reveal()))];
    Ok((StatusCode::CREATED, set, Json(MeOut::from(session))).into_response())
}

/// One's sessions, the newest first.
#[utoipa::path(get, path = "/v1/sessions", tag = "access", operation_id = "listSessions",
    security(("session" = [])), responses((status = 200, description = "All of them.", body = Sessions)))]
pub(super) async fn list(
    SignedIn(me): SignedIn,
    State(app): State<AppState>,
) -> Result<Json<Sessions>, Problem> {
    let rows = session::list(&app, &me.user).await?;
    let data = rows.into_iter().map(|row| SessionOut::of(row, me.row.id)).collect();
    Ok(Json(Sessions { data }))
}

/// Signs out.
#[utoipa::path(delete, path = "/v1/sessions/current", tag = "access", operation_id = "signOut",
    security(("session" = [])), responses((status = 204, description = "You are signed out.")))]
pub(super) async fn sign_out(
    SignedIn(me): SignedIn,
    State(app): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    session::end(&app, &me.user, me.row.id).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie::set(&headers, ""))]).into_response())
}

/// Ends one of one's sessions.
#[utoipa::path(delete, path = "/v1/sessions/{id}", tag = "access", operation_id = "endSession",
    security(("session" = [])), params(("id" = i64, Path, description = "The session's id.")),
    responses((status = 204, description = "It has ended."),
              (status = 404, description = "You have no such session.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn end(
    SignedIn(me): SignedIn,
    State(app): State<AppState>,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    session::end(&app, &me.user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is signed in.
#[utoipa::path(get, path = "/v1/me", tag = "access", operation_id = "getMe",
    security(("session" = [])), responses((status = 200, description = "You.", body = MeOut)))]
pub(super) async fn me(SignedIn(me): SignedIn) -> Json<MeOut> {
    Json(me.into())
}

/// Changes one's password. All other sessions end.
#[utoipa::path(post, path = "/v1/me/password", tag = "access", operation_id = "changePassword",
    security(("session" = [])), request_body = PasswordChange,
    responses((status = 204, description = "It is changed."),
              (status = 422, description = "The present one is wrong, or the new one is refused.",
               body = ProblemBody, content_type = "application/problem+json")))]
pub(super) async fn change_password(
    SignedIn(me): SignedIn,
    ClientAddress(address): ClientAddress,
    State(app): State<AppState>,
    Json(body): Json<PasswordChange>,
) -> Result<StatusCode, Problem> {
    let passwords = (body.password, body.new_password);
    session::counted(&app, &me.user, address, user::change_password(&app, (&me.user, me.row.id), passwords))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins setting up an authenticator app. It counts once a code of it was sent to `/v1/me/totp/confirm`.
#[utoipa::path(post, path = "/v1/me/totp", tag = "access", operation_id = "beginTotp",
    security(("session" = [])), request_body = PasswordOnly,
    responses((status = 200, description = "What the app needs to know.", body = TotpSecret),
              (status = 409, description = "One is set up already.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn begin_totp(
    SignedIn(me): SignedIn,
    ClientAddress(address): ClientAddress,
    State(app): State<AppState>,
    Json(body): Json<PasswordOnly>,
) -> Result<Json<TotpSecret>, Problem> {
    let confirming = user::confirm_password(&app.passwords, &me.user, body.password);
    session::counted(&app, &me.user, address, confirming).await?;
    let secret = session::begin_totp(&app, &me.user).await?;
    let store = settings::service::get(app.db.read(), me.caller.store_id).await?.name;
    let uri = totp::uri(&store, &me.user.email, &secret);
    Ok(Json(TotpSecret { secret, uri }))
}

/// From now on signing in needs a code of the app. The answer has recovery codes, for the day on which it is lost.
#[utoipa::path(post, path = "/v1/me/totp/confirm", tag = "access", operation_id = "confirmTotp",
    security(("session" = [])), request_body = CodeOnly,
    responses((status = 200, description = "Ten codes that work once each.", body = RecoveryCodes),
              (status = 422, description = "The code is wrong.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn confirm_totp(
    SignedIn(me): SignedIn,
    State(app): State<AppState>,
    Json(body): Json<CodeOnly>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let recovery_codes = session::confirm_totp(&app, &me.user, &body.code).await?;
    Ok(Json(RecoveryCodes { recovery_codes }))
}

/// Removes the authenticator app: signing in needs no code any more.
#[utoipa::path(delete, path = "/v1/me/totp", tag = "access", operation_id = "removeTotp",
    security(("session" = [])), request_body = CodeOnly,
    responses((status = 204, description = "It is removed."),
              (status = 422, description = "The code is wrong.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn remove_totp(
    SignedIn(me): SignedIn,
    ClientAddress(address): ClientAddress,
    State(app): State<AppState>,
    Json(body): Json<CodeOnly>,
) -> Result<StatusCode, Problem> {
    session::counted(&app, &me.user, address, session::remove_totp(&app, &me.user, &body.code)).await?;
    Ok(StatusCode::NO_CONTENT)
}

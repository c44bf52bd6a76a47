//! Signing in, and being known by a cookie from then on.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::caller::Caller;
use super::key::{Token, hexadecimal};
use super::log;
use super::password::Passwords;
use super::user::{find, normal_email, permissions_of};
use super::{totp, unauthorized};
use crate::access::store::user::{self as store, Ending, SessionRow, UserRow};
use crate::activity::{self, Action, Change, Kind, Object};
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::http::limits::{Limit, Who};
use crate::platform::http::{Code, FieldError, Problem};
use crate::platform::ids::{StoreId, next_id};
use crate::settings;

/// A session ends when nothing was heard of it for so long,
const IDLE_MAX: SignedDuration = SignedDuration::from_mins(60);
/// and in any case so long after it began.
const LENGTH_MAX: SignedDuration = SignedDuration::from_hours(12);
/// How exactly it is known when something was last heard.
const SEEN: SignedDuration = SignedDuration::from_mins(1);
const QUARTER: Duration = Duration::from_secs(15 * 60);
/// Failures to sign in as one user from one address.
const FAILURES: Limit = Limit { name: "sign_in", most: 5, period: QUARTER };
/// Failures to sign in as one user from anywhere, after which it takes longer: to lock the user out would only help
/// whoever wants just that.
const FAILURES_ANYWHERE: Limit = Limit { name: "sign_in_anywhere", most: 50, period: QUARTER };
const DELAY: Duration = Duration::from_secs(2);
const AGENT_MAX: usize = 250;

/// What somebody sends to sign in.
#[derive(Clone)]
pub(in crate::access) struct SignIn {
    /// The hash of the store; needed only of who is a user of several with one address.
    pub(in crate::access) store: Option<String>,
    pub(in crate::access) email: String,
    pub(in crate::access) password: String,
    /// A code of the authenticator app, or a recovery code.
    pub(in crate::access) code: Option<String>,
    pub(in crate::access) address: IpAddr,
    pub(in crate::access) agent: String,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who they are, and what they may do.
    pub caller: Arc<Caller>,
    /// What is kept of the session.
    pub(in crate::access) row: SessionRow,
    /// What is kept of the user.
    pub(in crate::access) user: UserRow,
    /// What requests that change something must send beside the cookie.
    pub csrf: String,
}

/// Signs somebody in.
///
/// Errors: one and the same for an unknown address, a wrong password and a wrong code; a code is needed, which only
/// who knows the password is told; too many failures.
pub(in crate::access) async fn sign_in(app: &AppState, sign_in: SignIn) -> Result<(Session, Token), Problem> {
    let email = normal_email(&sign_in.email);
    let failure = Failure::expected(app, &email, sign_in.address).await?;
    let user = candidate(app, sign_in.store.as_deref(), &email).await?;
    let hash = user.as_ref().and_then(|user| user.password_hash.clone());
    // Takes as long for a user that there is not.
    let is_right = app.passwords.verify(sign_in.password.clone(), hash).await?;
    let Some(user) = user.filter(|user| is_right && user.is_active()) else { return Err(failed()) };
    if user.totp_confirmed_at.is_some() {
        let Some(code) = sign_in.code.as_deref() else {
            failure.did_not_happen();
            let detail = "send a code of the authenticator app, or a recovery code, as `totp`";
            return Err(Problem::new(Code::SecondFactorRequired, detail));
        };
        if !is_second_factor(app, &user, code).await? {
            return Err(failed());
        }
    }
    failure.did_not_happen();
    rehash(app, &user, sign_in.password).await?;
    begin(app, user, (sign_in.address, sign_in.agent)).await
}

fn failed() -> Problem {
    let detail = "the e-mail address, the password or the code is wrong; who is a user of several stores names one as \
                  `store`";
    Problem::new(Code::SignInFailed, detail)
}

/// The user with this address, if there is only one whom it can mean.
async fn candidate(app: &AppState, hash: Option<&str>, email: &str) -> Result<Option<UserRow>, Problem> {
    let db = app.db.read();
    let mut found = store::users_with_email(db, email).await?;
    if let Some(hash) = hash {
        let store = settings::service::by_hash(db, hash).await?;
        found.retain(|user| Some(user.store_id) == store);
    }
    match found.as_slice() {
        [_] => Ok(found.pop()),
        _ => Ok(None),
    }
}

/// A failure that is counted before it happens, so that many at once are counted too.
struct Failure<'app> {
    app: &'app AppState,
    who: [(Limit, Who); 2],
}

impl<'app> Failure<'app> {
    async fn expected(app: &'app AppState, email: &str, address: IpAddr) -> Result<Self, Problem> {
        let account = account(email);
        let who = [
            (FAILURES, Who::Account(account, Some(address))),
            (FAILURES_ANYWHERE, Who::Account(account, None)),
        ];
        let [(here, from_here), (anywhere, from_anywhere)] = who;
        if let Err(wait) = app.limiter.take(here, from_here, Instant::now()) {
            tracing::warn!(%address, "too many failures to sign in");
            let detail = "too many failures to sign in from your address";
            return Err(Problem::new(Code::TooManyRequests, detail).retry_after(wait));
        }
        if app.limiter.take(anywhere, from_anywhere, Instant::now()).is_err() {
            tokio::time::sleep(DELAY).await;
        }
        Ok(Self { app, who })
    }

    fn did_not_happen(&self) {
        for (limit, who) in self.who {
            self.app.limiter.give_back(limit, who);
        }
    }
}

/// Does what asks somebody who is signed in for their password or a code: failures count like those to sign in.
///
/// Errors: those of `work`; too many failures.
pub(in crate::access) async fn counted<T>(
    app: &AppState,
    user: &UserRow,
    address: IpAddr,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    let failure = Failure::expected(app, &user.email, address).await?;
    let done = work.await;
    if done.is_ok() {
        failure.did_not_happen();
    }
    done
}

/// What an address is counted under.
fn account(email: &str) -> u64 {
    let hash = Token::hash_of(email);
    hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Takes a code of the app, once, or a recovery code, which is used up.
pub(in crate::access) async fn is_second_factor(
    app: &AppState,
    user: &UserRow,
    code: &str,
) -> Result<bool, Problem> {
    let who = (user.store_id, user.id);
    let Some(secret) = opened_secret(app, user) else { return Ok(false) };
    if let Some(period) = totp::period_of(&secret, code, app.clock.now().as_second()) {
        let used = app.db.write(move |tx| {
            Box::pin(async move { store::use_period(tx, who, period).await.map_err(Problem::from) })
        });
        return used.await;
    }
    let hash = recovery_hash(app, who, code);
    app.db
        .write(move |tx| {
            Box::pin(async move { store::use_recovery_code(tx, who, &hash).await.map_err(Problem::from) })
        })
        .await
}

/// Under which a recovery code is kept.
pub(in crate::access) fn recovery_hash(app: &AppState, (store, user): (StoreId, i64), code: &str) -> String {
    app.secret.hash("recovery code", store, &format!("{user}/{}", totp::normal(code)))
}

/// Where the secret of a user's authenticator app is sealed for.
pub(in crate::access) fn place_of_secret(user: &UserRow) -> String {
    format!("totp/{}/{}", user.store_id, user.id)
}

/// The secret of a user's authenticator app.
pub(in crate::access) fn opened_secret(app: &AppState, user: &UserRow) -> Option<String> {
    app.secret.open(&place_of_secret(user), user.totp_secret.as_deref()?)
}

/// A hash that was made with other parameters is made anew as soon as the password is at hand.
async fn rehash(app: &AppState, user: &UserRow, password: String) -> Result<(), Problem> {
    if !user.password_hash.as_deref().is_some_and(Passwords::is_outdated) {
        return Ok(());
    }
    let hash = app.passwords.hash(password).await?;
    let (store, id) = (user.store_id, user.id);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let user = find(tx, store, id).await?;
                Ok(store::put_user(tx, UserRow { password_hash: Some(hash), ..user }).await?)
            })
        })
        .await
}

async fn begin(
    app: &AppState,
    user: UserRow,
    (address, agent): (IpAddr, String),
) -> Result<(Session, Token), Problem> {
    let (now, token) = (app.clock.now().as_millisecond(), Token::generate());
    let (store, user_id, hash) = (user.store_id, user.id, hexadecimal(&token.hash()));
    let over = now - i64::try_from(LENGTH_MAX.as_millis()).unwrap_or(i64::MAX);
    let agent: String = agent.chars().take(AGENT_MAX).collect();
    let begun = app.db.write(move |tx| {
        Box::pin(async move {
            store::end_sessions(tx, (store, user_id), Ending::BegunBefore(over)).await?;
            let row = SessionRow {
                store_id: store,
                id: next_id(tx, store, "user_session", 1).await?,
                user_id,
                token_hash: hash,
                created_at: now,
                last_seen_at: now,
                address: address.to_string(),
                agent,
            };
            store::insert_session(tx, row.clone()).await?;
            Ok::<_, Problem>(row)
        })
    });
    let row = begun.await?;
    let session = known(app, row, user, token.reveal()).await?;
    let session = session.ok_or_else(failed)?;
    Ok((session, token))
}

/// Whose session this is.
///
/// Errors: nobody's, or it has ended.
pub(in crate::access) async fn authenticate(app: &AppState, token: &str) -> Result<Session, Problem> {
    let ended = || unauthorized("you are not signed in, or no longer; sign in at `/v1/sessions`");
    let now = app.clock.now();
    let row = store::session(app.db.read(), &hexadecimal(&Token::hash_of(token))).await?;
    let row = row.filter(|row| is_alive(row, now)).ok_or_else(ended)?;
    let user = store::user(app.db.read(), row.store_id, row.user_id).await?;
    let user = user.filter(UserRow::is_active).ok_or_else(ended)?;
    tracing::Span::current().record("store", row.store_id.0);
    if from_milliseconds(row.last_seen_at) + SEEN <= now {
        let (key, now) = ((row.store_id, row.id), now.as_millisecond());
        app.db
            .write(move |tx| {
                Box::pin(async move { store::touch_session(tx, key, now).await.map_err(Problem::from) })
            })
            .await?;
    }
    known(app, row, user, token).await?.ok_or_else(ended)
}

fn is_alive(row: &SessionRow, now: Timestamp) -> bool {
    let (begun, seen) = (from_milliseconds(row.created_at), from_milliseconds(row.last_seen_at));
    now < begun + LENGTH_MAX && now < seen + IDLE_MAX
}

/// The session with what its user may; `None` when the store or the role is gone.
async fn known(
    app: &AppState,
    row: SessionRow,
    user: UserRow,
    token: &str,
) -> Result<Option<Session>, Problem> {
    let (db, store) = (app.db.read(), user.store_id);
    let (Some(permissions), Some(hash)) =
        (permissions_of(db, store, &user.role).await?, settings::service::hash(db, store).await?)
    else {
        return Ok(None);
    };
    let caller = Caller {
        store_id: store,
        store_hash: hash.into(),
        actor: log::actor(&user),
        id: -user.id,
        permissions,
        seller: user.seller_id,
        is_shopper: false,
    };
    let csrf = app.secret.hash("csrf", store, token);
    Ok(Some(Session { caller: Arc::new(caller), row, user, csrf }))
}

/// The sessions of a user that have not ended, the newest first.
pub(in crate::access) async fn list(app: &AppState, user: &UserRow) -> Result<Vec<SessionRow>, Problem> {
    let mut rows = store::sessions(app.db.read(), (user.store_id, user.id)).await?;
    let now = app.clock.now();
    rows.retain(|row| is_alive(row, now));
    Ok(rows)
}

/// Ends a session of a user, who is signed in with it or with another.
///
/// Errors: they have no such session.
pub(in crate::access) async fn end(app: &AppState, user: &UserRow, id: i64) -> Result<(), Problem> {
    let who = (user.store_id, user.id);
    let author = log::themselves(user, app.clock.now());
    let change = Change::new(Object::one(Kind::Session, id), Action::Ended).from(json!({"user_id": user.id}));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                match store::end_sessions(tx, who, Ending::One(id)).await? {
                    0 => Err(Problem::not_found("session", id)),
                    _ => activity::record(tx, &author, change).await,
                }
            })
        })
        .await
}

/// Begins setting up an authenticator app: its secret, which counts once a code of it was sent.
///
/// Errors: there is one already.
pub(in crate::access) async fn begin_totp(app: &AppState, user: &UserRow) -> Result<String, Problem> {
    if user.totp_confirmed_at.is_some() {
        let detail = "an authenticator app is set up; remove it first, with a code of it";
        return Err(Problem::new(Code::SecondFactorExists, detail));
    }
    let secret = totp::new_secret();
    let sealed = app.secret.seal(&place_of_secret(user), &secret);
    let sealed = sealed.ok_or_else(|| Problem::internal("a secret was not sealed"))?;
    let user = UserRow { totp_secret: Some(sealed), ..user.clone() };
    app.db
        .write(move |tx| Box::pin(async move { store::put_user(tx, user).await.map_err(Problem::from) }))
        .await?;
    Ok(secret)
}

/// From now on a code is needed to sign in. Gives the recovery codes.
///
/// Errors: the code is not one of the secret.
pub(in crate::access) async fn confirm_totp(
    app: &AppState,
    user: &UserRow,
    code: &str,
) -> Result<Vec<String>, Problem> {
    let now = app.clock.now();
    let secret = opened_secret(app, user).filter(|_| user.totp_confirmed_at.is_none());
    let period = secret.and_then(|secret| totp::period_of(&secret, code, now.as_second()));
    let period = period.ok_or_else(wrong_code)?;
    let codes = totp::new_recovery_codes();
    let who = (user.store_id, user.id);
    let hashes: Vec<String> = codes.iter().map(|code| recovery_hash(app, who, code)).collect();
    let (author, before) = (log::themselves(user, now), user.clone());
    let user =
        UserRow { totp_confirmed_at: Some(now.as_millisecond()), totp_last_period: period, ..user.clone() };
    let confirmed = app.db.write(move |tx| {
        Box::pin(async move {
            store::replace_recovery_codes(tx, who, hashes).await?;
            store::put_user(tx, user.clone()).await?;
            activity::record(tx, &author, log::user_updated(&before, &user)).await
        })
    });
    confirmed.await?;
    Ok(codes)
}

/// No code is needed any more to sign in.
///
/// Errors: the code is wrong.
pub(in crate::access) async fn remove_totp(
    app: &AppState,
    user: &UserRow,
    code: &str,
) -> Result<(), Problem> {
    if user.totp_confirmed_at.is_none() || !is_second_factor(app, user, code).await? {
        return Err(wrong_code());
    }
    let who = (user.store_id, user.id);
    let (author, before) = (log::themselves(user, app.clock.now()), user.clone());
    let user = UserRow { totp_secret: None, totp_confirmed_at: None, ..user.clone() };
    app.db
        .write(move |tx| {
            Box::pin(async move {
                store::replace_recovery_codes(tx, who, Vec::new()).await?;
                store::put_user(tx, user.clone()).await?;
                activity::record(tx, &author, log::user_updated(&before, &user)).await
            })
        })
        .await
}

fn wrong_code() -> Problem {
    let message = "is not a code of the authenticator app, or was used before";
    Problem::invalid([FieldError::new("/code", "wrong_code", message)])
}

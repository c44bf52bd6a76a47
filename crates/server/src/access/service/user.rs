//! Users, the links by which they choose passwords, and roles of a store.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::caller::Caller;
use super::key::{Token, hexadecimal};
use super::log;
use super::password::{self, Passwords};
use super::permission::Permissions;
use super::role::{self, BUILT_IN, SELLER, SYSTEM_ADMIN};
use crate::access::store::user::{self as store, Ending, LinkRow, RoleRow, UserRow};
use crate::activity::{self, Action, Author};
use crate::app::AppState;
use crate::platform::db::{Connection, Db, Transaction};
use crate::platform::http::{Code, Errors, FieldError, Problem};
use crate::platform::ids::{StoreId, next_id};

/// How long a link works that the server prints.
const FIRST_LINK: SignedDuration = SignedDuration::from_mins(30);
/// How long a link works that is sent to somebody.
const INVITATION: SignedDuration = SignedDuration::from_hours(72);
const EMAIL_MAX: usize = 254;

/// A user to invite.
#[derive(Clone, Debug)]
pub(in crate::access) struct NewUser {
    /// By which they sign in.
    pub(in crate::access) email: String,
    /// What people call them.
    pub(in crate::access) name: String,
    /// What they may do.
    pub(in crate::access) role: String,
    /// For which seller they act.
    pub(in crate::access) seller: Option<i64>,
}

/// A change of a user; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub(in crate::access) struct UserChange {
    /// What people call them.
    pub(in crate::access) name: Option<String>,
    /// What they may do.
    pub(in crate::access) role: Option<String>,
    /// For which seller they act; `Some(None)` for none.
    pub(in crate::access) seller: Option<Option<i64>>,
    /// Whether they may sign in.
    pub(in crate::access) is_active: Option<bool>,
}

/// What somebody sends who follows a link.
#[derive(Clone)]
pub(in crate::access) struct Setup {
    /// What stands at the end of the link.
    pub(in crate::access) token: String,
    /// The password that they choose.
    pub(in crate::access) password: String,
    /// What people call them; what was known before when left out.
    pub(in crate::access) name: Option<String>,
    /// By which they sign in; only of the first user.
    pub(in crate::access) email: Option<String>,
}

impl UserRow {
    /// Whether they may sign in.
    pub(in crate::access) fn is_active(&self) -> bool {
        self.status == "active"
    }
}

/// An address as addresses compare.
pub(in crate::access) fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

fn check_email(errors: &mut Errors, email: &str) {
    let parts = email.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty());
    let is_odd = email.chars().any(|each| each.is_whitespace() || each.is_control());
    if parts.is_none() || is_odd || email.len() > EMAIL_MAX {
        errors.report("/email", "invalid", "must be an e-mail address such as `ada@example.com`");
    }
}

/// What a role allows, in this store; `None` when there is no such role.
pub(in crate::access) async fn permissions_of<C: Connection>(
    db: &C,
    store: StoreId,
    role: &str,
) -> Result<Option<Permissions>, Problem> {
    if let Some(built_in) = role::built_in(role) {
        return Ok(Some(built_in.permissions));
    }
    let roles = store::roles(db, store).await?;
    let found = roles.into_iter().find(|row| row.name == role);
    found.map(|row| serde_json::from_str(&row.permissions)).transpose().map_err(Problem::internal)
}

/// Whether a role, and a seller for whom one acts, go together; and whether this caller may give the role.
async fn check_role<C: Connection>(
    db: &C,
    caller: &Caller,
    (role, seller): (&str, Option<i64>),
) -> Result<(), Problem> {
    let Some(permissions) = permissions_of(db, caller.store_id, role).await? else {
        let message = format!("there is no role `{role}`; `/v1/roles` lists them");
        return Err(Problem::invalid([FieldError::new("/role", "unknown_role", message)]));
    };
    if seller.is_some() != (role == SELLER) {
        let message = format!("the role `{SELLER}` has a seller, and no other role has one");
        return Err(Problem::invalid([FieldError::new("/seller_id", "not_allowed", message)]));
    }
    caller.check_gives(permissions)
}

/// Invites a user, and gives the token of the link by which they choose a password.
///
/// Errors: a role that there is not, or that allows more than the caller may; the address is taken.
pub(in crate::access) async fn invite(
    app: &AppState,
    caller: &Caller,
    new: NewUser,
) -> Result<(UserRow, Token), Problem> {
    let (now, store) = (app.clock.now(), caller.store_id);
    let author = Author::of(caller, now);
    let mut errors = Errors::default();
    let email = normal_email(&new.email);
    check_email(&mut errors, &email);
    errors.text("/name", new.name.trim());
    if let Some(seller) = new.seller {
        errors.id("/seller_id", seller);
    }
    errors.finish()?;
    check_role(app.db.read(), caller, (&new.role, new.seller)).await?;
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if store::user_with_email(tx, store, &email).await?.is_some() {
                    let detail = format!("the store has a user with the address `{email}`");
                    return Err(Problem::new(Code::UserExists, detail));
                }
                let name = new.name.trim().to_owned();
                let user = insert_user(tx, store, (email, name, new.role, new.seller), now).await?;
                let token = put_link(tx, store, Some(user.id), now + INVITATION).await?;
                let change = log::of_user(user.id, Action::Created).to(log::user(&user));
                activity::record(tx, &author, change).await?;
                Ok((user, token))
            })
        })
        .await
}

async fn insert_user(
    tx: &Transaction,
    store: StoreId,
    (email, name, role, seller_id): (String, String, String, Option<i64>),
    now: Timestamp,
) -> Result<UserRow, Problem> {
    let row = UserRow {
        store_id: store,
        id: next_id(tx, store, "store_user", 1).await?,
        email,
        name,
        password_hash: None,
        role,
        seller_id,
        status: "active".to_owned(),
        totp_secret: None,
        totp_confirmed_at: None,
        totp_last_period: 0,
        created_at: now.as_millisecond(),
    };
    store::put_user(tx, row.clone()).await?;
    Ok(row)
}

async fn put_link(
    tx: &Transaction,
    store: StoreId,
    user: Option<i64>,
    expires_at: Timestamp,
) -> Result<Token, Problem> {
    let token = Token::generate();
    let row = LinkRow {
        store_id: store,
        id: next_id(tx, store, "setup_link", 1).await?,
        user_id: user,
        token_hash: hexadecimal(&token.hash()),
        expires_at: expires_at.as_millisecond(),
    };
    store::put_link(tx, row).await?;
    Ok(token)
}

/// The token of the link by which the first user of a new store is made.
pub(in crate::access) async fn put_first_link(
    tx: &Transaction,
    store: StoreId,
    now: Timestamp,
) -> Result<Token, Problem> {
    put_link(tx, store, None, now + FIRST_LINK).await
}

/// The token of another link by which the first user of a store is made, unless it has users.
pub async fn first_link(db: &Db, store: StoreId, now: Timestamp) -> Result<Option<Token>, Problem> {
    let linked = db.write(move |tx| {
        Box::pin(async move {
            match store::users(tx, store, None, 1).await?.is_empty() {
                true => put_first_link(tx, store, now).await.map(Some),
                false => Ok(None),
            }
        })
    });
    linked.await
}

/// The token of another link for a user, by which they choose another password. Those of before no longer work.
///
/// Errors: there is no such user; they may more than the caller.
pub(in crate::access) async fn link_for(app: &AppState, caller: &Caller, id: i64) -> Result<Token, Problem> {
    let (now, store) = (app.clock.now(), caller.store_id);
    let user = find(app.db.read(), store, id).await?;
    check_below(app, caller, &user).await?;
    let (author, expires_at) = (Author::of(caller, now), now + INVITATION);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let token = put_link(tx, store, Some(user.id), expires_at).await?;
                let change = log::of_user(user.id, Action::LinkRenewed);
                let change = change.to(json!({"expires_at": expires_at.to_string()}));
                activity::record(tx, &author, change).await?;
                Ok::<_, Problem>(token)
            })
        })
        .await
}

/// Nobody changes those who may more than they.
async fn check_below(app: &AppState, caller: &Caller, user: &UserRow) -> Result<(), Problem> {
    let permissions = permissions_of(app.db.read(), caller.store_id, &user.role).await?;
    caller.check_gives(permissions.unwrap_or_default())
}

/// Chooses the password of whom a link is for. The link works no more; whoever was signed in no longer is.
///
/// Errors: the link is not one, or no longer; the password is refused, and then the link goes on working.
pub(in crate::access) async fn set_up(app: &AppState, setup: Setup) -> Result<UserRow, Problem> {
    let now = app.clock.now();
    let gone = || Problem::new(Code::LinkNotUsable, "this link was used, has expired, or never was one");
    let link = store::link(app.db.read(), &hexadecimal(&Token::hash_of(&setup.token))).await?;
    let link = link.filter(|link| link.expires_at > now.as_millisecond()).ok_or_else(gone)?;
    let user = match link.user_id {
        Some(id) => Some(find(app.db.read(), link.store_id, id).await?),
        None => None,
    };
    let email = user
        .as_ref()
        .map_or_else(|| setup.email.as_deref().map(normal_email), |user| Some(user.email.clone()));
    let mut errors = Errors::default();
    match (&user, &email) {
        (None, Some(email)) => check_email(&mut errors, email),
        (None, None) => errors.report("/email", "required", "is required of the first user"),
        (Some(user), _) if setup.email.as_deref().is_some_and(|email| normal_email(email) != user.email) => {
            errors.report("/email", "not_allowed", "the link is for another address; leave this out");
        }
        _ => {}
    }
    if let Some(name) = &setup.name {
        errors.text("/name", name.trim());
    }
    password::check(&mut errors, "/password", &setup.password, email.as_deref());
    errors.finish()?;
    let hash = app.passwords.hash(setup.password).await?;
    let (email, name) = (email.unwrap_or_default(), setup.name.map(|name| name.trim().to_owned()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if !store::use_link(tx, &link).await? {
                    return Err(gone());
                }
                let store = link.store_id;
                let is_first = user.is_none();
                let before = match user {
                    Some(user) => find(tx, store, user.id).await?,
                    // Between two starts somebody else may have become the first.
                    None if !store::users(tx, store, None, 1).await?.is_empty() => return Err(gone()),
                    None => {
                        let name = name.clone().unwrap_or_else(|| email.clone());
                        insert_user(tx, store, (email, name, SYSTEM_ADMIN.to_owned(), None), now).await?
                    }
                };
                let name = name.unwrap_or_else(|| before.name.clone());
                let user = UserRow { password_hash: Some(hash), name, ..before.clone() };
                store::put_user(tx, user.clone()).await?;
                store::end_sessions(tx, (store, user.id), Ending::All).await?;
                let change = match is_first {
                    true => log::of_user(user.id, Action::Created).to(log::user(&user)),
                    false => log::password_chosen(&before, &user, now),
                };
                activity::record(tx, &log::themselves(&user, now), change).await?;
                Ok(user)
            })
        })
        .await
}

/// The user with this id.
///
/// Errors: there is none.
pub(in crate::access) async fn find<C: Connection>(
    db: &C,
    store: StoreId,
    id: i64,
) -> Result<UserRow, Problem> {
    store::user(db, store, id).await?.ok_or_else(|| Problem::not_found("user", id))
}

/// The users of a store, the oldest first.
pub(in crate::access) async fn list<C: Connection>(
    db: &C,
    store: StoreId,
    after: Option<i64>,
    fetch: u64,
) -> Result<Vec<UserRow>, Problem> {
    Ok(store::users(db, store, after, fetch).await?)
}

/// Changes a user. What they may is another thing with their next request; who is disabled is signed out.
///
/// Errors: there is no such user; they are, or would be, allowed more than the caller is.
pub(in crate::access) async fn change(
    app: &AppState,
    caller: &Caller,
    id: i64,
    change: UserChange,
) -> Result<UserRow, Problem> {
    let store = caller.store_id;
    let before = find(app.db.read(), store, id).await?;
    check_below(app, caller, &before).await?;
    let mut errors = Errors::default();
    if let Some(name) = &change.name {
        errors.text("/name", name.trim());
    }
    if let Some(Some(seller)) = change.seller {
        errors.id("/seller_id", seller);
    }
    errors.finish()?;
    let author = Author::of(caller, app.clock.now());
    let role = change.role.clone().unwrap_or(before.role);
    check_role(app.db.read(), caller, (&role, change.seller.unwrap_or(before.seller_id))).await?;
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let before = find(tx, store, id).await?;
                let user = before.clone();
                let status = change.is_active.map(|is| if is { "active" } else { "disabled" });
                let changed = UserRow {
                    name: change.name.map_or(user.name, |name| name.trim().to_owned()),
                    role: change.role.unwrap_or(user.role),
                    seller_id: change.seller.unwrap_or(user.seller_id),
                    status: status.map_or(user.status, str::to_owned),
                    ..user
                };
                store::put_user(tx, changed.clone()).await?;
                if !changed.is_active() {
                    store::end_sessions(tx, (store, id), Ending::All).await?;
                }
                activity::record(tx, &author, log::user_updated(&before, &changed)).await?;
                Ok(changed)
            })
        })
        .await
}

/// Chooses another password; whoever else was signed in as this user no longer is.
///
/// Errors: the present password is another one; the new one is refused.
pub(in crate::access) async fn change_password(
    app: &AppState,
    (user, session): (&UserRow, i64),
    (present, new): (String, String),
) -> Result<(), Problem> {
    let mut errors = Errors::default();
    password::check(&mut errors, "/new_password", &new, Some(&user.email));
    errors.finish()?;
    confirm_password(&app.passwords, user, present).await?;
    let hash = app.passwords.hash(new).await?;
    let (store, id, now) = (user.store_id, user.id, app.clock.now());
    let author = log::themselves(user, now);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let before = find(tx, store, id).await?;
                let changed = UserRow { password_hash: Some(hash), ..before.clone() };
                store::put_user(tx, changed.clone()).await?;
                store::end_sessions(tx, (store, id), Ending::Others(session)).await?;
                activity::record(tx, &author, log::password_chosen(&before, &changed, now)).await
            })
        })
        .await
}

/// Whether somebody who is signed in knows the password too.
///
/// Errors: they do not.
pub(in crate::access) async fn confirm_password(
    passwords: &Passwords,
    user: &UserRow,
    password: String,
) -> Result<(), Problem> {
    if passwords.verify(password, user.password_hash.clone()).await? {
        return Ok(());
    }
    let message = "is not your present password";
    Err(Problem::invalid([FieldError::new("/password", "wrong_password", message)]))
}

/// The roles that a store made, the oldest first.
pub(in crate::access) async fn roles<C: Connection>(db: &C, store: StoreId) -> Result<Vec<RoleRow>, Problem> {
    Ok(store::roles(db, store).await?)
}

/// Makes a role.
///
/// Errors: its name is taken; it would allow more than the caller may.
pub(in crate::access) async fn create_role(
    app: &AppState,
    caller: &Caller,
    (name, permissions): (String, Permissions),
) -> Result<RoleRow, Problem> {
    let mut errors = Errors::default();
    let name = name.trim().to_owned();
    errors.text("/name", &name);
    errors.finish()?;
    caller.check_gives(permissions)?;
    let (now, store) = (app.clock.now(), caller.store_id);
    let author = Author::of(caller, now);
    let permissions = serde_json::to_string(&permissions).map_err(Problem::internal)?;
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let own = store::roles(tx, store).await?;
                if BUILT_IN.iter().any(|role| role.name == name) || own.iter().any(|role| role.name == name) {
                    return Err(Problem::new(Code::RoleExists, format!("there is a role `{name}`")));
                }
                let id = next_id(tx, store, "role", 1).await?;
                let created_at = now.as_millisecond();
                let row = RoleRow { store_id: store, id, name, permissions, created_at };
                store::put_role(tx, row.clone()).await?;
                let change = log::of_role(id, Action::Created).to(log::role(&row)?);
                activity::record(tx, &author, change).await?;
                Ok(row)
            })
        })
        .await
}

/// Changes what a role allows, for all who have it, from their next request on.
///
/// Errors: there is no such role; it allows, or would allow, more than the caller may.
pub(in crate::access) async fn change_role(
    app: &AppState,
    caller: &Caller,
    (id, permissions): (i64, Permissions),
) -> Result<RoleRow, Problem> {
    let before = role(app.db.read(), caller.store_id, id).await?;
    let allowed: Permissions = serde_json::from_str(&before.permissions).map_err(Problem::internal)?;
    caller.check_gives(allowed)?;
    caller.check_gives(permissions)?;
    let permissions = serde_json::to_string(&permissions).map_err(Problem::internal)?;
    let author = Author::of(caller, app.clock.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let before = role(tx, author.store, id).await?;
                let changed = RoleRow { permissions, ..before.clone() };
                store::put_role(tx, changed.clone()).await?;
                let change = log::of_role(id, Action::Updated);
                let change = change.from(log::role(&before)?).to(log::role(&changed)?);
                activity::record(tx, &author, change).await?;
                Ok::<_, Problem>(changed)
            })
        })
        .await
}

/// Deletes a role that nobody has.
///
/// Errors: there is no such role; somebody has it.
pub(in crate::access) async fn delete_role(app: &AppState, caller: &Caller, id: i64) -> Result<(), Problem> {
    let (store, author) = (caller.store_id, Author::of(caller, app.clock.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = role(tx, store, id).await?;
                if store::is_role_used(tx, store, &row.name).await? {
                    let detail = format!("users have the role `{}`; give them another first", row.name);
                    return Err(Problem::new(Code::RoleInUse, detail));
                }
                store::delete_role(tx, store, id).await?;
                let change = log::of_role(id, Action::Deleted).from(log::role(&row)?);
                activity::record(tx, &author, change).await
            })
        })
        .await
}

async fn role<C: Connection>(db: &C, store: StoreId, id: i64) -> Result<RoleRow, Problem> {
    let found = store::roles(db, store).await?.into_iter().find(|row| row.id == id);
    found.ok_or_else(|| Problem::not_found("role", id))
}

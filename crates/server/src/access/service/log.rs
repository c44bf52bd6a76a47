//! What the activity log says of users, roles, and whose tokens a store takes: no passwords, and no secrets.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::caller::{Actor, ActorKind};
use super::permission::Permissions;
use crate::access::store::platform::IssuerRow;
use crate::access::store::user::{RoleRow, UserRow};
use crate::activity::{Action, Author, Change, Kind, Object};
use crate::platform::clock::from_milliseconds;
use crate::platform::http::Problem;

/// Somebody who signed in, as records name them.
pub(super) fn actor(user: &UserRow) -> Actor {
    Actor {
        kind: ActorKind::User,
        id: user.id.to_string().into(),
        name: user.name.as_str().into(),
        email: Some(user.email.as_str().into()),
    }
}

/// A user who changes something about themselves.
pub(super) fn themselves(user: &UserRow, now: Timestamp) -> Author {
    Author::by(user.store_id, actor(user), now)
}

/// A user as the log compares them.
pub(super) fn user(row: &UserRow) -> Value {
    json!({
        "email": row.email,
        "name": row.name,
        "role": row.role,
        "seller_id": row.seller_id,
        "status": row.status,
        "has_password": row.password_hash.is_some(),
        "has_totp": row.totp_confirmed_at.is_some(),
    })
}

/// Something that was done to a user.
pub(super) fn of_user(id: i64, action: Action) -> Change {
    Change::new(Object::one(Kind::User, id), action)
}

/// A user who is another after it than before.
pub(super) fn user_updated(before: &UserRow, after: &UserRow) -> Change {
    of_user(after.id, Action::Updated).from(user(before)).to(user(after))
}

/// A user who chose another password, of which nothing is told.
pub(super) fn password_chosen(before: &UserRow, after: &UserRow, now: Timestamp) -> Change {
    let mut document = user(after);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("password_chosen_at".to_owned(), now.to_string().into());
    }
    of_user(after.id, Action::PasswordChosen).from(user(before)).to(document)
}

/// A role as the log compares it.
pub(super) fn role(row: &RoleRow) -> Result<Value, Problem> {
    let permissions: Permissions = serde_json::from_str(&row.permissions).map_err(Problem::internal)?;
    Ok(json!({"name": row.name, "permissions": permissions}))
}

/// Something that was done to a role.
pub(super) fn of_role(id: i64, action: Action) -> Change {
    Change::new(Object::one(Kind::Role, id), action)
}

/// Whose tokens a store takes, as the log compares it: of a secret, when it was set.
pub(super) fn issuer(row: &IssuerRow) -> Result<Value, Problem> {
    let jwks: Option<Value> =
        row.jwks.as_deref().map(serde_json::from_str).transpose().map_err(Problem::internal)?;
    let set_at = row.secret.as_ref().map(|_| from_milliseconds(row.updated_at).to_string());
    Ok(json!({
        "issuer": row.issuer,
        "audience": row.audience,
        "algorithm": row.algorithm,
        "jwks": jwks,
        "secret_set_at": set_at,
    }))
}

/// Something that was done to whose tokens a store takes.
pub(super) fn of_issuer(action: Action) -> Change {
    Change::new(Object::all(Kind::TokenSettings), action)
}

//! `/v1/users` and `/v1/roles`: who may sign in to a store, and what they may do there.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::caller::May;
use crate::access::may::ManageUsers;
use crate::access::service::role::BUILT_IN;
use crate::access::service::user::{self as service, NewUser, UserChange};
use crate::access::store::user::{RoleRow, UserRow};
use crate::access::{Permission, Permissions};
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::http::{Json, List, Page, PageQuery, Path, Problem, ProblemBody, Query};

/// Somebody who may sign in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(super) struct UserOut {
    /// The id.
    id: i64,
    /// The e-mail address, by which they sign in, in lower case.
    email: String,
    /// What people call them.
    name: String,
    /// What they may do: the name of a role.
    #[schema(example = "marketer")]
    role: String,
    /// The seller for whom they act; with the role `seller` only.
    seller_id: Option<i64>,
    /// Whether they may sign in.
    status: StatusOut,
    /// Whether they sign in with a code of an authenticator app too.
    has_totp: bool,
    /// When they were invited.
    created_at: String,
}

/// Whether a user may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UserStatus)]
pub(super) enum StatusOut {
    /// They were invited, and have no password yet.
    Invited,
    /// They may.
    Active,
    /// They may not.
    Disabled,
}

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewUser)]
pub(super) struct NewUserIn {
    /// The e-mail address, by which they will sign in.
    #[schema(example = "ada@example.com")]
    email: String,
    /// What people call them, 1 to 250 characters.
    #[schema(example = "Ada")]
    name: String,
    /// What they may do: the name of a role that allows no more than you may.
    #[schema(example = "marketer")]
    role: String,
    /// The seller for whom they act; with the role `seller` only.
    seller_id: Option<i64>,
}

/// Tells a field that is null, which clears it, from one that is left out.
fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// What to change of a user; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserChange)]
pub(super) struct UserPatch {
    /// What people call them, 1 to 250 characters.
    name: Option<String>,
    /// What they may do: the name of a role.
    role: Option<String>,
    /// The seller for whom they act; `null` for none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    seller_id: Option<Option<i64>>,
    /// Whether they may sign in. Who may not is signed out at once.
    is_active: Option<bool>,
}

/// A user, and the link by which they choose a password.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvitedUser)]
pub(super) struct InvitedOut {
    /// The user.
    user: UserOut,
    /// Where they choose a password, once, within three days. It is shown now, and never again; send it to them.
    setup_url: String,
}

/// A link by which a user chooses a password.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SetupLink)]
pub(super) struct LinkOut {
    /// Where they choose a password, once, within three days. Links of before no longer work.
    setup_url: String,
}

/// Permissions that are given together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Role)]
pub(super) struct RoleOut {
    /// The id; `null` for a role that every store has.
    id: Option<i64>,
    /// The name by which users and tokens have it.
    #[schema(example = "marketer")]
    name: String,
    /// What it allows.
    #[schema(value_type = Vec<Permission>)]
    permissions: Permissions,
}

/// The roles of a store.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Roles {
    /// Those that every store has, then its own.
    data: Vec<RoleOut>,
}

/// A role to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRole)]
pub(super) struct NewRoleIn {
    /// The name, 1 to 250 characters; it stays.
    name: String,
    /// What it allows, of what you may.
    #[schema(value_type = Vec<Permission>)]
    permissions: Permissions,
}

/// What a role is to allow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RoleChange)]
pub(super) struct RolePatch {
    /// What it allows, of what you may.
    #[schema(value_type = Vec<Permission>)]
    permissions: Permissions,
}

impl From<UserRow> for UserOut {
    fn from(row: UserRow) -> Self {
        let status = match (row.is_active(), &row.password_hash) {
            (false, _) => StatusOut::Disabled,
            (true, None) => StatusOut::Invited,
            (true, Some(_)) => StatusOut::Active,
        };
        Self {
            id: row.id,
            email: row.email,
            name: row.name,
            role: row.role,
            seller_id: row.seller_id,
            status,
            has_totp: row.totp_confirmed_at.is_some(),
            created_at: from_milliseconds(row.created_at).to_string(),
        }
    }
}

impl TryFrom<RoleRow> for RoleOut {
    type Error = Problem;

    fn try_from(row: RoleRow) -> Result<Self, Problem> {
        let permissions = serde_json::from_str(&row.permissions).map_err(Problem::internal)?;
        Ok(Self { id: Some(row.id), name: row.name, permissions })
    }
}

/// The users of the store, the oldest first.
#[utoipa::path(get, path = "/v1/users", tag = "access", operation_id = "listUsers",
    security(("secret_key" = [ManageUsers])), params(PageQuery),
    responses((status = 200, description = "A page of users.", body = inline(List<UserOut>))))]
pub(super) async fn list(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<UserOut>>, Problem> {
    let page: Page<i64> = query.page()?;
    let rows = service::list(app.db.read(), caller.store_id, page.after, page.fetch()).await?;
    Ok(Json(page.list(rows, |row| row.id, UserOut::from)))
}

/// A user.
#[utoipa::path(get, path = "/v1/users/{id}", tag = "access", operation_id = "getUser",
    security(("secret_key" = [ManageUsers])), params(("id" = i64, Path, description = "The user's id.")),
    responses((status = 200, description = "The user.", body = UserOut),
              (status = 404, description = "There is no such user.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn show(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<UserOut>, Problem> {
    Ok(Json(service::find(app.db.read(), caller.store_id, id).await?.into()))
}

/// Invites a user. The answer has the link by which they choose a password.
#[utoipa::path(post, path = "/v1/users", tag = "access", operation_id = "inviteUser",
    security(("secret_key" = [ManageUsers])), request_body = NewUserIn,
    responses((status = 201, description = "The user, and the link.", body = InvitedOut),
              (status = 403, description = "The role allows more than you may.", body = ProblemBody,
               content_type = "application/problem+json"),
              (status = 409, description = "The store has a user with this address.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn invite(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
    Json(body): Json<NewUserIn>,
) -> Result<(StatusCode, Json<InvitedOut>), Problem> {
    let NewUserIn { email, name, role, seller_id } = body;
    let (user, token) =
        service::invite(&app, &caller, NewUser { email, name, role, seller: seller_id }).await?;
    let invited = InvitedOut { user: user.into(), setup_url: app.setup_url(&token) };
    Ok((StatusCode::CREATED, Json(invited)))
}

/// Changes a user.
#[utoipa::path(patch, path = "/v1/users/{id}", tag = "access", operation_id = "changeUser",
    security(("secret_key" = [ManageUsers])), params(("id" = i64, Path, description = "The user's id.")),
    request_body = UserPatch,
    responses((status = 200, description = "The user after the change.", body = UserOut),
              (status = 403, description = "They are, or would be, allowed more than you.", body = ProblemBody,
               content_type = "application/problem+json"),
              (status = 404, description = "There is no such user.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn change(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    Json(patch): Json<UserPatch>,
) -> Result<Json<UserOut>, Problem> {
    let UserPatch { name, role, seller_id, is_active } = patch;
    let change = UserChange { name, role, seller: seller_id, is_active };
    Ok(Json(service::change(&app, &caller, id, change).await?.into()))
}

/// Another link by which a user chooses a password: for who lost the first, or the password.
#[utoipa::path(post, path = "/v1/users/{id}/setup-link", tag = "access", operation_id = "renewSetupLink",
    security(("secret_key" = [ManageUsers])), params(("id" = i64, Path, description = "The user's id.")),
    responses((status = 201, description = "The link.", body = LinkOut),
              (status = 404, description = "There is no such user.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn renew_link(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
) -> Result<(StatusCode, Json<LinkOut>), Problem> {
    let token = service::link_for(&app, &caller, id).await?;
    Ok((StatusCode::CREATED, Json(LinkOut { setup_url: app.setup_url(&token) })))
}

/// The roles of the store.
#[utoipa::path(get, path = "/v1/roles", tag = "access", operation_id = "listRoles",
    security(("secret_key" = [ManageUsers])),
    responses((status = 200, description = "All of them.", body = Roles)))]
pub(super) async fn list_roles(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
) -> Result<Json<Roles>, Problem> {
    let built_in = BUILT_IN
        .into_iter()
        .map(|role| Ok(RoleOut { id: None, name: role.name.to_owned(), permissions: role.permissions }));
    let own = service::roles(app.db.read(), caller.store_id).await?;
    let data: Result<_, Problem> = built_in.chain(own.into_iter().map(RoleOut::try_from)).collect();
    Ok(Json(Roles { data: data? }))
}

/// Makes a role.
#[utoipa::path(post, path = "/v1/roles", tag = "access", operation_id = "createRole",
    security(("secret_key" = [ManageUsers])), request_body = NewRoleIn,
    responses((status = 201, description = "The role.", body = RoleOut),
              (status = 403, description = "It would allow more than you may.", body = ProblemBody,
               content_type = "application/problem+json"),
              (status = 409, description = "There is one of this name.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn create_role(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
    Json(body): Json<NewRoleIn>,
) -> Result<(StatusCode, Json<RoleOut>), Problem> {
    let row = service::create_role(&app, &caller, (body.name, body.permissions)).await?;
    Ok((StatusCode::CREATED, Json(row.try_into()?)))
}

/// Changes what a role allows, for everyone who has it, from their next request on.
#[utoipa::path(patch, path = "/v1/roles/{id}", tag = "access", operation_id = "changeRole",
    security(("secret_key" = [ManageUsers])), params(("id" = i64, Path, description = "The role's id.")),
    request_body = RolePatch,
    responses((status = 200, description = "The role after the change.", body = RoleOut),
              (status = 403, description = "It allows, or would allow, more than you may.", body = ProblemBody,
               content_type = "application/problem+json"),
              (status = 404, description = "The store has made no such role.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn change_role(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
    Json(patch): Json<RolePatch>,
) -> Result<Json<RoleOut>, Problem> {
    Ok(Json(service::change_role(&app, &caller, (id, patch.permissions)).await?.try_into()?))
}

/// Deletes a role that nobody has.
#[utoipa::path(delete, path = "/v1/roles/{id}", tag = "access", operation_id = "deleteRole",
    security(("secret_key" = [ManageUsers])), params(("id" = i64, Path, description = "The role's id.")),
    responses((status = 204, description = "It is deleted."),
              (status = 404, description = "The store has made no such role.", body = ProblemBody,
               content_type = "application/problem+json"),
              (status = 409, description = "Users have it.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn delete_role(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    service::delete_role(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

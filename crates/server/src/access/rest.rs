//! Access over HTTP: the callers that handlers take, keys, users, sessions, tokens and stores.

mod caller;
mod cookie;
mod issuer;
mod key;
mod session;
mod shop;
mod user;

use axum::routing::{delete, get, patch, post};
use utoipa::OpenApi;

use crate::app::AppState;
use crate::platform::http::Feature;

pub(crate) use caller::authorize;
pub use caller::{AnyCaller, Anybody, May, Operator, SellerMay, SignedIn, Staff};

#[derive(OpenApi)]
#[openapi(
    paths(
        key::list, key::create, key::revoke,
        user::list, user::show, user::invite, user::change, user::renew_link,
        user::list_roles, user::create_role, user::change_role, user::delete_role,
        session::set_up, session::sign_in, session::list, session::sign_out, session::end,
        session::me, session::change_password, session::begin_totp, session::confirm_totp, session::remove_totp,
        issuer::get, issuer::put, issuer::delete,
        shop::create, shop::list,
    ),
    components(schemas(
        key::KeyOut, key::NewKeyIn, key::MadeKeyOut, key::KindOut, super::Permission,
        user::UserOut, user::StatusOut, user::NewUserIn, user::UserPatch, user::InvitedOut, user::LinkOut,
        user::RoleOut, user::Roles, user::NewRoleIn, user::RolePatch,
        session::SetupIn, session::SignInIn, session::MeOut, session::SessionOut, session::Sessions,
        session::PasswordChange, session::PasswordOnly, session::CodeOnly, session::TotpSecret, session::RecoveryCodes,
        issuer::IssuerIn, issuer::IssuerOut, issuer::TokenAlgorithm,
        shop::StoreOut, shop::NewStoreIn, shop::MadeStoreOut,
    )),
    tags((name = "access", description = "Who may do what in the store."))
)]
struct Documentation;

/// The access feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("access", Documentation::openapi())
        .route("/v1/api-keys", get(key::list).post(key::create))
        .route("/v1/api-keys/{id}/revoke", post(key::revoke))
        .route("/v1/users", get(user::list).post(user::invite))
        .route("/v1/users/{id}", get(user::show).patch(user::change))
        .route("/v1/users/{id}/setup-link", post(user::renew_link))
        .route("/v1/roles", get(user::list_roles).post(user::create_role))
        .route("/v1/roles/{id}", patch(user::change_role).delete(user::delete_role))
        .route("/v1/setup", post(session::set_up))
        .route("/v1/sessions", get(session::list).post(session::sign_in))
        .route("/v1/sessions/current", delete(session::sign_out))
        .route("/v1/sessions/{id}", delete(session::end))
        .route("/v1/me", get(session::me))
        .route("/v1/me/password", post(session::change_password))
        .route("/v1/me/totp", post(session::begin_totp).delete(session::remove_totp))
        .route("/v1/me/totp/confirm", post(session::confirm_totp))
        .route("/v1/settings/jwt", get(issuer::get).put(issuer::put).delete(issuer::delete))
        .route("/v1/stores", get(shop::list).post(shop::create))
}

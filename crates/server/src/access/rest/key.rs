//! `/v1/api-keys`: the keys of a store.

use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::May;
use crate::access::may::ManageUsers;
use crate::access::service::{self, NewKey};
use crate::access::store::KeyRow;
use crate::access::{Kind, Permission, Permissions};
use crate::activity::Author;
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::http::{Errors, Json, List, Page, PageQuery, Path, Problem, ProblemBody, Query};

/// An API key, without its text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(super) struct KeyOut {
    /// Its id.
    id: i64,
    /// Where it may be shown.
    kind: KindOut,
    /// What people call it.
    #[schema(example = "Warehouse")]
    name: String,
    /// The end of its text, by which people tell their keys apart.
    #[schema(example = "x7Qd")]
    last_four: String,
    /// What it may do; `null` for everything that a key of its kind may.
    #[schema(value_type = Option<Vec<Permission>>)]
    scopes: Option<Permissions>,
    /// When it was made.
    created_at: String,
    /// Who made it: `key/` or `user/` with an id, `token/` with a subject, or `system/largesse`.
    #[schema(example = "user/3")]
    created_by: Option<String>,
    /// When it stops working; `null` for never.
    expires_at: Option<String>,
    /// When it was last used, to the minute or two; `null` when it never was.
    last_used_at: Option<String>,
    /// When it was revoked; `null` while it works.
    revoked_at: Option<String>,
}

/// Where a key may be shown.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ApiKeyKind)]
pub(super) enum KindOut {
    /// On servers only; it begins with `sk_`.
    Secret,
    /// In web pages too, because it may do what any shopper may; it begins with `pk_`.
    Publishable,
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApiKey)]
pub(super) struct NewKeyIn {
    /// Where it may be shown.
    kind: KindOut,
    /// What people call it, 1 to 250 characters.
    #[schema(example = "Warehouse")]
    name: String,
    /// What it may do, of what its maker may; everything when left out. Not for publishable keys.
    #[schema(value_type = Option<Vec<Permission>>)]
    scopes: Option<Permissions>,
    /// When it stops working: RFC 3339, in the future; never when left out.
    #[schema(example = "2027-01-01T00:00:00Z")]
    expires_at: Option<String>,
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MadeApiKey)]
pub(super) struct MadeKeyOut {
    /// The text of the key. It is shown now, and never again.
    #[schema(example = "sk_…")]
    key: String,
    /// What is known of it.
    #[serde(flatten)]
    about: KeyOut,
}

impl NewKeyIn {
    fn check(self, now: Timestamp) -> Result<NewKey, Problem> {
        let mut errors = Errors::default();
        let name = self.name.trim();
        errors.text("/name", name);
        let kind = Kind::from(self.kind);
        if kind == Kind::Publishable && self.scopes.is_some() {
            let message = "only secret keys have scopes: publishable ones may do what any shopper may";
            errors.report("/scopes", "not_allowed", message);
        }
        let expires_at = match self.expires_at.map(|text| text.parse::<Timestamp>()) {
            None => None,
            Some(Ok(instant)) if instant > now => Some(instant),
            Some(Ok(_)) => {
                errors.report("/expires_at", "out_of_range", "must be in the future");
                None
            }
            Some(Err(_)) => {
                let message = "must be an instant with its offset, such as \"2027-01-01T00:00:00Z\"";
                errors.report("/expires_at", "type", message);
                None
            }
        };
        errors.finish()?;
        Ok(NewKey { kind, name: name.to_owned(), scopes: self.scopes, expires_at })
    }
}

impl From<KindOut> for Kind {
    fn from(kind: KindOut) -> Self {
        match kind {
            KindOut::Secret => Self::Secret,
            KindOut::Publishable => Self::Publishable,
        }
    }
}

impl From<Kind> for KindOut {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Secret => Self::Secret,
            Kind::Publishable => Self::Publishable,
        }
    }
}

impl TryFrom<KeyRow> for KeyOut {
    type Error = Problem;

    fn try_from(row: KeyRow) -> Result<Self, Problem> {
        let instant = |milliseconds: i64| from_milliseconds(milliseconds).to_string();
        let scopes = row.scopes.as_deref().map(serde_json::from_str).transpose();
        Ok(Self {
            id: row.id,
            kind: row.kind.into(),
            name: row.name,
            last_four: row.last_four,
            scopes: scopes.map_err(Problem::internal)?,
            created_at: instant(row.created_at),
            created_by: row.created_by,
            expires_at: row.expires_at.map(instant),
            last_used_at: row.last_used_at.map(instant),
            revoked_at: row.revoked_at.map(instant),
        })
    }
}

/// The keys of the store, the oldest first, without their texts.
#[utoipa::path(get, path = "/v1/api-keys", tag = "access", operation_id = "listApiKeys",
    security(("secret_key" = [ManageUsers])), params(PageQuery),
    responses((status = 200, description = "A page of keys.", body = inline(List<KeyOut>))))]
pub(super) async fn list(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<KeyOut>>, Problem> {
    let page: Page<i64> = query.page()?;
    let rows = service::list_keys(app.db.read(), caller.store_id, page.after, page.fetch()).await?;
    let List { data, next_cursor } = page.list(rows, |row| row.id, KeyOut::try_from);
    Ok(Json(List { data: data.into_iter().collect::<Result<_, _>>()?, next_cursor }))
}

/// Makes a key. Its text is in the answer, and nowhere else.
#[utoipa::path(post, path = "/v1/api-keys", tag = "access", operation_id = "createApiKey",
    security(("secret_key" = [ManageUsers])), request_body = NewKeyIn,
    responses((status = 201, description = "The key, with its text.", body = MadeKeyOut),
              (status = 403, description = "It would be allowed more than its maker is.", body = ProblemBody,
               content_type = "application/problem+json"),
              (status = 422, description = "Something is not as it must be.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn create(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
    Json(body): Json<NewKeyIn>,
) -> Result<(StatusCode, Json<MadeKeyOut>), Problem> {
    let new = body.check(app.clock.now())?;
    let (secret, row) = service::create_key_for(&app, &caller, new).await?;
    let made = MadeKeyOut { key: secret.reveal().to_owned(), about: row.try_into()? };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Revokes a key: it stops working at once, on other nodes within a second. It stays in the list.
#[utoipa::path(post, path = "/v1/api-keys/{id}/revoke", tag = "access", operation_id = "revokeApiKey",
    security(("secret_key" = [ManageUsers])), params(("id" = i64, Path, description = "The key's id.")),
    responses((status = 200, description = "The key, which no longer works.", body = KeyOut),
              (status = 404, description = "There is no such key.", body = ProblemBody,
               content_type = "application/problem+json")))]
pub(super) async fn revoke(
    caller: May<ManageUsers>,
    State(app): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<KeyOut>, Problem> {
    Ok(Json(service::revoke_key(&app, &Author::of(&caller, app.clock.now()), id).await?.try_into()?))
}

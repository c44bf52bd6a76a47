//! `/promotions/{id}/codes`, `/codegen` and `/promotions/codes`.

mod codegen;

use axum::extract::{RawQuery, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::caller::Merchant;
use super::envelope::{NumberedPage, cursor_meta, id_of_cursor, many, one};
use super::error::Refusal;
use super::promotions::{DeleteQuery, instant};
use crate::access::may::{EditPromotions, ManagePromotions};
use crate::app::AppState;
use crate::coupon::service::{self, CodePart, CodeTerms, StoredCode};
use crate::platform::http::{FieldError, Json, Path, Problem, Query};

pub(super) use codegen::{__path_generate, Codegen, generate};

const DELETE_MAX: usize = 250;
const USES_MAX: u64 = 1_000_000_000;

/// What the list of codes may be asked.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Exactly this code.
    code: Option<String>,
    /// The codes before this cursor.
    before: Option<String>,
    /// The codes after this cursor.
    after: Option<String>,
    /// The page, from 1; not together with a cursor.
    page: Option<u64>,
    /// How many to a page, 1 to 250; 50 unless told.
    limit: Option<u64>,
}

/// Which code is meant.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CodeQuery {
    /// The code, however it is spelled.
    code: Option<String>,
}

/// A code to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BigCommerceNewCode)]
pub(super) struct NewCode {
    /// 1 to 50 letters, digits, spaces, `_` and `-`.
    code: String,
    /// How often it may be used; 0, the default, is without limit.
    #[serde(default)]
    max_uses: u64,
    /// How often one customer may use it; 0, the default, is without limit.
    #[serde(default)]
    max_uses_per_customer: u64,
}

/// The codes of a promotion.
#[utoipa::path(get, path = "/stores/{hash}/v3/promotions/{id}/codes", tag = "bigcommerce",
    operation_id = "bcListCodes", security(("auth_token" = [ManagePromotions])),
    params(("hash" = String, Path, description = "The store's hash."),
           ("id" = i64, Path, description = "The promotion's id."), ListQuery),
    responses((status = 200, description = "A page of codes.")))]
pub(super) async fn list(
    merchant: Merchant<ManagePromotions>,
    Shared(app): Shared<AppState>,
    path: Result<Path<(String, i64)>, Problem>,
    RawQuery(raw): RawQuery,
    query: Result<Query<ListQuery>, Problem>,
) -> Result<Response, Refusal> {
    let Path((_, promotion)) = path?;
    let Query(query) = query?;
    let raw = raw.unwrap_or_default();
    let numbered = NumberedPage::read(query.page, query.limit)?;
    let part = query.part(numbered)?;
    let text = query.code.as_deref();
    let mut found = service::list(&app, merchant.store, promotion, text, part, numbered.limit + 1).await?;
    let limit = usize::try_from(numbered.limit).unwrap_or(usize::MAX);
    let has_more = found.len() > limit;
    if has_more && matches!(part, CodePart::Before(_)) {
        found.remove(0);
    }
    found.truncate(limit);
    let ids: Vec<i64> = found.iter().map(|code| code.id).collect();
    let (has_next, has_previous) = match part {
        CodePart::Before(_) => (true, has_more),
        CodePart::After(_) => (has_more, true),
        CodePart::First | CodePart::Offset(_) => (has_more, numbered.page > 1),
    };
    let mut meta = serde_json::Map::new();
    if query.page.is_none() {
        let cursors = cursor_meta(&ids, numbered.limit, has_next, has_previous, &raw);
        meta.insert("cursor_pagination".to_owned(), cursors);
    }
    if query.before.is_none() && query.after.is_none() {
        let total = match text {
            Some(_) => found.len() as u64,
            None => service::count(app.db.read(), merchant.store, promotion).await?,
        };
        meta.insert("pagination".to_owned(), numbered.meta(found.len(), total, &raw));
    }
    Ok(many(found.into_iter().map(show).collect(), meta.into()))
}

/// Adds a code.
#[utoipa::path(post, path = "/stores/{hash}/v3/promotions/{id}/codes", tag = "bigcommerce",
    operation_id = "bcCreateCode", security(("auth_token" = [EditPromotions])), request_body = NewCode,
    params(("hash" = String, Path, description = "The store's hash."),
           ("id" = i64, Path, description = "The promotion's id.")),
    responses((status = 201, description = "The code.")))]
pub(super) async fn add(
    merchant: Merchant<EditPromotions>,
    Shared(app): Shared<AppState>,
    path: Result<Path<(String, i64)>, Problem>,
    body: Result<Json<NewCode>, Problem>,
) -> Result<Response, Refusal> {
    let Path((_, promotion)) = path?;
    let Json(new) = body?;
    let terms = new.terms()?;
    let added = service::add(&app, &merchant.author(&app), promotion, &new.code, terms).await?;
    Ok(one(StatusCode::CREATED, show(added)))
}

/// Deletes codes of a promotion.
#[utoipa::path(delete, path = "/stores/{hash}/v3/promotions/{id}/codes", tag = "bigcommerce",
    operation_id = "bcDeleteCodes", security(("auth_token" = [EditPromotions])),
    params(("hash" = String, Path, description = "The store's hash."),
           ("id" = i64, Path, description = "The promotion's id."), DeleteQuery),
    responses((status = 204, description = "They are gone.")))]
pub(super) async fn delete_many(
    merchant: Merchant<EditPromotions>,
    Shared(app): Shared<AppState>,
    path: Result<Path<(String, i64)>, Problem>,
    query: Result<Query<DeleteQuery>, Problem>,
) -> Result<Response, Refusal> {
    let Path((_, promotion)) = path?;
    let codes =
        query.and_then(|Query(query)| query.ids(DELETE_MAX)).map_err(|problem| Refusal::of_bulk(&problem))?;
    service::delete(&app, &merchant.author(&app), promotion, codes).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Deletes one code of a promotion.
#[utoipa::path(delete, path = "/stores/{hash}/v3/promotions/{id}/codes/{code_id}", tag = "bigcommerce",
    operation_id = "bcDeleteCode", security(("auth_token" = [EditPromotions])),
    params(("hash" = String, Path, description = "The store's hash."),
           ("id" = i64, Path, description = "The promotion's id."),
           ("code_id" = i64, Path, description = "The code's id.")),
    responses((status = 204, description = "It is gone, or was never there.")))]
pub(super) async fn delete_one(
    merchant: Merchant<EditPromotions>,
    Shared(app): Shared<AppState>,
    path: Result<Path<(String, i64, i64)>, Problem>,
) -> Result<Response, Refusal> {
    let Path((_, promotion, code)) = path?;
    service::delete(&app, &merchant.author(&app), promotion, vec![code]).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Finds a code by its text.
#[utoipa::path(get, path = "/stores/{hash}/v3/promotions/codes", tag = "bigcommerce",
    operation_id = "bcFindCode", security(("auth_token" = [ManagePromotions])),
    params(("hash" = String, Path, description = "The store's hash."), CodeQuery),
    responses((status = 200, description = "A list with the code, or an empty one.")))]
pub(super) async fn find(
    merchant: Merchant<ManagePromotions>,
    Shared(app): Shared<AppState>,
    query: Result<Query<CodeQuery>, Problem>,
) -> Result<Response, Refusal> {
    let text = query?.0.text()?;
    let found = service::find(&app, merchant.store, &text).await?;
    let page = NumberedPage { page: 1, limit: 50 };
    let data: Vec<Value> = found.into_iter().map(show).collect();
    let meta = json!({"pagination": page.meta(data.len(), data.len() as u64, "")});
    Ok(many(data, meta))
}

/// Deletes a code by its text.
#[utoipa::path(delete, path = "/stores/{hash}/v3/promotions/codes", tag = "bigcommerce",
    operation_id = "bcDeleteCodeByText", security(("auth_token" = [EditPromotions])),
    params(("hash" = String, Path, description = "The store's hash."), CodeQuery),
    responses((status = 204, description = "It is gone, or was never there.")))]
pub(super) async fn delete_by_text(
    merchant: Merchant<EditPromotions>,
    Shared(app): Shared<AppState>,
    query: Result<Query<CodeQuery>, Problem>,
) -> Result<Response, Refusal> {
    let text = query?.0.text()?;
    service::delete_by_text(&app, &merchant.author(&app), &text).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl ListQuery {
    fn part(&self, numbered: NumberedPage) -> Result<CodePart, Problem> {
        match (self.before.as_deref(), self.after.as_deref(), self.page) {
            (None, None, None) => Ok(CodePart::First),
            (None, None, Some(_)) => Ok(CodePart::Offset(numbered.offset())),
            (Some(before), None, None) => id_of_cursor("before", before).map(CodePart::Before),
            (None, Some(after), None) => id_of_cursor("after", after).map(CodePart::After),
            _ => {
                let message = "`before`, `after` and `page` exclude each other";
                Err(Problem::invalid([FieldError::new("?page", "conflict", message)]))
            }
        }
    }
}

impl CodeQuery {
    fn text(self) -> Result<String, Problem> {
        let text = self.code.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| Problem::invalid([FieldError::new("?code", "required", "is required")]))
    }
}

impl NewCode {
    fn terms(&self) -> Result<CodeTerms, Problem> {
        let fields = [("/max_uses", self.max_uses), ("/max_uses_per_customer", self.max_uses_per_customer)];
        let message = format!("must be from 0, without limit, to {USES_MAX}");
        let too_many = fields.into_iter().find(|(_, uses)| *uses > USES_MAX);
        match too_many {
            Some((pointer, _)) => Err(Problem::invalid([FieldError::new(pointer, "out_of_range", message)])),
            None => {
                let (uses, uses_per_customer) = (self.max_uses, self.max_uses_per_customer);
                Ok(CodeTerms { uses, uses_per_customer, ..CodeTerms::default() })
            }
        }
    }
}

fn show(code: StoredCode) -> Value {
    json!({
        "id": code.id,
        "code": code.code,
        "current_uses": code.current_uses,
        "max_uses": code.max_uses,
        "max_uses_per_customer": code.max_uses_per_customer,
        "created": instant(code.created),
    })
}

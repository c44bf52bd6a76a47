//! `/promotions` and `/promotions/{id}`.

use axum::extract::{RawQuery, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::IntoParams;

use super::caller::Merchant;
use super::envelope::{NumberedPage, many, one};
use super::error::Refusal;
use crate::access::may::{AddPromotions, DeletePromotions, EditPromotions, ManagePromotions};
use crate::app::AppState;
use crate::coupon;
use crate::platform::http::{FieldError, JsonValue, Path, Problem, Query};
use crate::platform::ids::StoreId;
use crate::promotion::service::{self, Filter, Sort, State, Stored};

const DELETE_MAX: usize = 50;

/// What the list may be asked.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only this id.
    id: Option<i64>,
    /// Exactly this name.
    name: Option<String>,
    /// The promotion of exactly this code.
    code: Option<String>,
    /// A part of the name, or exactly a code.
    query: Option<String>,
    /// ISO 4217, or `*`.
    currency_code: Option<String>,
    /// `automatic` or `coupon`.
    redemption_type: Option<String>,
    /// `ENABLED`, `DISABLED` or `INVALID`.
    status: Option<String>,
    /// Ids of channels, separated by commas; promotions of all channels are found too.
    channels: Option<String>,
    /// `id`, `name`, `priority` or `start_date`.
    sort: Option<String>,
    /// `asc` or `desc`.
    direction: Option<String>,
    /// The page, from 1.
    page: Option<u64>,
    /// How many to a page, 1 to 250; 50 unless told.
    limit: Option<u64>,
}

/// Which promotions to delete.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DeleteQuery {
    /// Ids separated by commas.
    #[serde(rename = "id:in")]
    ids: Option<String>,
}

/// The store's promotions.
#[utoipa::path(get, path = "/stores/{hash}/v3/promotions", tag = "bigcommerce", operation_id = "bcListPromotions",
    security(("auth_token" = [ManagePromotions])), params(("hash" = String, Path, description = "The store's hash."), ListQuery),
    responses((status = 200, description = "A page of promotions.")))]
pub(super) async fn list(
    merchant: Merchant<ManagePromotions>,
    Shared(app): Shared<AppState>,
    RawQuery(raw): RawQuery,
    query: Result<Query<ListQuery>, Problem>,
) -> Result<Response, Refusal> {
    let Query(query) = query?;
    let page = NumberedPage::read(query.page, query.limit)?;
    let filter = query.filter(app.clock.now())?;
    let (found, total) =
        service::list_by_offset(&app, merchant.store, filter, page.offset(), page.limit).await?;
    let mut data = Vec::with_capacity(found.len());
    for stored in found {
        data.push(show(&app, merchant.store, stored).await?);
    }
    let meta = json!({"pagination": page.meta(data.len(), total, &raw.unwrap_or_default())});
    Ok(many(data, meta))
}

/// Makes a promotion.
#[utoipa::path(post, path = "/stores/{hash}/v3/promotions", tag = "bigcommerce",
    operation_id = "bcCreatePromotion", security(("auth_token" = [AddPromotions])),
    params(("hash" = String, Path, description = "The store's hash.")), request_body = serde_json::Value,
    responses((status = 201, description = "The promotion.")))]
pub(super) async fn create(
    merchant: Merchant<AddPromotions>,
    Shared(app): Shared<AppState>,
    body: Result<JsonValue, Problem>,
) -> Result<Response, Refusal> {
    let JsonValue(document) = body?;
    let stored = service::create(&app, &merchant.author(&app), &document, "bigcommerce").await?;
    Ok(one(StatusCode::CREATED, show(&app, merchant.store, stored).await?))
}

/// One promotion.
#[utoipa::path(get, path = "/stores/{hash}/v3/promotions/{id}", tag = "bigcommerce",
    operation_id = "bcGetPromotion", security(("auth_token" = [ManagePromotions])),
    params(("hash" = String, Path, description = "The store's hash."),
           ("id" = i64, Path, description = "The promotion's id.")),
    responses((status = 200, description = "The promotion.")))]
pub(super) async fn read(
    merchant: Merchant<ManagePromotions>,
    Shared(app): Shared<AppState>,
    path: Result<Path<(String, i64)>, Problem>,
) -> Result<Response, Refusal> {
    let stored = visible(&app, merchant.store, path?.0.1).await?;
    Ok(one(StatusCode::OK, show(&app, merchant.store, stored).await?))
}

/// Changes the fields that are sent.
#[utoipa::path(put, path = "/stores/{hash}/v3/promotions/{id}", tag = "bigcommerce",
    operation_id = "bcUpdatePromotion", security(("auth_token" = [EditPromotions])), request_body = serde_json::Value,
    params(("hash" = String, Path, description = "The store's hash."),
           ("id" = i64, Path, description = "The promotion's id.")),
    responses((status = 200, description = "The promotion after the change.")))]
pub(super) async fn change(
    merchant: Merchant<EditPromotions>,
    Shared(app): Shared<AppState>,
    path: Result<Path<(String, i64)>, Problem>,
    body: Result<JsonValue, Problem>,
) -> Result<Response, Refusal> {
    let Path((_, id)) = path?;
    let JsonValue(patch) = body?;
    visible(&app, merchant.store, id).await?;
    let stored = service::update(&app, &merchant.author(&app), id, &patch, None).await?;
    Ok(one(StatusCode::OK, show(&app, merchant.store, stored).await?))
}

/// Deletes a promotion that has no codes; here it is archived, for the record.
#[utoipa::path(delete, path = "/stores/{hash}/v3/promotions/{id}", tag = "bigcommerce",
    operation_id = "bcDeletePromotion", security(("auth_token" = [DeletePromotions])),
    params(("hash" = String, Path, description = "The store's hash."),
           ("id" = i64, Path, description = "The promotion's id.")),
    responses((status = 204, description = "It is gone, or was never there.")))]
pub(super) async fn delete_one(
    merchant: Merchant<DeletePromotions>,
    Shared(app): Shared<AppState>,
    path: Result<Path<(String, i64)>, Problem>,
) -> Result<Response, Refusal> {
    let Path((_, id)) = path?;
    if !service::archive(&app, &merchant.author(&app), vec![id]).await?.is_empty() {
        return Err(Problem::invalid([FieldError::new("", "conflict", codes_remain(id))]).into());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Deletes several promotions that have no codes.
#[utoipa::path(delete, path = "/stores/{hash}/v3/promotions", tag = "bigcommerce",
    operation_id = "bcDeletePromotions", security(("auth_token" = [DeletePromotions])),
    params(("hash" = String, Path, description = "The store's hash."), DeleteQuery),
    responses((status = 204, description = "They are gone.")))]
pub(super) async fn delete_many(
    merchant: Merchant<DeletePromotions>,
    Shared(app): Shared<AppState>,
    query: Result<Query<DeleteQuery>, Problem>,
) -> Result<Response, Refusal> {
    let ids =
        query.and_then(|Query(query)| query.ids(DELETE_MAX)).map_err(|problem| Refusal::of_bulk(&problem))?;
    let kept = service::archive(&app, &merchant.author(&app), ids.clone()).await?;
    let failed: Vec<(usize, String)> = ids
        .iter()
        .enumerate()
        .filter(|(_, id)| kept.contains(id))
        .map(|(at, id)| (at, codes_remain(*id)))
        .collect();
    if failed.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Err(Refusal::bulk(&failed, ids.len()))
}

fn codes_remain(id: i64) -> String {
    format!("Failed for id={id}. It still has coupon codes; delete them first.")
}

/// Ids separated by commas.
fn ids(name: &str, text: Option<&str>, most: usize) -> Result<Vec<i64>, Problem> {
    let invalid =
        |message: String| Problem::invalid([FieldError::new(format!("?{name}"), "invalid", message)]);
    let text = text.filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| invalid("is required: ids separated by commas".to_owned()))?;
    let ids: Result<Vec<i64>, _> = text.split(',').map(|id| id.trim().parse()).collect();
    let ids = ids.map_err(|_| invalid("must be ids separated by commas".to_owned()))?;
    if ids.len() > most { Err(invalid(format!("must be at most {most} ids"))) } else { Ok(ids) }
}

/// An archived promotion is gone on this surface.
async fn visible(app: &AppState, store: StoreId, id: i64) -> Result<Stored, Problem> {
    let stored = service::get(app.db.read(), store, id).await?;
    if stored.state(app.clock.now()) == State::Archived {
        return Err(Problem::not_found("promotion", id));
    }
    Ok(stored)
}

/// The document as BigCommerce shows it: its words for the status, without what it does not know.
async fn show(app: &AppState, store: StoreId, stored: Stored) -> Result<Value, Problem> {
    let is_coupon = stored.document.get("redemption_type") == Some(&Value::from("COUPON"));
    let is_active = stored.document.get("status") == Some(&Value::from("active"));
    let mut shown = Map::new();
    shown.insert("id".to_owned(), stored.id.into());
    for (name, value) in stored.document {
        let value = match name.as_str() {
            "priority" | "teaser" | "description" => continue,
            name if is_unset(name, &value) => continue,
            "status" => if is_active { "ENABLED" } else { "DISABLED" }.into(),
            "start_date" => instant(stored.start).into(),
            "end_date" => stored.end.map(instant).into(),
            _ => without_unset(value),
        };
        shown.insert(name, value);
    }
    shown.insert("created_from".to_owned(), "api".into());
    shown.insert("current_uses".to_owned(), stored.current_uses.into());
    if is_coupon {
        let several = coupon::service::has_several_codes(app.db.read(), store, stored.id).await?;
        shown.insert("multiple_codes".to_owned(), json!({"has_multiple_codes": several}));
    }
    Ok(Value::Object(shown))
}

/// Fields of the language that BigCommerce does not have, wherever they stand, with what they are when nobody set
/// them: its clients see them only when somebody did, so that nothing is lost when they send a promotion back.
fn is_unset(name: &str, value: &Value) -> bool {
    match name {
        "seller_id"
        | "max_uses_per_channel"
        | "max_uses_per_day"
        | "max_uses_per_customer"
        | "budget"
        | "price_floor"
        | "combines_with"
        | "best_deal_group"
        | "time_zone"
        | "maximum_applications" => value.is_null(),
        "exclude_sale_items" | "domestic_only" => *value == json!(false),
        "uses_given_back" => {
            *value
                == json!({"on_cancel": true, "on_expiry": true, "on_full_refund": true, "on_partial_refund": false})
        }
        "funding" | "tags" | "loyalty_tiers" => *value == json!([]),
        "rewards" => value == "ALL",
        "exclusivity_scope" => value == "ORDER",
        "spend_basis" => value == "PHASE_START",
        "amount_per" => value == "UNIT",
        _ => false,
    }
}

fn without_unset(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let set = object.into_iter().filter(|(name, value)| !is_unset(name, value));
            set.map(|(name, value)| (name, without_unset(value))).collect()
        }
        Value::Array(values) => values.into_iter().map(without_unset).collect(),
        value => value,
    }
}

/// `2026-07-21T20:21:08+00:00`, as BigCommerce writes instants.
pub(super) fn instant(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

impl DeleteQuery {
    /// The ids, at most so many.
    pub(super) fn ids(&self, most: usize) -> Result<Vec<i64>, Problem> {
        ids("id:in", self.ids.as_deref(), most)
    }
}

impl ListQuery {
    fn filter(self, now: Timestamp) -> Result<Filter, Problem> {
        let invalid = |name: &str, allowed: &str| {
            let message = format!("must be one of {allowed}");
            Problem::invalid([FieldError::new(format!("?{name}"), "unknown_value", message)])
        };
        let redemption_type = match self.redemption_type.as_deref() {
            None => None,
            Some("automatic" | "AUTOMATIC") => Some("AUTOMATIC"),
            Some("coupon" | "COUPON") => Some("COUPON"),
            Some(_) => return Err(invalid("redemption_type", "automatic, coupon")),
        };
        let state = match self.status.as_deref() {
            None => None,
            Some("ENABLED") => Some(State::Enabled),
            Some("DISABLED") => Some(State::Disabled),
            // Promotions that could never work are refused here, so none is invalid.
            Some("INVALID") => Some(State::Never),
            Some(_) => return Err(invalid("status", "ENABLED, DISABLED, INVALID")),
        };
        let sort = match self.sort.as_deref() {
            None | Some("id") => Sort::Id,
            Some("name") => Sort::Name,
            Some("priority") => Sort::Priority,
            Some("start_date") => Sort::StartDate,
            Some(_) => return Err(invalid("sort", "id, name, priority, start_date")),
        };
        let descending = match self.direction.as_deref() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(invalid("direction", "asc, desc")),
        };
        Ok(Filter {
            ids: self.id.into_iter().collect(),
            name: self.name,
            query: self.query,
            code: self.code,
            currency_code: self.currency_code,
            redemption_type,
            state,
            channels: match self.channels.as_deref() {
                None => Vec::new(),
                some => ids("channels", some, DELETE_MAX)?,
            },
            sort,
            descending,
            now: now.as_millisecond(),
            ..Filter::default()
        })
    }
}

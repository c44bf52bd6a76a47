//! `/v1/promotions`: make, read, change and list promotions.

mod life_cycle;
mod lint;

use std::borrow::Cow;

use axum::extract::State as Shared;
use axum::http::header::{ETAG, IF_MATCH, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use engine::document::Context;
use engine::promotion::{Language, Names, parse, summary};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, OpenApi, PartialSchema, ToSchema};

use super::service::{self, Filter, Sort, State, Stored};
use crate::access::may::{AddPromotions, EditPromotions, ManagePromotions};
use crate::access::{Caller, May, Permission};
use crate::activity::Author;
use crate::app::AppState;
use crate::catalog::service::{Asked, StoreNames, names_asked};
use crate::platform::http::{Code, Feature, FieldError, Json, JsonValue, List, Page, Path, Problem, Query};
use crate::platform::ids::StoreId;
use crate::settings::{self, service::StoreSettings};

/// What `GET /v1/promotions` may be asked.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// How many to return, 1 to 250; 50 unless told.
    #[param(minimum = 1, maximum = 250, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before; keep the same `sort` and `direction`.
    after: Option<String>,
    /// Where promotions stand now; all but archived ones unless told. `expired` are those past their end and those that
    /// are archived; `all` is all of them.
    status: Option<StatusFilter>,
    /// Whether they apply by themselves or by a code.
    redemption_type: Option<RedemptionTypeFilter>,
    /// A part of the name, letter case aside, or exactly a code.
    query: Option<String>,
    /// Exactly this name.
    name: Option<String>,
    /// Exactly this key.
    promotion_key: Option<String>,
    /// The promotion of exactly this code.
    code: Option<String>,
    /// Of this currency: ISO 4217, or `*`.
    currency_code: Option<String>,
    /// Offered in this channel, or in all.
    channel_id: Option<i64>,
    /// Of this seller.
    seller_id: Option<i64>,
    /// What to sort by; `id` unless told, which is the order of creation.
    sort: Option<SortField>,
    /// `asc` unless told.
    direction: Option<Direction>,
}

/// Where promotions stand now, dates considered.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum StatusFilter {
    All,
    Draft,
    Scheduled,
    Active,
    Paused,
    Expired,
    Archived,
}

/// Whether promotions apply by themselves or by a code.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum RedemptionTypeFilter {
    Automatic,
    Coupon,
}

/// What promotions are sorted by.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SortField {
    Id,
    Name,
    Priority,
    StartDate,
}

/// From the first to the last, or from the last to the first.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Asc,
    Desc,
}

#[derive(OpenApi)]
#[openapi(
    paths(
        list, create, read, change, lint::lint, life_cycle::counts, life_cycle::activate, life_cycle::pause,
        life_cycle::archive, life_cycle::duplicate
    ),
    components(schemas(
        life_cycle::PromotionCounts, StatusFilter, RedemptionTypeFilter, SortField, Direction, lint::WarningOut)),
    tags((name = "promotions", description = "Offers: what they do, for whom and when."))
)]
struct Documentation;

/// The promotion feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("promotion", documentation())
        .route("/v1/promotions", get(list).post(create))
        .route("/v1/promotions/lint", post(lint::lint))
        .route("/v1/promotions/counts", get(life_cycle::counts))
        .route("/v1/promotions/{id}", get(read).patch(change))
        .route("/v1/promotions/{id}/activate", post(life_cycle::activate))
        .route("/v1/promotions/{id}/pause", post(life_cycle::pause))
        .route("/v1/promotions/{id}/archive", post(life_cycle::archive))
        .route("/v1/promotions/{id}/duplicate", post(life_cycle::duplicate))
}

/// The promotion language comes from what its kinds declare, not from types of this file.
fn documentation() -> utoipa::openapi::OpenApi {
    let mut document = Documentation::openapi();
    let components = document.components.get_or_insert_default();
    for (name, schema) in engine::promotion::schema::schemas(SCHEMAS) {
        if let Ok(schema) = serde_json::from_value(schema) {
            components.schemas.insert(name, schema);
        }
    }
    document
}

/// Makes a promotion. It applies to carts from the answer on.
#[utoipa::path(post, path = "/v1/promotions", tag = "promotions", operation_id = "createPromotion",
    security(("secret_key" = [AddPromotions])), request_body = PromotionDocument,
    responses((status = 201, description = "The promotion with all defaults filled in.", body = PromotionDocument),
              (status = 409, description = "Another promotion has its key."),
              (status = 422, description = "Everything that is wrong with the document; nothing is stored.")))]
async fn create(
    caller: May<AddPromotions>,
    Shared(app): Shared<AppState>,
    JsonValue(document): JsonValue,
) -> Result<Response, Problem> {
    let author = Author::of(&caller, app.clock.now());
    let stored = service::create(&app, &author, &document, "api").await?;
    made(&app, caller.store_id, stored).await
}

/// The answer that tells of a new promotion.
async fn made(app: &AppState, store: StoreId, stored: Stored) -> Result<Response, Problem> {
    let location = format!("/v1/promotions/{}", stored.id);
    let answer = saved(app, store, stored).await?;
    Ok((StatusCode::CREATED, header(LOCATION, &location), answer).into_response())
}

/// One promotion. Its `ETag` is its revision, for `If-Match`.
#[utoipa::path(get, path = "/v1/promotions/{id}", tag = "promotions", operation_id = "getPromotion",
    security(("secret_key" = [ManagePromotions])), params(("id" = i64, Path, description = "The id of the promotion.")),
    responses((status = 200, description = "The promotion.", body = PromotionDocument),
              (status = 404, description = "There is no such promotion.")))]
async fn read(
    caller: May<ManagePromotions>,
    Shared(app): Shared<AppState>,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    let stored = service::get(app.db.read(), caller.store_id, id).await?;
    answer(&app, caller.store_id, stored).await
}

/// Changes the fields that are sent; a field that is null goes back to its default. With `If-Match` only if the
/// promotion is still at that revision. A `status` of `archived` needs the permission `delete_promotions` too.
#[utoipa::path(patch, path = "/v1/promotions/{id}", tag = "promotions", operation_id = "changePromotion",
    security(("secret_key" = [EditPromotions])), request_body = PromotionDocument,
    params(("id" = i64, Path, description = "The id of the promotion."),
           ("If-Match" = Option<String>, Header, description = "The `ETag` that the change is based on.")),
    responses((status = 200, description = "The promotion after the change.", body = PromotionDocument),
              (status = 409, description = "It is archived, cannot get that status, or another has its key."),
              (status = 412, description = "It was changed since."),
              (status = 422, description = "Everything that is wrong with the change; nothing is stored.")))]
async fn change(
    caller: May<EditPromotions>,
    Shared(app): Shared<AppState>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    JsonValue(patch): JsonValue,
) -> Result<Response, Problem> {
    if patch.get("status").and_then(Value::as_str) == Some("archived") {
        may_archive(&caller)?;
    }
    let author = Author::of(&caller, app.clock.now());
    let stored = service::update(&app, &author, id, &patch, revision(&headers)?).await?;
    saved(&app, caller.store_id, stored).await
}

/// Archiving is what deleting is elsewhere, and for good: whoever may only edit may not.
fn may_archive(caller: &Caller) -> Result<(), Problem> {
    match caller.may(Permission::DeletePromotions) {
        true => Ok(()),
        false => {
            let detail =
                format!("archiving a promotion needs the permission `{}`", Permission::DeletePromotions);
            Err(Problem::new(Code::Forbidden, detail))
        }
    }
}

/// The promotions of the store, in pages.
#[utoipa::path(get, path = "/v1/promotions", tag = "promotions", operation_id = "listPromotions",
    security(("secret_key" = [ManagePromotions])), params(ListQuery),
    responses((status = 200, description = "A page of promotions.", body = inline(List<PromotionDocument>))))]
async fn list(
    caller: May<ManagePromotions>,
    Shared(app): Shared<AppState>,
    Query(query): Query<ListQuery>,
) -> Result<Json<List<Value>>, Problem> {
    let page: Page<service::Place> = Page::new(query.limit, query.after.as_deref())?;
    let now = app.clock.now();
    let store = caller.store_id;
    let rows = service::list(&app, store, query.filter(now), page.after.clone(), page.fetch()).await?;
    let showing = Showing::of(&app, store, now, rows.iter().map(|(stored, _)| stored)).await?;
    Ok(Json(page.list(rows, |(_, place)| place.clone(), |(stored, _)| showing.document(stored))))
}

/// Stands for a promotion in the documentation; its schema is made from what the kinds of the language declare.
struct PromotionDocument;

impl PartialSchema for PromotionDocument {
    fn schema() -> RefOr<Schema> {
        let schema = engine::promotion::schema::schemas(SCHEMAS).remove("Promotion");
        schema.and_then(|schema| serde_json::from_value(schema).ok()).unwrap_or_default()
    }
}

impl ToSchema for PromotionDocument {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Promotion")
    }
}

const SCHEMAS: &str = "#/components/schemas/";

impl ListQuery {
    fn filter(self, now: Timestamp) -> Filter {
        Filter {
            name: self.name,
            key: self.promotion_key,
            query: self.query,
            code: self.code,
            currency_code: self.currency_code,
            redemption_type: self.redemption_type.map(|wanted| match wanted {
                RedemptionTypeFilter::Automatic => "AUTOMATIC",
                RedemptionTypeFilter::Coupon => "COUPON",
            }),
            state: self.status.map(|wanted| match wanted {
                StatusFilter::All => State::Any,
                StatusFilter::Draft => State::Draft,
                StatusFilter::Scheduled => State::Scheduled,
                StatusFilter::Active => State::Active,
                StatusFilter::Paused => State::Paused,
                StatusFilter::Expired => State::Over,
                StatusFilter::Archived => State::Archived,
            }),
            channels: self.channel_id.into_iter().collect(),
            seller: self.seller_id,
            sort: match self.sort {
                None | Some(SortField::Id) => Sort::Id,
                Some(SortField::Name) => Sort::Name,
                Some(SortField::Priority) => Sort::Priority,
                Some(SortField::StartDate) => Sort::StartDate,
            },
            descending: self.direction == Some(Direction::Desc),
            now: now.as_millisecond(),
            ..Filter::default()
        }
    }
}

async fn answer(app: &AppState, store: StoreId, stored: Stored) -> Result<Response, Problem> {
    let showing = Showing::of(app, store, app.clock.now(), std::iter::once(&stored)).await?;
    let tag = format!("\"{}\"", stored.revision);
    Ok((header(ETAG, &tag), Json(showing.document(stored))).into_response())
}

/// The promotion as it was just saved, with what it will not do as its author hopes.
async fn saved(app: &AppState, store: StoreId, stored: Stored) -> Result<Response, Problem> {
    let showing = Showing::of(app, store, app.clock.now(), std::iter::once(&stored)).await?;
    let findings = service::lint_stored(app, store, stored.id, stored.created, &stored.document).await?;
    let tag = format!("\"{}\"", stored.revision);
    let mut document = showing.document(stored);
    let warnings =
        serde_json::to_value(lint::warnings(findings, app.clock.now())).map_err(Problem::internal)?;
    if let Value::Object(document) = &mut document {
        document.insert("warnings".to_owned(), warnings);
    }
    Ok((header(ETAG, &tag), Json(document)).into_response())
}

/// The promotions with these ids as they are shown, in no order; those that do not exist are left out.
pub(super) async fn documents(app: &AppState, store: StoreId, ids: &[i64]) -> Result<Vec<Value>, Problem> {
    let stored = service::get_many_used(app.db.read(), store, ids).await?;
    let showing = Showing::of(app, store, app.clock.now(), stored.iter()).await?;
    Ok(stored.into_iter().map(|stored| showing.document(stored)).collect())
}

fn header(name: HeaderName, value: &str) -> [(HeaderName, HeaderValue); 1] {
    [(name, HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("")))]
}

/// The revision that `If-Match` names; `*` is any.
fn revision(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.trim_start_matches("W/").trim_matches('"').parse().ok();
    number.map(Some).ok_or_else(|| {
        let message = "must be the `ETag` of an answer, such as `\"3\"`";
        Problem::invalid([FieldError::new("If-Match", "invalid", message)])
    })
}

/// What documents are shown with: names for their sentences, and the present.
struct Showing {
    names: StoreNames,
    settings: StoreSettings,
    now: Timestamp,
}

impl Showing {
    async fn of(
        app: &AppState,
        store: StoreId,
        now: Timestamp,
        shown: impl Iterator<Item = &Stored>,
    ) -> Result<Self, Problem> {
        let settings = settings::service::get(app.db.read(), store).await?;
        let asked = Asked::default();
        for stored in shown {
            sentence(stored, &asked, &settings);
        }
        let names = names_asked(app.db.read(), store, &asked).await?;
        Ok(Self { names, settings, now })
    }

    /// The document with its id, its state, its summary in words, and the rest that the server sets itself.
    fn document(&self, stored: Stored) -> Value {
        let mut document = Map::new();
        document.insert("id".to_owned(), stored.id.into());
        document.insert("summary".to_owned(), sentence(&stored, &self.names, &self.settings).into());
        document.insert("state".to_owned(), state_word(stored.state(self.now)).into());
        document.extend(stored.document);
        document.insert("current_uses".to_owned(), stored.current_uses.into());
        document.insert("created_from".to_owned(), stored.created_from.into());
        document.insert("revision".to_owned(), stored.revision.into());
        document.insert("created_at".to_owned(), stored.created.to_string().into());
        document.insert("updated_at".to_owned(), stored.updated.to_string().into());
        Value::Object(document)
    }
}

/// The promotion in words; `None` for a document that this version cannot read.
fn sentence(stored: &Stored, names: &dyn Names, settings: &StoreSettings) -> Option<String> {
    let pricing = &settings.pricing;
    let context = Context { default_currency: pricing.currency, now: stored.created };
    let promotion = parse(&Value::Object(stored.document.clone()), &context).ok()?.promotion;
    let zone = &pricing.time_zone;
    Some(summary(&promotion, &Language { names, currency: promotion.currency, zone }))
}

fn state_word(state: State) -> &'static str {
    match state {
        State::Draft => "draft",
        State::Scheduled => "scheduled",
        State::Active | State::Enabled => "active",
        State::Paused | State::Disabled | State::Never | State::Any => "paused",
        State::Expired | State::Over => "expired",
        State::Archived => "archived",
    }
}

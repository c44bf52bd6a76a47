//! `/v1/promotions/{id}/codes`: list, add and make coupon codes; `/v1/coupons/validate`: ask about one.

mod change;
mod file;
mod generate;
mod validate;
mod window;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use engine::coupon::GenerateCodes;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::service::{self, CodePart, CodeTerms, StoredCode};
use crate::access::May;
use crate::access::may::{EditPromotions, ManagePromotions};
use crate::activity::Author;
use crate::app::AppState;
use crate::evaluation;
use crate::platform::http::{Feature, FieldError, Json, List, Page, PageQuery, Path, Problem, Query};

/// A coupon code.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CouponCode {
    /// Its id.
    id: i64,
    /// The code as it was written; letter case does not matter when it is used.
    #[schema(example = "SAVE10")]
    code: String,
    /// Completed checkouts in which it was used.
    current_uses: u64,
    /// How often it may be used; 0 is without limit.
    max_uses: u64,
    /// How often one customer may use it; 0 is without limit.
    max_uses_per_customer: u64,
    /// From when on it can be used, beside its promotion's own time; `null` for always.
    starts_at: Option<String>,
    /// From when on it cannot be used; `null` for never.
    ends_at: Option<String>,
    /// When it was made.
    created_at: String,
}

/// Codes to add: one that is given, or many that are made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCodes {
    /// The code to add: 1 to 50 letters, digits, spaces, `_` and `-`. Leave it out to have codes made.
    #[schema(example = "SAVE10")]
    code: Option<String>,
    /// How many codes to make, 1 to 10000; only for a promotion with `coupon_type` BULK.
    count: Option<u32>,
    /// Random characters in each made code, 6 to 32; 12 unless told.
    length: Option<u32>,
    /// Stands before the random characters of made codes.
    prefix: Option<String>,
    /// How often each code may be used; 0 is without limit. Unless told, 0 for a given code and 1 for made ones.
    max_uses: Option<u64>,
    /// How often one customer may use each code; 0, without limit, unless told.
    max_uses_per_customer: Option<u64>,
    /// From when on the codes can be used: RFC 3339; with their promotion unless told, and never before it.
    #[schema(example = "2026-11-27T00:00:00-05:00")]
    starts_at: Option<String>,
    /// From when on they cannot be used: RFC 3339; with their promotion unless told, and never after it.
    #[schema(example = "2026-11-30T00:00:00-05:00")]
    ends_at: Option<String>,
}

#[derive(OpenApi)]
#[openapi(
    paths(
        list, add, change::change, change::delete, generate::generate, file::export, file::import,
        validate::validate
    ),
    components(schemas(
        CouponCode,
        NewCodes,
        change::CodeChange,
        generate::NewGeneration,
        file::ImportReport,
        file::ImportError,
        file::OnErrorIn,
        validate::ValidateRequest,
        validate::Validation,
        validate::Unlocked
    )),
    tags((name = "coupon codes", description = "What unlocks coupon promotions."))
)]
struct Documentation;

/// The coupon feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("coupon", Documentation::openapi())
        .route("/v1/promotions/{id}/codes", get(list).post(add))
        .route("/v1/promotions/{id}/codes.csv", get(file::export))
        .route("/v1/promotions/{id}/codes/generate", post(generate::generate))
        .route("/v1/promotions/{id}/codes/import", post(file::import))
        .route("/v1/promotions/{id}/codes/{code_id}", patch(change::change).delete(change::delete))
        .route(
            "/v1/coupons/validate",
            post(validate::validate)
                .options(evaluation::rest::preflight)
                .layer(evaluation::rest::any_origin()),
        )
}

/// How often codes may be used.
///
/// Errors: more often than can be counted.
fn check_uses(uses: u64, uses_per_customer: u64) -> Result<(), Problem> {
    const USES_MAX: u64 = 1_000_000_000;
    let fields = [("/max_uses", uses), ("/max_uses_per_customer", uses_per_customer)];
    let too_many = fields.into_iter().filter(|(_, uses)| *uses > USES_MAX);
    let message = format!("must be from 0, without limit, to {USES_MAX}");
    let errors: Vec<FieldError> =
        too_many.map(|(pointer, _)| FieldError::new(pointer, "out_of_range", message.clone())).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

/// The codes of a coupon promotion, in the order in which they were made.
#[utoipa::path(get, path = "/v1/promotions/{id}/codes", tag = "coupon codes", operation_id = "listCouponCodes",
    security(("secret_key" = [ManagePromotions])), params(("id" = i64, Path, description = "The id of the promotion."), PageQuery),
    responses((status = 200, description = "A page of codes.", body = inline(List<CouponCode>))))]
async fn list(
    caller: May<ManagePromotions>,
    State(app): State<AppState>,
    Path(promotion): Path<i64>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<CouponCode>>, Problem> {
    let page: Page<i64> = query.page()?;
    let part = page.after.map_or(CodePart::First, CodePart::After);
    let codes = service::list(&app, caller.store_id, promotion, None, part, page.fetch()).await?;
    Ok(Json(page.list(codes, |code| code.id, CouponCode::from)))
}

/// Adds a code, or makes many.
#[utoipa::path(post, path = "/v1/promotions/{id}/codes", tag = "coupon codes", operation_id = "addCouponCodes",
    security(("secret_key" = [EditPromotions])), request_body = NewCodes,
    params(("id" = i64, Path, description = "The id of the promotion.")),
    responses((status = 201, description = "The codes that were added.", body = inline(List<CouponCode>)),
              (status = 409, description = "The code exists, or the promotion has no codes."),
              (status = 422, description = "No code can be like that; none is added.")))]
async fn add(
    caller: May<EditPromotions>,
    State(app): State<AppState>,
    Path(promotion): Path<i64>,
    Json(new): Json<NewCodes>,
) -> Result<Response, Problem> {
    let author = Author::of(&caller, app.clock.now());
    let added = match (&new.code, new.count) {
        (Some(code), None) => {
            let terms = new.terms(0)?;
            vec![service::add(&app, &author, promotion, code, terms).await?]
        }
        (None, Some(count)) => {
            let request = new.request(count)?;
            let terms = new.terms(1)?;
            service::generate_codes(&app, &author, promotion, request, "length", terms).await?
        }
        _ => {
            let message = "give either `code`, the code to add, or `count`, how many to make";
            return Err(Problem::invalid([FieldError::new("/code", "conflict", message)]));
        }
    };
    let data = added.into_iter().map(CouponCode::from).collect();
    Ok((StatusCode::CREATED, Json(List { data, next_cursor: None })).into_response())
}

impl NewCodes {
    fn terms(&self, uses_by_default: u64) -> Result<CodeTerms, Problem> {
        let uses = self.max_uses.unwrap_or(uses_by_default);
        let uses_per_customer = self.max_uses_per_customer.unwrap_or(0);
        check_uses(uses, uses_per_customer)?;
        let window = window::read(self.starts_at.as_deref(), self.ends_at.as_deref())?;
        Ok(CodeTerms { uses, uses_per_customer, window })
    }

    fn request(&self, count: u32) -> Result<GenerateCodes, Problem> {
        let length = self.length.unwrap_or(12);
        let prefix = self.prefix.clone().unwrap_or_default();
        let mut errors = Vec::new();
        if !(1..=10_000).contains(&count) {
            errors.push(FieldError::new("/count", "out_of_range", "must be from 1 to 10000"));
        }
        if !(6..=32).contains(&length) {
            errors.push(FieldError::new("/length", "out_of_range", "must be from 6 to 32"));
        }
        if !prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
            let message = "must have only letters, digits, `_` and `-`";
            errors.push(FieldError::new("/prefix", "out_of_range", message));
        }
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        // Characters that are easily mistaken for each other make codes hard to type.
        let excluded = vec!['0', 'O', '1', 'I'];
        let (count, length) = (count as usize, length as usize);
        let (suffix, delimiter) = (String::new(), String::new());
        Ok(GenerateCodes { count, length, prefix, suffix, delimiter, excluded })
    }
}

impl From<StoredCode> for CouponCode {
    fn from(code: StoredCode) -> Self {
        Self {
            id: code.id,
            code: code.code,
            current_uses: code.current_uses,
            max_uses: code.max_uses,
            max_uses_per_customer: code.max_uses_per_customer,
            starts_at: code.window.start.map(|at| at.to_string()),
            ends_at: code.window.end.map(|at| at.to_string()),
            created_at: code.created.to_string(),
        }
    }
}

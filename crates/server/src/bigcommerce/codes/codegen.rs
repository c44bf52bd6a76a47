//! `/promotions/{id}/codegen`: making codes.

use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::Response;
use engine::coupon::GenerateCodes;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::caller::Merchant;
use super::super::envelope::one;
use super::super::error::Refusal;
use super::super::promotions::instant;
use crate::access::may::EditPromotions;
use crate::app::AppState;
use crate::coupon::service::{self, CodeTerms};
use crate::platform::http::{Code, FieldError, Json, Path, Problem};

/// What codes to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BigCommerceCodegen)]
pub(in crate::bigcommerce) struct Codegen {
    /// How many, 1 to 250.
    batch_size: u32,
    /// How often each may be used; 1 unless told, 0 is without limit.
    max_uses: Option<u64>,
    /// How often one customer may use each; 1 unless told, 0 is without limit.
    max_uses_per_customer: Option<u64>,
    /// Stands before the random characters: at most 20 capitals, digits, `_` and `-`.
    prefix: Option<String>,
    /// Stands after them, likewise.
    suffix: Option<String>,
    /// `_` or `-` between them; only used with a prefix or suffix.
    delimiter: Option<String>,
    /// Capitals and digits that must not occur among the random characters.
    #[serde(default)]
    exclude_characters: Vec<String>,
    /// Random characters, 6 to 16; 16 unless told.
    code_length: Option<u32>,
}

/// Makes codes for a coupon promotion with many codes.
#[utoipa::path(post, path = "/stores/{hash}/v3/promotions/{id}/codegen", tag = "bigcommerce",
    operation_id = "bcGenerateCodes", security(("auth_token" = [EditPromotions])), request_body = Codegen,
    params(("hash" = String, Path, description = "The store's hash."),
           ("id" = i64, Path, description = "The promotion's id.")),
    responses((status = 201, description = "The codes."),
              (status = 405, description = "The promotion has no codes, or a single one.")))]
pub(in crate::bigcommerce) async fn generate(
    merchant: Merchant<EditPromotions>,
    Shared(app): Shared<AppState>,
    path: Result<Path<(String, i64)>, Problem>,
    body: Result<Json<Codegen>, Problem>,
) -> Result<Response, Refusal> {
    let Path((_, promotion)) = path?;
    let Json(body) = body?;
    let (terms, request) = (body.terms(), body.request()?);
    let made =
        service::generate_codes(&app, &merchant.author(&app), promotion, request, "code_length", terms).await;
    let codes = match made {
        Err(problem) if matches!(problem.code(), Code::NotACoupon | Code::NotBulk) => {
            return Err(Refusal::not_allowed(problem.detail()));
        }
        codes => codes?,
    };
    let texts: Vec<Value> = codes.iter().map(|code| json!({"code": code.code})).collect();
    let answer = json!({
        "created": codes.first().map(|code| instant(code.created)),
        "max_uses": terms.uses,
        "max_uses_per_customer": terms.uses_per_customer,
        "batch_size": texts.len(),
        "codes": texts,
    });
    Ok(one(StatusCode::CREATED, answer))
}

impl Codegen {
    fn terms(&self) -> CodeTerms {
        let (uses, uses_per_customer) = (self.max_uses.unwrap_or(1), self.max_uses_per_customer.unwrap_or(1));
        CodeTerms { uses, uses_per_customer, ..CodeTerms::default() }
    }

    fn request(&self) -> Result<GenerateCodes, Problem> {
        const USES_MAX: u64 = 100_000;
        let mut errors = Vec::new();
        let mut check = |name: &str, holds: bool, message: &str| {
            if !holds {
                errors.push(FieldError::new(format!("/{name}"), "out_of_range", message));
            }
        };
        let length = self.code_length.unwrap_or(16);
        let (prefix, suffix) =
            (self.prefix.clone().unwrap_or_default(), self.suffix.clone().unwrap_or_default());
        let delimiter = self.delimiter.clone().unwrap_or_default();
        let CodeTerms { uses, uses_per_customer, .. } = self.terms();
        check("batch_size", (1..=250).contains(&self.batch_size), "must be from 1 to 250");
        check("code_length", (6..=16).contains(&length), "must be from 6 to 16");
        check("max_uses", uses <= USES_MAX, "must be from 0 to 100000");
        check("max_uses_per_customer", uses_per_customer <= USES_MAX, "must be from 0 to 100000");
        check("prefix", is_affix(&prefix), "must be at most 20 capitals, digits, `_` and `-`");
        check("suffix", is_affix(&suffix), "must be at most 20 capitals, digits, `_` and `-`");
        check("delimiter", matches!(delimiter.as_str(), "" | "_" | "-"), "must be `_` or `-`");
        let excluded: Option<Vec<char>> = self.exclude_characters.iter().map(|text| single(text)).collect();
        check("exclude_characters", excluded.is_some(), "must be single capitals and digits");
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        let (count, length) = (self.batch_size as usize, length as usize);
        Ok(GenerateCodes { count, length, prefix, suffix, delimiter, excluded: excluded.unwrap_or_default() })
    }
}

fn is_affix(text: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    text.len() <= 20 && text.bytes().all(allowed)
}

fn single(text: &str) -> Option<char> {
    let mut letters = text.chars();
    let letter = letters.next().filter(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())?;
    letters.next().is_none().then_some(letter)
}

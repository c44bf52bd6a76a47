//! `/v1/promotions/{id}/codes/generate`: codes by the million, made by a job.

use axum::extract::State;
use axum::response::Response;
use engine::coupon::{CODE_LENGTH_MAX, Check, LOOK_ALIKES, Shape, ShapeError};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::service::{self, CodeTerms, GenerateMany};
use super::{check_uses, window};
use crate::access::May;
use crate::access::may::EditPromotions;
use crate::activity::Author;
use crate::app::AppState;
use crate::job::JobOut;
use crate::platform::http::{Errors, FieldError, Json, Path, Problem};

const COUNT_MAX: u64 = 10_000_000;
const LENGTH_DEFAULT: u32 = 12;

/// Codes to make by a job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::coupon) struct NewGeneration {
    /// How many codes to make, 1 to 10000000: exactly so many.
    #[schema(example = 1_000_000)]
    count: u64,
    /// What codes look like: `#` stands for a generated character, and capitals, digits, `_` and `-` for themselves.
    /// Give either this or `length`, `prefix`, `suffix` and `delimiter`.
    #[schema(example = "BF-####-####-####")]
    pattern: Option<String>,
    /// Generated characters in each code, those that check the others included, 4 to 32; 12 unless told.
    length: Option<u32>,
    /// Stands before the generated characters.
    prefix: Option<String>,
    /// Stands after them.
    suffix: Option<String>,
    /// Stands between them and prefix or suffix; nothing unless told.
    delimiter: Option<String>,
    /// Characters that are not generated; `0O1IL`, which are easily mistaken, unless told.
    #[schema(example = "0O1IL")]
    excluded: Option<String>,
    /// How many of the generated characters check the others, 0 to 2; 1 unless told, by which a mistyped code is told
    /// from one that exists without looking it up. The letters are then cut to a prime number of them.
    check_characters: Option<u32>,
    /// How often each code may be used; 0 is without limit; 1 unless told.
    max_uses: Option<u64>,
    /// How often one customer may use each code; 0, without limit, unless told.
    max_uses_per_customer: Option<u64>,
    /// From when on the codes can be used: RFC 3339; with their promotion unless told, and never before it.
    #[schema(example = "2026-11-27T00:00:00-05:00")]
    starts_at: Option<String>,
    /// From when on they cannot be used: RFC 3339; with their promotion unless told, and never after it.
    #[schema(example = "2026-11-30T00:00:00-05:00")]
    ends_at: Option<String>,
    /// Whether codes may be so short, with less than 50 bits of chance, that they can be guessed.
    #[serde(default)]
    accept_guessable: bool,
}

/// Makes many codes, as a job.
#[utoipa::path(post, path = "/v1/promotions/{id}/codes/generate", tag = "coupon codes",
    operation_id = "generateCouponCodes", security(("secret_key" = [EditPromotions])), request_body = NewGeneration,
    params(("id" = i64, Path, description = "The id of the promotion.")),
    responses((status = 202, description = "The job that makes them; `Location` says where to ask how far it is. Its \
        `result` tells how many are `generated`, how many were `skipped` because they existed, and by how many \
        tries one is guessed (`guess_odds`).", body = JobOut),
              (status = 409, description = "The promotion has no codes, or a single one."),
              (status = 422, description = "No codes can be like that, or they would be easy to guess.")))]
pub(super) async fn generate(
    caller: May<EditPromotions>,
    State(app): State<AppState>,
    Path(promotion): Path<i64>,
    Json(new): Json<NewGeneration>,
) -> Result<Response, Problem> {
    let author = Author::of(&caller, app.clock.now());
    let job = service::begin_generating(&app, &author, promotion, new.wanted()?).await?;
    Ok(JobOut::begun(job))
}

impl NewGeneration {
    fn wanted(&self) -> Result<GenerateMany, Problem> {
        let (uses, uses_per_customer) = (self.max_uses.unwrap_or(1), self.max_uses_per_customer.unwrap_or(0));
        check_uses(uses, uses_per_customer)?;
        let window = window::read(self.starts_at.as_deref(), self.ends_at.as_deref())?;
        let terms = CodeTerms { uses, uses_per_customer, window };
        let mut errors = Errors::default();
        if !(1..=COUNT_MAX).contains(&self.count) {
            errors.report("/count", "out_of_range", format!("must be from 1 to {COUNT_MAX}"));
        }
        let check = Check::of_length(self.check_characters.unwrap_or(1));
        if check.is_none() {
            errors.report("/check_characters", "out_of_range", "must be from 0 to 2");
        }
        let length = self.length.unwrap_or(LENGTH_DEFAULT);
        if !(4..=32).contains(&length) {
            errors.report("/length", "out_of_range", "must be from 4 to 32");
        }
        let parts = [&self.prefix, &self.suffix, &self.delimiter];
        if self.pattern.is_some() && (self.length.is_some() || parts.iter().any(|part| part.is_some())) {
            let message = "give either `pattern` or `length`, `prefix`, `suffix` and `delimiter`";
            errors.report("/pattern", "conflict", message);
        }
        self.check_parts(&mut errors);
        errors.finish()?;
        let pattern = self.pattern.as_deref().map_or_else(|| self.composed(length), str::to_ascii_uppercase);
        let excluded: Vec<char> = match &self.excluded {
            Some(excluded) => excluded.to_ascii_uppercase().chars().collect(),
            None => LOOK_ALIKES.to_vec(),
        };
        let pointer = if self.pattern.is_some() { "/pattern" } else { "/length" };
        let shape = Shape::new(&pattern, &excluded, check.unwrap_or(Check::One));
        let shape = shape.map_err(|error| {
            let place = if error == ShapeError::NothingLeft { "/excluded" } else { pointer };
            Problem::invalid([FieldError::new(place, "out_of_range", error.to_string())])
        })?;
        let accepts_guessable = self.accept_guessable;
        Ok(GenerateMany { count: self.count, shape, length_pointer: pointer, terms, accepts_guessable })
    }

    fn check_parts(&self, errors: &mut Errors) {
        let parts = [("/prefix", &self.prefix), ("/suffix", &self.suffix), ("/delimiter", &self.delimiter)];
        for (pointer, part) in parts {
            let part = part.as_deref().unwrap_or_default();
            let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if part.len() > CODE_LENGTH_MAX || !part.bytes().all(is_fit) {
                errors.report(pointer, "out_of_range", "must have only letters, digits, `_` and `-`");
            }
        }
    }

    /// The pattern that the parts make together.
    fn composed(&self, length: u32) -> String {
        let delimiter = self.delimiter.as_deref().unwrap_or_default();
        let parts = [self.prefix.as_deref(), Some(""), self.suffix.as_deref()];
        let [prefix, _, suffix] = parts.map(|part| part.filter(|part| !part.is_empty()));
        let before = prefix.map_or(String::new(), |prefix| format!("{prefix}{delimiter}"));
        let after = suffix.map_or(String::new(), |suffix| format!("{delimiter}{suffix}"));
        let generated = "#".repeat(length as usize);
        format!("{before}{generated}{after}").to_ascii_uppercase()
    }
}

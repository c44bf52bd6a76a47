//! Use cases of coupon codes.

use engine::coupon::{CodeError, GenerateCodes, GenerateError, generate, normalise};
use engine::promotion::{CodeFact, EnteredCode, Inactive, Status};
use jiff::Timestamp;
use rand::RngExt as _;
use serde_json::Value;

use super::store::{self, CodeRow, Part};
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::db::Connection;
use crate::platform::http::{Code, FieldError, Problem};
use crate::platform::ids::{StoreId, next_id};
use crate::{promotion, redemption};

/// A coupon code as it is stored.
#[derive(Clone, Debug)]
pub struct StoredCode {
    /// Its id.
    pub id: i64,
    /// The promotion it unlocks.
    pub promotion: i64,
    /// As it was written when it was made.
    pub code: String,
    /// Completed checkouts in which it was used.
    pub current_uses: u64,
    /// How often it may be used; 0 is without limit.
    pub max_uses: u64,
    /// How often one customer may use it; 0 is without limit.
    pub max_uses_per_customer: u64,
    /// When it was made.
    pub created: Timestamp,
}

/// How often a code may be used; 0 is without limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeLimits {
    /// In all.
    pub uses: u64,
    /// By one customer.
    pub uses_per_customer: u64,
}

/// Which part of the codes of a promotion.
#[derive(Clone, Copy, Debug)]
pub enum CodePart {
    /// From the first.
    First,
    /// Those after this id.
    After(i64),
    /// The last ones before this id.
    Before(i64),
    /// Those after so many.
    Offset(u64),
}

/// Adds a code to a coupon promotion.
///
/// Errors: no such promotion, one that is not a coupon promotion, a text that cannot be a code, a code that exists.
pub async fn add(
    app: &AppState,
    store: StoreId,
    promotion: i64,
    text: &str,
    limits: CodeLimits,
) -> Result<StoredCode, Problem> {
    coupon_promotion(app, store, promotion).await?;
    let normal_code = normalise(text).map_err(|error| not_a_code("/code", error))?;
    let code = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let row = row(store, promotion, code, normal_code, limits, app.clock.now());
    let taken = format!("the code `{text}` exists already; codes are compared without letter case");
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let id = next_id(tx, store, "coupon_code", 1).await?;
                let row = CodeRow { id, ..row };
                match store::insert(tx, vec![row.clone()]).await? {
                    0 => Err(Problem::new(Code::CodeExists, taken)),
                    _ => Ok(stored(row)),
                }
            })
        })
        .await
}

/// Makes exactly so many random codes for a coupon promotion with many codes.
///
/// `length_field` is what the request calls the length, for errors.
///
/// Errors: no such promotion, one with a single code, a request for codes that would be easy to guess.
pub async fn generate_codes(
    app: &AppState,
    store: StoreId,
    promotion: i64,
    request: GenerateCodes,
    length_field: &str,
    limits: CodeLimits,
) -> Result<Vec<StoredCode>, Problem> {
    let document = coupon_promotion(app, store, promotion).await?;
    if document.get("coupon_type") != Some(&Value::from("BULK")) {
        let detail = "codes are generated only for a promotion with `coupon_type` BULK";
        return Err(Problem::new(Code::NotBulk, detail));
    }
    let now = app.clock.now();
    // A code that exists already, however unlikely, makes the whole batch be thrown again.
    for _ in 0..5 {
        let texts = {
            let mut dice = rand::rng();
            generate(&request, &mut |sides| dice.random_range(0..sides.max(1)))
                .map_err(|error| not_generated(length_field, error))?
        };
        let mut rows = Vec::with_capacity(texts.len());
        for text in texts {
            let normal_code = normalise(&text).map_err(|error| not_a_code("/prefix", error))?;
            rows.push(row(store, promotion, text, normal_code, limits, now));
        }
        if let Some(kept) = keep_all(app, store, rows).await? {
            return Ok(kept);
        }
    }
    Err(Problem::new(Code::Conflict, "too many of the generated codes exist already; make them longer"))
}

/// Keeps all codes, or none and gives `None` when one of them exists.
async fn keep_all(
    app: &AppState,
    store: StoreId,
    rows: Vec<CodeRow>,
) -> Result<Option<Vec<StoredCode>>, Problem> {
    let wanted = rows.len() as u64;
    let kept = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
                let first = next_id(tx, store, "coupon_code", count).await?;
                let numbered = (first..).zip(rows).map(|(id, row)| CodeRow { id, ..row });
                let rows: Vec<CodeRow> = numbered.collect();
                if store::insert(tx, rows.clone()).await? < wanted {
                    return Err(Problem::new(Code::CodeExists, "a generated code exists already"));
                }
                Ok(rows.into_iter().map(stored).collect())
            })
        })
        .await;
    match kept {
        Ok(codes) => Ok(Some(codes)),
        Err(problem) if problem.code() == Code::CodeExists => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// A part of the codes of a promotion, in the order in which they were made.
pub async fn list(
    app: &AppState,
    store: StoreId,
    promotion: i64,
    text: Option<&str>,
    part: CodePart,
    fetch: u64,
) -> Result<Vec<StoredCode>, Problem> {
    promotion::service::get(app.db.read(), store, promotion).await?;
    let normal_code = match text.map(normalise) {
        Some(Err(_)) => return Ok(Vec::new()),
        Some(Ok(normal_code)) => Some(normal_code),
        None => None,
    };
    let part = match part {
        CodePart::First => Part::First,
        CodePart::After(id) => Part::After(id),
        CodePart::Before(id) => Part::Before(id),
        CodePart::Offset(offset) => Part::Offset(offset),
    };
    let rows = store::list(app.db.read(), store, promotion, normal_code.as_deref(), part, fetch).await?;
    let codes: Vec<(i64, i64)> = rows.iter().map(|row| (row.promotion_id, row.id)).collect();
    let uses = redemption::service::facts::uses_of_codes(app.db.read(), store, &codes).await?;
    let used = |row: CodeRow| {
        let current_uses = uses.get(&row.id).copied().unwrap_or(0);
        StoredCode { current_uses, ..stored(row) }
    };
    Ok(rows.into_iter().map(used).collect())
}

/// How many codes a promotion has.
pub async fn count<C: Connection>(db: &C, store: StoreId, promotion: i64) -> Result<u64, Problem> {
    Ok(store::count(db, store, promotion).await?)
}

/// Whether a promotion has any code.
pub async fn has_codes<C: Connection>(db: &C, store: StoreId, promotion: i64) -> Result<bool, Problem> {
    Ok(store::count_to_two(db, store, promotion).await? > 0)
}

/// Whether a promotion has several codes.
pub async fn has_several_codes<C: Connection>(
    db: &C,
    store: StoreId,
    promotion: i64,
) -> Result<bool, Problem> {
    Ok(store::count_to_two(db, store, promotion).await? > 1)
}

/// The code with this text, however it is spelled.
pub async fn find<C: Connection>(db: &C, store: StoreId, text: &str) -> Result<Option<StoredCode>, Problem> {
    let Ok(normal_code) = normalise(text) else { return Ok(None) };
    Ok(store::find_by_text(db, store, &normal_code).await?.map(stored))
}

/// The promotion that a code unlocks.
pub async fn promotion_of<C: Connection>(db: &C, store: StoreId, text: &str) -> Result<Option<i64>, Problem> {
    Ok(find(db, store, text).await?.map(|code| code.promotion))
}

/// Deletes codes of a promotion; those that do not exist are not there afterwards either.
pub async fn delete(app: &AppState, store: StoreId, promotion: i64, ids: Vec<i64>) -> Result<(), Problem> {
    app.db
        .write(move |tx| Box::pin(async move { Ok(store::delete(tx, store, promotion, &ids).await?) }))
        .await
}

/// Deletes a code by its text.
pub async fn delete_by_text(app: &AppState, store: StoreId, text: &str) -> Result<(), Problem> {
    let Ok(normal_code) = normalise(text) else { return Ok(()) };
    app.db
        .write(move |tx| Box::pin(async move { Ok(store::delete_by_text(tx, store, &normal_code).await?) }))
        .await
}

/// A code as it was entered.
#[derive(Clone, Debug)]
pub struct Entered {
    /// What is known of it, not counting how often it was used.
    pub code: EnteredCode,
    /// How often it may be used, when there is such a code.
    pub limits: Option<engine::redemption::CodeLimits>,
}

/// What evaluation must know of the codes entered, in their order.
pub async fn facts<C: Connection>(
    db: &C,
    store: StoreId,
    texts: &[String],
    now: Timestamp,
) -> Result<Vec<Entered>, Problem> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let normal: Vec<Option<String>> = texts.iter().map(|text| normalise(text).ok()).collect();
    let rows = store::find_by_texts(db, store, normal.iter().flatten().cloned().collect()).await?;
    let promotions: Vec<i64> = rows.iter().map(|row| row.promotion_id).collect();
    let promotions = promotion::service::get_many(db, store, &promotions).await?;
    let row_of =
        |normal_code: &Option<String>| rows.iter().find(|row| Some(&row.normal_code) == normal_code.as_ref());
    let fact = |normal_code: &Option<String>| {
        let row = row_of(normal_code);
        let promotion = row.and_then(|row| promotions.iter().find(|it| it.id == row.promotion_id));
        let Some(promotion) = promotion else { return CodeFact::Unknown };
        CodeFact::Known {
            promotion: u64::try_from(promotion.id).unwrap_or(0),
            inactive: inactive(promotion, now),
            used_up: None,
        }
    };
    let entered = texts.iter().zip(&normal);
    let count = |most: Option<i64>| most.map(i64::unsigned_abs);
    let limits = |row: &CodeRow| engine::redemption::CodeLimits {
        code: row.id,
        uses: count(row.max_uses),
        uses_per_customer: count(row.max_uses_per_customer),
    };
    let known = |(text, normal): (&String, &Option<String>)| Entered {
        code: EnteredCode { text: text.clone(), fact: fact(normal) },
        limits: row_of(normal).map(limits),
    };
    Ok(entered.map(known).collect())
}

fn inactive(promotion: &promotion::service::Stored, now: Timestamp) -> Option<Inactive> {
    match promotion.status {
        Status::Draft => Some(Inactive::Draft),
        Status::Paused => Some(Inactive::Paused),
        Status::Archived => Some(Inactive::Archived),
        Status::Active => promotion.end.filter(|end| *end <= now).map(Inactive::Ended),
    }
}

/// The document of a coupon promotion.
async fn coupon_promotion(
    app: &AppState,
    store: StoreId,
    promotion: i64,
) -> Result<serde_json::Map<String, Value>, Problem> {
    let stored = promotion::service::get(app.db.read(), store, promotion).await?;
    if stored.document.get("redemption_type") != Some(&Value::from("COUPON")) {
        let detail = "only a promotion with `redemption_type` COUPON has codes";
        return Err(Problem::new(Code::NotACoupon, detail));
    }
    Ok(stored.document)
}

fn row(
    store: StoreId,
    promotion_id: i64,
    code: String,
    normal_code: String,
    limits: CodeLimits,
    now: Timestamp,
) -> CodeRow {
    let limit = |most: u64| i64::try_from(most).ok().filter(|most| *most > 0);
    CodeRow {
        store_id: store.0,
        id: 0,
        promotion_id,
        code,
        normal_code,
        max_uses: limit(limits.uses),
        max_uses_per_customer: limit(limits.uses_per_customer),
        current_uses: 0,
        created_at: now.as_millisecond(),
    }
}

fn stored(row: CodeRow) -> StoredCode {
    let count = |value: i64| u64::try_from(value).unwrap_or(0);
    StoredCode {
        id: row.id,
        promotion: row.promotion_id,
        code: row.code,
        current_uses: count(row.current_uses),
        max_uses: row.max_uses.map_or(0, count),
        max_uses_per_customer: row.max_uses_per_customer.map_or(0, count),
        created: from_milliseconds(row.created_at),
    }
}

fn not_a_code(pointer: &str, error: CodeError) -> Problem {
    Problem::invalid([FieldError::new(pointer, "out_of_range", error.to_string())])
}

fn not_generated(length_field: &str, error: GenerateError) -> Problem {
    match error {
        GenerateError::TooLong | GenerateError::TooFew => {
            Problem::invalid([FieldError::new(format!("/{length_field}"), "out_of_range", error.to_string())])
        }
    }
}

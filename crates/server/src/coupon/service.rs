//! Use cases of coupon codes.

mod export;
mod generate;
mod import;
mod log;
mod lookup;
mod memory;
mod space;
mod validate;
mod window;

use std::collections::BTreeMap;

use engine::coupon::{CodeError, CodeWindow, GenerateCodes, GenerateError, generate, loose, normalise};
use jiff::Timestamp;
use rand::RngExt as _;
use serde_json::{Map, Value};

use super::store::{self, CodeRow, Part};
use crate::activity::{self, Action, Author, Change, Kind, Object};
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::db::{Connection, Transaction};
use crate::platform::http::{Code, FieldError, Problem};
use crate::platform::ids::{StoreId, next_id};
use crate::{promotion, redemption, settings};

pub use export::{Exported, export};
pub use generate::{GenerateMany, KIND as GENERATE_KIND, begin_generating, generate_step};
pub use import::{ImportCells, Imported, Importing, KIND as IMPORT_KIND, import_step};
pub use lookup::{facts, find, promotion_of, promotion_with};
pub use memory::CodeMemory;
pub use validate::{Asking, Verdict, validate};
pub use window::{check_window, code_instant};

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
    /// When it can be used, beside its promotion's own time.
    pub window: CodeWindow,
    /// When it was made.
    pub created: Timestamp,
}

/// How often and when a code may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeTerms {
    /// How often in all; 0 is without limit.
    pub uses: u64,
    /// How often by one customer; 0 is without limit.
    pub uses_per_customer: u64,
    /// When, beside its promotion's own time.
    pub window: CodeWindow,
}

/// A change of a code: what is `None` stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeChange {
    /// How often it may be used; 0 is without limit.
    pub uses: Option<u64>,
    /// How often by one customer; 0 is without limit.
    pub uses_per_customer: Option<u64>,
    /// From when on it can be used; `Some(None)` for always.
    pub start: Option<Option<Timestamp>>,
    /// From when on it cannot be used; `Some(None)` for never.
    pub end: Option<Option<Timestamp>>,
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
    author: &Author,
    promotion: i64,
    text: &str,
    terms: CodeTerms,
) -> Result<StoredCode, Problem> {
    let (store, author) = (author.store, author.clone());
    let is_shared = !is_bulk(&coupon_promotion(app, store, promotion).await?);
    let normal_code = normalise(text).map_err(|error| not_a_code("/code", error))?;
    let code = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let row = row(store, promotion, code, normal_code, terms, author.now);
    let added = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let id = next_id(tx, store, "coupon_code", 1).await?;
                let row = CodeRow { id, ..row };
                let guards = space::guards_of(tx, store).await?;
                if guards.iter().any(|guard| guard.refuses(&loose(&row.normal_code))) {
                    return Err(Problem::invalid([FieldError::new(
                        "/code",
                        "check_character",
                        LOOKS_MISTYPED,
                    )]));
                }
                if store::insert(tx, vec![row.clone()]).await? == 0 {
                    return Err(taken(tx, store, &row.code, &row.normal_code).await?);
                }
                let change = Change::new(Object::one(Kind::CouponCode, id), Action::Created);
                activity::record(tx, &author, change.to(log::document(&row, is_shared))).await?;
                Ok(stored(row))
            })
        })
        .await?;
    Ok(added)
}

/// Why a code that someone made up cannot be one of those that carry check characters.
const LOOKS_MISTYPED: &str = "looks like a mistyped one of the codes that were made with check characters, so that \
                              shoppers would be told that it is not known; choose another";

/// The code is taken: by which promotion, and what that does, as it may be one that is not in sight.
async fn taken(tx: &Transaction, store: StoreId, text: &str, normal_code: &str) -> Result<Problem, Problem> {
    let held = store::find_by_forms(tx, store, &[normal_code.to_owned()], &[]).await?;
    let holder = held.first().map_or(0, |row| row.promotion_id);
    let holder = promotion::service::get(tx, store, holder).await?;
    Ok(Problem::new(Code::CodeExists, format!("the code `{text}` exists already, in the {}", named(&holder))))
}

/// `promotion 62 "Boots week", which is paused`.
fn named(holder: &promotion::service::Stored) -> String {
    let name = holder.document.get("name").and_then(Value::as_str).unwrap_or_default();
    format!("promotion {} \"{name}\", which is {}", holder.id, holder.status.word())
}

/// Makes exactly so many random codes for a coupon promotion with many codes.
///
/// `length_field` is what the request calls the length, for errors.
///
/// Errors: no such promotion, one with a single code, a request for codes that would be easy to guess.
pub async fn generate_codes(
    app: &AppState,
    author: &Author,
    promotion: i64,
    request: GenerateCodes,
    length_field: &str,
    terms: CodeTerms,
) -> Result<Vec<StoredCode>, Problem> {
    let (store, now) = (author.store, author.now);
    bulk_promotion(app, store, promotion).await?;
    let guards = space::guards_of(app.db.read(), store).await?;
    let looks_mistyped = |code: &str| guards.iter().any(|guard| guard.refuses(&loose(code)));
    // A code that exists already, however unlikely, makes the whole batch be thrown again.
    for _ in 0..5 {
        let texts = {
            let mut dice = rand::rng();
            generate(&request, &looks_mistyped, &mut |sides| dice.random_range(0..sides.max(1)))
                .map_err(|error| not_generated(length_field, error))?
        };
        let mut rows = Vec::with_capacity(texts.len());
        for text in texts {
            let normal_code = normalise(&text).map_err(|error| not_a_code("/prefix", error))?;
            rows.push(CodeRow { is_generated: true, ..row(store, promotion, text, normal_code, terms, now) });
        }
        if let Some(kept) = keep_all(app, author, promotion, rows).await? {
            return Ok(kept);
        }
    }
    Err(Problem::new(Code::Conflict, "too many of the generated codes exist already; make them longer"))
}

/// Keeps all codes, or none and gives `None` when one of them exists.
async fn keep_all(
    app: &AppState,
    author: &Author,
    promotion: i64,
    rows: Vec<CodeRow>,
) -> Result<Option<Vec<StoredCode>>, Problem> {
    let (store, author, wanted) = (author.store, author.clone(), rows.len() as u64);
    let kept = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
                let first = next_id(tx, store, "coupon_code", count).await?;
                let guards = space::guards_of(tx, store).await?;
                let looks_mistyped =
                    |row: &CodeRow| guards.iter().any(|guard| guard.refuses(&loose(&row.normal_code)));
                if rows.iter().any(looks_mistyped) {
                    return Err(Problem::new(Code::CodeExists, "a generated code looks mistyped"));
                }
                let numbered = (first..).zip(rows).map(|(id, row)| CodeRow { id, ..row });
                let rows: Vec<CodeRow> = numbered.collect();
                if store::insert(tx, rows.clone()).await? < wanted {
                    return Err(Problem::new(Code::CodeExists, "a generated code exists already"));
                }
                activity::record(tx, &author, log::many(Action::Generated, promotion, wanted, None)).await?;
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
    let normal_code = match text {
        Some(text) => match lookup::row_of(app, app.db.read(), store, text).await? {
            Some(row) => Some(row.normal_code),
            None => return Ok(Vec::new()),
        },
        None => None,
    };
    let part = match part {
        CodePart::First => Part::First,
        CodePart::After(id) => Part::After(id),
        CodePart::Before(id) => Part::Before(id),
        CodePart::Offset(offset) => Part::Offset(offset),
    };
    let rows = store::list(app.db.read(), store, promotion, normal_code.as_deref(), part, fetch).await?;
    used(app.db.read(), store, rows).await
}

/// The same page of the codes of each of these promotions.
pub async fn pages<C: Connection>(
    db: &C,
    store: StoreId,
    promotions: &[i64],
    after: Option<i64>,
    fetch: u64,
) -> Result<BTreeMap<i64, Vec<StoredCode>>, Problem> {
    let rows = store::pages(db, store, promotions, after, fetch).await?;
    let owners: Vec<i64> = rows.iter().map(|row| row.promotion_id).collect();
    let mut pages: BTreeMap<i64, Vec<StoredCode>> = BTreeMap::new();
    for (promotion, code) in owners.into_iter().zip(used(db, store, rows).await?) {
        pages.entry(promotion).or_default().push(code);
    }
    Ok(pages)
}

/// Codes with how often each was used.
async fn used<C: Connection>(db: &C, store: StoreId, rows: Vec<CodeRow>) -> Result<Vec<StoredCode>, Problem> {
    let codes: Vec<(i64, i64)> = rows.iter().map(|row| (row.promotion_id, row.id)).collect();
    let uses = redemption::service::facts::uses_of_codes(db, store, &codes).await?;
    let used = |row: CodeRow| {
        let current_uses = uses.get(&row.id).copied().unwrap_or(0);
        StoredCode { current_uses, ..stored(row) }
    };
    Ok(rows.into_iter().map(used).collect())
}

/// How often codes may be used, by their ids; those without limits are left out.
pub async fn limits<C: Connection>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<BTreeMap<i64, engine::redemption::CodeLimits>, Problem> {
    /// What both databases take in one question.
    const AT_ONCE: usize = 10_000;
    let mut limits = BTreeMap::new();
    for ids in ids.chunks(AT_ONCE) {
        for (code, uses, uses_per_customer) in store::limits(db, store, ids).await? {
            let limit = |limit: Option<i64>| limit.map(i64::unsigned_abs);
            let (uses, uses_per_customer) = (limit(uses), limit(uses_per_customer));
            limits.insert(code, engine::redemption::CodeLimits { code, uses, uses_per_customer });
        }
    }
    Ok(limits)
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

/// Deletes codes of a promotion; those that do not exist are not there afterwards either.
pub async fn delete(app: &AppState, author: &Author, promotion: i64, ids: Vec<i64>) -> Result<(), Problem> {
    let (store, author) = (author.store, author.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let mut rows = Vec::with_capacity(ids.len());
                for id in &ids {
                    rows.extend(store::find(tx, store, promotion, *id).await?);
                }
                delete_rows(tx, &author, rows).await
            })
        })
        .await?;
    app.rulesets.refresh(&app.db, store).await?;
    Ok(())
}

async fn delete_rows(tx: &Transaction, author: &Author, rows: Vec<CodeRow>) -> Result<(), Problem> {
    let Some(promotion) = rows.first().map(|row| row.promotion_id) else { return Ok(()) };
    let store = author.store;
    let is_shared = !is_bulk(&promotion::service::get(tx, store, promotion).await?.document);
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    store::delete(tx, store, promotion, &ids).await?;
    count_change(tx, store).await?;
    for row in &rows {
        let change = Change::new(Object::one(Kind::CouponCode, row.id), Action::Deleted);
        activity::record(tx, author, change.from(log::document(row, is_shared))).await?;
    }
    Ok(())
}

/// Tells carts that were priced with codes which are now different: none of them is ordered at that price.
async fn count_change(tx: &Transaction, store: StoreId) -> Result<(), Problem> {
    settings::service::bump_version(tx, store).await?;
    Ok(())
}

/// Deletes a code by its text, however it is spelled.
pub async fn delete_by_text(app: &AppState, author: &Author, text: &str) -> Result<(), Problem> {
    let (state, text, store, author) = (app.clone(), text.to_owned(), author.store, author.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let found = lookup::row_of(&state, tx, store, &text).await?;
                delete_rows(tx, &author, found.into_iter().collect()).await
            })
        })
        .await?;
    app.rulesets.refresh(&app.db, store).await?;
    Ok(())
}

/// Changes how often and when a code of a promotion may be used. Of two changes of the same, the last one stands.
///
/// Errors: no such code; an end that is not after the start.
pub async fn change(
    app: &AppState,
    author: &Author,
    (promotion, id): (i64, i64),
    change: CodeChange,
) -> Result<StoredCode, Problem> {
    let (store, author) = (author.store, author.clone());
    let changed = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let found = store::find(tx, store, promotion, id).await?;
                let mut row = found.ok_or_else(|| Problem::not_found("coupon code", id))?;
                let is_shared = !is_bulk(&promotion::service::get(tx, store, promotion).await?.document);
                let before = log::document(&row, is_shared);
                let CodeChange { uses, uses_per_customer, start, end } = change;
                row.max_uses = uses.map_or(row.max_uses, limit);
                row.max_uses_per_customer = uses_per_customer.map_or(row.max_uses_per_customer, limit);
                row.starts_at = start.map_or(row.starts_at, milliseconds);
                row.ends_at = end.map_or(row.ends_at, milliseconds);
                let late = |message| Problem::invalid([FieldError::new("/ends_at", "out_of_range", message)]);
                check_window(window_of(&row)).map_err(late)?;
                store::update_terms(tx, row.clone()).await?;
                count_change(tx, store).await?;
                let uses = redemption::service::facts::uses_of_codes(tx, store, &[(promotion, id)]).await?;
                let current_uses = uses.get(&id).copied().unwrap_or(0);
                let change = Change::new(Object::one(Kind::CouponCode, id), Action::Updated);
                let change = change.from(before).to(log::document(&row, is_shared));
                activity::record(tx, &author, change).await?;
                Ok::<_, Problem>(StoredCode { current_uses, ..stored(row) })
            })
        })
        .await?;
    app.rulesets.refresh(&app.db, store).await?;
    Ok(changed)
}

/// The document of a coupon promotion.
async fn coupon_promotion(
    app: &AppState,
    store: StoreId,
    promotion: i64,
) -> Result<Map<String, Value>, Problem> {
    let stored = promotion::service::get(app.db.read(), store, promotion).await?;
    if stored.document.get("redemption_type") != Some(&Value::from("COUPON")) {
        let detail = "only a promotion with `redemption_type` COUPON has codes";
        return Err(Problem::new(Code::NotACoupon, detail));
    }
    Ok(stored.document)
}

/// Whether codes can be made for a promotion.
///
/// Errors: why not.
async fn bulk_promotion(app: &AppState, store: StoreId, promotion: i64) -> Result<(), Problem> {
    if is_bulk(&coupon_promotion(app, store, promotion).await?) {
        return Ok(());
    }
    let detail = "codes are generated only for a promotion with `coupon_type` BULK";
    Err(Problem::new(Code::NotBulk, detail))
}

/// Whether a coupon promotion has many codes, each for few, rather than one that is shared.
fn is_bulk(document: &Map<String, Value>) -> bool {
    document.get("coupon_type") == Some(&Value::from("BULK"))
}

fn row(
    store: StoreId,
    promotion_id: i64,
    code: String,
    normal_code: String,
    terms: CodeTerms,
    now: Timestamp,
) -> CodeRow {
    CodeRow {
        loose_code: loose_code(&normal_code),
        store_id: store.0,
        id: 0,
        promotion_id,
        code,
        normal_code,
        max_uses: limit(terms.uses),
        max_uses_per_customer: limit(terms.uses_per_customer),
        created_at: now.as_millisecond(),
        is_generated: false,
        starts_at: milliseconds(terms.window.start),
        ends_at: milliseconds(terms.window.end),
    }
}

/// A limit as it is stored: NULL is without.
fn limit(most: u64) -> Option<i64> {
    i64::try_from(most).ok().filter(|most| *most > 0)
}

/// An instant as it is stored.
fn milliseconds(instant: Option<Timestamp>) -> Option<i64> {
    instant.map(Timestamp::as_millisecond)
}

/// When a code can be used.
fn window_of(row: &CodeRow) -> CodeWindow {
    CodeWindow { start: row.starts_at.map(from_milliseconds), end: row.ends_at.map(from_milliseconds) }
}

/// The loose form as it is stored: only when it is another than the normal form.
fn loose_code(normal_code: &str) -> Option<String> {
    Some(loose(normal_code)).filter(|loose| loose != normal_code)
}

fn stored(row: CodeRow) -> StoredCode {
    let count = |value: i64| u64::try_from(value).unwrap_or(0);
    StoredCode {
        window: window_of(&row),
        id: row.id,
        promotion: row.promotion_id,
        code: row.code,
        current_uses: 0,
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

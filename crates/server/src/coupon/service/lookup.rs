//! Which code is meant: the one answer for pricing, validating, deleting and finding.

use engine::coupon::{loose, normalise};
use engine::promotion::{CodeFact, EnteredCode, Inactive, Status};
use engine::redemption::CodeLimits;
use jiff::Timestamp;

use super::super::store::{self, CodeRow};
use super::{StoredCode, used, window_of};
use crate::app::AppState;
use crate::platform::db::Connection;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::promotion;
use crate::ruleset::StoreRules;

/// The code with this text, however it is spelled.
pub async fn find(app: &AppState, store: StoreId, text: &str) -> Result<Option<StoredCode>, Problem> {
    let row = row_of(app, app.db.read(), store, text).await?;
    Ok(used(app.db.read(), store, row.into_iter().collect()).await?.pop())
}

/// The promotion that a code unlocks, however it is spelled.
pub async fn promotion_of(app: &AppState, store: StoreId, text: &str) -> Result<Option<i64>, Problem> {
    Ok(find(app, store, text).await?.map(|code| code.promotion))
}

/// The promotion that has exactly this code, so that no other can have it.
pub async fn promotion_with<C: Connection>(
    db: &C,
    store: StoreId,
    text: &str,
) -> Result<Option<i64>, Problem> {
    let Ok(normal_code) = normalise(text) else { return Ok(None) };
    let rows = store::find_by_forms(db, store, &[normal_code], &[]).await?;
    Ok(rows.first().map(|row| row.promotion_id))
}

/// A code as it was entered.
#[derive(Clone, Debug)]
pub struct Entered {
    /// What is known of it, but not how often it was used.
    pub code: EnteredCode,
    /// How often it may be used, when there is such a code.
    pub limits: Option<CodeLimits>,
    /// Whether it was made at random, and so is handed out singly.
    pub is_single: bool,
    /// How the merchant wrote it, where it was entered otherwise.
    pub written: Option<String>,
}

impl Entered {
    /// A code that is not to be looked up.
    fn untried(text: &str) -> Self {
        Self {
            code: EnteredCode { text: text.to_owned(), fact: CodeFact::Untried },
            limits: None,
            is_single: false,
            written: None,
        }
    }
}

/// What evaluation by these rules must know of the codes entered, in their order; only the first `tried` are looked up.
pub async fn facts(
    app: &AppState,
    store: StoreId,
    rules: &StoreRules,
    (texts, tried): (&[String], usize),
    now: Timestamp,
) -> Result<Vec<Entered>, Problem> {
    let (texts, untried) = texts.split_at(tried.min(texts.len()));
    if texts.is_empty() {
        return Ok(untried.iter().map(|text| Entered::untried(text)).collect());
    }
    let rows = match app.codes.known(store, rules.version, texts) {
        Some(rows) => rows,
        None => {
            let rows = rows_of(app, app.db.read(), store, texts).await?;
            app.codes.remember(store, rules.version, texts, &rows);
            rows
        }
    };
    let standing = standing(app, store, rules, &rows, now).await?;
    let count = |most: Option<i64>| most.map(i64::unsigned_abs);
    let limits = |row: &CodeRow| CodeLimits {
        code: row.id,
        uses: count(row.max_uses),
        uses_per_customer: count(row.max_uses_per_customer),
    };
    let entered = texts.iter().zip(&rows).zip(standing);
    let entered = entered.map(|((text, row), fact)| Entered {
        is_single: row.as_ref().is_some_and(|row| row.is_generated),
        written: row.as_ref().map(|row| row.code.clone()).filter(|written| written != text),
        limits: row.as_ref().filter(|_| !matches!(fact, CodeFact::Unknown)).map(limits),
        code: EnteredCode { text: text.clone(), fact },
    });
    Ok(entered.chain(untried.iter().map(|text| Entered::untried(text))).collect())
}

/// Where the promotions of codes stand.
async fn standing(
    app: &AppState,
    store: StoreId,
    rules: &StoreRules,
    rows: &[Option<CodeRow>],
    now: Timestamp,
) -> Result<Vec<CodeFact>, Problem> {
    let known = |row: &CodeRow, inactive| {
        let (promotion, window) = (row.promotion_id.unsigned_abs(), window_of(row));
        CodeFact::Known { promotion, inactive, used_up: None, window }
    };
    // The rules have those that can apply.
    let live = |row: &Option<CodeRow>| {
        let row = row.as_ref()?;
        let window = rules.ruleset.get(row.promotion_id.unsigned_abs())?.window;
        window.end.is_none_or(|end| now < end).then(|| known(row, None))
    };
    if let Some(all) = rows.iter().map(live).collect() {
        return Ok(all);
    }
    // Asked even when no code is known, so that knowing one takes no longer.
    let mut promotions: Vec<i64> = rows.iter().flatten().map(|row| row.promotion_id).collect();
    promotions.push(0);
    let promotions = promotion::service::get_many(app.db.read(), store, &promotions).await?;
    let fact = |row: &Option<CodeRow>| {
        let of_row = |row: &CodeRow| {
            let promotion = promotions.iter().find(|it| it.id == row.promotion_id)?;
            Some(known(row, inactive(promotion, now)))
        };
        row.as_ref().and_then(of_row).unwrap_or(CodeFact::Unknown)
    };
    Ok(rows.iter().map(fact).collect())
}

/// The row of a code, however it is spelled.
pub(super) async fn row_of<C: Connection>(
    app: &AppState,
    db: &C,
    store: StoreId,
    text: &str,
) -> Result<Option<CodeRow>, Problem> {
    let mut rows = rows_of(app, db, store, &[text.to_owned()]).await?;
    Ok(rows.pop().flatten())
}

/// The row of each code, however it is spelled: the one with the same normal form or, when there is none, the only one
/// with the same loose form. `None` also for one that its check characters show to be mistyped, without a query.
async fn rows_of<C: Connection>(
    app: &AppState,
    db: &C,
    store: StoreId,
    texts: &[String],
) -> Result<Vec<Option<CodeRow>>, Problem> {
    let guards = app.codes.guards(app, store).await?;
    let form = |text: &String| {
        let normal = normalise(text).ok()?;
        let loose = loose(&normal);
        (!guards.iter().any(|guard| guard.refuses(&loose))).then_some((normal, loose))
    };
    let forms: Vec<Option<(String, String)>> = texts.iter().map(form).collect();
    let normal: Vec<String> = forms.iter().flatten().map(|(normal, _)| normal.clone()).collect();
    if normal.is_empty() {
        return Ok(vec![None; texts.len()]);
    }
    let loose = forms.iter().flatten().map(|(_, loose)| loose.clone());
    let loose: Vec<String> = loose.filter(|loose| !loose.is_empty()).collect();
    let rows = store::find_by_forms(db, store, &normal, &loose).await?;
    Ok(forms.iter().map(|forms| meant(forms.as_ref()?, &rows).cloned()).collect())
}

fn meant<'a>((normal, loose): &(String, String), rows: &'a [CodeRow]) -> Option<&'a CodeRow> {
    if let Some(row) = rows.iter().find(|row| row.normal_code == *normal) {
        return Some(row);
    }
    let has_form = |row: &&CodeRow| row.loose_code.as_ref().unwrap_or(&row.normal_code) == loose;
    let only = rows.iter().find(has_form)?;
    let is_only = rows.iter().filter(has_form).all(|row| row.id == only.id);
    is_only.then_some(only)
}

fn inactive(promotion: &promotion::service::Stored, now: Timestamp) -> Option<Inactive> {
    match promotion.status {
        Status::Draft => Some(Inactive::Draft),
        Status::Paused => Some(Inactive::Paused),
        Status::Archived => Some(Inactive::Archived),
        Status::Active => promotion.end.filter(|end| *end <= now).map(Inactive::Ended),
    }
}

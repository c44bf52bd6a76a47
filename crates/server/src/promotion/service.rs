//! Use cases of promotions: load, let the engine decide, store.

mod for_rules;
mod life_cycle;
mod lint;

use std::collections::BTreeMap;

use engine::document::{Context, Invalid};
use engine::money::Currency;
use engine::promotion::{CouponType, Parsed, RedemptionType, Status, parse};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::store::{self, PromotionRow, Start};
use crate::activity::{Action, Author, Change, Kind, Object};
use crate::app::AppState;
use crate::platform::clock::from_milliseconds;
use crate::platform::db::{Connection, Transaction};
use crate::platform::http::{Code, FieldError, Problem};
use crate::platform::ids::{StoreId, next_id};
use crate::{activity, coupon, redemption, settings};

pub use for_rules::{Unread, changed_after, last_end, live, unread};
pub use life_cycle::{Counts, archive, become_status, counts, duplicate};
pub use lint::{DRAFT, lint_draft, lint_stored};

/// A promotion as it is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: i64,
    /// Its document in normal form.
    pub document: Map<String, Value>,
    /// Where it stands in its life.
    pub status: Status,
    /// Completed checkouts in which it discounted something.
    pub current_uses: u64,
    /// What made it: `api`, `bigcommerce` or `demo`.
    pub created_from: String,
    /// Counts its changes, from 1.
    pub revision: i64,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Option<Timestamp>,
}

/// Where a promotion stands now, for lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Being written.
    Draft,
    /// Meant to apply, from a later instant on.
    Scheduled,
    /// Applies now.
    Active,
    /// Held back.
    Paused,
    /// Past its end.
    Expired,
    /// Over for good.
    Archived,
    /// Meant to apply, whatever its dates: BigCommerce's ENABLED.
    Enabled,
    /// Not meant to apply: BigCommerce's DISABLED.
    Disabled,
    /// Anywhere: all that there are or ever were.
    Any,
    /// Past its end, or archived.
    Over,
    /// Nothing: BigCommerce's INVALID, which no stored promotion is.
    Never,
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Id, which is the order of creation.
    #[default]
    Id,
    /// Name, letter case aside.
    Name,
    /// Place in the order of evaluation.
    Priority,
    /// Start.
    StartDate,
}

/// Which promotions a list shows, and in which order.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these ids.
    pub ids: Vec<i64>,
    /// Exactly this name.
    pub name: Option<String>,
    /// Exactly this key; archived ones have none.
    pub key: Option<String>,
    /// A part of the name, letter case aside, or exactly a code.
    pub query: Option<String>,
    /// The promotion of exactly this code.
    pub code: Option<String>,
    /// This currency, or `*`.
    pub currency_code: Option<String>,
    /// `AUTOMATIC` or `COUPON`.
    pub redemption_type: Option<&'static str>,
    /// Where it stands.
    pub state: Option<State>,
    /// Offered in one of these channels or in all.
    pub channels: Vec<i64>,
    /// Of this seller.
    pub seller: Option<i64>,
    /// Whether archived ones are shown when `state` does not say.
    pub with_archived: bool,
    /// What to sort by.
    pub sort: Sort,
    /// From the last to the first.
    pub descending: bool,
    /// Now, in milliseconds, which `state` is judged by.
    pub now: i64,
    /// The promotions of the code that `query` may be; set by the service.
    pub(crate) promotions_with_code: Option<Vec<i64>>,
}

/// The place of a promotion in a sorted list: the value of the sorted field, and the id.
pub type Place = (Value, i64);

impl Stored {
    /// The same, with how often it was used.
    fn used(self, uses: &BTreeMap<i64, u64>) -> Self {
        Self { current_uses: uses.get(&self.id).copied().unwrap_or(0), ..self }
    }

    /// Where it stands at `now`.
    pub fn state(&self, now: Timestamp) -> State {
        match self.status {
            Status::Draft => State::Draft,
            Status::Paused => State::Paused,
            Status::Archived => State::Archived,
            Status::Active if now < self.start => State::Scheduled,
            Status::Active if self.end.is_some_and(|end| end <= now) => State::Expired,
            Status::Active => State::Active,
        }
    }

    /// Whether it can apply at `now` or later.
    pub fn is_live(&self, now: Timestamp) -> bool {
        matches!(self.state(now), State::Active | State::Scheduled)
    }
}

/// Makes a promotion.
///
/// Errors: every problem of the document.
pub async fn create(
    app: &AppState,
    author: &Author,
    document: &Value,
    created_from: &'static str,
) -> Result<Stored, Problem> {
    let store = author.store;
    let parsed = read(app, store, document, author.now).await?;
    let row = row_of(store, 0, &parsed, created_from, author.now)?;
    let (channels, author) = (parsed.promotion.targeting.channels, author.clone());
    let stored = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let id = next_id(tx, store, "promotion", 1).await?;
                let row = PromotionRow { id, ..row };
                check_key(tx, &row).await?;
                store::insert(tx, row.clone(), &channels).await?;
                count_change(tx, store, &[id]).await?;
                let made = stored(row)?;
                let change = Change::new(Object::one(Kind::Promotion, id), Action::Created);
                activity::record(tx, &author, change.to(made.document.clone().into())).await?;
                Ok::<_, Problem>(made)
            })
        })
        .await?;
    app.rulesets.refresh(&app.db, store).await?;
    Ok(stored)
}

/// The promotion with this id.
pub async fn get<C: Connection>(db: &C, store: StoreId, id: i64) -> Result<Stored, Problem> {
    let row = store::find(db, store, id).await?.ok_or_else(|| Problem::not_found("promotion", id))?;
    let uses = redemption::service::facts::uses_of_promotions(db, store, &[id]).await?;
    Ok(stored(row)?.used(&uses))
}

/// The promotions with these ids, in no order; those that do not exist are left out.
pub async fn get_many<C: Connection>(db: &C, store: StoreId, ids: &[i64]) -> Result<Vec<Stored>, Problem> {
    store::find_many(db, store, ids).await?.into_iter().map(stored).collect()
}

/// The same, with how often each was used.
pub async fn get_many_used<C: Connection>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<Vec<Stored>, Problem> {
    let uses = redemption::service::facts::uses_of_promotions(db, store, ids).await?;
    Ok(get_many(db, store, ids).await?.into_iter().map(|stored| stored.used(&uses)).collect())
}

/// Changes the fields that `patch` has; a field that is null goes back to its default.
///
/// `revision` is the one that the caller has seen: when given, a promotion that was changed since stays as it is.
///
/// Errors: every problem of the changed document; a field that cannot change; a stale revision; an archived
/// promotion, which stays as it is for the record.
pub async fn update(
    app: &AppState,
    author: &Author,
    id: i64,
    patch: &Value,
    revision: Option<i64>,
) -> Result<Stored, Problem> {
    const TRIES: u32 = 5;
    let store = author.store;
    for _ in 0..TRIES {
        let before = get(app.db.read(), store, id).await?;
        check_revision(&before, revision)?;
        life_cycle::check(before.status, before.status)?;
        let document = merge(&before, patch)?;
        let parsed = read(app, store, &document, author.now).await?;
        life_cycle::check(before.status, parsed.promotion.status)?;
        check_unchanged(&before, &parsed)?;
        if parsed.document.as_object() == Some(&before.document) {
            return Ok(before);
        }
        if let Some(changed) = replace(app, author, &before, parsed).await? {
            app.rulesets.refresh(&app.db, store).await?;
            return Ok(changed);
        }
    }
    Err(Problem::new(Code::Conflict, "other requests keep changing this promotion"))
}

/// A page of a list, by the place after which it starts.
pub async fn list(
    app: &AppState,
    store: StoreId,
    mut filter: Filter,
    after: Option<Place>,
    fetch: u64,
) -> Result<Vec<(Stored, Place)>, Problem> {
    resolve_codes(app, store, &mut filter).await?;
    let start = match after {
        None => None,
        Some((value, id)) => Some(Start::after(filter.sort, &value, id).ok_or_else(not_a_cursor)?),
    };
    let rows = store::list(app.db.read(), store, &filter, start, fetch).await?;
    let uses = uses_of(app, store, &rows).await?;
    let place = |row: &PromotionRow| (store::sort_value(filter.sort, row), row.id);
    rows.into_iter().map(|row| Ok((stored(row.clone())?.used(&uses), place(&row)))).collect()
}

async fn uses_of(
    app: &AppState,
    store: StoreId,
    rows: &[PromotionRow],
) -> Result<BTreeMap<i64, u64>, Problem> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    redemption::service::facts::uses_of_promotions(app.db.read(), store, &ids).await
}

/// A page of a list by its offset, and how many promotions there are in all.
pub async fn list_by_offset(
    app: &AppState,
    store: StoreId,
    mut filter: Filter,
    offset: u64,
    limit: u64,
) -> Result<(Vec<Stored>, u64), Problem> {
    resolve_codes(app, store, &mut filter).await?;
    let total = store::count(app.db.read(), store, &filter).await?;
    let rows = store::list(app.db.read(), store, &filter, Some(Start::Offset(offset)), limit).await?;
    let uses = uses_of(app, store, &rows).await?;
    let used = |row| Ok::<_, Problem>(stored(row)?.used(&uses));
    Ok((rows.into_iter().map(used).collect::<Result<_, _>>()?, total))
}

/// Tells evaluation, on every node, that these promotions changed.
async fn count_change(tx: &Transaction, store: StoreId, ids: &[i64]) -> Result<(), Problem> {
    let version = settings::service::bump_version(tx, store).await?;
    Ok(store::mark_changed(tx, store, ids, version).await?)
}

async fn resolve_codes(app: &AppState, store: StoreId, filter: &mut Filter) -> Result<(), Problem> {
    if let Some(code) = filter.code.take() {
        let found = coupon::service::promotion_of(app, store, &code).await?;
        // No promotion has the id 0, so an unknown code finds none.
        filter.ids = vec![found.filter(|id| filter.ids.is_empty() || filter.ids.contains(id)).unwrap_or(0)];
    }
    if let Some(text) = &filter.query {
        let found = coupon::service::promotion_of(app, store, text).await?;
        filter.promotions_with_code = found.map(|id| vec![id]);
    }
    Ok(())
}

async fn read(app: &AppState, store: StoreId, document: &Value, now: Timestamp) -> Result<Parsed, Problem> {
    let default_currency: Currency = settings::service::get(app.db.read(), store).await?.pricing.currency;
    parse(document, &Context { default_currency, now }).map_err(problem)
}

/// The problems of a document as an answer.
pub fn problem(problems: Vec<Invalid>) -> Problem {
    Problem::invalid(problems.into_iter().map(|it| FieldError::new(it.pointer, it.code, it.message)))
}

fn merge(before: &Stored, patch: &Value) -> Result<Value, Problem> {
    let Value::Object(patch) = patch else {
        return Err(Problem::invalid([FieldError::new(
            "",
            "type",
            "must be an object with the fields to change",
        )]));
    };
    let mut document = before.document.clone();
    for (name, value) in patch {
        match value {
            // A start that is taken back stays when it was: it cannot have been "now" all along.
            Value::Null if name == "start_date" => {}
            Value::Null => {
                document.remove(name);
            }
            value => {
                document.insert(name.clone(), value.clone());
            }
        }
    }
    Ok(Value::Object(document))
}

fn check_revision(before: &Stored, revision: Option<i64>) -> Result<(), Problem> {
    match revision {
        Some(seen) if seen != before.revision => {
            let detail = format!("the promotion is at revision {}, not {seen}", before.revision);
            Err(Problem::new(Code::Stale, detail))
        }
        _ => Ok(()),
    }
}

/// Codes belong to a kind of promotion, so the kind cannot change.
fn check_unchanged(before: &Stored, after: &Parsed) -> Result<(), Problem> {
    let Value::Object(document) = &after.document else { return Ok(()) };
    let cannot_change = |name: &&str| before.document.get(*name) != document.get(*name);
    // One is enough: the second changes along with the first.
    match ["redemption_type", "coupon_type"].into_iter().find(cannot_change) {
        None => Ok(()),
        Some(name) => {
            let message = "cannot change; make a new promotion";
            Err(Problem::invalid([FieldError::new(format!("/{name}"), "immutable", message)]))
        }
    }
}

/// A key names one promotion.
async fn check_key(tx: &Transaction, row: &PromotionRow) -> Result<(), Problem> {
    let Some(key) = &row.key else { return Ok(()) };
    match store::find_by_key(tx, StoreId(row.store_id), key).await?.filter(|id| *id != row.id) {
        None => Ok(()),
        Some(id) => {
            let detail = format!("`{key}` is the key of promotion {id} already; choose another");
            Err(Problem::new(Code::KeyExists, detail))
        }
    }
}

/// Stores what `before` became; `None` when another request changed it in the meantime.
async fn replace(
    app: &AppState,
    author: &Author,
    before: &Stored,
    parsed: Parsed,
) -> Result<Option<Stored>, Problem> {
    let store = author.store;
    let row = PromotionRow {
        rev: before.revision + 1,
        created_at: before.created.as_millisecond(),
        created_from: before.created_from.clone(),
        ..row_of(store, before.id, &parsed, "", author.now)?
    };
    let (channels, current_uses) = (parsed.promotion.targeting.channels, before.current_uses);
    let change = life_cycle::change(before.id, before.status, parsed.promotion.status);
    let change = change.from(before.document.clone().into()).to(parsed.document);
    let author = author.clone();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                check_key(tx, &row).await?;
                if !store::update(tx, row.clone(), &channels).await? {
                    return Ok(None);
                }
                count_change(tx, store, &[row.id]).await?;
                activity::record(tx, &author, change).await?;
                Ok(Some(Stored { current_uses, ..stored(row)? }))
            })
        })
        .await
}

fn row_of(
    store: StoreId,
    id: i64,
    parsed: &Parsed,
    created_from: &str,
    now: Timestamp,
) -> Result<PromotionRow, Problem> {
    let promotion = &parsed.promotion;
    let is_coupon = promotion.redemption_type == RedemptionType::Coupon;
    let coupon_type = match promotion.coupon_type {
        CouponType::Single => "SINGLE",
        CouponType::Bulk => "BULK",
    };
    let key = parsed.document.get("key").and_then(Value::as_str);
    Ok(PromotionRow {
        store_id: store.0,
        id,
        key: key.filter(|_| promotion.status != Status::Archived).map(str::to_owned),
        name: promotion.name.clone(),
        name_folded: promotion.name.to_lowercase(),
        redemption_type: if is_coupon { "COUPON" } else { "AUTOMATIC" }.to_owned(),
        coupon_type: is_coupon.then(|| coupon_type.to_owned()),
        status: promotion.status.word().to_owned(),
        currency_code: promotion.currency.map_or("*", Currency::code).to_owned(),
        seller_id: promotion.seller.and_then(|seller| i64::try_from(seller).ok()),
        start_at: promotion.window.start.as_millisecond(),
        end_at: promotion.window.end.map(Timestamp::as_millisecond),
        priority: promotion.priority,
        definition: serde_json::to_string(&parsed.document).map_err(Problem::internal)?,
        created_from: created_from.to_owned(),
        rev: 1,
        created_at: now.as_millisecond(),
        updated_at: now.as_millisecond(),
        changed_at_version: 0,
    })
}

fn stored(row: PromotionRow) -> Result<Stored, Problem> {
    let document = serde_json::from_str(&row.definition).map_err(Problem::internal)?;
    let status = Status::ALL.into_iter().find(|status| status.word() == row.status);
    Ok(Stored {
        id: row.id,
        document,
        status: status.ok_or_else(|| Problem::internal(format!("promotion {} has no status", row.id)))?,
        current_uses: 0,
        created_from: row.created_from,
        revision: row.rev,
        created: from_milliseconds(row.created_at),
        updated: from_milliseconds(row.updated_at),
        start: from_milliseconds(row.start_at),
        end: row.end_at.map(from_milliseconds),
    })
}

fn not_a_cursor() -> Problem {
    let message = "is not a cursor of this list; send the `next_cursor` of a page with the same sort";
    Problem::invalid([FieldError::new("?after", "invalid", message)])
}

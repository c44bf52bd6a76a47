//! From draft to archive: what may become of a promotion, and how many stand where.

use engine::promotion::{Status, StatusRefused};
use serde_json::{Map, Value, json};

use super::{Filter, State, Stored, check_revision, count_change, create, get, update};
use crate::activity::{self, Action, Author, Change, Kind, Object};
use crate::app::AppState;
use crate::coupon;
use crate::platform::db::Transaction;
use crate::platform::http::{Code, Problem};
use crate::platform::ids::StoreId;
use crate::promotion::store::{self, PromotionRow};

/// How many promotions stand where, for the tabs of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// All that there are or ever were.
    pub all: u64,
    /// Those that apply now.
    pub active: u64,
    /// Those that will, from a later instant on.
    pub scheduled: u64,
    /// Those that are being written.
    pub draft: u64,
    /// Those that are held back.
    pub paused: u64,
    /// Those that are over: past their end, or archived.
    pub expired: u64,
    /// Those that are archived.
    pub archived: u64,
}

/// Whether a promotion with a status may get another, or be changed and keep its own.
///
/// Errors: why not.
pub(super) fn check(before: Status, after: Status) -> Result<(), Problem> {
    before.may_become(after).map_err(|refused| match refused {
        StatusRefused::IsArchived => {
            let detail = "an archived promotion stays as it is; make a new one from it at \
                          `/v1/promotions/{id}/duplicate`";
            Problem::new(Code::Archived, detail)
        }
        StatusRefused::WasPublished => {
            let detail = format!(
                "the promotion is {}, and cannot become a draft again: pause it, or make a new one from it",
                before.word()
            );
            Problem::new(Code::StatusRefused, detail)
        }
    })
}

/// What the log says of a change from one status to another.
pub(super) fn change(id: i64, before: Status, after: Status) -> Change {
    let action = match after {
        _ if before == after => Action::Updated,
        Status::Active => Action::Activated,
        Status::Paused => Action::Paused,
        Status::Archived => Action::Archived,
        Status::Draft => Action::Updated,
    };
    Change::new(Object::one(Kind::Promotion, id), action)
}

/// Gives a promotion a status; one that it has already changes nothing.
///
/// `revision` is the one that the caller has seen, as of [`update`].
///
/// Errors: no such promotion; it cannot have this status any more; a stale revision.
pub async fn become_status(
    app: &AppState,
    author: &Author,
    id: i64,
    status: Status,
    revision: Option<i64>,
) -> Result<Stored, Problem> {
    let before = get(app.db.read(), author.store, id).await?;
    check_revision(&before, revision)?;
    if before.status == status {
        return Ok(before);
    }
    update(app, author, id, &json!({"status": status.word()}), revision).await
}

/// Makes a draft that says the same as another promotion, which may be archived.
///
/// Errors: no such promotion; a document that cannot be made any more.
pub async fn duplicate(app: &AppState, author: &Author, id: i64) -> Result<Stored, Problem> {
    let original = get(app.db.read(), author.store, id).await?;
    let mut document = original.document;
    document.insert("status".to_owned(), Status::Draft.word().into());
    create(app, author, &Value::Object(document), "api").await
}

/// How many promotions stand where at the author's now.
///
/// Errors: the database's.
pub async fn counts(app: &AppState, store: StoreId) -> Result<Counts, Problem> {
    let (now, db) = (app.clock.now().as_millisecond(), app.db.snapshot().await?);
    let count = async |state: State| {
        let filter = Filter { state: Some(state), with_archived: true, now, ..Filter::default() };
        store::count(&db, store, &filter).await
    };
    let counts = Counts {
        all: count(State::Any).await?,
        active: count(State::Active).await?,
        scheduled: count(State::Scheduled).await?,
        draft: count(State::Draft).await?,
        paused: count(State::Paused).await?,
        expired: count(State::Over).await?,
        archived: count(State::Archived).await?,
    };
    db.commit().await?;
    Ok(counts)
}

/// Archives promotions; the codes of none of them may still exist.
///
/// Gives the ids that could not be archived because codes remain. What does not exist is not there afterwards
/// either, so it counts as done.
///
/// Errors: the database's.
pub async fn archive(app: &AppState, author: &Author, ids: Vec<i64>) -> Result<Vec<i64>, Problem> {
    let (store, author) = (author.store, author.clone());
    let with_codes = app
        .db
        .write(move |tx| {
            let ids = ids.clone();
            Box::pin(async move {
                let mut with_codes = Vec::new();
                let mut changes = Vec::new();
                for row in store::find_many(tx, store, &ids).await? {
                    if row.status == Status::Archived.word() {
                        continue;
                    }
                    if coupon::service::has_codes(tx, store, row.id).await? {
                        with_codes.push(row.id);
                        continue;
                    }
                    changes.push(archive_row(tx, row, &author).await?);
                }
                count_change(tx, store, &ids).await?;
                for change in changes {
                    activity::record(tx, &author, change).await?;
                }
                Ok::<_, Problem>(with_codes)
            })
        })
        .await?;
    app.rulesets.refresh(&app.db, store).await?;
    Ok(with_codes)
}

/// Archives one, and tells what is to be recorded of it.
async fn archive_row(tx: &Transaction, row: PromotionRow, author: &Author) -> Result<Change, Problem> {
    let before: Map<String, Value> = serde_json::from_str(&row.definition).map_err(Problem::internal)?;
    let mut document = before.clone();
    document.insert("status".to_owned(), Status::Archived.word().into());
    let channels = channels_of(&document);
    let definition = serde_json::to_string(&document).map_err(Problem::internal)?;
    let (id, status, updated_at) = (row.id, Status::Archived.word().to_owned(), author.now.as_millisecond());
    let changed = PromotionRow { status, definition, rev: row.rev + 1, updated_at, ..row };
    if !store::update(tx, changed, &channels).await? {
        return Err(Problem::new(Code::Conflict, format!("the promotion {id} was changed meanwhile")));
    }
    let change = Change::new(Object::one(Kind::Promotion, id), Action::Archived);
    Ok(change.from(before.into()).to(document.into()))
}

fn channels_of(document: &Map<String, Value>) -> Vec<u64> {
    let channels = document.get("channels").and_then(Value::as_array);
    let ids = channels.into_iter().flatten().filter_map(|channel| channel.get("id").and_then(Value::as_u64));
    ids.collect()
}

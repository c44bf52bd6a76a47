//! What a promotion will not do as its author hopes: told before it is saved, and whenever it is.

use engine::coupon::normalise;
use engine::promotion::{Draft, Finding, Status, lint};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::read;
use crate::app::AppState;
use crate::catalog::service::{AskedShelf, shelf_asked};
use crate::coupon;
use crate::platform::http::Problem;
use crate::platform::ids::{ID_MAX, StoreId};

/// Stands for a promotion that has no id yet.
pub const DRAFT: u64 = ID_MAX.unsigned_abs();

/// Looks at a document that is not saved, and at codes that it is to have.
///
/// Errors: every problem of the document: what cannot be saved has no warnings.
pub async fn lint_draft(
    app: &AppState,
    store: StoreId,
    document: &Value,
    codes: &[String],
) -> Result<Vec<Finding>, Problem> {
    let now = app.clock.now();
    let parsed = read(app, store, document, now).await?;
    let id = document.get("id").and_then(Value::as_i64);
    let mut findings = look(app, store, id, now, parsed.document).await?;
    for (index, code) in codes.iter().enumerate() {
        findings.extend(code_exists(app, store, index, code).await?);
    }
    Ok(findings)
}

/// Looks at a promotion that is saved; one that is archived will do nothing any more.
pub async fn lint_stored(
    app: &AppState,
    store: StoreId,
    id: i64,
    created: Timestamp,
    document: &Map<String, Value>,
) -> Result<Vec<Finding>, Problem> {
    if document.get("status").and_then(Value::as_str) == Some(Status::Archived.word()) {
        return Ok(Vec::new());
    }
    look(app, store, Some(id), created, Value::Object(document.clone())).await
}

/// Lint asks its shelf twice: first to hear what it wants to know, then with what the catalog knows of that.
async fn look(
    app: &AppState,
    store: StoreId,
    id: Option<i64>,
    created: Timestamp,
    document: Value,
) -> Result<Vec<Finding>, Problem> {
    let (now, rules) = (app.clock.now(), app.rulesets.of(&app.db, store).await?);
    let (asked, currency) = (AskedShelf::default(), rules.ruleset.settings().currency);
    let id = id.map_or(DRAFT, i64::unsigned_abs);
    let draft = Draft { id: Some(id), created, document: &document };
    drop(lint(&draft, &rules.ruleset, &asked, now));
    let shelf = shelf_asked(app.db.read(), store, currency, asked).await?;
    // Many carts are priced: not on a thread that others wait for.
    let looking = tokio::task::spawn_blocking(move || {
        lint(&Draft { id: Some(id), created, document: &document }, &rules.ruleset, &shelf, now)
    });
    looking.await.map_err(Problem::internal)
}

async fn code_exists(
    app: &AppState,
    store: StoreId,
    index: usize,
    code: &str,
) -> Result<Option<Finding>, Problem> {
    let pointer = format!("/codes/{index}");
    let finding = |message: String| Finding { code: "code_exists", pointer, message, witness: None };
    if let Err(error) = normalise(code) {
        return Ok(Some(Finding { code: "code_unusable", ..finding(error.to_string()) }));
    }
    let holder = coupon::service::promotion_of(app.db.read(), store, code).await?;
    Ok(holder.map(|promotion| {
        finding(format!(
            "`{code}` is a code of promotion {promotion} already, without letter case and blanks; choose another"
        ))
    }))
}

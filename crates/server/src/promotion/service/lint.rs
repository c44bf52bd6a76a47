//! What a promotion will not do as its author hopes: told before it is saved, and whenever it is.

use std::collections::BTreeSet;
use std::time::Duration;

use engine::coupon::normalise;
use engine::promotion::{Draft, Finding, Status, lint};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::read;
use crate::app::AppState;
use crate::catalog::service::{Goods, shelf_of};
use crate::coupon;
use crate::platform::http::Problem;
use crate::platform::ids::{ID_MAX, StoreId};

/// How long a save waits for what lint finds.
const PATIENCE: Duration = Duration::from_secs(5);

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
    let id = document.get("id").and_then(Value::as_i64).filter(|id| *id > 0);
    let mut findings = look(app, store, id, now, parsed.document).await?;
    let mut seen = BTreeSet::new();
    for (index, code) in codes.iter().enumerate() {
        let is_new = normalise(code).map_or(true, |normal| seen.insert(normal));
        findings.extend(if is_new {
            code_exists(app, store, index, code).await?
        } else {
            Some(twice(index, code))
        });
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

/// Looks, but not for ever, and not on a thread that others wait for: many carts are priced. A promotion that was
/// saved is saved, whatever becomes of this.
async fn look(
    app: &AppState,
    store: StoreId,
    id: Option<i64>,
    created: Timestamp,
    document: Value,
) -> Result<Vec<Finding>, Problem> {
    let (now, rules) = (app.clock.now(), app.rulesets.of(&app.db, store).await?);
    let currency = rules.ruleset.settings().currency;
    let shelf = shelf_of(app.db.read(), store, currency, &Goods::named_in(&document)).await?;
    let id = id.map_or(DRAFT, i64::unsigned_abs);
    let looking = tokio::task::spawn_blocking(move || {
        lint(&Draft { id: Some(id), created, document: &document }, &rules.ruleset, &shelf, now)
    });
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(found) => found.map_err(Problem::internal),
        Err(_) => Ok(vec![not_looked_at()]),
    }
}

fn not_looked_at() -> Finding {
    let message =
        "could not be looked at in time among so many promotions; it can be saved all the same".to_owned();
    Finding { code: "not_looked_at", pointer: String::new(), message, witness: None }
}

fn twice(index: usize, code: &str) -> Finding {
    let message =
        format!("`{code}` stands in the list already, without letter case and blanks; choose another");
    Finding { code: "code_exists", pointer: format!("/codes/{index}"), message, witness: None }
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
    let holder = coupon::service::promotion_with(app.db.read(), store, code).await?;
    Ok(holder.map(|promotion| {
        finding(format!(
            "`{code}` is a code of promotion {promotion} already, without letter case and blanks; choose another"
        ))
    }))
}

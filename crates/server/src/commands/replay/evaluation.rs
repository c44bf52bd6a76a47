//! Pricing one kept evaluation again.

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::{anyhow, bail};
use serde_json::Value;

use crate::commands::{Misuse, failure, open};
use crate::evaluation::rest::Input;
use crate::evaluation::service::{self, Recorded};
use crate::platform::config::DatabaseArguments;
use crate::platform::db::Db;
use crate::platform::http::{Problem, pointer};
use crate::{ruleset, settings};

/// Differences that are listed.
const LISTED_MAX: usize = 20;

/// Prints what the evaluation is now, and fails with the differences when that is not what was kept.
pub(super) async fn run(database: &DatabaseArguments, id: &str, hash: Option<&str>) -> anyhow::Result<()> {
    let db = open(database).await?;
    let replayed = replay(&db, id, hash).await;
    db.close().await;
    let (recorded, answer) = replayed?;
    let mut out = std::io::stdout().lock();
    out.write_all(answer.as_bytes())?;
    out.flush()?;
    if answer != recorded {
        bail!("the answer is not the one that was kept\n{}", differences(&recorded, &answer));
    }
    Ok(())
}

/// The answer that was kept, and the one of now.
async fn replay(db: &Db, id: &str, hash: Option<&str>) -> anyhow::Result<(String, String)> {
    let recorded = find(db, id, hash).await?;
    let rules = ruleset::kept(db.read(), recorded.store, &recorded.ruleset).await.map_err(failure)?;
    let input = Input::read(&recorded.input).map_err(failure)?;
    let replayed = input.replay(rules).map_err(failure)?;
    Ok((recorded.answer, replayed.answer))
}

/// The evaluation of the store with this hash, or of the only one that has it.
async fn find(db: &Db, id: &str, hash: Option<&str>) -> anyhow::Result<Recorded> {
    let mut stores = Vec::new();
    let mut found = Vec::new();
    for recorded in service::recorded_in_all_stores(db.read(), id).await.map_err(failure)? {
        let of_store = settings::service::hash(db.read(), recorded.store).await.map_err(Problem::from);
        let of_store = of_store.map_err(failure)?.unwrap_or_default();
        if hash.is_none_or(|hash| hash == of_store) {
            stores.push(of_store);
            found.push(recorded);
        }
    }
    match found.len() {
        1 => found.pop().ok_or_else(|| anyhow!("no evaluation `{id}` was kept")),
        0 => {
            let place = hash.map(|hash| format!(" in the store `{hash}`")).unwrap_or_default();
            bail!("no evaluation `{id}` was kept{place}")
        }
        _ => {
            let message = format!("several stores kept it; name one with --store: {}", stores.join(", "));
            Err(Misuse(message).into())
        }
    }
}

/// Where two answers differ, one line for each place.
fn differences(recorded: &str, answer: &str) -> String {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let mut found = Vec::new();
    compare("", Some(&read(recorded)), Some(&read(answer)), &mut found);
    if found.is_empty() {
        return "  the same values in another order".to_owned();
    }
    let mut text = found.iter().take(LISTED_MAX).cloned().collect::<Vec<_>>().join("\n");
    if found.len() > LISTED_MAX {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  and {} more", found.len() - LISTED_MAX);
    }
    text
}

fn compare(place: &str, kept: Option<&Value>, now: Option<&Value>, found: &mut Vec<String>) {
    match (kept, now) {
        (Some(Value::Object(kept)), Some(Value::Object(now))) => {
            let added = now.keys().filter(|name| !kept.contains_key(*name));
            for name in kept.keys().chain(added) {
                compare(&pointer::child(place, name), kept.get(name), now.get(name), found);
            }
        }
        (Some(Value::Array(kept)), Some(Value::Array(now))) => {
            for index in 0..kept.len().max(now.len()) {
                compare(&format!("{place}/{index}"), kept.get(index), now.get(index), found);
            }
        }
        (kept, now) if kept == now => {}
        (kept, now) => {
            let show = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
            found.push(format!("  {place}: kept {}, now {}", show(kept), show(now)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_that_differs_is_told() {
        let kept = r#"{"totals":{"due":"9.00"},"lines":[1,2],"at":"x"}"#;
        let now = r#"{"totals":{"due":"8.00"},"lines":[1],"a/b":true,"at":"x"}"#;
        let told = differences(kept, now);
        let lines: Vec<&str> = told.lines().map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "/totals/due: kept \"9.00\", now \"8.00\"",
                "/lines/1: kept 2, now nothing",
                "/a~1b: kept nothing, now true"
            ]
        );
        assert!(differences(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#).contains("another order"));
    }
}

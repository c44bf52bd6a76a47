//! Issuing many cards that are alike, and taking their codes out.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::check::check;
use super::issue::{keep, mint};
use super::{NewCard, log, open_code};
use crate::activity::Author;
use crate::app::AppState;
use crate::gift_card::jobs::BULK_ISSUE;
use crate::gift_card::store::{self, CardRow, ExportRow};
use crate::job::{self, Job, NewJob, Progress};
use crate::ledger::service::{self as ledger, By};
use crate::platform::db::Transaction;
use crate::platform::http::{Errors, Problem};
use crate::platform::ids::{StoreId, next_id};
use crate::settings;

/// The most cards of one batch.
pub const COUNT_MAX: u64 = 100_000;
/// How many cards one step makes.
const CHUNK: u64 = 500;

/// What the job is to make.
#[derive(Serialize, Deserialize)]
struct Request {
    template: NewCard,
    actor: String,
}

/// Begins to issue so many cards; ring [`AppState::jobs`] once the transaction is kept.
///
/// Errors: a count outside 1 to 100,000, and all that is wrong with the template.
pub async fn begin_bulk(
    tx: &Transaction,
    author: &Author,
    count: u64,
    template: NewCard,
) -> Result<Job, Problem> {
    let store = author.store;
    let mut errors = Errors::default();
    if !(1..=COUNT_MAX).contains(&count) {
        errors.report("/count", "out_of_range", format!("must be from 1 to {COUNT_MAX}, is `{count}`"));
    }
    errors.finish()?;
    let settings = settings::service::get(tx, store).await?;
    // A currency that is left out is the store's of today, also when the store changes its own while cards are made.
    let currency = template.currency.or_else(|| Some(settings.pricing.currency.code().to_owned()));
    let template = NewCard { currency, ..template };
    check(&template, &settings, "/template", author.now)?;
    let request = Request { template: template.clone(), actor: author.actor.to_string() };
    let request = job::service::request(&request)?;
    let new = NewJob { kind: BULK_ISSUE.name, total: count, request };
    let job = job::service::begin(tx, store, new, author.now).await?;
    log::began(tx, author, (job.id(), count), &template).await?;
    Ok(job)
}

/// Makes the next cards of a batch, in one write with the job's progress, so that a kill leaves neither too few nor too
/// many.
pub(in crate::gift_card) async fn step(app: AppState, job: Job) -> Result<(), Problem> {
    let Request { template, actor } = job.request()?;
    let (store, now) = (job.store(), app.clock.now());
    let settings = settings::service::get(app.db.read(), store).await?;
    // By the time at which it was asked for: a step that comes later must not find that the time has passed.
    let checked = check(&template, &settings, "/template", job.created())?;
    let count = CHUNK.min(job.total().saturating_sub(job.done()));
    let mint = |_| mint(&app, store, &template, &checked, Some(job.id())).map(|(row, _)| row);
    let rows: Vec<CardRow> = (0..count).map(mint).collect::<Result<_, Problem>>()?;
    let done = job.done() + count;
    let progress = Progress {
        done,
        cursor: done.to_string(),
        result: json!({"issued": done, "csv": format!("/v1/gift-cards/bulk/{}.csv", job.id())}),
        is_finished: done >= job.total(),
    };
    let by = By { actor, now };
    app.db
        .write(move |tx| {
            Box::pin(async move {
                keep(tx, store, &by, &checked, rows).await?;
                job::service::advance(tx, &job, progress, now).await
            })
        })
        .await
}

/// The codes of a batch, taken out.
#[derive(Debug)]
pub struct Export {
    /// One line each, after the first, which names the columns.
    pub csv: String,
}

/// Takes the codes of a batch out, and writes down who did.
///
/// Errors: no such batch.
pub async fn export(app: &AppState, author: &Author, batch: i64) -> Result<Export, Problem> {
    const PAGE: u64 = 2_000;
    let (store, author) = (author.store, author.clone());
    let job = job::service::get(app.db.read(), store, batch).await?;
    if job.kind() != BULK_ISSUE.name {
        return Err(Problem::not_found("batch of gift cards", batch));
    }
    let mut csv = "id,code,amount,currency,expires_at,note\r\n".to_owned();
    let (mut after, mut cards) = (0, 0);
    loop {
        let rows = store::of_batch(app.db.read(), store, batch, after, PAGE).await?;
        let Some(last) = rows.last() else { break };
        (after, cards) = (last.id, cards + rows.len());
        add_lines(app, store, &rows, &mut csv).await?;
    }
    let (actor, now) = (author.actor.to_string(), author.now.as_millisecond());
    let cards = i64::try_from(cards).unwrap_or(i64::MAX);
    tracing::info!(store = store.0, batch, cards, actor, "codes of gift cards were exported");
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let id = next_id(tx, store, "gift_card_export", 1).await?;
                let row = ExportRow { store_id: store, id, batch_id: batch, actor, cards, created_at: now };
                store::insert_export(tx, row).await?;
                log::exported(tx, &author, (batch, cards)).await
            })
        })
        .await?;
    Ok(Export { csv })
}

async fn add_lines(
    app: &AppState,
    store: StoreId,
    rows: &[CardRow],
    csv: &mut String,
) -> Result<(), Problem> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let states = ledger::accounts(app.db.read(), store, &ids).await?;
    for (row, state) in rows.iter().zip(&states) {
        let account = &state.account;
        let code = open_code(app, row)?.display();
        let amount = engine::money::Minor::new(row.initial_amount).to_decimal(account.currency);
        let expires = account.expires.map(|at| at.to_string()).unwrap_or_default();
        let note = field(row.note.as_deref().unwrap_or_default());
        csv.push_str(&format!("{},{code},{amount},{},{expires},{note}\r\n", row.id, account.currency));
    }
    Ok(())
}

/// A text as a field: quoted when it must be, and never a formula to a spreadsheet.
fn field(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = format!("{}{}", if is_formula { "'" } else { "" }, text);
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_no_formulas() {
        for (text, written) in [
            ("Black Friday", "Black Friday"),
            ("=1+1", "'=1+1"),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("@x,y", "\"'@x,y\""),
        ] {
            assert_eq!(field(text), written);
        }
    }
}

//! `largesse doctor`: whether all that is promised holds.

use std::path::Path;

use anyhow::bail;
use clap::Args;
use serde_json::json;

use super::{Misuse, failure};
use crate::gift_card::service::made_with_another;
use crate::platform::clock::Clock;
use crate::platform::config::{DatabaseArguments, given_secret};
use crate::platform::db::look::{Finding, Health, look};
use crate::platform::db::{Db, Location, Options};
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::platform::secret::FoundSecret;
use crate::platform::terminal::{Tone, table, toned, trimmed};
use crate::ruleset::Rulesets;
use crate::{activity, idempotency, ledger, order, redemption, settings};

/// Findings of one kind that are listed.
const LISTED_MAX: usize = 20;

/// Look whether the database is sound and all that is promised holds
///
/// It only reads, and may be called while a server runs. It fails when something is wrong.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  largesse doctor
  largesse doctor --verify
  largesse doctor --verify --database-url sqlite:/backup/largesse.db")]
pub(super) struct Arguments {
    /// Go through everything that is stored: counters, orders, limits, answers
    #[arg(long)]
    verify: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseArguments,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { verify, json, database } = arguments;
    let options = database.options().map_err(|error| Misuse(error.to_string()))?;
    let findings = examine(&options, verify, Some(&database.data_dir)).await?;
    if json {
        println!("{}", as_json(&options.location, &findings));
    } else {
        println!("{}", toned(Tone::Bold, &options.location.to_string()));
        println!("{}", as_table(&findings));
    }
    match findings.iter().filter(|finding| finding.health == Health::Wrong).count() {
        0 => Ok(()),
        1 => bail!("one thing is wrong"),
        count => bail!("{count} things are wrong"),
    }
}

/// All that is found of a database; with `verify` of everything in it too, and with the folder of a server whether that
/// has the secret of its codes.
pub(super) async fn examine(
    options: &Options,
    verify: bool,
    folder: Option<&Path>,
) -> anyhow::Result<Vec<Finding>> {
    let db = Db::open_to_look(options).await?;
    let examined = examine_opened(&db, &options.location, verify, folder).await;
    db.close().await;
    examined
}

async fn examine_opened(
    db: &Db,
    location: &Location,
    verify: bool,
    folder: Option<&Path>,
) -> anyhow::Result<Vec<Finding>> {
    let mut findings = look(db, location).await?;
    let has_schema = !findings.iter().any(|it| it.what == "schema" && it.health == Health::Wrong);
    if let Some(folder) = folder.filter(|_| has_schema) {
        findings.push(of_secret(db, folder).await.map_err(failure)?);
    }
    if verify && has_schema {
        for store in settings::service::stores(db.read()).await.map_err(failure)? {
            findings.extend(of_store(db, store).await.map_err(failure)?);
        }
        let wrong = ledger::service::verify(db).await.map_err(failure)?;
        let wrong = wrong.iter().map(ToString::to_string).collect();
        findings.extend(listed("ledger".to_owned(), "every entry is as it was posted", Health::Wrong, wrong));
    }
    Ok(findings)
}

/// Whether the secret at hand is the one that codes of gift cards were made with.
async fn of_secret(db: &Db, folder: &Path) -> Result<Finding, Problem> {
    let finding = |health, text: &str| Finding::new("secret", health, text);
    let found = match FoundSecret::find(given_secret().as_deref(), folder) {
        Ok(found) => found.map(|found| found.secret),
        Err(error) => return Ok(finding(Health::Wrong, &error.to_string())),
    };
    let others = made_with_another(db.read(), found.as_ref()).await?;
    Ok(match (others.is_empty(), found.is_some()) {
        (true, true) => finding(Health::Well, "it fits the codes of gift cards"),
        (true, false) => finding(Health::Well, "none was needed yet"),
        (false, true) => finding(
            Health::Wrong,
            "it is not the one that codes of gift cards were made with, and none of them is known: put that back",
        ),
        // It need not be where one looks from.
        (false, false) => finding(
            Health::Doubtful,
            "it is not here; without it no code of a gift card is known: name its folder with --data-dir, or set \
             LARGESSE_SECRET",
        ),
    })
}

/// Whether what is stored of a store fits together, all of it at one instant.
async fn of_store(db: &Db, store: StoreId) -> Result<Vec<Finding>, Problem> {
    let rules = Rulesets::new(Clock::system()).of(db, store).await?;
    let now = db.snapshot().await?;
    let mut findings = Vec::new();
    for (what, well, wrong) in [
        (
            "counters",
            "what redemptions and reservations come to",
            redemption::service::verify(&now, store).await?,
        ),
        ("orders", "all add up", order::verify(&now, store).await?),
        ("answers", "each can be given again", idempotency::verify(&now, store).await?),
        ("activity log", "every row is as it was recorded", activity::service::verify(&now, store).await?),
    ] {
        findings.extend(listed(format!("{what} of store {store}"), well, Health::Wrong, wrong));
    }
    let exceeded = redemption::service::exceeded(&now, store, &rules.ruleset).await?;
    findings.extend(listed(
        format!("limits of store {store}"),
        "none is exceeded",
        Health::Doubtful,
        exceeded,
    ));
    Ok(findings)
}

/// That all is well, or one finding for each thing that is not.
fn listed(what: String, well: &str, health: Health, wrong: Vec<String>) -> Vec<Finding> {
    if wrong.is_empty() {
        return vec![Finding::new(what, Health::Well, well)];
    }
    let more = wrong.len().saturating_sub(LISTED_MAX);
    let mut findings: Vec<Finding> =
        wrong.into_iter().take(LISTED_MAX).map(|text| Finding::new(what.clone(), health, text)).collect();
    if more > 0 {
        findings.push(Finding::new(what, health, format!("and {more} more")));
    }
    findings
}

/// A line for each finding.
pub(super) fn as_table(findings: &[Finding]) -> String {
    let row = |finding: &Finding| {
        let sign = match finding.health {
            Health::Well => toned(Tone::Good, "✓"),
            Health::Doubtful => toned(Tone::Muted, "!"),
            Health::Wrong => toned(Tone::Bad, "✗"),
        };
        vec![sign, finding.what.clone(), finding.text.clone()]
    };
    trimmed(&table(findings.iter().map(row), &[]))
}

fn as_json(location: &Location, findings: &[Finding]) -> String {
    let health = |finding: &Finding| match finding.health {
        Health::Well => "well",
        Health::Doubtful => "doubtful",
        Health::Wrong => "wrong",
    };
    let one = |it: &Finding| json!({"what": it.what, "health": health(it), "text": it.text});
    let is_well = findings.iter().all(|finding| finding.health != Health::Wrong);
    let findings: Vec<_> = findings.iter().map(one).collect();
    json!({"database": location.to_string(), "is_well": is_well, "findings": findings}).to_string()
}

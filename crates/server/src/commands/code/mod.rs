//! Promotions as code: `largesse export`, `validate`, `plan`, `apply` and `import`.

mod bigcommerce;
mod effect;
mod folder;
mod perform;
mod plan;
mod server;
mod show;

use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, ValueEnum};
use engine::document::Context;
use engine::money::Currency;
use engine::promotion::{Draft, NoShelf, Ruleset, lint};
use engine::settings::Settings;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::Misuse;
use crate::catalog::service::Asked;
use crate::platform::clock::Clock;
use crate::platform::http::read_document;
use crate::platform::terminal::{Tone, table_with_header, toned, trimmed};
use effect::Effect;
use server::ServerArguments;
use show::Telling;

pub use folder::{Folder, Trouble};
pub use plan::Plan;
pub use server::Server;

/// Write the promotions of a store into a folder
///
/// One JSON file for each promotion that is not archived, with its shared codes. Codes that were made in bulk stay
/// where they are: the file says how many there are. A file that is there keeps its name.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  largesse export shop --url https://promotions.example.com --key sk_…")]
pub(super) struct ExportArguments {
    /// The folder; made when it is not there
    folder: PathBuf,

    #[command(flatten)]
    server: ServerArguments,
}

/// Look for what is wrong in a folder of promotions, without a server
///
/// Tells every problem with its file and place, and exits with 1 if there is one. Warnings say what promotions will not
/// do as their authors hope.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  largesse validate shop")]
pub(super) struct ValidateArguments {
    /// The folder
    folder: PathBuf,

    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
}

/// Show what `apply` would change, and what that does to test carts
///
/// Changes nothing. Exits with 0 when nothing would change, with 2 when something would, and with 1 when it cannot be
/// told.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  largesse plan shop --url https://promotions.example.com --key sk_…")]
pub(super) struct PlanArguments {
    /// The folder
    folder: PathBuf,

    /// Also archive promotions, and delete shared codes, that are not in the folder
    #[arg(long)]
    prune: bool,

    #[command(flatten)]
    server: ServerArguments,
}

/// Make a store as a folder says
///
/// Shows the plan and asks, then makes its changes one by one. A promotion that someone else changed in between stays as
/// it is; then, as with any other failure, it stops and tells what was done.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  largesse apply shop --yes --url https://promotions.example.com --key sk_…")]
pub(super) struct ApplyArguments {
    #[command(flatten)]
    plan: PlanArguments,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Turn the promotions of another system into a folder
///
/// Takes an answer to `GET /v3/promotions` of BigCommerce, or the array in it, and lists what could not be carried. A
/// promotion that lost something is a draft. Look at the folder with `validate` and `plan`, then `apply` it.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  largesse import promotions.json shop --from bigcommerce")]
pub(super) struct ImportArguments {
    /// The export
    file: PathBuf,

    /// The folder; made when it is not there
    folder: PathBuf,

    /// Whose promotions they are
    #[arg(long, value_enum)]
    from: Source,
}

/// A system whose promotions can be read.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Source {
    /// BigCommerce, Promotions v3
    Bigcommerce,
}

pub(super) async fn export(arguments: ExportArguments) -> anyhow::Result<()> {
    elsewhere(move || export_now(&arguments)).await
}

pub(super) async fn plan(arguments: PlanArguments) -> anyhow::Result<ExitCode> {
    const CHANGES: u8 = 2;
    let (plan, text) = elsewhere(move || planned(&arguments)).await?;
    print!("{text}");
    Ok(if plan.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(CHANGES) })
}

pub(super) async fn apply(arguments: ApplyArguments) -> anyhow::Result<()> {
    elsewhere(move || apply_now(&arguments)).await
}

/// Runs what waits for answers where nothing else does.
async fn elsewhere<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await?
}

fn export_now(arguments: &ExportArguments) -> anyhow::Result<()> {
    let server = arguments.server.server();
    let mut files: Vec<(String, Map<String, Value>)> = Vec::new();
    for stored in server.promotions()? {
        let is_coupon = server::is_with(&stored.document, "redemption_type", "COUPON");
        let is_bulk = server::is_with(&stored.document, "coupon_type", "BULK");
        let codes: Vec<&folder::Code> = stored.codes.iter().map(|it| &it.code).collect();
        let codes = if is_coupon && !is_bulk { Some(serde_json::to_value(codes)?) } else { None };
        let mut file = bigcommerce::as_file(&stored.key, stored.document, codes);
        if is_bulk {
            file.insert(folder::BULK_CODES.to_owned(), server.code_count(stored.id)?.into());
        }
        files.push((stored.key, file));
    }
    let (written, others) = folder::write(&arguments.folder, &files)?;
    println!("{} promotions are in {}: {written} files written", files.len(), arguments.folder.display());
    for file in others {
        println!("{file} is of no promotion in the store; it stays as it is");
    }
    Ok(())
}

pub(super) fn validate(arguments: &ValidateArguments) -> anyhow::Result<()> {
    let now = Clock::system().now();
    let folder = Folder::read(&arguments.folder)?;
    // Without a server nobody knows the store's currency; files that were exported name their own.
    let currency = Currency::parse("USD").context("there is no US dollar")?;
    let context = plan::context(currency, now);
    let mut troubles = folder.troubles.clone();
    let mut read = Vec::new();
    for (file, id) in folder.promotions.values().zip(effect::new_ids()) {
        match plan::normal_form(&file.document, &context) {
            Ok(normal) => read.push((id, &file.file, Value::Object(normal))),
            Err(found) => troubles.extend(found.into_iter().map(|found| Trouble {
                file: file.file.clone(),
                pointer: found.pointer,
                message: found.message,
            })),
        }
    }
    for cart in &folder.carts {
        troubles.extend(effect::cart(cart, now).err().into_iter().flatten());
    }
    let definitions: Vec<engine::promotion::Definition<'_>> = read
        .iter()
        .map(|(id, _, document)| engine::promotion::Definition { id: *id, created: now, document })
        .collect();
    let (ruleset, _) = Ruleset::compile(Settings::new(currency, TimeZone::UTC), &definitions);
    let mut warnings = Vec::new();
    for (id, file, document) in &read {
        let draft = Draft { id: Some(*id), created: now, document };
        warnings.extend(lint(&draft, &ruleset, &NoShelf, now).into_iter().map(|found| Trouble {
            file: (*file).clone(),
            pointer: found.pointer,
            message: format!("{} [{}]", found.message, found.code),
        }));
    }
    print!("{}", show::troubles(&troubles, Tone::Bad, "✗"));
    print!("{}", show::troubles(&warnings, Tone::Muted, "!"));
    let (promotions, carts) = (folder.promotions.len(), folder.carts.len());
    println!("{promotions} promotions and {carts} test carts looked at");
    match (troubles.len(), warnings.len()) {
        (0, 0) => println!("{}", toned(Tone::Good, "nothing is wrong")),
        (0, count) if !arguments.strict => println!("{count} warnings"),
        (troubles, warnings) => bail!("{troubles} problems and {warnings} warnings"),
    }
    Ok(())
}

/// What would change, and the same in words.
fn planned(arguments: &PlanArguments) -> anyhow::Result<(Plan, String)> {
    let now = Clock::system().now();
    let (server, folder) = (arguments.server.server(), Folder::read(&arguments.folder)?);
    let settings = server.settings()?;
    let plan = compared(&server, &folder, &plan::context(settings.currency, now), arguments.prune)?;
    let (carts, broken): (Vec<_>, Vec<_>) = folder
        .carts
        .iter()
        .map(|file| effect::cart(file, now).map(|cart| (file, cart)))
        .partition(Result::is_ok);
    let broken: Vec<Trouble> = broken.into_iter().filter_map(Result::err).flatten().collect();
    if !broken.is_empty() {
        return Err(refused(broken));
    }
    let holder = |code: &str| server.promotion_of(code);
    let (before, after) = effect::rules(&plan, &settings, &folder.carts, now, holder)?;
    let carts = carts.into_iter().filter_map(Result::ok);
    let effects: Vec<Effect> =
        carts.map(|(file, cart)| effect::effect(file, &cart, (&before, &after))).collect();
    let asked = Asked::default();
    Telling { names: &asked, settings: &settings, now }.ask(&plan);
    let names = server.names(&asked)?;
    let mut text = Telling { names: &names, settings: &settings, now }.plan(&plan);
    if !effects.is_empty() {
        text += &format!("\n{}\n{}\n", toned(Tone::Bold, "Test carts"), show::effects(&effects));
    }
    text += &format!("\n{}: {}\n", server.url(), show::counts(&plan));
    Ok((plan, text))
}

fn compared(server: &Server, folder: &Folder, context: &Context, prunes: bool) -> anyhow::Result<Plan> {
    Plan::make(folder, server.promotions()?, context, prunes).map_err(refused)
}

impl Plan {
    /// What would change if the store of a server were as a folder says.
    ///
    /// Errors: the server cannot be asked, the folder cannot be used.
    pub fn of(server: &Server, folder: &Path, prunes: bool) -> anyhow::Result<Self> {
        let context = plan::context(server.settings()?.currency, Clock::system().now());
        compared(server, &Folder::read(folder)?, &context, prunes)
    }
}

/// What is wrong with files, as a failure.
fn refused(troubles: Vec<Trouble>) -> anyhow::Error {
    anyhow!("the folder cannot be used\n{}", show::troubles(&troubles, Tone::Bad, "✗").trim_end())
}

fn apply_now(arguments: &ApplyArguments) -> anyhow::Result<()> {
    let (plan, text) = planned(&arguments.plan)?;
    print!("{text}");
    if plan.is_empty() {
        println!("{}", toned(Tone::Good, "nothing to do"));
        return Ok(());
    }
    if !arguments.yes && !is_wanted()? {
        println!("nothing was changed");
        return Ok(());
    }
    let done = plan.perform(&arguments.plan.server.server())?;
    for line in done {
        println!("{} {line}", toned(Tone::Good, "✓"));
    }
    Ok(())
}

/// Asks whoever sits at the terminal.
fn is_wanted() -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(Misuse("nobody is there to be asked: add `--yes`".to_owned()).into());
    }
    print!("Make these changes? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

pub(super) fn import(arguments: &ImportArguments) -> anyhow::Result<()> {
    let Source::Bigcommerce = arguments.from;
    let carried = read_export(&arguments.file)?;
    let (written, _) = folder::write(&arguments.folder, &carried.promotions)?;
    let (count, folder) = (carried.promotions.len(), arguments.folder.display());
    println!("{count} promotions are in {folder}: {written} files written");
    if carried.losses.is_empty() {
        println!("{}", toned(Tone::Good, "all of them is carried"));
        return Ok(());
    }
    let rows =
        carried.losses.iter().map(|loss| vec![loss.name.clone(), loss.pointer.clone(), loss.message.clone()]);
    println!("\n{}", toned(Tone::Bold, "Could not be carried"));
    println!("{}", trimmed(&table_with_header(&["Promotion", "Where", "What"], rows, &[])));
    match carried.refused {
        0 => Ok(()),
        refused => bail!("{refused} promotions are left out; mend them in {}", arguments.file.display()),
    }
}

fn read_export(path: &Path) -> anyhow::Result<bigcommerce::Carried> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let wrong = |message: &str| anyhow!("{}: {message}", path.display());
    let export = read_document(&bytes).map_err(|problem| wrong(problem.detail()))?;
    let currency = Currency::parse("USD").context("there is no US dollar")?;
    let context = plan::context(currency, Clock::system().now());
    bigcommerce::carry(export, &context).map_err(|message| wrong(&message))
}

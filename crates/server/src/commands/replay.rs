//! `largesse replay`: prices recorded baskets and reports what promotions would have given.

mod input;
mod report;

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;
use engine::cart::Customer;
use engine::promotion::{Facts, audit, evaluate};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use self::input::Shop;
use self::report::Report;
use crate::evaluation::rest::{EvaluateRequest, complete};

/// Price recorded baskets and report what promotions would have given
///
/// The folder holds settings.json, catalog.ndjson, promotions.ndjson, codes.ndjson and baskets.ndjson; each basket
/// is the body of an evaluate request with `at`. Nothing is stored. Every basket's result is checked: parts sum to
/// totals, nothing is below zero, every promotion has exactly one outcome.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  largesse replay examples/complete-journey/sample")]
pub(super) struct Arguments {
    /// Folder with the five files
    folder: PathBuf,

    /// Promotions to list in the report, by discount given
    #[arg(long, default_value_t = 10, value_name = "NUMBER")]
    top: usize,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let loading = Instant::now();
    let shop = Shop::load(&arguments.folder)?;
    let mut report = Report::new(&shop, loading.elapsed());
    let path = arguments.folder.join("baskets.ndjson");
    let file = File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
    let progress = progress_bar(fs::metadata(&path)?.len());
    let pricing = Instant::now();
    let mut line = String::new();
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut number = 0_u64;
    loop {
        line.clear();
        let length = reader.read_line(&mut line)?;
        if length == 0 {
            break;
        }
        number += 1;
        progress.inc(length as u64);
        if line.trim().is_empty() {
            continue;
        }
        price(&shop, &line, &mut report).with_context(|| format!("{}, line {number}", path.display()))?;
    }
    progress.finish_and_clear();
    report.finish(pricing.elapsed());
    print!("{}", report.render(arguments.top));
    if report.is_broken() {
        bail!("some baskets broke an invariant; the first of each are listed above");
    }
    Ok(())
}

fn price(shop: &Shop, line: &str, report: &mut Report) -> anyhow::Result<()> {
    let request: EvaluateRequest = serde_json::from_str(line)?;
    let at = request.at.as_deref().context("a recorded basket needs `at`, the instant of its checkout")?;
    let at: Timestamp = at.parse().with_context(|| format!("`{at}` is not an instant"))?;
    let cart = match complete(&request.cart, &shop.catalog, Customer::default()) {
        Ok(cart) => cart,
        Err(problem) => bail!("{}", problem.detail()),
    };
    let facts = Facts { codes: shop.codes(&request.cart.codes), ..Facts::default() };
    let started = Instant::now();
    let evaluation = evaluate(&shop.ruleset, &cart, &facts, at);
    report.evaluated(started.elapsed());
    let broken = audit(&shop.ruleset, &cart, &facts, &evaluation);
    report.add(request.cart.id.as_deref().unwrap_or("?"), &cart, &evaluation, &broken);
    Ok(())
}

fn progress_bar(bytes: u64) -> ProgressBar {
    let shown = std::io::stderr().is_terminal();
    let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(bytes), target);
    let template = "{spinner} pricing baskets [{bar:32}] {percent:>3} %  {bytes}/{total_bytes}  {eta} left";
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("━╸ ")),
        Err(_) => bar,
    }
}

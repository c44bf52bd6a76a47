//! Pricing recorded baskets and reporting what promotions would have given.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};
use engine::cart::{Cart, Customer};
use engine::promotion::{Evaluation, Facts, Told, audit, evaluate};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::input::Shop;
use super::report::Report;
use crate::evaluation::rest::{EvaluateRequest, complete};

/// Prices the baskets of a folder and reports on them, with the `top` promotions; `checks` whether all is right.
pub(super) fn run(folder: &Path, top: usize, checks: bool) -> anyhow::Result<()> {
    let loading = Instant::now();
    let shop = Shop::load(folder)?;
    let mut report = Report::new(&shop, loading.elapsed(), checks);
    let path = folder.join("baskets.ndjson");
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
        price(&shop, &line, checks, &mut report)
            .with_context(|| format!("{}, line {number}", path.display()))?;
    }
    progress.finish_and_clear();
    report.finish(pricing.elapsed());
    print!("{}", report.render(top));
    if report.is_broken() {
        bail!("some baskets broke an invariant; the first of each are listed above");
    }
    Ok(())
}

fn price(shop: &Shop, line: &str, checks: bool, report: &mut Report) -> anyhow::Result<()> {
    let request: EvaluateRequest = serde_json::from_str(line)?;
    let at = request.at.as_deref().context("a recorded basket needs `at`, the instant of its checkout")?;
    let at: Timestamp = at.parse().with_context(|| format!("`{at}` is not an instant"))?;
    let (id, codes) = (request.cart.id.clone(), request.cart.codes.clone());
    let cart = match complete(request.cart, &shop.catalog, Customer::default()) {
        Ok(cart) => cart,
        Err(problem) => bail!("{}", problem.detail()),
    };
    let facts = Facts { codes: shop.codes(&codes), ..Facts::default() };
    let started = Instant::now();
    let evaluation = evaluate(&shop.ruleset, &cart, &facts, at, Told::Matching);
    report.evaluated(started.elapsed());
    report.add(&cart, &evaluation);
    if checks {
        let (broken, outcomes) = check(shop, &cart, &facts, at, &evaluation);
        report.checked(id.as_deref().unwrap_or("?"), outcomes, &broken);
    }
    Ok(())
}

/// The invariants that an evaluation breaks, and how many outcomes were looked at.
fn check(
    shop: &Shop,
    cart: &Cart,
    facts: &Facts,
    at: Timestamp,
    evaluation: &Evaluation,
) -> (Vec<&'static str>, usize) {
    let all = evaluate(&shop.ruleset, cart, facts, at, Told::All);
    let mut broken = audit(&shop.ruleset, cart, facts, evaluation);
    broken.extend(audit(&shop.ruleset, cart, facts, &all));
    if all.outcomes.len() != shop.ruleset.len() {
        broken.push("every promotion has exactly one outcome");
    }
    let outcomes = all.outcomes.len();
    if *evaluation != (Evaluation { outcomes: evaluation.outcomes.clone(), ..all }) {
        broken.push("looking at every promotion gives the same as looking at those that the index finds");
    }
    (broken, outcomes)
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

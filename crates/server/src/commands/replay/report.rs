//! What a replay found.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use comfy_table::Table;
use engine::cart::Cart;
use engine::money::{Currency, Minor};
use engine::promotion::{Evaluation, Outcome};

use super::input::Shop;
use crate::platform::terminal::{grouped, table_with_header, trimmed};

/// Examples kept of each broken invariant.
const EXAMPLES_MAX: usize = 3;

/// Counts while baskets are priced.
#[derive(Debug)]
pub(super) struct Report<'a> {
    shop: &'a Shop,
    checks: bool,
    loading: Duration,
    elapsed: Duration,
    evaluating: Duration,
    baskets: u64,
    lines: u64,
    outcomes: u64,
    subtotal: Minor,
    discount: Minor,
    by_promotion: BTreeMap<u64, Given>,
    codes_accepted: u64,
    codes_refused: BTreeMap<&'static str, u64>,
    broken: BTreeMap<&'static str, Vec<String>>,
}

/// What one promotion gave.
#[derive(Clone, Copy, Debug, Default)]
struct Given {
    uses: u64,
    discount: Minor,
}

impl<'a> Report<'a> {
    pub(super) fn new(shop: &'a Shop, loading: Duration, checks: bool) -> Self {
        Self {
            shop,
            checks,
            loading,
            elapsed: Duration::ZERO,
            evaluating: Duration::ZERO,
            baskets: 0,
            lines: 0,
            outcomes: 0,
            subtotal: Minor::ZERO,
            discount: Minor::ZERO,
            by_promotion: BTreeMap::new(),
            codes_accepted: 0,
            codes_refused: BTreeMap::new(),
            broken: BTreeMap::new(),
        }
    }

    /// Adds the time that one evaluation took.
    pub(super) fn evaluated(&mut self, time: Duration) {
        self.evaluating += time;
    }

    /// Counts a priced basket.
    pub(super) fn add(&mut self, cart: &Cart, evaluation: &Evaluation) {
        self.baskets += 1;
        self.lines += cart.lines.len() as u64;
        self.subtotal += evaluation.totals.subtotal;
        self.discount += evaluation.totals.discount;
        for outcome in &evaluation.outcomes {
            if let Outcome::Applied { discount, .. } = &outcome.outcome {
                let given = self.by_promotion.entry(outcome.promotion).or_default();
                given.uses += 1;
                given.discount += *discount;
            }
        }
        for code in &evaluation.codes {
            match &code.result {
                Ok(_) => self.codes_accepted += 1,
                Err(reason) => *self.codes_refused.entry(reason.kind.code).or_default() += 1,
            }
        }
    }

    /// Counts a basket that was checked: so many outcomes, and what was wrong.
    pub(super) fn checked(&mut self, basket: &str, outcomes: usize, broken: &[&'static str]) {
        self.outcomes += outcomes as u64;
        for invariant in broken {
            let examples = self.broken.entry(invariant).or_default();
            if examples.len() < EXAMPLES_MAX {
                examples.push(basket.to_owned());
            }
        }
    }

    /// Sets how long all baskets took, reading included.
    pub(super) fn finish(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
    }

    /// Whether a basket broke an invariant.
    pub(super) fn is_broken(&self) -> bool {
        !self.broken.is_empty()
    }

    /// The report for a terminal, with the `top` promotions.
    pub(super) fn render(&self, top: usize) -> String {
        let mut text = String::new();
        let currency = self.shop.ruleset.settings().currency;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", self.speed());
        let _ = writeln!(text, "{}", self.money(currency));
        let given = trimmed(&self.given(top, currency));
        let _ = writeln!(text, "\n{}\n{given}", self.given_heading(top));
        let _ = writeln!(text, "\n{}", self.codes());
        let _ = writeln!(text, "\n{}", self.invariants());
        text
    }

    fn speed(&self) -> String {
        let seconds = self.elapsed.as_secs_f64().max(1e-9);
        let microseconds = self.evaluating.as_secs_f64() * 1e6 / self.baskets.max(1) as f64;
        let included = if self.checks { "reading and checks" } else { "reading" };
        format!(
            "Loaded {} products, {} promotions and {} codes in {:.1} s.\n\
             Priced {} baskets with {} lines in {seconds:.1} s: {} baskets per second, {included} included; \
             {:.1} s or {microseconds:.1} µs each in the engine.",
            grouped(self.shop.product_count() as u64),
            grouped(self.shop.ruleset.len() as u64),
            grouped(self.shop.code_count() as u64),
            self.loading.as_secs_f64(),
            grouped(self.baskets),
            grouped(self.lines),
            grouped((self.baskets as f64 / seconds) as u64),
            self.evaluating.as_secs_f64(),
        )
    }

    fn money(&self, currency: Currency) -> String {
        let (subtotal, discount) = (self.subtotal.display(currency), self.discount.display(currency));
        format!("Goods for {subtotal}, of which promotions gave {discount}.")
    }

    fn given_heading(&self, top: usize) -> String {
        let (acting, all) = (self.by_promotion.len(), self.shop.ruleset.len());
        format!("Discount given, by promotion ({acting} of {all} applied; the {} largest)", top.min(acting))
    }

    fn given(&self, top: usize, currency: Currency) -> Table {
        let mut given: Vec<(&u64, &Given)> = self.by_promotion.iter().collect();
        given.sort_by(|one, other| other.1.discount.cmp(&one.1.discount).then(one.0.cmp(other.0)));
        let rows = given.into_iter().take(top).map(|(id, given)| {
            let name = self.shop.names.get(id).cloned().unwrap_or_default();
            vec![name, grouped(given.uses), given.discount.to_decimal(currency)]
        });
        table_with_header(&["Promotion", "Baskets", "Discount"], rows, &[1, 2])
    }

    fn codes(&self) -> String {
        let refused: u64 = self.codes_refused.values().sum();
        let accepted = vec!["accepted".to_owned(), grouped(self.codes_accepted)];
        let refusals = self.codes_refused.iter();
        let refusals = refusals.map(|(reason, count)| vec![format!("refused: {reason}"), grouped(*count)]);
        let table = table_with_header(&["Codes", "Entered"], std::iter::once(accepted).chain(refusals), &[1]);
        format!("Coupon codes: {} entered\n{}", grouped(self.codes_accepted + refused), trimmed(&table))
    }

    fn invariants(&self) -> String {
        if !self.checks {
            return "Nothing was checked.".to_owned();
        }
        if self.broken.is_empty() {
            return format!(
                "Checked on every basket: parts sum to totals, nothing is below zero, {} outcomes with exactly one \
                 for each promotion, and the index leaves out nothing that would count. All hold.",
                grouped(self.outcomes)
            );
        }
        let broken =
            self.broken.iter().map(|(invariant, baskets)| format!("  {invariant}: {}", baskets.join(", ")));
        format!("BROKEN INVARIANTS, with baskets that show them\n{}", broken.collect::<Vec<_>>().join("\n"))
    }
}

//! A cart before and after, with the reason of everything that happened and of everything that did not.

use std::collections::BTreeMap;

use anyhow::Context as _;
use comfy_table::ContentArrangement;
use engine::cart::Cart;
use engine::money::Minor;
use engine::promotion::reason::Telling;
use engine::promotion::{Evaluation, Language, Named, Names as _, Nudge, Outcome, Promotion, summary};
use serde::Deserialize;

use super::super::failure;
use crate::app::AppState;
use crate::catalog::service::{Asked, StoreNames, names_asked};
use crate::evaluation::rest::{EvaluateRequest, price};
use crate::evaluation::service::Priced;
use crate::platform::ids::StoreId;
use crate::platform::terminal::{Tone, table, table_with_header, toned, trimmed};

const WIDTH_WHERE_NONE_IS_KNOWN: u16 = 110;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedCart {
    name: String,
    note: String,
    body: EvaluateRequest,
}

/// Prices the first sample cart and prints it.
pub(super) async fn cart(app: &AppState, store: StoreId) -> anyhow::Result<()> {
    let carts: Vec<NamedCart> = serde_json::from_str(include_str!("carts.json"))?;
    let sample = carts.into_iter().next().context("there is no sample cart")?;
    let (cart, wanted) = sample.body.split().map_err(failure)?;
    let (cart, priced) = price(app, store, cart, &wanted, app.clock.now()).await.map_err(failure)?;
    let asked = Asked::default();
    ask(&cart, &priced, &asked);
    let names = names_asked(app.db.read(), store, &asked).await.map_err(failure)?;
    let show = Show { cart: &cart, priced: &priced, names: &names };
    println!("\n{}", toned(Tone::Bold, &sample.name));
    println!("{}\n", toned(Tone::Dim, &sample.note));
    println!("{}\n", show.lines());
    println!("{}\n", show.totals());
    println!("{}\n{}\n", toned(Tone::Bold, "Applied"), show.applied());
    println!("{}\n{}\n", toned(Tone::Bold, "Did not apply"), show.not_applied());
    println!("{}\n{}\n", toned(Tone::Bold, "One change away"), show.nudges());
    Ok(())
}

/// Asks for every name that will be shown.
fn ask(cart: &Cart, priced: &Priced, asked: &Asked) {
    for line in &cart.lines {
        asked.name(Named::Product, line.product);
    }
    for gift in &priced.evaluation.gifts {
        asked.name(Named::Product, gift.product.unwrap_or_default());
    }
    for (_, promotion) in priced.rules.ruleset.iter() {
        let zone = &priced.rules.ruleset.settings().time_zone;
        summary(promotion, &Language { names: asked, currency: promotion.currency, zone });
    }
}

struct Show<'a> {
    cart: &'a Cart,
    priced: &'a Priced,
    names: &'a StoreNames,
}

impl Show<'_> {
    fn evaluation(&self) -> &Evaluation {
        &self.priced.evaluation
    }

    fn money(&self, amount: Minor) -> String {
        amount.to_decimal(self.cart.currency)
    }

    /// `-12.90`, or nothing.
    fn off(&self, amount: Minor) -> String {
        if amount.is_zero() { String::new() } else { format!("-{}", self.money(amount)) }
    }

    fn promotion_name(&self, id: u64) -> &str {
        self.priced.rules.ruleset.get(id).map_or("?", |promotion| promotion.name.as_str())
    }

    fn product(&self, id: u64) -> String {
        self.names.name(Named::Product, id).map_or_else(|| format!("product {id}"), str::to_owned)
    }

    /// Every line before and after, with what took it down.
    fn lines(&self) -> String {
        let mut rows = Vec::new();
        for (line, result) in self.cart.lines.iter().zip(&self.evaluation().lines) {
            let why: Vec<String> = result
                .shares
                .iter()
                .map(|share| format!("{} {}", self.off(share.amount), self.promotion_name(share.promotion)))
                .collect();
            rows.push(vec![
                self.product(line.product),
                line.quantity.to_string(),
                self.money(result.subtotal),
                self.money(result.total),
                why.join("\n"),
            ]);
        }
        for gift in &self.evaluation().gifts {
            let name = self.product(gift.product.or(gift.variant).unwrap_or(0));
            let why = self.promotion_name(gift.promotion).to_owned();
            rows.push(vec![name, gift.quantity.to_string(), String::new(), "gift".to_owned(), why]);
        }
        if let Some(shipping) = &self.evaluation().shipping {
            let why: Vec<String> = shipping
                .shares
                .iter()
                .map(|(promotion, amount)| {
                    format!("{} {}", self.off(*amount), self.promotion_name(*promotion))
                })
                .collect();
            let (before, after) = (self.money(shipping.cost), self.money(shipping.total));
            rows.push(vec!["Shipping".to_owned(), String::new(), before, after, why.join("\n")]);
        }
        trimmed(&table_with_header(&["Product", "Units", "Before", "After", "Why"], rows, &[1, 2, 3]))
    }

    fn totals(&self) -> String {
        let totals = &self.evaluation().totals;
        let shipping = self.evaluation().shipping.as_ref().map_or(Minor::ZERO, |shipping| shipping.cost);
        format!(
            "  Before {}   after {}   saved {} {}",
            self.money(totals.subtotal + shipping),
            toned(Tone::Bold, &self.money(totals.total)),
            toned(Tone::Good, &self.money(totals.discount)),
            self.cart.currency,
        )
    }

    fn applied(&self) -> String {
        let mut discounts: BTreeMap<u64, Minor> = BTreeMap::new();
        let mut rows = Vec::new();
        for outcome in &self.evaluation().outcomes {
            if let Outcome::Applied { discount, .. } = &outcome.outcome {
                discounts.insert(outcome.promotion, *discount);
                let saved = if discount.is_zero() { "gift".to_owned() } else { self.off(*discount) };
                let summary = self.priced.rules.ruleset.get(outcome.promotion).map(|it| self.summary(it));
                rows.push(vec![
                    toned(Tone::Good, "✓"),
                    saved,
                    self.promotion_name(outcome.promotion).to_owned(),
                    summary.unwrap_or_default(),
                ]);
            }
        }
        plain(rows)
    }

    fn not_applied(&self) -> String {
        let mut rows = Vec::new();
        for outcome in &self.evaluation().outcomes {
            if let Outcome::NotApplied(reason) = &outcome.outcome {
                let winner =
                    reason.winner.map(|winner| format!(" It lost to “{}”.", self.promotion_name(winner)));
                let zone = &self.priced.rules.ruleset.settings().time_zone;
                let telling = Telling { currency: self.cart.currency, zone };
                let message = reason.message(&telling) + &winner.unwrap_or_default();
                rows.push(vec![
                    toned(Tone::Muted, "✗"),
                    self.promotion_name(outcome.promotion).to_owned(),
                    reason.kind.code.to_owned(),
                    message,
                ]);
            }
        }
        plain(rows)
    }

    fn nudges(&self) -> String {
        let zone = &self.priced.rules.ruleset.settings().time_zone;
        let telling = Telling { currency: self.cart.currency, zone };
        let row = |nudge: &Nudge| {
            let name = self.promotion_name(nudge.promotion).to_owned();
            vec![toned(Tone::Good, "→"), nudge.message(&telling, self.priced), name]
        };
        plain(self.priced.nudges.iter().map(row).collect())
    }

    fn summary(&self, promotion: &Promotion) -> String {
        let zone = &self.priced.rules.ruleset.settings().time_zone;
        summary(promotion, &Language { names: self.names, currency: promotion.currency, zone })
    }
}

/// Rows in columns, without a header; long sentences are wrapped.
fn plain(rows: Vec<Vec<String>>) -> String {
    let mut table = table(rows, &[]);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(WIDTH_WHERE_NONE_IS_KNOWN);
    }
    trimmed(&table)
}

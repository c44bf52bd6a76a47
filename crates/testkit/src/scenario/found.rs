//! What a case expects, what was found, and how the two differ.

use std::collections::BTreeMap;
use std::fmt;

use engine::cart::Cart;
use engine::promotion::{Evaluation, Outcome};
use serde::Deserialize;
use serde_json::Value;

/// What must come of a case; what is left out may be anything.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expected {
    /// Everything that is taken off, shipping included.
    pub discount: Option<String>,
    /// Lines and shipping after promotions.
    pub total: Option<String>,
    /// What is taken off shipping.
    pub shipping_discount: Option<String>,
    /// What is taken off each line.
    pub lines: Option<Vec<String>>,
    /// The promotions that apply, all of them.
    pub applied: Option<Vec<u64>>,
    /// By promotion, why it does not apply.
    pub reasons: BTreeMap<String, String>,
    /// By code, `applied` or why it is refused.
    pub codes: BTreeMap<String, String>,
    /// `130 x 1` for a product, `variant 134 x 2` for a variant, all of them.
    pub gifts: Option<Vec<String>>,
}

/// What came of a case, in the words of a case.
#[derive(Clone, Debug, Default)]
pub struct Found {
    discount: String,
    total: String,
    shipping_discount: String,
    lines: Vec<String>,
    /// By promotion, `applied` or why not.
    outcomes: BTreeMap<u64, String>,
    codes: Vec<(String, String)>,
    gifts: Vec<String>,
}

impl Found {
    /// What the engine found.
    pub fn of_evaluation(evaluation: &Evaluation, cart: &Cart) -> Self {
        let money = |amount: engine::money::Minor| amount.to_decimal(cart.currency);
        let word = |outcome: &Outcome| match outcome {
            Outcome::Applied { .. } => "applied".to_owned(),
            Outcome::NotApplied(reason) => reason.kind.code.to_owned(),
        };
        let gift = |gift: &engine::promotion::Gift| gift_text(gift.product, gift.variant, gift.quantity);
        let codes = evaluation.codes.iter().map(|code| {
            let word = code.result.as_ref().map_or_else(|reason| reason.kind.code, |_| "applied");
            (code.text.clone(), word.to_owned())
        });
        Self {
            discount: money(evaluation.totals.discount),
            total: money(evaluation.totals.total),
            shipping_discount: money(evaluation.totals.shipping_discount),
            lines: evaluation.lines.iter().map(|line| money(line.discount)).collect(),
            outcomes: evaluation.outcomes.iter().map(|it| (it.promotion, word(&it.outcome))).collect(),
            codes: codes.collect(),
            gifts: evaluation.gifts.iter().map(gift).collect(),
        }
    }

    /// What `POST /v1/evaluate` answered, asked with `trace`; `number_of` gives a promotion's number in the
    /// case.
    pub fn of_answer(answer: &Value, number_of: impl Fn(u64) -> u64) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |name: &str| answer[name].as_array().cloned().unwrap_or_default();
        let outcome = |it: &Value| {
            let word = if it["outcome"] == "applied" { "applied".to_owned() } else { text(&it["reason"]) };
            (number_of(it["promotion_id"].as_u64().unwrap_or(0)), word)
        };
        let code = |it: &Value| {
            let word = if it["status"] == "applied" { "applied".to_owned() } else { text(&it["reason"]) };
            (text(&it["code"]), word)
        };
        let gift = |it: &Value| {
            let quantity = it["quantity"].as_u64().unwrap_or(0);
            gift_text(it["product_id"].as_u64(), it["variant_id"].as_u64(), quantity)
        };
        Self {
            discount: text(&answer["totals"]["discount"]),
            total: text(&answer["totals"]["total"]),
            shipping_discount: text(&answer["totals"]["shipping_discount"]),
            lines: list("lines").iter().map(|line| text(&line["discount"])).collect(),
            outcomes: list("outcomes").iter().map(outcome).collect(),
            codes: list("codes").iter().map(code).collect(),
            gifts: list("gifts").iter().map(gift).collect(),
        }
    }
}

fn gift_text(product: Option<u64>, variant: Option<u64>, quantity: u64) -> String {
    match (product, variant) {
        (Some(product), _) => format!("{product} x {quantity}"),
        (None, variant) => format!("variant {} x {quantity}", variant.unwrap_or(0)),
    }
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "  what happened:")?;
        writeln!(
            formatter,
            "    off the lines {}, off shipping {}",
            self.lines.join(" "),
            self.shipping_discount
        )?;
        for (promotion, word) in &self.outcomes {
            writeln!(formatter, "    promotion {promotion}: {word}")?;
        }
        for (code, word) in &self.codes {
            writeln!(formatter, "    code {code}: {word}")?;
        }
        self.gifts.iter().try_for_each(|gift| writeln!(formatter, "    gift {gift}"))
    }
}

impl Expected {
    /// Compares; differences stand one under the other.
    pub(super) fn compare(&self, found: &Found) -> Result<(), String> {
        let mut differences = Vec::new();
        let mut compare = |what: &str, expected: Option<String>, found: &str| {
            if let Some(expected) = expected.filter(|expected| expected != found) {
                differences.push(format!("  {what}: expected {expected}, got {found}"));
            }
        };
        compare("discount", self.discount.clone(), &found.discount);
        compare("total", self.total.clone(), &found.total);
        compare("shipping_discount", self.shipping_discount.clone(), &found.shipping_discount);
        compare("lines", self.lines.as_ref().map(|lines| lines.join(" ")), &found.lines.join(" "));
        let gifts = |gifts: &Vec<String>| if gifts.is_empty() { "none".to_owned() } else { gifts.join(", ") };
        compare("gifts", self.gifts.as_ref().map(gifts), &gifts(&found.gifts));
        let applied = found.outcomes.iter().filter(|(_, word)| *word == "applied").map(|(id, _)| *id);
        let applied: Vec<u64> = applied.collect();
        compare("applied", self.applied.as_ref().map(|it| format!("{it:?}")), &format!("{applied:?}"));
        for (promotion, reason) in &self.reasons {
            let word = promotion.parse().ok().and_then(|promotion: u64| found.outcomes.get(&promotion));
            // The service leaves promotions that are not active out of what it tells.
            let is_untold =
                word.is_none() && matches!(reason.as_str(), "draft" | "paused" | "archived" | "ended");
            if !is_untold {
                let word = word.map_or("nothing", String::as_str);
                compare(&format!("reason of {promotion}"), Some(reason.clone()), word);
            }
        }
        for (code, expected) in &self.codes {
            let word = found.codes.iter().find(|(text, _)| text == code).map_or("nothing", |(_, word)| word);
            compare(&format!("code {code}"), Some(expected.clone()), word);
        }
        if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
    }
}

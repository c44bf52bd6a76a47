//! What a case expects, what was found, and how the two differ.

use std::collections::BTreeMap;
use std::fmt;

use engine::cart::Cart;
use engine::promotion::reason::Telling;
use engine::promotion::{Evaluation, Outcome};
use jiff::tz::TimeZone;
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
    /// What staff take off.
    pub manual_discount: Option<String>,
    /// The tax on what is left.
    pub tax: Option<String>,
    /// What is taken off each line.
    pub lines: Option<Vec<String>>,
    /// What the units of each line cost in the end, dearest first: `1 x 5.00 + 2 x 4.99`.
    pub units: Option<Vec<String>>,
    /// The promotions that apply, all of them.
    pub applied: Option<Vec<u64>>,
    /// By promotion, why it does not apply.
    pub reasons: BTreeMap<String, String>,
    /// By promotion that lost, the one that won.
    pub winners: BTreeMap<String, u64>,
    /// By promotion, what the shopper reads.
    pub messages: BTreeMap<String, String>,
    /// By promotion, who pays how much: `operator 4.00`.
    pub funding: BTreeMap<String, Vec<String>>,
    /// By code, `applied` or why it is refused.
    pub codes: BTreeMap<String, String>,
    /// `130 x 1` for a product, `variant 134 x 2` for a variant, all of them.
    pub gifts: Option<Vec<String>>,
    /// What gift cards pay.
    pub gift_card: Option<String>,
    /// What store credit pays.
    pub store_credit: Option<String>,
    /// What is left to pay.
    pub due: Option<String>,
    /// By gift card, `12.00 paid, 3.00 left` or why it does not pay.
    pub gift_cards: Option<Vec<String>>,
}

/// What came of a case, in the words of a case.
#[derive(Clone, Debug, Default)]
pub struct Found {
    discount: String,
    total: String,
    shipping_discount: String,
    manual_discount: String,
    tax: String,
    lines: Vec<String>,
    units: Vec<String>,
    winners: BTreeMap<u64, u64>,
    messages: BTreeMap<u64, String>,
    funding: BTreeMap<u64, Vec<String>>,
    /// By promotion, `applied` or why not.
    outcomes: BTreeMap<u64, String>,
    codes: Vec<(String, String)>,
    gifts: Vec<String>,
    gift_card: String,
    store_credit: String,
    due: String,
    gift_cards: Vec<String>,
}

impl Found {
    /// What the engine found.
    pub fn of_evaluation(evaluation: &Evaluation, cart: &Cart, zone: &TimeZone) -> Self {
        let telling = Telling { currency: cart.currency, zone };
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
        let reasons = || {
            evaluation.outcomes.iter().filter_map(|it| match &it.outcome {
                Outcome::NotApplied(reason) => Some((it.promotion, reason)),
                Outcome::Applied { .. } => None,
            })
        };
        let card = |card: &engine::gift_card::CardResult| match card.result {
            Ok(paid) => card_text(&money(paid.amount), &money(paid.remaining)),
            Err(refusal) => refusal.code().to_owned(),
        };
        let funding = evaluation.outcomes.iter().filter_map(|it| match &it.outcome {
            Outcome::Applied { funding, .. } => {
                let told = funding.iter().map(|(name, amount)| format!("{name} {}", money(*amount)));
                Some((it.promotion, told.collect()))
            }
            Outcome::NotApplied(_) => None,
        });
        let units = |line: &engine::promotion::LineResult| {
            let told = line.units.iter().map(|unit| format!("{} x {}", unit.units, money(unit.price)));
            told.collect::<Vec<_>>().join(" + ")
        };
        Self {
            manual_discount: money(evaluation.totals.manual_discount),
            tax: evaluation.totals.tax.map_or_else(|| "none".to_owned(), money),
            units: evaluation.lines.iter().map(units).collect(),
            winners: reasons().filter_map(|(id, reason)| Some((id, reason.winner?))).collect(),
            messages: reasons().map(|(id, reason)| (id, reason.message(&telling))).collect(),
            funding: funding.collect(),
            discount: money(evaluation.totals.discount),
            total: money(evaluation.totals.total),
            shipping_discount: money(evaluation.totals.shipping_discount),
            lines: evaluation.lines.iter().map(|line| money(line.discount)).collect(),
            outcomes: evaluation.outcomes.iter().map(|it| (it.promotion, word(&it.outcome))).collect(),
            codes: codes.collect(),
            gifts: evaluation.gifts.iter().map(gift).collect(),
            gift_card: money(evaluation.totals.gift_card),
            store_credit: money(evaluation.totals.store_credit),
            due: money(evaluation.totals.due),
            gift_cards: evaluation.gift_cards.iter().map(card).collect(),
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
        let units = |line: &Value| {
            let units = line["units"].as_array().cloned().unwrap_or_default();
            let told = units.iter().map(|unit| format!("{} x {}", unit["quantity"], text(&unit["price"])));
            told.collect::<Vec<_>>().join(" + ")
        };
        let card = |it: &Value| match it["status"] == "applied" {
            true => card_text(&text(&it["amount"]), &text(&it["remaining"])),
            false => text(&it["reason"]),
        };
        let number = |it: &Value| number_of(it["promotion_id"].as_u64().unwrap_or(0));
        let funding = |it: &Value| {
            let funding = it["funding"].as_array().cloned().unwrap_or_default();
            let told =
                funding.iter().map(|part| format!("{} {}", text(&part["funder"]), text(&part["amount"])));
            (number(it), told.collect())
        };
        let lost = list("outcomes").into_iter().filter(|it| it["outcome"] == "not_applied");
        let lost: Vec<Value> = lost.collect();
        let tax = &answer["totals"]["tax"];
        Self {
            manual_discount: text(&answer["totals"]["manual_discount"]),
            tax: tax.as_str().unwrap_or("none").to_owned(),
            units: list("lines").iter().map(units).collect(),
            winners: lost
                .iter()
                .filter_map(|it| Some((number(it), number_of(it["winner_id"].as_u64()?))))
                .collect(),
            messages: lost.iter().map(|it| (number(it), text(&it["message"]))).collect(),
            funding: list("applied").iter().map(funding).collect(),
            discount: text(&answer["totals"]["discount"]),
            total: text(&answer["totals"]["total"]),
            shipping_discount: text(&answer["totals"]["shipping_discount"]),
            lines: list("lines").iter().map(|line| text(&line["discount"])).collect(),
            outcomes: list("outcomes").iter().map(outcome).collect(),
            codes: list("codes").iter().map(code).collect(),
            gifts: list("gifts").iter().map(gift).collect(),
            gift_card: text(&answer["totals"]["gift_card"]),
            store_credit: text(&answer["totals"]["store_credit"]),
            due: text(&answer["totals"]["due"]),
            gift_cards: list("gift_cards").iter().map(card).collect(),
        }
    }
}

fn card_text(paid: &str, left: &str) -> String {
    format!("{paid} paid, {left} left")
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
        writeln!(formatter, "    units {}", self.units.join("; "))?;
        writeln!(formatter, "    by hand {}, tax {}", self.manual_discount, self.tax)?;
        self.funding
            .iter()
            .filter(|(_, funding)| !funding.is_empty())
            .try_for_each(|(id, funding)| writeln!(formatter, "    paid for {id}: {}", funding.join(", ")))?;
        self.messages
            .iter()
            .try_for_each(|(id, message)| writeln!(formatter, "    told of {id}: {message}"))?;
        self.winners.iter().try_for_each(|(id, winner)| writeln!(formatter, "    {id} lost to {winner}"))?;
        self.gifts.iter().try_for_each(|gift| writeln!(formatter, "    gift {gift}"))?;
        writeln!(formatter, "    cards {}, credit {}, due {}", self.gift_card, self.store_credit, self.due)?;
        self.gift_cards.iter().try_for_each(|card| writeln!(formatter, "    card: {card}"))
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
        compare("manual_discount", self.manual_discount.clone(), &found.manual_discount);
        compare("tax", self.tax.clone(), &found.tax);
        compare("gift_card", self.gift_card.clone(), &found.gift_card);
        compare("store_credit", self.store_credit.clone(), &found.store_credit);
        compare("due", self.due.clone(), &found.due);
        let cards = |cards: &Vec<String>| cards.join("; ");
        compare("gift_cards", self.gift_cards.as_ref().map(cards), &cards(&found.gift_cards));
        compare("units", self.units.as_ref().map(|units| units.join("; ")), &found.units.join("; "));
        let of = |promotion: &String| promotion.parse::<u64>().unwrap_or(0);
        for (promotion, winner) in &self.winners {
            let word = found.winners.get(&of(promotion)).map_or("nothing".to_owned(), u64::to_string);
            compare(&format!("winner over {promotion}"), Some(winner.to_string()), &word);
        }
        for (promotion, message) in &self.messages {
            let word = found.messages.get(&of(promotion)).map_or("nothing", String::as_str);
            compare(&format!("message of {promotion}"), Some(message.clone()), word);
        }
        for (promotion, funding) in &self.funding {
            let word = found.funding.get(&of(promotion)).map_or("nothing".to_owned(), |it| it.join(", "));
            compare(&format!("funding of {promotion}"), Some(funding.join(", ")), &word);
        }
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

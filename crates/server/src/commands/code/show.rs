//! A plan, and what is wrong with a folder, for people.

use engine::document::Context;
use engine::money::Minor;
use engine::promotion::{Language, Names, parse, summary};
use engine::settings::Settings;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::effect::Effect;
use super::folder::{Code, Trouble};
use super::plan::{Changed, CodeChange, FieldChange, Plan};
use crate::platform::terminal::{Tone, table, toned, trimmed};

/// With what plans are told: the names of things, and the store's currency and zone.
pub(super) struct Telling<'a> {
    pub(super) names: &'a dyn Names,
    pub(super) settings: &'a Settings,
    pub(super) now: Timestamp,
}

impl Telling<'_> {
    /// A promotion in words.
    fn sentence(&self, document: &Map<String, Value>) -> String {
        let context = Context { default_currency: self.settings.currency, now: self.now };
        let Ok(parsed) = parse(&Value::Object(document.clone()), &context) else {
            return "this version of largesse cannot read it".to_owned();
        };
        let promotion = parsed.promotion;
        let zone = &self.settings.time_zone;
        let mut sentence =
            summary(&promotion, &Language { names: self.names, currency: promotion.currency, zone });
        if promotion.status.word() != "active" {
            sentence = format!("({}) {sentence}", promotion.status.word());
        }
        sentence
    }

    /// Every sentence of a plan, so that `names` can be asked.
    pub(super) fn ask(&self, plan: &Plan) {
        plan.new.iter().for_each(|new| drop(self.sentence(&new.document)));
        for change in &plan.changed {
            drop((self.sentence(&change.before), self.sentence(&change.after)));
        }
        plan.missing.iter().for_each(|stored| drop(self.sentence(&stored.document)));
    }

    /// What would change.
    pub(super) fn plan(&self, plan: &Plan) -> String {
        let mut text = String::new();
        for new in &plan.new {
            text += &headline(Tone::Good, "+", &new.document, &new.key);
            text += &line("", &self.sentence(&new.document));
            new.codes
                .iter()
                .for_each(|code| text += &line(&toned(Tone::Good, "+"), &format!("code {}", code.code)));
        }
        for change in &plan.changed {
            text += &self.changed(plan, change);
        }
        for stored in &plan.missing {
            text += &headline(Tone::Bad, "-", &stored.document, &stored.key);
            text += &line("", &self.sentence(&stored.document));
            let fate = if plan.prunes { "will be archived" } else { "stays: `--prune` would archive it" };
            text += &line("", &toned(Tone::Dim, fate));
        }
        text
    }

    fn changed(&self, plan: &Plan, change: &Changed) -> String {
        let mut text = headline(Tone::Muted, "~", &change.after, &change.stored.key);
        let (before, after) = (self.sentence(&change.before), self.sentence(&change.after));
        if before == after {
            text += &line("", &after);
        } else {
            text += &line(&toned(Tone::Bad, "-"), &before);
            text += &line(&toned(Tone::Good, "+"), &after);
        }
        for FieldChange { pointer, before, after } in &change.fields {
            let (before, after) = (shown(before.as_ref()), shown(after.as_ref()));
            text += &line("", &format!("{}  {before} → {after}", toned(Tone::Dim, pointer)));
        }
        for change in &change.codes {
            text += &match change {
                CodeChange::New(code) => line(&toned(Tone::Good, "+"), &format!("code {}", code.code)),
                CodeChange::Changed(was, is) => {
                    line("~", &format!("code {}: {} → {}", is.code, terms(&was.code), terms(is)))
                }
                CodeChange::Missing(gone) if plan.prunes => {
                    line(&toned(Tone::Bad, "-"), &format!("code {}", gone.code.code))
                }
                CodeChange::Missing(gone) => {
                    line("-", &format!("code {} stays: `--prune` would delete it", gone.code.code))
                }
            };
        }
        text
    }
}

/// How often and when a code can be used.
fn terms(code: &Code) -> String {
    let mut terms = format!("{} uses, {} per customer", code.max_uses, code.max_uses_per_customer);
    terms.extend(code.starts_at.map(|start| format!(", from {start}")));
    terms.extend(code.ends_at.map(|end| format!(", until {end}")));
    terms
}

fn headline(tone: Tone, sign: &str, document: &Map<String, Value>, key: &str) -> String {
    let name = document.get("name").and_then(Value::as_str).unwrap_or("?");
    format!("\n{} {}  {}\n", toned(tone, sign), toned(Tone::Bold, name), toned(Tone::Dim, key))
}

fn line(sign: &str, text: &str) -> String {
    if sign.is_empty() { format!("    {text}\n") } else { format!("  {sign} {text}\n") }
}

/// A value, short enough for a line.
fn shown(value: Option<&Value>) -> String {
    const LENGTH_MAX: usize = 60;
    let text = value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    match text.char_indices().nth(LENGTH_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// How much of what there is to do, in a line.
pub(super) fn counts(plan: &Plan) -> String {
    let Plan { new, changed, missing, same, .. } = plan;
    format!(
        "{} new, {} changed, {} {}, {} as they are",
        new.len(),
        changed.len(),
        missing.len(),
        if plan.prunes { "to be archived" } else { "not in the folder" },
        same.len()
    )
}

/// What a plan does to test carts.
pub(super) fn effects(effects: &[Effect]) -> String {
    let mut rows = Vec::new();
    for Effect { name, currency, before, after, promotions } in effects {
        let money = |amount: Minor| amount.to_decimal(*currency);
        let why: Vec<String> = promotions
            .iter()
            .map(|(promotion, was, is)| match (was.is_zero(), is.is_zero()) {
                (true, _) => format!("{promotion} now gives {}", money(*is)),
                (_, true) => format!("{promotion} no longer gives {}", money(*was)),
                _ => format!("{promotion} gives {} instead of {}", money(*is), money(*was)),
            })
            .collect();
        let why = if why.is_empty() { "no change".to_owned() } else { why.join("\n") };
        let tone = if before == after { Tone::Dim } else { Tone::Bold };
        let total = format!("{} → {} {currency}", money(*before), money(*after));
        rows.push(vec![name.clone(), toned(tone, &total), why]);
    }
    trimmed(&table(rows, &[]))
}

/// What is wrong with files.
pub(super) fn troubles(troubles: &[Trouble], tone: Tone, sign: &str) -> String {
    let mut text = String::new();
    for Trouble { file, pointer, message } in troubles {
        let place = if pointer.is_empty() { file.clone() } else { format!("{file} {pointer}") };
        text += &format!("{} {}\n    {message}\n", toned(tone, sign), toned(Tone::Bold, &place));
    }
    text
}

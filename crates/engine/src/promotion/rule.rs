//! A rule: when its condition holds, its action acts.

use serde_json::Value;

use super::actions::{self, Action};
use super::condition::ConditionTree;
use super::language::{Language, plural};
use super::tree::Branch;
use crate::document::{Pointer, Problems, Reader};
use crate::money::Currency;

/// One rule of a promotion.
#[derive(Debug)]
pub struct Rule {
    /// What must hold; nothing when `None`.
    pub condition: Option<ConditionTree>,
    /// What it does.
    pub action: Box<dyn Action>,
    /// False: as often as the condition holds for units and spend not yet used.
    pub apply_once: bool,
    /// How often at most, when it repeats.
    pub maximum_applications: Option<u32>,
    /// Whether the promotion's later rules are skipped once this one applied.
    pub stop: bool,
}

impl Rule {
    /// Reads a rule; gives it with its normal form.
    pub(crate) fn parse(
        value: &Value,
        pointer: Pointer<'_>,
        problems: &Problems,
        currency: Option<Currency>,
    ) -> Option<(Self, Value)> {
        let mut reader = Reader::open(value, pointer, problems)?.in_currency(currency);
        let action = match reader.value("action") {
            Some(value) => parse_action(value, pointer.key("action"), problems, currency),
            None => {
                let message = "is required: conditions and filters without an action do not apply";
                reader.report("action", "required", message);
                None
            }
        };
        let asked = reader.value("condition");
        let condition =
            asked.map(|value| ConditionTree::parse(value, pointer.key("condition"), problems, currency));
        let (action, normal) = action.map_or((None, Value::Null), |(action, normal)| (Some(action), normal));
        reader.put("action", normal);
        let apply_once = reader.flag("apply_once", true);
        let maximum_applications = read_maximum(&mut reader, apply_once);
        let stop = reader.flag("stop", false);
        let condition = match condition {
            Some(Some((condition, normal))) => {
                reader.put("condition", normal);
                Some(condition)
            }
            Some(None) => {
                reader.close();
                return None;
            }
            None => None,
        };
        if let Some(action) = &action {
            check_end(action.as_ref(), condition.as_ref(), apply_once, &reader);
        }
        let normal = reader.close();
        Some((Self { condition, action: action?, apply_once, maximum_applications, stop }, normal))
    }

    /// The rule in words: `get 20 % off Boots when they spend 100.00 USD or more`.
    pub(crate) fn sentence(&self, language: &Language<'_>) -> String {
        let action = self.action.sentence(language);
        let often = match (self.apply_once, self.maximum_applications) {
            (true, _) => String::new(),
            (false, None) => ", as often as it fits".to_owned(),
            (false, Some(most)) => format!(", up to {}", plural(u64::from(most), "time")),
        };
        match &self.condition {
            None => format!("{action}{often}"),
            Some(condition) => format!("{action} when {}{often}", condition.sentence(language)),
        }
    }
}

fn read_maximum(reader: &mut Reader<'_>, apply_once: bool) -> Option<u32> {
    let maximum = reader.count("maximum_applications", 1..=10_000);
    if maximum.is_none() {
        reader.put("maximum_applications", Value::Null);
    } else if apply_once {
        let message = "needs `apply_once` to be false, or the rule applies once anyway";
        reader.report("maximum_applications", "conflict", message);
    }
    maximum.and_then(|maximum| u32::try_from(maximum).ok())
}

/// A repeating rule must use something up each time, or it would go on for ever.
fn check_end(action: &dyn Action, condition: Option<&ConditionTree>, apply_once: bool, reader: &Reader<'_>) {
    let claims = condition.is_some_and(ConditionTree::claims_something) || action.uses_units_up();
    let ends_at_once = action.phase() == actions::Phase::Shipping;
    if !apply_once && !claims && !ends_at_once {
        let message =
            "would repeat without end: give a condition with a minimum, or set `apply_once` to true";
        reader.report("apply_once", "never_ends", message);
    }
}

fn parse_action(
    value: &Value,
    pointer: Pointer<'_>,
    problems: &Problems,
    currency: Option<Currency>,
) -> Option<(Box<dyn Action>, Value)> {
    let known: Vec<&'static str> = actions::kinds().map(|kind| kind.code).collect();
    let (code, inner, branch) = super::tree::open(value, &pointer, problems, 0, &known)?;
    if branch != Branch::Leaf {
        problems.report(&pointer, "conflict", "a rule has one action; give further ones rules of their own");
        return None;
    }
    let kind = actions::kinds().find(|kind| kind.code == code)?;
    let mut reader = Reader::open(inner, pointer.key(code), problems)?.in_currency(currency);
    let action = (kind.parse)(&mut reader);
    let normal = reader.close();
    Some((action?, problems.node(code, normal)))
}

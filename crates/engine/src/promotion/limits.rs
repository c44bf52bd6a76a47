//! How often a promotion may be used, and how much it may give.

use serde_json::Value;

use crate::document::Reader;
use crate::money::Minor;

/// How often a promotion may be used, and how much it may give; without limit where `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Uses in all.
    pub uses: Option<u64>,
    /// Uses on one day of the store's zone.
    pub uses_per_day: Option<u64>,
    /// Uses by one customer, known by id or e-mail address.
    pub uses_per_customer: Option<u64>,
    /// Money it may give in all.
    pub budget: Option<Budget>,
}

/// Money that a promotion may give in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How much, in the promotion's currency.
    pub amount: Minor,
    /// What happens when a cart would get more than is left.
    pub on_short: OnShort,
}

/// What happens when a cart would get more than is left of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnShort {
    /// It gets what is left.
    Partial,
    /// It gets nothing.
    Deny,
}

const USES_MAX: u64 = 1_000_000_000;

impl Limits {
    /// Reads the fields about limits.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            uses: read_uses(reader, "max_uses"),
            uses_per_day: read_uses(reader, "max_uses_per_day"),
            uses_per_customer: read_uses(reader, "max_uses_per_customer"),
            budget: read_budget(reader),
        }
    }
}

fn read_uses(reader: &mut Reader<'_>, name: &'static str) -> Option<u64> {
    let uses = reader.count(name, 1..=USES_MAX);
    if uses.is_none() {
        reader.put(name, Value::Null);
    }
    uses
}

fn read_budget(reader: &mut Reader<'_>) -> Option<Budget> {
    let (problems, pointer, currency) = (reader.problems(), *reader.pointer(), reader.currency());
    let Some(value) = reader.value("budget") else {
        reader.put("budget", Value::Null);
        return None;
    };
    let mut inner = Reader::open(value, pointer.key("budget"), problems)?.in_currency(currency);
    let amount = inner.money("amount");
    if !inner.has("amount") {
        inner.require("amount");
    }
    if amount == Some(Minor::ZERO) {
        inner.report("amount", "out_of_range", "must be above zero, or the promotion would never apply");
    }
    let on_short = match inner.choice("on_short", &["PARTIAL", "DENY"]) {
        "DENY" => OnShort::Deny,
        _ => OnShort::Partial,
    };
    reader.put("budget", inner.close());
    Some(Budget { amount: amount?, on_short })
}

//! How often a promotion may be used, and how much it may give.

use serde_json::Value;

use crate::document::Reader;
use crate::money::Minor;

/// How often a promotion may be used, and how much it may give; without limit where `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Uses in all.
    pub uses: Option<u64>,
    /// Uses in one channel; carts that name none share a count of their own.
    pub uses_per_channel: Option<u64>,
    /// Uses on one day of the store's zone.
    pub uses_per_day: Option<u64>,
    /// Uses by one customer, known by id, e-mail address or telephone number.
    pub uses_per_customer: Option<u64>,
    /// Money it may give in all.
    pub budget: Option<Budget>,
    /// When uses are given back.
    pub given_back: GivenBack,
}

/// When the uses of a promotion are given back, so that others can have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenBack {
    /// When the order is cancelled.
    pub on_cancel: bool,
    /// When a reservation expires. Otherwise it then counts as if it had been ordered.
    pub on_expiry: bool,
    /// When everything that was paid is refunded.
    pub on_full_refund: bool,
    /// When a part of what was paid is refunded for the first time.
    pub on_partial_refund: bool,
}

impl Default for GivenBack {
    /// When nothing was bought in the end.
    fn default() -> Self {
        Self { on_cancel: true, on_expiry: true, on_full_refund: true, on_partial_refund: false }
    }
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
            uses_per_channel: read_uses(reader, "max_uses_per_channel"),
            uses_per_day: read_uses(reader, "max_uses_per_day"),
            uses_per_customer: read_uses(reader, "max_uses_per_customer"),
            budget: read_budget(reader),
            given_back: read_given_back(reader),
        }
    }

    /// Whether uses or money are limited in any way.
    pub fn is_limited(&self) -> bool {
        let Self { uses, uses_per_channel, uses_per_day, uses_per_customer, budget, given_back: _ } = self;
        let counted = [uses, uses_per_channel, uses_per_day, uses_per_customer];
        budget.is_some() || counted.into_iter().any(Option::is_some)
    }
}

fn read_given_back(reader: &mut Reader<'_>) -> GivenBack {
    let (problems, pointer, currency) = (reader.problems(), *reader.pointer(), reader.currency());
    let empty = Value::Object(serde_json::Map::new());
    let value = reader.value("uses_given_back").unwrap_or(&empty);
    let Some(inner) = Reader::open(value, pointer.key("uses_given_back"), problems) else {
        return GivenBack::default();
    };
    let mut inner = inner.in_currency(currency);
    let usual = GivenBack::default();
    let given_back = GivenBack {
        on_cancel: inner.flag("on_cancel", usual.on_cancel),
        on_expiry: inner.flag("on_expiry", usual.on_expiry),
        on_full_refund: inner.flag("on_full_refund", usual.on_full_refund),
        on_partial_refund: inner.flag("on_partial_refund", usual.on_partial_refund),
    };
    reader.put("uses_given_back", inner.close());
    given_back
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

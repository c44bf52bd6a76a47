//! The cart holds enough matching units, worth enough; or costs enough as a whole.

use crate::document::{Field, FieldKind, Reader};
use crate::money::Minor;
use crate::promotion::conditions::{Asked, Condition, ConditionKind, Goods, Verdict};
use crate::promotion::evaluate::{Claims, SpendBasis, Turn};
use crate::promotion::items::Items;
use crate::promotion::language::{Language, plural};
use crate::promotion::nudge::{Lack, Missing, Stock};
use crate::promotion::reason::{
    Fact, MAXIMUM_QUANTITY, MAXIMUM_SPEND, MINIMUM_QUANTITY, MINIMUM_SPEND, Reason,
};

#[derive(Debug)]
struct CartContents {
    items: Option<Items>,
    minimum_quantity: u64,
    maximum_quantity: Option<u64>,
    minimum_spend: Minor,
    maximum_spend: Option<Minor>,
    basis: SpendBasis,
}

/// The bases as documents name them; the first is the default.
const SPEND_BASES: &[&str] = &["PHASE_START", "ORIGINAL", "RUNNING"];

pub(super) static KIND: ConditionKind = ConditionKind {
    code: "cart",
    label: "Buys products, or reaches a subtotal",
    fields: &[
        Field::optional(
            "items",
            FieldKind::Items,
            "Which products count; all of the subtotal when left out.",
        ),
        Field::optional(
            "minimum_quantity",
            FieldKind::Count(0),
            "Units needed; needs `items`, with which it is 1.",
        ),
        Field::optional(
            "minimum_spend",
            FieldKind::Money,
            "What the units that count must cost together, at least; gift cards, shipping and tax do not count.",
        ),
        Field::optional("maximum_quantity", FieldKind::Count(1), "The most units; needs `items`."),
        Field::optional(
            "maximum_spend",
            FieldKind::Money,
            "What the units that count may cost together, at most.",
        ),
        Field::optional(
            "spend_basis",
            FieldKind::Choice(SPEND_BASES),
            "Which amounts count as spend: as left by the phases before this one, before all promotions, or as \
             they are when this promotion has its turn.",
        ),
    ],
    example: r#"{"items":{"categories":[23]},"minimum_quantity":2}"#,
    reasons: &[],
    parse,
};

fn parse(reader: &mut Reader<'_>) -> Option<Box<dyn Condition>> {
    let items = reader.items("items");
    let asked = reader.count("minimum_quantity", 0..=1_000_000_000);
    let minimum_spend = reader.money("minimum_spend").unwrap_or(Minor::ZERO);
    let maximum_quantity = reader.count("maximum_quantity", 1..=1_000_000_000);
    let maximum_spend = reader.money("maximum_spend");
    let basis = match reader.choice("spend_basis", SPEND_BASES) {
        "ORIGINAL" => SpendBasis::Original,
        "RUNNING" => SpendBasis::Running,
        _ => SpendBasis::PhaseStart,
    };
    let has_items = reader.has("items");
    if !has_items && asked.is_some_and(|asked| asked > 0) {
        let message = "needs `items` to count; BigCommerce would ignore it without";
        reader.report("minimum_quantity", "conflict", message);
    }
    if !has_items && reader.has("maximum_quantity") {
        reader.report("maximum_quantity", "conflict", "needs `items` to count");
    }
    let nothing_asked = !reader.has("minimum_spend") && !reader.has("maximum_spend");
    if !has_items && nothing_asked {
        let message = "asks nothing: give `items`, `minimum_spend` or `maximum_spend`";
        reader.problems().report(reader.pointer(), "empty", message);
    }
    if maximum_spend.is_some_and(|most| most < minimum_spend) {
        reader.report("maximum_spend", "conflict", "must not be less than `minimum_spend`");
    }
    let minimum_quantity = asked.unwrap_or(u64::from(has_items));
    if has_items {
        reader.put("minimum_quantity", minimum_quantity);
    }
    if maximum_quantity.is_some_and(|most| most < minimum_quantity) {
        reader.report("maximum_quantity", "conflict", "must not be less than `minimum_quantity`");
    }
    let contents =
        CartContents { items, minimum_quantity, maximum_quantity, minimum_spend, maximum_spend, basis };
    Some(Box::new(contents))
}

impl CartContents {
    /// Whether all that counts is within the maxima, whatever earlier applications of the rule used of it.
    fn check_maxima(&self, turn: &Turn<'_>, claims: &mut Claims) -> Verdict {
        if self.maximum_quantity.is_none() && self.maximum_spend.is_none() {
            return Verdict::Met;
        }
        let (units, worth) = match &self.items {
            Some(items) => claims.all(turn, items, self.basis),
            None => (0, turn.subtotal(self.basis)),
        };
        match (self.maximum_quantity, self.maximum_spend) {
            (Some(most), _) if units > most => {
                unmet(&MAXIMUM_QUANTITY, Fact::Count(most), Fact::Count(units))
            }
            (_, Some(most)) if worth > most => unmet(&MAXIMUM_SPEND, Fact::Money(most), Fact::Money(worth)),
            _ => Verdict::Met,
        }
    }

    /// How many more units, worth `unit` each, fulfil the condition.
    fn missing_units(&self, units: u64, worth: Minor, unit: Minor) -> u32 {
        let by_count = self.minimum_quantity.saturating_sub(units);
        let spend = (self.minimum_spend - worth).max(Minor::ZERO).get();
        let by_spend =
            u64::try_from(spend).unwrap_or(0).div_ceil(u64::try_from(unit.get()).unwrap_or(0).max(1));
        u32::try_from(by_count.max(by_spend)).unwrap_or(u32::MAX)
    }
}

impl Condition for CartContents {
    fn check(&self, turn: &Turn<'_>, claims: &mut Claims) -> Verdict {
        let Some(items) = &self.items else {
            let found = turn.subtotal(self.basis) - claims.spend();
            return if found < self.minimum_spend {
                unmet(&MINIMUM_SPEND, Fact::Money(self.minimum_spend), Fact::Money(found))
            } else {
                self.check_maxima(turn, claims)
            };
        };
        let (units, worth) = claims.left(turn, items, self.basis);
        if units < self.minimum_quantity {
            return unmet(&MINIMUM_QUANTITY, Fact::Count(self.minimum_quantity), Fact::Count(units));
        }
        if worth < self.minimum_spend {
            return unmet(&MINIMUM_SPEND, Fact::Money(self.minimum_spend), Fact::Money(worth));
        }
        self.check_maxima(turn, claims)
    }

    fn claim(&self, turn: &Turn<'_>, claims: &mut Claims) {
        let Some(items) = &self.items else {
            claims.take_spend(self.minimum_spend);
            return;
        };
        let missing = |units, worth, unit| self.missing_units(units, worth, unit);
        claims.take_triggers(turn, items, self.basis, missing);
    }

    fn claims_something(&self) -> bool {
        match self.items {
            Some(_) => self.minimum_quantity > 0 || !self.minimum_spend.is_zero(),
            None => !self.minimum_spend.is_zero(),
        }
    }

    fn missing<'c>(&'c self, stock: &Stock<'_>) -> Missing<'c> {
        let items = self.items.as_ref();
        let (units, worth) = stock.count(items, self.basis);
        let is_too_many = self.maximum_quantity.is_some_and(|most| units > most);
        if is_too_many || self.maximum_spend.is_some_and(|most| worth > most) {
            return Missing::Else;
        }
        Lack::of(items, (self.minimum_quantity, units), (self.minimum_spend, worth))
    }

    fn asks(&self) -> Asked<'_> {
        Asked::Goods(Goods {
            items: self.items.as_ref(),
            minimum_quantity: self.minimum_quantity,
            maximum_quantity: self.maximum_quantity,
            minimum_spend: self.minimum_spend,
            maximum_spend: self.maximum_spend,
            basis: self.basis,
        })
    }

    fn sentence(&self, language: &Language<'_>) -> String {
        let spend = language.money(self.minimum_spend);
        let minimum = match (&self.items, self.minimum_spend.is_zero()) {
            (None, true) => String::new(),
            (None, false) => format!("they spend {spend} or more"),
            (Some(items), true) => {
                format!("they buy {} of {}", plural(self.minimum_quantity, "unit"), items.sentence(language))
            }
            (Some(items), false) if self.minimum_quantity <= 1 => {
                format!("they spend {spend} or more on {}", items.sentence(language))
            }
            (Some(items), false) => format!(
                "they buy {} of {} for {spend} or more",
                plural(self.minimum_quantity, "unit"),
                items.sentence(language)
            ),
        };
        self.with_maxima(minimum, language)
    }
}

impl CartContents {
    fn with_maxima(&self, minimum: String, language: &Language<'_>) -> String {
        let most_units = self.maximum_quantity.map(|most| format!("at most {}", plural(most, "unit")));
        let most_spend = self.maximum_spend.map(|most| format!("for at most {}", language.money(most)));
        let most: Vec<String> = most_units.into_iter().chain(most_spend).collect();
        match (minimum.is_empty(), most.is_empty()) {
            (_, true) => minimum,
            (true, false) => format!("they buy {}", most.join(" ")),
            (false, false) => format!("{minimum}, {}", most.join(" ")),
        }
    }
}

fn unmet(kind: &'static crate::promotion::reason::ReasonKind, needed: Fact, found: Fact) -> Verdict {
    Verdict::Unmet(Reason::because(kind, needed, found))
}

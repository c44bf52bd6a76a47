//! Lint: what a promotion that can be saved will not do as its author hopes, shown by a cart where one can.
//!
//! A new lint is one file here with a `LINT`, named in [`LINTS`]. A finding that a cart can show is reported only
//! with a cart that does, priced by the same evaluation as any other; one without a cart is exact in itself.

mod already_ended;
mod amount_exceeds_goods;
mod case;
mod condition_never_holds;
mod domestic_without_country;
mod empty_category;
mod gift_not_unique;
mod limit_without_identity;
mod matcher_excludes_itself;
mod not_in_catalog;
mod order_for_free;
mod places;
mod product_and_its_variants;
mod promotion_never_applies;
mod repeats_without_limit;
mod rule_never_reached;
mod shadow;
mod shadows_others;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod window_never_opens;
mod window_skipped_by_clock_change;
mod worst;
mod worst_case;

use jiff::Timestamp;
use serde_json::Value;

use super::Promotion;
use super::ruleset::Ruleset;
use super::witness::{Shelf, Witness};
use case::Case;

/// A promotion about to be saved.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// Its id; `None` while it has none.
    pub id: Option<u64>,
    /// When it was created; now when it is new. Decides between equal priorities.
    pub created: Timestamp,
    /// Its document, in normal form. It is looked at as if it were active.
    pub document: &'a Value,
}

/// Something that a promotion will not do as its author hopes: a warning, the promotion can be saved.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its stable code, one of those in [`LINTS`].
    pub code: &'static str,
    /// Where in the document, as a JSON pointer (RFC 6901); empty for the promotion as a whole.
    pub pointer: String,
    /// What will happen and how to mend it, for a person.
    pub message: String,
    /// A cart that shows it.
    pub witness: Option<Witness>,
}

/// One thing that promotions are looked at for.
#[derive(Debug)]
pub struct Lint {
    /// The code of its findings.
    pub code: &'static str,
    /// What it finds, for documentation.
    pub doc: &'static str,
    check: fn(&Case<'_>, &Promotion) -> Vec<Finding>,
}

/// Every lint, in the order in which findings are given.
pub static LINTS: &[&Lint] = &[
    &already_ended::LINT,
    &window_never_opens::LINT,
    &window_skipped_by_clock_change::LINT,
    &matcher_excludes_itself::LINT,
    &condition_never_holds::LINT,
    &domestic_without_country::LINT,
    &rule_never_reached::LINT,
    &promotion_never_applies::LINT,
    &shadows_others::LINT,
    &repeats_without_limit::LINT,
    &amount_exceeds_goods::LINT,
    &order_for_free::LINT,
    &worst_case::LINT,
    &limit_without_identity::LINT,
    &gift_not_unique::LINT,
    &product_and_its_variants::LINT,
    &empty_category::LINT,
    &not_in_catalog::LINT,
];

/// Looks for what a promotion will not do as its author hopes, among the other promotions of its store (of which
/// one with its id is left out) and as far as the shelf knows the goods. Nothing is found in a document that
/// does not parse: `parse` tells what is wrong with it.
///
/// What never happens is meant of carts with goods of which percentages are not rounded to nothing: a few cents,
/// or gift cards alone, are left out of account. Nothing depends on uses or on names.
///
/// ```
/// use engine::{money::Currency, promotion::{Draft, NoShelf, Ruleset, lint}, settings::Settings};
/// let now = "2026-03-01T10:00:00Z".parse().unwrap();
/// let tier = |spend: &str, percent: &str| serde_json::json!({
///     "stop": true, "condition": {"cart": {"minimum_spend": spend}},
///     "action": {"cart_value": {"discount": {"percentage_amount": percent}}},
/// });
/// let document = serde_json::json!({
///     "name": "Tiers", "redemption_type": "AUTOMATIC", "rules": [tier("50", "10"), tier("100", "20")],
/// });
/// let (empty, _) = Ruleset::compile(Settings::new(Currency::parse("USD").unwrap(), jiff::tz::TimeZone::UTC), &[]);
/// let draft = Draft { id: None, created: now, document: &document };
/// let findings = lint(&draft, &empty, &NoShelf, now);
/// assert_eq!((findings[0].code, findings[0].pointer.as_str()), ("rule_never_reached", "/rules/1"));
/// assert_eq!(findings[0].witness.as_ref().unwrap().cart.lines[0].price.get(), 10_000);
/// ```
pub fn lint(draft: &Draft<'_>, beside: &Ruleset, shelf: &dyn Shelf, now: Timestamp) -> Vec<Finding> {
    let Some(case) = Case::of(draft, beside, shelf, now) else { return Vec::new() };
    let Some(promotion) = case.alone.get(case.id) else { return Vec::new() };
    LINTS.iter().flat_map(|lint| (lint.check)(&case, promotion)).collect()
}

impl Lint {
    /// A finding of this lint.
    fn finding(&self, pointer: impl Into<String>, message: impl Into<String>) -> Finding {
        Finding { code: self.code, pointer: pointer.into(), message: message.into(), witness: None }
    }
}

impl Finding {
    /// The same with a cart that shows it.
    fn shown_by(self, witness: Witness) -> Self {
        Self { witness: Some(witness), ..self }
    }
}

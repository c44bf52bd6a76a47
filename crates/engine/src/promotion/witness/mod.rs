//! Witness carts: the smallest cart found for which something happens, checked by pricing it.
//!
//! What a cart needs follows from what conditions, actions and matchers say of themselves: as data (`asks`,
//! `needs`, `property`), from which lint concludes too, or by changing a cart or line (`fulfil`). Where that leaves a choice, a few carts are tried; none is given that does not show what it should.

mod clause;
mod conjunction;
mod opening;
mod shelf;
mod sketch;

use jiff::Timestamp;

use super::evaluate::{CodeFact, EnteredCode, Evaluation, Facts, Outcome, Told, evaluate};
use super::ruleset::Ruleset;
use super::{Promotion, RedemptionType, Rule};
use crate::cart::Cart;
use crate::money::Minor;
use crate::settings::Settings;

pub(crate) use clause::{Match, clauses, find_line, is_within};
pub(crate) use conjunction::{alternatives, tree_implies};
pub(crate) use opening::first_open;
pub use shelf::{NoShelf, Shelf, ShelfProduct};
pub(crate) use sketch::{Sketch, Sketched, Style, plain_price};

/// Most alternatives of one condition that are tried.
const TRIED_MAX: usize = 8;

/// A cart that shows something, and when.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The cart.
    pub cart: Cart,
    /// The coupon promotions of which a code is entered, in that order.
    pub coupons: Vec<u64>,
    /// The instant at which it is priced.
    pub at: Timestamp,
    /// What it shows, in one sentence.
    pub shows: String,
}

impl Witness {
    /// What a ruleset does to the cart.
    pub fn evaluate(&self, ruleset: &Ruleset) -> Evaluation {
        let known = |promotion: &u64| EnteredCode {
            text: format!("CODE-{promotion}"),
            fact: CodeFact::known(*promotion),
        };
        let facts = Facts { codes: self.coupons.iter().map(known).collect(), ..Facts::default() };
        evaluate(ruleset, &self.cart, &facts, self.at, Told::Matching)
    }

    /// Whether a promotion of the ruleset applies to the cart.
    pub(crate) fn applies(&self, ruleset: &Ruleset, promotion: u64) -> bool {
        has_applied(&self.evaluate(ruleset), promotion)
    }
}

/// Whether a promotion applied.
pub(crate) fn has_applied(evaluation: &Evaluation, promotion: u64) -> bool {
    let mut outcomes = evaluation.outcomes.iter();
    outcomes.any(|it| it.promotion == promotion && matches!(it.outcome, Outcome::Applied { .. }))
}

/// The smallest cart found to which a promotion of the ruleset applies when it is alone, at the first instant
/// from `now` on at which it is open. `None` when it is not active or over, or when no cart was found.
///
/// Units: minor units of the promotion's currency; prices that nothing asks for and the shelf does not know are
/// 10.00. It has not been used, and codes of a coupon promotion can be used.
///
/// ```
/// use engine::{money::{Currency, Minor}, promotion::{Definition, NoShelf, Ruleset, witness}, settings::Settings};
/// let document = serde_json::json!({
///     "name": "20 % off from 50", "redemption_type": "AUTOMATIC",
///     "rules": [{"condition": {"cart": {"minimum_spend": "50.00"}},
///                "action": {"cart_value": {"discount": {"percentage_amount": "20"}}}}],
/// });
/// let now = "2026-03-01T10:00:00Z".parse().unwrap();
/// let settings = Settings::new(Currency::parse("USD").unwrap(), jiff::tz::TimeZone::UTC);
/// let (ruleset, _) = Ruleset::compile(settings, &[Definition { id: 1, created: now, document: &document }]);
/// let witness = witness(&ruleset, 1, &NoShelf, now).unwrap();
/// assert_eq!(witness.cart.lines[0].subtotal(), Minor::new(5000));
/// assert_eq!(witness.evaluate(&ruleset).totals.total, Minor::new(4000));
/// ```
pub fn witness(ruleset: &Ruleset, promotion: u64, shelf: &dyn Shelf, now: Timestamp) -> Option<Witness> {
    let alone = ruleset.only(|id| id == promotion);
    let found = alone.get(promotion)?;
    let at = first_open(found, alone.settings(), now)?;
    let carts = found.rules.iter().flat_map(|rule| carts(found, rule, alone.settings(), shelf));
    let mut witnesses = carts.map(|sketched| Witness {
        cart: sketched.cart,
        coupons: coupons_of(found, promotion),
        at,
        shows: format!("“{}” applies.", found.name),
    });
    witnesses.find(|witness| witness.applies(&alone, promotion))
}

/// The coupon promotions that must be entered for a promotion: itself, or none when it is automatic.
pub(crate) fn coupons_of(promotion: &Promotion, id: u64) -> Vec<u64> {
    let is_coupon = promotion.redemption_type == RedemptionType::Coupon;
    is_coupon.then_some(id).into_iter().collect()
}

/// Carts that a rule may apply to, smaller ones first; not yet priced.
pub(crate) fn carts<'a>(
    promotion: &'a Promotion,
    rule: &'a Rule,
    settings: &'a Settings,
    shelf: &'a dyn Shelf,
) -> impl Iterator<Item = Sketched> {
    let low = Minor::new(plain_price(settings.currency).get() / 10);
    let styles = [(true, 1, None), (false, 1, None), (true, 2, None), (false, 2, None), (true, 1, Some(low))];
    let styles = styles.map(|(shares_units, times, price)| Style { shares_units, times, price });
    let alternatives = alternatives(rule.condition.as_ref()).unwrap_or_default();
    styles.into_iter().flat_map(move |style| {
        let sketches = alternatives.iter().take(TRIED_MAX).filter_map(|alternative| {
            let mut sketch = Sketch::new(settings, shelf, style);
            sketch.add(promotion, rule, alternative);
            sketch.finish()
        });
        sketches.collect::<Vec<_>>()
    })
}

#[cfg(test)]
mod tests;

//! Nudges: the cheapest change to a cart that unlocks a promotion, what it costs and what it saves.
//!
//! A nudge is found by trying: a change is made to the cart, the cart is evaluated again, and what comes out
//! is compared. So a nudge never promises what the next evaluation would not give, and one that would not
//! pay, because what it unlocks takes the place of something better, does not come out. What is worth trying
//! is read from what the rules of a promotion lack ([`wants`]); how far that is, from the price of what could
//! be added ([`choice`]).

mod choice;
mod goods;
mod missing;
mod search;
mod stock;
#[cfg(test)]
mod tests;
mod wants;
mod words;

use std::cell::Cell;
use std::cmp::Reverse;

use jiff::Timestamp;

use super::evaluate::{Evaluation, Facts, Gift};
use super::reason::Reason;
use super::ruleset::Ruleset;
use crate::cart::{Cart, Line};
use crate::money::Minor;

pub use choice::Change;
pub use goods::goods_to_offer;
pub use missing::{Lack, Missing, Step};
pub use stock::Stock;

/// How many of the goods that could mend what a promotion lacks are tried: those with which it costs least.
pub const OFFERS_TRIED_MAX: usize = 4;

/// How often more of the same goods is tried, when what was added was not enough yet.
pub const STEPS_MAX: usize = 3;

/// For each nudge that is asked for, so many promotions are tried: those that are nearest.
pub const PROMOTIONS_TRIED_PER_NUDGE: usize = 4;

/// A change to a cart that unlocks a promotion and pays.
#[derive(Clone, Debug, PartialEq)]
pub struct Nudge {
    /// The promotion that applies then, or of which a better rule does.
    pub promotion: u64,
    /// What is to be changed.
    pub change: Change,
    /// What is more to pay in all then, tax and shipping included; below zero when the cart becomes cheaper.
    pub cost: Minor,
    /// What all discounts take off then more than they do now.
    pub saving: Minor,
    /// What the promotion gives for nothing then more than now.
    pub gift: Option<Gift>,
    /// Whether all that is saved is the shipping, which costs nothing then.
    pub is_free_shipping: bool,
    /// What is unmet now and that the change mends.
    pub reason: Reason,
}

/// The cheapest changes that unlock promotions of a cart: one for each promotion that is near, at most
/// `most`, by cost, then by saving (the larger first), then by promotion.
///
/// `offers` are goods that could be added, one unit each; of those with the same product and variant the
/// first counts, and those that lie in the cart already count as one more of that line. The quantity of an
/// offer is ignored.
///
/// Promotions are near when all they lack is goods: spend, units, parts of a bundle, or the goods to which
/// they give a discount once their condition is met; and when they apply but a rule that lacks goods would
/// take off more. A change adds units of one offer, or any goods worth so much. It counts when, with `facts`
/// and `now` as they are, the promotion then applies (or takes off more by a further rule) and all discounts
/// and gifts together are worth more than before; a gift counts at the lowest price at which it is offered,
/// and as a gain without value when it is not. With equal cost and saving, any goods come first, then lines of the
/// cart, then by product and variant.
///
/// The work is bounded by [`PROMOTIONS_TRIED_PER_NUDGE`], [`OFFERS_TRIED_MAX`] and [`STEPS_MAX`]: promotions
/// are tried from the nearest on until there are `most` nudges. Large carts in stores with many promotions get
/// fewer tries, so that nudges never cost more than some evaluations. `evaluation` is that of the cart.
///
/// ```
/// use engine::{cart::{Cart, Line}, money::{Currency, Minor}, promotion::*, settings::Settings};
/// let usd = Currency::parse("USD").unwrap();
/// let now = "2026-03-01T10:00:00Z".parse().unwrap();
/// let document = serde_json::json!({
///     "name": "10 off from 50", "redemption_type": "AUTOMATIC", "start_date": "2026-01-01T00:00:00Z",
///     "rules": [{"condition": {"cart": {"minimum_spend": "50.00"}},
///                "action": {"cart_value": {"discount": {"fixed_amount": "10.00"}}}}],
/// });
/// let definition = Definition { id: 1, created: now, document: &document };
/// let (ruleset, _) = Ruleset::compile(Settings::new(usd, jiff::tz::TimeZone::UTC), &[definition]);
///
/// let line = Line { id: "1".into(), product: 7, quantity: 1, price: Minor::new(3760), ..Line::default() };
/// let (cart, facts) = (Cart::new(usd, vec![line]), Facts::default());
/// let evaluation = evaluate(&ruleset, &cart, &facts, now, Told::All);
/// let nudges = nudges(&ruleset, &cart, &facts, now, &evaluation, &[], 3);
/// assert_eq!(nudges[0].change, Change::Spend { amount: Minor::new(1240) });
/// assert_eq!((nudges[0].cost, nudges[0].saving), (Minor::new(240), Minor::new(1000)));
/// ```
pub fn nudges(
    ruleset: &Ruleset,
    cart: &Cart,
    facts: &Facts,
    now: Timestamp,
    evaluation: &Evaluation,
    offers: &[Line],
    most: usize,
) -> Vec<Nudge> {
    let stranger = choice::stranger();
    let choices = choice::all(cart, offers, &stranger);
    let evaluations_left = Cell::new(evaluations_max(ruleset, cart));
    let search = search::Search { ruleset, cart, facts, now, evaluation, offers, choices, evaluations_left };
    let nearest = search.nearest(most.saturating_mul(PROMOTIONS_TRIED_PER_NUDGE));
    let mut nudges: Vec<Nudge> = nearest.iter().filter_map(|near| search.best(near)).take(most).collect();
    nudges.sort_by_key(|nudge| (nudge.cost, Reverse(nudge.saving), nudge.promotion));
    nudges
}

/// How many carts may be priced: so many that lines times promotions times carts stay below a bound, but some always.
fn evaluations_max(ruleset: &Ruleset, cart: &Cart) -> usize {
    const WORK_MAX: usize = 400_000;
    let work = cart.lines.len().max(1) * ruleset.len().max(1);
    (WORK_MAX / work).clamp(6, 400)
}

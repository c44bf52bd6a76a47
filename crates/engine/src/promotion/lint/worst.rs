//! The largest share of a cart's goods that a promotion takes off, alone or with others, among a family of carts.

use super::super::evaluate::Outcome;
use super::super::ruleset::Ruleset;
use super::super::witness::{Sketch, Sketched, Style, Witness, alternatives, coupons_of, has_applied};
use super::super::{Promotion, Rule};
use super::Case;
use super::case::saved;
use crate::cart::{Cart, Line};
use crate::money::Minor;

/// Most carts of a rule, most other promotions, and most rules of each that are tried.
const CARTS_MAX: usize = 10;
const OTHERS_MAX: usize = 20;
const RULES_MAX: usize = 2;

/// Millionths by which rounding may change a share.
const ROUNDING: i128 = 1000;

/// How many times dearer a cart is made to see whether a share depends on prices that were free to choose.
const DEARER: i64 = 100;

/// The worst that a promotion does to a cart.
#[derive(Clone, Debug)]
pub(super) struct Worst {
    /// What the cart costs, and what is taken off.
    pub(super) measure: Measure,
    /// What the promotion takes off alone, of the cart where that is most.
    pub(super) alone: Measure,
    /// The names of other promotions that apply.
    pub(super) others: Vec<String>,
    pub(super) witness: Witness,
}

/// What goods cost, and what is taken off them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measure {
    pub(super) subtotal: Minor,
    pub(super) saved: Minor,
}

impl Measure {
    /// Whether all goods are free.
    pub(super) fn is_free(self) -> bool {
        !self.subtotal.is_zero() && self.saved == self.subtotal
    }

    /// The share in whole per cent, rounded down.
    pub(super) fn percent(self) -> i128 {
        self.millionths() / 10_000
    }

    /// Whether the share is larger by more than rounding does.
    fn is_worse_than(self, other: Self) -> bool {
        self.millionths() > other.millionths() + ROUNDING || self.is_free() && !other.is_free()
    }

    fn millionths(self) -> i128 {
        i128::from(self.saved.get()) * 1_000_000 / i128::from(self.subtotal.get().max(1))
    }
}

/// The worst case; `None` when no cart was found to which the promotion applies and which it makes cheaper.
pub(super) fn find<'c>(case: &'c Case<'_>, promotion: &Promotion) -> Option<&'c Worst> {
    case.worst.get_or_init(|| search(case, promotion)).as_ref()
}

fn search(case: &Case<'_>, promotion: &Promotion) -> Option<Worst> {
    let rules = 0..promotion.rules.len();
    let own = rules.flat_map(|rule| case.carts_of(promotion, rule).into_iter().take(CARTS_MAX));
    let own: Vec<Sketched> = own.flat_map(at_other_prices).collect();
    let mut worst: Option<Worst> = None;
    for sketched in &own {
        let Some(witness) = case.witness(promotion, &sketched.cart, "") else { continue };
        let Some(measure) = measure(case, &case.alone, &witness, sketched.is_price_free) else { continue };
        if worst.as_ref().is_none_or(|worst| measure.is_worse_than(worst.measure)) {
            worst = Some(Worst { measure, alone: measure, others: Vec::new(), witness });
        }
    }
    let mut worst = worst?;
    let without = case.together.only(|id| id != case.id);
    let own = own.into_iter().map(|sketched| (sketched, Vec::new()));
    for (sketched, coupons) in own.chain(shared_carts(case, promotion)) {
        let Some(mut witness) = case.witness(promotion, &sketched.cart, "") else { continue };
        witness.coupons.extend(coupons);
        let Some(measure) = measure(case, &case.together, &witness, sketched.is_price_free) else { continue };
        // What others take off without this promotion is not its doing.
        let is_worse = measure.is_worse_than(worst.measure);
        if is_worse && saved(&case.evaluate(&witness, &without)) < measure.saved && !case.is_spent() {
            let others = others_in(case, &witness);
            worst = Worst { measure, others, witness, ..worst };
        }
    }
    Some(worst)
}

/// Carts to which a rule of the promotion and one of another may both apply, with the other's code.
fn shared_carts(case: &Case<'_>, promotion: &Promotion) -> Vec<(Sketched, Vec<u64>)> {
    let mut carts = Vec::new();
    let others = case.together.iter().filter(|(id, _)| *id != case.id).take(OTHERS_MAX);
    for (id, other) in others {
        let combined = promotion.rules.iter().take(RULES_MAX).flat_map(|own| {
            other
                .rules
                .iter()
                .take(RULES_MAX)
                .filter_map(|its| share_cart(case, (promotion, own), (other, its)))
        });
        let combined = combined.flat_map(at_other_prices);
        carts.extend(combined.map(|sketched| (sketched, coupons_of(other, id))));
    }
    carts
}

fn share_cart(case: &Case<'_>, own: (&Promotion, &Rule), its: (&Promotion, &Rule)) -> Option<Sketched> {
    let mut sketch = Sketch::new(case.alone.settings(), case.shelf, Style::SMALLEST);
    let first = alternatives(own.1.condition.as_ref())?.into_iter().next()?;
    let second = alternatives(its.1.condition.as_ref())?.into_iter().next()?;
    sketch.add(own.0, own.1, &first);
    sketch.add(its.0, its.1, &second);
    sketch.finish()
}

/// What is taken off; `None` when the promotion does not apply. Where prices were free to choose, also when it is
/// a lesser share of a much dearer cart: an amount off says little against a price that nobody gave.
fn measure(case: &Case<'_>, ruleset: &Ruleset, witness: &Witness, is_price_free: bool) -> Option<Measure> {
    let found = measure_once(case, ruleset, witness)?;
    if !is_price_free {
        return Some(found);
    }
    let dearer = Witness { cart: dearer(&witness.cart), ..witness.clone() };
    dearer.cart.check_limits().ok()?;
    let dear = measure_once(case, ruleset, &dearer)?;
    Some(found).filter(|found| !found.is_worse_than(dear))
}

fn measure_once(case: &Case<'_>, ruleset: &Ruleset, witness: &Witness) -> Option<Measure> {
    let evaluation = case.evaluate(witness, ruleset);
    let measure = Measure { subtotal: evaluation.totals.subtotal, saved: saved(&evaluation) };
    Some(measure).filter(|measure| !measure.saved.is_zero() && has_applied(&evaluation, case.id))
}

fn others_in(case: &Case<'_>, witness: &Witness) -> Vec<String> {
    let evaluation = case.evaluate(witness, &case.together);
    let saving = evaluation.outcomes.iter().filter(|it| {
        it.promotion != case.id
            && matches!(it.outcome, Outcome::Applied { discount, .. } if !discount.is_zero())
    });
    let name = |id| case.together.get(id).map(|promotion| format!("“{}”", promotion.name));
    saving.filter_map(|it| name(it.promotion)).collect()
}

/// A cart as it is; where prices were free to choose also one minor unit cheaper a unit, as prices often are.
fn at_other_prices(sketched: Sketched) -> Vec<Sketched> {
    if !sketched.is_price_free {
        return vec![sketched];
    }
    let mut cheaper = sketched.clone();
    for line in &mut cheaper.cart.lines {
        line.price = (line.price - Minor::new(1)).max(Minor::new(1));
    }
    vec![sketched, cheaper]
}

fn dearer(cart: &Cart) -> Cart {
    let lines = cart.lines.iter().map(|line| Line { price: line.price * DEARER, ..line.clone() }).collect();
    Cart { lines, ..cart.clone() }
}

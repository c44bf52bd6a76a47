//! Trying changes to a cart, from the nearest promotion on.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::choice::{Change, Choice};
use super::stock::State;
use super::wants::{Wants, applied_rules};
use super::{Nudge, OFFERS_TRIED_MAX, STEPS_MAX, Step};
use crate::cart::{Cart, Line};
use crate::money::Minor;
use crate::promotion::evaluate::{Evaluation, Facts, Gift, Outcome, PromotionOutcome, Told, evaluate};
use crate::promotion::reason::{BUNDLE_INCOMPLETE, MINIMUM_QUANTITY, MINIMUM_SPEND, NO_EFFECT, Reason};
use crate::promotion::ruleset::Ruleset;

/// Of promotions that lack goods so many are looked at that lines times goods stay below this, but some always.
const LOOKING_MAX: usize = 2_000_000;
const LOOKED_AT_MIN: usize = 10;

/// All that a search for nudges needs.
#[derive(Debug)]
pub(super) struct Search<'a> {
    pub(super) ruleset: &'a Ruleset,
    pub(super) cart: &'a Cart,
    pub(super) facts: &'a Facts,
    pub(super) now: Timestamp,
    pub(super) evaluation: &'a Evaluation,
    pub(super) offers: &'a [Line],
    pub(super) choices: Vec<Choice<'a>>,
    /// Carts that may still be priced.
    pub(super) evaluations_left: Cell<usize>,
}

/// A promotion that lacks goods, and what is worth trying for it.
#[derive(Debug)]
pub(super) struct Near<'a> {
    promotion: u64,
    /// What the cheapest try costs before promotions.
    distance: Minor,
    tries: Vec<Choice<'a>>,
}

impl<'a> Search<'a> {
    /// So many promotions that lack goods, those first for which the least money has to be spent.
    pub(super) fn nearest(&self, most: usize) -> Vec<Near<'a>> {
        let work = self.cart.lines.len().max(1) * self.choices.len().max(1);
        let looked_at = (LOOKING_MAX / work).max(LOOKED_AT_MIN);
        let lacking =
            self.evaluation.outcomes.iter().filter(|outcome| may_lack_goods(outcome)).take(looked_at);
        let mut near: Vec<Near<'a>> = lacking.filter_map(|outcome| self.near(outcome.promotion)).collect();
        near.sort_by_key(|near| (near.distance, self.ruleset.position(near.promotion)));
        near.truncate(most);
        near
    }

    fn near(&self, promotion: u64) -> Option<Near<'a>> {
        let wants = Wants::of(self.state(self.cart, self.evaluation), promotion)?;
        let cost = |choice: &Choice<'a>| Some((choice.cost(wants.step(choice)?.units)?, *choice));
        let mut tries: Vec<(Minor, Choice<'a>)> = self.choices.iter().filter_map(cost).collect();
        tries.sort_by_key(|(cost, choice)| (*cost, choice.order()));
        let distance = tries.first()?.0;
        let mut left = OFFERS_TRIED_MAX;
        tries.retain(|(_, choice)| {
            let is_tried = choice.is_anything() || left > 0;
            left -= usize::from(is_tried && !choice.is_anything());
            is_tried
        });
        let tries = tries.into_iter().map(|(_, choice)| choice).collect();
        Some(Near { promotion, distance, tries })
    }

    /// The cheapest change that unlocks a promotion and pays.
    pub(super) fn best(&self, near: &Near<'a>) -> Option<Nudge> {
        let found = near.tries.iter().filter_map(|choice| Some((self.walk(near.promotion, choice)?, choice)));
        let best = found.min_by_key(|(nudge, choice)| (nudge.cost, Reverse(nudge.saving), choice.order()));
        best.map(|(nudge, _)| nudge)
    }

    /// Adds of one choice what is missing, then what is still missing, until the promotion is unlocked and it
    /// pays.
    fn walk(&self, promotion: u64, choice: &Choice<'a>) -> Option<Nudge> {
        let wants = Wants::of(self.state(self.cart, self.evaluation), promotion)?;
        let mut step = wants.step(choice)?;
        let mut aims: BTreeSet<usize> = wants.aims(choice).collect();
        let reason = step.reason.clone();
        let mut added = 0_u64;
        for _ in 0..STEPS_MAX {
            added = added.checked_add(step.units)?;
            let change = choice.change(added)?;
            let cart = change.apply_to(self.cart, self.offers)?;
            self.evaluations_left.set(self.evaluations_left.get().checked_sub(1)?);
            let after = evaluate(self.ruleset, &cart, self.facts, self.now, Told::These(&[promotion]));
            if let Some(nudge) = self.judge((promotion, &aims), change, &reason, &after) {
                return Some(nudge);
            }
            // What another promotion or a limit refuses now, more goods do not mend.
            after.outcomes.iter().find(|it| it.promotion == promotion).filter(|it| may_lack_goods(it))?;
            let wants = Wants::of(self.state(&cart, &after), promotion)?;
            let next = wants.step(choice)?;
            aims.extend(wants.aims(choice));
            step = Step { units: next.units_after(&step), ..next };
        }
        None
    }

    fn state<'s>(&self, cart: &'s Cart, evaluation: &'s Evaluation) -> State<'s>
    where
        'a: 's,
    {
        State { ruleset: self.ruleset, facts: self.facts, cart, evaluation }
    }

    /// The nudge, when a change unlocks one of the rules of the promotion at which it aims, and pays.
    fn judge(
        &self,
        (id, aims): (u64, &BTreeSet<usize>),
        change: Change,
        reason: &Reason,
        after: &Evaluation,
    ) -> Option<Nudge> {
        let gift = gift_gained(self.evaluation, after, id);
        let saving = after.totals.discount - self.evaluation.totals.discount;
        if !self.is_unlocked(id, aims, after, gift.is_some()) || !self.pays(saving, after) {
            return None;
        }
        let cost = after.totals.total - self.evaluation.totals.total;
        let is_free_shipping = is_free_shipping(self.evaluation, after, id, saving);
        Some(Nudge { promotion: id, change, cost, saving, gift, is_free_shipping, reason: reason.clone() })
    }

    /// Whether one of the rules applies that did not, and the promotion gives more than before. Of rules
    /// about shipping it is not told which one applied, only what the promotion takes off.
    fn is_unlocked(&self, id: u64, aims: &BTreeSet<usize>, after: &Evaluation, has_gift: bool) -> bool {
        let Some(promotion) = self.ruleset.get(id) else { return false };
        let before = self.evaluation;
        let (had, has) = (applied_rules(before, id, promotion), applied_rules(after, id, promotion));
        let has_new_rule = aims.iter().any(|rule| has.contains(rule) && !had.contains(rule));
        let ships_for_less = off_shipping(after, id) > off_shipping(before, id);
        let gives_more = has_gift || taken_off(after, id) > taken_off(before, id);
        gives_more && (has_new_rule || ships_for_less)
    }

    /// Whether discounts and gifts together are worth more than before. Of gifts without a known price none
    /// may be lost, and one more is a gain when all else is equal.
    fn pays(&self, saving: Minor, after: &Evaluation) -> bool {
        let (before, after) = (self.gifts(self.evaluation), self.gifts(after));
        let keys: BTreeSet<_> = before.unknown.keys().chain(after.unknown.keys()).collect();
        let count = |gifts: &Gifts, key| gifts.unknown.get(key).copied().unwrap_or(0);
        let is_one_lost = keys.iter().any(|key| count(&after, key) < count(&before, key));
        let is_one_gained = keys.iter().any(|key| count(&after, key) > count(&before, key));
        let gain = saving + after.value - before.value;
        !is_one_lost && (gain > Minor::ZERO || gain.is_zero() && is_one_gained)
    }

    fn gifts(&self, evaluation: &Evaluation) -> Gifts {
        let mut gifts = Gifts { value: Minor::ZERO, unknown: BTreeMap::new() };
        for gift in &evaluation.gifts {
            match self.value_of(gift) {
                Some(value) => gifts.value += value,
                None => *gifts.unknown.entry((gift.product, gift.variant)).or_default() += gift.quantity,
            }
        }
        gifts
    }

    /// What a gift costs at the lowest price at which it is offered; `None` when that is not known or more than a
    /// cart may cost.
    fn value_of(&self, gift: &Gift) -> Option<Minor> {
        let is_it = |line: &&Line| match gift.variant {
            Some(variant) => line.variant == Some(variant),
            None => gift.product == Some(line.product),
        };
        let goods = self.choices.iter().map(|choice| choice.line);
        let price = goods.filter(is_it).map(|line| line.price).min()?;
        let value = price.get().checked_mul(i64::try_from(gift.quantity).ok()?)?;
        Some(Minor::new(value)).filter(|value| *value <= Minor::MAX)
    }
}

/// What the gifts of an evaluation are worth.
#[derive(Debug)]
struct Gifts {
    value: Minor,
    /// By product and variant, units whose value is not known.
    unknown: BTreeMap<(Option<u64>, Option<u64>), u64>,
}

/// Whether goods are all that a promotion may lack: it applies, and its further rules may; or its reason says
/// so.
pub(super) fn may_lack_goods(outcome: &PromotionOutcome) -> bool {
    let kinds = [&MINIMUM_SPEND, &MINIMUM_QUANTITY, &BUNDLE_INCOMPLETE, &NO_EFFECT];
    match &outcome.outcome {
        Outcome::Applied { .. } => true,
        Outcome::NotApplied(reason) => kinds.contains(&reason.kind),
    }
}

/// What a promotion takes off; `None` when it does not apply.
fn taken_off(evaluation: &Evaluation, id: u64) -> Option<Minor> {
    let outcome = evaluation.outcomes.iter().find(|outcome| outcome.promotion == id)?;
    match &outcome.outcome {
        Outcome::Applied { discount, .. } => Some(*discount),
        Outcome::NotApplied(_) => None,
    }
}

fn off_shipping(evaluation: &Evaluation, id: u64) -> Minor {
    let shares = evaluation.shipping.iter().flat_map(|shipping| &shipping.shares);
    shares.filter(|(promotion, _)| *promotion == id).map(|(_, amount)| *amount).sum()
}

/// Whether shipping costs nothing because of the promotion, and that is all that is saved.
fn is_free_shipping(before: &Evaluation, after: &Evaluation, id: u64, saving: Minor) -> bool {
    let is_free = after.shipping.as_ref().is_some_and(|shipping| shipping.total.is_zero());
    let more = after.totals.shipping_discount - before.totals.shipping_discount;
    is_free && !more.is_zero() && more == saving && !off_shipping(after, id).is_zero()
}

/// The gift of which a promotion gives more than before, and how many more.
fn gift_gained(before: &Evaluation, after: &Evaluation, id: u64) -> Option<Gift> {
    let had = |key: &str| before.gifts.iter().find(|gift| gift.key == key).map_or(0, |gift| gift.quantity);
    let own = after.gifts.iter().filter(|gift| gift.promotion == id);
    let mut more = own.map(|gift| (gift, gift.quantity.saturating_sub(had(&gift.key))));
    more.find(|(_, quantity)| *quantity > 0).map(|(gift, quantity)| Gift { quantity, ..gift.clone() })
}

//! What of a cart counts for one rule of a promotion, worked out from the cart's evaluation.

use crate::cart::{Cart, Line};
use crate::money::Minor;
use crate::promotion::actions::Phase;
use crate::promotion::evaluate::{CodeFact, Evaluation, Facts, Share, SpendBasis};
use crate::promotion::items::Items;
use crate::promotion::rule::Rule;
use crate::promotion::ruleset::Ruleset;
use crate::promotion::{Promotion, RedemptionType};

/// A cart with its evaluation, in a store.
#[derive(Clone, Copy, Debug)]
pub(super) struct State<'a> {
    pub(super) ruleset: &'a Ruleset,
    pub(super) facts: &'a Facts,
    pub(super) cart: &'a Cart,
    pub(super) evaluation: &'a Evaluation,
}

/// What of a cart counts for one rule of a promotion, and what it is worth when that rule has its turn.
#[derive(Debug)]
pub struct Stock<'a> {
    state: State<'a>,
    promotion: &'a Promotion,
    /// When the rule's phase begins.
    start: Moment,
    /// When the rule has its turn.
    turn: Moment,
}

/// When a rule has its turn: the phase, then the place in it.
type Moment = (u8, usize);

const COUPONS: u8 = 2;

fn phase_of(phase: Phase, is_coupon: bool) -> u8 {
    match phase {
        Phase::Shipping => 3,
        _ if is_coupon => COUPONS,
        Phase::Item => 0,
        Phase::Order => 1,
    }
}

impl<'a> Stock<'a> {
    pub(super) fn of(state: State<'a>, id: u64, promotion: &'a Promotion, rule: &Rule) -> Self {
        let is_coupon = promotion.redemption_type == RedemptionType::Coupon;
        let is_own = |fact: &CodeFact| matches!(fact, CodeFact::Known { promotion, .. } if *promotion == id);
        let entered = || state.facts.codes.iter().position(|code| is_own(&code.fact));
        let place = if is_coupon { entered() } else { state.ruleset.position(id) };
        let phase = phase_of(rule.action.phase(), is_coupon);
        Self { state, promotion, start: (phase, 0), turn: (phase, place.unwrap_or(0)) }
    }

    /// The cart.
    pub fn cart(&self) -> &'a Cart {
        self.state.cart
    }

    /// Whether a line, of the cart or to be added, takes part in the promotion.
    pub fn takes_part(&self, line: &Line) -> bool {
        let overridden_counts = self.state.ruleset.settings().applies_to_overridden_price;
        !line.is_gift_card && (overridden_counts || !line.is_price_overridden) && self.promotion.covers(line)
    }

    /// Whether units of a line, of the cart or to be added, can fulfil conditions.
    pub fn can_trigger(&self, line: &Line) -> bool {
        let zero_counts = self.state.ruleset.settings().triggered_by_zero_price;
        self.takes_part(line) && (zero_counts || !line.price.is_zero())
    }

    /// The lines of the cart that take part, with their positions.
    pub fn participants(&self) -> impl Iterator<Item = (usize, &'a Line)> {
        self.state.cart.lines.iter().enumerate().filter(|(_, line)| self.takes_part(line))
    }

    /// The units in the cart that match and can fulfil conditions, and what they are worth; without `items`,
    /// what all that takes part is worth.
    pub fn count(&self, items: Option<&Items>, basis: SpendBasis) -> (u64, Minor) {
        let counts = |line: &Line| match items {
            Some(items) => self.can_trigger(line) && items.matches(line),
            None => true,
        };
        let counted = self.participants().filter(|(_, line)| counts(line));
        counted.fold((0, Minor::ZERO), |(units, worth), (index, line)| {
            (units + u64::from(line.quantity), worth + self.worth(index, line, basis))
        })
    }

    /// What a line costs after those discounts that come before.
    fn worth(&self, index: usize, line: &Line, basis: SpendBasis) -> Minor {
        let before = match basis {
            SpendBasis::Original => return line.subtotal(),
            SpendBasis::PhaseStart => self.start,
            SpendBasis::Running => self.turn,
        };
        let shares = self.state.evaluation.lines.get(index).map_or(&[][..], |line| &line.shares);
        let taken: Minor =
            shares.iter().filter(|share| self.moment_of(share) < before).map(|share| share.amount).sum();
        line.subtotal() - taken
    }

    fn moment_of(&self, share: &Share) -> Moment {
        if let Some(code) = share.code {
            return (COUPONS, code);
        }
        let ruleset = self.state.ruleset;
        let rule = ruleset.get(share.promotion).and_then(|promotion| promotion.rules.get(share.rule));
        let phase = rule.map_or(Phase::Item, |rule| rule.action.phase());
        (phase_of(phase, false), ruleset.position(share.promotion).unwrap_or(0))
    }
}

//! The automatic promotions that can have an effect on a cart.

use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;

use super::gates::Gates;
use super::told::Told;
use crate::promotion::CombinationScope;
use crate::promotion::actions::Phase;
use crate::promotion::index::Contents;
use crate::promotion::ruleset::Ruleset;

/// The rules of automatic promotions that are looked at, by phase and in the order of evaluation: those that the
/// index finds for the cart, and those of promotions of which is told whatever became of them.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    items: Vec<Place>,
    order: Vec<Place>,
    shipping: Vec<Place>,
    /// Positions of their promotions, which passed all gates.
    promotions: Vec<usize>,
    /// Positions of those of which only the last rule that applies counts.
    last_only: Vec<usize>,
    reasons: Reasons,
}

/// A rule: the position of its promotion, and its own in that.
pub(crate) type Place = (usize, usize);

/// Of which automatic promotions the reasons are kept why their rules did not apply.
#[derive(Debug, Default)]
enum Reasons {
    #[default]
    None,
    Of(BTreeSet<usize>),
    All,
}

impl Candidates {
    pub(crate) fn find(ruleset: &Ruleset, contents: &Contents, gates: &Gates<'_>, told: Told<'_>) -> Self {
        let mut marked = FixedBitSet::with_capacity(ruleset.numbers().len());
        let mut found = Self::default();
        match told {
            Told::Matching => ruleset.mark(contents, &mut marked),
            Told::These(ids) => {
                ruleset.mark(contents, &mut marked);
                let named: BTreeSet<usize> = ids.iter().filter_map(|id| ruleset.position(*id)).collect();
                named.iter().for_each(|at| marked.insert_range(ruleset.numbers().of_position(*at)));
                found.reasons = Reasons::Of(named);
            }
            Told::All => {
                marked.insert_range(..);
                found.reasons = Reasons::All;
            }
        }
        found.fill(ruleset, gates, &marked);
        if found.promotions.iter().any(|position| keeps_lines(ruleset, *position)) {
            found.complete(ruleset, gates, marked);
        }
        found
    }

    fn fill(&mut self, ruleset: &Ruleset, gates: &Gates<'_>, marked: &FixedBitSet) {
        let mut known = None;
        for (position, rule, phase) in marked.ones().filter_map(|number| ruleset.numbers().place_of(number)) {
            if known.is_none_or(|(same, _)| same != position) {
                known = Some((position, self.enter(ruleset, gates, position)));
            }
            if matches!(known, Some((_, true))) {
                self.of_phase_mut(phase).push((position, rule));
            }
        }
    }

    /// Notes a promotion; tells whether it applies by itself and passes all gates.
    fn enter(&mut self, ruleset: &Ruleset, gates: &Gates<'_>, position: usize) -> bool {
        let Some(compiled) = ruleset.at(position) else { return false };
        let is_open = compiled.is_automatic && gates.is_open(position);
        if is_open {
            self.promotions.push(position);
            self.last_only.extend(compiled.promotion.rewards_last_only.then_some(position));
        }
        is_open
    }

    /// Where promotions keep others from lines, the reason of the first rule that fails decides whether a promotion
    /// is told to have lost to another: then all rules of those found are looked at.
    fn complete(&mut self, ruleset: &Ruleset, gates: &Gates<'_>, mut marked: FixedBitSet) {
        self.promotions.iter().for_each(|at| marked.insert_range(ruleset.numbers().of_position(*at)));
        *self = Self { reasons: Reasons::All, ..Self::default() };
        self.fill(ruleset, gates, &marked);
    }

    fn of_phase_mut(&mut self, phase: Phase) -> &mut Vec<Place> {
        match phase {
            Phase::Item => &mut self.items,
            Phase::Order => &mut self.order,
            Phase::Shipping => &mut self.shipping,
        }
    }

    /// The rules that have their turn in a phase.
    pub(crate) fn of_phase(&self, phase: Phase) -> &[Place] {
        match phase {
            Phase::Item => &self.items,
            Phase::Order => &self.order,
            Phase::Shipping => &self.shipping,
        }
    }

    /// The positions of the promotions, in order.
    pub(crate) fn promotions(&self) -> &[usize] {
        &self.promotions
    }

    /// The positions of the promotions of which only the last rule that applies counts.
    pub(crate) fn last_only(&self) -> &[usize] {
        &self.last_only
    }

    /// Whether the promotion at this position is among them.
    pub(crate) fn has(&self, position: usize) -> bool {
        self.promotions.binary_search(&position).is_ok()
    }

    /// Whether this rule is among them.
    pub(crate) fn has_rule(&self, place: Place) -> bool {
        let phases = [&self.items, &self.order, &self.shipping];
        phases.into_iter().any(|rules| rules.binary_search(&place).is_ok())
    }

    /// Whether the reason is kept why rules of an automatic promotion did not apply.
    pub(crate) fn keeps_reason_of(&self, position: usize) -> bool {
        match &self.reasons {
            Reasons::None => false,
            Reasons::Of(positions) => positions.contains(&position),
            Reasons::All => true,
        }
    }
}

fn keeps_lines(ruleset: &Ruleset, position: usize) -> bool {
    ruleset.at(position).is_some_and(|it| it.promotion.combination.scope == CombinationScope::Line)
}

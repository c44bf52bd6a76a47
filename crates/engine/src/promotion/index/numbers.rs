//! The numbers of rules: their places among all rules of a ruleset.

use crate::promotion::actions::Phase;
use crate::promotion::ruleset::Compiled;

/// The numbers of all rules of a ruleset, from 0 in the order of evaluation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    /// By slot, the number of the promotion's first rule.
    first_of_slot: Vec<u32>,
    /// By position, the same.
    first_of_position: Vec<u32>,
    /// By number, the promotion's position, and when the rule has its turn.
    rules: Vec<(u32, Phase)>,
    /// Positions of promotions in a best-deal group.
    grouped: Vec<u32>,
}

impl Numbers {
    pub(crate) fn of(promotions: &[Compiled]) -> Self {
        let mut numbers = Self { first_of_slot: vec![0; promotions.len()], ..Self::default() };
        for (compiled, position) in promotions.iter().zip(0_u32..) {
            let first = u32::try_from(numbers.rules.len()).unwrap_or(u32::MAX);
            numbers.first_of_position.push(first);
            let slot = compiled.slot as usize;
            if slot >= numbers.first_of_slot.len() {
                numbers.first_of_slot.resize(slot + 1, 0);
            }
            if let Some(first_of_slot) = numbers.first_of_slot.get_mut(slot) {
                *first_of_slot = first;
            }
            let rules = compiled.promotion.rules.iter();
            numbers.rules.extend(rules.map(|rule| (position, rule.action.phase())));
            numbers.grouped.extend(compiled.promotion.best_deal_group.as_ref().map(|_| position));
        }
        numbers
    }

    /// The number of the first rule of the promotion in a slot.
    pub(super) fn first_of_slot(&self, slot: u32) -> Option<u32> {
        self.first_of_slot.get(slot as usize).copied()
    }

    /// Positions of the promotions in a best-deal group, in order.
    pub(crate) fn grouped(&self) -> impl Iterator<Item = usize> {
        self.grouped.iter().map(|position| *position as usize)
    }

    /// How many rules there are.
    pub(crate) fn len(&self) -> usize {
        self.rules.len()
    }

    /// The numbers of the rules of the promotion at a position.
    pub(crate) fn of_position(&self, position: usize) -> std::ops::Range<usize> {
        let first = |position: usize| self.first_of_position.get(position).map(|first| *first as usize);
        first(position).unwrap_or(self.len())..first(position + 1).unwrap_or(self.len())
    }

    /// The position of a rule's promotion, the rule's place in it, and when it has its turn.
    pub(crate) fn place_of(&self, number: usize) -> Option<(usize, usize, Phase)> {
        let (position, phase) = *self.rules.get(number)?;
        let first = *self.first_of_position.get(position as usize)?;
        Some((position as usize, number - first as usize, phase))
    }
}

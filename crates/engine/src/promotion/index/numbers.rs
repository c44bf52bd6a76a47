//! The numbers of rules: their places among all rules of a ruleset.

use std::ops::Range;

use crate::promotion::actions::Phase;
use crate::promotion::ruleset::Compiled;

/// The numbers of all rules of a ruleset, from 0 in the order of evaluation. Where a promotion comes or goes, those of
/// later ones move.
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
        for (position, compiled) in promotions.iter().enumerate() {
            let first = narrow(numbers.rules.len());
            numbers.set_slot(compiled.slot, first);
            numbers.first_of_position.push(first);
            numbers.rules.extend(rules_of(compiled, narrow(position)));
            numbers.grouped.extend(compiled.promotion.best_deal_group.as_ref().map(|_| narrow(position)));
        }
        numbers
    }

    /// Numbers the rules of a promotion that came to this position.
    pub(crate) fn insert(&mut self, position: usize, compiled: &Compiled) {
        let place = narrow(position);
        let start = self.of_position(position).start;
        let (first, count) = (narrow(start), narrow(compiled.promotion.rules.len()));
        for (later, _) in self.rules.iter_mut().skip(start) {
            *later += 1;
        }
        for later in self.first_of_slot.iter_mut().filter(|number| **number >= first) {
            *later = later.saturating_add(count);
        }
        for later in self.first_of_position.iter_mut().skip(position) {
            *later += count;
        }
        for later in self.grouped.iter_mut().filter(|other| **other >= place) {
            *later += 1;
        }
        self.rules.splice(start..start, rules_of(compiled, place));
        self.first_of_position.insert(position, first);
        self.set_slot(compiled.slot, first);
        if compiled.promotion.best_deal_group.is_some() {
            let at = self.grouped.partition_point(|other| *other < place);
            self.grouped.insert(at, place);
        }
    }

    /// Forgets the rules of the promotion at this position.
    pub(crate) fn remove(&mut self, position: usize) {
        let range = self.of_position(position);
        let (place, first, count) = (narrow(position), narrow(range.start), narrow(range.len()));
        self.rules.drain(range.clone());
        for (later, _) in self.rules.iter_mut().skip(range.start) {
            *later -= 1;
        }
        // Slots that are free keep any number; nothing is listed under them.
        for later in self.first_of_slot.iter_mut().filter(|number| **number > first) {
            *later = later.saturating_sub(count);
        }
        self.first_of_position.remove(position);
        for later in self.first_of_position.iter_mut().skip(position) {
            *later -= count;
        }
        self.grouped.retain(|other| *other != place);
        for later in self.grouped.iter_mut().filter(|other| **other > place) {
            *later -= 1;
        }
    }

    fn set_slot(&mut self, slot: u32, first: u32) {
        let slot = slot as usize;
        self.first_of_slot.resize(self.first_of_slot.len().max(slot + 1), 0);
        if let Some(of_slot) = self.first_of_slot.get_mut(slot) {
            *of_slot = first;
        }
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
    pub(crate) fn of_position(&self, position: usize) -> Range<usize> {
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

fn rules_of(compiled: &Compiled, position: u32) -> impl Iterator<Item = (u32, Phase)> {
    compiled.promotion.rules.iter().map(move |rule| (position, rule.action.phase()))
}

/// Stores have far fewer rules than that.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

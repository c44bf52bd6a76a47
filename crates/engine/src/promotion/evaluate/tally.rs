//! How many units that a condition counts are left, kept up to date while a rule repeats.

use super::turn::{SpendBasis, Turn};
use crate::money::Minor;
use crate::promotion::items::Items;

/// The units that match, can fulfil conditions and are left, and what they are worth.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// What it counts: where the items are in memory, which stays while a rule is applied.
    of: Option<(usize, SpendBasis)>,
    /// The lines with units that count, in the order of the cart, and how many of each are left.
    lines: Vec<(usize, u32)>,
    all: (u64, Minor),
    left: (u64, Minor),
    /// How many of the changes it has followed.
    followed: usize,
    /// The same lines in the order in which their units become triggers; empty until that is asked.
    triggers: Vec<usize>,
    /// Those before this have no units left.
    first_trigger: usize,
}

impl Tally {
    pub(crate) fn is_of(&self, items: &Items, basis: SpendBasis) -> bool {
        self.of == Some((address(items), basis))
    }

    /// Counts what there is before anything is claimed; memory is kept.
    pub(crate) fn begin(&mut self, turn: &Turn<'_>, items: &Items, basis: SpendBasis) {
        self.of = Some((address(items), basis));
        self.lines.clear();
        self.lines.extend(turn.triggers_of(items).map(|(index, line)| (index, line.quantity)));
        self.all = self.lines.iter().fold((0, Minor::ZERO), |(units, worth), (line, there)| {
            (units + u64::from(*there), worth + turn.worth(*line, *there, basis))
        });
        self.left = self.all;
        self.followed = 0;
        self.triggers.clear();
        self.first_trigger = 0;
    }

    /// Follows the changes of what is left of lines.
    pub(crate) fn follow(&mut self, turn: &Turn<'_>, changes: &[usize], left: impl Fn(usize) -> u32) {
        let Some((_, basis)) = self.of else { return };
        for line in changes.get(self.followed..).unwrap_or(&[]) {
            let Ok(at) = self.lines.binary_search_by_key(line, |(line, _)| *line) else { continue };
            let Some((_, counted)) = self.lines.get_mut(at) else { continue };
            let (before, now) = (*counted, left(*line));
            *counted = now;
            self.left.0 = self.left.0 + u64::from(now) - u64::from(before);
            self.left.1 = self.left.1 + turn.worth(*line, now, basis) - turn.worth(*line, before, basis);
        }
        self.followed = changes.len();
    }

    /// Units that count, whatever was claimed of them, and their worth.
    pub(crate) fn all(&self) -> (u64, Minor) {
        self.all
    }

    /// Units that count and are left, and their worth.
    pub(crate) fn left(&self) -> (u64, Minor) {
        self.left
    }

    /// Whether units of a line count.
    pub(crate) fn counts(&self, line: usize) -> bool {
        self.lines.binary_search_by_key(&line, |(line, _)| *line).is_ok()
    }

    /// Where the lines begin that still have triggers, in the order that is given for all lines.
    pub(crate) fn begin_triggers(&mut self, order: &[usize], has_left: impl Fn(usize) -> bool) -> usize {
        if self.triggers.is_empty() {
            let triggers = order.iter().copied().filter(|line| self.counts(*line)).collect::<Vec<_>>();
            self.triggers.extend(triggers);
        }
        while self.triggers.get(self.first_trigger).is_some_and(|line| !has_left(*line)) {
            self.first_trigger += 1;
        }
        self.first_trigger
    }

    /// The line at a place of that order.
    pub(crate) fn trigger(&self, at: usize) -> Option<usize> {
        self.triggers.get(at).copied()
    }
}

fn address(items: &Items) -> usize {
    std::ptr::from_ref(items).addr()
}

//! Which lines a promotion keeps others from discounting.

use crate::promotion::reason::{NOT_COMBINABLE, Reason, STOPPED};
use crate::promotion::{Combination, CombinationScope};

/// By line, which promotion discounted it first, and which keeps others from it. Nothing is kept while no promotion
/// of scope `LINE` is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locks {
    lines: Vec<Lock>,
    /// Whether any line is kept from others.
    has_holder: bool,
}

#[derive(Clone, Debug, Default)]
struct Lock {
    /// The promotion that discounted the line first.
    first: Option<u64>,
    /// The promotion that keeps others from it.
    holder: Option<Reason>,
}

impl Locks {
    pub(crate) fn none(lines: usize) -> Self {
        Self { lines: vec![Lock::default(); lines], has_holder: false }
    }

    /// Notes that a promotion discounted a line.
    pub(crate) fn note(&mut self, line: usize, id: u64, combination: &Combination) {
        let Some(lock) = self.lines.get_mut(line) else { return };
        lock.first = lock.first.or(Some(id));
        if combination.scope == CombinationScope::Line && lock.holder.is_none() {
            let kind = if combination.is_exclusive { &NOT_COMBINABLE } else { &STOPPED };
            lock.holder = Some(Reason::lost_to(kind, id));
            self.has_holder = true;
        }
    }

    /// Whether there may be a line from which a promotion is kept.
    pub(crate) fn may_keep(&self, combination: &Combination) -> bool {
        self.has_holder || shares_no_line(combination)
    }

    /// Why a promotion is kept from a line.
    pub(crate) fn reason(&self, line: usize, id: u64, combination: &Combination) -> Option<Reason> {
        self.lines.get(line)?.reason_against(id, combination)
    }
}

impl Lock {
    fn reason_against(&self, id: u64, combination: &Combination) -> Option<Reason> {
        let held = self.holder.as_ref().filter(|holder| holder.winner != Some(id));
        let first = self.first.filter(|first| shares_no_line(combination) && *first != id);
        held.cloned().or_else(|| first.map(|first| Reason::lost_to(&NOT_COMBINABLE, first)))
    }
}

fn shares_no_line(combination: &Combination) -> bool {
    combination.is_exclusive && combination.scope == CombinationScope::Line
}

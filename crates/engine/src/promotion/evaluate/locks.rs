//! Which lines a promotion keeps others from discounting.

use crate::promotion::reason::{NOT_COMBINABLE, Reason, STOPPED};
use crate::promotion::{Combination, CombinationScope};

/// By line, which promotion discounted it first, and which keeps others from it. Nothing is kept while no promotion
/// of scope `LINE` is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locks {
    lines: Vec<Lock>,
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
        Self { lines: vec![Lock::default(); lines] }
    }

    /// Notes that a promotion discounted a line.
    pub(crate) fn note(&mut self, line: usize, id: u64, combination: &Combination) {
        let Some(lock) = self.lines.get_mut(line) else { return };
        lock.first = lock.first.or(Some(id));
        if combination.scope == CombinationScope::Line && lock.holder.is_none() {
            let kind = if combination.is_exclusive { &NOT_COMBINABLE } else { &STOPPED };
            lock.holder = Some(Reason::lost_to(kind, id));
        }
    }

    /// By line, whether a promotion is kept from it; empty when it is kept from none.
    pub(crate) fn against(&self, id: u64, combination: &Combination) -> Vec<bool> {
        let locked = |lock: &Lock| lock.reason_against(id, combination).is_some();
        if self.lines.iter().any(locked) { self.lines.iter().map(locked).collect() } else { Vec::new() }
    }

    /// Why a promotion is kept from a line.
    pub(crate) fn reason(&self, line: usize, id: u64, combination: &Combination) -> Option<Reason> {
        self.lines.get(line)?.reason_against(id, combination)
    }
}

impl Lock {
    fn reason_against(&self, id: u64, combination: &Combination) -> Option<Reason> {
        let held = self.holder.as_ref().filter(|holder| holder.winner != Some(id));
        let shares_no_line = combination.is_exclusive && combination.scope == CombinationScope::Line;
        let first = self.first.filter(|first| shares_no_line && *first != id);
        held.cloned().or_else(|| first.map(|first| Reason::lost_to(&NOT_COMBINABLE, first)))
    }
}

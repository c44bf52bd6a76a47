//! Which units a rule has already used, so that none is a trigger or a reward twice.

use std::rc::Rc;

use super::turn::Turn;
use crate::cart::Line;
use crate::money::Minor;

/// The units and the spend that the applications of one rule have claimed.
#[derive(Clone, Debug)]
pub struct Claims {
    lines: Vec<Claim>,
    order: Rc<[usize]>,
    spend_before: Minor,
    spend_now: Minor,
}

#[derive(Clone, Copy, Debug)]
struct Claim {
    quantity: u32,
    before: u32,
    now: u32,
}

impl Claims {
    /// No claims yet. Units of lines that `keep` names are the last to become triggers.
    pub(crate) fn none(turn: &Turn<'_>, keep: impl Fn(&Line) -> bool) -> Self {
        let claim = |line: &Line| Claim { quantity: line.quantity, before: 0, now: 0 };
        let lines = turn.cart().lines.iter().map(claim).collect();
        let kept = |index: &&usize| turn.line(**index).is_some_and(&keep);
        let (last, first): (Vec<usize>, Vec<usize>) = turn.scene().dearest_first.iter().partition(kept);
        let order = first.into_iter().chain(last).collect();
        Self { lines, order, spend_before: Minor::ZERO, spend_now: Minor::ZERO }
    }

    /// The positions of lines in the order in which their units become triggers: dearest first.
    pub fn trigger_order(&self) -> Rc<[usize]> {
        Rc::clone(&self.order)
    }

    /// Units of a line that nothing has claimed.
    pub fn unclaimed(&self, line: usize) -> u32 {
        self.lines.get(line).map_or(0, |claim| claim.quantity - claim.before - claim.now)
    }

    /// Units of a line that the application going on has claimed.
    pub fn claimed_now(&self, line: usize) -> u32 {
        self.lines.get(line).map_or(0, |claim| claim.now)
    }

    /// Claims up to `units` units of a line and tells how many there were.
    pub fn take(&mut self, line: usize, units: u32) -> u32 {
        let taken = units.min(self.unclaimed(line));
        if let Some(claim) = self.lines.get_mut(line) {
            claim.now += taken;
        }
        taken
    }

    /// Spend that earlier applications have claimed.
    pub fn spend(&self) -> Minor {
        self.spend_before
    }

    /// Claims spend; joined conditions share it.
    pub fn take_spend(&mut self, amount: Minor) {
        self.spend_now = self.spend_now.max(amount);
    }

    /// The claims as they were before the application going on.
    pub(crate) fn before_application(&self) -> Self {
        let mut before = self.clone();
        before.cancel();
        before
    }

    /// Makes the claims of the application going on final.
    pub(crate) fn settle(&mut self) {
        for claim in &mut self.lines {
            claim.before += claim.now;
            claim.now = 0;
        }
        self.spend_before += self.spend_now;
        self.spend_now = Minor::ZERO;
    }

    /// Forgets the claims of the application going on.
    pub(crate) fn cancel(&mut self) {
        self.lines.iter_mut().for_each(|claim| claim.now = 0);
        self.spend_now = Minor::ZERO;
    }
}

//! Which units a rule has already used, so that none is a trigger or a reward twice.

use super::tally::Tally;
use super::turn::{SpendBasis, Turn};
use crate::cart::Line;
use crate::money::Minor;
use crate::promotion::items::Items;

/// The units and the spend that the applications of one rule have claimed.
///
/// What conditions count of it is kept up to date instead of being counted anew at each application, so that a rule
/// that repeats ten thousand times looks at every line a few times and not ten thousand times.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    lines: Vec<Claim>,
    /// Lines of which the application going on claimed units, each once.
    touched: Vec<usize>,
    /// Lines of which the units left changed, in the order in which they did.
    changes: Vec<usize>,
    /// Positions of lines in the order in which their units become triggers; empty until that is asked.
    order: Vec<usize>,
    /// Those in use come first; the others are kept for their memory.
    tallies: Vec<Tally>,
    tallies_in_use: usize,
    spend_before: Minor,
    spend_now: Minor,
}

#[derive(Clone, Copy, Debug)]
struct Claim {
    /// Units that nothing has claimed.
    left: u32,
    /// Units that the application going on has claimed.
    now: u32,
}

impl Claims {
    /// Forgets all claims, for a rule that begins; memory is kept.
    pub(crate) fn reset(&mut self, turn: &Turn<'_>) {
        self.lines.clear();
        self.lines.extend(turn.cart().lines.iter().map(|line| Claim { left: line.quantity, now: 0 }));
        self.touched.clear();
        self.changes.clear();
        self.order.clear();
        self.tallies_in_use = 0;
        (self.spend_before, self.spend_now) = (Minor::ZERO, Minor::ZERO);
    }

    /// Decides in which order units become triggers: dearest first, those of lines that `keep` names last.
    pub(crate) fn order_triggers(&mut self, turn: &Turn<'_>, keep: impl Fn(&Line) -> bool) {
        if self.order.is_empty() {
            let is_kept = |index: &usize| turn.line(*index).is_some_and(&keep);
            let dearest_first = &turn.scene().dearest_first;
            self.order.extend(dearest_first.iter().copied().filter(|index| !is_kept(index)));
            self.order.extend(dearest_first.iter().copied().filter(is_kept));
        }
    }

    /// Units of a line that nothing has claimed.
    pub fn unclaimed(&self, line: usize) -> u32 {
        self.lines.get(line).map_or(0, |claim| claim.left)
    }

    /// Claims up to `units` units of a line and tells how many there were.
    pub fn take(&mut self, line: usize, units: u32) -> u32 {
        let Some(claim) = self.lines.get_mut(line) else { return 0 };
        let taken = units.min(claim.left);
        if taken > 0 {
            if claim.now == 0 {
                self.touched.push(line);
            }
            claim.left -= taken;
            claim.now += taken;
            self.changes.push(line);
        }
        taken
    }

    /// Units that fulfil conditions, match and are left, and what they are worth.
    pub(crate) fn left(&mut self, turn: &Turn<'_>, items: &Items, basis: SpendBasis) -> (u64, Minor) {
        self.with_tally(turn, items, basis, |tally, _| tally.left())
    }

    /// The same of all units, whatever was claimed of them.
    pub(crate) fn all(&mut self, turn: &Turn<'_>, items: &Items, basis: SpendBasis) -> (u64, Minor) {
        self.with_tally(turn, items, basis, |tally, _| tally.all())
    }

    /// Claims units that match until none is missing: `missing` tells how many are, of units worth so much each,
    /// when so many worth so much are claimed. What this application has claimed already counts first, so that
    /// joined conditions and rewards that may be triggers share units; then triggers in their order.
    pub(crate) fn take_triggers(
        &mut self,
        turn: &Turn<'_>,
        items: &Items,
        basis: SpendBasis,
        missing: impl Fn(u64, Minor, Minor) -> u32,
    ) {
        self.with_tally(turn, items, basis, |tally, claims| {
            let shared = claims.touched.iter().filter(|line| tally.counts(**line));
            let shared = shared.map(|line| (*line, claims.lines.get(*line).map_or(0, |claim| claim.now)));
            let (mut units, mut worth) = shared.fold((0, Minor::ZERO), |(units, worth), (line, now)| {
                (units + u64::from(now), worth + turn.worth(line, now, basis))
            });
            let mut at = tally.begin_triggers(&claims.order, |line| claims.unclaimed(line) > 0);
            while let Some(line) = tally.trigger(at) {
                let wanted = missing(units, worth, turn.worth(line, 1, basis));
                if wanted == 0 {
                    break;
                }
                let taken = claims.take(line, wanted);
                units += u64::from(taken);
                worth += turn.worth(line, taken, basis);
                at += usize::from(taken == 0);
            }
        });
    }

    /// Does something with the tally of what a condition counts, brought up to date.
    fn with_tally<T>(
        &mut self,
        turn: &Turn<'_>,
        items: &Items,
        basis: SpendBasis,
        act: impl FnOnce(&mut Tally, &mut Self) -> T,
    ) -> T {
        let mut in_use = self.tallies.iter().take(self.tallies_in_use);
        let known = in_use.position(|tally| tally.is_of(items, basis));
        let at = known.unwrap_or(self.tallies_in_use);
        if at == self.tallies.len() {
            self.tallies.push(Tally::default());
        }
        let mut tally = self.tallies.get_mut(at).map(std::mem::take).unwrap_or_default();
        if known.is_none() {
            self.tallies_in_use += 1;
            tally.begin(turn, items, basis);
        }
        tally.follow(turn, &self.changes, |line| self.unclaimed(line));
        let result = act(&mut tally, self);
        if let Some(place) = self.tallies.get_mut(at) {
            *place = tally;
        }
        result
    }

    /// Spend that earlier applications have claimed.
    pub fn spend(&self) -> Minor {
        self.spend_before
    }

    /// Claims spend; joined conditions share it.
    pub fn take_spend(&mut self, amount: Minor) {
        self.spend_now = self.spend_now.max(amount);
    }

    /// Takes the claims of the application going on away, to judge something as it was before; gives them for
    /// [`Claims::restore`].
    pub(crate) fn set_aside(&mut self) -> Vec<(usize, u32)> {
        let units = |line: &usize| (*line, self.lines.get(*line).map_or(0, |claim| claim.now));
        let aside = self.touched.iter().map(units).collect();
        let spend = self.spend_now;
        self.cancel();
        self.spend_now = spend;
        aside
    }

    /// Claims again what was set aside.
    pub(crate) fn restore(&mut self, aside: Vec<(usize, u32)>) {
        for (line, units) in aside {
            self.take(line, units);
        }
    }

    /// Makes the claims of the application going on final.
    pub(crate) fn settle(&mut self) {
        for line in self.touched.drain(..) {
            if let Some(claim) = self.lines.get_mut(line) {
                claim.now = 0;
            }
        }
        self.spend_before += self.spend_now;
        self.spend_now = Minor::ZERO;
    }

    /// Forgets the claims of the application going on.
    pub(crate) fn cancel(&mut self) {
        for line in self.touched.drain(..) {
            if let Some(claim) = self.lines.get_mut(line) {
                claim.left += std::mem::take(&mut claim.now);
                self.changes.push(line);
            }
        }
        self.spend_now = Minor::ZERO;
    }
}

//! Which units an action rewards, and which of them first.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::evaluate::{Claims, Turn};
use super::items::Items;
use super::language::Language;
use super::nudge::Stock;
use crate::cart::Line;
use crate::document::{Field, FieldKind, Reader};
use crate::money::Minor;

/// The strategies as documents name them; the first is the default.
const STRATEGIES: &[&str] =
    &["LEAST_EXPENSIVE", "LEAST_EXPENSIVE_ONLY", "MOST_EXPENSIVE", "MOST_EXPENSIVE_ONLY"];

/// Chooses the units that an action rewards.
#[derive(Debug)]
pub(crate) struct Selection {
    items: Option<Items>,
    dearest_first: bool,
    extreme_only: bool,
    excludes_sale: bool,
    includes_triggers: bool,
}

/// Fields that every action with a selection has; `includes_triggers` gives the default of the last.
pub(crate) const fn fields(includes_triggers: bool) -> [Field; 4] {
    [
        Field::optional("items", FieldKind::Items, "Which products are rewarded; all when left out."),
        Field::optional(
            "strategy",
            FieldKind::Choice(STRATEGIES),
            "Which units first; with `_ONLY`, none but those at the lowest or highest price.",
        ),
        Field::optional("exclude_items_on_sale", FieldKind::Flag(false), "Leaves out what is on sale."),
        Field::optional(
            "include_items_considered_by_condition",
            FieldKind::Flag(includes_triggers),
            "Whether units that fulfilled the condition may be rewarded.",
        ),
    ]
}

/// Units at one price on one line that may be rewarded, in the order in which they are.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) line: usize,
    pub(crate) payable: Minor,
    base: Minor,
    pub(crate) units: u32,
}

impl Candidate {
    /// All its units.
    pub(crate) fn portion(&self) -> Portion {
        Portion { line: self.line, payable: self.payable, base: self.base, units: self.units }
    }
}

/// Candidates; few carts have more lines with the same goods than there is room for here.
pub(crate) type Units = SmallVec<[Candidate; 4]>;

/// The units of lines that are meant and that still cost something: cheapest first, or dearest. Lines that `items` do
/// not choose are never meant.
pub(crate) fn units_in_order(
    turn: &Turn<'_>,
    dearest_first: bool,
    items: Option<&Items>,
    is_meant: impl Fn(&Line) -> bool,
) -> Units {
    let mut units = Units::new();
    for (line, facts) in turn.chosen(items).filter(|(line, facts)| !turn.is_locked(*line) && is_meant(facts))
    {
        let priced = turn.parcels(line).filter(|parcel| !parcel.payable.is_zero());
        units.extend(priced.map(|parcel| Candidate {
            line,
            payable: parcel.payable,
            base: turn.base(facts, parcel.payable),
            units: parcel.units,
        }));
    }
    // What is equal in price is told apart by what it is, so that the order of lines decides nothing.
    units.sort_unstable_by(|one, other| {
        let by_price = one.base.cmp(&other.base).then(one.payable.cmp(&other.payable));
        let by_price = if dearest_first { by_price.reverse() } else { by_price };
        by_price.then_with(|| turn.identity(one.line).cmp(&turn.identity(other.line)))
    });
    units
}

/// Portions; most applications reward units of one or two lines.
pub(crate) type Portions = SmallVec<[Portion; 2]>;

/// Some units of a line, at what they still cost each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portion {
    /// The line's position.
    pub(crate) line: usize,
    /// What each unit still costs.
    pub(crate) payable: Minor,
    /// The price of each from which a percentage is taken.
    pub(crate) base: Minor,
    /// How many units.
    pub(crate) units: u32,
}

impl Portion {
    /// What all its units still cost.
    pub(crate) fn payable_sum(&self) -> Minor {
        self.payable * i64::from(self.units)
    }

    /// The price of all its units from which a percentage is taken.
    pub(crate) fn base_sum(&self) -> Minor {
        self.base * i64::from(self.units)
    }
}

impl Selection {
    /// Reads the fields of a selection.
    pub(crate) fn read(reader: &mut Reader<'_>, includes_triggers: bool) -> Self {
        let strategy = reader.choice("strategy", STRATEGIES);
        let excludes_sale = reader.flag("exclude_items_on_sale", false);
        let includes_triggers = reader.flag("include_items_considered_by_condition", includes_triggers);
        Self {
            items: reader.items("items"),
            dearest_first: strategy.starts_with("MOST"),
            extreme_only: strategy.ends_with("ONLY"),
            excludes_sale,
            includes_triggers,
        }
    }

    pub(crate) fn includes_triggers(&self) -> bool {
        self.includes_triggers
    }

    pub(crate) fn items(&self) -> Option<&Items> {
        self.items.as_ref()
    }

    pub(crate) fn excludes_sale(&self) -> bool {
        self.excludes_sale
    }

    pub(crate) fn is_target(&self, line: &Line) -> bool {
        let is_left_out = self.excludes_sale && line.is_on_sale();
        !is_left_out && self.items.as_ref().is_none_or(|items| items.matches(line))
    }

    /// Every unit that may be rewarded and still costs something, in order.
    pub(crate) fn candidates(&self, turn: &Turn<'_>) -> Candidates {
        let is_meant = |line: &Line| !(self.excludes_sale && line.is_on_sale());
        let mut candidates = units_in_order(turn, self.dearest_first, self.items.as_ref(), is_meant);
        if self.extreme_only {
            let extreme = candidates.first().map(|first| first.base);
            candidates.retain(|candidate| Some(candidate.base) == extreme);
        }
        Candidates { list: candidates, first: 0 }
    }

    /// How many units a cart has that are rewarded beside units of an offer; `None` when the offer's are not.
    pub(crate) fn units_beside(&self, stock: &Stock<'_>, offer: &Line) -> Option<u64> {
        if !self.is_target(offer) || offer.price.is_zero() {
            return None;
        }
        let is_rewarded = |line: &&Line| self.is_target(line) && !line.price.is_zero();
        let targets = || stock.participants().map(|(_, line)| line).filter(is_rewarded);
        let is_before = |line: &Line| match self.dearest_first {
            true => line.price > offer.price,
            false => line.price < offer.price,
        };
        if self.extreme_only && targets().any(is_before) {
            return None;
        }
        let counts = |line: &&Line| !self.extreme_only || line.price == offer.price;
        Some(targets().filter(counts).map(|line| u64::from(line.quantity)).sum())
    }

    /// In words, after "off": `Boots (not on sale)`, `the cheapest 2 of Boots`.
    pub(crate) fn sentence(&self, quantity: Option<u64>, language: &Language<'_>) -> String {
        let items =
            self.items.as_ref().map_or_else(|| "all products".to_owned(), |items| items.sentence(language));
        let sale = if self.excludes_sale { " (not on sale)" } else { "" };
        let rank = if self.dearest_first { "most expensive" } else { "cheapest" };
        match (quantity, self.extreme_only) {
            (None, false) => format!("{items}{sale}"),
            (None, true) => format!("the {rank} of {items}{sale}"),
            (Some(1), _) => format!("the {rank} of {items}{sale}"),
            (Some(many), _) => format!("the {many} {rank} of {items}{sale}"),
        }
    }
}

/// The units that may be rewarded, being used up from the front.
#[derive(Debug)]
pub(crate) struct Candidates {
    list: Units,
    first: usize,
}

impl Candidates {
    /// Claims up to `units` of them, in order.
    pub(crate) fn take(&mut self, units: u32, claims: &mut Claims) -> Portions {
        let mut portions = Portions::new();
        let mut left = units;
        let mut at = self.first;
        while left > 0 {
            let Some(candidate) = self.list.get_mut(at) else { break };
            let taken = claims.take(candidate.line, left.min(candidate.units));
            candidate.units -= taken;
            left -= taken;
            if taken > 0 {
                let Candidate { line, payable, base, .. } = *candidate;
                portions.push(Portion { line, payable, base, units: taken });
            }
            let is_used_up = candidate.units == 0 || claims.unclaimed(candidate.line) == 0;
            if is_used_up && at == self.first {
                self.first += 1;
            }
            at += 1;
        }
        portions
    }

    /// Leaves units out, from the front, until the next `units` units have a base price that `is_enough`; `None`
    /// when none have.
    ///
    /// Leaving out more units never makes the next ones worth less when the cheapest come first, and never more
    /// when the dearest do, so whole candidates are skipped at once and only the last one is searched.
    pub(crate) fn leave_out_until(
        &mut self,
        units: u32,
        claims: &Claims,
        is_enough: impl Fn(Minor) -> bool,
    ) -> Option<()> {
        let gains =
            |candidates: &Self, without: u32| candidates.base_sum(units, without, claims).map(&is_enough);
        loop {
            if gains(self, 0)? {
                return Some(());
            }
            let first = self.list.get(self.first)?.units;
            // Without more and more units there is no gain for a while; then there is one, or too few are left.
            let is_not_enough = |without: u32| gains(self, without) == Some(false);
            let (mut too_few, mut enough) = (0, first);
            if is_not_enough(first) {
                too_few = first;
            }
            while enough - too_few > 1 {
                let middle = too_few + (enough - too_few) / 2;
                if is_not_enough(middle) { too_few = middle } else { enough = middle }
            }
            self.leave_out(enough);
        }
    }

    /// Leaves out so many units of the first candidate.
    fn leave_out(&mut self, units: u32) {
        if let Some(candidate) = self.list.get_mut(self.first) {
            candidate.units -= units;
            self.first += usize::from(candidate.units == 0);
        }
    }

    /// The base price of the next `units` units without the first `without` ones of the first candidate; `None`
    /// when there are not so many.
    fn base_sum(&self, units: u32, without: u32, claims: &Claims) -> Option<Minor> {
        let (mut left, mut sum) = (units, Minor::ZERO);
        let mut taken: SmallVec<[(usize, u32); 4]> = SmallVec::new();
        for (index, candidate) in self.list.iter().enumerate().skip(self.first) {
            let there = if index == self.first { candidate.units - without } else { candidate.units };
            let of_line: u32 =
                taken.iter().filter(|(line, _)| *line == candidate.line).map(|(_, units)| *units).sum();
            let takes = left.min(there).min(claims.unclaimed(candidate.line) - of_line);
            taken.push((candidate.line, takes));
            left -= takes;
            sum += candidate.base * i64::from(takes);
            if left == 0 {
                return Some(sum);
            }
        }
        None
    }

    /// How many units are left that nothing has claimed.
    pub(crate) fn units_left(&self, claims: &Claims) -> u64 {
        let mut by_line: BTreeMap<usize, u32> = BTreeMap::new();
        for candidate in &self.list {
            *by_line.entry(candidate.line).or_default() += candidate.units;
        }
        by_line.into_iter().map(|(line, units)| u64::from(units.min(claims.unclaimed(line)))).sum()
    }
}

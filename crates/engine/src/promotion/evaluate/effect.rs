//! What a rule did to a cart, as data.

use smallvec::SmallVec;

use super::ledger::Ledger;
use super::turn::Turn;
use crate::money::{Minor, allocate};
use crate::promotion::language::Named;
use crate::promotion::selection::Portion;

/// What one rule does to a cart: any of reductions of lines, a gift, and a reduction of shipping.
#[derive(Clone, Debug)]
pub struct Effect {
    pub(crate) scope: Scope,
    pub(crate) reductions: SmallVec<[Reduction; 2]>,
    pub(crate) gift: Option<(Named, u64, u64)>,
    pub(crate) shipping: Minor,
    /// Units by line that are in a bundle now.
    pub(crate) bundled: Vec<(usize, u32)>,
}

/// Whether a discount belongs to single lines or to the order as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// To single lines.
    Item,
    /// To the order; its share on each line is stored so that a refund is a sum.
    Order,
}

/// An amount off some units of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reduction {
    pub(crate) line: usize,
    /// What each unit cost before; `None` for all units of the line.
    pub(crate) payable: Option<Minor>,
    pub(crate) units: u32,
    pub(crate) amount: Minor,
}

/// Reductions being collected; those of the same units become one.
#[derive(Debug, Default)]
pub(crate) struct Reductions(SmallVec<[Reduction; 2]>);

impl Reductions {
    /// Adds an amount off the units of a portion.
    pub(crate) fn add(&mut self, portion: &Portion, amount: Minor) {
        let (line, payable, units) = (portion.line, Some(portion.payable), portion.units);
        match self.0.iter_mut().rev().find(|it| it.line == line && it.payable == payable) {
            Some(same) => {
                same.units += units;
                same.amount += amount;
            }
            None => self.0.push(Reduction { line, payable, units, amount }),
        }
    }

    /// Whether nothing is taken off.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|reduction| reduction.amount.is_zero())
    }
}

impl Effect {
    fn nothing(scope: Scope) -> Self {
        Self { scope, reductions: SmallVec::new(), gift: None, shipping: Minor::ZERO, bundled: Vec::new() }
    }

    /// The same with its units in a bundle.
    pub(crate) fn with_bundled(self, bundled: Vec<(usize, u32)>) -> Self {
        Self { bundled, ..self }
    }

    /// Cuts it to what may be taken off at most, over its parts by what each was to take off.
    pub(crate) fn cut_to(&mut self, most: Minor) {
        if self.saving() <= most {
            return;
        }
        let amounts = self.reductions.iter().map(|reduction| reduction.amount);
        let weights: Vec<Minor> = amounts.chain([self.shipping]).collect();
        let mut shares = allocate(most, &weights).into_iter();
        for (reduction, share) in self.reductions.iter_mut().zip(shares.by_ref()) {
            reduction.amount = share;
        }
        self.shipping = shares.next().unwrap_or(Minor::ZERO);
        self.reductions.retain(|reduction| !reduction.amount.is_zero());
    }

    /// Amounts off single lines.
    pub(crate) fn on_items(reductions: Reductions) -> Self {
        let mut reductions = reductions.0;
        reductions.retain(|reduction| !reduction.amount.is_zero());
        Self { reductions, ..Self::nothing(Scope::Item) }
    }

    /// An amount off the order, split over the lines by what they still cost.
    pub(crate) fn on_order(turn: &Turn<'_>, amount: Minor) -> Self {
        let lines: Vec<usize> = turn.discountable().map(|(index, _)| index).collect();
        let weights: Vec<Minor> = lines.iter().map(|line| turn.payable(*line)).collect();
        let shares = lines.into_iter().zip(allocate(amount, &weights));
        let reductions = shares
            .filter(|(_, share)| !share.is_zero())
            .map(|(line, amount)| {
                let units = turn.line(line).map_or(0, |line| line.quantity);
                Reduction { line, payable: None, units, amount }
            })
            .collect();
        Self { reductions, ..Self::nothing(Scope::Order) }
    }

    /// A gift of so many units of a product or variant.
    pub(crate) fn gift(named: Named, id: u64, quantity: u64) -> Self {
        let gift = Some((named, id, quantity));
        Self { gift, ..Self::nothing(Scope::Item) }
    }

    /// An amount off shipping.
    pub(crate) fn on_shipping(amount: Minor) -> Self {
        Self { shipping: amount, ..Self::nothing(Scope::Order) }
    }

    /// What it takes off lines.
    pub(crate) fn discount(&self) -> Minor {
        self.reductions.iter().map(|reduction| reduction.amount).sum()
    }

    /// What it takes off lines and shipping.
    pub(crate) fn saving(&self) -> Minor {
        self.discount() + self.shipping
    }

    /// Whether it takes nothing off and gives nothing.
    pub(crate) fn is_nothing(&self) -> bool {
        self.saving().is_zero() && self.gift.is_none()
    }

    /// Applies the reductions of lines.
    pub(crate) fn reduce(&self, ledger: &mut Ledger) {
        for Reduction { line, payable, units, amount } in self.reductions.iter().copied() {
            match payable {
                Some(payable) => ledger.reduce_units(line, payable, units, amount),
                None => ledger.reduce_line(line, amount),
            }
        }
    }
}

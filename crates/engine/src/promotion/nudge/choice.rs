//! What could be added to a cart, and the change that adds it.

use std::collections::BTreeSet;

use crate::cart::{Cart, Line, QUANTITY_MAX};
use crate::document::ID_MAX;
use crate::money::Minor;

/// A change to a cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Units of one product or variant are added.
    Add {
        /// The position of the line of which there are more then; a new line when `None`.
        line: Option<usize>,
        /// The product.
        product: u64,
        /// The variant, when the product has several.
        variant: Option<u64>,
        /// How many units more.
        units: u32,
    },
    /// Any goods worth so much are added.
    Spend {
        /// What they cost before promotions.
        amount: Minor,
    },
}

impl Change {
    /// The cart after the change; `None` when it would exceed a limit, or when `offers`, which are those with
    /// which the change was found, do not have the goods.
    pub fn apply_to(&self, cart: &Cart, offers: &[Line]) -> Option<Cart> {
        let mut changed = cart.clone();
        match *self {
            Self::Add { line: Some(index), units, .. } => {
                let line = changed.lines.get_mut(index)?;
                line.quantity = line.quantity.checked_add(units)?;
            }
            Self::Add { line: None, product, variant, units } => {
                let is_meant = |offer: &&Line| (offer.product, offer.variant) == (product, variant);
                let offer = offers.iter().find(is_meant)?;
                changed.lines.push(Line { quantity: units, ..offer.clone() });
            }
            Self::Spend { amount } => changed.lines.push(Line { price: amount, ..stranger() }),
        }
        changed.check_limits().ok().map(|()| changed)
    }
}

/// Goods about which nothing is known and that no rule can name: their id is above those that documents may
/// hold. Their price is the smallest there is, so that units of them are minor units of money.
pub(super) fn stranger() -> Line {
    Line { product: ID_MAX + 1, quantity: 1, price: Minor::new(1), ..Line::default() }
}

/// One kind of goods that could be added.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice<'a> {
    source: Source,
    /// The goods; their quantity means nothing.
    pub(super) line: &'a Line,
}

/// Where goods that could be added come from; of equally good ones the first: a shopper who may choose anything is
/// not told what to buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// Goods are as good as their price.
    Anything,
    /// The line of the cart at this position.
    Cart(usize),
    Offers,
}

/// All that could be added, each product and variant once.
pub(super) fn all<'a>(cart: &'a Cart, offers: &'a [Line], stranger: &'a Line) -> Vec<Choice<'a>> {
    let goods = |line: &Line| (line.product, line.variant);
    let mut known: BTreeSet<(u64, Option<u64>)> = cart.lines.iter().map(goods).collect();
    let in_cart =
        cart.lines.iter().enumerate().map(|(index, line)| Choice { source: Source::Cart(index), line });
    let new = offers.iter().filter(|offer| known.insert(goods(offer)));
    let new = new.map(|line| Choice { source: Source::Offers, line });
    in_cart.chain(new).chain([Choice { source: Source::Anything, line: stranger }]).collect()
}

impl Choice<'_> {
    /// Whether any goods are meant, of which units are minor units of money.
    pub(super) fn is_anything(&self) -> bool {
        self.source == Source::Anything
    }

    /// What decides between choices that are equally good.
    pub(super) fn order(&self) -> impl Ord + use<> {
        (self.source, self.line.product, self.line.variant)
    }

    /// What so many units cost before promotions; `None` when that is more than a cart may cost.
    pub(super) fn cost(&self, units: u64) -> Option<Minor> {
        let cost = i64::try_from(units).ok()?.checked_mul(self.line.price.get())?;
        Some(Minor::new(cost)).filter(|cost| *cost <= Minor::MAX)
    }

    /// The change that adds so many units; `None` when those are more than a line may have.
    pub(super) fn change(&self, units: u64) -> Option<Change> {
        if self.is_anything() {
            return self.cost(units).map(|amount| Change::Spend { amount });
        }
        let units = u32::try_from(units).ok().filter(|units| *units <= QUANTITY_MAX)?;
        let line = if let Source::Cart(index) = self.source { Some(index) } else { None };
        Some(Change::Add { line, product: self.line.product, variant: self.line.variant, units })
    }
}

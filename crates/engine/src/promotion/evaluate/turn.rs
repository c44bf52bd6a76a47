//! What a rule sees when it has its turn.

use std::rc::Rc;

use super::ledger::{Ledger, Parcel};
use crate::cart::{Cart, Line, Shipping};
use crate::money::Minor;
use crate::settings::Settings;

/// From which price percentages are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    /// From the price before any promotion.
    Original,
    /// From what earlier promotions left.
    Running,
}

/// What holds for a whole cart, worked out once.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) cart: &'a Cart,
    pub(crate) settings: &'a Settings,
    takes_part: Vec<bool>,
    /// Positions of lines, dearest first; what is equal in price is told apart by what it is.
    pub(crate) dearest_first: Rc<[usize]>,
}

impl<'a> Scene<'a> {
    pub(crate) fn of(cart: &'a Cart, settings: &'a Settings) -> Self {
        // Gift cards are money, and prices set by hand are meant as they are unless the store says otherwise.
        let takes_part = |line: &Line| {
            !line.is_gift_card && (settings.applies_to_overridden_price || !line.is_price_overridden)
        };
        let takes_part = cart.lines.iter().map(takes_part).collect();
        let mut order: Vec<usize> = (0..cart.lines.len()).collect();
        let key = |index: &usize| cart.lines.get(*index).map(|line| (line.price, line.product, line.variant));
        order.sort_by(|one, other| key(other).cmp(&key(one)).then(one.cmp(other)));
        Self { cart, settings, takes_part, dearest_first: order.into() }
    }

    fn takes_part(&self, index: usize) -> bool {
        self.takes_part.get(index).copied().unwrap_or(false)
    }
}

/// A rule's view of the cart: facts that stay, and amounts as they are at this moment.
#[derive(Debug)]
pub struct Turn<'a> {
    scene: &'a Scene<'a>,
    ledger: &'a Ledger,
    /// What each line cost when the phase began: conditions are judged by that, so that promotions of one phase
    /// do not take each other's conditions away.
    phase_start: &'a [Minor],
    shipping_payable: Option<Minor>,
    basis: Basis,
}

impl<'a> Turn<'a> {
    pub(crate) fn new(
        scene: &'a Scene<'a>,
        ledger: &'a Ledger,
        phase_start: &'a [Minor],
        shipping_payable: Option<Minor>,
        basis: Basis,
    ) -> Self {
        Self { scene, ledger, phase_start, shipping_payable, basis }
    }

    pub(crate) fn scene(&self) -> &'a Scene<'a> {
        self.scene
    }

    /// The cart.
    pub fn cart(&self) -> &'a Cart {
        self.scene.cart
    }

    /// One line of the cart.
    pub fn line(&self, index: usize) -> Option<&'a Line> {
        self.cart().lines.get(index)
    }

    /// The lines that take part in promotions, with their positions.
    pub fn participants(&self) -> impl Iterator<Item = (usize, &'a Line)> {
        let scene = self.scene;
        scene.cart.lines.iter().enumerate().filter(|(index, _)| scene.takes_part(*index))
    }

    /// The lines whose units can fulfil conditions, with their positions.
    pub fn triggers(&self) -> impl Iterator<Item = (usize, &'a Line)> {
        let zero_counts = self.scene.settings.triggered_by_zero_price;
        self.participants().filter(move |(_, line)| zero_counts || !line.price.is_zero())
    }

    /// Whether units of the line at this position can fulfil conditions.
    pub fn can_trigger(&self, index: usize) -> bool {
        let zero_counts = self.scene.settings.triggered_by_zero_price;
        let costs_something = self.line(index).is_some_and(|line| zero_counts || !line.price.is_zero());
        self.scene.takes_part(index) && costs_something
    }

    /// What `units` units of a line were worth when the phase began.
    ///
    /// Rounding: half up, when the line's units no longer cost the same.
    pub fn worth(&self, index: usize, units: u32) -> Minor {
        let quantity = self.line(index).map_or(0, |line| line.quantity);
        let start = self.phase_start.get(index).copied().unwrap_or(Minor::ZERO);
        start.share(u64::from(units), u64::from(quantity))
    }

    /// What all lines that take part cost when the phase began.
    pub fn subtotal(&self) -> Minor {
        self.participants().filter_map(|(index, _)| self.phase_start.get(index).copied()).sum()
    }

    /// What a line still costs.
    pub(crate) fn payable(&self, index: usize) -> Minor {
        self.ledger.payable(index)
    }

    /// The units of a line by what they still cost.
    pub(crate) fn parcels(&self, index: usize) -> impl Iterator<Item = &'a Parcel> {
        self.ledger.parcels(index).iter()
    }

    /// The price of a unit from which a percentage is taken.
    pub(crate) fn base(&self, line: &Line, payable: Minor) -> Minor {
        match self.basis {
            Basis::Original => line.price,
            Basis::Running => payable,
        }
    }

    /// The amount of the order from which a percentage is taken, after the action itself took `taken` off.
    pub(crate) fn order_base(&self, taken: Minor) -> Minor {
        match self.basis {
            Basis::Original => self.participants().map(|(_, line)| line.subtotal()).sum(),
            Basis::Running => {
                self.participants().map(|(index, _)| self.payable(index)).sum::<Minor>() - taken
            }
        }
    }

    /// The shipping and what it still costs, once a method is chosen.
    pub(crate) fn shipping(&self) -> Option<(&'a Shipping, Minor)> {
        Some((self.cart().shipping.as_ref()?, self.shipping_payable?))
    }

    /// What tells a line apart whatever its position.
    pub(crate) fn identity(&self, index: usize) -> (u64, Option<u64>, usize) {
        self.line(index).map_or((0, None, index), |line| (line.product, line.variant, index))
    }
}

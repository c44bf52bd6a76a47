//! What a rule sees when it has its turn.

use super::Facts;
use super::ledger::{Ledger, Parcel};
use super::locks::Locks;
use crate::cart::{Cart, Line, Shipping};
use crate::money::{Minor, Rate};
use crate::promotion::Promotion;
use crate::promotion::index::Contents;
use crate::promotion::items::Items;
use crate::promotion::reason::Reason;
use crate::settings::Settings;

/// From which price percentages are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    /// From the price before any promotion.
    Original,
    /// From what earlier promotions left.
    Running,
}

/// Which amounts a condition compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpendBasis {
    /// What lines cost when the phase began: promotions of one phase do not take each other's conditions away.
    PhaseStart,
    /// Prices before promotions.
    Original,
    /// What lines cost at this turn.
    Running,
}

/// What holds for a whole cart, worked out once.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) cart: &'a Cart,
    pub(crate) settings: &'a Settings,
    pub(crate) facts: &'a Facts,
    takes_part: Vec<bool>,
    /// What the lines that take part hold.
    pub(crate) contents: Contents,
    /// Positions of lines, dearest first; what is equal in price is told apart by what it is.
    pub(crate) dearest_first: Vec<usize>,
}

impl<'a> Scene<'a> {
    pub(crate) fn of(cart: &'a Cart, settings: &'a Settings, facts: &'a Facts) -> Self {
        // Gift cards are money, and prices set by hand are meant as they are unless the store says otherwise.
        let takes_part = |line: &Line| {
            !line.is_gift_card && (settings.applies_to_overridden_price || !line.is_price_overridden)
        };
        let takes_part: Vec<bool> = cart.lines.iter().map(takes_part).collect();
        let contents = Contents::of(cart, |line| takes_part.get(line).copied().unwrap_or(false));
        let mut order: Vec<usize> = (0..cart.lines.len()).collect();
        let key = |index: &usize| cart.lines.get(*index).map(|line| (line.price, line.product, line.variant));
        order.sort_unstable_by(|one, other| key(other).cmp(&key(one)).then(one.cmp(other)));
        Self { cart, settings, facts, takes_part, contents, dearest_first: order }
    }

    fn takes_part(&self, index: usize) -> bool {
        self.takes_part.get(index).copied().unwrap_or(false)
    }
}

/// What lines cost when a phase began.
#[derive(Debug)]
pub(crate) struct Start {
    lines: Vec<Minor>,
    /// All that take part.
    sum: Minor,
}

impl Start {
    pub(crate) fn of(scene: &Scene<'_>, ledger: &Ledger) -> Self {
        let lines: Vec<Minor> = (0..scene.cart.lines.len()).map(|line| ledger.payable(line)).collect();
        let sum =
            lines.iter().enumerate().filter(|(line, _)| scene.takes_part(*line)).map(|(_, it)| *it).sum();
        Self { lines, sum }
    }
}

/// The cart as it is at one moment of a pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) phase_start: &'a Start,
    pub(crate) shipping_payable: Option<Minor>,
    pub(crate) basis: Basis,
    pub(crate) locks: &'a Locks,
    /// By line, how many units are in bundles.
    pub(crate) bundled: &'a [u32],
}

/// A rule's view of the cart: facts that stay, and amounts as they are at this moment.
#[derive(Debug)]
pub struct Turn<'a> {
    scene: &'a Scene<'a>,
    moment: Moment<'a>,
    promotion: &'a Promotion,
    id: u64,
    /// Whether there is any line that another promotion could keep this one from discounting.
    may_be_locked: bool,
}

impl<'a> Turn<'a> {
    pub(crate) fn new(scene: &'a Scene<'a>, moment: Moment<'a>, promotion: &'a Promotion, id: u64) -> Self {
        let may_be_locked = moment.locks.may_keep(&promotion.combination);
        Self { scene, moment, promotion, id, may_be_locked }
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

    /// How many units a line has.
    pub fn quantity(&self, index: usize) -> u32 {
        self.line(index).map_or(0, |line| line.quantity)
    }

    /// The lines that take part in this promotion, with their positions.
    pub fn participants(&self) -> impl Iterator<Item = (usize, &'a Line)> {
        self.chosen(None)
    }

    /// The lines that this promotion may discount, with their positions.
    pub fn discountable(&self) -> impl Iterator<Item = (usize, &'a Line)> {
        self.participants().filter(|(index, _)| !self.is_locked(*index))
    }

    /// Whether another promotion keeps this one from discounting a line.
    pub(crate) fn is_locked(&self, index: usize) -> bool {
        self.may_be_locked && self.lock(index).is_some()
    }

    /// Why this promotion may not discount a line, when another keeps it from that.
    pub(crate) fn lock(&self, index: usize) -> Option<Reason> {
        self.moment.locks.reason(index, self.id, &self.promotion.combination)
    }

    /// The lines that take part and are chosen, with their positions; all that take part without `items`.
    ///
    /// What is chosen by one id is known for the whole cart; otherwise every line is looked at.
    pub fn chosen<'i>(
        &self,
        items: Option<&'i Items>,
    ) -> impl Iterator<Item = (usize, &'a Line)> + use<'a, 'i> {
        let (scene, promotion) = (self.scene, self.promotion);
        let known = items.and_then(Items::key).map(|key| scene.contents.lines(key));
        let count = known.map_or(scene.cart.lines.len(), <[u32]>::len);
        let at =
            move |place: usize| known.map_or(Some(place), |lines| lines.get(place).map(|at| *at as usize));
        let lines = (0..count).filter_map(move |place| {
            let index = at(place)?;
            Some((index, scene.cart.lines.get(index)?))
        });
        lines.filter(move |(index, line)| {
            let is_chosen = known.is_some() || items.is_none_or(|items| items.matches(line));
            is_chosen && scene.takes_part(*index) && promotion.covers(line)
        })
    }

    /// The chosen lines whose units can fulfil conditions, with their positions.
    pub fn triggers_of(&self, items: &Items) -> impl Iterator<Item = (usize, &'a Line)> {
        let zero_counts = self.scene.settings.triggered_by_zero_price;
        self.chosen(Some(items)).filter(move |(_, line)| zero_counts || !line.price.is_zero())
    }

    /// What `units` units of a line are worth.
    ///
    /// Rounding: half up, when the line's units no longer cost the same.
    pub fn worth(&self, index: usize, units: u32, basis: SpendBasis) -> Minor {
        self.amount(index, basis).share(u64::from(units), u64::from(self.quantity(index)))
    }

    /// What all lines that take part cost.
    pub fn subtotal(&self, basis: SpendBasis) -> Minor {
        if basis == SpendBasis::PhaseStart && self.promotion.covers_all() {
            return self.moment.phase_start.sum;
        }
        self.participants().map(|(index, _)| self.amount(index, basis)).sum()
    }

    fn amount(&self, index: usize, basis: SpendBasis) -> Minor {
        match basis {
            SpendBasis::PhaseStart => {
                self.moment.phase_start.lines.get(index).copied().unwrap_or(Minor::ZERO)
            }
            SpendBasis::Original => self.line(index).map_or(Minor::ZERO, Line::subtotal),
            SpendBasis::Running => self.payable(index),
        }
    }

    /// So much of an amount, rounded as the store rounds.
    pub(crate) fn percentage(&self, rate: Rate, amount: Minor) -> Minor {
        if self.scene.settings.rounds_price { rate.of_leaving_rounded(amount) } else { rate.of(amount) }
    }

    /// What a line still costs.
    pub(crate) fn payable(&self, index: usize) -> Minor {
        self.moment.ledger.payable(index)
    }

    /// The units of a line by what they still cost.
    pub(crate) fn parcels(&self, index: usize) -> impl Iterator<Item = &'a Parcel> {
        self.moment.ledger.parcels(index).iter()
    }

    /// The price of a unit from which a percentage is taken.
    pub(crate) fn base(&self, line: &Line, payable: Minor) -> Minor {
        match self.moment.basis {
            Basis::Original => line.price,
            Basis::Running => payable,
        }
    }

    /// The amount of the order from which a percentage is taken, after the action itself took `taken` off.
    pub(crate) fn order_base(&self, taken: Minor) -> Minor {
        match self.moment.basis {
            Basis::Original => self.discountable().map(|(_, line)| line.subtotal()).sum(),
            Basis::Running => {
                self.discountable().map(|(index, _)| self.payable(index)).sum::<Minor>() - taken
            }
        }
    }

    /// How many units of a line are in bundles.
    pub(crate) fn bundled(&self, index: usize) -> u32 {
        self.moment.bundled.get(index).copied().unwrap_or(0)
    }

    /// The shipping and what it still costs, once a method is chosen.
    pub(crate) fn shipping(&self) -> Option<(&'a Shipping, Minor)> {
        Some((self.cart().shipping.as_ref()?, self.moment.shipping_payable?))
    }

    /// The amount of shipping from which a percentage is taken.
    pub(crate) fn shipping_base(&self, shipping: &Shipping, payable: Minor) -> Minor {
        match self.moment.basis {
            Basis::Original => shipping.cost.unwrap_or(payable),
            Basis::Running => payable,
        }
    }

    /// Whether all goods that shipping pays for take part in this promotion as far as sellers are concerned.
    pub(crate) fn ships_only_own(&self) -> bool {
        let goods = self.cart().lines.iter().filter(|line| !line.is_gift_card);
        self.promotion.seller.is_none_or(|seller| goods.clone().all(|line| line.seller == Some(seller)))
    }

    /// What tells a line apart whatever its position.
    pub(crate) fn identity(&self, index: usize) -> (u64, Option<u64>, usize) {
        self.line(index).map_or((0, None, index), |line| (line.product, line.variant, index))
    }
}

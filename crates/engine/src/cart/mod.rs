//! What is priced: lines, customer, shipping, codes.

mod customer;
mod line;
mod manual;
mod tax;

use crate::money::{Currency, Minor, Rate};

pub use customer::{Customer, NO_GROUP};
pub use line::{Line, QUANTITY_MAX};
pub use manual::ManualDiscount;
pub use tax::{TaxRounding, TaxTerms};

/// Most lines a cart may have.
pub const LINES_MAX: usize = 500;

/// A cart as the shopper has it now.
///
/// The caller keeps to the limits: at most [`LINES_MAX`] lines, quantities from 1 to [`QUANTITY_MAX`], and every
/// line's and the cart's subtotal at most [`Minor::MAX`]; [`Cart::check_limits`] tells.
#[derive(Clone, Debug)]
pub struct Cart {
    /// The currency of every amount in the cart.
    pub currency: Currency,
    /// The storefront it is in.
    pub channel: Option<u64>,
    /// Who is buying; `None` is a guest about whom nothing is known.
    pub customer: Option<Customer>,
    /// The chosen shipping, once there is one.
    pub shipping: Option<Shipping>,
    /// Keys of gifts that the shopper refused.
    pub refused_gifts: Vec<String>,
    /// Store credit that the shopper wants to pay with.
    pub store_credit: Minor,
    /// Whether it is an order that was placed before and is being changed.
    pub is_existing_order: bool,
    /// What staff take off by hand, in order.
    pub manual_discounts: Vec<ManualDiscount>,
    /// What its prices mean for tax.
    pub tax: TaxTerms,
    /// What is being bought.
    pub lines: Vec<Line>,
}

/// Where a cart goes and what that costs.
#[derive(Clone, Debug, Default)]
pub struct Shipping {
    /// ISO 3166-1 alpha-2 code of the destination.
    pub country: Option<String>,
    /// The shipping zone of the destination.
    pub zone: Option<u64>,
    /// The chosen method, in the storefront's words.
    pub method: Option<String>,
    /// The cost of the chosen method before promotions; `None` while no method is chosen.
    pub cost: Option<Minor>,
    /// The tax on it.
    pub tax_rate: Option<Rate>,
}

/// Which limit a cart exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CartLimit {
    /// More than [`LINES_MAX`] lines.
    Lines,
    /// The line at this position has a quantity outside 1 to [`QUANTITY_MAX`].
    Quantity(usize),
    /// The line at this position costs more than [`Minor::MAX`], or all lines up to it do.
    Amount(usize),
}

impl Cart {
    /// A guest's cart with these lines and nothing else.
    pub fn new(currency: Currency, lines: Vec<Line>) -> Self {
        Self {
            currency,
            channel: None,
            customer: None,
            shipping: None,
            refused_gifts: Vec::new(),
            store_credit: Minor::ZERO,
            is_existing_order: false,
            manual_discounts: Vec::new(),
            tax: TaxTerms::default(),
            lines,
        }
    }

    /// Tells the first limit that the cart exceeds.
    ///
    /// Errors: [`CartLimit`]; a cart within the limits can be priced without overflow.
    pub fn check_limits(&self) -> Result<(), CartLimit> {
        if self.lines.len() > LINES_MAX {
            return Err(CartLimit::Lines);
        }
        let mut subtotal: i64 = 0;
        for (index, line) in self.lines.iter().enumerate() {
            if line.quantity == 0 || line.quantity > QUANTITY_MAX {
                return Err(CartLimit::Quantity(index));
            }
            let cost = line.price.get().checked_mul(i64::from(line.quantity));
            let sum = cost.and_then(|cost| subtotal.checked_add(cost)).filter(|sum| *sum <= Minor::MAX.get());
            subtotal = sum.ok_or(CartLimit::Amount(index))?;
        }
        Ok(())
    }
}
